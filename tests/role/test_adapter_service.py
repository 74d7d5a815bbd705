# SPDX-License-Identifier: Apache-2.0
"""A daemon put together from its settings: it runs, tells of itself, and ends as it should."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from pathlib import Path

import pytest

from exchange.edge import anchor_files
from exchange.edge.authority import Authority
from exchange.edge.memory import MemoryBroker
from exchange.edge.settings import load_adapter
from exchange.errors import ConfigInvalid, Halt, Reject, Retry
from exchange.model.digest import sha256
from exchange.model.head_proof import CitedHead, HeadProof, Link
from exchange.model.ledger_head import LedgerHead
from exchange.model.notice import Notice, NoticeKind
from exchange.model.receipt import HUB
from exchange.role.adapter_service import AdapterService
from exchange.role.hub_view import Documents
from exchange.role.stores import known_troubles
from tests.district import CIVIL, FINANCE, District, eventually, make_district, now


@pytest.fixture
def district(tmp_path: Path) -> District:
    return make_district(tmp_path)


def service(district: District, who: str = FINANCE) -> AdapterService:
    return AdapterService(load_adapter(district.config(who)), broker=MemoryBroker(district.node))


def change(district: District, *pairs: tuple[str, str]) -> None:
    path = district.config()
    written = path.read_text()
    for old, new in pairs:
        assert old in written
        written = written.replace(old, new)
    path.write_text(written)


def get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", path)
    response = connection.getresponse()
    return response.status, response.read().decode()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_second_service_for_the_same_stores_is_turned_away(district: District) -> None:
    first = service(district)
    with pytest.raises(Retry, match="EX-908"):
        service(district)
    first.stop()
    first.run()
    service(district)


def test_it_is_ready_before_it_works_and_ends_when_told(district: District) -> None:
    made = service(district)
    happened: list[str] = []
    made.run(ready=lambda: (happened.append("ready"), made.stop())[0])
    assert happened == ["ready"]


def test_an_adapter_that_is_not_installed_is_named_with_file_line_and_key(district: District) -> None:
    change(district, ('adapter = "directory"', 'adapter = "direktory"'))
    with pytest.raises(ConfigInvalid) as wrong:
        service(district)
    sentence = wrong.value.text()
    assert "applications.files.adapter" in sentence
    assert "direktory" in sentence
    assert "directory" in wrong.value.text("zh")
    assert wrong.value.values["line"] > 1


def test_settings_that_do_not_fit_the_adapter_are_named(district: District) -> None:
    change(district, ('type = "document.file.v1"', 'typ = "document.file.v1"'))
    with pytest.raises(ConfigInvalid, match=r"applications\.files\.settings\.typ"):
        service(district)


def test_an_adapter_that_cannot_open_ends_the_daemon_with_its_reason(district: District) -> None:
    """The hot folder is a file: nothing can be put into it."""
    folder = district.folder / FINANCE / "files"
    folder.rmdir()
    folder.write_text("x")
    with pytest.raises(Halt, match="EX-506"):
        service(district).run()


def test_a_thread_that_dies_takes_the_daemon_down_with_its_reason(district: District) -> None:
    made = service(district)

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("a defect")

    made.daemon.inbox.waiting = broken  # type: ignore[method-assign]
    with pytest.raises(ZeroDivisionError, match="a defect"):
        made.run()


def test_what_its_threads_wait_for_is_noted_for_others(district: District) -> None:
    change(district, ("# disk_threshold_bytes = 536870912", f"disk_threshold_bytes = {1 << 62}"))
    with district.running(FINANCE) as services:
        folder = services[FINANCE].stores.folder
        found = eventually(lambda: known_troubles(folder))
        assert any(reason.startswith("EX-505") for reason in found.values())


def test_the_health_page_and_the_metrics_tell_of_the_running_daemon(district: District) -> None:
    port = free_port()
    change(district, ('# listen = ""', f'listen = "127.0.0.1:{port}"'))
    with district.running(FINANCE, CIVIL):
        status, body = eventually(lambda: _answer(port, "/health"))
        names = {finding["name"] for finding in json.loads(body)["findings"]}
        assert (status, json.loads(body)["who"]) == (200, FINANCE)
        assert {"identity", "certificates", "directory", "daemon", "outbox", "inbox", "disk"} <= names
        metrics = get(port, "/metrics")[1]
    assert f'who="{FINANCE}"' in metrics
    assert 'govbus_waiting{where="leaving"} 0.0' in metrics


def test_what_an_application_accepts_is_what_it_gets(district: District) -> None:
    change(district, ("# accepts = []", 'accepts = ["text/plain;charset=utf-8"]'))
    (joined,) = service(district).daemon.applications
    assert joined.convert is not None


def test_a_note_that_cannot_be_written_stops_nothing(
    district: District, caplog: pytest.LogCaptureFixture
) -> None:
    made = service(district)
    (made.stores.folder / "troubles.json.new").mkdir()
    made.run(ready=made.stop)
    assert "troubles are not noted" in caplog.messages


def test_another_ledger_is_alarmed_and_its_head_not_taken_over(
    district: District, caplog: pytest.LogCaptureFixture
) -> None:
    district.number_entries()
    made = service(district)
    hub = district.parts
    documents = Documents(hub.registry, hub.ledger, hub.around.signer)

    def came(head: str) -> None:
        body, at = documents.view_for(FINANCE), now()
        kind, certificate = NoticeKind.DIRECTORY, hub.around.signer.certificate
        made._take(Notice(hub.around.new_id(), kind, "hub", at, certificate, head=head, body=body))

    came(documents.proof_since(""))
    seen = made.daemon.around.ledger_head
    assert seen is not None
    forged = HeadProof(LedgerHead(seen.size + 1, sha256(b"x"), now()), (Link(CitedHead.of(seen), ()),))
    came(str(forged))
    assert made.daemon.around.ledger_head == seen
    (alarm,) = [record for record in caplog.records if record.levelname == "CRITICAL"]
    assert getattr(alarm, "code", "") == "EX-209"


def _answer(port: int, path: str) -> tuple[int, str] | None:
    try:
        return get(port, path)
    except OSError:
        return None


def test_a_newer_revocation_list_counts_without_a_restart(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, crl = Authority.load(district.settings.hub.authority), district.folder / "crl.pem"
    crl.write_bytes(authority.revocation_list({}, at=now()))
    change(district, ('# crl = ""', f'crl = "{crl}"'))
    monkeypatch.setattr(anchor_files, "LOOK_SECONDS", 0.0)
    made = service(district)
    hub = made.view().trust.participant(HUB).certificates[0]

    def believed() -> bool:
        try:
            made.view().trust.verifier(HUB, hub.digest)
        except Reject as refusal:
            return refusal.code != "EX-205"
        return True

    def revoke() -> None:
        assert believed()
        crl.write_bytes(authority.revocation_list({hub.der: now()}, at=now()))

    running = threading.Thread(target=made.run, args=(revoke,))
    running.start()
    try:
        eventually(lambda: not believed())
    finally:
        made.stop()
        running.join(60)
