# SPDX-License-Identifier: Apache-2.0
"""
Text in GB18030, and in its subsets GBK and GB 2312, becomes UTF-8.

Strict and exact: every character comes through, line ends stay, and bytes that are no GB18030 are
refused with their place, never replaced. Memory is one block, whatever the file's size.
"""

from __future__ import annotations

import codecs
from pathlib import Path

from exchange import Converter, Reject, Report
from exchange.texts import Phrase

BLOCK_BYTES = 1 << 20  # one read


class Gb18030ToUtf8(Converter):
    """GB18030 text to UTF-8 text."""

    accepts = ("text/plain;charset=gb18030", "text/plain;charset=gbk", "text/plain;charset=gb2312")
    produces = "text/plain;charset=utf-8"
    cost = 1

    def convert(self, source: Path, target: Path) -> Report:
        decoder = codecs.getincrementaldecoder("gb18030")("strict")
        characters, offset = 0, 0
        with source.open("rb") as reading, target.open("xb") as writing:
            while True:
                block = reading.read(BLOCK_BYTES)
                held = len(decoder.getstate()[0])  # bytes of a character that the last block cut
                try:
                    text = decoder.decode(block, final=not block)
                except UnicodeDecodeError as e:
                    raise _refused(e, offset - held + e.start) from e
                writing.write(text.encode("utf-8"))
                characters += len(text)
                offset += len(block)
                if not block:
                    return Report(characters=characters, lost=0)


def _refused(error: UnicodeDecodeError, offset: int) -> Reject:
    found = error.object[error.start : error.end].hex(" ")
    reason = Phrase("conversion.not-in-encoding", {"bytes": found, "offset": offset, "encoding": "GB18030"})
    return Reject("EX-311", found="GB18030", wanted="UTF-8", reason=reason)
