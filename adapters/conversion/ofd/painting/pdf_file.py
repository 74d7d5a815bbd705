# SPDX-License-Identifier: Apache-2.0
"""
A PDF file, object by object: written as they come, in one pass, with flat memory.

Owns the spelling of PDF values and the cross-reference table, and knows nothing of pages or fonts.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import IO, TypeAlias


@dataclass(frozen=True, slots=True)
class Ref:
    """An object of the file, written or yet to be."""

    number: int


@dataclass(frozen=True, slots=True)
class Name:
    """A PDF name, without its slash."""

    text: str


Value: TypeAlias = (
    "bool | int | float | str | bytes | Ref | Name | Sequence[Value] | Mapping[str, Value] | None"
)


def spelled(value: Value) -> bytes:
    """*value* as PDF writes it: `str` as a text string, `bytes` as a byte string."""
    match value:
        case None:
            return b"null"
        case bool():
            return b"true" if value else b"false"
        case int() | float():
            return number(value).encode()
        case str():
            return _string(b"\xfe\xff" + value.encode("utf-16-be", "replace"))
        case bytes():
            return _string(value)
        case Ref():
            return b"%d 0 R" % value.number
        case Name():
            return name(value.text)
        case Mapping():
            pairs = (name(key) + b" " + spelled(each) for key, each in value.items())
            return b"<<" + b" ".join(pairs) + b">>"
        case _:
            return b"[" + b" ".join(spelled(each) for each in value) + b"]"


def number(value: float) -> str:
    """A number, as short as its meaning allows: five places."""
    if value == int(value):
        return str(int(value))
    return f"{value:.5f}".rstrip("0").rstrip(".")


def name(text: str) -> bytes:
    """A PDF name, with its slash."""
    plain = (
        chr(each) if 33 <= each <= 126 and chr(each) not in "#/%()<>[]{}" else f"#{each:02x}"
        for each in text.encode()
    )
    return ("/" + "".join(plain)).encode()


def _string(data: bytes) -> bytes:
    return b"<" + data.hex().encode() + b">"


class PdfFile:
    """
    Writes a PDF file to *out*.

    Call `close` once, with the catalogue; every object that was reserved must have been written then.
    """

    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._places: list[int] = [0]
        self._at = 0
        self._put(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def reserve(self) -> Ref:
        """A new object, to be written later."""
        self._places.append(0)
        return Ref(len(self._places) - 1)

    def add(self, value: Value) -> Ref:
        """A new object, written now."""
        ref = self.reserve()
        self.write(ref, value)
        return ref

    def write(self, ref: Ref, value: Value) -> None:
        """Write the object *ref*."""
        self._begin(ref)
        self._put(spelled(value) + b"\nendobj\n")

    def add_stream(self, head: Mapping[str, Value], data: bytes, *, packed: bool = False) -> Ref:
        """A new stream, written now."""
        ref = self.reserve()
        self.write_stream(ref, head, data, packed=packed)
        return ref

    def write_stream(self, ref: Ref, head: Mapping[str, Value], data: bytes, *, packed: bool = False) -> None:
        """
        Write the stream *ref*.

        Args:
            packed: *data* are packed already, as *head* says by its Filter; otherwise they are deflated.
        """
        if not packed:
            data = zlib.compress(data, 6)
            head = {**head, "Filter": Name("FlateDecode")}
        self._begin(ref)
        self._put(spelled({**head, "Length": len(data)}) + b"\nstream\n")
        self._put(data)
        self._put(b"\nendstream\nendobj\n")

    def close(self, catalogue: Ref, about: Ref, identifier: bytes) -> None:
        """Write the cross-reference table and the end."""
        start = self._at
        rows = [b"0000000000 65535 f \n"]
        rows += [b"%010d 00000 n \n" % place for place in self._places[1:]]
        self._put(b"xref\n0 %d\n" % len(rows) + b"".join(rows))
        trailer: dict[str, Value] = {
            "Size": len(rows),
            "Root": catalogue,
            "Info": about,
            "ID": [identifier, identifier],
        }
        self._put(b"trailer\n" + spelled(trailer) + b"\nstartxref\n%d\n%%%%EOF\n" % start)

    def _begin(self, ref: Ref) -> None:
        self._places[ref.number] = self._at
        self._put(b"%d 0 obj\n" % ref.number)

    def _put(self, data: bytes) -> None:
        self._out.write(data)
        self._at += len(data)
