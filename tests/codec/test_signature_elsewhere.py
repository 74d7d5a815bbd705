# SPDX-License-Identifier: Apache-2.0
"""
Our signatures before other implementations, and theirs before ours.

signxml and xmlsec (libxmlsec1) know XML-DSig as the W3C wrote it. What we sign they must prove; what
they sign in our profile we must prove; what they sign in any other profile, however valid, we refuse.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
import signxml
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from lxml import etree

from exchange.codec.envelope_form import open_signed, write
from exchange.codec.receipt_form import open_receipt, sign_receipt, write_receipt
from exchange.model.envelope import Envelope
from exchange.model.receipt import Receipt
from tests.refusals import verdict
from tests.strategies import envelopes, receipts
from tests.wire import FINANCE, NOON, STRANGER, THE_HUB, Party, envelope, receipt, signed

DSIG = "http://www.w3.org/2000/09/xmldsig#"
ENVELOPED = f"{DSIG}enveloped-signature"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ECDSA = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
CONTENT = write(envelope())

Implementation = Callable[[bytes, Party], bool]


def certificate(party: Party) -> bytes:
    """A certificate of *party*'s own making: signxml takes keys in no other form."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, party.name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(party.key.public_key())
        .serial_number(1)
        .not_valid_before(datetime(2020, 1, 1))  # noqa: DTZ001  as the builder wants it: UTC without saying so
        .not_valid_after(NOON.replace(tzinfo=None) + timedelta(days=36500))
        .sign(party.key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


CERTIFICATES = {party.name: certificate(party).decode() for party in (FINANCE, STRANGER, THE_HUB)}


def private_pem(party: Party) -> bytes:
    return party.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


# ---- ours before theirs


def signxml_proves(document: bytes, party: Party) -> bool:
    """Whether signxml believes *document*."""
    try:
        signxml.XMLVerifier().verify(document, x509_cert=CERTIFICATES[party.name])
    except (signxml.InvalidSignature, signxml.InvalidDigest):
        return False
    return True


def xmlsec_proves(document: bytes, party: Party) -> bool:
    """Whether libxmlsec1 believes *document*."""
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(party.public_pem, xmlsec.KeyFormat.PEM)
    try:
        context.verify(xmlsec.tree.find_node(etree.fromstring(document), xmlsec.Node.SIGNATURE))
    except xmlsec.Error:
        return False
    return True


both = pytest.mark.parametrize("proves", [signxml_proves, xmlsec_proves])


@both
@settings(max_examples=25)
@given(made=envelopes())
def test_what_we_sign_others_prove(proves: Implementation, made: Envelope) -> None:
    assert proves(signed(made), FINANCE)


@both
@settings(max_examples=25)
@given(made=receipts())
def test_our_receipts_others_prove(proves: Implementation, made: Receipt) -> None:
    assert proves(sign_receipt(made, THE_HUB.signer), THE_HUB)


@both
def test_what_a_stranger_signed_others_refuse_too(proves: Implementation) -> None:
    assert not proves(signed(envelope(), STRANGER), FINANCE)


@both
def test_what_was_altered_others_refuse_too(proves: Implementation) -> None:
    assert not proves(signed(envelope()).replace(b"routine", b"flash!!"), FINANCE)


# ---- theirs before ours


def ours(document: bytes) -> str:
    """The code with which we refuse *document* as an envelope of FINANCE; "" when we believe it."""
    return verdict(open_signed, document, FINANCE.verifier, who="finance")


def signed_by_signxml(
    content: bytes,
    *,
    method: signxml.SignatureMethod = signxml.SignatureMethod.ECDSA_SHA256,
    digest: signxml.DigestAlgorithm = signxml.DigestAlgorithm.SHA256,
    c14n: str = EXCLUSIVE,
    reference: str | None = None,
    key_info: bool = False,
) -> bytes:
    """*content* signed by signxml, in our profile unless told otherwise."""
    signer = signxml.XMLSigner(
        method=signxml.methods.enveloped,
        signature_algorithm=method,
        digest_algorithm=digest,
        c14n_algorithm=signxml.CanonicalizationMethod(c14n),
    )
    root = signer.sign(
        etree.fromstring(content),
        key=private_pem(FINANCE),
        cert=CERTIFICATES[FINANCE.name],
        reference_uri=reference,
    )
    if not key_info:  # no signature covers it
        found = root.find(f".//{{{DSIG}}}KeyInfo")
        found.getparent().remove(found)
    form: bytes = etree.tostring(root, method="c14n", exclusive=True)
    return form


def without_line_breaks_in_values(document: bytes) -> bytes:
    """xmlsec breaks base64 into lines; the value is the same, the spelling is not ours."""
    root = etree.fromstring(document)
    for value in root.iter(f"{{{DSIG}}}SignatureValue"):
        value.text = "".join((value.text or "").split())
    form: bytes = etree.tostring(root, method="c14n", exclusive=True)
    return form


def signed_by_xmlsec(
    content: bytes,
    *,
    c14n: str = EXCLUSIVE,
    transforms: tuple[str, ...] = (ENVELOPED, EXCLUSIVE),
    uri: str = "",
    place: int | None = None,
    key_info: str = "",
) -> bytes:
    """*content* signed by libxmlsec1, in our profile unless told otherwise."""
    listed = "".join(f'<ds:Transform Algorithm="{name}"/>' for name in transforms)
    template = etree.fromstring(
        f'<ds:Signature xmlns:ds="{DSIG}"><ds:SignedInfo><ds:CanonicalizationMethod Algorithm="{c14n}"/>'
        f'<ds:SignatureMethod Algorithm="{ECDSA}"/><ds:Reference URI="{uri}">'
        f"<ds:Transforms>{listed}</ds:Transforms>"
        f'<ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue/></ds:Reference></ds:SignedInfo>'
        f"<ds:SignatureValue/>{key_info}</ds:Signature>"
    )
    root = etree.fromstring(content)
    root.insert(len(root) if place is None else place, template)
    xmlsec.tree.add_ids(root, ["Id"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(private_pem(FINANCE), xmlsec.KeyFormat.PEM)
    context.sign(template)
    form: bytes = etree.tostring(root, method="c14n", exclusive=True)
    return form


def test_what_signxml_signs_in_our_profile_we_prove() -> None:
    assert ours(signed_by_signxml(CONTENT)) == ""


def test_what_xmlsec_signs_in_our_profile_we_prove() -> None:
    assert ours(without_line_breaks_in_values(signed_by_xmlsec(CONTENT))) == ""


WITH_ID = CONTENT.replace(b' version="1"', b' Id="all" version="1"')

OTHER_PROFILES = {
    "another signature algorithm": lambda: signed_by_signxml(
        CONTENT, method=signxml.SignatureMethod.ECDSA_SHA384
    ),
    "another digest algorithm": lambda: signed_by_signxml(CONTENT, digest=signxml.DigestAlgorithm.SHA512),
    "inclusive canonical form, by signxml": lambda: signed_by_signxml(CONTENT, c14n=INCLUSIVE),
    "key material in the signature, by signxml": lambda: signed_by_signxml(CONTENT, key_info=True),
    "a reference by id, by signxml": lambda: signed_by_signxml(WITH_ID, reference="#all"),
    "line breaks in the value": lambda: signed_by_xmlsec(CONTENT),
    "inclusive canonical form, by xmlsec": lambda: signed_by_xmlsec(CONTENT, c14n=INCLUSIVE),
    "one transform less": lambda: signed_by_xmlsec(CONTENT, transforms=(ENVELOPED,)),
    "one transform more": lambda: signed_by_xmlsec(CONTENT, transforms=(ENVELOPED, EXCLUSIVE, EXCLUSIVE)),
    "a reference by id, by xmlsec": lambda: signed_by_xmlsec(WITH_ID, uri="#all"),
    "the signature not the last child": lambda: signed_by_xmlsec(CONTENT, place=3),
    "the signature the first child": lambda: signed_by_xmlsec(CONTENT, place=0),
    "the name of a key in the signature": lambda: signed_by_xmlsec(
        CONTENT, key_info="<ds:KeyInfo><ds:KeyName>finance</ds:KeyName></ds:KeyInfo>"
    ),
}


@pytest.mark.parametrize("profile", OTHER_PROFILES)
def test_a_signature_of_another_profile_is_valid_elsewhere_and_refused_here(profile: str) -> None:
    document = OTHER_PROFILES[profile]()
    assert xmlsec_accepts_with_ids(document)
    assert ours(document) == "EX-201"


def xmlsec_accepts_with_ids(document: bytes) -> bool:
    """Whether libxmlsec1 believes *document*, ids resolved: proof that what we refuse is no nonsense."""
    root = etree.fromstring(document)
    xmlsec.tree.add_ids(root, ["Id"])
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(FINANCE.public_pem, xmlsec.KeyFormat.PEM)
    context.verify(xmlsec.tree.find_node(root, xmlsec.Node.SIGNATURE))
    return True


def test_a_second_signature_in_our_profile_by_another_implementation_is_refused() -> None:
    twice = without_line_breaks_in_values(signed_by_xmlsec(signed(envelope())))
    assert ours(twice) == "EX-201"


def test_a_receipt_made_elsewhere_in_our_profile_is_believed() -> None:
    made = receipt()
    document = without_line_breaks_in_values(signed_by_xmlsec(write_receipt(made)))
    assert open_receipt(document, FINANCE.verifier, who="finance") == made
