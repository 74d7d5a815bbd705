# SPDX-License-Identifier: Apache-2.0
"""
A city in one folder: a real broker, a hub, three offices, each a process of its own.

Owns the play that `govbus demo` shows: what is sent, what is killed, and what was promised. Every
deed goes through the command line that people use; how it looks is the command's business.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Any

from exchange.converter import cheapest
from exchange.edge.conversion_process import installed_converters
from exchange.edge.hub_store import MessageKey
from exchange.edge.inbox import Inbox
from exchange.edge.outbox import Outbox
from exchange.edge.tables import open_engine
from exchange.errors import Halt
from exchange.model.format import format_name
from exchange.model.identity import credit_check_character
from exchange.model.limits import MIB
from exchange.testing.official_document import OfficialDocument, seal_picture

OFFICE, FINANCE, CIVIL = "440500.office", "440500.finance", "440500.civil-affairs"
NAMES = {OFFICE: "市政府办公室", FINANCE: "财政局", CIVIL: "民政局"}
READS = {FINANCE: "ofd", CIVIL: "pdf"}  # what an official document has to be in that office
BESIDE = ("text/*", "image/*")  # its attachments and pictures, as they come
OFFICIAL = "document.official.v1"
DOCUMENT = "关于下达2026年市级部门预算的通知.docx"
LARGE_BYTES = 256 * MIB
STARTING_SECONDS = 40.0
Progress = Callable[[int, int], None]

ROUTES = """<?xml version="1.0" encoding="UTF-8"?>
<routing-table xmlns="urn:govbus:routing:1" version="1">
  <rule id="addressed" type="*"><deliver/></rule>
  <rule id="city-notices" type="notice.city.v1">
    <deliver><to>440500.finance/files</to><to>440500.civil-affairs/files</to></deliver>
  </rule>
</routing-table>
"""


@dataclass(frozen=True, slots=True)
class Promise:
    """Something that was promised, and whether it was seen to hold; *key* names its sentence."""

    key: str
    kept: bool
    values: dict[str, object]


@dataclass(frozen=True, slots=True)
class Sent:
    """One message of the play."""

    key: str
    message_id: str


@dataclass
class Demo:
    """The play, act by act, in one language; each act returns what it promised."""

    folder: Path
    lang: str = "en"
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)

    @cached_property
    def converts(self) -> bool:
        """Whether this machine has what turns a Word document into what each office reads."""
        known = installed_converters()
        ways = (cheapest(format_name("docx"), [wanted], known) for wanted in READS.values())
        return all(way is not None for way in ways)

    # ---- the stage

    def govbus(self, *words: str, ok: tuple[int, ...] = (0,)) -> str:
        """
        Run one command; what it printed.

        Raises:
            Halt: EX-915, it ended with another code than expected.
        """
        done = subprocess.run(
            _command("--lang", self.lang, *words), capture_output=True, cwd=self.folder, check=False
        )
        if done.returncode not in ok:
            reason = (done.stderr or done.stdout).decode(errors="replace").strip()[-800:]
            raise Halt("EX-915", command=" ".join(words), found=done.returncode, reason=reason)
        return done.stdout.decode()

    def asked(self, *words: str) -> Any:
        """Run one reading command with `--json`; its document."""
        return json.loads(self.govbus(*words, "--json", ok=(0, 1)))

    def build(self) -> Iterator[str]:
        """Make broker, hub and offices; yields the key of each step as it begins."""
        yield "demo.broker"
        self.govbus("broker", "start", "broker")
        yield "demo.hub"
        self.govbus("hub", "init", "hub", "--broker", "broker")
        for number, (name, title) in enumerate(NAMES.items()):
            yield f"demo.enroll.{number}"
            self._enroll(name, title, number)
        yield "demo.routes"
        (self.folder / "routes.xml").write_text(ROUTES, encoding="utf-8")
        self.govbus("route", "import", "routes.xml", "--config", "hub/hub.toml")
        yield "demo.start"
        self.start("hub", "hub", "run", "--config", "hub/hub.toml", "--workers", "2")
        for name in NAMES:
            self.start_office(name)
        for name in ("hub", *NAMES):
            self._await_ready(name)

    def _enroll(self, name: str, title: str, number: int) -> None:
        digits = f"1144050000{number:06d}X"
        code = digits + credit_check_character(digits)
        self.govbus("enroll", "request", name, "--id", name, "--name", title, "--credit-code", code)
        grants = ("--grant", "flash", "--grant", "urgent") if name == OFFICE else ()
        request, grant = f"{name}/request.xml", f"{name}/grant.xml"
        self.govbus(
            "enroll", "approve", "--config", "hub/hub.toml", request, "--out", grant, "--yes", *grants
        )
        self.govbus("enroll", "accept", name, grant, "--yes")
        if self.converts and name in READS:
            self._set(name, "accepts_by_type", f'{{ "{OFFICIAL}" = {json.dumps([READS[name], *BESIDE])} }}')

    def _set(self, name: str, key: str, value: str) -> None:
        """Write a setting of the office's application where its file has the default."""
        path = self.folder / name / "adapter.toml"
        text, count = re.subn(rf"(?m)^# {key} = .*$", f"{key} = {value}", path.read_text(encoding="utf-8"))
        assert count == 1, key
        path.write_text(text, encoding="utf-8")

    def start(self, name: str, *words: str) -> None:
        """Start a process of the city; its log is beside it."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = _spawn(_command("--lang", self.lang, *words), self.folder, log)

    def start_office(self, name: str) -> None:
        self.start(name, "adapter", "run", "--config", f"{name}/adapter.toml")

    def _await_ready(self, name: str) -> None:
        log = self.folder / f"{name}.log"
        until = time.monotonic() + STARTING_SECONDS
        while b'"ready"' not in log.read_bytes():
            if self.processes[name].poll() is not None or time.monotonic() > until:
                reason = log.read_text(errors="replace")[-800:]
                raise Halt("EX-915", command=name, found=self.processes[name].poll(), reason=reason)
            time.sleep(0.1)

    def close(self) -> None:
        """End every process, the broker too; nothing is left running."""
        for process in self.processes.values():
            process.terminate()
        for process in self.processes.values():
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if (self.folder / "broker").exists():
            self.govbus("broker", "stop", "broker", ok=(0, 1, 69))

    # ---- the acts

    def _send(self, key: str, sender: str, *words: str, wait: bool = True) -> dict[str, Any]:
        waiting = ("--wait", "--timeout", "120") if wait else ()
        config = f"{sender}/adapter.toml"
        answer: dict[str, Any] = self.asked("send", *words, "--config", config, *waiting)
        self.sent.append(Sent(key, answer["message_id"]))
        return answer

    def official_document(self) -> list[Promise]:
        """A Word document with an attachment and a seal picture, to two offices that read other formats."""
        papers = self.folder / "papers"
        papers.mkdir(exist_ok=True)
        contents = {
            DOCUMENT: OfficialDocument().docx(),
            "附件1 预算表.csv": _table(),
            "公章.png": seal_picture(),
        }
        for name, data in contents.items():
            (papers / name).write_bytes(data)
        to = [word for name in READS for word in ("--to", f"{name}/files")]
        answer = self._send(
            "demo.document",
            OFFICE,
            *(f"papers/{name}" for name in contents),
            "--type",
            OFFICIAL,
            *to,
            "--attribute",
            "文号=汕府〔2026〕1号",
        )
        delivered = answer["state"] == "delivered"
        kept = delivered and all(self._has(name, contents) for name in READS)
        promises = [Promise("demo.promise.document", kept, {"parts": len(contents)})]
        if not self.converts:
            return [*promises, Promise("demo.promise.unconverted", delivered, {})]
        made = all(_is(self.arrived(name), wanted) for name, wanted in READS.items())
        return [*promises, Promise("demo.promise.converted", delivered and made, {})]

    def arrived(self, name: str) -> Path:
        """The official document as the office *name* has it."""
        wanted = READS[name] if self.converts else "docx"
        folder = self.folder / name / "files" / "in" / Path(DOCUMENT).stem
        return (folder / DOCUMENT).with_suffix(f".{wanted}")

    def _has(self, name: str, contents: dict[str, bytes]) -> bool:
        """Whether the office has every part, byte for byte, be it as the original of what was converted."""
        shelves = [self.folder / name / "files" / shelf for shelf in ("in", "originals")]
        there = {path.name: path.read_bytes() for shelf in shelves for path in _files(shelf)}
        return all(there.get(name) == data for name, data in contents.items())

    def large_file(self, sending: Progress, receiving: Progress) -> list[Promise]:
        """
        A large file; its receiver is killed half way and started again; a flash message overtakes it.
        """
        path = self.folder / "papers" / "地籍影像.bin"
        digest = _random_file(path, LARGE_BYTES)
        answer = self._send(
            "demo.large",
            OFFICE,
            f"papers/{path.name}",
            "--type",
            "data.batch.v1",
            "--to",
            f"{FINANCE}/files",
            wait=False,
        )
        watch = _Watch(self.folder, answer["message_id"])
        self._watch(watch, sending, receiving, until=0.25)
        flash = self._flash()
        overtaken = watch.received()[0] < watch.received()[1]
        self._watch(watch, sending, receiving, until=0.5)
        before = watch.received()[0]
        self.processes[FINANCE].send_signal(signal.SIGKILL)
        self.processes[FINANCE].wait()
        self.start_office(FINANCE)
        self._watch(watch, sending, receiving, until=1.0)
        done = self._await_final(answer["message_id"])
        arrived = self.folder / FINANCE / "files" / "in" / path.name
        count = watch.received()[1]
        again = watch.sent_again()
        return [
            Promise("demo.promise.flash", flash["state"] == "delivered" and overtaken, {}),
            Promise("demo.promise.killed", 0 < before < count, {"before": before, "count": count}),
            Promise(
                "demo.promise.large", done == "delivered" and _digest(arrived) == digest, {"count": count}
            ),
            Promise("demo.promise.again", again < count // 2, {"again": again, "count": count}),
        ]

    def _flash(self) -> dict[str, Any]:
        (self.folder / "papers" / "防汛特急.txt").write_text(
            "台风红色预警：立即启动一级响应。", encoding="utf-8"
        )
        return self._send(
            "demo.flash",
            OFFICE,
            "papers/防汛特急.txt",
            "--type",
            "alert.flood.v1",
            "--to",
            f"{FINANCE}/files",
            "--priority",
            "flash",
        )

    def _watch(self, watch: _Watch, sending: Progress, receiving: Progress, *, until: float) -> None:
        """Show how far the file is until the receiver has that share of it."""
        end = time.monotonic() + 90
        while time.monotonic() < end:
            left, arrived = watch.confirmed(), watch.received()
            sending(*left)
            receiving(*arrived)
            if arrived[1] and arrived[0] >= until * arrived[1]:
                return
            time.sleep(0.05)
        raise Halt("EX-915", command="demo", found="90 s", reason="the large file does not move")

    def _await_final(self, message_id: str) -> str:
        end = time.monotonic() + 60
        while time.monotonic() < end:
            state = str(
                self.asked("message", "show", message_id, "--config", f"{OFFICE}/adapter.toml")["state"]
            )
            if state != "open":
                return state
            time.sleep(0.5)
        return "open"

    def subscription(self) -> list[Promise]:
        """A notice addressed to nobody: the routing table sends it to two subscribers."""
        (self.folder / "papers" / "放假通知.txt").write_text("元旦放假三天。", encoding="utf-8")
        answer = self._send("demo.notice", OFFICE, "papers/放假通知.txt", "--type", "notice.city.v1")
        places = [self.folder / name / "files" / "in" / "放假通知.txt" for name in (FINANCE, CIVIL)]
        kept = answer["state"] == "delivered" and all(place.exists() for place in places)
        return [Promise("demo.promise.subscription", kept, {"count": len(places)})]

    def refusal(self) -> list[Promise]:
        """The civil affairs bureau has no grant for flash: the hub refuses, signed, with the reason."""
        (self.folder / "papers" / "越权.txt").write_text("不应送达", encoding="utf-8")
        answer = self._send(
            "demo.refused",
            CIVIL,
            "papers/越权.txt",
            "--type",
            "alert.flood.v1",
            "--to",
            f"{FINANCE}/files",
            "--priority",
            "flash",
        )
        refusals = [r for r in answer["receipts"] if r["kind"] == "rejected"]
        kept = answer["state"] == "failed" and [r["code"] for r in refusals] == ["EX-203"]
        reason = refusals[0]["text"] if refusals else ""
        said = re.split(r"\. |。", reason)[0]  # without the hint
        return [Promise("demo.promise.refused", kept, {"reason": said})]

    # ---- the proof

    def verdict(self) -> list[Promise]:
        """Every receipt, and the whole ledger."""
        receipts = [r for name in (OFFICE, CIVIL) for r in self.receipts(name)]
        good = sum(bool(r["verified"]) for r in receipts)
        self._await_ledger()
        ledger = self.asked("ledger", "verify", "--config", "hub/hub.toml")
        return [
            Promise(
                "demo.promise.receipts", good == len(receipts) > 0, {"good": good, "count": len(receipts)}
            ),
            Promise("demo.promise.ledger", not ledger.get("flaws", [1]), {"size": ledger.get("size")}),
        ]

    def _await_ledger(self) -> None:
        """The sequencer numbers within a fraction of a second what was entered last."""
        end = time.monotonic() + 10
        size = -1
        while time.monotonic() < end:
            now = self.asked("ledger", "head", "--config", "hub/hub.toml").get("size", 0)
            if now == size:
                return
            size = now
            time.sleep(0.6)

    def receipts(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.asked("receipt", "list", "--config", f"{name}/adapter.toml")
        return found

    def messages(self) -> list[tuple[Sent, dict[str, Any]]]:
        """Each message of the play as its sender's daemon knows it."""
        rows = []
        for one in self.sent:
            sender = CIVIL if one.key == "demo.refused" else OFFICE
            rows.append(
                (one, self.asked("message", "show", one.message_id, "--config", f"{sender}/adapter.toml"))
            )
        return rows


class _Watch:
    """How far one message is, read from the two daemons' databases."""

    def __init__(self, folder: Path, message_id: str) -> None:
        self._id = message_id
        sender, receiver = folder / OFFICE / "stores", folder / FINANCE / "stores"
        self._outbox = Outbox(open_engine(str(sender / "daemon.db")), sender / "outbox")
        self._inbox = Inbox(open_engine(str(receiver / "daemon.db")), receiver / "inbox")

    def confirmed(self) -> tuple[int, int]:
        done, count, _ = self._outbox.progress(self._id) or (0, 0, 0)
        return done, count

    def received(self) -> tuple[int, int]:
        done, count, _ = self._inbox.progress(MessageKey(OFFICE, self._id)) or (0, self.confirmed()[1], 0)
        return done, count

    def sent_again(self) -> int:
        """Segments sent a second time: by the sender, and by the broker to the receiver."""
        sender = self._outbox.progress(self._id)
        receiver = self._inbox.progress(MessageKey(OFFICE, self._id))
        return (sender[2] if sender else 0) + (receiver[2] if receiver else 0)


def _command(*words: str) -> list[str]:
    return [sys.executable, "-m", "cli.main", *words]


def _spawn(command: list[str], folder: Path, log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def _is(path: Path, word: str) -> bool:
    """Whether there is a file that begins as its format does; what is in it the tests look into."""
    if not path.is_file():
        return False
    if word == "pdf":
        return path.read_bytes().startswith(b"%PDF-")
    with zipfile.ZipFile(path) as package:
        return "OFD.xml" in package.namelist()


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def _digest(path: Path) -> str:
    with path.open("rb") as reading:
        return hashlib.file_digest(reading, "sha256").hexdigest()


def _random_file(path: Path, size: int) -> str:
    """Incompressible content, so that what is shown is the real road; its digest."""
    digest = hashlib.sha256()
    with path.open("wb") as writing:
        for _ in range(size // MIB):
            block = os.urandom(MIB)
            digest.update(block)
            writing.write(block)
    return digest.hexdigest()


# ---- what an office might send


def _table() -> bytes:
    rows = "".join(f"{number},部门{number},{number * 12.5:.2f}\n" for number in range(1, 200))
    return f"序号,部门,金额（万元）\n{rows}".encode("gb18030")
