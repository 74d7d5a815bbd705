# SPDX-License-Identifier: Apache-2.0
"""
Sealing: a claimed message gets its root, its envelope and its signature, once and for all.

The payload is read in one pass. What is sealed is committed before any of it is published, so that
a restart sends the same envelope. This module stores nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from exchange.codec import envelope_form, signature
from exchange.codec.suite import KEY_BYTES, ContentKey
from exchange.edge.outbox import Claimed, Sealed, StoredPart
from exchange.edge.payload import FilePayload, HeldPayload, Payload
from exchange.errors import Reject
from exchange.model import instant
from exchange.model.digest import Digest
from exchange.model.envelope import (
    Envelope,
    Manifest,
    ManifestPart,
    check_extensions,
    check_limits,
    check_manifest,
)
from exchange.model.identity import Address
from exchange.model.limits import LIMITS, SEGMENT_BYTES, Limits
from exchange.model.merkle import Tree, leaf_hash
from exchange.model.priority import default_priority
from exchange.model.route import Query
from exchange.model.segment import plan
from exchange.role.surroundings import Surroundings


def open_payload(parts: Sequence[StoredPart], held: bytes | None, folder: Path) -> Payload:
    """The payload of an outgoing message, wherever it lies."""
    if held is not None:
        return HeldPayload(held)
    return FilePayload([(folder / part.file, part.size_bytes) for part in parts])


@dataclass(frozen=True, slots=True)
class Sealing:
    """
    Turns what was claimed into what is sent.

    folder: message id -> where its payload lies.
    """

    surroundings: Surroundings
    folder: Callable[[str], Path]
    segment_bytes: int = SEGMENT_BYTES
    limits: Limits = LIMITS

    def seal(self, claimed: Claimed) -> Sealed:
        """
        Hash, describe and sign one message.

        Raises:
            Reject: EX-103, EX-104, EX-405, the bus can never carry it.
            Retry: EX-506, its content cannot be read now.
        """
        key = ContentKey(self.surroundings.suite, self.surroundings.draw(KEY_BYTES))
        payload = open_payload(claimed.parts, claimed.payload, self.folder(claimed.message_id))
        try:
            tree, digests = self._hash(claimed, payload, key.leaf_salt())
        finally:
            payload.close()
        parts = tuple(replace(p, digest=str(d)) for p, d in zip(claimed.parts, digests, strict=True))
        envelope = self._envelope(claimed, parts, tree, key)
        document, digest = signature.sign(envelope_form.write(envelope), self.surroundings.signer)
        return Sealed(
            message_id=claimed.message_id,
            envelope=document,
            digest=digest,
            secret=key.secret,
            leaves=tree.leaves,
            priority=envelope.priority,
            segment_bytes=envelope.segment_bytes,
            segments=envelope.segments,
            receivers=self.receivers(envelope),
            parts=parts,
        )

    def _hash(self, claimed: Claimed, payload: Payload, salt: bytes) -> tuple[Tree, list[Digest]]:
        """The tree over all slices and the digest of each part, in one pass."""
        hashing = _PartDigests(claimed.parts)
        leaves: list[bytes] = []
        for span in plan(claimed.size_bytes, self.segment_bytes):
            data = payload.read(span.offset, span.size)
            leaves.append(leaf_hash(salt, data))
            hashing.update(data)
        return Tree(leaves), hashing.digests()

    def _envelope(
        self, claimed: Claimed, parts: Sequence[StoredPart], tree: Tree, key: ContentKey
    ) -> Envelope:
        around = self.surroundings
        manifest = Manifest(
            claimed.key,
            tuple(
                ManifestPart(p.name, p.media_type, p.role, p.size_bytes, Digest.parse(p.digest))
                for p in parts
            ),
        )
        segments = len(tree)
        envelope = Envelope(
            message_id=claimed.message_id,
            type=claimed.type,
            sender=Address(around.me, claimed.application),
            to=tuple(Address.parse(word) for word in claimed.head.to),
            priority=claimed.priority or default_priority(segments),
            created=instant.from_milliseconds(claimed.created_ms),
            expires=instant.from_milliseconds(claimed.expires_ms),
            size_bytes=claimed.size_bytes,
            segment_bytes=self.segment_bytes,
            segments=segments,
            root=tree.root,
            suite=around.suite.name,
            certificate=around.signer.certificate,
            directory_version=around.view().version,
            manifest=key.seal_manifest(envelope_form.write_manifest(manifest), claimed.message_id),
            conversation=claimed.head.conversation,
            in_reply_to=claimed.head.in_reply_to,
            follows=claimed.head.follows,
            attributes=claimed.head.attributes or {},
            ledger_head=around.ledger_head,
        )
        check_manifest(manifest, envelope, self.limits)
        check_limits(envelope, self.limits)
        check_extensions(envelope)
        return envelope

    def receivers(self, envelope: Envelope) -> tuple[Address, ...]:
        """
        Who receives *envelope*, by our view of the routes; by its own addresses where our view knows none.

        The hub judges by its own table, refuses with a signed receipt what has no route, and asks
        for a key where it knows a receiver that we do not.
        """
        view = self.surroundings.view()
        try:
            return tuple(view.table.decide(query_of(envelope), self.surroundings.now()).deliveries)
        except Reject:
            listed = view.trust.directory.participants
            return tuple(address for address in envelope.to if address.participant in listed)


def query_of(envelope: Envelope) -> Query:
    """What the routing table is asked about *envelope*; sender and hub ask the same."""
    return Query(
        type=envelope.type,
        sender=envelope.sender,
        to=envelope.to,
        attributes=envelope.attributes,
        priority=envelope.priority,
    )


class _PartDigests:
    """SHA-256 of each part, fed with the payload from its beginning in pieces of any size."""

    def __init__(self, parts: Sequence[StoredPart]) -> None:
        self._left = [part.size_bytes for part in parts]
        self._hashes: list[Any] = [hashlib.sha256() for _ in parts]
        self._at = 0

    def update(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            while not self._left[self._at]:
                self._at += 1
            piece = view[: self._left[self._at]]
            self._hashes[self._at].update(piece)
            self._left[self._at] -= len(piece)
            view = view[len(piece) :]

    def digests(self) -> list[Digest]:
        return [Digest("sha256", h.digest()) for h in self._hashes]


__all__ = ["Sealing", "open_payload", "query_of"]
