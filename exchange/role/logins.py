# SPDX-License-Identifier: Apache-2.0
"""
Logins at the broker: open for those who take part, closed for those who were put out.

Owns the two ways of setting one, and the doorkeeper, who makes up for what could not be done when
the broker was away. Who takes part is the directory's word; nothing is decided here.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from exchange.edge.broker_admin import BrokerAdmin
from exchange.errors import BrokerDown, Halt
from exchange.model import topology
from exchange.model.directory import Directory, Participant, Standing
from exchange.model.receipt import HUB

NO_RIGHTS = topology.Rights("^$", "^$", "^$")


def may_log_in(one: Participant, at: datetime) -> bool:
    """Whether *one* takes part: it is not suspended, and a certificate of its own is good."""
    return one.standing is Standing.ACTIVE and any(c.is_good(at) for c in one.certificates)


def open_login(admin: BrokerAdmin, participant: str) -> None:
    """
    Let *participant* log in, with the rights on what is its own.

    Raises:
        BrokerDown: EX-901.
    """
    admin.ensure_user(
        participant,
        topology.participant_rights(participant),
        max_connections=topology.CONNECTIONS,
        max_channels=topology.CHANNELS,
    )


def close_login(admin: BrokerAdmin, participant: str, reason: str) -> int:
    """
    Put *participant* out, telling it *reason*; how many connections it had.

    Raises:
        BrokerDown: EX-901.
    """
    # First the door, then the room: whoever is put out is not let in again.
    admin.ensure_user(participant, NO_RIGHTS, max_connections=0, max_channels=0)
    # Twice: the broker hears of its own connections a moment late, and one may just have come in.
    return max(admin.close_connections(participant, reason) for _ in range(2))


class Doorkeeper:
    """
    Sets the logins right whenever the directory has changed; its thread calls `step`.

    A login that the broker does not have at all is enrolment's to make.
    """

    def __init__(
        self,
        admin: BrokerAdmin,
        *,
        version: Callable[[], int],
        directory: Callable[[], Directory],
        clock: Callable[[], datetime],
    ) -> None:
        self._admin = admin
        self._version = version
        self._directory = directory
        self._clock = clock
        self._kept = -1  # the version of the directory that the logins were last held against
        self._out: set[str] = set()  # whom we have seen out, connections and all

    def step(self) -> bool:
        """
        Whether any login had to be set right.

        Raises:
            BrokerDown: EX-901, it is tried again, also where a person must act first: the hub goes on.
        """
        version = self._version()
        if version == self._kept:
            return False
        try:
            moved = self._round()
        except Halt as e:
            raise BrokerDown(
                "EX-901", where=e.values.get("where", HUB), reason=e.values.get("reason", e)
            ) from e
        self._kept = version
        return moved

    def _round(self) -> bool:
        directory, there = self._directory(), dict(self._admin.users())
        people = [one for one in directory.participants.values() if one.id != HUB and one.id in there]
        moved = [one.id for one in people if self._set_right(one, closed=there[one.id] == NO_RIGHTS)]
        return bool(moved)

    def _set_right(self, one: Participant, *, closed: bool) -> bool:
        if may_log_in(one, self._clock()):
            self._out.discard(one.id)
            if closed:
                open_login(self._admin, one.id)
            return closed
        if one.id in self._out and closed:
            return False
        close_login(self._admin, one.id, "put out by the hub")
        self._out.add(one.id)
        return True
