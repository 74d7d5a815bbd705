# SPDX-License-Identifier: Apache-2.0
"""
Documents that are compound files: Word, Excel and PowerPoint 97, WPS, Works, and encrypted OOXML.

The one home of olefile. The header is judged before olefile reads the allocation table, so that what
is read is never more than the file has.

Source: [MS-CFB] 2.2, the header; [MS-DOC] 2.5.2, FibBase.
"""

from __future__ import annotations

import struct
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.conversion import formats as f
from exchange import Detected
from exchange.texts import Phrase

if TYPE_CHECKING:
    import olefile

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FILE_BYTES = 512 << 20  # of the largest compound file that is looked into
_HEADER_BYTES = 512
_FIB = struct.Struct("<HH6xH")  # its mark, its version, its flags
_FIB_MARK, _FIB_ENCRYPTED = 0xA5EC, 0x0100
_STREAM = 2  # the type of an entry; 1 is a storage, 5 the root
_SPECIAL = 0xFFFFFFFA  # from here on, what stands in the table is no sector
_BROKEN = (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, RecursionError, struct.error)

_STREAMS = (
    ("Workbook", f.XLS),
    ("Book", f.XLS),
    ("PowerPoint Document", f.PPT),
    ("MatOST", f.WORKS),
)


def detect(source: Path) -> Detected:
    """What the compound file *source* is."""
    if not _is_sound(source):
        return Detected(trouble=Phrase("detection.truncated"))
    if find_spec("olefile") is None:  # it comes with the office, and detection is everywhere
        return Detected(trouble=Phrase("detection.no-olefile"))
    import olefile

    try:
        with olefile.OleFileIO(str(source)) as compound:
            return _said(compound)
    except _BROKEN as e:
        return Detected(trouble=Phrase("detection.damaged", {"reason": _short(e)}))


def _is_sound(source: Path) -> bool:
    """Whether the tables that the header announces fit into the file."""
    size = source.stat().st_size
    with source.open("rb") as reading:
        header = reading.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES or size > FILE_BYTES:
        return False
    sector = 1 << min(header[0x1E], 31)
    tables = struct.unpack_from("<L", header, 0x2C)[0] + struct.unpack_from("<L", header, 0x48)[0]
    return sector in (512, 4096) and bool(tables * sector <= size)


def _said(compound: olefile.OleFileIO) -> Detected:
    if compound.exists("EncryptedPackage"):
        return Detected(trouble=Phrase("detection.encrypted"))  # of which OOXML, cannot be seen
    if compound.exists("WordDocument"):
        return _word(compound)
    if compound.exists("CONTENTS") and _first(compound, "CONTENTS", 7) == b"CHNKWKS":
        return Detected(f.WORKS)
    name = next((name for stream, name in _STREAMS if compound.exists(stream)), None)
    return Detected(name) if name else Detected()


def _word(compound: olefile.OleFileIO) -> Detected:
    if _is_cut(compound):
        return Detected(f.DOC, Phrase("detection.truncated"))
    mark, _, flags = _FIB.unpack(_first(compound, "WordDocument", _FIB.size))
    if mark != _FIB_MARK:
        return Detected(f.DOC, Phrase("detection.damaged", {"reason": "FIB"}))
    name, notes = f.DOC, []
    if compound.exists("WpsCustomData"):
        name = f"{f.DOC};maker=wps"
        notes.append(Phrase("detection.wps", {"inside": "doc"}))
    if compound.exists("Macros") or compound.exists("_VBA_PROJECT_CUR"):
        notes.append(Phrase("detection.macros"))
    return Detected(name, Phrase("detection.encrypted") if flags & _FIB_ENCRYPTED else None, tuple(notes))


def _first(compound: olefile.OleFileIO, stream: str, count: int) -> bytes:
    """The first bytes of a stream; one that lies in sectors of its own is not read whole."""
    found = compound.direntries[compound._find(stream)]
    if found.size < compound.minisectorcutoff:
        return bytes(compound.openstream(stream).read(count))
    return bytes(compound.getsect(found.isectStart)[:count])


def _is_cut(compound: olefile.OleFileIO) -> bool:
    """Whether the file ends before the last sector that its table, or a large stream, names."""
    table = compound.fat  # olefile leaves out of it what the file does not have
    large = (each for each in compound.direntries if each and each.size >= compound.minisectorcutoff)
    starts = [each.isectStart for each in large if each.entry_type == _STREAM]
    return any(len(table) <= sector < _SPECIAL for sector in (*table, *starts))


def _short(error: BaseException) -> str:
    return str(error)[:100] or type(error).__name__
