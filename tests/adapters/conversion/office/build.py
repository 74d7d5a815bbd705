# SPDX-License-Identifier: Apache-2.0
"""
The fixtures of Word and WPS, each named by what it has; no foreign document is among them.

    python -m tests.adapters.conversion.office.build

writes them anew. Word files (docx) are made here byte by byte, and a test holds the committed ones against
this script. Those of Word 97 (doc, and wps, which is the same under another name) are made of them by
LibreOffice, whose bytes differ from run to run: a test holds their text against the docx.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from adapters.conversion.office.edges import OfficeToDoc
from exchange.edge.conversion_process import ConversionProcess
from tests.adapters.conversion.documents import docx
from tests.adapters.conversion.office.official import BODY, PAGE, line, official, table

FOLDER = Path(__file__).with_name("fixtures")
FACES = ("仿宋_GB2312", "楷体_GB2312", "方正小标宋简体", "黑体", "宋体", "Times New Roman")
BY_WPS = {"docProps/app.xml": "<Properties><Application>WPS Office</Application></Properties>"}
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006"
EMU = 36_000  # in a millimetre


def three_pages() -> bytes:
    return official(pages=3)


def wide_table() -> bytes:
    rows = [("序号", "单位", "金额（万元）")]
    rows += [(str(number), f"第{number}分局", f"{number * 1234.5:,.2f}") for number in range(1, 25)]
    return docx(line("附件：预算安排表", face="黑体", at="center") + table(tuple(rows)) + PAGE)


def faces() -> bytes:
    return docx("".join(line(f"{face}：{BODY}", face=face) for face in FACES) + PAGE)


def letters() -> bytes:
    said = (
        "繁體：臺灣與國際貿易",
        "生僻：㙍䶮𠮷𣈱",
        "全角：ＡＢＣ（１２３）％",
        "拉丁：Größe café 42 %",
        "符号：①②③→■℃§",
    )
    return docx("".join(line(each) for each in said) + PAGE)


def red_head() -> bytes:
    """A heading, its line, and a seal that is a picture with see-through corners."""
    seal = _picture(40, 40)
    parts = {"word/media/seal.png": _seal()}
    relation = f'<Relationship Id="p1" Type="{_OFFICE}/image" Target="media/seal.png"/>'
    head = line("汕头市财政局文件", face="方正小标宋简体", size=60, at="center", colour="FF0000")
    return docx(
        head + line(BODY) + seal + line("2026年11月21日", at="right") + PAGE, extra=parts, relations=relation
    )


def of_wps() -> bytes:
    return docx(line("由 WPS 编写：" + BODY) + PAGE, extra=BY_WPS)


_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _picture(width_mm: int, height_mm: int) -> str:
    extent = f'cx="{width_mm * EMU}" cy="{height_mm * EMU}"'
    shape = f'<a:xfrm><a:off x="0" y="0"/><a:ext {extent}/></a:xfrm><a:prstGeom prst="rect"/>'
    kind = f"{DRAWING}/picture"
    return (
        f'<w:p><w:r><w:drawing><wp:inline xmlns:wp="{DRAWING}/wordprocessingDrawing"><wp:extent {extent}/>'
        f'<wp:docPr id="1" name="seal"/><a:graphic xmlns:a="{DRAWING}/main"><a:graphicData uri="{kind}">'
        f'<p:pic xmlns:p="{kind}"><p:nvPicPr><p:cNvPr id="1" name="seal"/><p:cNvPicPr/></p:nvPicPr>'
        '<p:blipFill><a:blip r:embed="p1"/><a:stretch><a:fillRect/></a:stretch></p:blipFill>'
        f"<p:spPr>{shape}</p:spPr></p:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
    )


def _seal(side: int = 60) -> bytes:
    """A red ring, as PNG."""
    rows = b""
    for y in range(side):
        away = [((x - side / 2) ** 2 + (y - side / 2) ** 2) ** 0.5 for x in range(side)]
        rows += b"\0" + b"".join(b"\xff\0\0\xff" if 22 < each < 28 else bytes(4) for each in away)
    head = struct.pack(">2L5B", side, side, 8, 6, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))
        for kind, data in parts
    )


FIXTURES: dict[str, Callable[[], bytes]] = {
    "official": official,
    "three_pages": three_pages,
    "wide_table": wide_table,
    "faces": faces,
    "letters": letters,
    "red_head": red_head,
}
OF_WORD_97 = ("official", "wide_table", "faces", "red_head")  # doc
OF_WPS = ("official", "letters", "three_pages")  # wps that is Word 97 within; "of_wps" is one that is OOXML


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for name, made in FIXTURES.items():
        (FOLDER / f"{name}.docx").write_bytes(made())
    (FOLDER / "of_wps.wps").write_bytes(of_wps())
    with ConversionProcess() as process, TemporaryDirectory() as folder:
        for suffix, names in (("doc", OF_WORD_97), ("wps", OF_WPS)):
            for name in names:
                result = Path(folder, f"{name}.{suffix}")
                process.convert(OfficeToDoc(), FOLDER / f"{name}.docx", result, from_format="a/document")
                (FOLDER / f"{name}.{suffix}").write_bytes(result.read_bytes())


if __name__ == "__main__":
    main()
