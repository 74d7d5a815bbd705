# SPDX-License-Identifier: Apache-2.0
"""A broker's administration in memory: who may log in, with which rights, and who was put out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from exchange.edge.broker_admin import QueueDepth
from exchange.errors import BrokerDown
from exchange.model.topology import Rights


@dataclass
class Administration:
    """
    Keeps what it is told. `fails_at`: the verb at which it cannot be reached; `did`: verbs in order.
    """

    rights: dict[str, Rights] = field(default_factory=dict)
    limits: dict[str, tuple[int, int]] = field(default_factory=dict)
    open: dict[str, int] = field(default_factory=dict)
    raised: tuple[str, ...] = ()
    disk: int = 1 << 40
    depths: dict[str, QueueDepth] = field(default_factory=dict)
    fails_at: str = ""
    did: list[str] = field(default_factory=list)

    def _do(self, verb: str) -> None:
        if verb == self.fails_at:
            raise BrokerDown("EX-901", where="memory", reason="told to fail")
        self.did.append(verb)

    def ensure_user(self, name: str, rights: Rights, *, max_connections: int, max_channels: int) -> None:
        self._do("ensure_user")
        self.rights[name] = rights
        self.limits[name] = (max_connections, max_channels)

    def delete_user(self, name: str) -> bool:
        self._do("delete_user")
        return self.rights.pop(name, None) is not None

    def close_connections(self, name: str, reason: str) -> int:
        self._do("close_connections")
        return self.open.pop(name, 0)

    def users(self) -> Mapping[str, Rights]:
        self._do("users")
        return dict(self.rights)

    def settle(self) -> None:
        self._do("settle")

    def alarms(self) -> tuple[str, ...]:
        return self.raised

    def queue_depths(self) -> Mapping[str, QueueDepth]:
        return self.depths

    def disk_free_bytes(self) -> int:
        return self.disk

    def version(self) -> str:
        return "0.0"
