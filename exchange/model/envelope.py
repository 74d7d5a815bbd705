# SPDX-License-Identifier: Apache-2.0
"""
The envelope: the signed head of a message, and the manifest that it carries encrypted.

Who, to whom, what, how urgent, until when, and the Merkle root of the payload. One envelope is
signed once and stands, the same bytes, in every segment of its message. What the hub must not
know (names, the application's key, digests of parts) is in the manifest. This module knows
neither XML nor keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from exchange.errors import Reject
from exchange.model import instant
from exchange.model.digest import Digest
from exchange.model.identity import Address, check_number, check_word, message_id, message_type
from exchange.model.ledger_head import LedgerHead
from exchange.model.limits import LIMITS, SEGMENT_BYTES_LEAST, SEGMENT_BYTES_MOST, Limits
from exchange.model.priority import Priority
from exchange.model.segment import count_segments


@dataclass(frozen=True, slots=True)
class Extension:
    """
    A signed, named value that a later version understands.

    must_understand: whoever does not know the name refuses the message with EX-105.
    """

    name: str
    value: str
    must_understand: bool = False

    def __post_init__(self) -> None:
        check_word("extension name", self.name)


@dataclass(frozen=True, slots=True)
class Envelope:
    """
    The head of one message.

    to: the addressed applications; none = the routing table decides;
    attributes: named values that routes may test, visible to the hub;
    root: of the RFC 9162 tree over the salted leaves of the payload's slices;
    certificate: the digest of the sender's signing certificate;
    ledger_head: the last head its author saw, so that the hub cannot show two histories;
    manifest: the encrypted Manifest.
    """

    message_id: str
    type: str
    sender: Address
    to: tuple[Address, ...]
    priority: Priority
    created: datetime
    expires: datetime
    size_bytes: int
    segment_bytes: int
    segments: int
    root: Digest
    suite: str
    certificate: Digest
    directory_version: int
    manifest: bytes
    conversation: str | None = None
    in_reply_to: str | None = None
    follows: str | None = None
    attributes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    ledger_head: LedgerHead | None = None
    extensions: tuple[Extension, ...] = ()

    def __post_init__(self) -> None:
        message_id(self.message_id)
        message_type(self.type)
        check_word("suite", self.suite)
        check_number("directory version", self.directory_version)
        for name in self.attributes:
            check_word("attribute name", name)
        object.__setattr__(self, "created", instant.cut(self.created))
        object.__setattr__(self, "expires", instant.cut(self.expires))
        for other in (self.conversation, self.in_reply_to, self.follows):
            if other is not None:
                message_id(other)
        if not SEGMENT_BYTES_LEAST <= self.segment_bytes <= SEGMENT_BYTES_MOST:
            wanted = f"{SEGMENT_BYTES_LEAST} to {SEGMENT_BYTES_MOST}"
            raise Reject("EX-104", what="segment size", found=self.segment_bytes, wanted=wanted)
        wanted_segments = count_segments(self.size_bytes, self.segment_bytes)
        if self.segments != wanted_segments:
            raise Reject("EX-104", what="segment count", found=self.segments, wanted=wanted_segments)
        if self.expires <= self.created:
            raise Reject(
                "EX-104", what="expires", found=self.expires.isoformat(), wanted="later than created"
            )
        if len(set(self.to)) != len(self.to):
            raise Reject("EX-104", what="to", found="an address twice", wanted="each address once")


def check_limits(envelope: Envelope, limits: Limits = LIMITS) -> None:
    """
    Hold *envelope* against *limits*.

    Raises:
        Reject: EX-103, something is larger than allowed; EX-405, too many segments for its class.
    """
    life = envelope.expires - envelope.created
    for what, found, limit in (
        ("the payload", envelope.size_bytes, limits.payload),
        ("the number of segments", envelope.segments, limits.segments),
        ("the number of receivers", len(envelope.to), limits.receivers),
        ("the number of attributes", len(envelope.attributes), limits.attributes),
        ("an attribute's name", max(map(len, envelope.attributes), default=0), limits.attribute_name),
        (
            "an attribute's value",
            max(map(len, envelope.attributes.values()), default=0),
            limits.attribute_value,
        ),
        ("the manifest", len(envelope.manifest), limits.manifest),
        ("the number of extensions", len(envelope.extensions), limits.extensions),
        ("the life in seconds", int(life / timedelta(seconds=1)), limits.life_seconds),
    ):
        if found > limit:
            raise Reject("EX-103", what=what, found=found, limit=limit)
    if envelope.priority.needs_grant and envelope.segments > limits.express_segments:
        raise Reject(
            "EX-405", priority=envelope.priority.value, found=envelope.segments, limit=limits.express_segments
        )


def check_times(envelope: Envelope, now: datetime, limits: Limits = LIMITS) -> None:
    """
    Hold *envelope* against the clock that counts, which is the hub's.

    Raises:
        Reject: EX-404, it has expired; EX-104, it comes from the future.
    """
    if envelope.expires <= now:
        raise Reject("EX-404", message_id=envelope.message_id, expires=instant.readable(envelope.expires))
    if envelope.created > now + timedelta(seconds=limits.clock_skew_seconds):
        raise Reject(
            "EX-104",
            what="created",
            found=instant.readable(envelope.created),
            wanted=f"not after {instant.readable(now)}",
        )


UNDERSTOOD: frozenset[str] = frozenset()  # names of extensions that this release knows


def check_extensions(envelope: Envelope, understood: frozenset[str] = UNDERSTOOD) -> None:
    """
    Refuse what must be understood and is not.

    Raises:
        Reject: EX-105, naming the extension.
    """
    for extension in envelope.extensions:
        if extension.must_understand and extension.name not in understood:
            raise Reject("EX-105", name=extension.name)


@dataclass(frozen=True, slots=True)
class ManifestPart:
    """One named part of the payload: its bytes follow those of the part before it."""

    name: str
    media_type: str
    role: str
    size_bytes: int
    digest: Digest

    def __post_init__(self) -> None:
        if not 0 < len(self.name) <= 255:
            raise Reject("EX-104", what="part name", found=self.name[:40], wanted="1 to 255 characters")
        if not 0 < len(self.media_type) <= 255 or not 0 < len(self.role) <= 64:
            raise Reject(
                "EX-104", what="media type or role", found=self.media_type[:40], wanted="a short one"
            )
        if self.size_bytes < 0:
            raise Reject("EX-104", what="part size", found=self.size_bytes, wanted="0 or more")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What only sender and receivers know: the application's key and the parts, in payload order."""

    key: str
    parts: tuple[ManifestPart, ...]

    @property
    def size_bytes(self) -> int:
        return sum(part.size_bytes for part in self.parts)


def check_manifest(manifest: Manifest, envelope: Envelope, limits: Limits = LIMITS) -> None:
    """
    Hold the *manifest* against the *envelope* that carried it.

    Raises:
        Reject: EX-103, too many parts or too long a key; EX-104, the parts do not add up to the payload.
    """
    for what, found, limit in (
        ("the number of parts", len(manifest.parts), limits.parts),
        ("the application's key", len(manifest.key), limits.key),
    ):
        if found > limit:
            raise Reject("EX-103", what=what, found=found, limit=limit)
    if not manifest.parts or manifest.size_bytes != envelope.size_bytes:
        raise Reject(
            "EX-104", what="the size of all parts", found=manifest.size_bytes, wanted=envelope.size_bytes
        )
