# SPDX-License-Identifier: Apache-2.0
"""
Where LibreOffice is on this machine, and what of it is missing.

Debian's Python alone has the bridge to it; that, the office and its writer are looked for by their
files, because asking them would mean to start them.
"""

from __future__ import annotations

import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from exchange.texts import Phrase

SYSTEM_PYTHON: Final = Path("/usr/bin/python3")
PROGRAMS: Final = tuple(
    Path(folder) / "program" for folder in ("/usr/lib/libreoffice", "/usr/lib64/libreoffice")
)
BRIDGES: Final = (
    Path("/usr/lib/python3/dist-packages/uno.py"),
    Path("/usr/lib64/libreoffice/program/uno.py"),
)
LIBRARIES: Final = ("olefile", "pypdfium2")  # of Python: what goes in and what comes out is looked at
_VERSION: Final = re.compile(r"^ProductKey=(\S+ [\d.]{1,20})", re.MULTILINE)
BINARY, WRITER = "soffice.bin", "libswlo.so"


def program() -> Path | None:
    """The office's own binary, not the script before it; None: there is none."""
    return next((place / BINARY for place in PROGRAMS if os.access(place / BINARY, os.X_OK)), None)


def trouble() -> Phrase | None:
    """What is missing for converting documents; None = nothing."""
    found = program()
    if found is None or not (found.with_name(WRITER)).exists():
        return _lacking("LibreOffice Writer", "libreoffice-writer-nogui")
    if not any(each.exists() for each in BRIDGES) or not SYSTEM_PYTHON.exists():
        return _lacking("python3-uno", "python3-uno")
    library = next((name for name in LIBRARIES if find_spec(name) is None), "")
    return _lacking(library, library) if library else None


def version() -> str:
    """Of the office, as it says itself."""
    found = program()
    try:
        said = "" if found is None else found.with_name("bootstraprc").read_text(encoding="utf-8")
    except OSError:
        said = ""
    number = _VERSION.search(said)
    return number[1] if number else "LibreOffice"


def _lacking(what: str, package: str) -> Phrase:
    return Phrase("office.lacking", {"what": what, "package": package})
