# SPDX-License-Identifier: Apache-2.0
"""A wire between a client and a server that a test may cut, and splice again."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading

_RESET = struct.pack("ii", 1, 0)  # linger for no time: the other side sees a reset


class Wire:
    """Listens on a port of its own and passes on every octet to *port*, until it is cut."""

    def __init__(self, port: int) -> None:
        self._target = ("127.0.0.1", port)
        self._lock = threading.Lock()
        self._ends: set[socket.socket] = set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._flows = threading.Event()
        self._flows.set()
        self._admits = True
        self.accepted = 0
        threading.Thread(target=self._accept, name=f"wire {self.port}", daemon=True).start()

    def url(self, vhost: str = "govbus") -> str:
        return f"amqps://127.0.0.1:{self.port}/{vhost}"

    def pause(self) -> None:
        """Keep back all octets, as a network does that is about to die."""
        self._flows.clear()

    def resume(self) -> None:
        self._flows.set()

    def cut(self) -> int:
        """Reset all connections, wherever they are in a frame; how many there were. New ones are let in."""
        with self._lock:
            ends, self._ends = self._ends, set()
        for end in ends:
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        return len(ends) // 2

    def take_down(self) -> None:
        """Cut, and turn everybody away who comes, until `bring_up`."""
        self._admits = False
        self.cut()

    def bring_up(self) -> None:
        self._admits = True

    def close(self) -> None:
        """Cut for good."""
        self.resume()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while self._listener.fileno() >= 0:
            with contextlib.suppress(OSError):  # cut while it was spliced, or closed
                near, _ = self._listener.accept()
                self._splice(near)

    def _splice(self, near: socket.socket) -> None:
        try:
            if not self._admits:
                raise ConnectionRefusedError
            far = socket.create_connection(self._target)
        except OSError:
            near.close()
            return
        with self._lock:
            self._ends |= {near, far}
        self.accepted += 1
        for source, sink in ((near, far), (far, near)):
            source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while octets := source.recv(65_536):
                self._flows.wait()
                sink.sendall(octets)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)
