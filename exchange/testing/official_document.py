# SPDX-License-Identifier: Apache-2.0
"""
An official document as a Chinese office writes it, as a Word file: for demo, tests and trials.

Laid out after GB/T 9704-2012: red heading and rule, number, title, body in 仿宋 of 16 pt at 28 pt a
line, a table, attachment note, signature with the seal over the date, page numbers. The same words
give the same bytes. It refuses to know what becomes of the file.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from xml.sax.saxutils import escape

MILLIMETRE = 36000  # in EMU, the unit of drawings
TWIPS_A_MM = 1440 / 25.4
SEAL_MM = 42
SEAL_PIXELS = 252
FANGSONG, XIAOBIAOSONG, HEITI, KAITI, SONGTI = "仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312", "宋体"
LINE_TWIPS = 560  # 28 pt

_OFFICE = "http://schemas.openxmlformats.org"
_NAMES = (
    f'xmlns:w="{_OFFICE}/wordprocessingml/2006/main" xmlns:r="{_OFFICE}/officeDocument/2006/relationships" '
    f'xmlns:wp="{_OFFICE}/drawingml/2006/wordprocessingDrawing" xmlns:a="{_OFFICE}/drawingml/2006/main" '
    f'xmlns:pic="{_OFFICE}/drawingml/2006/picture"'
)
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


@dataclass(frozen=True, slots=True)
class OfficialDocument:
    """
    What is written in it.

    body: paragraphs; headings are those that begin with 一、 二、 and so on;
    table: rows of cells, the first is its heading; none = no table.
    """

    organ: str = "汕头市人民政府"
    number: str = "汕府〔2026〕1号"
    title: str = "关于下达2026年市级部门预算的通知"
    addressees: str = "各区（县）人民政府，市政府各部门、各直属机构："
    body: Sequence[str] = (
        "经市人民代表大会审议批准，现将2026年市级部门预算下达给你们，请遵照执行。",
        "一、严格预算执行。各部门要坚持先有预算、后有支出，未列入预算的事项一律不得安排支出。",
        "二、加快支出进度。各部门应于每季度终了后10日内报送执行情况，市财政局汇总后报市政府。",
        "三、强化绩效管理。项目支出要编制绩效目标，绩效评价结果作为下一年度安排预算的重要依据。",
    )
    table: Sequence[Sequence[str]] = (
        ("序号", "部门", "基本支出（万元）", "项目支出（万元）"),
        ("1", "市教育局", "12,480.50", "3,260.00"),
        ("2", "市民政局", "4,815.20", "1,904.75"),
        ("3", "市档案馆", "1,036.90", "418.30"),
    )
    attachments: Sequence[str] = ("2026年市级部门预算表",)
    date: str = "2026年1月15日"
    sealed: bool = field(default=True)

    def docx(self) -> bytes:
        """It as a Word file."""
        files: dict[str, str | bytes] = {
            "[Content_Types].xml": _TYPES,
            "_rels/.rels": _RELATIONS,
            "word/document.xml": self._document(),
            "word/_rels/document.xml.rels": _DOCUMENT_RELATIONS,
            "word/styles.xml": _STYLES,
            "word/footer1.xml": _FOOTER,
            "word/media/seal.png": seal_picture(),
        }
        held = BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as packing:
            for name, data in files.items():
                entry = zipfile.ZipInfo(name, (2026, 1, 15, 8, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                packing.writestr(entry, data)
        return held.getvalue()

    def text(self) -> str:
        """Every word of it, a paragraph a line, as a reader would select it."""
        cells = [cell for row in self.table for cell in row]
        head = (f"{self.organ}文件", self.number, self.title, self.addressees)
        return "\n".join((*head, *self.body, *cells, *self._notes(), self.organ, self.date))

    def _notes(self) -> list[str]:
        return [f"附件：{number}. {name}" for number, name in enumerate(self.attachments, 1)]

    def _document(self) -> str:
        seal = _seal_anchor() if self.sealed else ""
        parts = [
            _paragraph(
                f"{self.organ}文件", XIAOBIAOSONG, 42, align="center", colour="FF0000", before=0, line=0
            ),
            _paragraph(self.number, FANGSONG, 16, align="center", before=240),
            _RED_RULE,
            _paragraph(self.title, XIAOBIAOSONG, 22, align="center", before=360, after=280, line=0),
            _paragraph(self.addressees, FANGSONG, 16),
            *(
                _paragraph(each, HEITI if _is_heading(each) else FANGSONG, 16, indent=True)
                for each in self.body
            ),
            _table(self.table) if self.table else "",
            *(_paragraph(each, FANGSONG, 16, indent=True, before=120) for each in self._notes()),
            _paragraph(self.organ, FANGSONG, 16, align="right", before=560, right=1100, drawing=seal),
            _paragraph(self.date, FANGSONG, 16, align="right", right=1100),
        ]
        return f"{_HEAD}<w:document {_NAMES}><w:body>{''.join(parts)}{_SECTION}</w:body></w:document>"


def _is_heading(text: str) -> bool:
    return len(text) < 14 and text[1:2] == "、"


def _paragraph(
    text: str,
    font: str,
    points: float,
    *,
    align: str = "both",
    colour: str = "",
    before: int = 0,
    after: int = 0,
    line: int = LINE_TWIPS,
    indent: bool = False,
    right: int = 0,
    drawing: str = "",
) -> str:
    """One paragraph; spaces in twips, *line* 0 = as the font needs."""
    spacing = f'<w:spacing w:before="{before}" w:after="{after}"' + (
        f' w:line="{line}" w:lineRule="exact"/>' if line else "/>"
    )
    first = f' w:firstLineChars="200" w:firstLine="{int(points * 40)}"' if indent else ""
    margins = f'<w:ind w:right="{right}"{first}/>' if first or right else ""
    look = f'<w:pPr>{spacing}{margins}<w:jc w:val="{align}"/></w:pPr>'
    return f"<w:p>{look}{drawing}{_run(text, font, points, colour)}</w:p>"


def _run(text: str, font: str, points: float, colour: str = "") -> str:
    ink = f'<w:color w:val="{colour}"/>' if colour else ""
    size = int(points * 2)
    return (
        f'<w:r><w:rPr><w:rFonts w:ascii="{font}" w:hAnsi="{font}" w:eastAsia="{font}"/>{ink}'
        f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr>'
        f'<w:t xml:space="preserve">{escape(text)}</w:t></w:r>'
    )


def _table(rows: Sequence[Sequence[str]]) -> str:
    edge = "".join(
        f'<w:{side} w:val="single" w:sz="6" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    width = int(156 * TWIPS_A_MM / max(len(row) for row in rows))
    grid = "".join(f'<w:gridCol w:w="{width}"/>' for _ in rows[0])
    lines = "".join(_row(row, width, HEITI if number == 0 else FANGSONG) for number, row in enumerate(rows))
    look = f'<w:tblPr><w:jc w:val="center"/><w:tblBorders>{edge}</w:tblBorders></w:tblPr>'
    return f"<w:tbl>{look}<w:tblGrid>{grid}</w:tblGrid>{lines}</w:tbl>"


def _row(cells: Sequence[str], width: int, font: str) -> str:
    return "<w:tr>{}</w:tr>".format(
        "".join(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
            f"{_paragraph(cell, font, 12, align='center', before=20, after=20, line=0)}</w:tc>"
            for cell in cells
        )
    )


def _seal_anchor() -> str:
    """The seal, over name and date, in front of nothing it would hide."""
    size = SEAL_MM * MILLIMETRE
    picture = (
        '<pic:pic><pic:nvPicPr><pic:cNvPr id="1" name="seal.png"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill>'
        '<a:blip r:embed="rSeal"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill><pic:spPr><a:xfrm>'
        f'<a:off x="0" y="0"/><a:ext cx="{size}" cy="{size}"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/>'
        "</a:prstGeom></pic:spPr></pic:pic>"
    )
    return (
        '<w:r><w:drawing><wp:anchor distT="0" distB="0" distL="0" distR="0" simplePos="0" relativeHeight="2" '
        'behindDoc="1" locked="0" layoutInCell="1" allowOverlap="1"><wp:simplePos x="0" y="0"/>'
        f'<wp:positionH relativeFrom="margin"><wp:posOffset>{98 * MILLIMETRE}</wp:posOffset></wp:positionH>'
        '<wp:positionV relativeFrom="paragraph">'
        f"<wp:posOffset>{-10 * MILLIMETRE}</wp:posOffset></wp:positionV>"
        f'<wp:extent cx="{size}" cy="{size}"/><wp:wrapNone/><wp:docPr id="1" name="公章"/>'
        '<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/picture">'
        f"{picture}</a:graphicData></a:graphic></wp:anchor></w:drawing></w:r>"
    )


def seal_picture(pixels: int = SEAL_PIXELS) -> bytes:
    """A red ring with a star, the rest transparent, as a PNG of *pixels* a side."""
    rows = b"".join(b"\0" + b"".join(_ink(x, y, pixels) for x in range(pixels)) for y in range(pixels))

    def piece(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", pixels, pixels, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + piece(b"IHDR", head)
        + piece(b"IDAT", zlib.compress(rows, 9))
        + piece(b"IEND", b"")
    )


# Half a point of the star, by the line through two of its tips: inside where three of five lines agree.
_TIPS = (
    (0.0, -1.0),
    (0.951057, -0.309017),
    (0.587785, 0.809017),
    (-0.587785, 0.809017),
    (-0.951057, -0.309017),
)


def _ink(x: int, y: int, pixels: int) -> bytes:
    across, down = (x + 0.5) / pixels * 2 - 1, (y + 0.5) / pixels * 2 - 1
    far = (across * across + down * down) ** 0.5
    return b"\xd0\x10\x10\xff" if 0.90 < far < 0.98 or _in_star(across / 0.34, down / 0.34) else b"\0\0\0\0"


def _in_star(across: float, down: float) -> bool:
    """A pentagram holds the points that at least four of its five lines have on their inner side."""
    inner = 0
    for number in range(5):
        (ax, ay), (bx, by) = _TIPS[number], _TIPS[(number + 2) % 5]
        inner += (bx - ax) * (down - ay) - (by - ay) * (across - ax) >= 0
    return inner >= 4


_TYPES = (
    f'{_HEAD}<Types xmlns="{_OFFICE}/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="png" ContentType="image/png"/>'
    + "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        f'wordprocessingml.{kind}+xml"/>'
        for name, kind in (("document", "document.main"), ("styles", "styles"), ("footer1", "footer"))
    )
    + "</Types>"
)
_RELATIONS = (
    f'{_HEAD}<Relationships xmlns="{_OFFICE}/package/2006/relationships"><Relationship Id="r1" '
    f'Type="{_OFFICE}/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)
_DOCUMENT_RELATIONS = (
    f'{_HEAD}<Relationships xmlns="{_OFFICE}/package/2006/relationships">'
    + "".join(
        f'<Relationship Id="{number}" Type="{_OFFICE}/officeDocument/2006/relationships/{kind}" '
        f'Target="{target}"/>'
        for number, kind, target in (
            ("rStyles", "styles", "styles.xml"),
            ("rFooter", "footer", "footer1.xml"),
            ("rSeal", "image", "media/seal.png"),
        )
    )
    + "</Relationships>"
)
_STYLES = (
    f'{_HEAD}<w:styles {_NAMES}><w:docDefaults><w:rPrDefault><w:rPr><w:rFonts w:ascii="{FANGSONG}" '
    f'w:hAnsi="{FANGSONG}" w:eastAsia="{FANGSONG}"/><w:sz w:val="32"/>'
    '<w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault></w:docDefaults>'
    '<w:style w:type="paragraph" w:default="1" w:styleId="a">'
    '<w:name w:val="Normal"/></w:style></w:styles>'
)
_FOOTER = (
    f'{_HEAD}<w:ftr {_NAMES}><w:p><w:pPr><w:jc w:val="center"/></w:pPr>{_run("— ", SONGTI, 14)}'
    '<w:r><w:rPr><w:sz w:val="28"/></w:rPr><w:fldChar w:fldCharType="begin"/></w:r>'
    '<w:r><w:rPr><w:sz w:val="28"/></w:rPr><w:instrText>PAGE</w:instrText></w:r>'
    '<w:r><w:rPr><w:sz w:val="28"/></w:rPr>'
    f'<w:fldChar w:fldCharType="end"/></w:r>{_run(" —", SONGTI, 14)}</w:p></w:ftr>'
)
_RED_RULE = (
    '<w:p><w:pPr><w:pBdr><w:bottom w:val="single" w:sz="18" w:space="1" w:color="FF0000"/></w:pBdr>'
    '<w:spacing w:before="0" w:after="0" w:line="120" w:lineRule="exact"/></w:pPr></w:p>'
)
_SECTION = (
    '<w:sectPr><w:footerReference w:type="default" r:id="rFooter"/><w:pgSz w:w="11906" w:h="16838"/>'
    f'<w:pgMar w:top="{int(37 * TWIPS_A_MM)}" w:right="{int(26 * TWIPS_A_MM)}" '
    f'w:bottom="{int(35 * TWIPS_A_MM)}" w:left="{int(28 * TWIPS_A_MM)}" '
    'w:header="851" w:footer="1400" w:gutter="0"/></w:sectPr>'
)
