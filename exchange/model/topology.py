# SPDX-License-Identifier: Apache-2.0
"""
Names and arguments on the broker: exchanges, queues, keys, rights.

This module alone knows them. It declares nothing; the hub's enrolment and the tests do, from the
values given here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from exchange.model.limits import GIB, MIB
from exchange.model.priority import Priority

VHOST = "govbus"
HUB_USER = "hub"
OUT = "out"
DEAD = "dead"
DELIVERY_LIMIT = 20  # redeliveries of one segment before it is dead-lettered

# Bytes that may wait in one queue. Bulk is limited for real: the rest waits in the senders' outboxes.
INGRESS_BYTES = {
    Priority.FLASH: 64 * MIB,
    Priority.URGENT: 64 * MIB,
    Priority.ROUTINE: 256 * MIB,
    Priority.BULK: 256 * MIB,
}
EGRESS_BYTES = {
    Priority.FLASH: 128 * MIB,
    Priority.URGENT: 128 * MIB,
    Priority.ROUTINE: 256 * MIB,
    Priority.BULK: 256 * MIB,
}
DEAD_BYTES = 1 * GIB
DEAD_DELIVERY_LIMIT = (
    1_000_000  # never in practice: what 4.x drops there is gone, and 3.10 knows no "unlimited"
)

CONNECTIONS = 12  # of one participant: a daemon, its standby and a command line
CHANNELS = 24

# Routine is where streams run: a batch in hand, and the next one on its way while that is worked on.
PREFETCH = {Priority.FLASH: 50, Priority.URGENT: 50, Priority.ROUTINE: 128, Priority.BULK: 4}
EXPRESS = (Priority.FLASH, Priority.URGENT)
FREIGHT = (Priority.ROUTINE, Priority.BULK)


def ingress(participant: str) -> str:
    """The exchange a participant publishes to: its identity, besides the user id."""
    return f"in.{participant}"


def participant_of(exchange: str) -> str | None:
    """Whose ingress *exchange* is; None where it is nobody's."""
    return exchange[3:] if exchange.startswith("in.") else None


def hub_queue(priority: Priority) -> str:
    """The ingress queue of a class, which all hub workers share."""
    return f"hub.{priority.value}"


def egress_key(participant: str, priority: Priority) -> str:
    """The routing key on `out` that reaches a participant in a class."""
    return f"{participant}.{priority.value}"


def egress_queue(participant: str, priority: Priority) -> str:
    """The queue that a participant reads in a class."""
    return f"to.{egress_key(participant, priority)}"


def priority_of(queue: str) -> Priority:
    """The class that a queue's last word names; what is in `dead` is drained like bulk."""
    word = queue.rsplit(".", 1)[-1]
    return Priority.BULK if word == DEAD else Priority(word)


@dataclass(frozen=True, slots=True)
class Exchange:
    """A durable direct exchange."""

    name: str


@dataclass(frozen=True, slots=True)
class Queue:
    """
    bindings: (exchange, key) pairs.
    """

    name: str
    arguments: dict[str, object]
    bindings: tuple[tuple[str, str], ...] = field(default=())


def _quorum(limit_bytes: int, **more: object) -> dict[str, object]:
    # Both 3.10 and 4.x take these. Without x-delivery-limit and a dead-letter exchange, 4.x drops after 20.
    return {
        "x-queue-type": "quorum",
        "x-delivery-limit": DELIVERY_LIMIT,
        "x-max-length-bytes": limit_bytes,
        "x-overflow": "reject-publish",
        "x-dead-letter-exchange": DEAD,
        "x-dead-letter-routing-key": DEAD,
        "x-dead-letter-strategy": "at-least-once",
        **more,
    }


def hub_exchanges() -> tuple[Exchange, ...]:
    """What the hub publishes to, and where dead letters go."""
    return (Exchange(OUT), Exchange(DEAD))


def hub_queues() -> tuple[Queue, ...]:
    """What exists once, whoever takes part."""
    dead = {
        "x-queue-type": "quorum",
        "x-delivery-limit": DEAD_DELIVERY_LIMIT,
        "x-max-length-bytes": DEAD_BYTES,
        "x-overflow": "reject-publish",
    }
    ingress_queues = tuple(Queue(hub_queue(p), _quorum(INGRESS_BYTES[p])) for p in Priority)
    return (Queue(DEAD, dead, ((DEAD, DEAD),)), *ingress_queues)


def participant_exchange(participant: str) -> Exchange:
    """The ingress exchange of a participant, to be declared at its enrolment."""
    return Exchange(ingress(participant))


def ingress_bindings(participant: str) -> tuple[tuple[str, str, str], ...]:
    """(queue, exchange, key): an ingress exchange reaches ingress queues and nothing else."""
    return tuple((hub_queue(p), ingress(participant), p.value) for p in Priority)


def participant_queues(
    participant: str, egress_bytes: dict[Priority, int] | None = None
) -> tuple[Queue, ...]:
    """What a participant reads. A second daemon of the participant is a standby."""
    limits = EGRESS_BYTES | (egress_bytes or {})
    return tuple(
        Queue(
            egress_queue(participant, p),
            _quorum(limits[p], **{"x-single-active-consumer": True}),
            ((OUT, egress_key(participant, p)),),
        )
        for p in Priority
    )


@dataclass(frozen=True, slots=True)
class Rights:
    """Regular expressions over names, as the broker wants them."""

    configure: str
    write: str
    read: str


def participant_rights(participant: str) -> Rights:
    """Write to its own ingress, read its own queues, configure nothing."""
    own = re.escape(participant)
    classes = "|".join(p.value for p in Priority)
    return Rights("^$", rf"^in\.{own}$", rf"^to\.{own}\.({classes})$")


HUB_RIGHTS = Rights(".*", ".*", ".*")
