# SPDX-License-Identifier: Apache-2.0
"""
The life of a delivery, as one table.

Everything that decides whether a delivery may move lives here, and nothing else does. Ledger,
metrics, `message trace` and the drawing in the docs come from this table. This module does not
know which role is asking, nor what time it is.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum

from exchange.errors import GovbusError
from exchange.model.receipt import ReceiptKind


class State(Enum):
    """Where a delivery is."""

    QUEUED = "queued"  # in the outbox, nothing forwarded
    TRANSFERRING = "transferring"  # admitted, segments on their way
    HELD = "held"  # the receiver is full or absent
    ACCEPTED = "accepted"  # the hub has forwarded every segment
    CONVERTING = "converting"  # whole at the receiver, not yet handed over
    DELIVERED = "delivered"
    SIGNED_FOR = "signed-for"
    RETURNED = "returned"
    REJECTED = "rejected"
    EXPIRED = "expired"
    RECALLED = "recalled"

    @property
    def is_final(self) -> bool:
        return self in FINAL

    @property
    def is_good(self) -> bool:
        return self in (State.DELIVERED, State.SIGNED_FOR)


FINAL = frozenset(
    {State.DELIVERED, State.SIGNED_FOR, State.RETURNED, State.REJECTED, State.EXPIRED, State.RECALLED}
)


class Event(Enum):
    """What happens to a delivery."""

    ADMITTED = "admitted"
    HELD = "held"
    RESUMED = "resumed"
    FORWARDED = "forwarded"  # the last segment was confirmed by the receiver's queue
    MISSED = "missed"  # segments are needed again
    COMPLETED = "completed"  # whole and verified at the receiver
    DELIVERED = "delivered"
    SIGNED_FOR = "signed-for"
    RETURNED = "returned"
    REJECTED = "rejected"
    EXPIRED = "expired"
    RECALLED = "recalled"


_Q, _T, _H, _A, _C = State.QUEUED, State.TRANSFERRING, State.HELD, State.ACCEPTED, State.CONVERTING
_OPEN = (_Q, _T, _H, _A, _C)

# event: (where it may come, where it leads). A receipt may overtake the hub's own, hence the wide rows.
_ROWS: tuple[tuple[Event, tuple[State, ...], State], ...] = (
    (Event.ADMITTED, (_Q,), _T),
    (Event.HELD, (_Q, _T), _H),
    (Event.RESUMED, (_H,), _T),
    (Event.FORWARDED, (_Q, _T, _H), _A),
    (Event.MISSED, (_A,), _T),
    (Event.COMPLETED, (_Q, _T, _H, _A), _C),
    (Event.DELIVERED, _OPEN, State.DELIVERED),
    (Event.SIGNED_FOR, (*_OPEN, State.DELIVERED), State.SIGNED_FOR),
    (Event.RETURNED, _OPEN, State.RETURNED),
    (Event.REJECTED, _OPEN, State.REJECTED),
    # The hub expires or recalls only a delivery of which nothing was forwarded. How far it is, the table
    # cannot see: the hub looks at its segments first. Afterwards only the receiver's signed answer ends it.
    (Event.EXPIRED, _OPEN, State.EXPIRED),
    (Event.RECALLED, (_Q, _T, _H), State.RECALLED),
)

TABLE: dict[tuple[State, Event], State] = {
    (was, event): to for event, sources, to in _ROWS for was in sources
}


class NoSuchStep(GovbusError):
    """The table has no such step."""


def after(state: State, event: Event) -> State:
    """
    The state that *event* leads to from *state*.

    Raises:
        NoSuchStep: EX-909, the table has no such step.
    """
    try:
        return TABLE[state, event]
    except KeyError:
        raise NoSuchStep("EX-909", found=state.value, event=event.value) from None


def allows(state: State, event: Event) -> bool:
    """Whether *event* may come now; what came before and comes again is not allowed, and harmless."""
    return (state, event) in TABLE


def event_of(kind: ReceiptKind) -> Event:
    """What a receipt does to its delivery."""
    return Event.FORWARDED if kind is ReceiptKind.ACCEPTED else Event(kind.value)


def of_message(states: Iterable[State]) -> str:
    """`open` until all deliveries are final, then `delivered`, `failed` or `partial`."""
    found = list(states)
    if not found or not all(state.is_final for state in found):
        return "open"
    good = sum(state.is_good for state in found)
    return "delivered" if good == len(found) else "partial" if good else "failed"


def mermaid() -> str:
    """The table as a Mermaid state diagram, for the docs."""
    lines = ["stateDiagram-v2", "    [*] --> queued"]
    lines += [f"    {_name(was)} --> {_name(to)}: {event.value}" for (was, event), to in TABLE.items()]
    lines += [f"    {_name(state)} --> [*]" for state in State if state.is_final]
    return "\n".join(lines) + "\n"


def _name(state: State) -> str:
    return state.value.replace("-", "_")
