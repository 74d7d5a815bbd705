# SPDX-License-Identifier: Apache-2.0
"""
Lacking: receivers to whom the hub routes our messages and whom our view of the directory does not know.

Whatever is sent to one of them without its key is refused, held, and asked for again, as fast as hub and
daemon can. So what the hub asks for is put off until the view knows the receiver; a newer view is asked
for meanwhile. Nothing of it is kept: the hub asks again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from exchange.errors import Reject
from exchange.role.surroundings import View

LACKING = "receivers lacking"  # under this name they are one of the daemon's troubles
PUT_OFF_MOST = 10_000  # the oldest is forgotten for one more: the hub asks again

Order = Callable[[], None]


class Lacking:
    """
    What waits for a newer view; any thread may call.

    view: as it is now; want: a newer one would help.
    """

    def __init__(self, view: Callable[[], View], want: Callable[[], None]) -> None:
        self._view = view
        self._want = want
        self._lock = threading.Lock()
        self._put_off: OrderedDict[tuple[str, str], Order] = OrderedDict()

    @property
    def receivers(self) -> tuple[str, ...]:
        """The participants who are not known, by name."""
        with self._lock:
            return tuple(sorted({_participant(receiver) for _, receiver in self._put_off}))

    def unless_lacking(self, message_id: str, receiver: str, order: Order) -> None:
        """Carry out *order* for *receiver*, an address or a participant: now, or once it is known."""
        if self._knows(_participant(receiver)):
            order()
            return
        with self._lock:
            self._put_off[message_id, receiver] = order
            if len(self._put_off) > PUT_OFF_MOST:
                self._put_off.popitem(last=False)
        self._want()

    def look(self) -> bool:
        """A view came: carry out what it makes possible; whether nothing is left."""
        with self._lock:
            waiting = list(self._put_off.items())
        for which, order in waiting:
            if self._knows(_participant(which[1])):
                order()
                with self._lock:
                    self._put_off.pop(which, None)
        return not self.receivers

    def _knows(self, participant: str) -> bool:
        try:
            self._view().trust.receiver_key(participant)
        except Reject:
            return False
        return True


def _participant(receiver: str) -> str:
    return receiver.partition("/")[0]
