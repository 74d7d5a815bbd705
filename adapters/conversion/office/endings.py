# SPDX-License-Identifier: Apache-2.0
"""
Documents that end with a table, told before an office is asked.

Word 97 has no table that nothing follows: LibreOffice writes the cells of such a one as a line of text.
It can be given a paragraph to follow it, but to look for the end costs it a millisecond a paragraph.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from adapters.conversion.containers import Container
from adapters.conversion.unreadable import Unreadable

END_BYTES: Final = 64 << 10  # of the text, in which its end is looked for
_PART_BYTES: Final = 256 << 20
_MARKS: Final = rb"(?:<(?:[\w.-]+:)?(?:bookmark\w*|proofErr)\b[^>]*/>\s*)*"
_SECTION: Final = rb"(?:<(?:[\w.-]+:)?sectPr\b(?:[^>]*/>|.*</(?:[\w.-]+:)?sectPr>)\s*)?"
_ENDINGS: Final = {
    "word/document.xml": re.compile(
        rb"</(?:[\w.-]+:)?tbl>\s*" + _MARKS + _SECTION + rb"</(?:[\w.-]+:)?body>", re.DOTALL
    ),
    "content.xml": re.compile(rb"</(?:[\w.-]+:)?table>\s*</(?:[\w.-]+:)?text>"),
}


def is_a_table(source: Path) -> bool:
    """Whether the last thing in the Word or OpenDocument text *source* is a table; False = none was seen."""
    try:
        with Container(source) as container:
            names = [name for name in _ENDINGS if name in container.names]
            return any(_ends(name, container.read(name, _PART_BYTES)) for name in names)
    except Unreadable:
        return False


def _ends(name: str, xml: bytes) -> bool:
    return _ENDINGS[name].search(xml[-END_BYTES:]) is not None
