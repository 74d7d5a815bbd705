# SPDX-License-Identifier: Apache-2.0
"""
Traps that the libraries set, each shown to be one and shown to be avoided.

Where a test first proves that a library still behaves so, it says what would make it needless.
"""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest
import zstandard
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import PolicyBuilder, Store
from lxml import etree

from exchange.codec import compression, xmlform
from exchange.codec.envelope_form import open_signed, read, write
from exchange.codec.segment_form import cut
from exchange.edge.anchors import Anchors, bound_name
from exchange.model.identity import Address
from exchange.model.limits import SEGMENT_BYTES_MOST
from tests.refusals import refusal, verdict
from tests.signing_elsewhere import signed_by_xmlsec, signxml_proves, xmlsec_proves
from tests.wire import FINANCE, NOON, RECEIVER, STRANGER, envelope, message, segment, signed

DOCUMENT = signed(envelope())
SIGNATURE = DOCUMENT[DOCUMENT.index(b"<ds:Signature ") : -len(b"</envelope>")]


def ours(document: bytes) -> str:
    """The code with which we refuse *document* as an envelope of FINANCE; "" when we believe it."""
    return verdict(open_signed, document, FINANCE.verifier, who="finance")


class TestTrap1ExternalDtd:
    """lxml's `collect_ids=False` turns the loading of external DTDs on again."""

    @pytest.fixture
    def document(self, tmp_path: Path) -> bytes:
        (tmp_path / "secret.dtd").write_text('<!ENTITY e "secret">')
        return f'<!DOCTYPE a SYSTEM "{tmp_path.as_uri()}/secret.dtd"><a>&e;</a>'.encode()

    def test_the_library_loads_it_without_ids_and_our_parser_does_not(self, document: bytes) -> None:
        careless = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, collect_ids=False)
        loaded, ours = (
            etree.fromstring(document, parser).getroottree().docinfo.externalDTD
            for parser in (careless, xmlform.hardened_parser())
        )
        assert loaded is not None
        assert ours is None

    def test_the_document_does_not_reach_the_parser(self, document: bytes) -> None:
        assert refusal(xmlform.parse, document, limit_bytes=1000, what="it") == "EX-101"

    def test_nobody_turns_the_collection_of_ids_off(self) -> None:
        sources = [
            path.read_text("utf-8")
            for folder in ("exchange", "adapters", "cli")
            for path in Path(folder).rglob("*.py")
        ]
        assert sources
        assert not any("collect_ids=" in source for source in sources)


class TestTrap2DecompressionBomb:
    """`ZstdDecompressor.decompress(max_output_size=N)` ignores N when the frame declares its size."""

    BOMB = zstandard.ZstdCompressor().compress(bytes(64 << 20))

    def test_the_library_gives_more_than_it_was_asked_for(self) -> None:
        assert len(zstandard.ZstdDecompressor().decompress(self.BOMB, max_output_size=1000)) == 64 << 20

    def test_a_frame_that_declares_more_than_its_slice_is_not_begun(self) -> None:
        assert refusal(compression.decompress, self.BOMB, 1000) == "EX-406"


class TestTrap3SharedCompressor:
    """A zstd compressor that two threads share crashes the process."""

    def test_no_two_threads_have_the_same(self) -> None:
        found: list[object] = []
        threads = [
            threading.Thread(
                target=lambda: found.extend((compression._mine.compressor, compression._mine.decompressor))
            )
            for _ in range(3)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({id(each) for each in found}) == 6


class TestTrap4SignatureWrapping:
    """What a signature covers and what is read can be two things, where a reference has an id."""

    FORGED = write(envelope(to=(Address.parse("440500.tax/registry"),)))

    def test_other_implementations_believe_a_wrapped_reference_by_id_and_we_do_not(self) -> None:
        genuine = write(envelope()).replace(b' version="1"', b' Id="all" version="1"')
        inside = signed_by_xmlsec(genuine, uri="#all")
        wrapped = self.FORGED[: -len(b"</envelope>")] + b"<holder>" + inside + b"</holder></envelope>"
        assert xmlsec_proves(wrapped, FINANCE)
        assert signxml_proves(wrapped, FINANCE)
        assert etree.fromstring(wrapped).findtext("{*}to") == "440500.tax/registry"
        assert ours(wrapped) == "EX-201"

    @pytest.mark.parametrize(
        "wrapped",
        [
            # the genuine document inside a forged one, its signature outside
            FORGED[: -len(b"</envelope>")] + DOCUMENT + SIGNATURE + b"</envelope>",
            # the genuine document inside the signature
            FORGED[: -len(b"</envelope>")]
            + SIGNATURE[: -len(b"</ds:Signature>")]
            + b"<ds:Object>" + DOCUMENT + b"</ds:Object></ds:Signature>"
            + b"</envelope>",
            # the forged document around the genuine one
            FORGED[: -len(b"</envelope>")] + DOCUMENT + b"</envelope>",
            # the genuine document first, then the forged
            DOCUMENT + FORGED,
            # the forged document first, then the genuine
            FORGED + DOCUMENT,
            # the genuine signature in the forged document
            FORGED[: -len(b"</envelope>")] + SIGNATURE + b"</envelope>",
            # a forged element before the genuine one
            DOCUMENT.replace(b"<to>", b"<to>440500.tax/registry</to><to>", 1),
            # a forged element behind the signature
            DOCUMENT[: -len(b"</envelope>")] + b"<to>440500.tax/registry</to></envelope>",
            # the genuine document as the content of another root
            b'<evil xmlns="urn:govbus:exchange:1">' + DOCUMENT + b"</evil>",
            # two signatures: the genuine one first
            DOCUMENT[: -len(b"</envelope>")] + SIGNATURE + b"</envelope>",
        ],
    )  # fmt: skip
    def test_a_wrapped_document_is_refused(self, wrapped: bytes) -> None:
        assert ours(wrapped)

    def test_a_segment_with_a_second_envelope_is_refused(self) -> None:
        whole = segment(message())
        forged = whole.replace(b"<keys>", self.FORGED + b"<keys>")
        assert refusal(cut, forged) == "EX-101"

    def test_what_is_read_is_what_was_proven_to_the_byte(self) -> None:
        made, _ = open_signed(DOCUMENT, FINANCE.verifier, who="finance")
        assert write(made) == write(envelope())


class TestTrap5CommentInAValue:
    """A comment inside a value keeps the signature and splits the value in two."""

    @pytest.mark.parametrize("comment", [b"<!---->", b"<!--x-->"])
    def test_other_implementations_believe_it_and_we_do_not(self, comment: bytes) -> None:
        place = DOCUMENT.index(str(RECEIVER).encode()) + 6
        split = DOCUMENT[:place] + comment + DOCUMENT[place:]
        assert xmlsec_proves(split, FINANCE)
        assert etree.fromstring(split).find("{*}to").text == str(RECEIVER)[:6]
        assert ours(split)
        assert refusal(read, split) == "EX-101"

    def test_a_segment_with_a_comment_in_an_address_is_refused(self) -> None:
        split = segment(message()).replace(b"<from>440500", b"<from>440500<!---->")
        assert refusal(cut, split) == "EX-101"

    def test_a_processing_instruction_is_refused_too(self) -> None:
        assert refusal(read, write(envelope()).replace(b"<to>440500", b"<to>440500<?x?>")) == "EX-101"


class TestTrap6WeakOrRevokedCertificate:
    """`cryptography.x509.verification` looks at no revocation list and lets a 1024-bit RSA key pass."""

    ROOT_KEY = ec.derive_private_key(6, ec.SECP256R1())

    def test_the_library_lets_a_weak_key_pass_and_we_do_not(self) -> None:
        weak = rsa.generate_private_key(65537, 1024)
        leaf = self.issue(weak.public_key(), 2)
        self.library_believes(leaf)
        assert refusal(self.anchors().check, leaf, FINANCE.name, at=NOON) == "EX-214"

    def test_the_library_lets_a_revoked_certificate_pass_and_we_do_not(self) -> None:
        leaf = self.issue(FINANCE.key.public_key(), 3)
        self.library_believes(leaf)
        assert verdict(self.anchors().check, leaf, FINANCE.name, at=NOON) == ""
        assert refusal(self.anchors(revoked=3).check, leaf, FINANCE.name, at=NOON) == "EX-205"

    def test_a_good_certificate_of_another_is_refused(self) -> None:
        leaf = self.issue(FINANCE.key.public_key(), 4)
        assert refusal(self.anchors().check, leaf, STRANGER.name, at=NOON) == "EX-214"

    def library_believes(self, leaf: bytes) -> None:
        store = Store([x509.load_der_x509_certificate(self.root())])
        PolicyBuilder().store(store).time(NOON).build_client_verifier().verify(
            x509.load_der_x509_certificate(leaf), []
        )

    def anchors(self, revoked: int | None = None) -> Anchors:
        if revoked is None:
            return Anchors((self.root(),))
        entry = x509.RevokedCertificateBuilder().serial_number(revoked).revocation_date(NOON).build()
        crl = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(_named("root"))
            .last_update(NOON)
            .next_update(NOON + timedelta(days=1))
            .add_revoked_certificate(entry)
            .sign(self.ROOT_KEY, hashes.SHA256())
        )
        return Anchors.of((self.root(),), crl.public_bytes(serialization.Encoding.PEM))

    def root(self) -> bytes:
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        made = (
            _builder("root", self.ROOT_KEY.public_key(), 1)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(self.ROOT_KEY.public_key()), critical=False
            )
            .sign(self.ROOT_KEY, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.DER)

    def issue(self, key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey, serial: int) -> bytes:
        root = self.ROOT_KEY.public_key()
        made = (
            _builder(FINANCE.name, key, serial)
            .add_extension(
                x509.SubjectAlternativeName([x509.UniformResourceIdentifier(bound_name(FINANCE.name))]),
                critical=False,
            )
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root), critical=False)
            .sign(self.ROOT_KEY, hashes.SHA256())
        )
        return made.public_bytes(serialization.Encoding.DER)


class TestTrap7OddEncodingsAndCrowds:
    """libxml2 takes UTF-7, 100,000 attributes, 20,000 namespaces; canonical form sorts in quadratic time."""

    @pytest.mark.parametrize("encoding", ["UTF-7", "GB18030", "ISO-8859-1", "UTF-16"])
    def test_another_encoding_is_refused(self, encoding: str) -> None:
        document = f'<?xml version="1.0" encoding="{encoding}"?><a/>'.encode("ascii")
        assert refusal(xmlform.parse, document, limit_bytes=1000, what="it") == "EX-101"

    def test_a_hundred_thousand_attributes_are_refused_before_they_are_sorted(self) -> None:
        crowded = b"<a %b></a>" % b" ".join(b'a%d="1"' % number for number in range(100_000))
        assert refusal(xmlform.parse_canonical, crowded, limit_bytes=1 << 22, what="it") == "EX-103"

    def test_twenty_thousand_namespaces_are_refused_before_they_are_parsed(self) -> None:
        crowded = b"<a %b></a>" % b" ".join(
            b'xmlns:a%d="urn:%d"' % (number, number) for number in range(20_000)
        )
        assert refusal(xmlform.parse_canonical, crowded, limit_bytes=1 << 22, what="it") == "EX-103"


class TestTrap11LongText:
    """libxml2 refuses text nodes above 10,000,000 characters."""

    def test_the_library_refuses_a_longer_text(self) -> None:
        assert (
            refusal(xmlform.parse, b"<a>%b</a>" % (b"x" * 10_000_001), limit_bytes=1 << 24, what="it")
            == "EX-101"
        )

    def test_the_largest_segment_is_still_a_document_that_anybody_can_parse(self) -> None:
        sent = message(bytes(SEGMENT_BYTES_MOST), segment_bytes=SEGMENT_BYTES_MOST)
        whole = segment(sent)
        assert len(etree.fromstring(whole).find("{*}data").text) > SEGMENT_BYTES_MOST
        assert cut(whole).piece.size == SEGMENT_BYTES_MOST


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _builder(
    subject: str, key: ec.EllipticCurvePublicKey | rsa.RSAPublicKey, serial: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_named(subject))
        .issuer_name(_named("root"))
        .public_key(key)
        .serial_number(serial)
        .not_valid_before(NOON - timedelta(days=1))
        .not_valid_after(NOON + timedelta(days=365))
    )
