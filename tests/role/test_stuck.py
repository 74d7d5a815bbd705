# SPDX-License-Identifier: Apache-2.0
"""`hub check` names whom deliveries wait for, who is suspended, and what nobody could take."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from exchange.edge.dead_letters import DeadLetter
from exchange.edge.hub_backlog import Fresh, HubBacklog, WaitingFor
from exchange.edge.memory import MemoryBroker
from exchange.edge.tables import writing
from exchange.errors import BrokerDown
from exchange.model import instant, topology
from exchange.model.directory import Directory
from exchange.model.priority import Priority
from exchange.model.receipt import HUB
from exchange.role import stuck
from exchange.role.checkup import Verdict
from tests.city import FINANCE, OFFICE, START, City, text
from tests.role.test_checkup import said

GOOD, WARNING, BAD = Verdict.GOOD, Verdict.WARNING, Verdict.BAD


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def directory(city: City) -> Directory:
    return city.view.trust.directory


def waiting(city: City) -> list[tuple[Verdict, str]]:
    found = HubBacklog(city.hub_store.engine).waiting()
    return said(stuck.deliveries(found, MemoryBroker(city.node).depths, directory(city), city.clock()))


def process(city: City, leased_until: datetime | None) -> tuple[Verdict, str]:
    (found,) = said(stuck.processes(MemoryBroker(city.node).depths, leased_until, city.clock()))
    return found


def test_a_hub_whose_workers_take_from_its_queues_runs(city: City) -> None:
    city.daemons[OFFICE].send(text())
    city.settle()
    assert process(city, START) == (GOOD, "runs: 1 worker takes from each of its queues")


def test_a_hub_that_was_never_run_is_only_a_warning(city: City) -> None:
    city.kill_worker()
    assert process(city, None) == (WARNING, "no hub has run here yet: nothing is taken from its queues")


def test_a_hub_that_ran_and_does_not_is_bad(city: City) -> None:
    city.kill_worker()
    assert process(city, START - timedelta(minutes=1)) == (
        BAD,
        "no hub runs: nobody takes from its queues, 0 documents wait there",
    )


def test_documents_that_wait_for_a_hub_that_does_not_run_are_bad(city: City) -> None:
    city.kill_worker()
    city.daemons[OFFICE].send(text(1), text(2))
    city.settle()
    assert process(city, None) == (BAD, "no hub runs: nobody takes from its queues, 2 documents wait there")


def test_a_hub_that_starts_is_not_called_bad(city: City) -> None:
    city.kill_worker()
    verdict, sentence = process(city, city.clock() + timedelta(seconds=5))
    assert (verdict, sentence.startswith("a hub starts or has just ended")) == (WARNING, True)


def test_a_queue_of_the_hub_that_nobody_takes_from_is_named(city: City) -> None:
    city.workers[0].step()  # it takes up its lanes
    line = city.node.lines[topology.hub_queue(Priority.BULK)]
    line.consumers.clear()
    assert process(city, None) == (BAD, "nobody takes from hub.bulk, where 0 documents wait")


def test_nothing_that_waits_is_good(city: City) -> None:
    city.daemons[OFFICE].send(text())
    city.settle()
    assert waiting(city) == [(GOOD, "0 on their way, none waits for long")]


def test_a_daemon_that_is_down_is_named_with_what_waits_for_it(city: City) -> None:
    city.kill_daemon(FINANCE)
    city.daemons[OFFICE].send(text(1), text(2))
    city.settle()
    ((verdict, sentence),) = waiting(city)
    assert verdict is WARNING
    assert sentence.startswith(f"2 deliveries wait for {FINANCE} since 2026-")
    assert sentence.endswith("its daemon is not connected")


def test_a_receiver_whose_queue_is_full_is_named(city: City) -> None:
    city.node.refusing.add(topology.egress_key(FINANCE, Priority.ROUTINE))
    city.daemons[OFFICE].send(text())
    city.settle()
    ((verdict, sentence),) = waiting(city)
    assert (verdict, "1 of 1 deliveries to 440500.finance are on hold" in sentence) == (WARNING, True)


def test_what_waits_for_a_suspended_participant_is_told(city: City) -> None:
    city.kill_daemon(FINANCE)
    city.daemons[OFFICE].send(text())
    city.settle()
    city.suspend(FINANCE)
    ((verdict, sentence),) = waiting(city)
    assert (verdict, f"waits for {FINANCE}, which is suspended" in sentence) == (WARNING, True)


def test_a_deadline_that_passes_unanswered_is_bad(city: City) -> None:
    city.kill_daemon(FINANCE)
    city.daemons[OFFICE].send(text(expires_after_seconds=60))
    city.settle()
    city.clock.pass_(61)
    city.janitor.step()
    ((verdict, sentence),) = waiting(city)
    assert (verdict, sentence.startswith(f"1 of 1 deliveries to {FINANCE} are past")) == (BAD, True)


def test_a_connected_daemon_that_does_not_answer_is_told_after_a_while(city: City) -> None:
    city.settle()
    begun = WaitingFor(FINANCE, 3, city.clock(), 0, 0)
    depths = MemoryBroker(city.node).depths
    soon, late = city.clock() + timedelta(minutes=9), city.clock() + timedelta(minutes=11)
    assert said(stuck.deliveries([begun], depths, directory(city), soon))[0][0] is GOOD
    ((verdict, sentence),) = said(stuck.deliveries([begun], depths, directory(city), late))
    assert (verdict, "are not answered" in sentence) == (WARNING, True)


def test_while_the_broker_is_away_what_waits_is_told_all_the_same(city: City) -> None:
    def away(_queues: list[str]) -> dict[str, object]:
        raise BrokerDown("EX-901", where="x", reason="away")

    held = WaitingFor(FINANCE, 2, city.clock(), 2, 0)
    found = said(stuck.deliveries([held], away, directory(city), city.clock()))  # type: ignore[arg-type]
    assert found[0][0] is WARNING


def test_suspended_participants_are_named_as_something_to_know(city: City) -> None:
    assert said(stuck.participants(directory(city))) == [(GOOD, "3 take part, nobody is suspended")]
    city.suspend(FINANCE)
    (finding,) = stuck.participants(directory(city))
    assert said([finding]) == [(GOOD, f"3 are enrolled; suspended: {FINANCE}")]
    assert finding.next_step is not None


def test_fresh_dead_letters_are_told_by_sender_with_the_newest_reason(city: City) -> None:
    city.suspend(OFFICE)
    city.daemons[OFFICE].send(text())
    city.settle()
    backlog = HubBacklog(city.hub_store.engine)
    ((verdict, sentence),) = said(stuck.dead(backlog.dead_since(city.clock() - stuck.FRESH)))
    assert verdict is WARNING
    assert sentence.startswith(f"1 of {OFFICE} in the last 24 hours, the newest at 2026-")
    assert sentence.endswith(f"EX-204 participant {OFFICE} is suspended")
    city.clock.pass_(86_401)
    assert said(stuck.dead(backlog.dead_since(city.clock() - stuck.FRESH))) == [
        (GOOD, "none in the last 24 hours")
    ]


def test_a_sender_that_nobody_knows_is_said_so(city: City) -> None:
    found = said(stuck.dead([Fresh("", 2, city.clock(), "EX-101", "it fell")]))
    assert found[0][1].startswith("2 of an unknown sender in the last 24 hours")


@pytest.mark.parametrize(
    ("sender", "code", "step"),
    [
        (FINANCE, "EX-201", f"call {FINANCE} and tell the reason"),
        (FINANCE, "EX-410", "the log of whoever could not take them says why"),
        (HUB, "EX-409", "`govbus dead requeue` sends one once more"),
    ],
    ids=["its sender's fault", "its receiver's", "the hub's own"],
)
def test_the_next_step_leads_to_whoever_can_do_something(
    city: City, sender: str, code: str, step: str
) -> None:
    (finding,) = stuck.dead([Fresh(sender, 1, city.clock(), code, "it fell")])
    assert finding.next_step is not None
    assert step in str(finding.next_step)


def test_letters_of_one_sender_are_told_by_what_was_wrong(city: City) -> None:
    letters = [("a", "EX-201", 1), ("b", "EX-410", 2), ("c", "EX-410", 3)]
    now_ms = instant.milliseconds(city.clock())
    with writing(city.hub_store.engine) as connection:
        for id_, code, age in letters:
            city.dead.park(
                connection, DeadLetter(id_, now_ms - age, "q", OFFICE, id_, code, f"because {id_}")
            )
    found = HubBacklog(city.hub_store.engine).dead_since(city.clock() - stuck.FRESH)
    assert [(f.code, f.count, f.reason) for f in found] == [
        ("EX-410", 2, "because b"),
        ("EX-201", 1, "because a"),
    ]
