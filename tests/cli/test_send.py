# SPDX-License-Identifier: Apache-2.0
"""`govbus send`: what it takes, what it waits for, and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from exchange.edge.settings import load_adapter
from exchange.role.stores import OneDaemon, Stores, note_troubles
from tests.district import AT_CIVIL, CIVIL, FINANCE, TYPE, District, make_district

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def district(tmp_path: Path) -> District:
    return make_district(tmp_path)


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "通知.txt"
    path.write_text("各区县：\n", encoding="utf-8")
    return path


def send(district: District, *words: object) -> int:
    return main(["send", "--config", str(district.config()), "--type", TYPE, *map(str, words)])


def claimed(district: District) -> list[Any]:
    return Stores.open(load_adapter(district.config())).outbox.claimed(10)


def test_without_a_daemon_it_is_kept_in_the_outbox_and_its_id_printed(
    district: District, document: Path, capsys: Captured
) -> None:
    assert send(district, document, "--to", AT_CIVIL) == 0
    said = capsys.readouterr()
    (kept,) = claimed(district)
    assert said.out == f"{kept.message_id}\n"
    assert "no daemon is running" in said.err
    assert (kept.type, kept.head.to, kept.payload) == (TYPE, (AT_CIVIL,), document.read_bytes())


def test_json_is_one_document_with_the_promised_fields(
    district: District, document: Path, capsys: Captured
) -> None:
    assert send(district, document, "--to", AT_CIVIL, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said == {"message_id": claimed(district)[0].message_id, "state": "open", "receipts": []}


def test_several_files_are_parts_of_one_message(district: District, document: Path, tmp_path: Path) -> None:
    table = tmp_path / "table.csv"
    table.write_bytes(b"1,2\n")
    send(district, document, table)
    (kept,) = claimed(district)
    assert [(p.name, p.role, p.media_type) for p in kept.parts] == [
        ("通知.txt", "body", "text/plain"),
        ("table.csv", "attachment", "text/csv"),
    ]


def test_what_the_options_say_is_in_the_message(district: District, document: Path) -> None:
    options = (
        "--priority",
        "urgent",
        "--attribute",
        "文号=1",
        "--attribute",
        "a=b=c",
        "--expires-after",
        "60",
    )
    send(district, document, *options)
    (kept,) = claimed(district)
    assert kept.priority.value == "urgent"
    assert kept.head.attributes == {"文号": "1", "a": "b=c"}
    assert kept.expires_ms - kept.created_ms == 60_000


def test_the_same_key_is_sent_once(district: District, document: Path, capsys: Captured) -> None:
    for _ in range(2):
        assert send(district, document, "--key", "K-1") == 0
    said = capsys.readouterr()
    assert len(claimed(district)) == 1
    assert len(set(said.out.split())) == 1
    assert "K-1 was sent before" in said.err


def test_without_a_key_every_command_is_a_message_of_its_own(district: District, document: Path) -> None:
    for _ in range(2):
        send(district, document)
    assert len(claimed(district)) == 2


def test_the_file_stays_where_it_is(district: District, document: Path) -> None:
    send(district, document)
    assert document.exists()


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--attribute", "no-value"], 2),
        (["--application", "nobody"], 2),
        (["--priority", "soon"], 2),
        (["--timeout", "0"], 2),
        (["--to", "nobody"], 65),
        (["--to", "44.x/files"], 65),
    ],
)
def test_what_cannot_be_sent_is_refused_at_once(
    district: District, document: Path, words: list[str], code: int
) -> None:
    assert send(district, document, *words) == code
    assert claimed(district) == []


def test_a_file_that_is_not_there_is_wrong_usage(district: District, tmp_path: Path) -> None:
    assert send(district, tmp_path / "nothing.txt") == 2


def test_wrong_settings_name_file_line_and_key(tmp_path: Path, document: Path, capsys: Captured) -> None:
    config = tmp_path / "adapter.toml"
    config.write_text('[participant]\nid = "440500.finance"\nsuit = "intl-1"\n')
    assert main(["send", str(document), "--config", str(config), "--type", TYPE]) == 78
    assert f"{config}, line 3, participant.suit" in capsys.readouterr().err


def test_wait_ends_with_the_receipts_when_it_is_delivered(
    district: District, document: Path, capsys: Captured
) -> None:
    with district.running(FINANCE, CIVIL):
        assert send(district, document, "--to", AT_CIVIL, "--wait") == 0
    said = capsys.readouterr()
    assert "accepted" in said.err
    assert f"signed by {CIVIL}" in said.err
    assert [path.name for path in district.inbox_files()] == [document.name]


def test_wait_as_json_has_every_receipt_verified(
    district: District, document: Path, capsys: Captured
) -> None:
    with district.running(FINANCE, CIVIL):
        send(district, document, "--to", AT_CIVIL, "--wait", "--json")
    said = json.loads(capsys.readouterr().out)
    assert said["state"] == "delivered"
    assert [(r["kind"], r["verified"]) for r in said["receipts"]] == [("accepted", True), ("delivered", True)]


def test_wait_ends_with_the_reason_when_it_is_refused(
    district: District, document: Path, capsys: Captured
) -> None:
    with district.running(FINANCE):
        assert send(district, document, "--to", "440500.nobody/files", "--wait") == 1
    said = capsys.readouterr().err
    assert "EX-301" in said
    assert "440500.nobody is not known" in said


def test_wait_gives_up_in_time_and_the_message_goes_on(
    district: District, document: Path, capsys: Captured
) -> None:
    assert send(district, document, "--to", AT_CIVIL, "--wait", "--timeout", "0.3") == 1
    said = capsys.readouterr().err
    assert "EX-906" in said
    assert len(claimed(district)) == 1


def test_chinese_is_spoken(district: District, document: Path, capsys: Captured) -> None:
    with district.running(FINANCE, CIVIL):
        send(district, document, "--to", AT_CIVIL, "--wait", "--lang", "zh")
    assert f"送达  {AT_CIVIL}  {CIVIL} 签名" in capsys.readouterr().err


def test_while_it_waits_it_says_what_the_daemon_waits_for(
    district: District, document: Path, capsys: Captured
) -> None:
    settings = load_adapter(district.config())
    folder = Stores.open(settings).folder
    daemon = OneDaemon(folder)
    note_troubles(folder, {"outbound": f"EX-204 participant {FINANCE} is suspended"})
    try:
        assert send(district, document, "--to", AT_CIVIL, "--wait", "--timeout", "0.5") == 1
    finally:
        daemon.release()
    said = capsys.readouterr().err
    assert "EX-901 the broker at amqps://127.0.0.1:1/govbus cannot be reached" in said  # it looked itself
    assert said.count(f"the daemon waits: EX-204 participant {FINANCE} is suspended") == 1
    assert "ask the hub's operator why" in said


def test_the_state_and_the_next_command_are_told_in_chinese_and_typable(
    district: District, document: Path, capsys: Captured
) -> None:
    words = ("--to", AT_CIVIL, "--wait", "--timeout", "0.1", "--lang", "zh")
    assert send(district, document, *words) == 1
    said = capsys.readouterr()
    message_id = said.out.strip()
    assert f"报文 {message_id} 状态为 待发" in said.err
    assert f"`govbus message show {message_id} --config {district.config()}`" in said.err
