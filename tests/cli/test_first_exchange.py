# SPDX-License-Identifier: Apache-2.0
"""The tutorial as it is typed: two departments exchange files through a real broker, hub and daemons."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from exchange.edge.daemon_messages import DaemonMessages
from exchange.edge.private_node import PrivateNode
from exchange.edge.queries import FoundMessage
from exchange.edge.tables import open_engine
from exchange.model.identity import credit_check_character

pytestmark = pytest.mark.broker

GOVBUS = Path(sys.executable).with_name("govbus")
FINANCE, CIVIL = "440500.finance", "440500.civil-affairs"
AT_CIVIL = f"{CIVIL}/files"
TYPE = "document.file.v1"
PATIENCE_SECONDS = 240.0  # of a machine that has much else to do
STOP_SECONDS = 60.0  # after which systemd kills what it has told to stop: TimeoutStopSec of the shipped units
ROUTES = """<?xml version="1.0" encoding="UTF-8"?>
<routing-table xmlns="urn:govbus:routing:1" version="1">
  <rule id="files" type="document.*"><deliver/></rule>
</routing-table>
"""


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def govbus(*words: object, ok: bool = True) -> Said:
    """One command, as it is typed."""
    done = subprocess.run([str(GOVBUS), *map(str, words)], capture_output=True, text=True, timeout=120)
    assert not ok or done.returncode == 0, f"{words}: {done.stderr}"
    return Said(done.returncode, done.stdout, done.stderr)


def eventually(condition: Callable[[], Any]) -> Any:
    """What *condition* gives, once it gives something."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not (found := condition()):
        assert time.monotonic() < end, "it did not come to be"
        time.sleep(0.05)
    return found


def credit_code(number: int) -> str:
    body = f"1144050{number}00000000B"
    return body + credit_check_character(body)


@dataclass
class Process:
    """A long-running command, with its log."""

    words: tuple[object, ...]
    log: Path
    _process: subprocess.Popen[bytes] | None = field(default=None)

    def start(self) -> None:
        began = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [str(GOVBUS), *map(str, self.words)], stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        eventually(lambda: '"event": "ready"' in self.log.read_text()[began:] or self.ended)

    @property
    def ended(self) -> bool:
        return self._process is None or self._process.poll() is not None

    def kill(self) -> None:
        """As a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """Let it drain; its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(STOP_SECONDS)

    def events(self) -> list[Mapping[str, Any]]:
        return [json.loads(line) for line in self.log.read_text().splitlines()]


@dataclass(frozen=True)
class Exchange:
    """A hub and two departments, enrolled and running."""

    folder: Path
    hub: Process
    daemons: Mapping[str, Process]

    @property
    def hub_config(self) -> Path:
        return self.folder / "hub" / "hub.toml"

    def config(self, who: str) -> Path:
        return self.folder / who / "adapter.toml"

    def arrived(self, who: str, digest: str) -> list[Path]:
        """The files in a department's inbox folder with that content."""
        found = (self.folder / who / "files" / "in").glob("*")
        return [path for path in found if path.is_file() and sha256(path) == digest]

    def send(self, *words: object, ok: bool = True) -> Said:
        return govbus("send", "--config", self.config(FINANCE), "--type", TYPE, *words, ok=ok)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def exchange(node: PrivateNode, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Exchange]:
    folder = tmp_path_factory.mktemp("exchange")
    made = Exchange(
        folder,
        Process(("hub", "run", "--config", folder / "hub" / "hub.toml"), folder / "hub.log"),
        {
            who: Process(("adapter", "run", "--config", folder / who / "adapter.toml"), folder / f"{who}.log")
            for who in (FINANCE, CIVIL)
        },
    )
    govbus("hub", "init", folder / "hub", "--broker", node.directory)
    for number, who in enumerate((FINANCE, CIVIL)):
        enrol(made, who, number)
    (folder / "routes.xml").write_text(ROUTES, encoding="utf-8")
    govbus("route", "import", "--config", made.hub_config, folder / "routes.xml")
    processes = [made.hub, *made.daemons.values()]
    try:
        for process in processes:
            process.start()
            assert not process.ended, process.log.read_text()
        yield made
    finally:
        for process in reversed(processes):
            if not process.ended:
                process.stop()


def enrol(made: Exchange, who: str, number: int) -> None:
    folder = made.folder / who
    govbus("enroll", "request", folder, "--id", who, "--name", "财政局", "--credit-code", credit_code(number))
    request, grant = folder / "request.xml", folder / "grant.xml"
    govbus("enroll", "approve", "--config", made.hub_config, request, "--out", grant, "--yes")
    govbus("enroll", "accept", folder, grant, "--yes")


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "关于拨款的通知.txt"
    path.write_text("各区县:\n", encoding="utf-8")
    return path


def test_a_hub_that_says_ready_takes_from_all_its_queues(exchange: Exchange) -> None:
    exchange.hub.kill()
    exchange.hub.start()
    found = govbus("hub", "check", "--config", exchange.hub_config, "--json").json["findings"]
    (process,) = [finding for finding in found if finding["name"] == "hub"]
    assert (process["verdict"], process["what"]) == ("good", "runs: 2 workers take from each of its queues")


def test_a_file_arrives_once_as_it_was_and_both_receipts_are_verified(
    exchange: Exchange, document: Path
) -> None:
    said = exchange.send(document, "--to", AT_CIVIL, "--wait", "--json").json
    assert set(said) == {"message_id", "state", "receipts"}
    assert said["state"] == "delivered"
    assert [(r["kind"], r["by"], r["verified"]) for r in said["receipts"]] == [
        ("accepted", "hub", True),
        ("delivered", CIVIL, True),
    ]
    assert [path.name for path in exchange.arrived(CIVIL, sha256(document))] == [document.name]


def test_every_side_tells_the_same_of_a_message(exchange: Exchange, document: Path) -> None:
    message_id = exchange.send(document, "--to", AT_CIVIL, "--wait", "--json").json["message_id"]
    hub, *departments = (
        govbus("message", "show", message_id, "--config", config, "--json").json
        for config in (exchange.hub_config, exchange.config(FINANCE), exchange.config(CIVIL))
    )
    (delivery,) = hub.pop("deliveries")
    assert [side.pop("direction") for side in (hub, *departments)] == ["", "sent", "received"]
    assert [{name: told[name] for name in hub} for told in departments] == [hub, hub]
    receipts = delivery.pop("receipts")
    assert delivery == {
        "to": AT_CIVIL,
        "state": "delivered",
        "segments_forwarded": 1,
        "segments_resent": 0,
        "overdue": False,
    }
    assert [set(receipt) for receipt in receipts] == [{"kind", "by", "at", "code", "text"}] * 2


def test_the_trace_names_the_ledger_entries_and_the_ledger_holds(exchange: Exchange, document: Path) -> None:
    message_id = exchange.send(document, "--to", AT_CIVIL, "--wait", "--json").json["message_id"]

    def numbered() -> Any:
        told = govbus("message", "trace", message_id, "--config", exchange.hub_config, "--json").json
        return all(step["ledger"] is not None for step in told["steps"]) and told

    told = eventually(numbered)
    assert [step["event"] for step in told["steps"]] == ["admitted", "accepted", "delivered"]
    assert govbus("ledger", "verify", "--config", exchange.hub_config, "--json").json["sound"] is True


def test_a_receipt_handed_on_as_a_file_is_proven_off_line(
    exchange: Exchange, document: Path, tmp_path: Path
) -> None:
    said = exchange.send(document, "--to", AT_CIVIL, "--wait", "--json").json
    receipt, certificate = tmp_path / "receipt.xml", tmp_path / "signer.pem"
    config = exchange.config(FINANCE)
    receipt_id = said["receipts"][1]["receipt_id"]
    govbus(
        "receipt", "export", receipt_id, "--config", config, "--out", receipt, "--certificate", certificate
    )
    anchors = exchange.folder / FINANCE / "trust" / "anchors.pem"
    off_line = ("--trust", anchors, "--certificate", certificate, "--json")
    assert govbus("receipt", "verify", receipt, *off_line).json["by"] == CIVIL
    receipt.write_bytes(receipt.read_bytes().replace(b"delivered", b"signed-for"))
    refused = govbus("receipt", "verify", receipt, *off_line, ok=False)
    assert (refused.code, refused.json["verified"], refused.json["code"]) == (1, False, "EX-201")


def test_what_no_route_covers_is_refused_with_its_code(exchange: Exchange, document: Path) -> None:
    words = (
        "send",
        document,
        "--config",
        exchange.config(FINANCE),
        "--type",
        "tax.return.v1",
        "--to",
        AT_CIVIL,
    )
    said = govbus(*words, "--wait", "--json", ok=False)
    assert (said.code, said.json["state"]) == (1, "failed")
    assert [(r["kind"], r["code"]) for r in said.json["receipts"]] == [("rejected", "EX-302")]


def test_an_unknown_application_returns_the_message(exchange: Exchange, document: Path) -> None:
    said = exchange.send(document, "--to", f"{CIVIL}/nobody", "--wait", "--json", ok=False)
    assert said.code == 1
    assert [(r["kind"], r["code"]) for r in said.json["receipts"]] == [
        ("accepted", ""),
        ("returned", "EX-501"),
    ]


def test_a_second_daemon_for_the_same_stores_is_turned_away(exchange: Exchange) -> None:
    said = govbus("adapter", "run", "--config", exchange.config(FINANCE), ok=False)
    assert said.code == 69
    assert "EX-908" in said.err


@pytest.mark.parametrize("victim", ["receiver", "sender", "hub"])
def test_whoever_is_killed_in_mid_transfer_the_file_arrives_once_as_it_was(
    exchange: Exchange, tmp_path: Path, victim: str
) -> None:
    victims = {"receiver": exchange.daemons[CIVIL], "sender": exchange.daemons[FINANCE], "hub": exchange.hub}
    process = victims[victim]
    large = tmp_path / f"{victim}.bin"
    large.write_bytes(os.urandom(48 << 20))
    message_id = exchange.send(large, "--to", AT_CIVIL, "--json").json["message_id"]
    outbox = DaemonMessages(open_engine(str(exchange.folder / FINANCE / "stores" / "daemon.db")), FINANCE)

    def found() -> FoundMessage:
        return outbox.find(message_id)[0]

    eventually(lambda: any(d.segments_forwarded > 3 for d in found().deliveries))
    process.kill()
    process.start()
    eventually(lambda: found().state != "open")
    assert found().state == "delivered"
    assert [path.name for path in exchange.arrived(CIVIL, sha256(large))] == [large.name]


@pytest.mark.parametrize("stopped", ["receiver", "sender", "hub"])
def test_whoever_is_told_to_stop_in_mid_transfer_finishes_what_is_in_hand_and_goes_on_later(
    exchange: Exchange, tmp_path: Path, stopped: str
) -> None:
    processes = {
        "receiver": exchange.daemons[CIVIL],
        "sender": exchange.daemons[FINANCE],
        "hub": exchange.hub,
    }
    large = tmp_path / f"{stopped} stops.bin"
    large.write_bytes(os.urandom(48 << 20))
    message_id = exchange.send(large, "--to", AT_CIVIL, "--json").json["message_id"]
    outbox = DaemonMessages(open_engine(str(exchange.folder / FINANCE / "stores" / "daemon.db")), FINANCE)

    def found() -> FoundMessage:
        return outbox.find(message_id)[0]

    eventually(lambda: any(d.segments_forwarded > 3 for d in found().deliveries))
    assert processes[stopped].stop() == 0
    assert found().state == "open"
    processes[stopped].start()
    eventually(lambda: found().state != "open")
    assert found().state == "delivered"
    assert [path.name for path in exchange.arrived(CIVIL, sha256(large))] == [large.name]
    assert [d.segments_resent for d in found().deliveries] == [0]


def test_logs_have_a_line_an_event_and_no_names_of_files(exchange: Exchange, document: Path) -> None:
    exchange.send(document, "--to", AT_CIVIL, "--wait")
    for process in (exchange.hub, *exchange.daemons.values()):
        assert all({"time", "level", "event"} <= set(event) for event in process.events())
        assert document.name not in process.log.read_text()


def test_they_drain_and_end_when_they_are_told_to(exchange: Exchange) -> None:
    for process in (*exchange.daemons.values(), exchange.hub):
        assert process.stop() == 0
        assert process.events()[-1]["event"] == "stopped"
        process.start()
