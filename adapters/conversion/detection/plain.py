# SPDX-License-Identifier: Apache-2.0
"""
Text, with its character set, and what is written as text: RTF, XML, HTML, JSON, CSV.

A character set is judged by samples from all over the file: UTF-8 where all of them are, else GB18030
where all of them are, else it is no text that is known here. Judging is no proof: a converter refuses
the one byte that no sample had.
"""

from __future__ import annotations

import codecs
import csv
import json
import os
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from adapters.conversion import formats as f
from exchange import Detected
from exchange.texts import Phrase

SAMPLES, SAMPLE_BYTES = 8, 8 << 10  # besides the head
LINES = 20  # of a table, that must have the same number of columns
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_NO_TEXT = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_HTML = re.compile(r"<(?:!doctype\s+html|html)\b", re.IGNORECASE)
_XML = re.compile(r"<(?:\?xml\b|!--|[^\W\d][\w.-]*(?::[\w.-]+)?[\s/>])")
_JSON = re.compile(r'[\[{]\s*(?:["\[{\]}]|-?\d|true\b|false\b|null\b)')


def detect(source: Path, head: bytes) -> Detected | None:
    """What *source* is, of which *head* is the beginning; None: no text."""
    if head.lstrip()[:5] == b"{\\rtf":
        return _rtf(source)
    charset = _charset(source, head)
    if charset is None:
        return None
    text = head.decode(charset if charset != "us-ascii" else "utf-8", "ignore").lstrip("\ufeff \t\r\n")
    return Detected(_kind(source, text, len(head)) + f";charset={charset}")


def _rtf(source: Path) -> Detected:
    """Cut off, it lacks its last bracket."""
    whole = _last(source).rstrip(b"\x00\r\n\t ").endswith(b"}")
    return Detected(f.RTF, None if whole else Phrase("detection.truncated"))


def _last(source: Path) -> bytes:
    with source.open("rb") as reading:
        size = reading.seek(0, os.SEEK_END)
        reading.seek(max(0, size - 4096))
        return reading.read(4096)


# ---- the character set


def _charset(source: Path, head: bytes) -> str | None:
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    samples = [_cut(head, source.stat().st_size > len(head)), *_samples(source, len(head))]
    if any(_NO_TEXT.search(sample) for sample in samples):
        return None
    if all(sample.isascii() for sample in samples):
        return "us-ascii"
    return next((name for name in ("utf-8", "gb18030") if all(_reads(name, each) for each in samples)), None)


def _samples(source: Path, after: int) -> Iterator[bytes]:
    """Whole lines from all over the rest of the file."""
    with source.open("rb") as reading:
        size = reading.seek(0, os.SEEK_END)
        step = max(SAMPLE_BYTES, (size - after) // SAMPLES)
        for start in range(after, size, step):
            reading.seek(start)
            block = reading.read(SAMPLE_BYTES)
            _, _, lines = block.partition(b"\n")  # in GB18030 too, this byte is never half of a character
            yield _cut(lines, start + len(block) < size)


def _cut(block: bytes, goes_on: bool) -> bytes:
    """*block* without its last line, which may be cut in a character; a line that is all there is stays."""
    if not goes_on:
        return block
    lines, newline, _ = block.rpartition(b"\n")
    return lines if newline else block


def _reads(charset: str, sample: bytes) -> bool:
    decoder = codecs.getincrementaldecoder(charset)("strict")
    try:
        decoder.decode(sample)  # a character cut at the end is no error
    except UnicodeDecodeError:
        return False
    return True


# ---- what is written in it


def _kind(source: Path, text: str, seen_bytes: int) -> str:
    if _HTML.match(text):
        return f.HTML
    if _XML.match(text):
        return f.XML if _last(source).rstrip(b"\x00\r\n\t ").endswith(b">") else f.TEXT
    whole = source.stat().st_size <= seen_bytes
    if _JSON.match(text):
        return f.JSON if not whole or _is_json(text) else f.TEXT
    return f.CSV if _is_table(text, whole) else f.TEXT


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _is_table(text: str, whole: bool) -> bool:
    lines = text[:SAMPLE_BYTES].splitlines()[: LINES + 1]
    if not whole or len(text) > SAMPLE_BYTES:
        lines = lines[:-1]
    lines = [line for line in lines if line.strip()]
    return len(lines) > 1 and any(_has_columns(lines, mark) for mark in ",\t;|")


def _has_columns(lines: list[str], mark: str) -> bool:
    try:
        counts = [len(row) for row in csv.reader(lines, delimiter=mark, strict=True)]
    except csv.Error:
        return False
    return counts[0] > 1 and all(a == b for a, b in pairwise(counts))
