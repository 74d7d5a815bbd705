# SPDX-License-Identifier: Apache-2.0
"""Documents made for tests, byte by byte: compound files, OOXML, OpenDocument, RTF, PDF."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping

SECTOR = 512
_END, _FREE, _FAT = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
_TYPES = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def container(entries: Mapping[str, bytes | str], *, stored: tuple[str, ...] = ()) -> bytes:
    """A ZIP container, the same bytes every time."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as writing:
        for name, data in entries.items():
            entry = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            writing.writestr(entry, data)
    return made.getvalue()


# ---- compound files


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file whose streams, all children of its root, lie in whole sectors."""
    padded = {
        name: data.ljust(4096, b"\0") for name, data in streams.items()
    }  # no small ones: no second table
    names = sorted(padded, key=lambda name: (len(name), name.upper()))
    table: list[int] = [_FAT]
    entries, body = [], b""
    directory_sectors = (len(names) + 4) // 4
    table += [*range(2, directory_sectors + 1), _END]
    for number, name in enumerate(names):
        data = padded[name]
        start, sectors = len(table), -(-len(data) // SECTOR)
        table += [*range(start + 1, start + sectors), _END]
        right = number + 2 if number + 1 < len(names) else _FREE
        entries.append(_entry(name, 2, right=right, start=start, size=len(data)))
        body += data.ljust(sectors * SECTOR, b"\0")
    root = _entry("Root Entry", 5, child=1 if names else _FREE, start=_END, size=0)
    directory = b"".join([root, *entries]).ljust(directory_sectors * SECTOR, b"\0")
    assert len(table) <= SECTOR // 4, "one sector of table holds 64 KiB"
    fat = struct.pack(f"<{len(table)}L", *table).ljust(SECTOR, b"\xff")
    return _compound_header() + fat + directory + body


def _compound_header() -> bytes:
    head = struct.pack("<8s16x5H6x", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6)
    head += struct.pack("<9L", 0, 1, 1, 0, 4096, _END, 0, _END, 0)
    return head + struct.pack("<109L", 0, *[_FREE] * 108)


def _entry(name: str, kind: int, *, right: int = _FREE, child: int = _FREE, start: int, size: int) -> bytes:
    written = (name + "\0").encode("utf-16-le")
    head = written.ljust(64, b"\0") + struct.pack("<HBB3L", len(written), kind, 1, _FREE, right, child)
    return head + bytes(36) + struct.pack("<LQ", start, size)


def word_97(*, flags: int = 0, **others: bytes) -> bytes:
    """The outside of a Word 97 document; nothing can be read in it."""
    fib = struct.pack("<HH6xH", 0xA5EC, 0xC1, flags)
    return compound({"WordDocument": fib, "1Table": b"", **others})


# ---- OOXML and OpenDocument


def paragraph(text: str) -> str:
    return f'<w:p><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def docx(
    body: str = paragraph("关于报送材料的通知"),
    *,
    kind: str = f"{_TYPES}.document.main+xml",
    extra: Mapping[str, bytes | str] | None = None,
    relations: str = "",
) -> bytes:
    """A Word document whose body is *body*, in WordprocessingML."""
    types = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="png" ContentType="image/png"/>'
        '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'
        f'<Override PartName="/word/document.xml" ContentType="{kind}"/></Types>'
    )
    document = f'<w:document xmlns:w="{_WORD}" xmlns:r="{_OFFICE}"><w:body>{body}</w:body></w:document>'
    entries = {
        "[Content_Types].xml": types,
        "_rels/.rels": f'<Relationships xmlns="{_RELATIONS}"><Relationship Id="r1"'
        f' Type="{_OFFICE}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/document.xml": document,
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{_RELATIONS}">{relations}</Relationships>',
    }
    return container({**entries, **(extra or {})})


def docm() -> bytes:
    kind = "application/vnd.ms-word.document.macroEnabled.main+xml"
    return docx(kind=kind, extra={"word/vbaProject.bin": compound({"VBA": b"Sub AutoOpen()"})})


def odt(text: str = "关于报送材料的通知", *, encrypted: bool = False) -> bytes:
    office = "urn:oasis:names:tc:opendocument:xmlns:office:1.0"
    words = "urn:oasis:names:tc:opendocument:xmlns:text:1.0"
    listed = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    kind = "application/vnd.oasis.opendocument.text"
    secret = "<m:encryption-data/>" if encrypted else ""
    entries = {
        "mimetype": kind,
        "META-INF/manifest.xml": f'<m:manifest xmlns:m="{listed}" m:version="1.2">'
        f'<m:file-entry m:full-path="/" m:media-type="{kind}"/>'
        f'<m:file-entry m:full-path="content.xml" m:media-type="text/xml">{secret}</m:file-entry>'
        "</m:manifest>",
        "content.xml": f'<o:document-content xmlns:o="{office}" xmlns:t="{words}" o:version="1.2">'
        f"<o:body><o:text><t:p>{text}</t:p></o:text></o:body></o:document-content>",
    }
    return container(entries, stored=("mimetype",))


def spreadsheet() -> bytes:
    return docx(kind="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml")


def ofd() -> bytes:
    return container({"OFD.xml": '<ofd:OFD xmlns:ofd="http://www.ofdspec.org/2016"/>'})


# ---- text with marks


def rtf(text: str = "关于报送材料的通知") -> bytes:
    written = "".join(f"\\u{ord(each)}?" for each in text)
    return f"{{\\rtf1\\ansi\\uc1 {written}\\par}}".encode("ascii")


def pdf(*, trailer: str = "") -> bytes:
    """One empty page."""
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>",
    )
    made, places = b"%PDF-1.7\n", []
    for number, each in enumerate(objects, 1):
        places.append(len(made))
        made += f"{number} 0 obj{each}endobj\n".encode()
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    end = f"xref\n0 4\n0000000000 65535 f \n{table}trailer<</Size 4/Root 1 0 R{trailer}>>\nstartxref\n"
    return made + f"{end}{len(made)}\n%%EOF\n".encode()
