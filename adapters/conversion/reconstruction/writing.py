# SPDX-License-Identifier: Apache-2.0
"""
Blocks as a Word file: paragraphs and tables flow, pictures stand where they stood, pages stay pages.

Knows no PDF. The same pages give the same bytes.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from adapters.conversion.reconstruction.blocks import Block, Cell, Page, Paragraph, Picture, Rule, Run, Table

EMU_A_POINT = 12700
_OFFICE = "http://schemas.openxmlformats.org"
_RELATIONS = f"{_OFFICE}/officeDocument/2006/relationships"
_DRAWING = f"{_OFFICE}/drawingml/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_NAMES = (
    f'xmlns:w="{_OFFICE}/wordprocessingml/2006/main" xmlns:r="{_RELATIONS}" '
    f'xmlns:wp="{_DRAWING}/wordprocessingDrawing" xmlns:a="{_DRAWING}/main" xmlns:pic="{_DRAWING}/picture"'
)
_DATE = (1980, 1, 1, 0, 0, 0)


class WordFile:
    """A Word file that is written page by page, so that memory holds one page."""

    def __init__(self, target: Path) -> None:
        self._package = zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED)
        self._pages: list[str] = []
        self._pictures = 0
        self._last: Page | None = None

    def add(self, page: Page) -> None:
        """Write *page* after those before it."""
        first, self._pictures = self._pictures, self._pictures + len(page.pictures)
        for number, picture in enumerate(page.pictures, first):
            self._put(f"word/media/image{number}.png", picture.data)
        anchors = "".join(_anchor(picture, number) for number, picture in enumerate(page.pictures, first))
        if self._last is not None:
            self._pages.append(f"<w:p><w:pPr>{_section(self._last)}</w:pPr></w:p>")
        self._pages.append("".join(_blocks(page, anchors)))
        self._last = page

    def close(self) -> None:
        """Finish the file."""
        end = _section(self._last) if self._last is not None else ""
        body = f"{_HEAD}<w:document {_NAMES}><w:body>{''.join(self._pages)}{end}</w:body></w:document>"
        self._put("word/document.xml", body)
        self._put("word/_rels/document.xml.rels", self._relations())
        self._put("_rels/.rels", _relations([("rDocument", "officeDocument", "word/document.xml")]))
        self._put("[Content_Types].xml", _TYPES)
        self._package.close()

    def _relations(self) -> str:
        return _relations(
            [(f"rImage{number}", "image", f"media/image{number}.png") for number in range(self._pictures)]
        )

    def _put(self, name: str, data: str | bytes) -> None:
        entry = zipfile.ZipInfo(name, _DATE)
        entry.compress_type = zipfile.ZIP_DEFLATED
        self._package.writestr(entry, data)


def _blocks(page: Page, anchors: str) -> Iterator[str]:
    """The page's blocks; what hangs on the page hangs on its first paragraph, which is empty."""
    spacing = '<w:spacing w:before="0" w:after="0" w:line="20" w:lineRule="exact"/>'
    yield f"<w:p><w:pPr>{spacing}</w:pPr>{anchors}</w:p>"
    bottom = page.text.top
    for block in page.blocks:
        gap = max(0.0, block.box.top - bottom)
        yield _block(block, gap)
        bottom = max(bottom, block.box.bottom)


def _block(block: Block, gap: float) -> str:
    if isinstance(block, Paragraph):
        return _paragraph(block, gap)
    if isinstance(block, Table):
        return _space(gap) + _table(block)
    return _rule(block, gap)


def _paragraph(found: Paragraph, gap: float) -> str:
    height = found.pitch or max((run.look.size for run in found.runs), default=10.0) * 1.2
    before = max(0.0, gap - (height - max((run.look.size for run in found.runs), default=10.0)))
    spacing = (
        f'<w:spacing w:before="{_twips(before)}" w:after="0" w:line="{_twips(height)}" w:lineRule="exact"/>'
    )
    indent = f'<w:ind w:firstLine="{_twips(found.indent)}"/>' if found.indent > 1 else ""
    if found.end > 1:
        indent = f'<w:ind w:right="{_twips(found.end)}"/>'
    return f'<w:p><w:pPr>{spacing}{indent}<w:jc w:val="{found.align}"/></w:pPr>{_runs(found.runs)}</w:p>'


def _runs(runs: Sequence[Run]) -> str:
    return "".join(map(_run, runs))


def _run(run: Run) -> str:
    look = run.look
    font = quoteattr(look.font)
    size = round(look.size * 2)
    properties = (
        f"<w:rFonts w:ascii={font} w:hAnsi={font} w:eastAsia={font} w:cs={font}/>"
        f"{'<w:b/>' if look.bold else ''}{'<w:i/>' if look.italic else ''}"
        f'<w:color w:val="{look.colour}"/><w:sz w:val="{size}"/><w:szCs w:val="{size}"/>'
    )
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{_plain(run.text)}</w:t></w:r>'


def _plain(text: str) -> str:
    """Escaped; what XML cannot say is left out."""

    def can_be(c: str) -> bool:
        return c == "\t" or (c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff")

    return escape("".join(filter(can_be, text)))


def _rule(found: Rule, gap: float) -> str:
    size = max(2, round(found.stroke.width * 8))
    edge = f'<w:bottom w:val="single" w:sz="{size}" w:space="0" w:color="{found.stroke.colour}"/>'
    spacing = f'<w:spacing w:before="{_twips(gap)}" w:after="0" w:line="40" w:lineRule="exact"/>'
    return f"<w:p><w:pPr><w:pBdr>{edge}</w:pBdr>{spacing}</w:pPr></w:p>"


def _space(gap: float) -> str:
    """Word joins tables that touch, and a table has no space before it: a paragraph is that space."""
    line = max(20, _twips(gap))
    return (
        f'<w:p><w:pPr><w:spacing w:before="0" w:after="0" w:line="{line}" w:lineRule="exact"/></w:pPr></w:p>'
    )


def _table(found: Table) -> str:
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    margins = '<w:tblCellMar><w:left w:w="30" w:type="dxa"/><w:right w:w="30" w:type="dxa"/></w:tblCellMar>'
    look = f'<w:tblPr><w:tblBorders>{edges}</w:tblBorders><w:tblLayout w:type="fixed"/>{margins}</w:tblPr>'
    grid = "".join(f'<w:gridCol w:w="{_twips(width)}"/>' for width in found.widths)
    rows = "".join(
        _row(row, found.widths, height) for row, height in zip(found.rows, found.heights, strict=True)
    )
    return f"<w:tbl>{look}<w:tblGrid>{grid}</w:tblGrid>{rows}</w:tbl>"


def _row(cells: Sequence[Cell], widths: Sequence[float], height: float) -> str:
    written, column = [], 0
    for cell in cells:
        written.append(_cell(cell, sum(widths[column : column + cell.columns])))
        column += cell.columns
    look = f'<w:trPr><w:trHeight w:val="{_twips(height)}" w:hRule="atLeast"/></w:trPr>'
    return f"<w:tr>{look}{''.join(written)}</w:tr>"


def _cell(cell: Cell, width: float) -> str:
    span = f'<w:gridSpan w:val="{cell.columns}"/>' if cell.columns > 1 else ""
    merged = '<w:vMerge w:val="restart"/>' if cell.begins else "<w:vMerge/>" if cell.continued else ""
    inside = "".join(_paragraph(each, 0.0) for each in cell.paragraphs) or "<w:p/>"
    look = f'<w:tcW w:w="{_twips(width)}" w:type="dxa"/>{span}{merged}<w:vAlign w:val="center"/>'
    return f"<w:tc><w:tcPr>{look}</w:tcPr>{inside}</w:tc>"


def _anchor(picture: Picture, number: int) -> str:
    """A picture at its place on the page, behind the text."""
    box = picture.box
    width, height = (max(1, round(side * EMU_A_POINT)) for side in (box.width, box.height))
    left, top = (round(side * EMU_A_POINT) for side in (box.left, box.top))
    size, named = f'cx="{width}" cy="{height}"', f'id="{number + 1}" name="image{number}.png"'
    fill = f'<a:blip r:embed="rImage{number}"/><a:stretch><a:fillRect/></a:stretch>'
    shape = (
        f"<pic:pic><pic:nvPicPr><pic:cNvPr {named}/><pic:cNvPicPr/></pic:nvPicPr>"
        f'<pic:blipFill>{fill}</pic:blipFill><pic:spPr><a:xfrm><a:off x="0" y="0"/><a:ext {size}/></a:xfrm>'
        '<a:prstGeom prst="rect"><a:avLst/></a:prstGeom></pic:spPr></pic:pic>'
    )
    return (
        '<w:r><w:drawing><wp:anchor distT="0" distB="0" distL="0" distR="0" simplePos="0" relativeHeight="1" '
        'behindDoc="1" locked="0" layoutInCell="1" allowOverlap="1"><wp:simplePos x="0" y="0"/>'
        f'<wp:positionH relativeFrom="page"><wp:posOffset>{left}</wp:posOffset></wp:positionH>'
        f'<wp:positionV relativeFrom="page"><wp:posOffset>{top}</wp:posOffset></wp:positionV>'
        f"<wp:extent {size}/><wp:wrapNone/><wp:docPr {named}/>"
        f'<a:graphic><a:graphicData uri="{_DRAWING}/picture">{shape}</a:graphicData></a:graphic>'
        "</wp:anchor></w:drawing></w:r>"
    )


def _section(page: Page) -> str:
    """Of a page's size, with the margins around its text."""
    text = page.text
    left, right = _twips(text.left), _twips(max(0.0, page.width - text.right))
    top, bottom = _twips(text.top), _twips(max(0.0, (page.height - text.bottom) / 2))
    return (
        f'<w:sectPr><w:pgSz w:w="{_twips(page.width)}" w:h="{_twips(page.height)}"/>'
        f'<w:pgMar w:top="{top}" w:right="{right}" w:bottom="{bottom}" w:left="{left}" '
        'w:header="0" w:footer="0" w:gutter="0"/></w:sectPr>'
    )


def _twips(points: float) -> int:
    return round(points * 20)


def _relations(found: Sequence[tuple[str, str, str]]) -> str:
    entries = "".join(
        f'<Relationship Id="{name}" Type="{_RELATIONS}/{kind}" Target="{target}"/>'
        for name, kind, target in found
    )
    return f'{_HEAD}<Relationships xmlns="{_OFFICE}/package/2006/relationships">{entries}</Relationships>'


_TYPES = (
    f'{_HEAD}<Types xmlns="{_OFFICE}/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="png" ContentType="image/png"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.'
    'wordprocessingml.document.main+xml"/></Types>'
)
