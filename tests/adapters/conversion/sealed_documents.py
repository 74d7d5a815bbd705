# SPDX-License-Identifier: Apache-2.0
"""
Sealed OFD documents, made here from nothing: certificates, seals, signatures, packages.

Everything is written byte by byte, by no code that the verification uses, and is the same each time.
"""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tests.adapters.conversion import sm2_by_hand as sm2

SM2_WITH_SM3 = "1.2.156.10197.1.501"
SM3 = "1.2.156.10197.1.401"
NAMESPACE = "http://www.ofdspec.org/2016"
MADE = datetime(2026, 1, 1, tzinfo=UTC)
SIGNED = datetime(2026, 6, 1, 8, 30, tzinfo=UTC)
NOW = datetime(2026, 11, 21, tzinfo=UTC)
ENDS = datetime(2028, 1, 1, tzinfo=UTC)
PICTURE = b"\x89PNG\r\n\x1a\n picture of a seal"

Sign = Callable[[bytes], bytes]


# ---- DER


def tlv(tag: int, *contents: bytes) -> bytes:
    body = b"".join(contents)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    length = len(body).to_bytes((len(body).bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + body


def sequence(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def integer(value: int) -> bytes:
    return tlv(0x02, value.to_bytes(value.bit_length() // 8 + 1))


def bits(data: bytes) -> bytes:
    return tlv(0x03, b"\0", data)


def octets(data: bytes) -> bytes:
    return tlv(0x04, data)


def ascii_text(text: str) -> bytes:
    return tlv(0x16, text.encode())


def utf8(text: str) -> bytes:
    return tlv(0x0C, text.encode())


def oid(dotted: str) -> bytes:
    first, second, *rest = map(int, dotted.split("."))
    body = bytes([40 * first + second])
    for number in rest:
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.append(number & 0x7F | 0x80)
        body += bytes(reversed(groups))
    return tlv(0x06, body)


def utc_time(when: datetime) -> bytes:
    return tlv(0x17, f"{when:%y%m%d%H%M%SZ}".encode())


def general_time(when: datetime) -> bytes:
    return tlv(0x18, f"{when:%Y%m%d%H%M%SZ}".encode())


# ---- keys and certificates


@dataclass(frozen=True)
class Party:
    """Somebody with an SM2 key and a certificate."""

    name: str
    secret: int
    certificate: bytes

    def sign(self, message: bytes, identity: bytes = sm2.IDENTITY) -> bytes:
        return sequence(*map(integer, sm2.sign(self.secret, message, identity=identity)))

    def sign_raw(self, message: bytes) -> bytes:
        return b"".join(each.to_bytes(32) for each in sm2.sign(self.secret, message))


def name_of(common: str) -> bytes:
    return sequence(tlv(0x31, sequence(oid("2.5.4.3"), utf8(common))))


def public_key(secret: int) -> bytes:
    algorithm = sequence(oid("1.2.840.10045.2.1"), oid("1.2.156.10197.1.301"))
    return sequence(algorithm, bits(sm2.point_bytes(secret)))


def certificate(
    name: str,
    key: bytes,
    issuer: str,
    sign: Sign,
    *,
    begins: datetime = MADE - timedelta(days=365),
    ends: datetime = ENDS,
    authority: bool = False,
    serial: int = 7,
    algorithm: str = SM2_WITH_SM3,
) -> bytes:
    constraints = sequence(tlv(0x01, b"\xff")) if authority else sequence()
    extensions = tlv(0xA3, sequence(sequence(oid("2.5.29.19"), octets(constraints))))
    body = sequence(
        tlv(0xA0, integer(2)), integer(serial), sequence(oid(algorithm)), name_of(issuer),
        sequence(utc_time(begins), utc_time(ends)), name_of(name), key, extensions,
    )  # fmt: skip
    return sequence(body, sequence(oid(algorithm)), bits(sign(body)))


def root(name: str, secret: int) -> Party:
    """An authority that nobody but itself vouches for."""
    made = Party(name, secret, b"")
    return Party(name, secret, certificate(name, public_key(secret), name, made.sign, authority=True))


def issued(name: str, secret: int, by: Party, **more: object) -> Party:
    """A party whose certificate is by *by*."""
    return Party(name, secret, certificate(name, public_key(secret), by.name, by.sign, **more))  # type: ignore[arg-type]


AUTHORITY = root("粤东根证书中心", 0x1111)
STRANGER = root("别处根证书中心", 0x2222)
MAKER = issued("市印章制作系统", 0x3333, AUTHORITY)
FOREIGN_MAKER = issued("别处印章制作系统", 0x4444, STRANGER)
SIGNER = issued("市财政局签章服务器", 0x5555, AUTHORITY)
OTHER_SIGNER = issued("市税务局签章服务器", 0x6666, AUTHORITY)


# ---- seals


@dataclass(frozen=True)
class SealPlan:
    """How a seal is made; every field can be made wrong."""

    version: int = 4
    maker: Party = MAKER
    users: tuple[bytes, ...] = (SIGNER.certificate,)
    by_digest: bool = False
    begins: datetime = MADE
    ends: datetime = ENDS
    name: str = "市财政局公章"
    picture: bytes = PICTURE
    signed_over: Callable[[bytes, bytes], bytes] | None = None  # content, all three -> what the maker signs
    end: bytes | None = None  # what stands where its end should

    def made(self) -> bytes:
        new = self.version == 4
        time = general_time if new else utc_time
        users = sequence(*(self._user(each) for each in self.users))
        kind = (integer(2 if self.by_digest else 1),) if new else ()
        times = (time(self.begins), time(self.begins), self.end or time(self.ends))
        told = sequence(integer(1), utf8(self.name), *kind, users, *times)
        picture = sequence(ascii_text("PNG"), octets(self.picture), integer(40), integer(40))
        header = sequence(ascii_text("ES"), integer(self.version), ascii_text("tests"))
        info = sequence(header, ascii_text("44050000000001"), told, picture)
        by = (octets(self.maker.certificate), oid(SM2_WITH_SM3))
        over = self.signed_over or ((lambda one, _: one) if new else (lambda _, three: three))
        signature = bits(self.maker.sign(over(info, sequence(info, *by))))
        return sequence(info, *by, signature) if new else sequence(info, sequence(*by, signature))

    def _user(self, user: bytes) -> bytes:
        return sequence(tlv(0x13, b"SM3"), octets(sm2.sm3(user))) if self.by_digest else octets(user)


@dataclass(frozen=True)
class SignaturePlan:
    """How a document is signed with a seal."""

    seal: SealPlan = field(default_factory=SealPlan)
    signer: Party = SIGNER
    identity: bytes = sm2.IDENTITY
    raw: bool = False  # r and s side by side
    at: datetime = SIGNED
    stamp: Callable[[bytes], bytes] | None = None  # signature -> time-stamp token
    time: bytes | None = None  # what stands where the time of signing should

    def value(self, description: bytes) -> bytes:
        new = self.seal.version == 4
        digest, path = bits(sm2.sm3(description)), ascii_text("/Doc_0/Signs/Sign_0/Signature.xml")
        head = (integer(self.seal.version), self.seal.made())
        by = (octets(self.signer.certificate), oid(SM2_WITH_SM3))
        if not new:
            to_sign = sequence(*head, bits(utc_time(self.at)), digest, path, *by)
            return sequence(to_sign, bits(self._signature(to_sign)))
        to_sign = sequence(*head, self.time or general_time(self.at), digest, path)
        signature = self._signature(to_sign)
        stamp = (tlv(0xA0, bits(self.stamp(signature))),) if self.stamp else ()
        return sequence(to_sign, *by, bits(signature), *stamp)

    def _signature(self, to_sign: bytes) -> bytes:
        return self.signer.sign_raw(to_sign) if self.raw else self.signer.sign(to_sign, self.identity)


# ---- packages

OFD_XML = (
    f'<ofd:OFD xmlns:ofd="{NAMESPACE}" Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo/>'
    "<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot>"
    "<ofd:Signatures>Doc_0/Signs/Signatures.xml</ofd:Signatures></ofd:DocBody></ofd:OFD>"
).encode()
DOCUMENT_XML = (
    f'<ofd:Document xmlns:ofd="{NAMESPACE}"><ofd:Pages><ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/>'
    "</ofd:Pages></ofd:Document>"
).encode()
CONTENT_XML = f'<ofd:Page xmlns:ofd="{NAMESPACE}"><ofd:Content/></ofd:Page>'.encode()
FILES = {
    "OFD.xml": OFD_XML,
    "Doc_0/Document.xml": DOCUMENT_XML,
    "Doc_0/Pages/Page_0/Content.xml": CONTENT_XML,
}
SIGN = "Doc_0/Signs/Sign_0/"


def signatures_xml(*paths: str, kind: str = "Seal") -> bytes:
    listed = "".join(
        f'<ofd:Signature ID="{number}" Type="{kind}" BaseLoc="{path}"/>'
        for number, path in enumerate(paths, 1)
    )
    return f'<ofd:Signatures xmlns:ofd="{NAMESPACE}">{listed}</ofd:Signatures>'.encode()


def description_xml(
    files: Mapping[str, bytes],
    *,
    check: str = SM3,
    digest: Callable[[bytes], bytes] = sm2.sm3,
    method: str = SM2_WITH_SM3,
    seal: bool = True,
) -> bytes:
    references = "".join(
        f'<ofd:Reference FileRef="/{name}"><ofd:CheckValue>{base64.b64encode(digest(data)).decode()}'
        "</ofd:CheckValue></ofd:Reference>"
        for name, data in files.items()
    )
    place = f"<ofd:Seal><ofd:BaseLoc>/{SIGN}Seal.esl</ofd:BaseLoc></ofd:Seal>" if seal else ""
    return (
        f'<ofd:Signature xmlns:ofd="{NAMESPACE}"><ofd:SignedInfo><ofd:Provider ProviderName="tests"/>'
        f"<ofd:SignatureMethod>{method}</ofd:SignatureMethod>"
        f"<ofd:SignatureDateTime>{SIGNED:%Y-%m-%d %H:%M:%S}Z</ofd:SignatureDateTime>"
        f'<ofd:References CheckMethod="{check}">{references}</ofd:References>'
        '<ofd:StampAnnot ID="9" PageRef="1" Boundary="100 200 40 40" Clip="0 0 20 40"/>'
        f"{place}</ofd:SignedInfo><ofd:SignedValue>/{SIGN}SignedValue.dat</ofd:SignedValue></ofd:Signature>"
    ).encode()


def sealed(plan: SignaturePlan | None = None) -> dict[str, bytes]:
    """The files of a document of one page with one seal, by *plan*."""
    plan = plan or SignaturePlan()
    seal = plan.seal.made()
    description = description_xml({**FILES, f"{SIGN}Seal.esl": seal})
    return {
        **FILES,
        "Doc_0/Signs/Signatures.xml": signatures_xml(f"/{SIGN}Signature.xml"),
        f"{SIGN}Signature.xml": description,
        f"{SIGN}Seal.esl": seal,
        f"{SIGN}SignedValue.dat": plan.value(description),
    }


def signed_by(value: Callable[[bytes], bytes]) -> dict[str, bytes]:
    """The files of a document with one signature without a seal: *value* makes it of Signature.xml."""
    description = description_xml(FILES, seal=False)
    return {
        **FILES,
        "Doc_0/Signs/Signatures.xml": signatures_xml(f"/{SIGN}Signature.xml", kind="Sign"),
        f"{SIGN}Signature.xml": description,
        f"{SIGN}SignedValue.dat": value(description),
    }


def packed(files: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in files.items():
            package.writestr(zipfile.ZipInfo(name), data)
    return made.getvalue()


# ---- CMS


def attribute(kind: str, value: bytes) -> bytes:
    return sequence(oid(kind), tlv(0x31, value))


def cms(
    content: bytes,
    signer: Party = SIGNER,
    *,
    held: bytes | None = None,
    attributes: bool = True,
    digest: Callable[[bytes], bytes] = sm2.sm3,
    digest_oid: str = SM3,
    algorithm: str = "1.2.156.10197.1.301.1",
    sign: Sign | None = None,
    content_type: str = "1.2.156.10197.6.1.4.2.1",
    outer_type: str = "1.2.156.10197.6.1.4.2.2",
    issuer: str = AUTHORITY.name,
    at: datetime | None = SIGNED,
    more: tuple[Party, ...] = (),
) -> bytes:
    """Signed data over *content*; *held*: what it carries of it, None for nothing."""
    times = (attribute("1.2.840.113549.1.9.5", utc_time(at)),) if at else ()
    told = (
        attribute("1.2.840.113549.1.9.3", oid(content_type)),
        *times,
        attribute("1.2.840.113549.1.9.4", octets(digest(content))),
    )
    sign = sign or signer.sign
    inside = (tlv(0xA0, *told),) if attributes else ()
    signature = sign(tlv(0x31, *told) if attributes else content)
    info = sequence(
        integer(1), sequence(name_of(issuer), integer(7)), sequence(oid(digest_oid)), *inside,
        sequence(oid(algorithm)), octets(signature),
    )  # fmt: skip
    encapsulated = sequence(oid(content_type), *(() if held is None else (tlv(0xA0, octets(held)),)))
    body = sequence(
        integer(1), tlv(0x31, sequence(oid(digest_oid))), encapsulated,
        tlv(0xA0, signer.certificate, *(each.certificate for each in more)), tlv(0x31, info),
    )  # fmt: skip
    return sequence(oid(outer_type), tlv(0xA0, body))


def time_stamp(
    signature: bytes,
    authority: Party,
    *,
    at: datetime = SIGNED,
    imprint: bytes | None = None,
    issuer: str = AUTHORITY.name,
    algorithm: str = "1.2.156.10197.1.301.1",
) -> bytes:
    """A token of *authority* over *signature*."""
    over = sequence(sequence(oid(SM3)), octets(imprint or sm2.sm3(signature)))
    info = sequence(integer(1), oid("1.2.3.4"), over, integer(99), general_time(at))
    return cms(
        info,
        authority,
        held=info,
        content_type="1.2.840.113549.1.9.16.1.4",
        issuer=issuer,
        algorithm=algorithm,
    )
