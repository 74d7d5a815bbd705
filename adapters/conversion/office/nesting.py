# SPDX-License-Identifier: Apache-2.0
"""
How deep tables lie in tables, counted before an office is asked.

The layout of LibreOffice takes twice as long with each further table in a table, from some depth on:
a hundred of them keep it busy for ever, and no document of people has ten.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from adapters.conversion import formats as f
from adapters.conversion.containers import Container
from adapters.conversion.unreadable import Unreadable
from exchange.texts import Phrase

DEPTH: Final = 50
PART_BYTES: Final = 256 << 20
_PARTS: Final = {f.DOCX: "word/", f.DOCM: "word/", f.ODT: ""}  # where the parts with text lie
_TABLE: Final = re.compile(rb"<(/?)(?:[\w.-]+:)?(?:tbl|table)(?=[\s>])[^>]*?(/?)>")


def trouble(source: Path, form: str) -> Phrase | None:
    """Why *source*, whose format is *form*, should not be opened; None = nothing against it was seen."""
    if form not in _PARTS:
        return None
    try:
        depth = _depth(source, _PARTS[form])
    except Unreadable as e:
        return e.reason
    return Phrase("office.nested", {"found": depth, "limit": DEPTH}) if depth > DEPTH else None


def _depth(source: Path, folder: str) -> int:
    with Container(source) as container:
        parts = [name for name in container.names if name.startswith(folder) and name.endswith(".xml")]
        return max((depth_of(container.read(name, PART_BYTES)) for name in parts), default=0)


def depth_of(xml: bytes) -> int:
    """How many tables of *xml* lie in each other at most."""
    deepest = here = 0
    for table in _TABLE.finditer(xml):
        if table[2]:
            continue
        here += -1 if table[1] else 1
        deepest = max(deepest, here)
    return deepest
