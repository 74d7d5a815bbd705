# SPDX-License-Identifier: Apache-2.0
"""`govbus enroll` as a department types it, and what is asked before anything is believed."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from adapters.directory.settings import Settings
from cli import context as context_module
from cli.main import main
from exchange.edge.settings import load_adapter
from tests.identities import FINANCE, credit_code
from tests.offices import Hub, make_hub

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return make_hub(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "财政"


def run(*words: str | Path) -> int:
    return main([str(word) for word in words])


def request(folder: Path, *more: str, code: str | None = None) -> int:
    return run(
        "enroll",
        "request",
        folder,
        "--id",
        FINANCE,
        "--name",
        "财政局",
        "--credit-code",
        code or credit_code(),
        *more,
    )


def grant(hub: Hub, folder: Path) -> Path:
    office = hub.office()
    path = folder.with_suffix(".grant.xml")
    path.write_bytes(office.approve(office.examine((folder / "request.xml").read_bytes())))
    return path


def test_a_request_tells_the_fingerprint_and_what_to_do_next(folder: Path, capsys: Captured) -> None:
    assert request(folder) == 0
    out, err = capsys.readouterr()
    assert out == f"the request is written: {folder}/request.xml\n"
    assert "fingerprint of the department's key: " in err
    assert "read them the fingerprint by telephone" in err


def test_a_request_as_json_is_one_document(folder: Path, capsys: Captured) -> None:
    assert request(folder, "--json") == 0
    out, err = capsys.readouterr()
    facts = json.loads(out)
    assert facts["request"] == f"{folder}/request.xml"
    assert len(facts["fingerprint"].split()) == 16
    assert err == ""


def test_chinese_is_spoken_when_it_is_asked_for(folder: Path, capsys: Captured) -> None:
    assert request(folder, "--lang", "zh") == 0
    out, err = capsys.readouterr()
    assert out.startswith("申请已生成：")
    assert "请" in err or "下一步" in err


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        (["--id", "finance", "--name", "n", "--credit-code", credit_code()], 65, "EX-110"),
        (["--id", FINANCE, "--name", "n", "--credit-code", "1" * 18], 65, "EX-111"),
        (["--id", FINANCE, "--credit-code", credit_code()], 2, "--name"),
    ],
)
def test_a_request_that_cannot_be_made_says_why(
    words: list[str], exit_code: int, said: str, folder: Path, capsys: Captured
) -> None:
    assert run("enroll", "request", folder, *words) == exit_code
    assert said in capsys.readouterr().err


def test_a_wrong_check_character_is_told_with_the_right_one(folder: Path, capsys: Captured) -> None:
    assert request(folder, code=credit_code()[:-1] + "0") == 65
    assert f"wanted {credit_code()}" in capsys.readouterr().err


def test_a_grant_is_accepted_when_the_fingerprint_is_the_same(
    hub: Hub, folder: Path, capsys: Captured
) -> None:
    request(folder)
    path = grant(hub, folder)
    spoken = hub.office().fingerprint.upper().replace(" ", ":")
    assert run("enroll", "accept", folder, path, "--fingerprint", spoken) == 0
    out, err = capsys.readouterr()
    assert out.endswith(f"enrolled; the settings are in {folder}/adapter.toml\n")
    assert hub.office().fingerprint in err
    settings = load_adapter(folder / "adapter.toml", {})
    assert settings.participant.id == FINANCE
    assert settings.typed("files", Settings).folder == folder / "files"


def test_a_grant_is_not_accepted_when_the_fingerprint_is_another(
    hub: Hub, folder: Path, capsys: Captured
) -> None:
    request(folder)
    path = grant(hub, folder)
    assert run("enroll", "accept", folder, path, "--fingerprint", "da39 a3ee") == 1
    assert "nothing was changed" in capsys.readouterr().err
    assert not (folder / "adapter.toml").exists()


def test_without_a_terminal_and_without_an_answer_the_answer_is_no(hub: Hub, folder: Path) -> None:
    request(folder)
    assert run("enroll", "accept", folder, grant(hub, folder)) == 1
    assert not (folder / "adapter.toml").exists()


@pytest.mark.parametrize(("answer", "exit_code"), [("y", 0), ("n", 1), ("", 1)])
def test_at_a_terminal_a_person_is_asked(
    answer: str, exit_code: int, hub: Hub, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    request(folder)
    path = grant(hub, folder)
    monkeypatch.setattr(context_module.sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("click.termui.visible_prompt_func", lambda _prompt: answer)
    assert run("enroll", "accept", folder, path) == exit_code


def test_an_accepted_grant_as_json_is_one_document(hub: Hub, folder: Path, capsys: Captured) -> None:
    request(folder)
    path = grant(hub, folder)
    capsys.readouterr()
    assert run("enroll", "accept", folder, path, "--yes", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {
        "config": f"{folder}/adapter.toml",
        "participant": FINANCE,
    }


def test_a_renewal_is_accepted_without_comparing(hub: Hub, folder: Path, capsys: Captured) -> None:
    request(folder)
    run("enroll", "accept", folder, grant(hub, folder), "--yes")
    assert run("enroll", "renew", folder) == 0
    assert "the present keys stay in use" in capsys.readouterr().err
    assert run("enroll", "accept", folder, grant(hub, folder)) == 0
    assert "there is nothing to compare" in capsys.readouterr().err


def test_the_settings_are_written_in_the_language_of_the_command(hub: Hub, folder: Path) -> None:
    request(folder)
    run("enroll", "accept", folder, grant(hub, folder), "--yes", "--lang", "zh")
    text = (folder / "adapter.toml").read_text(encoding="utf-8")
    assert "# 本方" in text
    assert load_adapter(folder / "adapter.toml", {}).participant.lang == "zh"


def test_a_damaged_grant_is_refused_with_its_code(hub: Hub, folder: Path, capsys: Captured) -> None:
    request(folder)
    path = grant(hub, folder)
    path.write_bytes(path.read_bytes().replace(b"</chain>", b"</chain> "))
    assert run("enroll", "accept", folder, path, "--yes") == 1
    assert "EX-201" in capsys.readouterr().err


def test_a_missing_grant_is_named(folder: Path, capsys: Captured) -> None:
    request(folder)
    assert run("enroll", "accept", folder, folder / "none.xml", "--yes") == 78
    assert "EX-904" in capsys.readouterr().err


def test_renewing_where_nothing_was_enrolled_is_named(folder: Path, capsys: Captured) -> None:
    request(folder)
    shutil.rmtree(folder / "keys")
    assert run("enroll", "renew", folder) == 78
    assert "identity.pem" in capsys.readouterr().err
