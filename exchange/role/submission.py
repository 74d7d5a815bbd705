# SPDX-License-Identifier: Apache-2.0
"""
Submission: what an application hands over becomes the bus's care.

Content first, durably; then the row; then the adapter is told. A crash between any two of these
leaves either nothing or the whole message. Used by the daemon's collectors and by `govbus send`,
which needs no daemon to be running.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from exchange.adapter import Content, Outgoing
from exchange.edge import spool
from exchange.edge.half_copies import half_copies
from exchange.edge.outbox import INLINE_BYTES, Claimed, Head, KeyTaken, Outbox, StoredPart
from exchange.edge.tables import Connection
from exchange.errors import Reject, Retry
from exchange.model.identity import Address, message_id, message_type
from exchange.model.limits import LIMITS, Limits
from exchange.model.priority import Priority
from exchange.role.surroundings import Surroundings
from exchange.texts import Size

SWEPT_AT_START_MS = 3_600_000  # a half copy so old is nobody's any more, when a daemon starts
SWEPT_MS = 24 * 3_600_000  # and while it runs: a large file from a slow share may take hours
DEFAULT_LIFE_SECONDS = 7 * 86_400.0
_MEDIA_TYPE = re.compile(r"[\x21-\x7e]+/[\x21-\x7e][\x20-\x7e]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Taken:
    """
    What became of one outgoing thing: its message id; new is False where its key was known already.
    """

    key: str
    message_id: str
    new: bool


@dataclass(frozen=True, slots=True)
class Submission:
    """
    The door of the outbox.

    free_bytes_least: with less room than this on the outbox's disk nothing is taken (EX-505).
    """

    outbox: Outbox
    surroundings: Surroundings
    default_life_seconds: float = DEFAULT_LIFE_SECONDS
    free_bytes_least: int = 0
    limits: Limits = LIMITS

    def take(
        self,
        application: str,
        things: Sequence[Outgoing],
        *,
        also: Callable[[Connection, list[Claimed]], None] | None = None,
    ) -> tuple[list[Taken], list[Claimed]]:
        """
        Take *things* over, all or none; what was taken, and what of it is new.

        *also* runs inside the transaction, so that small messages are claimed and sealed by one commit.

        Raises:
            Reject: EX-103, EX-104, EX-110, one of them can never be sent.
            Retry: EX-505, EX-506, the disk; StoreDown, the database.
        """
        self.check_room()
        for thing in things:
            check(thing, self.limits)
        known = self.outbox.known(application, [thing.key for thing in things])
        fresh = list({thing.key: thing for thing in things if thing.key not in known}.values())
        claimed: list[Claimed] = []
        try:
            for thing in fresh:
                claimed.append(self._claim(application, thing))
            with self.outbox.writing() as connection:
                self.outbox.claim(connection, claimed)
                if also is not None and claimed:
                    also(connection, claimed)
        except KeyTaken:  # another process was faster between our look and our commit
            self._give_up(claimed)
            return self.take(application, things, also=also)
        except BaseException:
            self._give_up(claimed)
            raise
        self._let_go(fresh)
        known |= {one.key: one.message_id for one in claimed}
        new = {one.key for one in claimed}
        return [Taken(thing.key, known[thing.key], thing.key in new) for thing in things], claimed

    def check_room(self) -> None:
        """
        Refuse intake while the disk is nearly full.

        Raises:
            Retry: EX-505.
        """
        if not self.free_bytes_least:
            return
        free = spool.free_bytes(self.outbox.folder)
        if free < self.free_bytes_least:
            limit = Size(self.free_bytes_least)
            raise Retry("EX-505", after_seconds=10.0, what="the outbox", found=Size(free), limit=limit)

    def _claim(self, application: str, thing: Outgoing) -> Claimed:
        around = self.surroundings
        now = around.now_ms()
        life = thing.expires_after_seconds
        life = self.default_life_seconds if life is None else life
        new_id = around.new_id()
        sizes = [_size(content) for content in thing.parts]
        if sum(sizes) > self.limits.payload:
            raise Reject(
                "EX-103", what="the payload", found=Size(sum(sizes)), limit=Size(self.limits.payload)
            )
        parts, payload = self._store(new_id, thing.parts, sizes)
        return Claimed(
            message_id=new_id,
            application=application,
            key=thing.key,
            type=thing.type,
            priority=Priority(thing.priority) if isinstance(thing.priority, str) else thing.priority,
            created_ms=now,
            expires_ms=now + int(life * 1000),
            head=Head(
                tuple(thing.to), dict(thing.attributes), thing.conversation, thing.in_reply_to, thing.follows
            ),
            parts=parts,
            size_bytes=sum(part.size_bytes for part in parts),
            payload=payload,
        )

    def _store(
        self, new_id: str, contents: Sequence[Content], sizes: Sequence[int]
    ) -> tuple[tuple[StoredPart, ...], bytes | None]:
        if sum(sizes) <= INLINE_BYTES:
            held = [_read(content) for content in contents]
            parts = tuple(
                StoredPart(c.name, c.media_type, c.role, len(data))
                for c, data in zip(contents, held, strict=True)
            )
            return parts, b"".join(held)
        folder = self.outbox.place(new_id)
        try:
            folder.mkdir()
            spool.sync_folder(folder.parent)
            return tuple(_own(content, folder / f"{n}.part") for n, content in enumerate(contents)), None
        except BaseException as e:  # a full disk must not be filled further by every try
            spool.forget(folder)
            if isinstance(e, OSError):
                raise Retry("EX-506", after_seconds=10.0, what=str(folder), reason=e.strerror) from e
            raise

    def _give_up(self, claimed: Sequence[Claimed]) -> None:
        """Remove what was copied and not committed: an interrupt may come right after the commit."""
        copied = [one.message_id for one in claimed if one.payload is None]
        with suppress(Retry):  # nobody can tell now: `sweep` will
            for message_id in set(copied) - (self.outbox.existing(copied) if copied else set()):
                spool.forget(self.outbox.place(message_id))

    def _let_go(self, things: Sequence[Outgoing]) -> None:
        """The row is committed: what the daemon was allowed to take away from the application goes now."""
        for thing in things:
            for content in thing.parts:
                if content.take and isinstance(content.source, Path):
                    content.source.unlink(missing_ok=True)

    def sweep(self, *, older_than_ms: int = SWEPT_AT_START_MS) -> int:
        """
        Remove payload folders without a row, which a crash before the commit left; how many.

        Young ones are left alone: another process may be about to commit theirs.
        """
        before = self.surroundings.now_ms() - older_than_ms
        old = [one for one in half_copies(self.outbox.folder, self.outbox.existing) if one.begun_ms < before]
        for one in old:
            spool.forget(one.folder)
        return len(old)


def check(thing: Outgoing, limits: Limits = LIMITS) -> None:
    """
    Refuse at the door what could never be sent, while the application still has it.

    Raises:
        Reject: EX-103, EX-104, EX-110.
    """
    message_type(thing.type)
    for word in thing.to:
        Address.parse(word)
    for other in (thing.conversation, thing.in_reply_to, thing.follows):
        if other is not None:
            message_id(other)
    if isinstance(thing.priority, str) and thing.priority not in {p.value for p in Priority}:
        raise Reject(
            "EX-104", what="priority", found=thing.priority[:40], wanted=", ".join(p.value for p in Priority)
        )
    if not 0 < len(thing.key) <= limits.key:
        raise Reject("EX-103", what="the key", found=len(thing.key), limit=limits.key)
    if not 0 < len(thing.parts) <= limits.parts:
        raise Reject("EX-103", what="the number of parts", found=len(thing.parts), limit=limits.parts)
    life = thing.expires_after_seconds
    if life is not None and not 0 < life <= limits.life_seconds:
        raise Reject("EX-104", what="the life in seconds", found=life, wanted=f"up to {limits.life_seconds}")
    for content in thing.parts:
        if not 0 < len(content.name) <= 255:
            raise Reject("EX-104", what="part name", found=content.name[:40], wanted="1 to 255 characters")
        if not _MEDIA_TYPE.fullmatch(content.media_type):
            raise Reject(
                "EX-104", what="media type", found=content.media_type[:40], wanted="such as text/plain"
            )


def _size(content: Content) -> int:
    if isinstance(content.source, bytes):
        return len(content.source)
    try:
        return content.source.stat().st_size
    except OSError as e:
        raise Retry("EX-506", after_seconds=5.0, what=content.name, reason=e.strerror) from e


def _read(content: Content) -> bytes:
    if isinstance(content.source, bytes):
        return content.source
    try:
        return content.source.read_bytes()
    except OSError as e:
        raise Retry("EX-506", after_seconds=5.0, what=content.name, reason=e.strerror) from e


def _own(content: Content, path: Path) -> StoredPart:
    """*content* durably at *path*: linked when the daemon may take the file, else copied."""
    if isinstance(content.source, bytes):
        spool.write_new(path, content.source)
    elif content.take:
        spool.link_or_copy(content.source, path)
    else:
        spool.copy_new(content.source, path)
    return StoredPart(content.name, content.media_type, content.role, path.stat().st_size, path.name)


def key_for(path: Path) -> str:
    """A key for a file sent by hand: unchanged, it is sent once however often the command is given."""
    state = path.stat()
    return hashlib.sha256(f"{path.absolute()}|{state.st_size}|{state.st_mtime_ns}".encode()).hexdigest()[:32]
