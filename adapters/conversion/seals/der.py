# SPDX-License-Identifier: Apache-2.0
"""
Values out of DER as makers really write it: times, texts, numbers of a signature.

The strings of seals hold GBK where the standard wants ASCII, and the times come in five spellings; a
reader that wanted the letter of the standard would see nothing. This module judges no seal.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

from asn1crypto import core, parser, tsp

CHINA = timezone(timedelta(hours=8))  # of times that name no zone
_DATE = re.compile(r"^(\d{4})[-/](\d\d)[-/](\d\d)")
_TIME = re.compile(r"(\d{2}|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:\.\d+)?(Z|[+-]\d{4})?")
_BIT_STRING = b"\x03"  # its tag
_RAW_BYTES = 64  # r and s of SM2, 32 bytes each


def whole_of(data: bytes) -> bytes:
    """The value that *data* begins with, without what some makers leave behind it."""
    _, _, _, header, contents, trailer = parser.parse(data)
    return bytes(header + contents + trailer)


def parts_of(der: bytes) -> tuple[bytes, ...]:
    """
    The values inside the constructed value *der*, each as it was read.

    What a signature covers is cut out by this: to write a value anew may change it.

    Raises:
        ValueError: it is not well-formed.
    """
    _, constructed, _, _, inside, _ = parser.parse(der)
    if not constructed:
        raise ValueError("a primitive value where a constructed one should be")
    parts = []
    while inside:
        _, _, _, header, contents, trailer = parser.parse(inside)
        parts.append(header + contents + trailer)
        inside = inside[len(parts[-1]) :]
    return tuple(parts)


def sequence(*parts: bytes) -> bytes:
    """A SEQUENCE of *parts*."""
    return bytes(parser.emit(0, 1, 16, b"".join(parts)))


def content_of(der: bytes) -> bytes:
    """The value's bytes without tag and length."""
    return bytes(parser.parse(der)[4])


def octets_of(der: bytes) -> bytes:
    """What an OCTET STRING holds."""
    return bytes(core.OctetString.load(der).native)


def bits_of(der: bytes) -> bytes:
    """What a BIT STRING of whole bytes holds."""
    return bytes(core.OctetBitString.load(der).native)


def oid_of(der: bytes) -> str:
    """An OBJECT IDENTIFIER in digits and dots."""
    return str(core.ObjectIdentifier.load(der).dotted)


def integer_of(der: bytes) -> int:
    """An INTEGER."""
    return int(core.Integer.load(der).native)


def text_of(der: bytes) -> str:
    """A string of whatever type, in whatever of the usual encodings."""
    return text_in(content_of(der))


def text_in(data: bytes) -> str:
    """Bytes as text: UTF-8, else GB18030, else as they are."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding).strip("\0 ")
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def time_of(der: bytes) -> datetime | None:
    """
    A time: UTCTime, GeneralizedTime, either as text or inside a bit string, or a time-stamp token there.

    None: there is none that can be read.
    """
    if der[:1] == _BIT_STRING:
        return _time_inside(content_of(der)[1:])
    return time_in(text_of(der))


def time_in(text: str) -> datetime | None:
    """The time that *text* writes in digits, whatever stands between them; without a zone it is China's."""
    digits = re.sub(r"[: T]", "", _DATE.sub(r"\1\2\3", text.strip()))
    found = _TIME.fullmatch(digits)
    if found is None:
        return None
    year, *rest, zone = found.groups()
    century = ("20" if int(year) < 50 else "19") if len(year) == 2 else ""  # RFC 5280 4.1.2.5.1
    written = century + year + "".join(each or "00" for each in rest)
    try:
        naive = datetime.strptime(written, "%Y%m%d%H%M%S")  # noqa: DTZ007  (its zone follows)
    except ValueError:
        return None
    return naive.replace(tzinfo=_zone(zone)).astimezone(UTC)


def _zone(written: str | None) -> timezone:
    if written is None:
        return CHINA
    if written == "Z":
        return UTC
    minutes = int(written[1:3]) * 60 + int(written[3:5])
    return timezone(timedelta(minutes=-minutes if written[0] == "-" else minutes))


def _time_inside(data: bytes) -> datetime | None:
    if data[:1] in (b"\x17", b"\x18"):  # a whole UTCTime or GeneralizedTime
        return time_in(text_in(data[2:]))
    if data[:1] == b"\x30":
        return _time_stamped(data)
    return time_in(text_in(data))


def _time_stamped(data: bytes) -> datetime | None:
    try:
        signed = tsp.ContentInfo.load(data)["content"]
        told = signed["encap_content_info"]["content"].parsed["gen_time"].native
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
    return told if isinstance(told, datetime) else None


def signature_in_der(signature: bytes) -> bytes:
    """An SM2 signature in DER; some makers write its two numbers side by side instead."""
    if len(signature) != _RAW_BYTES:
        return signature
    half = _RAW_BYTES // 2
    return sequence(*(_integer(signature[start : start + half]) for start in (0, half)))


def _integer(digits: bytes) -> bytes:
    return bytes(core.Integer(int.from_bytes(digits)).dump())
