# SPDX-License-Identifier: Apache-2.0
"""The hub's record of participants: every change one version and one place in the ledger."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import pytest
import sqlalchemy as sa

from exchange.edge.anchors import read_certificate
from exchange.edge.ledger import ENTRY, Ledger
from exchange.edge.registry import FRESH, PARTICIPANT, Registry
from exchange.edge.tables import open_engine, reading
from exchange.errors import NotFound, Reject
from exchange.model.digest import sha256
from exchange.model.directory import LIFE, EncryptionKey, Participant, Standing
from exchange.model.ledger_entry import EntryKind
from exchange.model.receipt import HUB
from exchange.model.rule import Rule
from tests.identities import FINANCE, NOON, TAX, Clock, Party, Town, credit_code


class FixedRoutes:
    """A routing table of which only the version changes."""

    def __init__(self) -> None:
        self.number = 0

    def version(self) -> int:
        return self.number

    def view_for(self, participant: str) -> tuple[Rule, ...]:
        return (Rule(id="mine", type="*", sender=f"{participant}/*"),)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def engine(tmp_path: Path) -> sa.Engine:
    return open_engine(str(tmp_path / "hub.sqlite"))


@pytest.fixture
def registry(engine: sa.Engine, clock: Clock) -> Registry:
    Ledger(engine).create()
    made = Registry(engine, clock, ledger=Ledger(engine))
    made.create()
    return made


@pytest.fixture
def finance(tmp_path: Path) -> Party:
    return Town(tmp_path / "town").party(FINANCE)


def entries(engine: sa.Engine) -> list[tuple[str, str]]:
    with reading(engine) as connection:
        rows = connection.execute(sa.select(ENTRY.c.kind, ENTRY.c.subject).order_by(ENTRY.c.id))
        return [(row.kind, row.subject) for row in rows]


def test_an_empty_registry_is_version_0(registry: Registry) -> None:
    assert registry.version() == 0
    assert dict(registry.directory().participants) == {}


def test_what_is_enrolled_is_listed(registry: Registry, finance: Party) -> None:
    one = replace(
        finance.listed(grants=("flash",)), limits=MappingProxyType({"segments": 5}), versions=(1, 2)
    )
    assert registry.enrol(one) == 1
    assert registry.directory().participant(FINANCE) == one


def test_the_hub_is_enrolled_like_the_others(registry: Registry, tmp_path: Path) -> None:
    registry.enrol(Town(tmp_path / "other").party(HUB).listed())
    assert registry.directory().participant(HUB).credit_code == ""


def test_enrolling_the_same_again_changes_nothing(
    registry: Registry, engine: sa.Engine, finance: Party
) -> None:
    registry.enrol(finance.listed())
    before = entries(engine)
    assert registry.enrol(finance.listed()) == 1
    assert entries(engine) == before


def test_enrolling_again_adds_what_is_new(registry: Registry, finance: Party, clock: Clock) -> None:
    registry.enrol(finance.listed())
    newer = EncryptionKey(b"n" * 32, NOON + timedelta(days=1))
    assert registry.enrol(replace(finance.listed(grants=("urgent",)), encryption_keys=(newer,))) == 2
    one = registry.directory().participant(FINANCE)
    assert one.encryption_keys == (newer, *finance.listed().encryption_keys)
    assert one.grants == {"urgent"}


def test_enrolling_again_does_not_undo_a_suspension_or_a_revocation(
    registry: Registry, finance: Party
) -> None:
    registry.enrol(finance.listed())
    registry.suspend(FINANCE)
    registry.revoke(FINANCE, finance.identity.digest)
    registry.enrol(finance.listed())
    one = registry.directory().participant(FINANCE)
    assert one.standing is Standing.SUSPENDED
    assert one.certificates[0].revoked_at == NOON


def test_an_id_belongs_to_one_organisation(registry: Registry, finance: Party) -> None:
    registry.enrol(finance.listed())
    with pytest.raises(Reject, match="EX-907"):
        registry.enrol(replace(finance.listed(), credit_code=credit_code(99)))
    assert registry.version() == 1


Change = Callable[[Registry, Party], int]
CHANGES: dict[str, tuple[Change, Callable[[Participant], object], object]] = {
    "suspending": (lambda r, p: r.suspend(p.id), lambda one: one.standing, Standing.SUSPENDED),
    "granting": (lambda r, p: r.grant(p.id, add=["flash"]), lambda one: one.grants, frozenset({"flash"})),
    "limiting": (lambda r, p: r.limit(p.id, {"segments": 3}), lambda one: one.limits["segments"], 3),
    "revoking": (
        lambda r, p: r.revoke(p.id, p.identity.digest),
        lambda one: one.certificates[0].revoked_at,
        NOON,
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_new_version_comes_of(name: str, registry: Registry, finance: Party) -> None:
    change, look, wanted = CHANGES[name]
    registry.enrol(finance.listed())
    assert change(registry, finance) == 2
    assert look(registry.directory().participant(FINANCE)) == wanted


@pytest.mark.parametrize("name", CHANGES)
def test_no_second_version_comes_of_repeating(name: str, registry: Registry, finance: Party) -> None:
    change, _, _ = CHANGES[name]
    registry.enrol(finance.listed())
    change(registry, finance)
    assert change(registry, finance) == 2


def test_resuming_undoes_a_suspension(registry: Registry, finance: Party) -> None:
    registry.enrol(finance.listed())
    registry.suspend(FINANCE)
    assert registry.resume(FINANCE) == 3
    assert registry.directory().participant(FINANCE) == finance.listed()


def test_a_grant_can_be_taken_back(registry: Registry, finance: Party) -> None:
    registry.enrol(finance.listed(grants=("flash", "urgent")))
    registry.grant(FINANCE, remove=["flash"])
    assert registry.directory().participant(FINANCE).grants == {"urgent"}


@pytest.mark.parametrize("word", ["", "a,b", "Flash"])
def test_a_grant_that_is_not_spelled_as_one_is_not_given_and_changes_nothing(
    registry: Registry, finance: Party, word: str
) -> None:
    registry.enrol(finance.listed(grants=("urgent",)))
    with pytest.raises(Reject, match="lower-case letters, digits, hyphens and dots") as refused:
        registry.grant(FINANCE, add=["flash", word])
    assert refused.value.code == "EX-110"
    assert registry.directory().participant(FINANCE).grants == {"urgent"}
    assert registry.version() == 1


def test_nobody_is_enrolled_with_a_grant_that_is_not_spelled_as_one(
    registry: Registry, finance: Party
) -> None:
    with pytest.raises(Reject, match="name of a grant is spelled 'a,b'"):
        registry.enrol(finance.listed(grants=("a,b",)))
    assert FINANCE not in registry.directory().participants


def test_an_empty_grant_that_was_given_once_is_not_in_the_directory_any_more(
    registry: Registry, engine: sa.Engine, finance: Party
) -> None:
    registry.enrol(finance.listed(grants=("urgent",)))
    with engine.begin() as connection:
        connection.execute(sa.update(PARTICIPANT).values(grants='["", "urgent"]'))
    assert registry.directory().participant(FINANCE).grants == {"urgent"}
    registry.grant(FINANCE, add=["flash"])
    with engine.connect() as connection:
        assert connection.scalar(sa.select(PARTICIPANT.c.grants)) == '["flash", "urgent"]'


def test_a_grant_of_an_earlier_spelling_can_be_taken_back(
    registry: Registry, engine: sa.Engine, finance: Party
) -> None:
    registry.enrol(finance.listed())
    with engine.begin() as connection:
        connection.execute(sa.update(PARTICIPANT).values(grants='["a,b"]'))
    registry.grant(FINANCE, remove=["a,b"])
    assert registry.directory().participant(FINANCE).grants == set()


def test_a_renewal_adds_a_certificate_and_a_newer_key(
    registry: Registry, finance: Party, tmp_path: Path
) -> None:
    registry.enrol(finance.listed())
    other = read_certificate(Town(tmp_path / "other").party(FINANCE).identity.certificate)
    key = EncryptionKey(b"n" * 32, NOON + timedelta(days=1))
    registry.renew(FINANCE, other, key)
    one = registry.directory().participant(FINANCE)
    assert {c.digest for c in one.certificates} == {finance.identity.digest, other.digest}
    assert one.encryption_keys[0] == key


@pytest.mark.parametrize("name", CHANGES)
def test_nothing_is_changed_about_nobody(name: str, registry: Registry, finance: Party) -> None:
    change, _, _ = CHANGES[name]
    with pytest.raises(NotFound, match=f"EX-905 participant {FINANCE}"):
        change(registry, finance)


def test_no_certificate_is_revoked_that_is_not_registered(registry: Registry, finance: Party) -> None:
    registry.enrol(finance.listed())
    with pytest.raises(NotFound, match="EX-905 certificate"):
        registry.revoke(FINANCE, sha256(b"none"))
    assert registry.version() == 1


# ---- the ledger


def test_every_change_is_in_the_ledger(registry: Registry, engine: sa.Engine, finance: Party) -> None:
    registry.enrol(finance.listed())
    registry.suspend(FINANCE)
    registry.revoke(FINANCE, finance.identity.digest)
    assert entries(engine) == [
        (EntryKind.DIRECTORY, "1"),
        (EntryKind.PARTICIPANT, FINANCE),
        (EntryKind.CERTIFICATE, FINANCE),
        (EntryKind.DIRECTORY, "2"),
        (EntryKind.PARTICIPANT, FINANCE),
        (EntryKind.DIRECTORY, "3"),
        (EntryKind.PARTICIPANT, FINANCE),
        (EntryKind.CERTIFICATE, FINANCE),
    ]


def test_a_change_whose_ledger_entry_fails_did_not_happen(
    engine: sa.Engine, clock: Clock, finance: Party
) -> None:
    class Broken(Ledger):
        def enter(self, connection: sa.Connection, entries: object) -> None:
            raise OSError("the disk is gone")

    registry = Registry(engine, clock, ledger=Broken(engine))
    registry.create()
    with pytest.raises(OSError, match="the disk is gone"):
        registry.enrol(finance.listed())
    assert registry.version() == 0
    assert FINANCE not in registry.directory().participants


# ---- versions and views


def test_two_at_once_make_two_versions_and_lose_nothing(registry: Registry, finance: Party) -> None:
    registry.enrol(finance.listed())
    words = [f"word-{number}" for number in range(8)]
    threads = [threading.Thread(target=registry.grant, args=(FINANCE,), kwargs={"add": [w]}) for w in words]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert registry.directory().participant(FINANCE).grants == set(words)
    assert registry.version() == 9


def test_the_version_grows_with_the_routing_table_s(engine: sa.Engine, clock: Clock, finance: Party) -> None:
    routes = FixedRoutes()
    registry = Registry(engine, clock, routes=routes)
    registry.create()
    registry.enrol(finance.listed())
    routes.number = 5  # a table was imported five times
    assert registry.version() == 6
    assert (registry.directory().version, registry.directory().routing_version) == (6, 5)


def test_the_directory_is_the_same_value_until_something_changes(registry: Registry, finance: Party) -> None:
    registry.enrol(finance.listed())
    first = registry.directory()
    assert registry.directory() is first
    registry.suspend(FINANCE)
    assert registry.directory() is not first


def test_the_directory_is_issued_again_before_it_expires(registry: Registry, clock: Clock) -> None:
    first = registry.directory()
    clock.pass_(seconds=FRESH.total_seconds() + 1)
    again = registry.directory()
    assert (first.expires, again.expires) == (NOON + LIFE, clock.at + LIFE)


def test_a_change_by_another_process_is_seen(engine: sa.Engine, clock: Clock, finance: Party) -> None:
    here, there = Registry(engine, clock), Registry(engine, clock)
    here.create()
    there.create()
    here.directory()
    there.enrol(finance.listed())
    assert FINANCE in here.directory().participants


def test_a_view_names_its_holder_and_keeps_grants_to_whom_they_belong(
    registry: Registry, finance: Party, tmp_path: Path
) -> None:
    tax = Town(tmp_path / "other").party(TAX)
    registry.enrol(finance.listed(grants=("flash",)))
    registry.enrol(replace(tax.listed(grants=("urgent",)), limits=MappingProxyType({"segments": 3})))
    view = registry.view(FINANCE)
    assert view.holder == FINANCE
    assert view.participant(FINANCE).grants == {"flash"}
    assert view.participant(TAX) == tax.listed()


def test_a_view_has_the_rules_that_can_concern_its_holder(
    engine: sa.Engine, clock: Clock, finance: Party
) -> None:
    registry = Registry(engine, clock, routes=FixedRoutes())
    registry.create()
    registry.enrol(finance.listed())
    assert [rule.sender for rule in registry.view(FINANCE).rules] == [f"{FINANCE}/*"]
    assert registry.directory().rules == ()


def test_nobody_unknown_has_a_view(registry: Registry) -> None:
    with pytest.raises(Reject, match="EX-301"):
        registry.view(FINANCE)
