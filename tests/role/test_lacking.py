# SPDX-License-Identifier: Apache-2.0
"""A receiver whom the hub knows and the sender does not: nothing is sent in vain, and nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from exchange.edge.broker import SEGMENT, Outcome, Parcel
from exchange.edge.trust import Trust
from exchange.model import topology
from exchange.role import lacking
from exchange.role.lacking import Lacking
from exchange.role.surroundings import View
from tests.city import CIVIL, FINANCE, OFFICE, City, text

AT_FINANCE = f"{FINANCE}/files"


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def without(city: City, *names: str) -> View:
    """The city's directory as one has it who may not know *names*."""
    known = city.view.trust.directory
    listed = {name: one for name, one in known.participants.items() if name not in names}
    directory = replace(known, participants=MappingProxyType(listed))
    return View(Trust(directory, city.anchors, city.clock), city.view.table)


class Office:
    """A sender that sees of the directory what a test lets it see; sent: the segments it gave the hub."""

    def __init__(self, city: City) -> None:
        self.city, self.sent = city, 0
        self.view = without(city, FINANCE)
        self.wanted = 0
        city.kill_daemon(OFFICE)
        self.daemon = city.start_daemon(OFFICE, view=lambda: self.view)
        self.lacking: Lacking = self.daemon.inbound._settling._lacking
        self.lacking._want = self._want
        publish = city.node.publish

        def counting(parcel: Parcel) -> Outcome:
            self.sent += parcel.exchange == topology.ingress(OFFICE) and parcel.kind == SEGMENT
            return publish(parcel)

        city.node.publish = counting  # type: ignore[method-assign]

    def _want(self) -> None:
        self.wanted += 1

    def go_on(self, rounds: int = 10) -> None:
        """What hub and office do to each other in some seconds."""
        for _ in range(rounds):
            self.city.settle()
            self.city.clock.pass_(2)
            self.city.janitor.step()
        self.city.settle()


def test_what_cannot_be_opened_by_its_receiver_is_sent_once_and_not_again_and_again(city: City) -> None:
    office = Office(city)
    (sent,) = office.daemon.send(text(1))
    office.go_on(20)
    assert office.sent == 1
    assert office.lacking.receivers == (FINANCE,)
    assert office.wanted
    assert office.daemon.states(sent)[AT_FINANCE] not in ("rejected", "delivered")


def test_a_view_that_knows_the_receiver_lets_it_go(city: City) -> None:
    office = Office(city)
    (sent,) = office.daemon.send(text(1))
    office.go_on()
    assert not office.lacking.look()
    office.view = city.view
    assert office.lacking.look()
    office.go_on()
    assert office.daemon.states(sent) == {AT_FINANCE: "delivered"}
    assert office.lacking.receivers == ()
    assert city.recorders[FINANCE].calls == 1


def test_a_sender_that_was_started_again_meanwhile_has_lost_nothing(city: City) -> None:
    office = Office(city)
    (sent,) = office.daemon.send(text(1))
    office.go_on()
    again = Office(city)
    again.go_on()
    again.view = city.view
    for _ in range(20):  # until the hub has seen that it stands still
        city.clock.pass_(60)
        again.go_on(1)
    assert again.daemon.states(sent) == {AT_FINANCE: "delivered"}


def test_what_goes_to_others_is_not_held_up(city: City) -> None:
    office = Office(city)
    both = [AT_FINANCE, f"{CIVIL}/files"]
    (one, _) = office.daemon.send(text(1, to=both), text(2))
    office.go_on()
    assert office.daemon.states(one)[f"{CIVIL}/files"] == "delivered"
    office.view = city.view
    office.lacking.look()
    office.go_on()
    assert set(office.daemon.states(one).values()) == {"delivered"}


# ---- by itself


def test_so_much_is_put_off_and_what_is_forgotten_is_asked_for_again(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lacking, "PUT_OFF_MOST", 2)
    done: list[str] = []
    views = [without(city, FINANCE, CIVIL)]
    made = Lacking(lambda: views[-1], want=lambda: None)
    for message_id, receiver in (("1", FINANCE), ("2", AT_FINANCE), ("3", CIVIL)):
        made.unless_lacking(message_id, receiver, lambda message_id=message_id: done.append(message_id))
    assert made.receivers == (CIVIL, FINANCE)
    assert done == []
    views.append(without(city, CIVIL))
    assert not made.look()
    views.append(city.view)
    assert made.look()
    assert done == ["2", "3"]


def test_an_order_for_one_who_is_known_is_carried_out_at_once(city: City) -> None:
    done: list[str] = []
    made = Lacking(lambda: city.view, want=lambda: done.append("wanted"))
    made.unless_lacking("1", AT_FINANCE, lambda: done.append("done"))
    assert done == ["done"]
    assert made.look()
