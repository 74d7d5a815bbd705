# SPDX-License-Identifier: Apache-2.0
"""Key files: who may read them, what replaces them, and which certificate fits."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from exchange.codec.suite_intl import IntlVerifier
from exchange.edge.keystore import (
    IDENTITY,
    WAITING,
    install,
    is_for,
    is_ours,
    load_decryption_keys,
    load_identity,
    load_signer,
    make_encryption_key,
    make_folder,
    make_signing_key,
    request_verifier,
    requested_key,
    signing_request,
)
from exchange.errors import Halt, Reject
from exchange.model.digest import sha256
from tests.identities import FINANCE, NOON, TAX, Town


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    folder = tmp_path / "keys"
    make_folder(folder)
    return folder


def issue(town: Town, key: ec.EllipticCurvePrivateKey, who: str = FINANCE) -> bytes:
    return town.authority.issue(key.public_key(), who, at=NOON)


def test_every_key_file_is_for_its_owner_alone(town: Town) -> None:
    party = town.party(FINANCE)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in party.keys.iterdir()}
    assert stat.S_IMODE(party.keys.stat().st_mode) == 0o700
    assert len(modes) == 3
    assert set(modes.values()) == {0o600}


def test_asking_for_a_key_again_gives_the_same_key(keys: Path) -> None:
    first, again = make_signing_key(keys), make_signing_key(keys)
    assert first.private_numbers() == again.private_numbers()


def test_what_the_identity_signs_its_certificate_verifies(town: Town) -> None:
    party = town.party(FINANCE)
    signer = load_signer(party.keys)
    key = x509.load_der_x509_certificate(party.identity.certificate).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    assert IntlVerifier(key).verify(b"words", signer.sign(b"words"))
    assert signer.certificate == sha256(party.identity.certificate)


def test_key_and_certificate_are_one_file_that_tls_takes(town: Town) -> None:
    import ssl

    path = town.party(FINANCE).keys / IDENTITY
    ssl.create_default_context().load_cert_chain(path, path)


def test_installing_takes_the_waiting_key_away(town: Town) -> None:
    party = town.party(FINANCE)
    assert not (party.keys / WAITING).exists()


def test_a_crash_between_installing_and_tidying_up_is_mended_by_installing_again(town: Town) -> None:
    party = town.party(FINANCE)
    pem = party.identity.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (party.keys / WAITING).write_bytes(pem)
    (party.keys / WAITING).chmod(0o600)
    again = install(party.keys, party.identity.chain)
    assert again.digest == party.identity.digest
    assert not (party.keys / WAITING).exists()


def test_a_renewal_leaves_the_present_identity_until_it_is_installed(town: Town) -> None:
    party = town.party(FINANCE)
    key = make_signing_key(party.keys)
    assert load_identity(party.keys).digest == party.identity.digest
    install(party.keys, [issue(town, key)])
    assert load_identity(party.keys).key.private_numbers() == key.private_numbers()


def test_a_certificate_for_another_key_is_not_installed(town: Town, keys: Path) -> None:
    make_signing_key(keys)
    with pytest.raises(Halt, match=r"EX-904.*a key that is not here"):
        install(keys, [issue(town, ec.generate_private_key(ec.SECP256R1()))])
    assert not (keys / IDENTITY).exists()


def test_a_missing_identity_is_named(keys: Path) -> None:
    with pytest.raises(Halt, match=r"EX-904.*identity\.pem"):
        load_signer(keys)


def test_a_key_that_others_may_read_is_not_used(town: Town) -> None:
    path = town.party(FINANCE).keys / IDENTITY
    path.chmod(0o640)
    with pytest.raises(Halt, match="others may read this key"):
        load_signer(path.parent)


def test_a_file_without_a_key_is_named(keys: Path) -> None:
    (keys / IDENTITY).write_bytes(b"nothing of the kind")
    (keys / IDENTITY).chmod(0o600)
    with pytest.raises(Halt, match="no readable private key"):
        load_identity(keys)


def test_an_identity_without_a_certificate_is_named(keys: Path) -> None:
    make_signing_key(keys)
    (keys / WAITING).rename(keys / IDENTITY)
    with pytest.raises(Halt, match="EX-904"):
        load_identity(keys)


def test_a_signing_key_of_another_kind_is_refused(keys: Path) -> None:
    make_encryption_key(keys)
    next(keys.glob("encryption-*.pem")).rename(keys / IDENTITY)
    with pytest.raises(Halt, match="not a P-256 key"):
        load_identity(keys)


def test_an_encryption_key_of_another_kind_is_refused(keys: Path) -> None:
    make_signing_key(keys)
    (keys / WAITING).rename(keys / "encryption-000001.pem")
    with pytest.raises(Halt, match="not an X25519 key"):
        load_decryption_keys(keys)


def test_the_newest_encryption_key_comes_first_and_older_ones_still_open(keys: Path) -> None:
    old = make_encryption_key(keys)
    new = make_encryption_key(keys)
    loaded = load_decryption_keys(keys)
    assert [key.public_raw for key in loaded] == [new, old]
    assert loaded[1].unwrap(loaded[1].public.wrap(b"secret", b"info"), b"info") == b"secret"


def test_a_folder_without_an_encryption_key_is_named(keys: Path) -> None:
    with pytest.raises(Halt, match="there is no encryption key"):
        load_decryption_keys(keys)


def test_a_signing_request_proves_its_key(keys: Path) -> None:
    key = make_signing_key(keys)
    csr = signing_request(key, FINANCE)
    assert requested_key(csr).public_numbers() == key.public_key().public_numbers()
    from exchange.codec.suite_intl import IntlSigner

    signature = IntlSigner(key, sha256(csr)).sign(b"words")
    assert request_verifier(csr).verify(b"words", signature)


def test_an_altered_signing_request_is_refused(keys: Path) -> None:
    csr = signing_request(make_signing_key(keys), FINANCE)
    altered = csr.replace(FINANCE.encode(), b"440500.finanse")
    with pytest.raises(Reject, match=r"EX-211.*not signed by its own key"):
        requested_key(altered)


def test_what_is_no_signing_request_is_refused() -> None:
    with pytest.raises(Reject, match="EX-211"):
        requested_key(b"no request")


@pytest.mark.parametrize(
    "key",
    [
        ec.generate_private_key(ec.SECP384R1()),
        rsa.generate_private_key(public_exponent=65537, key_size=2048),
    ],
    ids=["P-384", "RSA"],
)
def test_a_signing_request_for_a_key_of_another_kind_is_refused(key: ec.EllipticCurvePrivateKey) -> None:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, FINANCE)])
    csr = x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, hashes.SHA256())
    with pytest.raises(Reject, match="not on the curve P-256"):
        requested_key(csr.public_bytes(serialization.Encoding.DER))


def test_a_certificate_is_for_the_key_that_it_was_issued_to(town: Town) -> None:
    one, other = town.party(FINANCE), town.party(TAX)
    assert is_for(one.identity.certificate, one.identity.key.public_key())
    assert not is_for(one.identity.certificate, other.identity.key.public_key())


def test_ours_are_past_certificates_and_those_of_a_waiting_key(town: Town) -> None:
    party = town.party(FINANCE)
    waiting = make_signing_key(party.keys)
    renewed = issue(town, waiting)
    assert is_ours(party.keys, renewed)
    install(party.keys, [renewed])
    assert is_ours(party.keys, party.identity.certificate)


def test_a_certificate_for_another_key_under_our_name_is_not_ours(town: Town) -> None:
    party = town.party(FINANCE)
    assert not is_ours(party.keys, issue(town, ec.generate_private_key(ec.SECP256R1())))


def test_what_is_no_certificate_is_not_ours(keys: Path) -> None:
    assert not is_ours(keys, b"no certificate")


def test_a_kill_while_a_key_is_written_leaves_none_and_the_next_one_is_made(
    keys: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_words: object) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("os.write", die)
        with pytest.raises(KeyboardInterrupt):
            make_signing_key(keys)
        with pytest.raises(KeyboardInterrupt):
            make_encryption_key(keys)
    assert make_signing_key(keys).curve.name == "secp256r1"
    public = make_encryption_key(keys)
    assert [key.public_raw for key in load_decryption_keys(keys)] == [public]
