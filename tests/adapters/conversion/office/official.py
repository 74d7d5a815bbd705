# SPDX-License-Identifier: Apache-2.0
"""An official document as GB/T 9704 lays it out, made for tests: red head, faces, a table, Latin letters."""

from __future__ import annotations

from tests.adapters.conversion.documents import docx

TITLE = "关于开展政务数据交换试点工作的通知"
HEAD = "汕头市人民政府办公室文件"
BODY = "为贯彻落实国家关于政务信息资源共享的决策部署，现就做好有关工作通知如下。ABC 123。"
ROWS = (("序号", "单位", "完成时限"), ("1", "市财政局", "2026年12月31日"), ("2", "市民政局", "2027年1月15日"))

PAGE = (  # A4, and its text 156 mm by 225 mm
    '<w:sectPr><w:pgSz w:w="11906" w:h="16838"/>'
    '<w:pgMar w:top="2098" w:right="1474" w:bottom="1984" w:left="1588"/></w:sectPr>'
)


def line(
    text: str, *, face: str = "仿宋_GB2312", size: int = 32, at: str = "left", colour: str = "000000"
) -> str:
    """A paragraph; *size* in half points."""
    faces = f'<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="{face}"/>'
    run = f'<w:rPr>{faces}<w:color w:val="{colour}"/><w:sz w:val="{size}"/></w:rPr><w:t>{text}</w:t>'
    return f'<w:p><w:pPr><w:jc w:val="{at}"/></w:pPr><w:r>{run}</w:r></w:p>'


def table(rows: tuple[tuple[str, ...], ...]) -> str:
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    lines = "".join(f'<w:{side} w:val="single" w:sz="4"/>' for side in sides)
    width = '<w:tcPr><w:tcW w:w="3000" w:type="dxa"/></w:tcPr>'
    cells = ("".join(f"<w:tc>{width}{line(cell, size=28)}</w:tc>" for cell in row) for row in rows)
    body = "".join(f"<w:tr>{row}</w:tr>" for row in cells)
    return f"<w:tbl><w:tblPr><w:tblBorders>{lines}</w:tblBorders></w:tblPr>{body}</w:tbl>"


def nested(depth: int) -> str:
    """Tables in tables."""
    inner = line("最里面")
    for _ in range(depth):
        inner = f"<w:tbl><w:tr><w:tc>{inner}<w:p/></w:tc></w:tr></w:tbl>"
    return inner + "<w:p/>"


def official(*, pages: int = 1) -> bytes:
    """The document, as docx."""
    head = line(HEAD, face="方正小标宋简体", size=60, at="center", colour="FF0000")
    title = line(TITLE, face="方正小标宋简体", size=44, at="center")
    first = line("一、总体要求", face="黑体") + line("（一）基本原则", face="楷体_GB2312") + line(BODY) * 3
    more = "".join('<w:p><w:r><w:br w:type="page"/></w:r></w:p>' + line(BODY) * 20 for _ in range(pages - 1))
    return docx(head + title + first + table(ROWS) + line("2026年11月21日", at="right") + more + PAGE)
