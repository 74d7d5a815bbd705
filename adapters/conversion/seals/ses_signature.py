# SPDX-License-Identifier: Apache-2.0
"""
An SES_Signature read out of its DER: the seal inside, who signed when, and which bytes are signed.

Both versions become the same values. Reading judges nothing: a field that is not as the standard
writes it is read as it was meant, and what cannot be read at all is `NotReadable`.

Source: GM/T 0031-2014 5.2 and 6.2, GB/T 38540-2020 6.2 and 7.2.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from adapters.conversion.seals.der import (
    bits_of,
    content_of,
    integer_of,
    octets_of,
    oid_of,
    parts_of,
    sequence,
    text_of,
    time_of,
)
from adapters.conversion.seals.verdicts import Picture

OLD, NEW = "SES 1", "SES 4"
DIGESTS_LISTED = 2  # certListType: digests of certificates instead of certificates
_CERTIFICATE_BYTES = 64  # no certificate is shorter


class NotReadable(Exception):
    """The bytes are not what they should be."""


@dataclass(frozen=True, slots=True)
class Signed:
    """
    One signature with all that its check needs.

    messages: the byte strings that it may be a signature of, the standard's own first.
    """

    certificate: bytes
    algorithm: str  # OID
    signature: bytes
    messages: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Seal:
    """A seal as its maker made it."""

    raw: bytes
    id: str
    name: str
    made: Signed
    created: datetime | None
    begins: datetime | None
    ends: datetime | None
    certificates: tuple[bytes, ...]  # of those who may use it
    digests: tuple[tuple[str, bytes], ...]  # the same by digests: (name of the digest, digest)
    picture: Picture


@dataclass(frozen=True, slots=True)
class SesSignature:
    """A document signed with a seal."""

    form: str
    seal: Seal
    signed: Signed
    at: datetime | None
    digest: bytes  # of the signature's description, Signature.xml
    described_by: str  # the path of the description, as the signer knew it
    time_stamp: bytes = b""


def read_ses(data: bytes) -> SesSignature:
    """
    The SES_Signature that *data* is.

    Raises:
        NotReadable: it is none.
    """
    try:
        parts = parts_of(data)
        return _old(*parts) if len(parts) == len(("to_sign", "signature")) else _new(*parts)
    except (ValueError, TypeError, OverflowError) as e:
        raise NotReadable(str(e)) from e


def read_seal(data: bytes) -> Seal:
    """
    The SESeal that *data*, a file of its own, is.

    Raises:
        NotReadable: it is none.
    """
    try:
        return _old_seal(data) if len(parts_of(data)) == len(("info", "maker")) else _new_seal(data)
    except (ValueError, TypeError, OverflowError) as e:
        raise NotReadable(str(e)) from e


# TBS_Sign of GB/T 38540: version, seal, time, digest, property, extensions. The signature has the
# certificate beside it, and perhaps a time stamp behind it.
def _new(
    to_sign: bytes, certificate: bytes, algorithm: bytes, signature: bytes, *more: bytes
) -> SesSignature:
    _, seal, time, digest, told, *_extensions = parts_of(to_sign)
    return SesSignature(
        form=NEW,
        seal=_new_seal(seal),
        signed=_signed(certificate, algorithm, signature, to_sign),
        at=time_of(time),
        digest=bits_of(digest),
        described_by=text_of(told),
        time_stamp=bits_of(parts_of(more[0])[0]) if more else b"",
    )


# TBS_Sign of GM/T 0031: the same, with certificate and algorithm inside what is signed.
def _old(to_sign: bytes, signature: bytes) -> SesSignature:
    _, seal, time, digest, told, certificate, algorithm = parts_of(to_sign)
    return SesSignature(
        form=OLD,
        seal=_old_seal(seal),
        signed=_signed(certificate, algorithm, signature, to_sign),
        at=time_of(time),
        digest=bits_of(digest),
        described_by=text_of(told),
    )


# SESeal: the content and its maker's signature. What is signed is the content; by GM/T 0031 it is content,
# certificate and algorithm in one sequence. Makers of either version do either.
def _new_seal(raw: bytes) -> Seal:
    info, certificate, algorithm, signature = parts_of(raw)
    triple = sequence(info, certificate, algorithm)
    return _seal(raw, info, _signed(certificate, algorithm, signature, info, triple))


def _old_seal(raw: bytes) -> Seal:
    info, sign_info = parts_of(raw)
    certificate, algorithm, signature = parts_of(sign_info)
    triple = sequence(info, certificate, algorithm)
    return _seal(raw, info, _signed(certificate, algorithm, signature, triple, info))


def _signed(certificate: bytes, algorithm: bytes, signature: bytes, *messages: bytes) -> Signed:
    return Signed(octets_of(certificate), oid_of(algorithm), bits_of(signature), messages)


# SES_SealInfo: header, id, property, picture, extensions.
def _seal(raw: bytes, info: bytes, made: Signed) -> Seal:
    _header, seal_id, told, picture, *_extensions = parts_of(info)
    _kind, name, *list_kind, listed, created, begins, ends = parts_of(told)  # GM/T 0031 has no kind of list
    by_digest = bool(list_kind) and integer_of(list_kind[0]) == DIGESTS_LISTED
    return Seal(
        raw=raw,
        id=text_of(seal_id),
        name=text_of(name),
        made=made,
        created=time_of(created),
        begins=time_of(begins),
        ends=time_of(ends),
        certificates=() if by_digest else _certificates(listed),
        digests=tuple(_digest(each) for each in parts_of(listed)) if by_digest else (),
        picture=_picture(picture),
    )


def _picture(picture: bytes) -> Picture:
    form, data, width, height = parts_of(picture)
    return Picture(text_of(form).lower(), octets_of(data), integer_of(width), integer_of(height))


def _certificates(listed: bytes) -> tuple[bytes, ...]:
    contents = (content_of(each) for each in parts_of(listed))
    return tuple(each for each in contents if len(each) >= _CERTIFICATE_BYTES)


def _digest(listed: bytes) -> tuple[str, bytes]:
    name, value = parts_of(listed)
    return text_of(name), octets_of(value)
