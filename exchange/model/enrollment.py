# SPDX-License-Identifier: Apache-2.0
"""
Enrolment on paper: what a department asks for, and what the hub gives it.

Two values that travel as files, by hand or by mail. Neither holds a secret: the request carries
public keys, the grant certificates. Both are signed, and both are compared by their fingerprint
over another way before they are believed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from exchange.errors import Reject
from exchange.model.digest import Digest
from exchange.model.identity import credit_code, participant_id

NAME_CHARACTERS = 100
ENCRYPTION_KEY_BYTES = {"intl-1": 32}


@dataclass(frozen=True, slots=True)
class EnrollmentRequest:
    """
    A wish to take part, or to go on under a new key.

    name: the organisation's, for people; signing_request: PKCS #10, DER, signed by the new key;
    encryption_key: public, raw; signed_with: the certificate of the key that signs this document
    where it renews, the digest of *signing_request* where the new key itself does.
    """

    participant: str
    name: str
    credit_code: str
    suite: str
    signing_request: bytes
    encryption_key: bytes
    at: datetime
    signed_with: Digest

    def __post_init__(self) -> None:
        participant_id(self.participant)
        credit_code(self.credit_code)
        _plain_name(self.name)
        wanted = ENCRYPTION_KEY_BYTES.get(self.suite)
        if wanted is None:
            raise Reject("EX-210", found=self.suite, wanted=", ".join(ENCRYPTION_KEY_BYTES))
        if len(self.encryption_key) != wanted:
            found = f"{len(self.encryption_key)} bytes"
            raise Reject("EX-104", what="the encryption key", found=found, wanted=f"{wanted} bytes")


@dataclass(frozen=True, slots=True)
class EnrollmentGrant:
    """
    What makes a department's keys good on this bus.

    chain: the participant's certificate and what leads from it to an anchor; anchors: whom to trust; hub: the
    certificate that signs this document; all DER. broker_urls, broker_authorities: where the broker is
    and who vouches for it. directory: the participant's first view, signed.
    """

    participant: str
    at: datetime
    chain: tuple[bytes, ...]
    anchors: tuple[bytes, ...]
    hub: bytes
    broker_urls: tuple[str, ...]
    broker_authorities: tuple[bytes, ...]
    directory: bytes

    def __post_init__(self) -> None:
        participant_id(self.participant)


def _plain_name(name: str) -> None:
    if not 0 < len(name) <= NAME_CHARACTERS or not name.isprintable() or name != name.strip():
        wanted = f"1 to {NAME_CHARACTERS} printable characters"
        raise Reject("EX-104", what="the name", found=repr(name[:NAME_CHARACTERS]), wanted=wanted)
