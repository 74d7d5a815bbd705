# SPDX-License-Identifier: Apache-2.0
"""
`hub check`: what is wrong or will be soon, by name, with the next step.

Owns the questions and what counts as a bad answer. Nothing is changed, and one failing question
does not keep the others from being asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

from exchange.edge.anchors import Anchors, read_certificate
from exchange.edge.broker import Broker
from exchange.edge.broker_admin import BrokerAdmin
from exchange.errors import GovbusError
from exchange.model import topology
from exchange.model.directory import Directory, Participant, Standing
from exchange.model.receipt import HUB
from exchange.role.logins import NO_RIGHTS, may_log_in
from exchange.texts import Phrase, Size, hint_of

EXPIRY_DAYS = (60, 30, 7)  # ahead of which a certificate's end is announced
QUEUE_SHARE = 0.6  # of the broker's disk that the queues' limits may promise away


class Verdict(Enum):
    """How an answer is."""

    GOOD = "good"
    WARNING = "warning"  # it works, and will not for long
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer: what was looked at, how it is, and what to do about it."""

    name: str
    verdict: Verdict
    what: Phrase
    next_step: Phrase | None = None


Findings = Iterator[Finding]


@dataclass(frozen=True, slots=True)
class Question:
    """Something to look at; `ask` gives one finding or several."""

    name: str
    ask: Callable[[], Iterable[Finding]]


def answers(questions: Iterable[Question], *, at_hub: bool = False) -> Findings:
    """
    Every finding; a question that fails with an error of ours is answered by that error.

    at_hub: whoever asks operates the hub.
    The same error is told once, though several questions may fail with it.
    """
    told: set[str] = set()
    for question in questions:
        try:
            yield from question.ask()
        except GovbusError as e:
            if str(e) not in told:
                hint = Phrase(hint_of(e.code, at_hub=at_hub), e.values)
                yield Finding(question.name, Verdict.BAD, Phrase(e.code, e.values), hint)
            told.add(str(e))


def good(name: str, **values: object) -> Finding:
    """A finding that asks for nothing: its sentence is `check.NAME.good`."""
    return Finding(name, Verdict.GOOD, Phrase(f"check.{name}.good", values))


def poor(name: str, verdict: Verdict, key: str, **values: object) -> Finding:
    """A finding that asks for something: its sentence is `check.KEY`, the next step `check.KEY.next`."""
    return Finding(name, verdict, Phrase(f"check.{key}", values), Phrase(f"check.{key}.next", values))


# ---- the questions


def certificates(anchors: Anchors, directory: Directory, own: bytes, at: datetime) -> Findings:
    """The hub's own certificate, the anchors', the participants': good, and for how long."""
    found = [("hub", read_certificate(own).not_after)]
    found += [("anchor", read_certificate(der).not_after) for der in anchors.roots]
    found += [
        (one.id, max((c.not_after for c in one.certificates if c.revoked_at is None), default=at))
        for one in _active(directory)
    ]
    findings = [finding for who, end in found if (finding := expiry(who, end, at)) is not None]
    yield from findings or [good("certificates", count=len(found))]


def expiry(who: str, end: datetime, at: datetime) -> Finding | None:
    """What there is to say about a certificate of *who* that ends at *end*; None while that is far away."""
    left = end - at
    if left <= timedelta(0):
        return poor("certificates", Verdict.BAD, "certificates.expired", who=who, end=end.date())
    if left > timedelta(days=max(EXPIRY_DAYS)):
        return None
    verdict = Verdict.BAD if left <= timedelta(days=min(EXPIRY_DAYS)) else Verdict.WARNING
    return poor("certificates", verdict, "certificates.ending", who=who, end=end.date(), days=left.days)


def revocation_lists(anchors: Anchors, at: datetime) -> Findings:
    """Whether the issuers' lists are as new as they promised."""
    for one in anchors.stale(at):
        yield poor(
            "revocations", Verdict.BAD, "revocations.stale", issuer=one.issuer, due=one.next_update.date()
        )
    if not anchors.stale(at):
        yield good("revocations", count=len(anchors.revocations))


def hub_is_listed(directory: Directory, own: bytes, anchors: Anchors, at: datetime) -> Findings:
    """Whether participants will believe what this hub signs."""
    anchors.check(own, HUB, at=at)
    digest = read_certificate(own).digest
    hub = directory.participants.get(HUB)
    listed = hub.certificate(digest) if hub else None
    if listed is None or not listed.is_good(at):
        yield poor("identity", Verdict.BAD, "identity.unlisted", digest=digest)
    else:
        yield good("identity", digest=digest)


def clocks(here: datetime, database: datetime, last_head: datetime | None, *, skew: timedelta) -> Findings:
    """This machine's clock beside the database's, and beside what the ledger has seen."""
    apart = abs(here - database)
    if apart > skew:
        yield poor("clock", Verdict.BAD, "clock.apart", seconds=round(apart.total_seconds()))
    elif last_head is not None and last_head - here > skew:
        behind = round((last_head - here).total_seconds())
        yield poor("clock", Verdict.BAD, "clock.backwards", seconds=behind)
    else:
        yield good("clock", seconds=round(apart.total_seconds(), 1))


def disk(folder_free: int, threshold: int) -> Findings:
    """Room beside the hub's database."""
    if folder_free < threshold:
        yield poor("disk", Verdict.BAD, "disk.full", free=Size(folder_free), limit=Size(threshold))
    elif folder_free < 2 * threshold:
        yield poor("disk", Verdict.WARNING, "disk.filling", free=Size(folder_free), limit=Size(threshold))
    else:
        yield good("disk", free=Size(folder_free))


def queues(broker: Broker, directory: Directory) -> Findings:
    """Whether everything stands on the broker that the directory needs."""
    wanted = [queue.name for queue in _wanted_queues(directory)]
    missing = sorted(set(wanted) - set(broker.depths(wanted)))
    if missing:
        shown = ", ".join(missing[:5])
        yield poor("topology", Verdict.BAD, "topology.missing", count=len(missing), names=shown)
    else:
        yield good("topology", count=len(wanted))


def logins(admin: BrokerAdmin, directory: Directory, at: datetime) -> Findings:
    """Whether the broker's users have the rights that the directory gives them, and nobody else has any."""
    present = dict(admin.users())
    people = [one for one in directory.participants.values() if one.id != HUB]
    wanted = {one.id: topology.participant_rights(one.id) for one in people if may_log_in(one, at)}
    wanted[HUB] = topology.HUB_RIGHTS
    wrong = sorted(name for name, rights in wanted.items() if present.get(name) != rights)
    for name in wrong:
        yield poor("logins", Verdict.BAD, "logins.wrong", who=name)
    unwanted = sorted(name for name in set(present) - set(wanted) if present[name] != NO_RIGHTS)
    put_out = {one.id for one in people}
    for name in unwanted:
        if name in put_out:
            yield poor("logins", Verdict.BAD, "logins.open", who=name)
        else:
            yield poor("logins", Verdict.WARNING, "logins.stranger", who=name)
    if not wrong and not unwanted:
        yield good("logins", count=len(wanted))


def broker_health(admin: BrokerAdmin, directory: Directory) -> Findings:
    """Alarms, and whether the queues' limits fit on the broker's disk."""
    for alarm in admin.alarms():
        yield poor("broker", Verdict.BAD, "broker.alarm", alarm=alarm)
    held = sum(depth.size_bytes for depth in admin.queue_depths().values())
    room = admin.disk_free_bytes() + held
    promised = sum(_limit(queue) for queue in _wanted_queues(directory))
    if promised > QUEUE_SHARE * room:
        share = round(100 * promised / room) if room else 100
        values = {"promised": Size(promised), "room": Size(room), "share": share}
        yield poor("broker", Verdict.BAD, "broker.promised", **values)
    else:
        yield good("broker", version=admin.version(), promised=Size(promised), room=Size(room))


def _wanted_queues(directory: Directory) -> list[topology.Queue]:
    """Of the hub, and of every participant: a suspended one keeps what waits for it."""
    people = [one.id for one in directory.participants.values() if one.id != HUB]
    return [
        *topology.hub_queues(),
        *(queue for name in people for queue in topology.participant_queues(name)),
    ]


def _limit(queue: topology.Queue) -> int:
    limit = queue.arguments.get("x-max-length-bytes", 0)
    assert isinstance(limit, int)
    return limit


def _active(directory: Directory) -> list[Participant]:
    people = directory.participants.values()
    return [one for one in people if one.id != HUB and one.standing is Standing.ACTIVE]


def local(at: datetime) -> str:
    """*at* as people here read it, with its offset."""
    return at.astimezone().isoformat(sep=" ", timespec="seconds")
