# SPDX-License-Identifier: Apache-2.0
"""
Documents that are ZIP containers: OOXML, OpenDocument, OFD.

What such a document is, it says itself: OOXML in the list of its content types, OpenDocument in its
first entry, OFD by its root. The size of the container's directory is judged before it is read.
"""

from __future__ import annotations

import os
import re
import struct
from pathlib import Path

from adapters.conversion import formats as f
from adapters.conversion.containers import LIMITS, Container
from adapters.conversion.unreadable import Unreadable
from exchange import Detected
from exchange.texts import Phrase

MAGICS = (b"PK\x03\x04", b"PK\x05\x06")
SMALL_BYTES = 256 << 10  # of an entry that says what the document is
DIRECTORY_BYTES = 4 << 20  # of a container's directory: 20,000 entries with names of 150 bytes
_END = struct.Struct("<4s4H2LH")  # the end of a container's directory
_COMMENT_BYTES = 65_535

_OOXML = (
    (b"wordprocessingml.document.main+xml", f.DOCX),
    (b"wordprocessingml.template.main+xml", f.DOCX),
    (b"ms-word.document.macroEnabled.main+xml", f.DOCM),
    (b"ms-word.template.macroEnabledTemplate.main+xml", f.DOCM),
    (b"spreadsheetml.sheet.main+xml", f.XLSX),
    (b"ms-excel.sheet.macroEnabled.main+xml", f.XLSM),
    (b"presentationml.presentation.main+xml", f.PPTX),
    (b"presentationml.slideshow.main+xml", f.PPTX),
)
_OPEN_DOCUMENT = {each.encode(): each for each in (f.ODT, f.ODS, f.ODP)} | {
    f"{f.ODT}-template".encode(): f.ODT
}
_MADE_BY_WPS = re.compile(rb"<Application>\s*(?:WPS|Kingsoft)|KSOProductBuildVer")


def detect(source: Path) -> Detected:
    """What the container *source* is."""
    trouble = _directory_trouble(source)
    if trouble is not None:
        return Detected(f.ZIP, trouble)
    try:
        with Container(source) as container:
            return _said(container)
    except Unreadable as e:
        return Detected(f.ZIP, e.reason)


def _directory_trouble(source: Path) -> Phrase | None:
    """Why the directory of the container should not be read at all."""
    with source.open("rb") as reading:
        size = reading.seek(0, os.SEEK_END)
        reading.seek(max(0, size - _END.size - _COMMENT_BYTES))
        tail = reading.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        return Phrase("detection.truncated")
    *_, entries, directory_bytes, _, _ = _END.unpack_from(tail, at)
    if entries > LIMITS.entries:
        return Phrase("conversion.container.entries", {"found": entries, "limit": LIMITS.entries})
    if directory_bytes > DIRECTORY_BYTES:
        return Phrase("conversion.container.large", {"found": directory_bytes, "limit": DIRECTORY_BYTES})
    return None


def _said(container: Container) -> Detected:
    if container.find("OFD.xml"):
        return Detected(f.OFD)
    if container.find("[Content_Types].xml"):
        return _ooxml(container)
    if container.find("mimetype"):
        return _open_document(container)
    return Detected(f.ZIP)


def _ooxml(container: Container) -> Detected:
    types = container.read("[Content_Types].xml", SMALL_BYTES)
    if b"\x00<" in types[:8] or b"<\x00" in types[:8]:
        types = types.replace(b"\x00", b"")  # UTF-16, and the names are ASCII
    name = next((name for mark, name in _OOXML if mark in types), f.ZIP)
    notes = []
    if name == f.DOCX and _is_of_wps(container):
        name = f"{name};maker=wps"
        notes.append(Phrase("detection.wps", {"inside": "docx"}))
    if any(each.casefold().endswith("vbaproject.bin") for each in container.names):
        notes.append(Phrase("detection.macros"))
    return Detected(name, notes=tuple(notes))


def _is_of_wps(container: Container) -> bool:
    parts = [name for name in ("docProps/app.xml", "docProps/custom.xml") if container.find(name)]
    return any(_MADE_BY_WPS.search(container.read(name, SMALL_BYTES)) for name in parts)


def _open_document(container: Container) -> Detected:
    said = container.read("mimetype", 200).strip()
    name = _OPEN_DOCUMENT.get(said)
    if name is None:
        return Detected(f.ZIP)
    protected = container.find("META-INF/manifest.xml") and b"encryption-data" in container.read(
        "META-INF/manifest.xml", SMALL_BYTES
    )
    macros = any(each.startswith(("Basic/", "Scripts/")) for each in container.names)
    notes = (Phrase("detection.macros"),) if macros else ()
    return Detected(name, Phrase("detection.encrypted") if protected else None, notes)
