# SPDX-License-Identifier: Apache-2.0
"""
Ports of the loopback interface: which are free, and who listens.

Owns the choice of ports that stay free until they are wanted again. It does not know what for.
"""

from __future__ import annotations

import contextlib
import random
import socket
import ssl

HOST = "127.0.0.1"  # not localhost: the barest of systems do not know that name

# Below the range from which Linux takes ports for outgoing connections: a remembered port stays free.
PORTS = range(20_000, 32_000)
SYSTEM_PORTS = frozenset({25_672})  # RabbitMQ's own, even when it is not running just now


def free_ports(count: int) -> tuple[int, ...]:
    """Ports that nobody has at this moment, held together so that they differ."""
    with contextlib.ExitStack() as held:
        found: list[int] = []
        draw = random.SystemRandom()
        while len(found) < count:
            port = draw.choice(PORTS)
            if port not in SYSTEM_PORTS and (holder := _bound(port)):
                held.enter_context(holder)
                found.append(port)
        return tuple(found)


def is_free(port: int) -> bool:
    """Whether a program could listen there now."""
    holder = _bound(port)
    if holder is not None:
        holder.close()
    return holder is not None


def listens(port: int) -> bool:
    """Whether anyone listens there."""
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def shows(port: int, certificate: bytes) -> bool:
    """Whether the listener shows exactly this *certificate* (DER): only then it is the one that is meant."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # it is compared whole, below
    with (
        contextlib.suppress(OSError),
        socket.create_connection((HOST, port), timeout=5) as plain,
        context.wrap_socket(plain) as wrapped,
    ):
        return wrapped.getpeercert(binary_form=True) == certificate
    return False


def _bound(port: int) -> socket.socket | None:
    holder = socket.socket()
    # As servers do it: a port whose last connection has just been closed is free.
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        holder.bind((HOST, port))
        holder.listen(1)  # without this, two with SO_REUSEADDR may hold the same port
    except OSError:
        holder.close()
        return None
    return holder
