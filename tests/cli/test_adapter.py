# SPDX-License-Identifier: Apache-2.0
"""`govbus adapter list` and `check`, as they are typed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cli import adapter
from cli.main import main
from exchange.adapter import Content, Outgoing
from exchange.edge.installed import make_adapter
from exchange.edge.memory import MemoryBroker, MemoryNode
from exchange.edge.settings import load_adapter
from exchange.texts import say
from tests.damage import all_in_one_file
from tests.district import AT_CIVIL, CIVIL, FILES, FINANCE, TYPE, District, make_district, said


@pytest.fixture
def district(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> District:
    """The broker is in memory: what `check` asks of it, it asks there."""
    made = make_district(tmp_path)
    monkeypatch.setattr(adapter, "rabbit", lambda *_: MemoryBroker(made.node))
    return made


def check(district: District, who: str = FINANCE, *, code: int = 0) -> dict[str, Any]:
    told = json.loads(said("adapter", "check", "--config", district.config(who), "--json", code=code))
    assert told["good"] == (code == 0)
    return {finding["name"]: finding for finding in told["findings"]}


# ---- list


def test_the_installed_adapters_are_listed_with_their_settings() -> None:
    (directory,) = (
        one for one in json.loads(said("adapter", "list", "--json")) if one["name"] == "directory"
    )
    assert directory["class"] == "adapters.directory.hot_folder:DirectoryAdapter"
    settings = {setting["key"]: setting for setting in directory["settings"]}
    assert settings["folder"]["default"] == "needed"
    assert settings["poll_seconds"]["default"] == "2.0"
    found = [settings[key]["default"] for key in ("type", "to", "folders", "manifest_required", "meta")]
    assert found == ['""', "[]", "{}", "false", '"needed"']  # as they are written in adapter.toml
    assert all(setting["meaning"] for setting in settings.values())


def test_people_get_a_table_a_piece() -> None:
    shown = said("adapter", "list")
    assert shown.startswith("directory  ")
    assert "the hot folder; out, in, sent, failed and receipts are made in it" in shown


# ---- check


@pytest.fixture
def damaged(district: District) -> Path:
    """The database of FINANCE, with garbage in it."""
    said("adapter", "check", "--config", district.config())
    (path,) = (district.folder / FINANCE).rglob("daemon.db")
    all_in_one_file(path)
    with path.open("r+b") as file:
        file.write(b"garbage!" * 512)
    return path


def test_a_damaged_database_is_a_finding_with_a_next_step(district: District, damaged: Path) -> None:
    told = json.loads(said("adapter", "check", "--config", district.config(), "--json", code=1))
    (found,) = [one for one in told["findings"] if str(damaged) in one["what"]]
    assert found["verdict"] == "bad"
    assert found["what"] == f"the database file {damaged} is damaged"
    assert "restore the newest backup: docs/how-to/operate.md" in found["next"]
    assert len(told["findings"]) > 1  # what needs no database is asked all the same
    shown = said("adapter", "check", "--config", district.config(), "--lang", "zh", code=1)
    assert f"数据库文件 {damaged} 已损坏" in shown


@pytest.mark.parametrize(
    "words", [("message", "list"), ("send", "a.txt", "--type", TYPE, "--to", AT_CIVIL), ("adapter", "run")]
)
@pytest.mark.usefixtures("damaged")
def test_every_command_says_that_the_database_is_damaged(
    words: tuple[str, ...], district: District, capsys: pytest.CaptureFixture[str]
) -> None:
    text = district.folder / "a.txt"
    text.write_text("x")
    typed = [str(text) if word == "a.txt" else word for word in words]
    assert main([*typed, "--config", str(district.config())]) == 78
    told = capsys.readouterr().err
    assert "EX-922" in told
    assert "sqlalche" not in told


def test_what_lies_in_failed_is_told_with_where_its_reason_is(district: District) -> None:
    failed = district.folder / FINANCE / "files" / "failed"
    failed.mkdir(parents=True)
    for name in ("a.txt", "a.txt.reason.txt", "b.txt.reason.txt"):  # b was taken away, its reason was left
        (failed / name).write_text("x")
    told = json.loads(said("adapter", "check", "--config", district.config(), "--json"))
    (found,) = [one for one in told["findings"] if one["name"] == "applications" and one["verdict"] != "good"]
    assert found["verdict"] == "warning"
    assert found["what"].startswith(f"files: 1 file lies in {failed}, with its reason beside it")
    (failed / "a.txt").unlink()
    assert all(one["verdict"] == "good" for one in applications(district))


@pytest.mark.parametrize(("named", "spoken"), [("", "已存为"), ('lang = "en"', "stored as")])
def test_an_application_that_names_no_language_speaks_the_daemons(
    named: str, spoken: str, district: District
) -> None:
    config = district.config()
    lines = [
        line for line in config.read_text(encoding="utf-8").splitlines() if not line.startswith("lang =")
    ]
    settings = lines.index("[applications.files.settings]")
    lines[settings : settings + 1] = [lines[settings], named]
    participant = lines.index("[participant]")
    lines[participant : participant + 1] = ["[participant]", 'lang = "zh"']
    config.write_text("\n".join(lines), encoding="utf-8")
    made = make_adapter(load_adapter(config), FILES, district.folder / "own")
    assert spoken in say("hot-folder.stored", made.settings.lang, name="x")


def applications(district: District) -> list[dict[str, Any]]:
    told = json.loads(said("adapter", "check", "--config", district.config(), "--json"))
    return [one for one in told["findings"] if one["name"] == "applications"]


def test_an_adapter_that_cannot_be_made_is_a_fault_and_no_concern(district: District) -> None:
    config = district.config()
    config.write_text(config.read_text().replace('adapter = "directory"', 'adapter = "nothing"'))
    told = json.loads(said("adapter", "check", "--config", config, "--json", code=1))
    (found,) = [one for one in told["findings"] if one["name"] == "applications"]
    assert found["verdict"] == "bad"


def test_before_the_first_run_all_is_well_but_that_nothing_runs(district: District) -> None:
    found = check(district)
    assert found["daemon"]["verdict"] == "warning"
    assert {name for name, finding in found.items() if finding["verdict"] != "good"} == {"daemon"}
    assert "govbus adapter run" in found["daemon"]["next"]


def test_beside_a_running_daemon_all_is_well(district: District) -> None:
    with district.running(FINANCE, CIVIL) as services:
        thing = Outgoing(key="a", type=TYPE, parts=[Content("x", b"x")], to=[AT_CIVIL])
        (taken,), _ = services[FINANCE].daemon.submission.take(FILES, [thing])
        district.final(taken.message_id)
        assert {finding["verdict"] for finding in check(district).values()} == {"good"}
        assert {finding["verdict"] for finding in check(district, CIVIL).values()} == {"good"}


def test_a_suspended_department_learns_that_it_is(district: District) -> None:
    district.office.suspend(FINANCE)
    with district.running(FINANCE, CIVIL):
        pass  # nobody answers a suspended participant: it holds the view that it had
    assert check(district)["identity"]["verdict"] == "good"


def test_missing_queues_are_the_answer_no(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(adapter, "rabbit", lambda *_: MemoryBroker(MemoryNode()))
    found = check(district, code=1)
    assert found["broker"]["verdict"] == "bad"
    assert "enroll approve" in found["broker"]["next"]


def test_an_unreachable_broker_is_named_and_the_other_questions_are_asked(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    found = check(district, code=1)
    assert "EX-901" not in found["broker"]["what"]  # the sentence is for people
    assert "cannot be reached" in found["broker"]["what"]
    assert found["outbox"]["verdict"] == "good"


def test_wrong_settings_of_an_application_are_the_answer_no(district: District) -> None:
    path = district.config()
    path.write_text(path.read_text().replace('\nfolder = "files"', '\nfoldr = "files"'))
    found = check(district, code=1)
    assert "foldr" in found["applications"]["what"]


def test_missing_keys_are_named_once(district: District) -> None:
    (district.folder / FINANCE / "keys" / "identity.pem").unlink()
    shown = said("adapter", "check", "--config", district.config(), code=1)
    assert shown.count("identity.pem cannot be read") == 1


def test_people_read_the_next_step_below_what_is_wrong(district: District) -> None:
    shown = said("adapter", "check", "--config", district.config())
    lines = shown.splitlines()
    where = next(i for i, line in enumerate(lines) if line.startswith("warning  daemon: "))
    assert lines[where + 1].strip().startswith("next: ")
    assert "警告  守护进程" in said("adapter", "check", "--config", district.config(), "--lang", "zh")


def test_the_settings_of_the_shipped_adapter_are_explained_in_chinese_too() -> None:
    """Every sentence of the code has its pair; one that was changed there alone would stay English."""
    (shipped,) = json.loads(said("adapter", "list", "--json", "--lang", "zh"))
    sentences = [shipped["about"], *(setting["meaning"] for setting in shipped["settings"])]
    assert [s for s in sentences if not re.search(r"[\u4e00-\u9fff]", s)] == []
    (shipped,) = json.loads(said("adapter", "list", "--json"))
    assert shipped["about"].startswith("A hot folder")


def test_a_hot_folder_that_the_daemon_would_refuse_is_bad(district: District) -> None:
    config = district.config()
    there = config.read_text(encoding="utf-8")
    folder = next(line for line in there.splitlines() if line.startswith("folder"))
    config.write_text(there.replace(folder, 'folder = "/nonexistent/x"'), encoding="utf-8")
    shown = said("adapter", "check", "--config", config, code=1)
    assert "EX-904" not in shown
    assert "/nonexistent/x cannot be read: there is no folder /nonexistent to make it in" in shown
