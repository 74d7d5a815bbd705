# SPDX-License-Identifier: Apache-2.0
"""The doorkeeper: logins are as the directory says, whatever could not be done when it was said."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.errors import BrokerDown, Halt
from exchange.model import topology
from exchange.role.logins import NO_RIGHTS, Doorkeeper
from tests.identities import FINANCE, TAX
from tests.offices import Hub, enrolled, make_hub


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    made = make_hub(tmp_path)
    enrolled(made, tmp_path / "finance")
    return made


def keeper(hub: Hub) -> Doorkeeper:
    registry = hub.registry
    return Doorkeeper(hub.admin, version=registry.version, directory=registry.directory, clock=hub.clock)


def cut_off(hub: Hub, verb: str, fails_at: str = "ensure_user") -> None:
    hub.admin.fails_at = fails_at
    assert getattr(hub.office(), verb)(FINANCE).owed is not None
    hub.admin.fails_at = ""


def test_a_login_that_stayed_open_is_closed_with_its_connections(hub: Hub) -> None:
    hub.admin.open[FINANCE] = 2
    cut_off(hub, "suspend")
    assert hub.admin.rights[FINANCE] != NO_RIGHTS
    assert keeper(hub).step()
    assert (hub.admin.rights[FINANCE], hub.admin.limits[FINANCE]) == (NO_RIGHTS, (0, 0))
    assert hub.admin.open == {}


def test_connections_that_outlived_the_closing_of_the_door_are_closed_too(hub: Hub) -> None:
    hub.admin.open[FINANCE] = 1
    cut_off(hub, "suspend", "close_connections")
    assert keeper(hub).step()
    assert hub.admin.open == {}


def test_a_login_that_stayed_closed_is_opened(hub: Hub) -> None:
    hub.office().suspend(FINANCE)
    cut_off(hub, "resume")
    assert keeper(hub).step()
    assert hub.admin.rights[FINANCE] == topology.participant_rights(FINANCE)


def test_the_broker_is_asked_only_when_the_directory_has_changed(hub: Hub) -> None:
    hub.office().suspend(FINANCE)
    doorkeeper = keeper(hub)
    doorkeeper.step()
    hub.admin.did.clear()
    assert not doorkeeper.step()
    assert hub.admin.did == []
    hub.registry.grant(FINANCE, add=["flash"])
    assert not doorkeeper.step()
    assert hub.admin.did == ["users"]


def test_what_the_broker_refused_is_tried_again(hub: Hub) -> None:
    cut_off(hub, "suspend")
    doorkeeper = keeper(hub)
    hub.admin.fails_at = "users"
    with pytest.raises(BrokerDown):
        doorkeeper.step()
    hub.admin.fails_at = ""
    assert doorkeeper.step()
    assert hub.admin.rights[FINANCE] == NO_RIGHTS


def test_an_administration_that_takes_us_for_nobody_does_not_stop_the_hub(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> None:
        raise Halt("EX-901", where="https://broker", reason="401")

    monkeypatch.setattr(hub.admin, "users", refuse)
    with pytest.raises(BrokerDown, match="401"):
        keeper(hub).step()


def test_a_login_that_is_not_there_is_not_made(hub: Hub, tmp_path: Path) -> None:
    enrolled(hub, tmp_path / "tax", TAX)
    hub.admin.delete_user(TAX)
    keeper(hub).step()
    assert TAX not in hub.admin.rights
