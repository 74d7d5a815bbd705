# SPDX-License-Identifier: Apache-2.0
"""
Telling: what a running hub or daemon says of itself on its health page and in its metrics.

Owns which facts are told, and nothing of how: findings are those of the two checkups, without the
questions that would cost a connection to the broker.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime

from exchange import __version__
from exchange.edge.anchors import read_certificate
from exchange.edge.backlog import Backlog, Waiting
from exchange.edge.dead_letters import DeadLetters
from exchange.edge.health import Line
from exchange.edge.hub_store import HubStore
from exchange.edge.ledger import Ledger
from exchange.edge.metrics import Measure
from exchange.edge.seen_heads import SeenHeads
from exchange.model.directory import Directory
from exchange.model.receipt import HUB
from exchange.role.checkup import Finding, Question, answers
from exchange.texts import say


def lines(
    questions: Callable[[], Iterable[Question]], lang: str, *, at_hub: bool = False
) -> Callable[[], list[Line]]:
    """What the answers to *questions* are, in *lang*, at each call; at_hub: its operator reads them."""
    return lambda: [_line(finding, lang) for finding in answers(questions(), at_hub=at_hub)]


def _line(finding: Finding, lang: str) -> Line:
    step = finding.next_step
    return Line(
        name=say(f"check.name.{finding.name}", lang),
        verdict=finding.verdict.value,
        what=say(finding.what.key, lang, **finding.what.values),
        next="" if step is None else say(step.key, lang, **step.values),
    )


# ---- measures


def of_either(
    who: str, directory: Directory, *, own: bytes, free_bytes: int, at: datetime
) -> Iterator[Measure]:
    """What hub and daemons tell alike."""
    yield Measure("govbus_up", 1, {"version": __version__, "who": who})
    yield Measure("govbus_directory_version", directory.version)
    yield Measure("govbus_directory_age_seconds", (at - directory.issued).total_seconds())
    yield Measure("govbus_certificate_end_seconds", read_certificate(own).not_after.timestamp(), {"who": who})
    yield Measure("govbus_disk_free_bytes", free_bytes)


def of_daemon(backlog: Backlog, heads: SeenHeads, *, troubles: int, at: datetime) -> Iterator[Measure]:
    """What waits in a daemon's stores."""
    places = {
        "leaving": backlog.leaving(),
        "unanswered": backlog.unanswered(),
        "arriving": backlog.arriving(),
        "handover": backlog.to_hand_over(),
        "owed": backlog.owed(),
    }
    for where, waiting in places.items():
        yield Measure("govbus_waiting", waiting.count, {"where": where})
        yield Measure("govbus_waiting_oldest_seconds", _age(waiting, at), {"where": where})
    yield from _states("sent", backlog.sent_states())
    yield from _states("received", backlog.received_states())
    yield Measure("govbus_held_receivers", len(backlog.held()))
    yield Measure("govbus_failing_handovers", len(backlog.failing()))
    yield Measure("govbus_troubled_threads", troubles)
    alarm, proven = heads.alarm(), heads.proven()
    yield Measure("govbus_ledger_alarm", 0 if alarm is None else 1)
    yield Measure("govbus_ledger_size", 0 if proven is None else proven.size)


def of_hub(
    store: HubStore, ledger: Ledger, dead: DeadLetters, directory: Directory, *, workers: int, at: datetime
) -> Iterator[Measure]:
    """What is in the hub's database, and who works."""
    yield from _states("hub", store.counts())
    yield Measure("govbus_held_receivers", store.held_receivers())
    yield Measure("govbus_overdue_deliveries", store.overdue_count())
    yield Measure("govbus_dead_letters", dead.count())
    head = ledger.head()
    yield Measure("govbus_ledger_size", ledger.size())
    yield Measure("govbus_ledger_waiting", ledger.waiting())
    if head is not None:
        yield Measure("govbus_ledger_head_age_seconds", (at - head.at).total_seconds())
    yield Measure("govbus_workers", workers)
    people = [one for one in directory.participants.values() if one.id != HUB]
    for standing in sorted({one.standing.value for one in people}):
        count = sum(one.standing.value == standing for one in people)
        yield Measure("govbus_participants", count, {"standing": standing})
    yield Measure("govbus_routing_version", directory.routing_version)


def _states(direction: str, counts: dict[str, int]) -> Iterator[Measure]:
    for state, count in sorted(counts.items()):
        yield Measure("govbus_deliveries", count, {"direction": direction, "state": state})


def _age(waiting: Waiting, at: datetime) -> float:
    return 0.0 if waiting.oldest is None else max(0.0, (at - waiting.oldest).total_seconds())
