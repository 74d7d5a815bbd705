# SPDX-License-Identifier: Apache-2.0
"""
The streams of a PDF whose streams alone are enciphered: found, replaced in place, and tried.

The ciphers keep every length, so nothing moves and the PDF's own tables stay right. What is read here is
only what is needed to find streams; it is no PDF parser.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

DICTIONARY_BYTES = 8192  # before a stream, in which its dictionary must begin
TRIED = 12  # streams, to see whether a key fits
_STREAM = re.compile(rb"(?<!end)stream(\r\n|\n|\r)")
_LENGTH = re.compile(rb"/Length\s+(\d+)(?:\s+(\d+)\s+R\b)?")
_NUMBER_OBJECT = re.compile(rb"\b(\d{1,9})\s+\d{1,5}\s+obj\s+(\d{1,10})\s")
_END = re.compile(rb"\s{0,2}endstream")
_ENCRYPT = re.compile(rb"/Encrypt\s+\d+\s+\d+\s+R")


@dataclass(frozen=True, slots=True)
class Stream:
    """Where the content of a stream lies, and its dictionary."""

    start: int
    end: int
    dictionary: bytes

    @property
    def is_deflated(self) -> bool:
        """Whether it says that it is compressed by zlib, before anything else."""
        return re.search(rb"/Filter\s*\[?\s*/Fl(ateDecode)?\b", self.dictionary) is not None


def streams_in(pdf: bytes) -> Iterator[Stream]:
    """The streams of *pdf*, in order, none within another."""
    lengths = {found[1]: int(found[2]) for found in _NUMBER_OBJECT.finditer(pdf)}
    at = 0
    while (found := _STREAM.search(pdf, at)) is not None:
        dictionary = _dictionary(pdf, found.start())
        end = _end(pdf, found.end(), dictionary, lengths)
        if end is None:
            return
        yield Stream(found.end(), end, dictionary)
        at = end


def with_streams(pdf: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """*pdf* with the content of each stream changed by *change*, and no longer said to be enciphered."""
    parts, at = [], 0
    for stream in streams_in(pdf):
        parts += [_unmarked(pdf[at : stream.start]), change(pdf[stream.start : stream.end])]
        at = stream.end
    return b"".join((*parts, _unmarked(pdf[at:])))


def share_readable(pdf: bytes) -> tuple[int, int]:
    """How many of the first compressed streams can be decompressed, and how many were tried."""
    tried = [stream for _, stream in zip(range(TRIED), _deflated(pdf), strict=False)]
    return sum(_inflates(pdf[each.start : each.end]) for each in tried), len(tried)


def _deflated(pdf: bytes) -> Iterator[Stream]:
    return (each for each in streams_in(pdf) if each.is_deflated and each.end > each.start)


def _inflates(data: bytes) -> bool:
    try:
        zlib.decompressobj().decompress(data, 1 << 20)
    except zlib.error:
        return False
    return True


def _unmarked(part: bytes) -> bytes:
    return _ENCRYPT.sub(lambda found: b" " * len(found[0]), part)


def _dictionary(pdf: bytes, at: int) -> bytes:
    before = pdf[max(0, at - DICTIONARY_BYTES) : at]
    return before[before.rfind(b" obj") + 1 :]


def _end(pdf: bytes, start: int, dictionary: bytes, lengths: dict[bytes, int]) -> int | None:
    """Where the stream that begins at *start* ends: as it says, where that is true; else at its last word."""
    said = _LENGTH.search(dictionary)
    if said is not None:
        length = lengths.get(said[1]) if said[2] is not None else int(said[1])
        if length is not None and _END.match(pdf, start + length):
            return start + length
    found = pdf.find(b"endstream", start)
    if found < 0:
        return None
    for mark in (b"\r\n", b"\n", b"\r"):
        if pdf[start:found].endswith(mark):
            return found - len(mark)
    return found
