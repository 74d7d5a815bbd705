# SPDX-License-Identifier: Apache-2.0
"""
Turning away: what comes to the hub and cannot be believed.

Owns what becomes of it: a dead letter for a person, an alarm in the ledger, and a signed no for whoever
it came from, if it names a message of theirs. It ends no delivery: a message of which one segment was
altered on the way is still good. That the same no is given once is the hub worker's and its store's.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from exchange.codec import envelope_form, segment_form
from exchange.edge.broker import Arrival
from exchange.edge.dead_letters import DeadLetter
from exchange.edge.hub_refusals import Refusal, spelled
from exchange.errors import Reject
from exchange.model import topology
from exchange.model.ledger_entry import Entry, EntryKind
from exchange.role.desk import Desk
from exchange.role.issuing import About, Issued
from exchange.role.surroundings import Surroundings
from exchange.texts import Phrase

log = logging.getLogger("govbus")

ID_CHARACTERS = 64  # of what the transport calls a message id; ours have 36


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """One document that is not believed; issued: the signed no, where somebody can be told."""

    letter: DeadLetter
    alarm: Entry
    refusal: Refusal
    issued: Issued | None


def turn_away(
    arrival: Arrival, refusal: Reject, about: About | None, around: Surroundings, desk: Desk
) -> TurnedAway:
    """What *arrival* comes to, which is not believed; *about*: the message that it is of, where known."""
    who = topology.participant_of(arrival.exchange)
    about = about or about_unread(arrival, around)
    tellable = who is not None and about is not None and about.sender.participant == who
    issued = desk.refuse(about, refusal) if about is not None and tellable else None
    letter = _letter(arrival, refusal, who or arrival.user_id, around)
    body = f"{refusal.code} {arrival.exchange} {arrival.message_id[:ID_CHARACTERS]} {refusal.text()}".encode()
    said = Refusal(
        id=issued.receipt.receipt_id if issued else letter.id,
        sender=who or "",
        message_id=_claimed_id(arrival, about) or letter.id,  # what names none is nobody's again
        envelope=str(about.envelope) if about else "",
        receiver="",
        code=refusal.code,
        facts=spelled(refusal),
        at_ms=letter.at_ms,
        final=False,
    )
    return TurnedAway(letter, Entry(EntryKind.ALARM, who or "nobody", around.now(), body), said, issued)


def tell_of(turned: TurnedAway) -> None:
    """Into the log: whoever reads it at night learns what `dead list` has."""
    letter = turned.letter
    facts = {"code": letter.code, "reason": letter.reason, "sender": letter.sender}
    log.error(Phrase("log.turned-away"), extra=facts | {"message_id": turned.refusal.message_id})


def tell_of_refused(about: About, refusal: Reject) -> None:
    """The like of a message that is believed and may not pass."""
    facts = {"code": refusal.code, "reason": refusal, "sender": about.sender.participant}
    log.warning(Phrase("log.refused"), extra=facts | {"message_id": about.message_id})


def about_unread(arrival: Arrival, around: Surroundings) -> About | None:
    """
    What a refusal of something unbelievable can speak of; None where it names no message.

    It is only ever told to the participant through whose own door it came.
    """
    try:
        document = segment_form.cut(arrival.body).envelope
        claim = envelope_form.claim(document)
    except Reject:
        return None
    digest = around.suite.hash(document)  # of the bytes as they came: no proven envelope, no proven digest
    return About(claim.message_id, claim.sender, digest, arrival.priority)


def _claimed_id(arrival: Arrival, about: About | None) -> str:
    return about.message_id if about is not None else arrival.message_id[:ID_CHARACTERS]


def _letter(arrival: Arrival, refusal: Reject, sender: str, around: Surroundings) -> DeadLetter:
    return DeadLetter(
        id=around.new_id(),
        at_ms=around.now_ms(),
        queue=arrival.queue,
        sender=sender,
        message_id=arrival.message_id,
        code=refusal.code,
        reason=refusal.text(around.lang),
        body=arrival.body,
    )
