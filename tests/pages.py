# SPDX-License-Identifier: Apache-2.0
"""The blocks of code in a page of docs/, so that tests can run them."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(page: str, language: str) -> list[str]:
    """What stands in *page* between fences that name *language*, in order."""
    text = (DOCS / page).read_text(encoding="utf-8")
    return [code for found, code in _BLOCK.findall(text) if found == language]
