# SPDX-License-Identifier: Apache-2.0
"""
The raw run's queues: the same kinds, arguments and bindings as the bus's, on a virtual host of its own.
"""

from __future__ import annotations

from typing import Any

import pika

from benchmarks.raw_link import Wire

CLASSES = ("flash", "urgent", "routine", "bulk")
QUORUM = {
    "x-queue-type": "quorum",
    "x-delivery-limit": 20,
    "x-overflow": "reject-publish",
    "x-dead-letter-exchange": "dead",
    "x-dead-letter-strategy": "at-least-once",
    "x-max-length-bytes": 1 << 30,
}


def declare(hub: Wire) -> None:
    """Declare everything anew; what an earlier run left in the queues is gone."""
    connection = pika.BlockingConnection(hub.parameters())
    try:
        channel = connection.channel()
        _queue(channel, "dead", "dead", ["dead"], {"x-queue-type": "quorum"})
        for source in ("in.sender", "in.receiver"):
            channel.exchange_declare(source, "direct", durable=True)
        for priority in CLASSES:
            _queue(channel, f"hub.{priority}", "in.sender", [priority], QUORUM)
            channel.queue_bind(f"hub.{priority}", "in.receiver", priority)
            for name in ("sender", "receiver"):
                arguments = {**QUORUM, "x-single-active-consumer": True}
                _queue(channel, f"to.{name}.{priority}", "out", [f"{name}.{priority}"], arguments)
    finally:
        connection.close()


def _queue(channel: Any, queue: str, exchange: str, keys: list[str], arguments: dict[str, Any]) -> None:
    channel.exchange_declare(exchange, "direct", durable=True)
    channel.queue_delete(queue)
    channel.queue_declare(queue, durable=True, arguments=arguments)
    for key in keys:
        channel.queue_bind(queue, exchange, key)
