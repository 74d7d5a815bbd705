# SPDX-License-Identifier: Apache-2.0
"""
The files with trust anchors and revocation lists, read again when they change.

A file that is half written, damaged or not signed by an anchor changes nothing: what was read last stays
in force, the log says so once, and the file is looked at again until it can be read.
"""

from __future__ import annotations

import logging
from pathlib import Path

from exchange.edge.anchors import Anchors
from exchange.errors import Halt, Reject
from exchange.texts import Phrase

log = logging.getLogger("govbus")

LOOK_SECONDS = 5.0  # between two looks, for those who look again and again

_Stamp = tuple[tuple[int, int, int] | None, ...]


class AnchorFiles:
    """
    What the files held when they could last be read.

    Raises:
        Halt: EX-904, at the first reading.
    """

    def __init__(self, anchors: Path, crl: Path | None) -> None:
        self._anchors = anchors
        self._crl = crl
        self._seen = self._stamp()
        self._refused: _Stamp | None = None
        self.current = Anchors.load(anchors, crl)

    def newer(self) -> Anchors | None:
        """What they hold now, where that is something else than at the last look."""
        stamp = self._stamp()
        if stamp == self._seen:
            return None
        try:
            fresh = self._read()
        except (Halt, Reject) as damaged:
            if stamp != self._refused:
                log.error(Phrase("log.anchors-refused"), extra={"code": damaged.code, "reason": damaged})
            self._refused = stamp
            return None
        self._seen, self.current = stamp, fresh
        log.info(Phrase("log.anchors-read"))
        return fresh

    def _read(self) -> Anchors:
        """As they are now; an empty file is one that is being written: even a list of nobody has bytes."""
        fresh = Anchors.load(self._anchors, self._crl)
        if self._crl is not None and not fresh.revocations:
            raise Halt("EX-904", file=str(self._crl), reason="there is no revocation list in it")
        return fresh

    def _stamp(self) -> _Stamp:
        return tuple(_stamp_of(path) for path in (self._anchors, self._crl) if path is not None)


def _stamp_of(path: Path) -> tuple[int, int, int] | None:
    try:
        state = path.stat()
    except OSError:
        return None
    return state.st_mtime_ns, state.st_size, state.st_ino
