# SPDX-License-Identifier: Apache-2.0
"""A small ledger on a database of its own, for tests that grow, sign and tamper."""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric import ec

from exchange.codec.suite_intl import IntlSigner, IntlVerifier
from exchange.edge.lease import Fence, Lease, create_lease
from exchange.edge.ledger import Growth, Ledger
from exchange.edge.ledger_audit import Verification
from exchange.edge.tables import open_engine, writing
from exchange.model.digest import sha256
from exchange.model.ledger_audit import Flaw
from exchange.model.ledger_entry import Entry, EntryKind
from exchange.model.ledger_head import LedgerHead, SignedHead

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
CERTIFICATE = sha256(b"the hub's certificate")


def receipts(count: int, first: int = 0) -> list[Entry]:
    """Entries that differ, about two messages each."""
    return [
        Entry(
            EntryKind.RECEIPT, f"message-{number // 2}", NOON + timedelta(seconds=number), b"body %d" % number
        )
        for number in range(first, first + count)
    ]


@functools.cache
def key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def signer() -> IntlSigner:
    return IntlSigner(key(), CERTIFICATE)


def holds(signed: SignedHead) -> bool:
    """Whether the hub of these tests signed it."""
    verifier = IntlVerifier(key().public_key())
    return signed.certificate == CERTIFICATE and verifier.verify(signed.head.to_bytes(), signed.signature)


class Desk:
    """A ledger whose lease is held, and shortcuts to what a hub does with it."""

    def __init__(self, url: str) -> None:
        self.engine: sa.Engine = open_engine(url)
        self.ledger = Ledger(self.engine)
        create_lease(self.engine)
        self.ledger.create()
        self.fence = self.take()

    def take(self) -> Fence:
        fence = Lease(self.engine, "sequencer", holder="a test", seconds=3600).hold()
        assert fence is not None
        return fence

    def enter(self, *entries: Entry) -> None:
        with writing(self.engine) as connection:
            self.ledger.enter(connection, entries)

    def grow(self, count: int) -> Growth:
        """*count* more entries, numbered."""
        self.enter(*receipts(count, self.ledger.size()))
        return self.ledger.sequence(self.fence, limit=count)

    def sign(self) -> SignedHead:
        """A head of what there is, signed and published."""
        size = self.ledger.size()
        head = LedgerHead(size, self.ledger.root(size), NOON + timedelta(seconds=size))
        signed = SignedHead(head, signer().sign(head.to_bytes()), CERTIFICATE)
        self.ledger.publish(self.fence, signed)
        return signed

    def flaws(self, *, incremental: bool = False) -> list[Flaw]:
        return list(self.verification(incremental=incremental).flaws())

    def verification(self, *, incremental: bool = False) -> Verification:
        return Verification(self.ledger, holds=holds, incremental=incremental)
