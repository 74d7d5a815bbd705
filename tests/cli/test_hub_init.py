# SPDX-License-Identifier: Apache-2.0
"""`govbus hub init` and `hub check` where there is no broker: each mistake has its exit code and sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from cli.main import main
from cli.wiring import registry
from exchange.edge.anchors import read_certificate, to_pem
from exchange.edge.keystore import load_identity
from exchange.edge.settings import load_hub
from exchange.edge.tables import open_engine
from exchange.model.directory import Participant
from exchange.model.receipt import HUB
from tests.damage import all_in_one_file
from tests.identities import Town

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def ca(tmp_path: Path) -> Path:
    path = tmp_path / "broker-ca.pem"
    path.write_bytes(to_pem([Town(tmp_path / "broker").authority.certificate]))
    return path


def init(folder: Path, *words: str | Path) -> int:
    return main(["hub", "init", str(folder), *map(str, words)])


URL = ("--broker", "amqps://127.0.0.1:1/govbus")
ADMIN = ("--broker-admin", "http://root:geheim@127.0.0.1:1")


def test_a_broker_is_needed(tmp_path: Path, capsys: Captured) -> None:
    assert init(tmp_path / "hub") == 2
    assert "--broker" in capsys.readouterr().err


def test_a_private_node_that_does_not_run_is_unreachable(tmp_path: Path, capsys: Captured) -> None:
    assert init(tmp_path / "hub", "--broker", tmp_path / "node") == 69
    assert "govbus broker start" in capsys.readouterr().err
    assert not (tmp_path / "hub").exists()


def test_a_broker_by_address_needs_its_authority_and_its_administration(
    tmp_path: Path, ca: Path, capsys: Captured
) -> None:
    assert init(tmp_path / "hub", *URL) == 2
    assert "--broker-ca is needed" in capsys.readouterr().err
    assert init(tmp_path / "hub", *URL, "--broker-ca", ca) == 2
    assert "--broker-admin is needed" in capsys.readouterr().err


def test_one_node_or_addresses_not_both(tmp_path: Path, capsys: Captured) -> None:
    assert init(tmp_path / "hub", *URL, "--broker", tmp_path / "node") == 2
    assert "not both" in capsys.readouterr().err


def test_a_broker_that_cannot_be_reached_leaves_what_was_made_to_be_finished(
    tmp_path: Path, ca: Path, capsys: Captured
) -> None:
    folder = tmp_path / "hub"
    assert init(folder, *URL, "--broker-ca", ca, *ADMIN) == 69
    assert "EX-901" in capsys.readouterr().err
    assert (folder / "hub.toml").exists()
    assert "geheim" not in (folder / "hub.toml").read_text(encoding="utf-8")
    assert init(folder, *URL, "--broker-ca", ca, *ADMIN) == 69


def test_a_database_that_cannot_be_reached_is_named(tmp_path: Path, ca: Path, capsys: Captured) -> None:
    (tmp_path / "a-file").write_text("x")
    database = f"sqlite:///{tmp_path}/a-file/hub.db"
    assert init(tmp_path / "hub", *URL, "--broker-ca", ca, *ADMIN, "--database", database) == 69
    assert "EX-902" in capsys.readouterr().err


def test_another_broker_in_the_same_folder_is_refused(tmp_path: Path, ca: Path, capsys: Captured) -> None:
    init(tmp_path / "hub", *URL, "--broker-ca", ca, *ADMIN)
    other = ("--broker", "amqps://127.0.0.2:1/govbus", "--broker-ca", ca)
    assert init(tmp_path / "hub", *other, *ADMIN) == 1
    assert "EX-907" in capsys.readouterr().err


# ---- check


def check(folder: Path, *words: str) -> int:
    return main(["hub", "check", "--config", str(folder / "hub.toml"), *words])


def test_a_check_names_what_is_wrong_and_goes_on(tmp_path: Path, ca: Path, capsys: Captured) -> None:
    folder = tmp_path / "hub"
    init(folder, *URL, "--broker-ca", ca, *ADMIN)
    capsys.readouterr()
    assert check(folder, "--json") == 1
    document = json.loads(capsys.readouterr().out)
    verdicts = {finding["name"]: finding["verdict"] for finding in document["findings"]}
    assert verdicts == {
        "database": "good", "identity": "bad", "certificates": "good", "revocations": "good", "clock": "good",
        "disk": "good", "participants": "good", "deliveries": "good", "dead": "good", "topology": "bad",
        "logins": "bad",
    }  # fmt: skip
    assert not document["good"]
    assert all(finding["next"] for finding in document["findings"] if finding["verdict"] == "bad")


@pytest.mark.parametrize("keep", [0, 3 * 4096])
def test_a_damaged_database_is_a_finding_with_a_next_step(
    tmp_path: Path, ca: Path, capsys: Captured, keep: int
) -> None:
    """keep: how much of its beginning is as it was."""
    folder = tmp_path / "hub"
    init(folder, *URL, "--broker-ca", ca, *ADMIN)
    database = folder / "hub.sqlite"
    all_in_one_file(database)
    whole = database.read_bytes()
    database.write_bytes(whole[:keep] + b"\xa5" * (len(whole) - keep))
    capsys.readouterr()
    assert check(folder, "--json") == 1
    findings = json.loads(capsys.readouterr().out)["findings"]
    (found,) = [one for one in findings if str(database) in one["what"]]
    assert found["verdict"] == "bad"
    assert found["what"] == f"the database file {database} is damaged"
    assert "restore the newest backup" in found["next"]
    for words in (["ledger", "verify"], ["message", "list"]):
        assert main([*words, "--config", str(folder / "hub.toml")]) == 78
        told = capsys.readouterr().err
        assert "EX-922" in told
        assert "sqlalche" not in told


def test_a_check_is_read_by_people_too(tmp_path: Path, ca: Path, capsys: Captured) -> None:
    folder = tmp_path / "hub"
    init(folder, *URL, "--broker-ca", ca, *ADMIN)
    capsys.readouterr()
    assert check(folder) == 1
    out, err = capsys.readouterr()
    assert "bad  queues: the broker at" in out
    assert "    next: " in out
    assert err.startswith("bad: 3, warnings: 0, ")


def test_a_wrong_key_in_the_settings_ends_with_78(tmp_path: Path, ca: Path, capsys: Captured) -> None:
    folder = tmp_path / "hub"
    init(folder, *URL, "--broker-ca", ca, *ADMIN)
    with (folder / "hub.toml").open("a", encoding="utf-8") as file:
        file.write("[watch2]\n")
    assert check(folder) == 78
    assert "watch2: there is no such key; did you mean watch?" in capsys.readouterr().err


def test_lost_keys_are_a_finding_like_others(tmp_path: Path, ca: Path, capsys: Captured) -> None:
    folder = tmp_path / "hub"
    init(folder, *URL, "--broker-ca", ca, *ADMIN)
    (folder / "keys" / "identity.pem").unlink()
    capsys.readouterr()
    assert check(folder) == 1
    assert "identity.pem cannot be read" in capsys.readouterr().out


# ---- renew


def renew(folder: Path, *words: str | Path) -> int:
    return main(["hub", "renew", "--config", str(folder / "hub.toml"), *map(str, words)])


@pytest.fixture
def listed(tmp_path: Path, ca: Path) -> Path:
    """A hub that its own directory names."""
    folder = tmp_path / "hub"
    init(folder, *URL, "--broker-ca", ca, *ADMIN)
    settings = load_hub(folder / "hub.toml", {})
    certificate = read_certificate(load_identity(settings.hub.keys).certificate)
    registry(settings, open_engine(settings.database_url)).enrol(
        Participant(HUB, "hub", "", "intl-1", (certificate,))
    )
    return folder


def test_a_hub_s_certificate_is_announced_before_it_is_used(listed: Path, capsys: Captured) -> None:
    before = (listed / "keys" / "identity.pem").read_bytes()
    capsys.readouterr()
    assert renew(listed, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    assert not document["done"]
    assert renew(listed) == 0
    assert "run this again after" in capsys.readouterr().out
    assert (listed / "keys" / "identity.pem").read_bytes() == before


def test_in_haste_it_is_used_at_once(listed: Path, capsys: Captured) -> None:
    before = (listed / "keys" / "identity.pem").read_bytes()
    assert renew(listed, "--at-once") == 0
    assert "restart `govbus hub run`" in capsys.readouterr().out
    assert (listed / "keys" / "identity.pem").read_bytes() != before


def test_an_authority_elsewhere_gets_a_signing_request(listed: Path, tmp_path: Path) -> None:
    assert renew(listed, "--request", tmp_path / "hub.csr") == 0
    assert (tmp_path / "hub.csr").read_bytes().startswith(b"-----BEGIN CERTIFICATE REQUEST-----")
    assert renew(listed, "--certificate", listed / "keys" / "identity.pem") == 1
