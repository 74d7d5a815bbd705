# SPDX-License-Identifier: Apache-2.0
"""Writes docs/reference/settings.md from the settings classes: `python -m docs.settings_page`."""

from __future__ import annotations

from pathlib import Path

from exchange.edge.settings_text import reference

PAGE = Path(__file__).parent / "reference" / "settings.md"

if __name__ == "__main__":
    PAGE.write_text(reference("en"), encoding="utf-8")
