# SPDX-License-Identifier: Apache-2.0
"""A hub's folder: made once, kept when made again, and without a secret in its settings."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from exchange.edge.anchors import Anchors, to_pem
from exchange.edge.authority import Authority
from exchange.edge.keystore import load_identity
from exchange.edge.settings import load_hub
from exchange.errors import Halt, Reject
from exchange.model.receipt import HUB
from exchange.role.founding import Wanted, found
from tests.identities import NOON, Town


@pytest.fixture
def wanted(tmp_path: Path) -> Wanted:
    broker_ca = to_pem([Town(tmp_path / "broker").authority.certificate])
    return Wanted(
        name="Shantou authority",
        broker_urls=("amqps://mq1:5671/govbus", "amqps://mq2:5671/govbus"),
        broker_ca=broker_ca,
        broker_admin="https://root:s%3Acret@mq1:15671",
        broker_admin_ca=broker_ca,
        database="postgresql://govbus:geheim@db/hub",
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "hub"


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_hub_s_own_certificate_is_believed_by_its_own_anchors(folder: Path, wanted: Wanted) -> None:
    founded = found(folder, wanted, at=NOON)
    anchors = Anchors.load(founded.settings.trust.anchors)
    anchors.check(founded.identity.certificate, HUB, at=NOON)
    assert load_identity(founded.settings.hub.keys).digest == founded.identity.digest
    assert Authority.load(founded.settings.hub.authority).certificate in anchors.roots


def test_the_settings_say_what_was_wanted(folder: Path, wanted: Wanted) -> None:
    settings = found(folder, wanted, at=NOON).settings
    assert settings.broker.urls == wanted.broker_urls
    assert settings.broker.ca.read_bytes() == wanted.broker_ca
    assert settings.database_url == wanted.database
    assert settings.broker_admin_url == wanted.broker_admin
    assert settings.broker_admin.ca is not None
    assert load_hub(folder / "hub.toml", {}) == settings


def test_no_password_stands_in_the_settings(folder: Path, wanted: Wanted) -> None:
    found(folder, wanted, at=NOON)
    text = (folder / "hub.toml").read_text(encoding="utf-8")
    assert "geheim" not in text
    assert "cret@" not in text
    for name in ("database.password", "broker-admin.password"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600


def test_a_private_node_is_named_by_its_folder(folder: Path, wanted: Wanted, tmp_path: Path) -> None:
    on_node = replace(
        wanted, broker_admin="", broker_admin_ca=b"", broker_node=tmp_path / "node", database=""
    )
    settings = found(folder, on_node, at=NOON).settings
    assert settings.broker_admin.node == tmp_path / "node"
    assert settings.database_url == str(folder / "hub.sqlite")


def test_founding_again_keeps_everything_and_says_so(folder: Path, wanted: Wanted) -> None:
    first = found(folder, wanted, at=NOON)
    before = files(folder)
    again = found(folder, wanted, at=NOON + timedelta(days=1))
    assert files(folder) == before
    assert (
        (first.made, first.kept) == (again.kept, again.made) == (("authority", "keys", "trust", "config"), ())
    )


@pytest.mark.parametrize("step", ["hub.toml", "trust/anchors.pem", "keys/identity.pem"])
def test_a_founding_that_was_cut_off_is_finished(step: str, folder: Path, wanted: Wanted) -> None:
    found(folder, wanted, at=NOON)
    authority = (folder / "authority" / "identity.pem").read_bytes()
    for path in ("hub.toml", "trust/anchors.pem", "keys/identity.pem"):
        (folder / path).unlink()
        if path == step:
            break
    founded = found(folder, wanted, at=NOON)
    assert (folder / "authority" / "identity.pem").read_bytes() == authority
    Anchors.load(founded.settings.trust.anchors).check(founded.identity.certificate, HUB, at=NOON)


def test_another_broker_or_database_in_the_same_folder_is_refused(folder: Path, wanted: Wanted) -> None:
    found(folder, wanted, at=NOON)
    before = files(folder)
    for other in (
        replace(wanted, broker_urls=("amqps://elsewhere:5671/govbus",)),
        replace(wanted, database="postgresql://govbus@elsewhere/hub"),
    ):
        with pytest.raises(Reject, match="EX-907"):
            found(folder, other, at=NOON)
    assert files(folder) == before


def test_an_authority_that_was_taken_elsewhere_is_not_made_anew(folder: Path, wanted: Wanted) -> None:
    found(folder, wanted, at=NOON)
    shutil.rmtree(folder / "authority")
    found(folder, wanted, at=NOON)
    assert not (folder / "authority").exists()


def test_keys_that_are_lost_are_not_made_anew_behind_everyone_s_back(folder: Path, wanted: Wanted) -> None:
    found(folder, wanted, at=NOON)
    (folder / "keys" / "identity.pem").unlink()
    with pytest.raises(Halt, match=r"EX-904.*identity\.pem"):
        found(folder, wanted, at=NOON)


class Killed(BaseException):
    """Nothing of ours runs after it."""


def test_a_hub_whose_founding_was_killed_at_any_write_is_founded_by_the_same_command(
    folder: Path, wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    kills = 0
    while True:
        shutil.rmtree(folder, ignore_errors=True)
        with monkeypatch.context() as patch:
            patch.setattr("os.write", _that_dies_after(kills))
            try:
                found(folder, wanted, at=NOON)
                break
            except Killed:
                kills += 1
        founded = found(folder, wanted, at=NOON)
        Anchors.load(founded.settings.trust.anchors).check(founded.identity.certificate, HUB, at=NOON)
    assert kills >= 5  # the authority's key and certificate, the hub's, the anchors, the settings


def _that_dies_after(writes: int) -> Callable[[int, memoryview], int]:
    write, left = os.write, [writes]

    def dying(descriptor: int, data: memoryview) -> int:
        if not left[0]:
            raise Killed
        left[0] -= 1
        return write(descriptor, data)

    return dying
