# SPDX-License-Identifier: Apache-2.0
"""
What travels, made for tests: parties with fixed keys, and documents that are the same in every run.

The keys are for tests and for the documentation; nobody trusts them. Nothing here is random, so
that a document made today equals the file made from it a year ago.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils

from exchange.codec import compression, envelope_form, receipt_form, segment_form, signature
from exchange.codec.suite import KEY_BYTES, ContentKey, key_info, private_info, slice_associated
from exchange.codec.suite_intl import INTL, IntlPrivateKey, IntlVerifier
from exchange.model.digest import Digest, sha256
from exchange.model.envelope import Envelope, Manifest, ManifestPart
from exchange.model.identity import Address, uuid7
from exchange.model.instant import milliseconds
from exchange.model.ledger_head import LedgerHead
from exchange.model.limits import SEGMENT_BYTES
from exchange.model.merkle import Tree, leaf_hash
from exchange.model.notice import Notice, NoticeKind
from exchange.model.priority import Priority
from exchange.model.receipt import HUB, PrivatePart, Receipt, ReceiptKind
from exchange.model.segment import SALT_BYTES, KeyRecord, Slice, Span, plan
from tests import hpke_by_hand

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
_DETERMINISTIC = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)  # RFC 6979: no randomness


def noise(label: str, size: int) -> bytes:
    """Bytes that look random and never change."""
    return hashlib.shake_256(label.encode()).digest(size)


def an_id(number: int = 0) -> str:
    """One of any number of different message ids, of noon."""
    return uuid7(milliseconds(NOON), noise(f"id {number}", 10))


class TestSigner:
    """Signs as IntlSigner does, the same bytes every time."""

    __test__ = False
    suite = INTL

    def __init__(self, key: ec.EllipticCurvePrivateKey, certificate: Digest) -> None:
        self.key = key
        self.certificate = certificate

    def sign(self, data: bytes) -> bytes:
        r, s = utils.decode_dss_signature(self.key.sign(data, _DETERMINISTIC))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")


@dataclass(frozen=True)
class Party:
    """One who signs and reads: a participant, or the hub."""

    name: str
    key: ec.EllipticCurvePrivateKey = field(init=False)
    signer: TestSigner = field(init=False)
    verifier: IntlVerifier = field(init=False)
    encryption: IntlPrivateKey = field(init=False)

    def __post_init__(self) -> None:
        scalar = int.from_bytes(noise(f"{self.name} signs", 32), "big") >> 1  # below the order of P-256
        key = ec.derive_private_key(scalar, ec.SECP256R1())
        object.__setattr__(self, "key", key)
        object.__setattr__(self, "signer", TestSigner(key, self.certificate))
        object.__setattr__(self, "verifier", IntlVerifier(key.public_key()))
        object.__setattr__(self, "encryption", IntlPrivateKey(self.encryption_raw))

    @property
    def certificate(self) -> Digest:
        """Stands for a certificate; documents name it by its digest and never carry it."""
        return sha256(f"certificate of {self.name}".encode())

    @property
    def encryption_raw(self) -> bytes:
        return noise(f"{self.name} reads", 32)

    @property
    def public_pem(self) -> str:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


FINANCE = Party("440500.finance")
CIVIL_AFFAIRS = Party("440500.civil-affairs")
THE_HUB = Party(HUB)
STRANGER = Party("999999.stranger")

SENDER = Address.parse("440500.finance/treasury")
RECEIVER = Address.parse("440500.civil-affairs/files")
SECRET = noise("content key", KEY_BYTES)
HEAD = LedgerHead(1234, sha256(b"the ledger"), NOON - timedelta(minutes=1))


@dataclass(frozen=True)
class Message:
    """A message as its sender holds it: everything that its segments are made of."""

    payload: bytes
    key: ContentKey
    tree: Tree
    manifest: Manifest
    envelope: Envelope
    document: bytes  # the signed envelope
    digest: Digest

    @property
    def spans(self) -> tuple[Span, ...]:
        return plan(self.envelope.size_bytes, self.envelope.segment_bytes)


def manifest_of(payload: bytes) -> Manifest:
    """One part, which is the whole payload."""
    return Manifest(
        "payment-42", (ManifestPart("付款通知.txt", "text/plain", "body", len(payload), sha256(payload)),)
    )


def message(
    payload: bytes = b"an official document", *, segment_bytes: int = SEGMENT_BYTES, **changes: Any
) -> Message:
    """A sealed message from FINANCE to CIVIL_AFFAIRS; *changes* are fields of its envelope."""
    key = ContentKey(INTL, SECRET)
    spans = plan(len(payload), segment_bytes)
    tree = Tree(leaf_hash(key.leaf_salt(), payload[s.offset : s.offset + s.size]) for s in spans)
    manifest = manifest_of(payload)
    made = envelope(
        size_bytes=len(payload),
        segment_bytes=segment_bytes,
        segments=len(spans),
        root=tree.root,
        manifest=key.seal_manifest(envelope_form.write_manifest(manifest), an_id()),
    )
    made = replace(made, **changes)
    document, digest = signature.sign(envelope_form.write(made), FINANCE.signer)
    return Message(payload, key, tree, manifest, made, document, digest)


def envelope(**changes: Any) -> Envelope:
    """A legal envelope; *changes* are fields of it."""
    fields: dict[str, Any] = {
        "message_id": an_id(),
        "type": "document.official.v1",
        "sender": SENDER,
        "to": (RECEIVER,),
        "priority": Priority.ROUTINE,
        "created": NOON,
        "expires": NOON + timedelta(days=3),
        "size_bytes": 20,
        "segment_bytes": SEGMENT_BYTES,
        "segments": 1,
        "root": sha256(b"root"),
        "suite": INTL.name,
        "certificate": FINANCE.certificate,
        "directory_version": 7,
        "manifest": noise("manifest", 200),
        "attributes": {"district": "440507", "文号": "汕财〔2026〕15号"},
        "ledger_head": HEAD,
    }
    return Envelope(**{**fields, **changes})


def signed(made: Envelope, by: Party = FINANCE) -> bytes:
    """*made* as a signed document."""
    return signature.sign(envelope_form.write(made), by.signer)[0]


def key_record(sent: Message, receiver: Address = RECEIVER, owner: Party = CIVIL_AFFAIRS) -> KeyRecord:
    """The content key, wrapped for *receiver*."""
    info = key_info(INTL.name, sent.envelope.sender, receiver, sent.digest)
    ephemeral = noise(f"ephemeral {receiver} {sent.digest}", 32)
    return KeyRecord(
        receiver, hpke_by_hand.wrap(sent.key.secret, owner.encryption.public_raw, info, ephemeral)
    )


def slice_of(sent: Message, index: int = 0, *, compressed: str = "") -> Slice:
    """What segment *index* says about its slice."""
    span = sent.spans[index]
    salt = noise(f"salt {sent.digest} {index}", SALT_BYTES)
    return Slice(index, span.offset, span.size, salt, compressed, sent.tree.path(index))


def sealed_slice(sent: Message, piece: Slice) -> bytes:
    """The encrypted bytes of *piece*."""
    data = sent.payload[piece.offset : piece.offset + piece.size]
    data = compression.compress(data) if piece.compressed else data
    last = piece.index == sent.envelope.segments - 1
    associated = slice_associated(sent.digest, piece.index, last, piece.compressed)
    return sent.key.seal_slice(data, salt=piece.salt, index=piece.index, associated=associated)


def segment(
    sent: Message | None = None,
    index: int = 0,
    *,
    compressed: str = "",
    keys: Iterable[KeyRecord] | None = None,
) -> bytes:
    """Segment *index* of *sent*, as it travels."""
    sent = sent or message()
    piece = slice_of(sent, index, compressed=compressed)
    records = [key_record(sent)] if keys is None else keys
    return segment_form.write(sent.document, records, piece, sealed_slice(sent, piece))


def receipt(**changes: Any) -> Receipt:
    """A legal `delivered` receipt by CIVIL_AFFAIRS; *changes* are fields of it."""
    by = changes.get("by", CIVIL_AFFAIRS.name)
    fields: dict[str, Any] = {
        "receipt_id": an_id(1),
        "kind": ReceiptKind.DELIVERED,
        "message_id": an_id(),
        "sender": SENDER,
        "receiver": RECEIVER,
        "envelope": sha256(b"an envelope"),
        "priority": Priority.ROUTINE,
        "by": by,
        "at": NOON + timedelta(seconds=2),
        "certificate": Party(by).certificate,
        "ledger_head": HEAD,
    }
    return Receipt(**{**fields, **changes})


def sealed_private(private: PrivatePart, receipt_id: str) -> tuple[bytes, Digest]:
    """*private* encrypted to FINANCE, and its digest: the two fields of a receipt."""
    document = receipt_form.write_private(private)
    info = private_info(INTL.name, receipt_id, SENDER)
    ephemeral = noise(f"ephemeral {receipt_id}", 32)
    return hpke_by_hand.wrap(document, FINANCE.encryption.public_raw, info, ephemeral), sha256(document)


def notice(**changes: Any) -> Notice:
    """A legal `go` notice by the hub; *changes* are fields of it."""
    fields: dict[str, Any] = {
        "notice_id": an_id(2),
        "kind": NoticeKind.GO,
        "by": HUB,
        "at": NOON + timedelta(seconds=1),
        "certificate": THE_HUB.certificate,
        "message_id": an_id(),
        "sender": str(SENDER),
        "receiver": CIVIL_AFFAIRS.name,
        "ranges": "0-4,7",
        "version": 7,
    }
    return Notice(**{**fields, **changes})
