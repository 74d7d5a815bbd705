# SPDX-License-Identifier: Apache-2.0
"""
The whole contract between an application and the bus.

An integrator writes one class with `collect` and `deliver`; ids, signing, segments, queues,
receipts and metrics are the daemon's business. The daemon calls an adapter from one thread at a
time per direction: `collect`, `stored` and `settled` from one, `deliver` from another.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, Protocol

from exchange.errors import Reject, Retry
from exchange.model.digest import Digest
from exchange.model.identity import Address
from exchange.model.priority import Priority
from exchange.texts import Phrase

BODY, ATTACHMENT, SEAL = "body", "attachment", "seal"  # 正文, 附件, 公章: the roles of a part


@dataclass(frozen=True, slots=True)
class Content:
    """
    One part of something outgoing: a file, or bytes.

    name: what the receiver may call it, 1 .. 255 characters, shown to people, never used as a path;
    take: the daemon may move the file away instead of copying it.
    """

    name: str
    source: Path | bytes
    media_type: str = "application/octet-stream"
    role: str = BODY
    take: bool = False


@dataclass(frozen=True, slots=True)
class Outgoing:
    """
    One thing that the application hands to the bus.

    key: the application's own name for it; the same key is sent once, however often it is collected;
    to: addresses such as `440500.tax/registry`; none = the routing table decides;
    expires_after_seconds: the deadline, counted from now; None = the daemon's default.
    """

    key: str
    type: str
    parts: tuple[Content, ...] | list[Content]
    to: tuple[str, ...] | list[str] = ()
    priority: Priority | str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    expires_after_seconds: float | None = None
    conversation: str | None = None
    in_reply_to: str | None = None
    follows: str | None = None


class Part(Protocol):
    """One part of a delivery, verified, at rest in the daemon's spool."""

    @property
    def name(self) -> str:
        """From the wire: shown to people, never used as a path."""

    @property
    def media_type(self) -> str: ...

    @property
    def role(self) -> str: ...

    @property
    def size_bytes(self) -> int: ...

    @property
    def digest(self) -> Digest: ...

    def open(self) -> BinaryIO:
        """The content from its beginning; the caller closes it."""

    def save(self, path: Path) -> None:
        """Put the content at *path*, a new file, durably: linked where the file system can, else written."""


@dataclass(frozen=True, slots=True)
class BytesPart:
    """A part that is held in memory: small ones, and those of tests."""

    name: str
    data: bytes
    media_type: str
    role: str
    digest: Digest

    @property
    def size_bytes(self) -> int:
        return len(self.data)

    def open(self) -> BinaryIO:
        return io.BytesIO(self.data)

    def save(self, path: Path) -> None:
        from exchange.edge.spool import write_new

        write_new(path, self.data)


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    One message at one receiving application: verified, whole, converted.

    It may come more than once after a crash: insert once, by `message_id`.

    originals: the parts that were converted, as their sender gave them; none where nothing was.
    """

    message_id: str
    sender: Address
    receiver: Address
    type: str
    priority: Priority
    created: datetime
    parts: tuple[Part, ...]
    key: str
    attributes: Mapping[str, str]
    conversation: str | None = None
    in_reply_to: str | None = None
    originals: tuple[Part, ...] = ()

    @property
    def body(self) -> Part:
        """The part of role `body`, or the first one where none has it."""
        return next((part for part in self.parts if part.role == BODY), self.parts[0])


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What the application says about a delivery it took; goes, encrypted, to the sender.

    text: a sentence for people; rows: how many records were stored, where it stores records.
    """

    text: str = ""
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """
    One receipt about something outgoing, verified, as the application sees it.

    kind: accepted, rejected, delivered, returned, signed-for, expired, recalled;
    message_state: open until every delivery is final and what is known of them is told, then delivered,
    failed or partial;
    document: the signed receipt itself, XML.
    """

    message_id: str
    kind: str
    receiver: Address | None
    by: str
    at: datetime
    code: str
    text: str
    message_state: str
    document: bytes


class Adapter:
    """
    What joins one application to the bus.

    A subclass names itself and its settings, and overrides `collect`, `deliver`, or both.
    `Retry` means later, `Reject(code, text)` means never; anything else that is raised is a bug:
    it is retried a bounded number of times and then becomes a dead letter with its traceback.
    """

    name: ClassVar[str]

    @dataclass(frozen=True)
    class Settings:
        """What the configuration may say; the fields and their comments are the reference page."""

    def __init__(self, settings: Any, *, application: str = "", folder: Path | None = None) -> None:
        self.settings = settings
        self.application = application  # the name under which this adapter is configured
        self.folder = folder  # a durable folder of this adapter's own, beside the daemon's stores

    def open(self) -> None:
        """Called once before anything else; raises Halt when the settings cannot work."""

    def close(self) -> None:
        """Called once at the end, also after an error."""

    def collect(self) -> Iterable[Outgoing]:
        """What the application has for the bus now; called again and again, so return soon."""
        return ()

    def stored(self, key: str) -> None:
        """The thing collected under *key* is durably in the outbox: it is the bus's care from here on."""

    def settled(self, key: str, receipt: Settled) -> None:
        """A receipt about the thing sent under *key* arrived; may be called again after a crash."""

    def concerns(self) -> Iterable[Phrase]:
        """
        What a person should look at, for `adapter check`; asked without `open`, beside a daemon or not.

        It makes and changes nothing; its own folder need not be there yet.

        Raises:
            Halt: `open` would refuse, for the same reason.
        """
        return ()

    def deliver(self, delivery: Delivery) -> Outcome | None:
        """Store *delivery* in the application; returning means that it is stored durably."""
        raise Reject("EX-502", reason=f"{self.name} takes nothing from the bus")


__all__ = [
    "ATTACHMENT",
    "BODY",
    "SEAL",
    "Adapter",
    "BytesPart",
    "Content",
    "Delivery",
    "Outcome",
    "Outgoing",
    "Part",
    "Reject",
    "Retry",
    "Settled",
]
