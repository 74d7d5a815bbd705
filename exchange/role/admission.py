# SPDX-License-Identifier: Apache-2.0
"""
Admission: may this message pass, and to whom.

All or nothing, judged once, when its first segment is seen; the answer is pinned. Pure: what it
needs comes in as arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from exchange.errors import Reject
from exchange.model.directory import Directory, Participant, Standing
from exchange.model.envelope import Envelope, check_times
from exchange.model.identity import Address
from exchange.model.limits import LIMITS, Limits
from exchange.model.priority import Priority
from exchange.model.route import RoutingTable
from exchange.role.sealing import query_of


@dataclass(frozen=True, slots=True)
class Admitted:
    """
    The message passes to these receivers.

    priority: the class in which it goes on, by the rules' floors and ceilings; expires: the sooner of
    the envelope's deadline and the rules'.
    """

    receivers: tuple[Address, ...]
    priority: Priority
    expires: datetime


def judge(
    envelope: Envelope, directory: Directory, table: RoutingTable, *, now: datetime, limits: Limits = LIMITS
) -> Admitted:
    """
    Let *envelope* pass, or not.

    Raises:
        Reject: EX-404, it has expired; EX-203, a grant is missing; EX-301, a receiver is unknown;
            EX-302, there is no route; EX-204, a receiver is suspended; EX-208, it was made by a
            directory of the future.
    """
    check_times(envelope, now, limits)
    if envelope.directory_version > directory.version:
        raise Reject("EX-208", found=envelope.directory_version, wanted=directory.version)
    sender = directory.participant(envelope.sender.participant)
    _check_class(envelope, sender)
    for address in envelope.to:
        directory.participant(address.participant)
    decision = table.decide(query_of(envelope), now)
    for grant in decision.grants:
        if grant not in sender.grants:
            raise Reject("EX-203", who=sender.id, what=f"send {envelope.type} without the grant {grant}")
    for address in decision.deliveries:
        if directory.participant(address.participant).standing is Standing.SUSPENDED:
            raise Reject("EX-204", who=address.participant)
    deadlines = [envelope.created + timedelta(seconds=s) for s in decision.deadlines if s is not None]
    return Admitted(tuple(decision.deliveries), decision.priority, min([envelope.expires, *deadlines]))


def _check_class(envelope: Envelope, sender: Participant) -> None:
    priority = envelope.priority
    if priority.needs_grant and priority.value not in sender.grants:
        raise Reject("EX-203", who=sender.id, what=f"send {priority.value} messages")
