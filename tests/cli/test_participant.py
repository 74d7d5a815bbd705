# SPDX-License-Identifier: Apache-2.0
"""`govbus participant`: what the registry knows, as people and programs read it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from cli.main import main
from exchange.model.instant import spell
from tests.identities import FINANCE, NOON, TAX, credit_code
from tests.offices import Hub, enrolled, make_hub

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    """A hub with two participants, of whom one is suspended; its settings are in hub.toml."""
    made = make_hub(tmp_path)
    enrolled(made, tmp_path / "finance")
    enrolled(made, tmp_path / "tax", TAX)
    made.registry.grant(FINANCE, add=["flash", "urgent"])
    made.office().suspend(TAX)
    (tmp_path / "hub.toml").write_text('[broker]\nurls = ["amqps://127.0.0.1:1/govbus"]\nca = "ca.pem"\n')
    return made


def run(tmp_path: Path, *words: str) -> int:
    return main(["participant", words[0], "--config", str(tmp_path / "hub.toml"), *words[1:]])


def test_participants_are_listed_in_columns(hub: Hub, tmp_path: Path, capsys: Captured) -> None:
    assert run(tmp_path, "list") == 0
    titles, *rows = capsys.readouterr().out.splitlines()
    assert titles.split() == ["participant", "name", "standing", "certificate", "until", "grants"]
    assert [row.split()[:3] for row in rows] == [[FINANCE, "财政局", "active"], [TAX, "财政局", "suspended"]]
    assert rows[0].endswith("flash urgent")
    assert (
        rows[0].index("active") == titles.index("standing") - 3
    )  # three Chinese characters are six columns wide


def test_participants_are_listed_as_json_without_the_hub(hub: Hub, tmp_path: Path, capsys: Captured) -> None:
    assert run(tmp_path, "list", "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert [one["id"] for one in facts] == [FINANCE, TAX]
    assert facts[0]["grants"] == ["flash", "urgent"]
    assert facts[0]["credit_code"] == credit_code()
    assert facts[0]["certificates"][0]["not_after"] == spell(NOON + timedelta(days=730))


def test_one_participant_is_shown_with_its_certificates(hub: Hub, tmp_path: Path, capsys: Captured) -> None:
    hub.office().revoke(FINANCE)
    assert run(tmp_path, "show", FINANCE) == 0
    out = capsys.readouterr().out
    certificate = hub.listed().certificates[0]
    assert f"  {certificate.digest}\n" in out
    assert "revoked 2026-11-21" in out
    assert run(tmp_path, "show", FINANCE, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["certificates"][0]["revoked_at"] == spell(NOON)
    assert not facts["certificates"][0]["good"]


def test_nobody_unknown_is_shown(hub: Hub, tmp_path: Path, capsys: Captured) -> None:
    assert run(tmp_path, "show", "440500.nobody") == 1
    assert "EX-905" in capsys.readouterr().err


def test_a_suspension_that_the_broker_cannot_be_told_says_what_stands_and_what_does_not(
    hub: Hub, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.admin.fails_at = "ensure_user"
    monkeypatch.setattr("cli.participant.office", lambda _settings: hub.office())
    assert run(tmp_path, "suspend", FINANCE) == 69
    said = capsys.readouterr()
    assert said.out == ""
    assert f"{FINANCE} is suspended, recorded in directory version {hub.registry.version()}" in said.err
    assert "login at the broker are NOT closed yet: EX-901" in said.err
    assert f"govbus hub check --config {tmp_path / 'hub.toml'}" in said.err
    assert run(tmp_path, "suspend", FINANCE, "--json") == 69
    assert json.loads(capsys.readouterr().out)["login"] == "open"
    assert (
        main(["--lang", "zh", "participant", "resume", FINANCE, "--config", str(tmp_path / "hub.toml")]) == 69
    )
    assert "消息代理上的登录尚未开放" in capsys.readouterr().err


def test_grants_are_given_and_taken_back(hub: Hub, tmp_path: Path, capsys: Captured) -> None:
    assert run(tmp_path, "grant", FINANCE, "statistics") == 0
    assert f"{FINANCE} has the grants: flash, statistics, urgent" in capsys.readouterr().out
    assert run(tmp_path, "revoke", FINANCE, "flash", "statistics", "--json") == 0
    assert json.loads(capsys.readouterr().out)["grants"] == ["urgent"]
    assert hub.listed().grants == {"urgent"}
    assert run(tmp_path, "revoke", FINANCE, "urgent") == 0
    assert "has the grants: none" in capsys.readouterr().out


@pytest.mark.parametrize("word", ["", "a,b"])
def test_a_grant_that_is_not_spelled_as_one_is_not_given(
    hub: Hub, tmp_path: Path, capsys: Captured, word: str
) -> None:
    version = hub.registry.version()
    assert run(tmp_path, "grant", FINANCE, word) == 65
    assert "wanted one like finance.payments: lower-case letters" in capsys.readouterr().err
    words = ["participant", "grant", "--config", str(tmp_path / "hub.toml"), FINANCE, word]
    assert main(["--lang", "zh", *words]) == 65
    assert "授权名称写作" in (said := capsys.readouterr().err)
    assert "小写字母、数字、连字符和点" in said
    assert hub.registry.version() == version


def test_a_grant_that_nobody_has_is_not_taken_back(hub: Hub, tmp_path: Path, capsys: Captured) -> None:
    version = hub.registry.version()
    assert run(tmp_path, "revoke", FINANCE, "urgent", "flashy") == 1
    assert "grant flashy does not exist" in capsys.readouterr().err
    assert run(tmp_path, "grant", "440500.nobody", "flash") == 1
    assert hub.registry.version() == version


def test_chinese_is_spoken(hub: Hub, tmp_path: Path, capsys: Captured) -> None:
    assert main(["--lang", "zh", "participant", "list", "--config", str(tmp_path / "hub.toml")]) == 0
    assert "已停用" in capsys.readouterr().out
    assert (
        main(["--lang", "zh", "participant", "show", "--config", str(tmp_path / "hub.toml"), "440500.x"]) == 1
    )
    assert "参与方 440500.x 不存在" in capsys.readouterr().err
