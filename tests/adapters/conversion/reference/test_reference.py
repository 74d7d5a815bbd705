# SPDX-License-Identifier: Apache-2.0
"""The reference reader itself: it is there, it is the pinned one, and it draws."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

import pytest
from PIL import Image

from tests.adapters.conversion.reference.browser import Browser
from tests.adapters.conversion.reference.ofd_js import PIXELS_PER_MM, Reference, with_named_fonts

NS = 'xmlns:ofd="http://www.ofdspec.org/2016"'
SQUARE = {
    "OFD.xml": f'<ofd:OFD {NS} DocType="OFD" Version="1.0"><ofd:DocBody><ofd:DocInfo><ofd:DocID>0</ofd:DocID>'
    "</ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
    "Doc_0/Document.xml": f"<ofd:Document {NS}><ofd:CommonData><ofd:MaxUnitID>9</ofd:MaxUnitID><ofd:PageArea>"
    "<ofd:PhysicalBox>0 0 40 20</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData><ofd:Pages>"
    '<ofd:Page ID="1" BaseLoc="Pages/Page_0/Content.xml"/></ofd:Pages></ofd:Document>',
    "Doc_0/Pages/Page_0/Content.xml": f'<ofd:Page {NS}><ofd:Content><ofd:Layer ID="2">'
    '<ofd:PathObject ID="3" Boundary="10 5 10 10" Stroke="false" Fill="true"><ofd:FillColor Value="255 0 0"/>'
    "<ofd:AbbreviatedData>M 0 0 L 10 0 L 10 10 L 0 10 C</ofd:AbbreviatedData></ofd:PathObject>"
    "</ofd:Layer></ofd:Content></ofd:Page>",
}


@pytest.mark.slow
def test_the_reference_draws_a_page_at_its_size(tmp_path: Path) -> None:
    document = tmp_path / "square.ofd"
    with zipfile.ZipFile(document, "w") as package:
        for name, content in SQUARE.items():
            package.writestr(name, content)
    with Reference() as reference:
        (picture,) = reference.render(document)
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    assert image.size == (40 * PIXELS_PER_MM, 20 * PIXELS_PER_MM)
    assert image.getpixel((15 * PIXELS_PER_MM, 10 * PIXELS_PER_MM)) == (255, 0, 0)
    assert image.getpixel((30 * PIXELS_PER_MM, 10 * PIXELS_PER_MM)) == (255, 255, 255)


@pytest.mark.slow
def test_the_browser_keeps_its_files_in_its_profile_which_goes_with_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with tempfile.TemporaryDirectory() as short:  # a socket lies in it
        monkeypatch.setattr(tempfile, "tempdir", short)
        with Browser() as browser:
            (profile,) = Path(short).iterdir()
            said = Path(f"/proc/{browser.pid}/environ").read_bytes().split(b"\0")
            assert f"TMPDIR={profile}".encode() in said
        assert list(Path(short).iterdir()) == []


def test_each_embedded_font_gets_a_name_of_its_own() -> None:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as writing:
        writing.writestr(
            "Doc_0/PublicRes.xml",
            f'<ofd:Res {NS} BaseLoc="Res"><ofd:Fonts><ofd:Font ID="3" FontName="宋体"><ofd:FontFile>a.ttf'
            '</ofd:FontFile></ofd:Font><ofd:Font ID="4" FontName="黑体"/></ofd:Fonts></ofd:Res>',
        )
        writing.writestr("Doc_0/Res/a.ttf", b"glyphs")
    named, faces = with_named_fonts(package.getvalue())
    xml = zipfile.ZipFile(io.BytesIO(named)).read("Doc_0/PublicRes.xml").decode()
    assert faces == {"govbus3": b"glyphs"}
    assert 'FontName="govbus3" FamilyName="govbus3"' in xml
    assert 'FontName="黑体"' in xml
