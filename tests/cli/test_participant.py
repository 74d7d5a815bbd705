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
    assert f"certificate {certificate.digest}" in out
    assert "revoked 2026-11-21" in out
    assert run(tmp_path, "show", FINANCE, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["certificates"][0]["revoked_at"] == spell(NOON)
    assert not facts["certificates"][0]["good"]


def test_nobody_unknown_is_shown(hub: Hub, tmp_path: Path, capsys: Captured) -> None:
    assert run(tmp_path, "show", "440500.nobody") == 1
    assert "EX-905" in capsys.readouterr().err


def test_chinese_is_spoken(hub: Hub, tmp_path: Path, capsys: Captured) -> None:
    assert main(["--lang", "zh", "participant", "list", "--config", str(tmp_path / "hub.toml")]) == 0
    assert "已停用" in capsys.readouterr().out
    assert (
        main(["--lang", "zh", "participant", "show", "--config", str(tmp_path / "hub.toml"), "440500.x"]) == 1
    )
    assert "参与方 440500.x 不存在" in capsys.readouterr().err
