# SPDX-License-Identifier: Apache-2.0
"""
`adapter check`: what is wrong or stuck at a department, by name, with the next step.

Owns the questions and what counts as a bad answer, as `exchange.role.checkup` does for the hub.
Nothing is changed; it works beside a running daemon and without one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from functools import cached_property

from exchange.edge import spool
from exchange.edge.anchors import Anchors, read_certificate
from exchange.edge.backlog import Backlog, Waiting
from exchange.edge.broker import Broker
from exchange.edge.conversion_process import known_converters
from exchange.edge.half_copies import HalfCopy, half_copies
from exchange.edge.installed import adapter_concerns, adapter_faults
from exchange.edge.keystore import load_identity
from exchange.edge.outbox import Outbox
from exchange.edge.seen_heads import SeenHeads
from exchange.edge.settings import AdapterSettings
from exchange.edge.trust import Trust
from exchange.errors import GovbusError, Halt
from exchange.model import instant, topology
from exchange.model.directory import Directory, Standing
from exchange.model.priority import Priority
from exchange.model.receipt import HUB
from exchange.role.checkup import (
    Finding,
    Findings,
    Question,
    Verdict,
    disk,
    expiry,
    good,
    local,
    poor,
    revocation_lists,
)
from exchange.role.conversion_checkup import conversion
from exchange.role.directory_question import REFUSED
from exchange.role.lacking import LACKING
from exchange.role.stores import ADAPTERS, Stores
from exchange.role.submission import SWEPT_MS
from exchange.texts import Phrase, Size

DIRECTORY_OLD = timedelta(hours=3)  # the daemon asks every hour
CLOCK_SKEW = timedelta(minutes=2)
LEAVING_LATE = timedelta(minutes=5)  # a message that the hub does not have whole
OWED_LATE = timedelta(minutes=2)  # a receipt that the broker does not have
SILENT_LATE = timedelta(minutes=2)  # the same, and the hub has said nothing else since
UNACCEPTED_LATE = timedelta(minutes=10)  # a message that the hub's queue has whole
UNANSWERED_LATE = timedelta(hours=24)
REASON_CHARACTERS = 300


def identity(trust: Trust, me: str, own: bytes, at: datetime) -> Findings:
    """Whether others believe what this department signs."""
    digest = read_certificate(own).digest
    listed = trust.participant(me).certificate(digest)
    if trust.participant(me).standing is not Standing.ACTIVE:
        yield poor("identity", Verdict.BAD, "daemon.suspended", who=me)
    elif listed is None or not listed.is_good(at):
        yield poor("identity", Verdict.BAD, "daemon.unlisted", digest=digest)
    else:
        yield Finding("identity", Verdict.GOOD, Phrase("check.daemon.listed", {"digest": digest}))


def certificates(anchors: Anchors, directory: Directory, own: bytes, at: datetime) -> Findings:
    """Our own certificate, the hub's and the anchors': good, and for how long."""
    hub = [c.not_after for c in directory.participant(HUB).certificates if c.revoked_at is None]
    found = [
        (directory.holder, read_certificate(own).not_after),
        (HUB, max(hub, default=at)),
        *(("anchor", read_certificate(der).not_after) for der in anchors.roots),
    ]
    findings = [finding for who, end in found if (finding := expiry(who, end, at)) is not None]
    yield from findings or [good("certificates", count=len(found))]


def directory_age(directory: Directory, at: datetime) -> Findings:
    """Whether the view of the directory is current; an expired one lets nothing leave."""
    facts = {"version": directory.version, "hours": round((at - directory.issued).total_seconds() / 3600, 1)}
    if at >= directory.expires:
        yield poor("directory", Verdict.BAD, "directory.expired", **facts)
    elif at - directory.issued > DIRECTORY_OLD:
        yield poor("directory", Verdict.WARNING, "directory.old", **facts)
    else:
        yield good("directory", people=len(directory.participants) - 2, **facts)  # the hub and we are in it


def clock(directory: Directory, hub_said: datetime | None, at: datetime) -> Findings:
    """This machine's clock beside what the hub has signed: it cannot be earlier than that."""
    latest = max(directory.issued, hub_said or directory.issued)
    behind = latest - at
    if behind > CLOCK_SKEW:
        yield poor("clock", Verdict.BAD, "clock.behind", seconds=round(behind.total_seconds()))
    else:
        yield Finding("clock", Verdict.GOOD, Phrase("check.clock.not-behind"))


def ledger_head(heads: SeenHeads) -> Findings:
    """Whether the hub's ledger has always been the same one."""
    alarm, proven = heads.alarm(), heads.proven()
    if alarm is not None:
        verdict = Verdict.WARNING if alarm.proven_since else Verdict.BAD
        yield poor("ledger", verdict, "ledger.alarm", seen=alarm.seen, shown=alarm.shown)
    elif proven is None:
        yield Finding("ledger", Verdict.GOOD, Phrase("check.ledger.unseen"))
    else:
        yield good("ledger", size=proven.size)


def broker_queues(broker: Broker, me: str, *, running: bool) -> Findings:
    """Whether our queues are there, and somebody takes from them."""
    queues = [topology.egress_queue(me, priority) for priority in Priority]
    depths = broker.depths(queues)
    missing = [name for name in queues if name not in depths]
    waiting = sum(depth.messages for depth in depths.values())
    if missing:
        yield poor("broker", Verdict.BAD, "queues.missing", names=", ".join(missing))
    elif running and any(depth.consumers == 0 for depth in depths.values()):
        yield poor("broker", Verdict.BAD, "queues.untaken", count=waiting)
    elif waiting and not running:
        yield poor("broker", Verdict.BAD, "queues.waiting", count=waiting)
    else:
        yield Finding("broker", Verdict.GOOD, Phrase("check.queues.good", {"count": waiting}))


def process(pid: int | None, troubles: Mapping[str, str]) -> Findings:
    """Whether the daemon runs, and what its threads wait for."""
    if pid is None:
        yield poor("daemon", Verdict.WARNING, "daemon.absent")
        return
    for loop, reason in troubles.items():
        if loop == REFUSED:
            yield poor("directory", Verdict.BAD, "directory.refused", reason=reason)
        elif loop == LACKING:
            yield poor("directory", Verdict.BAD, "directory.lacking", reason=reason)
        else:
            yield poor("daemon", Verdict.BAD, "daemon.waits", loop=loop, reason=reason)
    if troubles.keys() <= {REFUSED, LACKING}:
        yield good("daemon", pid=pid)


def sending(backlog: Backlog, at: datetime) -> Findings:
    """What has not left, who is full, and who does not answer."""
    leaving, unanswered = backlog.leaving(), backlog.unanswered()
    if _late(leaving, at, LEAVING_LATE):
        yield poor("outbox", Verdict.BAD, "outbox.stuck", count=leaving.count, since=_told(leaving))
    else:
        yield good("outbox", leaving=leaving.count, unanswered=unanswered.count)
    for held in backlog.held():
        since = local(held.since)
        yield poor("outbox", Verdict.WARNING, "outbox.held", who=held.receiver, count=held.count, since=since)
    yield from _without_answer(backlog, at)


def half_copied(found: Iterable[HalfCopy]) -> Findings:
    """What lies in the outbox's folder and belongs to no message; it goes by itself."""
    copies = list(found)
    if copies:
        size, until = Size(sum(one.size_bytes for one in copies)), copies[-1].begun_ms + SWEPT_MS
        facts = {"count": len(copies), "size": size, "folder": copies[0].folder}
        step = Phrase("check.outbox.half.next", {"until": local(instant.from_milliseconds(until))})
        yield Finding("outbox", Verdict.GOOD, Phrase("check.outbox.half", facts), step)


def _without_answer(backlog: Backlog, at: datetime) -> Findings:
    """Of what the hub has whole: what it has not accepted, what is past its deadline, what takes long."""
    unaccepted, overdue, unanswered = backlog.unaccepted(), backlog.overdue(at), backlog.unanswered()
    if _late(unaccepted, at, UNACCEPTED_LATE):
        facts = {"count": unaccepted.count, "since": _told(unaccepted)}
        yield poor("outbox", Verdict.BAD, "outbox.unaccepted", **facts)
    elif _late(unaccepted, at, SILENT_LATE) and not _has_spoken_since(backlog, unaccepted):
        facts = {"count": unaccepted.count, "since": _told(unaccepted)}
        yield poor("outbox", Verdict.WARNING, "outbox.silent", **facts)
    if overdue.count:
        yield poor("outbox", Verdict.WARNING, "outbox.overdue", count=overdue.count, since=_told(overdue))
    elif _late(unanswered, at, UNANSWERED_LATE):
        facts = {"count": unanswered.count, "since": _told(unanswered)}
        yield poor("outbox", Verdict.WARNING, "outbox.unanswered", **facts)


def _has_spoken_since(backlog: Backlog, waiting: Waiting) -> bool:
    spoke = backlog.hub_spoke()
    return spoke is not None and waiting.oldest is not None and spoke > waiting.oldest


def receiving(backlog: Backlog, at: datetime) -> Findings:
    """What our applications do not take, and which answers do not leave."""
    failing, owed = backlog.failing(), backlog.owed()
    for one in failing:
        facts = {"application": one.application, "message_id": one.message_id, "tries": one.tries}
        reason = f"{one.code} {_last_line(one.reason)}".strip()
        yield poor("inbox", Verdict.BAD, "inbox.failing", since=local(one.since), reason=reason, **facts)
    if _late(owed, at, OWED_LATE):
        yield poor("inbox", Verdict.BAD, "inbox.owed", count=owed.count, since=_told(owed))
    if not failing and not _late(owed, at, OWED_LATE):
        yield good("inbox", arriving=backlog.arriving().count, waiting=backlog.to_hand_over().count)


def applications(faults: Iterable[tuple[str, GovbusError]], count: int) -> Findings:
    """Whether every application's adapter is there and its settings fit."""
    found = list(faults)
    for name, fault in found:
        yield poor("applications", Verdict.BAD, "applications.fault", application=name, reason=fault.text())
    if not found:
        yield good("applications", count=count)


def concerns(found: Iterable[tuple[str, Phrase | Halt]]) -> Findings:
    """What applications themselves say that somebody should look at, or that stops the daemon."""
    for name, concern in found:
        if isinstance(concern, Halt):
            reason = Phrase(concern.code, concern.values)
            yield poor("applications", Verdict.BAD, "applications.fault", application=name, reason=reason)
            continue
        facts = {"application": name, "concern": concern}
        yield Finding("applications", Verdict.WARNING, Phrase("check.applications.concern", facts))


def _late(waiting: Waiting, at: datetime, limit: timedelta) -> bool:
    return waiting.oldest is not None and at - waiting.oldest > limit


def _told(waiting: Waiting) -> str:
    return "" if waiting.oldest is None else local(waiting.oldest)


def _last_line(text: str) -> str:
    """Of a traceback the last line says what it was."""
    return (text.strip().splitlines() or [""])[-1][:REASON_CHARACTERS]


class Department:
    """
    The questions about one participant's daemon, and what they look at, opened when first needed.

    What is broken fails in the question that needs it, and is that question's answer.
    trust, pid, troubles: as they are now; pid None = no daemon runs.
    """

    def __init__(
        self,
        settings: AdapterSettings,
        *,
        clock: Callable[[], datetime],
        open_stores: Callable[[], Stores],
        trust: Callable[[], Trust],
        pid: Callable[[], int | None],
        troubles: Callable[[], Mapping[str, str]],
    ) -> None:
        self.settings = settings
        self.clock = clock
        self._open_stores = open_stores
        self.trust = trust
        self.pid = pid
        self.troubles = troubles

    @cached_property
    def stores(self) -> Stores:
        return self._open_stores()

    @cached_property
    def backlog(self) -> Backlog:
        return Backlog(self.stores.engine)

    @property
    def outbox(self) -> Outbox:
        return self.stores.outbox

    @cached_property
    def heads(self) -> SeenHeads:
        return SeenHeads(self.stores.engine)

    def own(self) -> bytes:
        """Our certificate, as it is on the disk now: it may have been renewed."""
        return load_identity(self.settings.participant.keys).certificate

    def free_bytes(self) -> int:
        return spool.free_bytes(self.stores.folder)

    def questions(self, *, broker: Callable[[], Broker] | None = None) -> list[Question]:
        """All of them; without a way to the broker those that need none."""
        now, me = self.clock(), self.settings.participant.id
        limit = self.settings.stores.disk_threshold_bytes
        own = self.settings.stores.folder / ADAPTERS
        faults, count = adapter_faults(self.settings), len(self.settings.applications)
        asked = [
            Question("identity", lambda: identity(self.trust(), me, self.own(), now)),
            Question(
                "certificates",
                lambda: certificates(self.trust().anchors, self.trust().directory, self.own(), now),
            ),
            Question("revocations", lambda: revocation_lists(self.trust().anchors, now)),
            Question("directory", lambda: directory_age(self.trust().directory, now)),
            Question("clock", lambda: clock(self.trust().directory, self.backlog.hub_spoke(), now)),
            Question("ledger", lambda: ledger_head(self.heads)),
            Question("applications", lambda: applications(faults, count)),
            Question("conversion", self._conversion),
            Question("applications", lambda: concerns(adapter_concerns(self.settings, own))),
            Question("disk", lambda: disk(self.free_bytes(), limit)),
            Question("daemon", lambda: process(self.pid(), self.troubles())),
            Question("outbox", lambda: sending(self.backlog, now)),
            Question("outbox", lambda: half_copied(half_copies(self.outbox.folder, self.outbox.existing))),
            Question("inbox", lambda: receiving(self.backlog, now)),
        ]
        if broker is not None:
            asked.append(Question("broker", lambda: self._ask_broker(broker())))
        return asked

    def _conversion(self) -> Findings:
        sections = self.settings.conversion.sections
        return conversion(self.settings.applications.values(), lambda: known_converters(sections))

    def _ask_broker(self, way: Broker) -> Findings:
        try:
            yield from broker_queues(way, self.settings.participant.id, running=self.pid() is not None)
        finally:
            way.close()
