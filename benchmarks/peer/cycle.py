# SPDX-License-Identifier: Apache-2.0
"""
The AS2 cycle, in memory: build, take, answer, check the answer.

One message is compressed, signed (RSA-2048, SHA-256) and encrypted (AES-256-CBC) by the sender; the
receiver decrypts, verifies and decompresses it and signs a receipt (MDN), which the sender verifies. No
network, no disk, no database, no duplicate check, and pyas2lib's own validation of certificate chains is off:
all of that is in the peer's favour. Run by the peer's own interpreter, one process a core.
"""

from __future__ import annotations

import datetime
import json
import logging
import re
import sys
import threading
import time
from typing import Any
from unittest import mock

from benchmarks.children import on_orders, say

NARROW_VERSION = r"\b(\d\.\d\.\d[a-z]*)\b"  # oscrypto 1.3.0 cannot read an OpenSSL such as 3.0.19
WIDE_VERSION = r"\b(\d+\.\d+\.\d+[a-z]*)\b"
RSA_BITS = 2048
WARM_UP_CYCLES = 3


def load_as2() -> Any:
    """pyas2lib's module, with oscrypto's reading of OpenSSL's version widened while it is imported."""
    search = re.search

    def wider(pattern: Any, text: str, flags: int = 0) -> Any:
        return search(WIDE_VERSION if pattern == NARROW_VERSION else pattern, text, flags)

    with mock.patch.object(re, "search", wider):
        from pyas2lib import as2  # type: ignore[import-not-found,unused-ignore]  # of another environment
    logging.disable(logging.CRITICAL)
    return as2


def key_pair(name: str) -> tuple[bytes, bytes]:
    """A private key with its self-signed certificate, and the certificate alone; PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, RSA_BITS)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    ).public_bytes(serialization.Encoding.PEM)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate, certificate


class Peers:
    """A sender and a receiver in one process; `cycle` is one complete exchange between them."""

    def __init__(self, as2: Any) -> None:
        self._as2 = as2
        sender_key, sender_certificate = key_pair("sender")
        receiver_key, receiver_certificate = key_pair("receiver")
        self._sender = self._organisation("sender", sender_key)
        self._receiver = self._organisation("receiver", receiver_key)
        self._sender_seen = self._partner("sender", sender_certificate)
        self._receiver_seen = self._partner("receiver", receiver_certificate)

    def cycle(self, data: bytes) -> bytes:
        """Send *data*, take it, answer, check the answer; what the receiver got."""
        sent = self._as2.Message(self._sender, self._receiver_seen)
        sent.build(data, filename="record.xml", content_type="application/xml")
        got, mdn = self._take(sent.headers_str + b"\r\n" + sent.content)
        answer = self._as2.Mdn()
        status, detail = answer.parse(mdn, find_message_cb=lambda *_: sent)
        if status != "processed":
            raise RuntimeError(f"the receipt was not good: {status} {detail}")
        return got

    def _take(self, wire: bytes) -> tuple[bytes, bytes]:
        message = self._as2.Message()
        status, error, mdn = message.parse(
            wire,
            find_org_cb=lambda _: self._receiver,
            find_partner_cb=lambda _: self._sender_seen,
            find_message_cb=lambda *_: False,
        )
        if status != "processed":
            raise RuntimeError(f"the message was not good: {status} {error}")
        return message.content, mdn.headers_str + b"\r\n" + mdn.content

    def _organisation(self, name: str, key: bytes) -> Any:
        return self._as2.Organization(as2_name=name, sign_key=key, decrypt_key=key, domain="peer.example")

    def _partner(self, name: str, certificate: bytes) -> Any:
        return self._as2.Partner(
            as2_name=name, verify_cert=certificate, encrypt_cert=certificate, validate_certs=False,
            compress=True, sign=True, encrypt=True, digest_alg="sha256", enc_alg="aes_256_cbc",
            mdn_mode="SYNC", mdn_digest_alg="sha256",
        )  # fmt: skip


def main() -> None:
    order = json.loads(sys.stdin.readline())
    data = order["text"].encode()
    peers = Peers(load_as2())
    for _ in range(WARM_UP_CYCLES):
        if peers.cycle(data).replace(b"\r\n", b"\n") != data:
            raise RuntimeError("the payload changed on its way")
    begin, over = threading.Event(), threading.Event()
    on_orders(lambda line: begin.set() if line == "go" else over.set())
    say("ready")
    begin.wait()
    started, cpu = time.monotonic(), time.process_time()
    for _ in range(order["cycles"]):
        peers.cycle(data)
    say(
        "done",
        seconds=time.monotonic() - started,
        cpu_seconds=time.process_time() - cpu,
        cycles=order["cycles"],
    )
    over.wait()


if __name__ == "__main__":
    main()
