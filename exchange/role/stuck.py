# SPDX-License-Identifier: Apache-2.0
"""
`hub check`, continued: whether a hub runs, who takes part, whom deliveries wait for, what nobody could take.

Owns these questions and what counts as a bad answer; a department that is away is a warning, a
deadline that passes unanswered is bad. Nothing is changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from exchange.edge.broker import Depth
from exchange.edge.hub_backlog import Fresh, WaitingFor
from exchange.errors import BrokerDown
from exchange.model import topology
from exchange.model.directory import Directory, Standing
from exchange.model.priority import Priority
from exchange.model.receipt import HUB
from exchange.role.checkup import Finding, Findings, Verdict, good, local, poor
from exchange.texts import Phrase

FRESH = timedelta(hours=24)  # dead letters younger than this are told
ANSWER_LATE = timedelta(minutes=10)  # a whole message that a connected daemon has not answered
UNTAKEN = frozenset({"EX-407", "EX-409", "EX-410", "EX-411"})  # nothing is wrong with what was not taken
Depths = Callable[[list[str]], Mapping[str, Depth]]


def processes(depths: Depths, leased_until: datetime | None, at: datetime) -> Findings:
    """
    Whether a hub runs: its workers take from its queues.

    leased_until: of the lease that a running hub keeps; None where none ever ran, which is no fault.
    """
    found = depths([topology.hub_queue(priority) for priority in Priority])
    untaken = [name for name, depth in found.items() if depth.consumers == 0]
    waiting = sum(found[name].messages for name in untaken)
    if not untaken:
        yield good("hub", consumers=min((depth.consumers for depth in found.values()), default=0))
    elif leased_until is not None and leased_until > at:
        yield poor("hub", Verdict.WARNING, "hub.starting", count=waiting)
    elif len(untaken) < len(found):
        yield poor("hub", Verdict.BAD, "hub.partly", count=waiting, names=", ".join(untaken))
    elif waiting or leased_until is not None:
        yield poor("hub", Verdict.BAD, "hub.stopped", count=waiting)
    else:
        yield poor("hub", Verdict.WARNING, "hub.never")


def participants(directory: Directory) -> Findings:
    """How many take part; who is suspended, for whoever has forgotten."""
    people = [one for one in directory.participants.values() if one.id != HUB]
    out = sorted(one.id for one in people if one.standing is Standing.SUSPENDED)
    if not out:
        yield good("participants", count=len(people))
        return
    what = Phrase("check.participants.suspended", {"count": len(people), "names": ", ".join(out)})
    step = Phrase("check.participants.suspended.next", {"who": out[0]})
    yield Finding("participants", Verdict.GOOD, what, step)


def deliveries(waiting: Iterable[WaitingFor], depths: Depths, directory: Directory, at: datetime) -> Findings:
    """For whom deliveries wait, and why as far as it can be seen from here."""
    found = list(waiting)
    taken = _taken([each.participant for each in found], depths)
    findings = [one for each in found for one in _of(each, taken.get(each.participant), directory, at)]
    yield from findings or [good("deliveries", count=sum(each.count for each in found))]


def _of(each: WaitingFor, taken: bool | None, directory: Directory, at: datetime) -> Findings:
    facts = {"count": each.count, "who": each.participant, "since": local(each.since)}
    if each.overdue:
        facts["overdue"] = each.overdue
        yield poor("deliveries", Verdict.BAD, "deliveries.overdue", **facts)
    elif _is_suspended(each.participant, directory):
        yield poor("deliveries", Verdict.WARNING, "deliveries.suspended", **facts)
    elif taken is False:
        yield poor("deliveries", Verdict.WARNING, "deliveries.absent", **facts)
    elif each.held:
        yield poor("deliveries", Verdict.WARNING, "deliveries.held", held=each.held, **facts)
    elif at - each.since > ANSWER_LATE:
        yield poor("deliveries", Verdict.WARNING, "deliveries.unanswered", **facts)


def _taken(names: list[str], depths: Depths) -> Mapping[str, bool]:
    """Whether anybody takes from the queues of each; what the broker does not say is left out."""
    queues = {topology.egress_queue(name, priority): name for name in names for priority in Priority}
    try:
        found = depths(list(queues)) if queues else {}
    except BrokerDown:
        return {}  # it is told by the questions about the broker
    taken: dict[str, bool] = {}
    for queue, depth in found.items():
        taken[queues[queue]] = taken.get(queues[queue], False) or depth.consumers > 0
    return taken


def _is_suspended(name: str, directory: Directory) -> bool:
    one = directory.participants.get(name)
    return one is not None and one.standing is Standing.SUSPENDED


def dead(fresh: Iterable[Fresh]) -> Findings:
    """What could not be taken of late, by sender."""
    found = list(fresh)
    for each in found:
        who = each.sender or Phrase("check.dead.nobody")
        facts = {"count": each.count, "newest": local(each.newest), "reason": f"{each.code} {each.reason}"}
        whose = "own" if each.sender == HUB else "untaken" if each.code in UNTAKEN else "fresh"
        yield poor("dead", Verdict.WARNING, f"dead.{whose}", who=who, **facts)
    if not found:
        yield good("dead")
