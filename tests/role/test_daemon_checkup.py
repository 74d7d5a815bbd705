# SPDX-License-Identifier: Apache-2.0
"""`adapter check`: each thing that can be wrong at a department is found by name, with what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from exchange import Retry
from exchange.edge.backlog import Backlog
from exchange.edge.broker import RECEIPT, Parcel
from exchange.edge.memory import MemoryBroker, MemoryNode
from exchange.edge.outbox_rows import outgoing, outgoing_delivery
from exchange.edge.seen_heads import SeenHeads
from exchange.edge.tables import open_engine, writing
from exchange.edge.trust import Trust
from exchange.errors import ConfigInvalid
from exchange.model import topology
from exchange.model.digest import sha256
from exchange.model.directory import Directory, Standing
from exchange.model.head_proof import CitedHead
from exchange.model.ledger_head import LedgerHead
from exchange.model.priority import Priority
from exchange.model.receipt import HUB
from exchange.role import daemon_checkup as ask
from exchange.role.checkup import Finding, Verdict
from exchange.role.directory_question import REFUSED
from exchange.role.lacking import LACKING
from exchange.texts import TEXTS, say
from tests.city import FILES, City, text
from tests.city import FINANCE as CITY_FINANCE
from tests.city import OFFICE as CITY_OFFICE
from tests.identities import FINANCE, NOON, Party, Town, directory

GOOD, WARNING, BAD = Verdict.GOOD, Verdict.WARNING, Verdict.BAD


def said(findings: Iterable[Finding]) -> list[tuple[Verdict, str]]:
    """Each finding's verdict and sentence; every one can be said in both languages, its places filled."""
    found = list(findings)
    for finding in found:
        assert f"check.name.{finding.name}" in TEXTS
        assert (finding.verdict is GOOD) == (finding.next_step is None)
        for phrase in filter(None, (finding.what, finding.next_step)):
            assert "<" not in say(phrase.key, "zh", **phrase.values)
    return [(finding.verdict, str(finding.what)) for finding in found]


def only(findings: Iterable[Finding]) -> tuple[Verdict, str]:
    (found,) = said(findings)
    return found


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


@pytest.fixture
def finance(town: Town) -> Party:
    return town.party(FINANCE)


@pytest.fixture
def view(town: Town, finance: Party) -> Directory:
    return directory(town.party(HUB).listed(), finance.listed(), holder=FINANCE)


def trust(town: Town, view: Directory) -> Trust:
    return Trust(view, town.anchors, lambda: NOON)


# ---- who we are


def test_a_listed_certificate_is_good(town: Town, finance: Party, view: Directory) -> None:
    own = finance.identity.certificate
    assert only(ask.identity(trust(town, view), FINANCE, own, NOON))[0] is GOOD


def test_a_certificate_that_is_not_listed_is_bad(town: Town, view: Directory) -> None:
    stranger = Town(town.folder / "b").party(FINANCE).identity.certificate
    verdict, sentence = only(ask.identity(trust(town, view), FINANCE, stranger, NOON))
    assert (verdict, "does not list" in sentence) == (BAD, True)


def test_a_suspended_participant_is_told_so(town: Town, finance: Party) -> None:
    closed = directory(town.party(HUB).listed(), finance.listed(standing=Standing.SUSPENDED), holder=FINANCE)
    found = only(ask.identity(trust(town, closed), FINANCE, finance.identity.certificate, NOON))
    assert found == (BAD, f"{FINANCE} is suspended: nothing is taken from it")


@pytest.mark.parametrize(("left", "verdict"), [(61, GOOD), (59, WARNING), (29, WARNING), (6, BAD), (-1, BAD)])
def test_an_ending_certificate_is_announced(
    town: Town, finance: Party, view: Directory, left: int, verdict: Verdict
) -> None:
    end = view.participant(FINANCE).certificates[0].not_after
    at = end - timedelta(days=left)
    found = said(ask.certificates(town.anchors, view, finance.identity.certificate, at))
    assert found[0][0] is verdict


# ---- the directory, the clock, the ledger


@pytest.mark.parametrize(("hours", "verdict"), [(0.5, GOOD), (4, WARNING), (25, BAD)])
def test_an_old_directory_is_told(view: Directory, hours: float, verdict: Verdict) -> None:
    assert only(ask.directory_age(view, NOON + timedelta(hours=hours)))[0] is verdict


def test_a_clock_behind_the_hubs_signatures_is_bad(view: Directory) -> None:
    at = NOON - timedelta(minutes=5)
    assert only(ask.clock(view, None, at))[0] is BAD
    assert only(ask.clock(view, NOON + timedelta(hours=1), NOON))[0] is BAD


@pytest.mark.parametrize("said_at", [None, NOON, NOON + timedelta(seconds=60)])
def test_a_clock_that_is_not_behind_is_good(view: Directory, said_at: object) -> None:
    assert only(ask.clock(view, said_at, NOON))[0] is GOOD  # type: ignore[arg-type]


def test_an_alarm_about_the_ledger_stays_bad_until_it_was_proven_again(tmp_path: Path) -> None:
    heads = SeenHeads(open_engine(str(tmp_path / "daemon.db")))
    head = LedgerHead(5, sha256(b"root"), NOON)
    assert only(ask.ledger_head(heads))[0] is GOOD
    heads.keep(head, 1)
    assert only(ask.ledger_head(heads)) == (GOOD, "the hub's ledger was followed to entry 5")
    heads.raise_alarm(CitedHead.of(head), CitedHead(9, sha256(b"other")), 2)
    verdict, sentence = only(ask.ledger_head(heads))
    assert (verdict, sentence.startswith("ALARM: the hub showed the ledger head 9 ")) == (BAD, True)
    heads.keep(head, 3)
    assert only(ask.ledger_head(heads))[0] is WARNING


# ---- the broker and the process


@pytest.fixture
def node() -> MemoryNode:
    return MemoryNode()


@pytest.fixture
def broker(node: MemoryNode) -> MemoryBroker:
    made = MemoryBroker(node)
    made.declare(topology.hub_exchanges(), topology.hub_queues())
    made.declare([topology.participant_exchange(FINANCE)], topology.participant_queues(FINANCE))
    return made


def test_queues_that_stand_are_good_while_no_daemon_runs(broker: MemoryBroker) -> None:
    assert only(ask.broker_queues(broker, FINANCE, running=False))[0] is GOOD


def test_queues_that_nobody_takes_from_are_bad_while_a_daemon_runs(broker: MemoryBroker) -> None:
    assert only(ask.broker_queues(broker, FINANCE, running=True))[0] is BAD


def test_messages_that_wait_for_a_daemon_that_does_not_run_are_bad(
    node: MemoryNode, broker: MemoryBroker
) -> None:
    key = topology.egress_key(FINANCE, Priority.FLASH)
    node.publish(Parcel(topology.OUT, key, b"a document", RECEIPT, "id", HUB))
    assert only(ask.broker_queues(broker, FINANCE, running=False)) == (
        BAD,
        "1 message waits in our queues for the daemon, which does not run",
    )


def test_missing_queues_are_named(broker: MemoryBroker) -> None:
    verdict, sentence = only(ask.broker_queues(broker, "440500.tax", running=False))
    assert (verdict, topology.egress_queue("440500.tax", Priority.FLASH) in sentence) == (BAD, True)


def test_a_daemon_that_does_not_run_is_a_warning() -> None:
    assert only(ask.process(None, {"inbound": "an old trouble"}))[0] is WARNING


def test_a_thread_that_waits_is_told_with_its_reason() -> None:
    assert only(ask.process(7, {"inbound": "EX-901 away"})) == (BAD, "inbound waits: EX-901 away")


def test_a_directory_that_was_refused_or_lacks_a_receiver_is_told_with_its_reason_and_the_next_step() -> None:
    found = list(ask.process(7, {REFUSED: "EX-202 foreign", LACKING: "EX-301 receiver a is not known"}))
    assert [(one.name, one.verdict) for one in found] == [
        ("directory", BAD), ("directory", BAD), ("daemon", GOOD),
    ]  # fmt: skip
    said = [say(one.what.key, "en", **one.what.values) for one in found]
    assert said[0].endswith("was refused, the one before stays: EX-202 foreign")
    assert said[1].endswith("to whom the hub would send them: EX-301 receiver a is not known")
    steps = [say(one.next_step.key, "en", **one.next_step.values) for one in found if one.next_step]
    assert [step.split(";")[0] for step in steps] == [
        "tell the hub's operator this reason",
        "ask the hub's operator whether they are active and may be sent to from here",
    ]
    assert only(ask.process(7, {})) == (GOOD, "runs as process 7")


def test_an_adapter_that_cannot_be_made_is_told_with_its_reason() -> None:
    fault = ConfigInvalid("EX-903", file="adapter.toml", line=7, key="k", reason="no such adapter")
    assert only(ask.applications([("files", fault)], 1)) == (
        BAD,
        "files: adapter.toml, line 7, k: no such adapter",
    )
    assert only(ask.applications([], 1))[0] is GOOD


# ---- what waits


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path / "city")


def backlog(city: City, who: str = CITY_OFFICE) -> Backlog:
    return Backlog(open_engine(str(city.folder / who / "daemon.db")))


def test_nothing_that_waits_is_good(city: City) -> None:
    city.daemons[CITY_OFFICE].send(text())
    city.settle()
    assert only(ask.sending(backlog(city), city.clock()))[0] is GOOD
    assert only(ask.receiving(backlog(city, CITY_FINANCE), city.clock()))[0] is GOOD


def test_an_outbox_that_does_not_empty_is_bad_after_a_while(city: City) -> None:
    city.kill_worker()
    city.daemons[CITY_OFFICE].submission.take(FILES, [text()])
    assert only(ask.sending(backlog(city), city.clock()))[0] is GOOD
    city.clock.pass_(301)
    verdict, sentence = only(ask.sending(backlog(city), city.clock()))
    assert (verdict, sentence.startswith("1 message has not reached the hub")) == (BAD, True)


def test_a_held_receiver_is_named(city: City) -> None:
    city.node.refusing.add(topology.egress_key(CITY_FINANCE, Priority.ROUTINE))
    city.daemons[CITY_OFFICE].send(text())
    city.settle()
    _, (verdict, sentence) = said(ask.sending(backlog(city), city.clock()))
    assert (verdict, sentence.startswith(f"{CITY_FINANCE}/{FILES} is full or absent: 1 ")) == (WARNING, True)


def test_a_receiver_that_does_not_answer_is_told_after_a_day(city: City) -> None:
    city.kill_daemon(CITY_FINANCE)
    city.daemons[CITY_OFFICE].send(text())
    city.settle()
    city.clock.pass_(86_401)
    _, (verdict, sentence) = said(ask.sending(backlog(city), city.clock()))
    assert (verdict, "not answered by its receivers" in sentence) == (WARNING, True)


def test_what_the_hub_has_and_does_not_accept_is_bad_after_a_while(city: City) -> None:
    city.daemons[CITY_OFFICE].send(text())
    city.settle()
    engine = open_engine(str(city.folder / CITY_OFFICE / "daemon.db"))
    with writing(engine) as connection:  # as it is while no worker takes what the queue has
        connection.execute(outgoing.update().values(stage="sent", outcome="open"))
        connection.execute(outgoing_delivery.update().values(state="queued"))
    assert only(ask.sending(backlog(city), city.clock()))[0] is GOOD
    city.clock.pass_(121)
    assert only(ask.sending(backlog(city), city.clock()))[0] is GOOD  # the hub has spoken since
    city.clock.pass_(480)
    _, (verdict, sentence) = said(ask.sending(backlog(city), city.clock()))
    assert (verdict, sentence.startswith("the hub has neither accepted nor refused 1 message ")) == (
        BAD,
        True,
    )


def test_a_hub_that_gives_no_sign_is_told_before_long(city: City) -> None:
    city.kill_worker()
    city.daemons[CITY_OFFICE].send(text())
    city.settle()
    assert only(ask.sending(backlog(city), city.clock()))[0] is GOOD
    city.clock.pass_(121)
    _, (verdict, sentence) = said(ask.sending(backlog(city), city.clock()))
    assert (verdict, sentence.startswith("the hub has given no sign since 2026-")) == (WARNING, True)
    city.start_worker()
    city.settle()
    assert only(ask.sending(backlog(city), city.clock()))[0] is GOOD


def test_a_deadline_that_passes_without_an_answer_is_a_warning(city: City) -> None:
    city.kill_daemon(CITY_FINANCE)
    city.daemons[CITY_OFFICE].send(text(expires_after_seconds=300))
    city.settle()
    assert only(ask.sending(backlog(city), city.clock()))[0] is GOOD
    city.clock.pass_(301)
    _, (verdict, sentence) = said(ask.sending(backlog(city), city.clock()))
    assert (verdict, sentence.startswith("1 message is past its deadline")) == (WARNING, True)


def test_an_application_that_does_not_take_is_told_with_its_reason(city: City) -> None:
    city.recorders[CITY_FINANCE].refuse = RuntimeError("disk of the application is full")
    city.daemons[CITY_OFFICE].send(text())
    city.settle(most=20)
    verdict, sentence = only(ask.receiving(backlog(city, CITY_FINANCE), city.clock()))
    assert verdict is BAD
    assert f"{FILES} does not take message" in sentence
    assert "EX-503 RuntimeError: disk of the application is full" in sentence
    assert "Traceback" not in sentence


def test_what_an_application_puts_off_is_told_too(city: City) -> None:
    city.recorders[CITY_FINANCE].refuse = Retry(after_seconds=5)
    city.daemons[CITY_OFFICE].send(text())
    city.settle(most=20)
    assert only(ask.receiving(backlog(city, CITY_FINANCE), city.clock()))[0] is BAD


def test_receipts_that_do_not_leave_are_bad(city: City) -> None:
    finance = city.daemons[CITY_FINANCE]
    parcel = Parcel("in.x", "routine", b"", RECEIPT, finance.around.new_id(), CITY_FINANCE)
    with finance.outbox.writing() as connection:
        finance.posting.promise(connection, [parcel])
    assert only(ask.receiving(backlog(city, CITY_FINANCE), city.clock()))[0] is GOOD
    city.clock.pass_(121)
    verdict, sentence = only(ask.receiving(backlog(city, CITY_FINANCE), city.clock()))
    assert (verdict, sentence.startswith("1 receipt of ours has not reached the broker")) == (BAD, True)


def test_a_directory_without_a_hub_key_counts_as_ended(town: Town, finance: Party, view: Directory) -> None:
    hub = replace(view.participant(HUB), certificates=())
    people = {**view.participants, HUB: hub}
    found = said(
        ask.certificates(town.anchors, replace(view, participants=people), finance.identity.certificate, NOON)
    )
    assert found[0][0] is BAD
