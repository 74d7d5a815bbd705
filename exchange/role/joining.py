# SPDX-License-Identifier: Apache-2.0
"""
Enrolment as a department does it: ask, examine what came back, accept, and ask again in time.

Owns a folder:

    keys/          see `exchange.edge.keystore`; never leaves it
    request.xml    goes to the hub's operator
    signing-request.pem    the same wish for a certificate, where an authority elsewhere issues it
    trust/         whom to believe: anchors, the hub's certificates, the broker's authority, our view
    adapter.toml   the daemon's settings

Nothing here is a secret but keys/. Every step may be repeated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from exchange.codec.enrollment_form import claimed_grant, open_grant, sign_request
from exchange.codec.suite import Signer
from exchange.codec.suite_intl import INTL, IntlSigner
from exchange.edge.anchors import Anchors, fingerprint, to_pem, verifier_of
from exchange.edge.held_directory import HeldDirectory, first_view
from exchange.edge.keystore import (
    has_identity,
    install,
    is_ours,
    load_decryption_keys,
    load_identity,
    make_encryption_key,
    make_folder,
    make_signing_key,
    public_digest,
    request_pem,
    signing_request,
)
from exchange.edge.settings import AdapterTrust
from exchange.edge.settings_text import adapter_file
from exchange.edge.spool import replace, write_whole
from exchange.errors import Reject
from exchange.model import instant
from exchange.model.digest import sha256
from exchange.model.directory import Directory
from exchange.model.enrollment import EnrollmentGrant, EnrollmentRequest
from exchange.model.receipt import HUB

KEYS, TRUST, FILES = "keys", "trust", "files"
REQUEST, SIGNING_REQUEST, CONFIG = "request.xml", "signing-request.pem", "adapter.toml"
DEFAULT_TYPE = "document.file.v1"  # of files dropped into the first hot folder


@dataclass(frozen=True, slots=True)
class Asked:
    """The request as written, and the fingerprint of the key that it asks a certificate for."""

    path: Path
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Received:
    """
    A grant that fits our keys and proves itself.

    fingerprint: of the hub's certificate, to be compared with the hub's operator by another way;
    known: we know that hub already, so there is nothing to compare.
    """

    grant: EnrollmentGrant
    view: Directory
    fingerprint: str
    known: bool


def ask(
    folder: Path, *, participant: str, name: str, credit_code: str, suite: str = INTL.name, at: datetime
) -> Asked:
    """
    Make the keys of *folder* and the request for them.

    Asked again before it was granted, the keys stay and the request is written anew.

    Raises:
        Reject: EX-104 to EX-111, a name or code is not possible; EX-907, the folder is enrolled already.
    """
    keys = folder / KEYS
    if has_identity(keys):
        raise Reject("EX-907", what=participant, found=folder)
    draft = _Draft(participant, name, credit_code, suite)
    draft.check()
    make_folder(keys)
    if not any(keys.glob("encryption-*.pem")):
        make_encryption_key(keys)
    return _write_request(folder, draft, at=at)


def ask_again(folder: Path, *, at: datetime) -> Asked:
    """
    Make new keys beside the present ones, and a request that the present one signs.

    Raises:
        Halt: EX-904, there is nothing to renew; Reject: EX-2xx, what is held is not believed.
    """
    keys = folder / KEYS
    identity = load_identity(keys)
    held = HeldDirectory(_trust_files(folder), keys, lambda: at).trust.directory
    me = held.participant(held.holder)
    published = {key.raw for key in me.encryption_keys}
    if load_decryption_keys(keys)[0].public_raw in published:
        make_encryption_key(keys)
    draft = _Draft(me.id, me.name, me.credit_code, me.suite)
    return _write_request(folder, draft, at=at, signer=identity.signer)


@dataclass(frozen=True, slots=True)
class _Draft:
    participant: str
    name: str
    credit_code: str
    suite: str

    def check(self) -> None:
        """Refuse what could not be asked for, before keys are made for it."""
        at = instant.from_milliseconds(0)
        self.request(b"", bytes(32), at, signed_with=sha256(b""))

    def request(self, csr: bytes, encryption_key: bytes, at: datetime, **more: Any) -> EnrollmentRequest:
        return EnrollmentRequest(
            participant=self.participant,
            name=self.name,
            credit_code=self.credit_code,
            suite=self.suite,
            signing_request=csr,
            encryption_key=encryption_key,
            at=instant.cut(at),
            **more,
        )


def _write_request(folder: Path, draft: _Draft, *, at: datetime, signer: Signer | None = None) -> Asked:
    key = make_signing_key(folder / KEYS)
    csr = signing_request(key, draft.participant)
    by = signer or IntlSigner(key, sha256(csr))
    newest = load_decryption_keys(folder / KEYS)[0].public_raw
    document = sign_request(draft.request(csr, newest, at, signed_with=by.certificate), by)
    path = folder / REQUEST
    replace(folder / SIGNING_REQUEST, request_pem(csr))
    replace(path, document)
    return Asked(path, fingerprint(public_digest(key.public_key())))


# ---- what came back


def examine_grant(folder: Path, document: bytes, *, at: datetime) -> Received:
    """
    Prove the grant in *document* and hold it against the keys of *folder*; nothing is changed.

    Raises:
        Reject: EX-1xx, it is no grant; EX-201, it is not signed by the hub that it names; EX-214, nobody
            vouches for that hub or for our certificate; EX-211, it was made for other keys.
        Halt: EX-212, its directory lists keys that are not ours.
    """
    claimed = claimed_grant(document)
    anchors = Anchors.of((*claimed.anchors, *claimed.chain[1:]))
    anchors.check(claimed.hub, HUB, at=at)
    grant = open_grant(document, verifier_of(claimed.hub, INTL.name, HUB))
    keys = folder / KEYS
    if not is_ours(keys, grant.chain[0]):
        raise Reject("EX-211", what="the grant", reason="it was made for other keys")
    anchors.check(grant.chain[0], grant.participant, at=at)
    view = first_view(grant.directory, grant.hub, anchors, holder=grant.participant, at=at)
    ours = {key.public_raw for key in load_decryption_keys(keys)}
    view.check_own(is_ours=lambda c: is_ours(keys, c.der), encryption_keys=ours)
    known = _knows(folder, grant, at)
    return Received(grant, view, fingerprint(grant.hub), known)


def _knows(folder: Path, grant: EnrollmentGrant, at: datetime) -> bool:
    if not (folder / CONFIG).exists():
        return False
    trust = HeldDirectory(_trust_files(folder), folder / KEYS, lambda: at).trust
    try:
        trust.verifier(HUB, sha256(grant.hub))
    except Reject:  # another hub, or one whose certificate followed while we were away: people compare again
        return False
    return True


def accept(folder: Path, received: Received, *, lang: str = "en") -> Path:
    """
    Put what was granted into its places; the daemon's settings, which stay as they are if they exist.

    Raises:
        Retry: EX-506, the disk refuses; run it again.
    """
    grant = received.grant
    files = _trust_files(folder)
    make_folder(folder / TRUST)
    replace(files.anchors, to_pem((*grant.anchors, *grant.chain[1:])))
    replace(folder / TRUST / "broker.pem", to_pem(grant.broker_authorities))
    if not received.known:
        replace(files.hub, to_pem((grant.hub,)))
        replace(files.directory, grant.directory)
    install(folder / KEYS, grant.chain)
    config = folder / CONFIG
    if not config.exists():
        (folder / FILES).mkdir(exist_ok=True)
        write_whole(config, _settings(grant, lang).encode())
    return config


def _settings(grant: EnrollmentGrant, lang: str) -> str:
    values: Mapping[str, Mapping[str, Any]] = {
        "participant": {"id": grant.participant, "lang": lang},
        "broker": {"urls": grant.broker_urls, "ca": f"{TRUST}/broker.pem"},
    }
    own = {"folder": FILES, "type": DEFAULT_TYPE, "to": (), "lang": lang}
    return adapter_file(values, {FILES: {"adapter": "directory", "settings": own}}, lang)


def _trust_files(folder: Path) -> AdapterTrust:
    defaults = AdapterTrust()
    return AdapterTrust(folder / defaults.anchors, folder / defaults.hub, folder / defaults.directory)
