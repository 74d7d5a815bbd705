# SPDX-License-Identifier: Apache-2.0
"""
PDFs made for tests, object by object, so that each holds exactly what its test is about.

    pdf = Pdf()
    font = pdf.add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>")
    pdf.page("BT /F 12 Tf 72 700 Td (Hello) Tj ET", resources=f"/Font << /F {font} >>")
    data = pdf.bytes()

The same calls make the same bytes.
"""

from __future__ import annotations

import zlib

A4 = (595.276, 841.89)
IDENTITY_H = "/Identity-H"


class Pdf:
    """A PDF under construction."""

    def __init__(self) -> None:
        self._objects: list[bytes] = [b"", b""]  # the catalogue and the page tree
        self._pages: list[str] = []
        self.catalogue = ""
        self.trailer = ""

    def add(self, body: str | bytes) -> str:
        """One object; how others refer to it."""
        self._objects.append(body.encode("latin-1") if isinstance(body, str) else body)
        return f"{len(self._objects)} 0 R"

    def stream(self, content: str | bytes, attributes: str = "", *, packed: bool = True) -> str:
        """One stream object."""
        data = content.encode("latin-1") if isinstance(content, str) else content
        if packed:
            data, attributes = zlib.compress(data), f"{attributes} /Filter /FlateDecode"
        head = f"<< {attributes} /Length {len(data)} >>\nstream\n".encode("latin-1")
        return self.add(head + data + b"\nendstream")

    def page(
        self,
        content: str | bytes,
        *,
        resources: str = "",
        size: tuple[float, float] = A4,
        more: str = "",
    ) -> str:
        """One page."""
        stream = self.stream(content)
        made = self.add(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {size[0]} {size[1]}] "
            f"/Resources << {resources} >> /Contents {stream} {more} >>"
        )
        self._pages.append(made)
        return made

    def bytes(self) -> bytes:
        """The file."""
        kids = " ".join(self._pages)
        self._objects[0] = f"<< /Type /Catalog /Pages 2 0 R {self.catalogue} >>".encode("latin-1")
        self._objects[1] = f"<< /Type /Pages /Kids [{kids}] /Count {len(self._pages)} >>".encode("latin-1")
        out, places = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"), []
        for number, body in enumerate(self._objects, 1):
            places.append(len(out))
            out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
        start = len(out)
        out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1)
        out += b"".join(b"%010d 00000 n \n" % place for place in places)
        tail = f"<< /Size {len(places) + 1} /Root 1 0 R {self.trailer} >>"
        return bytes(out + b"trailer\n" + tail.encode("latin-1") + b"\nstartxref\n%d\n%%%%EOF\n" % start)


def helvetica(pdf: Pdf) -> str:
    """A font that needs no embedding."""
    return pdf.add("<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>")


def to_unicode(pdf: Pdf, pairs: dict[int, str], digits: int = 4) -> str:
    """A ToUnicode map."""
    lines = "\n".join(
        f"<{code:0{digits}x}> <{text.encode('utf-16-be').hex()}>" for code, text in pairs.items()
    )
    return pdf.stream(f"begincmap\n{len(pairs)} beginbfchar\n{lines}\nendbfchar\nendcmap")


def composite(pdf: Pdf, program: str, kind: str, pairs: dict[int, str], more: str = "") -> str:
    """A composite font around the font program object *program*, with its ToUnicode map."""
    key = "FontFile2" if kind == "CIDFontType2" else "FontFile3"
    descriptor = pdf.add(f"<< /Type /FontDescriptor /FontName /AAAAAA+Test /Flags 4 /{key} {program} >>")
    below = pdf.add(
        f"<< /Type /Font /Subtype /{kind} /BaseFont /AAAAAA+Test /FontDescriptor {descriptor} /DW 1000 "
        f"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> {more} >>"
    )
    unicode_map = to_unicode(pdf, pairs)
    return pdf.add(
        f"<< /Type /Font /Subtype /Type0 /BaseFont /AAAAAA+Test /Encoding {IDENTITY_H} "
        f"/DescendantFonts [{below}] /ToUnicode {unicode_map} >>"
    )
