# SPDX-License-Identifier: Apache-2.0
"""XSLT that computes and reaches nothing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.conversion import formats as f
from adapters.conversion.structured import xslt
from adapters.conversion.structured.forms import convert_records
from adapters.conversion.structured.mapping import Mapping, read_mapping
from adapters.conversion.structured.xslt import transform
from adapters.conversion.unreadable import Unreadable
from exchange import Reject
from exchange.texts import Phrase


def sheet(body: str, attributes: str = "") -> bytes:
    return (
        f'<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" {attributes}>'
        f"{body}</xsl:stylesheet>"
    ).encode()


def made(stylesheet: bytes, folder: Path, source: bytes = "<r><a>汕头</a></r>".encode()) -> bytes:
    (folder / "source.xml").write_bytes(source)
    (folder / "target").unlink(missing_ok=True)
    transform(folder / "source.xml", folder / "target", stylesheet=stylesheet)
    return (folder / "target").read_bytes()


def reason(stylesheet: bytes, folder: Path, source: bytes = b"<r/>") -> Phrase:
    with pytest.raises(Reject) as caught:
        made(stylesheet, folder, source)
    assert caught.value.code == "EX-311"
    found = caught.value.values["reason"]
    assert isinstance(found, Phrase)
    return found


def test_a_document_becomes_another(tmp_path: Path) -> None:
    body = '<xsl:template match="/r"><o n="{count(a)}"><xsl:value-of select="a"/></o></xsl:template>'
    assert made(sheet(body), tmp_path).decode().endswith('<o n="1">汕头</o>\n')


def test_the_stylesheet_names_the_encoding(tmp_path: Path) -> None:
    body = (
        '<xsl:output method="text" encoding="GB18030"/>'
        '<xsl:template match="/"><xsl:value-of select="r/a"/></xsl:template>'
    )
    assert made(sheet(body), tmp_path) == "汕头".encode("gb18030")


def test_a_source_in_gbk_is_read(tmp_path: Path) -> None:
    source = '<?xml version="1.0" encoding="GBK"?><r><a>汕头</a></r>'.encode("gbk")
    assert "汕头".encode() in made(
        sheet('<xsl:template match="/"><o><xsl:value-of select="//a"/></o></xsl:template>'), tmp_path, source
    )


@pytest.mark.parametrize(
    ("body", "attributes", "what"),
    [
        ('<xsl:import href="a.xsl"/>', "", "xsl:import"),
        ('<xsl:include href="http://127.0.0.1/a.xsl"/>', "", "xsl:include"),
        (
            '<xsl:template match="/"><xsl:copy-of select="document(&quot;/etc/x&quot;)"/></xsl:template>',
            "",
            "document()",
        ),
        ('<xsl:template match="/"><o a="{document (.)}"/></xsl:template>', "", "document()"),
        (
            '<xsl:template match="/"><xsl:value-of select="dyn:evaluate(1)"/></xsl:template>',
            'xmlns:dyn="http://exslt.org/dynamic"',
            "dyn:evaluate()",
        ),
        (
            '<xsl:template match="/"><e:document href="x"/></xsl:template>',
            'xmlns:e="http://exslt.org/common" extension-element-prefixes="e"',
            "extension-element-prefixes",
        ),
        (
            '<xsl:template match="/"><e:document xmlns:e="http://exslt.org/common" '
            'xsl:extension-element-prefixes="e" href="x"/></xsl:template>',
            "",
            "extension-element-prefixes",
        ),
        (
            '<xsl:template match="/"><xsl:value-of select="system-property(1)"/></xsl:template>',
            "",
            "system-property()",
        ),
    ],
)
def test_what_would_reach_out_is_refused_by_name(
    body: str, attributes: str, what: str, tmp_path: Path
) -> None:
    found = reason(sheet(body, attributes), tmp_path)
    assert (found.key, found.values["what"]) == ("structured.stylesheet-forbidden", what)


def test_what_is_only_said_is_not_refused(tmp_path: Path) -> None:
    said = "concat('document(x)', child::r/a)"
    body = f'<xsl:template match="/"><o><xsl:value-of select="{said}"/></o></xsl:template>'
    assert "document(x)汕头" in made(sheet(body), tmp_path).decode()


def test_libxslt_denies_it_once_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even where the first wall had a hole."""
    monkeypatch.setattr(xslt, "_judge", lambda _: None)
    secret = tmp_path / "secret.xml"
    secret.write_text("<secret/>")
    body = f'<xsl:template match="/"><xsl:copy-of select="document(\'{secret}\')"/></xsl:template>'
    assert reason(sheet(body), tmp_path).key == "structured.stylesheet"
    body = f'<xsl:template match="/"><e:document href="{tmp_path}/out"><o/></e:document></xsl:template>'
    extended = sheet(body, 'xmlns:e="http://exslt.org/common" extension-element-prefixes="e"')
    assert reason(extended, tmp_path).key == "structured.stylesheet"
    assert not (tmp_path / "out").exists()


def test_a_stylesheet_that_calls_itself_for_ever_is_ended(tmp_path: Path) -> None:
    body = '<xsl:template match="/" name="a"><xsl:call-template name="a"/></xsl:template>'
    assert reason(sheet(body), tmp_path).key == "structured.stylesheet"


def test_a_result_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xslt, "OUTPUT_BYTES", 5)
    assert (
        reason(sheet('<xsl:template match="/"><o>123456</o></xsl:template>'), tmp_path).key
        == "structured.file-large"
    )


@pytest.mark.parametrize(
    ("stylesheet", "source", "key"),
    [
        (b"<x", b"<r/>", "conversion.xml.malformed"),
        (b"<!DOCTYPE x><x/>", b"<r/>", "conversion.xml.doctype"),
        (b"<x/>", b"<r/>", "structured.stylesheet"),
        (sheet('<xsl:template match="/"><o/></xsl:template>'), b"<r", "conversion.xml.malformed"),
        (
            sheet('<xsl:template match="/"><xsl:value-of select="nothing()"/></xsl:template>'),
            b"<r/>",
            "structured.stylesheet",
        ),
        (sheet('<xsl:template match="["/>'), b"<r/>", "structured.stylesheet"),
    ],
)
def test_what_cannot_be_read_or_run_is_refused(
    stylesheet: bytes, source: bytes, key: str, tmp_path: Path
) -> None:
    assert reason(stylesheet, tmp_path, source).key == key


# ---- in a mapping

FLAT = sheet(
    '<xsl:template match="/form"><records><xsl:for-each select="box"><record>'
    '<a><xsl:value-of select="@v"/></a></record></xsl:for-each></records></xsl:template>'
)
FORM = sheet(
    '<xsl:template match="/records"><form><xsl:for-each select="record"><box v="{a}"/></xsl:for-each></form>'
    "</xsl:template>"
)
MAPPING = "type = 'x'\n[xml]\nbefore = 'flat.xsl'\nafter = 'form.xsl'\n[[column]]\nname = 'a'\n"


@pytest.fixture
def mapping(tmp_path: Path) -> Mapping:
    (tmp_path / "flat.xsl").write_bytes(FLAT)
    (tmp_path / "form.xsl").write_bytes(FORM)
    return read_mapping(MAPPING, tmp_path)


def test_a_mapping_brings_any_xml_into_shape_and_back(mapping: Mapping, tmp_path: Path) -> None:
    (tmp_path / "1").write_bytes(b'<form><box v="1"/><box v="2"/></form>')
    convert_records(tmp_path / "1", tmp_path / "2", found=f.XML, wanted=f.JSON, mapping=mapping)
    assert json.loads((tmp_path / "2").read_text()) == [{"a": "1"}, {"a": "2"}]
    convert_records(tmp_path / "2", tmp_path / "3", found=f.JSON, wanted=f.XML, mapping=mapping)
    assert (tmp_path / "3").read_bytes().endswith(b'<form><box v="1"/><box v="2"/></form>\n')
    assert {path.name for path in tmp_path.iterdir()} == {"1", "2", "3", "flat.xsl", "form.xsl"}


def test_a_stylesheet_that_makes_no_document_is_refused(tmp_path: Path) -> None:
    (tmp_path / "flat.xsl").write_bytes(sheet('<xsl:output method="text"/><xsl:template match="/"/>'))
    short = read_mapping(MAPPING.replace("after = 'form.xsl'\n", ""), tmp_path)
    (tmp_path / "1").write_bytes(b"<form/>")
    with pytest.raises(Reject, match="the stylesheet failed"):
        convert_records(tmp_path / "1", tmp_path / "2", found=f.XML, wanted=f.JSON, mapping=short)


def test_a_stylesheet_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match=r"xml\.before"):
        read_mapping(MAPPING, tmp_path)
