# SPDX-License-Identifier: Apache-2.0
"""
What a person does about a dead letter at the hub: has it sent once more, or takes it off the list.

Either is entered in the ledger with who did it and why: a document that nobody could take leaves the list
by nobody's silence. Only what the hub itself had sent can be sent once more: segments are asked for again
by the janitor, and what came to the hub is its sender's to send again.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from exchange.codec import receipt_form, segment_form
from exchange.edge.broker import NOTICE, RECEIPT, Parcel
from exchange.edge.dead_letters import DeadLetter, DeadLetters
from exchange.edge.ledger import Ledger
from exchange.edge.owed import Owed, owed
from exchange.edge.tables import Connection, Engine, create, writing
from exchange.errors import NotFound, Reject
from exchange.model import instant, topology
from exchange.model.identity import UUID
from exchange.model.ledger_entry import Entry, EntryKind
from exchange.model.receipt import HUB
from exchange.texts import Phrase

DISCARDED, REQUEUED = "discarded", "requeued"


class DeadLetterCare:
    """
    The hub's dead letters, in a person's hands.

    by: who that is; reason: what they say about it.
    """

    def __init__(self, engine: Engine, *, clock: Callable[[], datetime], by: str, reason: str = "") -> None:
        create(engine, owed)
        self._engine = engine
        self._letters = DeadLetters(engine)
        self._owed = Owed(engine)
        self._ledger = Ledger(engine)
        self._ledger.create()
        self._clock = clock
        self._by = by
        self._reason = reason

    def discard(self, id_: str) -> DeadLetter:
        """
        Take a letter off the list.

        Raises:
            NotFound: EX-905, it is not there (any more).
        """
        letter = self._letter(id_)
        with writing(self._engine) as connection:
            self._end(connection, letter, DISCARDED)
        return letter

    def requeue(self, id_: str) -> DeadLetter:
        """
        Send the hub's own receipt or notice once more to whom it was for; a running hub does it by and by.

        Raises:
            NotFound: EX-905, it is not there; Reject: EX-412, it cannot be sent again from here.
        """
        letter = self._letter(id_)
        parcel = parcel_of(letter)
        with writing(self._engine) as connection:
            self._end(connection, letter, REQUEUED)
            self._owed.enter(connection, [parcel], instant.milliseconds(self._clock()))
        return letter

    def _letter(self, id_: str) -> DeadLetter:
        found = self._letters.letter(id_)
        if found is None:
            raise NotFound("EX-905", what=Phrase("dead.thing"), found=id_)
        return found

    def _end(self, connection: Connection, letter: DeadLetter, done: str) -> None:
        if not self._letters.drop(connection, letter.id):
            raise NotFound("EX-905", what=Phrase("dead.thing"), found=letter.id)  # another was sooner
        self._ledger.enter(connection, [self._entry(letter, done)])

    def _entry(self, letter: DeadLetter, done: str) -> Entry:
        facts = {
            "letter": letter.id, "done": done, "by": self._by, "why": self._reason, "code": letter.code,
            "reason": letter.reason, "queue": letter.queue, "sender": letter.sender,
        }  # fmt: skip
        subject = letter.message_id if UUID.fullmatch(letter.message_id) else letter.id
        body = json.dumps(facts, ensure_ascii=False, sort_keys=True).encode()
        return Entry(EntryKind.DEAD_LETTER, subject, self._clock(), body)


def parcel_of(letter: DeadLetter) -> Parcel:
    """
    The hub's own document of *letter*, as it was sent.

    Raises:
        Reject: EX-412, it is no document of the hub's, or was not kept whole.
    """
    if not letter.queue.startswith("to."):
        raise _not_again(letter, "dead.requeue.came")
    if segment_form.is_segment(letter.body):
        raise _not_again(letter, "dead.requeue.segment")
    if not letter.is_whole:
        raise _not_again(letter, "dead.requeue.cut")
    if letter.body.startswith(receipt_form.RECEIPT_OPEN):
        kind = RECEIPT
    elif letter.body.startswith(receipt_form.NOTICE_OPEN):
        kind = NOTICE
    else:
        raise _not_again(letter, "dead.requeue.unknown")
    key = letter.queue.removeprefix("to.")  # a queue is named for the key by which it is reached
    return Parcel(topology.OUT, key, letter.body, kind, letter.message_id, HUB)


def _not_again(letter: DeadLetter, why: str) -> Reject:
    return Reject("EX-412", found=letter.id, reason=Phrase(why))
