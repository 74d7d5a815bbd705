# SPDX-License-Identifier: Apache-2.0
"""
The values in a PDF, taken without trust: each of these answers with something of the kind asked for.

A file may say anything anywhere, a reference to itself included; what is of the wrong kind reads as
absent. What a stream holds is told by `unpacking`.
"""

from __future__ import annotations

import struct
import zlib
from typing import Any, Final

from pdfminer.pdfexceptions import PDFException
from pdfminer.pdftypes import (
    LITERALS_DCT_DECODE,
    PDFObjRef,
    PDFStream,
    resolve1,
)
from pdfminer.psexceptions import PSException
from pdfminer.psparser import PSKeyword, PSLiteral
from pdfminer.utils import decode_text

# What pdfminer raises over a file that is not what it says.
BROKEN: Final = (
    PDFException,
    PSException,
    ValueError,
    TypeError,
    LookupError,
    ArithmeticError,
    AssertionError,
    AttributeError,
    zlib.error,
    struct.error,
)


def plain(value: object) -> Any:
    """*value*, or what it refers to; None where that cannot be read."""
    try:
        return resolve1(value)
    except BROKEN:
        return None


def number(value: object, default: float = 0.0) -> float:
    """A number; *default* where it is none, or one that nothing on a page can be."""
    found = plain(value)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return default
    return float(found) if abs(found) < 1e12 else default


def whole(value: object, default: int = 0) -> int:
    """A number without its fraction."""
    return int(number(value, default))


def numbers(value: object) -> list[float]:
    """The members of an array as numbers."""
    return [number(each) for each in array(value)]


def array(value: object) -> list[Any]:
    """The members of an array; none where it is none."""
    found = plain(value)
    return list(found) if isinstance(found, list | tuple) else []


def dictionary(value: object) -> dict[str, Any]:
    """A dictionary, or that of a stream."""
    found = plain(value)
    if isinstance(found, PDFStream):
        return found.attrs
    return found if isinstance(found, dict) else {}


def stream(value: object) -> PDFStream | None:
    """A stream; None where it is none."""
    found = plain(value)
    return found if isinstance(found, PDFStream) else None


def name(value: object) -> str:
    """The text of a name; "" where it is none."""
    found = plain(value)
    if not isinstance(found, PSLiteral):
        return ""
    said: object = found.name
    return said.decode("latin-1") if isinstance(said, bytes) else str(said)


def text(value: object) -> str:
    """A text string in its own encoding."""
    found = plain(value)
    return decode_text(found).replace("\0", "") if isinstance(found, bytes) else ""


def operator(value: object) -> str:
    """The operator that *value* is; "" where it is an operand."""
    if not isinstance(value, PSKeyword):
        return ""
    said: object = value.name
    return said.decode("latin-1") if isinstance(said, bytes) else str(said)


def identity(value: object) -> int:
    """The number of the object that *value* refers to; 0 where it stands here itself."""
    if isinstance(value, PDFObjRef):
        return value.objid
    return value.objid or 0 if isinstance(value, PDFStream) else 0


def is_jpeg(found: PDFStream) -> bool:
    """Whether what `unpacked` gives is a JPEG file."""
    filters = found.get_filters()
    return bool(filters) and filters[-1][0] in LITERALS_DCT_DECODE


def filters(found: PDFStream) -> list[str]:
    """The names of a stream's filters, in the order of unpacking."""
    return [name(each) for each, _ in found.get_filters()]
