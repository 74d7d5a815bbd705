# SPDX-License-Identifier: Apache-2.0
"""
A content stream being written: graphics state, outlines, and the resources that it comes to use.

Packs what it is given as it comes, so that a page with a hundred thousand objects takes the memory of
its packed form. Keeps the current matrix, which patterns need. It decides nothing about how things look.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from adapters.conversion.ofd.geometry import IDENTITY, Box, Matrix, times
from adapters.conversion.ofd.painting.pdf_file import Name, PdfFile, Ref, Value, number
from adapters.conversion.ofd.paths import Segments
from adapters.conversion.ofd.values import Target

_BLOCK = 1 << 16  # characters gathered before they are packed
_VERBS = {"m": "m", "l": "l", "c": "c", "h": "h"}
_PREFIXES = {"Font": "F", "XObject": "X", "ExtGState": "G", "Pattern": "P", "Shading": "S", "ColorSpace": "C"}


class Canvas:
    """
    One content stream.

    Args:
        page: what leads from the page's millimetres to the space in which this stream begins.

    Attributes:
        links: where clicks lead, each with its place and size in points; None where nobody clicks.
        matrix: what leads from where the stream is now to where it began; patterns are placed by it.
    """

    def __init__(self, file: PdfFile, page: Matrix = IDENTITY) -> None:
        self.file = file
        self.page = page
        self.matrix: Matrix = IDENTITY
        self.links: list[tuple[Box, Target | str]] | None = None
        self._resources: dict[str, dict[str, Value]] = {}
        self._names: dict[tuple[str, Ref], str] = {}
        self._gathered: list[str] = []
        self._length = 0
        self._pack = zlib.compressobj(6)
        self._packed: list[bytes] = []

    # ---- writing

    def put(self, *words: str) -> None:
        """Write operands and an operator."""
        line = " ".join(words)
        self._gathered.append(line)
        self._length += len(line)
        if self._length >= _BLOCK:
            self._flush()

    def _flush(self) -> None:
        self._packed.append(self._pack.compress(("\n".join(self._gathered) + "\n").encode("ascii")))
        self._gathered, self._length = [], 0

    def finished(self) -> bytes:
        """The whole stream, packed by FlateDecode; nothing can be written afterwards."""
        self._flush()
        self._packed.append(self._pack.flush())
        return b"".join(self._packed)

    def resources(self) -> dict[str, Value]:
        """What was used, as a resource dictionary."""
        return dict(self._resources)

    def name(self, category: str, ref: Ref) -> str:
        """The name, with its slash, under which this stream knows an object."""
        key = (category, ref)
        if key not in self._names:
            members = self._resources.setdefault(category, {})
            self._names[key] = f"{_PREFIXES[category]}{len(members) + 1}"
            members[self._names[key]] = ref
        return "/" + self._names[key]

    # ---- state

    @contextmanager
    def saved(self) -> Iterator[None]:
        """What is set inside is forgotten afterwards."""
        before = self.matrix
        self.put("q")
        yield
        self.put("Q")
        self.matrix = before

    def transform(self, m: Matrix) -> None:
        """What follows is in a space that *m* leads out of."""
        if m != IDENTITY:
            self.matrix = times(m, self.matrix)
            self.put(matrix_words(m), "cm")

    def state(self, ref: Ref) -> None:
        """Set an extended graphics state."""
        self.put(self.name("ExtGState", ref), "gs")

    def show(self, ref: Ref) -> None:
        """Paint an external object."""
        self.put(self.name("XObject", ref), "Do")

    # ---- outlines

    def outline(self, segments: Segments) -> None:
        """Begin a path."""
        for verb, values in segments:
            self.put(*map(number, values), _VERBS[verb])

    def clip(self, segments: Segments, *, even_odd: bool = False) -> None:
        """What follows is seen only inside; an empty outline hides it all."""
        if segments:
            self.outline(segments)
        else:
            self.put("0 0 0 0 re")
        self.put("W*" if even_odd else "W", "n")

    def form(self, head: dict[str, Value]) -> Ref:
        """This stream as a form that other streams can show."""
        whole: dict[str, Value] = {
            "Type": Name("XObject"),
            "Subtype": Name("Form"),
            "Resources": self.resources(),
        }
        data = self.finished()
        return self.file.add_stream({**whole, **head, "Filter": Name("FlateDecode")}, data, packed=True)


def matrix_words(m: Matrix) -> str:
    """A matrix as six operands; small parts keep their digits."""
    return " ".join(
        f"{part:.8f}".rstrip("0").rstrip(".") if part != int(part) else str(int(part)) for part in m
    )
