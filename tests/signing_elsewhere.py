# SPDX-License-Identifier: Apache-2.0
"""
Two other implementations of XML signatures: signxml, and libxmlsec1 behind xmlsec.

They prove what they are given and sign in any profile that XML-DSig allows, ours among them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import signxml
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.x509.oid import NameOID
from lxml import etree

from tests.wire import FINANCE, NOON, STRANGER, THE_HUB, Party

DSIG = "http://www.w3.org/2000/09/xmldsig#"
ENVELOPED = f"{DSIG}enveloped-signature"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
INCLUSIVE = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
ECDSA = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"


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


def signxml_proves(document: bytes, party: Party) -> bool:
    """Whether signxml believes *document*."""
    try:
        signxml.XMLVerifier().verify(document, x509_cert=CERTIFICATES[party.name])
    except (signxml.InvalidSignature, signxml.InvalidDigest):
        return False
    return True


def xmlsec_proves(document: bytes, party: Party) -> bool:
    """Whether libxmlsec1 believes *document*, ids resolved."""
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(party.public_pem, xmlsec.KeyFormat.PEM)
    root = etree.fromstring(document)
    xmlsec.tree.add_ids(root, ["Id"])
    try:
        context.verify(xmlsec.tree.find_node(root, xmlsec.Node.SIGNATURE))
    except xmlsec.Error:
        return False
    return True


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
