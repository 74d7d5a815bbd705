# SPDX-License-Identifier: Apache-2.0
"""
Text files in UTF-8, GB18030 and GBK, read and written strictly: no character is ever replaced.

A byte-order mark says UTF-8 whatever was expected, because that is what Windows programs mean by it.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable
from pathlib import Path

from adapters.conversion.unreadable import Unreadable
from exchange.texts import Phrase

MIB = 1 << 20
TEXT_BYTES = 256 * MIB  # of one file; it is held in memory


def read_text(source: Path, encoding: str) -> str:
    """
    The text in *source*, without a byte-order mark; line ends stay.

    Raises:
        Unreadable: it is too large, or not in *encoding*.
    """
    size = source.stat().st_size
    if size > TEXT_BYTES:
        raise Unreadable(Phrase("structured.file-large", {"found": size, "limit": TEXT_BYTES}))
    data = source.read_bytes()
    if data.startswith(codecs.BOM_UTF8):
        data, encoding = data[len(codecs.BOM_UTF8) :], "utf-8"
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as e:
        found = data[e.start : e.end].hex(" ")
        told = {"bytes": found, "offset": e.start, "encoding": encoding.upper()}
        raise Unreadable(Phrase("conversion.not-in-encoding", told)) from e


def write_text(target: Path, pieces: Iterable[str], encoding: str, *, mark: bool = False) -> None:
    """
    Write *pieces* into *target*, a new file; with *mark* a byte-order mark first, where it is UTF-8.

    Raises:
        Unreadable: a character is not in *encoding*.
    """
    with target.open("xb") as writing:
        if mark and encoding == "utf-8":
            writing.write(codecs.BOM_UTF8)
        for piece in pieces:
            try:
                writing.write(piece.encode(encoding))
            except UnicodeEncodeError as e:
                told = {"character": e.object[e.start], "encoding": encoding.upper()}
                raise Unreadable(Phrase("structured.not-in-encoding", told)) from e
