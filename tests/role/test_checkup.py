# SPDX-License-Identifier: Apache-2.0
"""`hub check`: each thing that can be wrong is found by name, with what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from exchange.edge.anchors import Anchors
from exchange.edge.broker_admin import QueueDepth
from exchange.edge.memory import MemoryBroker, MemoryNode
from exchange.errors import BrokerDown
from exchange.model import topology
from exchange.model.directory import Directory, Standing
from exchange.model.limits import GIB, MIB
from exchange.model.receipt import HUB
from exchange.role import checkup
from exchange.role.checkup import Finding, Question, Verdict, answers
from exchange.texts import TEXTS, Size, say
from tests.administrations import Administration
from tests.identities import FINANCE, NOON, TAX, Party, Town, directory

CLOSED = topology.Rights("^$", "^$", "^$")


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


@pytest.fixture
def hub(town: Town) -> Party:
    return town.party(HUB)


@pytest.fixture
def finance(town: Town) -> Party:
    return town.party(FINANCE)


@pytest.fixture
def whole(hub: Party, finance: Party) -> Directory:
    return directory(hub.listed(), finance.listed())


def said(findings: Iterable[Finding]) -> list[tuple[Verdict, str]]:
    """Each finding's verdict and sentence; every one of them can be said in both languages."""
    found = list(findings)
    for finding in found:
        assert f"check.name.{finding.name}" in TEXTS
        for phrase in filter(None, (finding.what, finding.next_step)):
            assert "<" not in say(phrase.key, "zh", **phrase.values)
    return [(finding.verdict, str(finding.what)) for finding in found]


# ---- certificates


def certificates(town: Town, hub: Party, whole: Directory, at: datetime) -> list[tuple[Verdict, str]]:
    return said(checkup.certificates(town.anchors, whole, hub.identity.certificate, at))


def test_certificates_that_last_are_good(town: Town, hub: Party, whole: Directory) -> None:
    assert certificates(town, hub, whole, NOON) == [(Verdict.GOOD, "3 certificates, none ends soon")]


@pytest.mark.parametrize(
    ("days_left", "verdict"),
    [(60, Verdict.WARNING), (30, Verdict.WARNING), (8, Verdict.WARNING), (7, Verdict.BAD), (1, Verdict.BAD)],
)
def test_the_end_of_a_certificate_is_announced(
    days_left: int, verdict: Verdict, town: Town, hub: Party, whole: Directory
) -> None:
    at = NOON + timedelta(days=730 - days_left)
    found = certificates(town, hub, whole, at)
    assert found == [
        (verdict, f"the certificate of hub ends on 2028-11-20, in {days_left} days"),
        (verdict, f"the certificate of {FINANCE} ends on 2028-11-20, in {days_left} days"),
    ]


def test_an_expired_certificate_is_bad(town: Town, hub: Party, whole: Directory) -> None:
    found = certificates(town, hub, whole, NOON + timedelta(days=731))
    assert (Verdict.BAD, f"the certificate of {FINANCE} ended on 2028-11-20") in found


def test_the_authority_s_own_end_is_announced_too(town: Town, hub: Party, whole: Directory) -> None:
    found = certificates(town, hub, whole, NOON + timedelta(days=3649))
    assert (Verdict.BAD, "the certificate of anchor ends on 2036-11-18, in 1 days") in found


def test_a_renewed_participant_is_judged_by_its_longest_certificate(
    town: Town, hub: Party, finance: Party
) -> None:
    late = town.party(f"{FINANCE}-again", at=NOON + timedelta(days=300)).listed().certificates
    renewed = replace(finance.listed(), certificates=finance.listed().certificates + late)
    found = certificates(town, hub, directory(renewed), NOON + timedelta(days=690))
    assert [text for _, text in found] == ["the certificate of hub ends on 2028-11-20, in 40 days"]


def test_a_participant_without_any_good_certificate_is_bad(town: Town, hub: Party, finance: Party) -> None:
    certificate = replace(finance.listed().certificates[0], revoked_at=NOON)
    bare = replace(finance.listed(), certificates=(certificate,))
    found = certificates(town, hub, directory(bare), NOON)
    assert found == [(Verdict.BAD, f"the certificate of {FINANCE} ended on 2026-11-21")]


def test_suspended_participants_are_not_reminded(town: Town, hub: Party, finance: Party) -> None:
    quiet = directory(finance.listed(standing=Standing.SUSPENDED))
    found = certificates(town, hub, quiet, NOON + timedelta(days=700))
    assert all(FINANCE not in text for _, text in found)


# ---- lists, identity, clock, disk


def test_a_stale_revocation_list_is_bad(town: Town) -> None:
    lists = town.authority.revocation_list({}, at=NOON)
    anchors = Anchors.of([town.authority.certificate], lists)
    assert said(checkup.revocation_lists(anchors, NOON)) == [(Verdict.GOOD, "1 list, which is not stale")]
    ((verdict, text),) = said(checkup.revocation_lists(anchors, NOON + timedelta(days=31)))
    assert (verdict, "was due on 2026-12-21" in text) == (Verdict.BAD, True)


def test_a_hub_that_its_directory_lists_is_good(town: Town, hub: Party, whole: Directory) -> None:
    found = said(checkup.hub_is_listed(whole, hub.identity.certificate, town.anchors, NOON))
    assert found[0][0] is Verdict.GOOD


def test_a_hub_that_its_directory_does_not_list_is_bad(town: Town, hub: Party, finance: Party) -> None:
    for people in (directory(finance.listed()), directory(replace(hub.listed(), certificates=()))):
        ((verdict, text),) = said(checkup.hub_is_listed(people, hub.identity.certificate, town.anchors, NOON))
        assert (verdict, "does not list as good" in text) == (Verdict.BAD, True)


SKEW = timedelta(minutes=5)


def test_clocks_that_agree_are_good() -> None:
    near = NOON + timedelta(seconds=2)
    assert said(checkup.clocks(NOON, near, NOON, skew=SKEW)) == [
        (Verdict.GOOD, "within 2.0 s of the database's")
    ]


def test_clocks_that_are_apart_are_bad() -> None:
    ((verdict, text),) = said(checkup.clocks(NOON, NOON + timedelta(hours=1), None, skew=SKEW))
    assert (verdict, text) == (Verdict.BAD, "this machine's clock and the database's are 3600 s apart")


def test_a_clock_that_was_set_back_is_bad() -> None:
    ((verdict, text),) = said(checkup.clocks(NOON, NOON, NOON + timedelta(hours=1), skew=SKEW))
    assert (verdict, "3600 s behind the newest ledger head" in text) == (Verdict.BAD, True)


@pytest.mark.parametrize(
    ("free", "verdict"), [(3 * GIB, Verdict.GOOD), (GIB + 1, Verdict.WARNING), (GIB - 1, Verdict.BAD)]
)
def test_the_disk_is_judged_by_its_threshold(free: int, verdict: Verdict) -> None:
    assert said(checkup.disk(free, GIB))[0][0] is verdict


# ---- the broker


def broker_with(whole: Directory) -> MemoryBroker:
    broker = MemoryBroker(MemoryNode())
    broker.declare(topology.hub_exchanges(), topology.hub_queues())
    for name in whole.participants:
        if name != HUB:
            broker.declare([topology.participant_exchange(name)], topology.participant_queues(name))
    return broker


def test_queues_that_all_stand_are_good(whole: Directory) -> None:
    assert said(checkup.queues(broker_with(whole), whole)) == [(Verdict.GOOD, "9 queues stand")]


def test_missing_queues_are_named(whole: Directory) -> None:
    broker = broker_with(whole)
    broker.remove([], [f"to.{FINANCE}.bulk", "hub.flash"])
    ((verdict, text),) = said(checkup.queues(broker, whole))
    assert (verdict, text) == (
        Verdict.BAD,
        f"2 queues are missing on the broker, such as hub.flash, to.{FINANCE}.bulk",
    )


def test_a_suspended_participant_keeps_its_queues(whole: Directory, hub: Party, finance: Party) -> None:
    quiet = directory(hub.listed(), finance.listed(standing=Standing.SUSPENDED))
    broker = broker_with(directory(hub.listed()))
    assert said(checkup.queues(broker, quiet))[0][0] is Verdict.BAD


def administration() -> Administration:
    rights = {HUB: topology.HUB_RIGHTS, FINANCE: topology.participant_rights(FINANCE)}
    return Administration(rights=rights)


def test_logins_as_they_should_be_are_good(whole: Directory) -> None:
    admin = administration()
    admin.rights["440500.gone"] = CLOSED
    assert said(checkup.logins(admin, whole, NOON)) == [
        (Verdict.GOOD, "2 users with the rights they should have")
    ]


def test_missing_and_wrong_logins_are_named(whole: Directory) -> None:
    admin = administration()
    admin.rights[FINANCE] = topology.participant_rights(TAX)
    del admin.rights[HUB]
    assert said(checkup.logins(admin, whole, NOON)) == [
        (Verdict.BAD, f"the broker's user {FINANCE} is missing or has other rights than it should"),
        (Verdict.BAD, "the broker's user hub is missing or has other rights than it should"),
    ]


def test_a_user_whom_nobody_enrolled_is_named(whole: Directory) -> None:
    admin = administration()
    admin.rights["guest"] = topology.HUB_RIGHTS
    ((verdict, text),) = said(checkup.logins(admin, whole, NOON))
    assert (verdict, "guest has rights here" in text) == (Verdict.WARNING, True)


def test_a_suspended_participant_with_rights_is_named(hub: Party, finance: Party) -> None:
    quiet = directory(hub.listed(), finance.listed(standing=Standing.SUSPENDED))
    assert said(checkup.logins(administration(), quiet, NOON)) == [
        (Verdict.BAD, f"{FINANCE} was put out, and its login at the broker is still open")
    ]


def test_whoever_has_no_good_certificate_needs_no_login(hub: Party, finance: Party) -> None:
    listed = finance.listed()
    revoked = tuple(replace(c, revoked_at=NOON) for c in listed.certificates)
    admin = administration()
    admin.rights[FINANCE] = CLOSED
    people = directory(hub.listed(), replace(listed, certificates=revoked))
    assert said(checkup.logins(admin, people, NOON))[0][0] is Verdict.GOOD


def test_a_broker_with_room_is_good(whole: Directory) -> None:
    assert said(checkup.broker_health(administration(), whole))[0][0] is Verdict.GOOD


def test_alarms_are_named(whole: Directory) -> None:
    admin = administration()
    admin.raised = ("disk", "memory")
    found = said(checkup.broker_health(admin, whole))
    assert [verdict for verdict, _ in found] == [Verdict.BAD, Verdict.BAD, Verdict.GOOD]
    assert "an alarm about disk" in found[0][1]


def test_limits_that_do_not_fit_on_the_disk_are_bad(whole: Directory) -> None:
    admin = administration()
    promised = (
        sum(topology.INGRESS_BYTES.values()) + sum(topology.EGRESS_BYTES.values()) + topology.DEAD_BYTES
    )
    admin.disk = int(promised / 0.6) + MIB
    assert said(checkup.broker_health(admin, whole))[0][0] is Verdict.GOOD
    admin.disk = int(promised / 0.6) - MIB
    ((verdict, text),) = said(checkup.broker_health(admin, whole))
    assert (verdict, "is 60 % of the" in text) == (Verdict.BAD, True)


def test_what_waits_already_counts_as_room(whole: Directory) -> None:
    admin = administration()
    promised = (
        sum(topology.INGRESS_BYTES.values()) + sum(topology.EGRESS_BYTES.values()) + topology.DEAD_BYTES
    )
    admin.disk = int(promised / 0.6) - GIB
    admin.depths = {"hub.bulk": QueueDepth(messages=9, ready=9, size_bytes=2 * GIB, consumers=0)}
    assert said(checkup.broker_health(admin, whole))[0][0] is Verdict.GOOD


def test_a_broker_without_a_disk_is_bad(whole: Directory) -> None:
    admin = administration()
    admin.disk = 0
    assert said(checkup.broker_health(admin, whole))[0][0] is Verdict.BAD


# ---- asking


def test_a_question_that_fails_is_answered_by_its_error_and_the_others_go_on() -> None:
    def broken() -> Iterable[Finding]:
        raise BrokerDown("EX-901", where="amqps://here", reason="nobody listens")

    found = list(
        answers([Question("topology", broken), Question("disk", lambda: checkup.disk(3 * GIB, GIB))])
    )
    assert said(found) == [
        (Verdict.BAD, "the broker at amqps://here cannot be reached: nobody listens"),
        (Verdict.GOOD, "3.0 GiB free"),
    ]
    assert found[0].next_step is not None


def test_one_cause_is_told_once() -> None:
    def broken() -> Iterable[Finding]:
        raise BrokerDown("EX-901", where="amqps://here", reason="nobody listens")

    found = list(
        answers([Question("topology", broken), Question("logins", broken), Question("broker", broken)])
    )
    assert [finding.name for finding in found] == ["topology"]


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 B"), (1023, "1023 B"), (1536, "1.5 KiB"), (MIB, "1.0 MiB"), (5 << 40, "5.0 TiB")],
)
def test_sizes_are_read_by_people(count: int, shown: str) -> None:
    assert str(Size(count)) == shown
