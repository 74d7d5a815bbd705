# SPDX-License-Identifier: Apache-2.0
"""
The annotations of a PDF page (ISO 32000-1, 12.5): each is drawn as it appears, on top of the page.

An appearance is a form, fitted into the annotation's rectangle. What an annotation does when it is
clicked does not come along, and is counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from pdfminer.pdftypes import PDFStream

from adapters.conversion.ofd_writing.geometry import IDENTITY, Box, Matrix, box_under
from adapters.conversion.ofd_writing.interpreter import Interpreter
from adapters.conversion.ofd_writing.objects import dictionary, name, numbers, stream, whole

_HIDDEN, _NO_VIEW = 2, 32  # ISO 32000-1, table 165
_NOT_DRAWN: Final = frozenset({"Popup", "Link"})
_PLAYED: Final = frozenset({"Movie", "Sound", "Screen", "RichMedia", "3D"})
SIGNATURE, PLAYED = "Signature", "Played"  # what is counted besides the kinds as PDF has them


def draw(annotations: Sequence[Any], interpreter: Interpreter, kinds: Counter[str]) -> None:
    """Draw what appears of *annotations*, count their kinds, and gather the files attached to them."""
    for each in annotations:
        attributes = dictionary(each)
        kind = name(attributes.get("Subtype"))
        if kind == "FileAttachment" and not interpreter.hidden:
            interpreter.shared.files.append(dictionary(attributes.get("FS")))
        kinds[_counted(kind, attributes)] += 1
        flags = whole(attributes.get("F"))
        if kind in _NOT_DRAWN or flags & (_HIDDEN | _NO_VIEW):
            continue
        if interpreter.shared.layers.hides(attributes.get("OC")):
            continue
        for found in _appearances(attributes):
            interpreter.form(found, _place(found, numbers(attributes.get("Rect"))))


def _counted(kind: str, attributes: dict[str, Any]) -> str:
    """The kind under which an annotation is counted: a field that holds a signature is one of its own."""
    if kind in _PLAYED:
        return PLAYED
    field = name(attributes.get("FT")) or name(dictionary(attributes.get("Parent")).get("FT"))
    signed = dictionary(attributes.get("V")) or dictionary(dictionary(attributes.get("Parent")).get("V"))
    return SIGNATURE if kind == "Widget" and field == "Sig" and signed else kind


def _appearances(attributes: dict[str, Any]) -> Iterator[PDFStream]:
    """The normal appearance: itself, or the one of the annotation's state."""
    normal = dictionary(attributes.get("AP")).get("N")
    found = stream(normal)
    if found is None:
        found = stream(dictionary(normal).get(name(attributes.get("AS"))))
    if found is not None:
        yield found


def _place(found: PDFStream, rectangle: Sequence[float]) -> Matrix:
    """What fits the appearance's box, after its own matrix, into *rectangle*."""
    corners, stated = numbers(found.get("BBox")), numbers(found.get("Matrix"))
    if len(corners) != 4 or len(rectangle) != 4:
        return IDENTITY
    a, b, c, d, e, f = stated if len(stated) == 6 else IDENTITY
    x, y, u, v = corners
    own = box_under((a, b, c, d, e, f), Box(min(x, u), min(y, v), max(x, u), max(y, v)))
    left, low, right, high = rectangle
    if own.empty:
        return IDENTITY
    wide, tall = abs(right - left) / own.width, abs(high - low) / own.height
    return wide, 0.0, 0.0, tall, min(left, right) - own.left * wide, min(low, high) - own.top * tall
