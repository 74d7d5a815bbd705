# SPDX-License-Identifier: Apache-2.0
"""
How the hub's certificate is followed by the next one, without anybody losing sight of the hub.

First the new certificate is registered, so that the directory names it under the old signature;
only when every participant must have taken such a directory, a day later, does the hub sign with it.
The old certificate stays listed until it ends, for what it has signed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from exchange.edge.anchors import Anchors, read_certificate
from exchange.edge.authority import Authority
from exchange.edge.keystore import install, is_for, make_signing_key, request_pem, signing_request
from exchange.edge.registry import Registry
from exchange.errors import Reject
from exchange.model.digest import Digest, sha256
from exchange.model.directory import LIFE, Certificate
from exchange.model.receipt import HUB

OVERLAP = LIFE + timedelta(hours=1)  # by then every view in use names the new certificate


@dataclass(frozen=True, slots=True)
class Succession:
    """
    How far it is.

    certificate: the new one; ready: when the hub may sign with it; done: it does, once it is restarted.
    """

    certificate: Digest
    ready: datetime
    done: bool


def ask(keys: Path) -> bytes:
    """A signing request for the hub's next key, PKCS #10 as PEM: for an authority elsewhere."""
    return request_pem(signing_request(make_signing_key(keys), HUB))


def succeed(
    registry: Registry,
    keys: Path,
    *,
    authority: Authority | None,
    anchors: Anchors,
    at: datetime,
    given: Sequence[bytes] = (),
    at_once: bool = False,
) -> Succession:
    """
    Take the next step: register the new certificate, or, a day later, let it speak for the hub.

    Args:
        given: the certificate that an authority elsewhere has issued for the request, DER.
        at_once: do not wait; participants that have not taken the directory meanwhile lose sight of the hub.

    Raises:
        Reject: EX-216, there is no certificate and nobody here to issue one; EX-214, it is for another
            key, or nobody vouches for it.
    """
    announced = _announced(registry, keys, at)
    if announced is None:
        der = _certify(keys, authority, anchors, given, at)
        registry.renew(HUB, read_certificate(der))
        announced = registry.directory().participant(HUB).certificate(sha256(der))
        assert announced is not None
    ready = registry.registered_at(announced.digest) + OVERLAP
    done = at_once or at >= ready
    if done:
        install(keys, [announced.der])
    return Succession(announced.digest, ready, done)


def _announced(registry: Registry, keys: Path, at: datetime) -> Certificate | None:
    """The registered certificate that waits for its day."""
    hub = registry.directory().participants.get(HUB)
    key = make_signing_key(keys).public_key()
    return next((c for c in (hub.certificates if hub else ()) if c.is_good(at) and is_for(c.der, key)), None)


def _certify(
    keys: Path, authority: Authority | None, anchors: Anchors, given: Sequence[bytes], at: datetime
) -> bytes:
    key = make_signing_key(keys).public_key()
    if given:
        der = given[0]
    elif authority is not None:
        der = authority.issue(key, HUB, at=at)
    else:
        raise Reject("EX-216", who=HUB)
    if not is_for(der, key):
        raise Reject("EX-214", found=sha256(der), who=HUB, reason="it was issued to another key")
    anchors.check(der, HUB, at=at)
    return der
