# SPDX-License-Identifier: Apache-2.0
"""
The hot folder under arrivals, looks, crashes, power cuts and receipts in any order.

At every moment each file that somebody put into out/ lies in exactly one place, and goes out at most
once; in the end it has gone out exactly once, and lies in sent/ or failed/. Each delivery is in in/ once.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from itertools import count
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from exchange import Delivery
from tests.adapters.hot_folders import Bus, HotFolder, delivery
from tests.adapters.power_cut import Disk, PowerCut

MEMORY = Path("/dev/shm")
NAMES = st.sampled_from(["a.txt", "A.TXT", "报告.docx", "b", "b (2)", "x" * 240 + ".txt"])


class Interleaved(RuleBasedStateMachine):
    @initialize()
    def begin(self) -> None:
        self.place = Path(tempfile.mkdtemp(dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
        self.numbers = count(1)
        self.root = self.place / "0"
        self.root.mkdir()
        self.bus = Bus()
        self.dropped: Counter[bytes] = Counter()  # every content somebody put into out/, each different
        self.faulty: Counter[bytes] = Counter()  # of these, what must never go out
        self.writing: Path | None = None
        self.owed: list[Delivery] = []
        self.arrived: Counter[bytes] = Counter()
        self.start()

    def start(self) -> None:
        self.folder = HotFolder(self.root / "hot", folders={"公文": "document.official.v1"})
        with Disk(self.root):  # not for what it counts: it spares us the flushing
            self.folder.adapter.open()

    # ---- what people do

    def put(self, name: str, kind: str = "") -> bytes | None:
        path = self.folder.out / name
        if path.exists() or not path.parent.is_dir():
            return None
        data = f"{kind}{next(self.numbers)}".encode()
        path.write_bytes(data)
        self.dropped[data] += 1
        return data

    @rule(name=NAMES, kind=st.sampled_from(["", "unwanted "]))
    def drop(self, name: str, kind: str) -> None:
        self.put(name, kind)

    @rule(name=NAMES)
    def drop_into_a_subfolder(self, name: str) -> None:
        (self.folder.out / "公文").mkdir(exist_ok=True)
        self.put(f"公文/{name}")

    @rule()
    def drop_with_a_manifest(self) -> None:
        manifest = self.folder.out / "letter.docx.govbus.toml"
        if not any(
            (self.folder.out / name).exists() for name in ("letter.docx", "annex.xlsx", manifest.name)
        ):
            manifest.write_text(f'attachments = ["annex.xlsx"]\nattributes = {{n = "{next(self.numbers)}"}}')
            self.put("letter.docx")
            self.put("annex.xlsx")

    @rule()
    def drop_with_a_wrong_manifest(self) -> None:
        manifest = self.folder.out / "wrong.txt.govbus.toml"
        if not manifest.exists() and (data := self.put("wrong.txt")):
            manifest.write_text(f'priority = "soon"  # {next(self.numbers)}')
            self.faulty[data] += 1

    @precondition(lambda self: self.writing is None)
    @rule()
    def begin_to_write(self) -> None:
        self.writing = self.folder.out / "growing.bin"
        if self.writing.exists():
            self.writing = None
        else:
            self.writing.write_bytes(b"")

    @precondition(lambda self: self.writing is not None)
    @rule()
    def finish_writing(self) -> None:
        assert self.writing is not None
        if self.writing.exists():  # else it was taken for an empty message, which it was for long enough
            data = f"grown {next(self.numbers)}".encode()
            self.writing.write_bytes(data)
            self.dropped[data] += 1
        self.writing = None

    @rule()
    def rename_in(self) -> None:
        if not (self.folder.out / "renamed.pdf").exists() and self.put("renamed.pdf.part"):
            self.look()
            (self.folder.out / "renamed.pdf.part").rename(self.folder.out / "renamed.pdf")

    # ---- what the daemon does, and what happens to it

    @rule()
    def look(self) -> None:
        with Disk(self.root):
            self.bus.turn(self.folder)

    @rule()
    def restart(self) -> None:
        self.folder.adapter.close()
        self.start()

    @rule(step=st.integers(1, 60), left=st.sampled_from(["killed", "flushed", "names"]))
    def crash(self, step: int, left: str) -> None:
        disk = Disk(self.root, stop_at=step)
        try:
            with disk:
                self.hand_over()
                self.bus.turn(self.folder)
        except PowerCut:
            self.folder.adapter.close()
            self.after(disk, left)
            self.start()

    def after(self, disk: Disk, left: str) -> None:
        if left != "killed":
            self.root = self.place / str(next(self.numbers))
            disk.left_by_power_cut(self.root, names_survive=left == "names")
            if self.writing is not None:
                self.writing = self.root / "hot/out/growing.bin"

    @rule(name=NAMES, parts=st.integers(1, 2))
    def message_comes(self, name: str, parts: int) -> None:
        number = next(self.numbers)
        contents = [f"arrived {number}.{part}".encode() for part in range(parts)]
        self.owed.append(delivery(f"m{number}", *((name, data) for data in contents)))
        self.arrived.update(contents)

    @rule()
    def deliver(self) -> None:
        with Disk(self.root):
            self.hand_over()

    def hand_over(self) -> None:
        while self.owed:
            self.folder.adapter.deliver(self.owed[0])
            self.owed.pop(0)

    # ---- what must hold

    def lies(self, *folders: str) -> Counter[bytes]:
        found = self.folder.contents(*folders)
        return Counter({data: found[data] for data in self.dropped if found[data]})

    @invariant()
    def every_file_lies_in_exactly_one_place(self) -> None:
        assert self.lies("out", ".govbus/claims", "sent", "failed") == self.dropped

    @invariant()
    def nothing_goes_out_twice_or_by_mistake(self) -> None:
        sent = Counter({data: times for data, times in self.bus.sent.items() if data})
        assert sent <= self.dropped - self.faulty

    def teardown(self) -> None:
        if not hasattr(self, "place"):
            return
        if self.writing:
            self.finish_writing()
        for _ in range(8):
            self.look()
        self.deliver()
        self.folder.adapter.close()
        assert self.lies("sent", "failed") == self.dropped
        assert Counter({d: n for d, n in self.bus.sent.items() if d}) == self.dropped - self.faulty
        found = self.folder.contents("in")
        assert Counter({data: n for data, n in found.items() if data.startswith(b"arrived")}) == self.arrived
        assert self.folder.names(".govbus/claims") == self.folder.names(".govbus/arriving") == set()
        shutil.rmtree(self.place)


Interleaved.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
TestInterleaved = Interleaved.TestCase
