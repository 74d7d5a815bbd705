# SPDX-License-Identifier: Apache-2.0
"""The converters of structured data: the file says which mapping is meant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from adapters.conversion import formats as f
from adapters.conversion.structured import RecordsToCsv, RecordsToJson, RecordsToXlsx, RecordsToXml
from exchange import Converter, Halt, Reject
from exchange.converter import plan
from exchange.edge.conversion_process import ConversionProcess, known_converters
from exchange.texts import Phrase

KINDS = (RecordsToCsv, RecordsToJson, RecordsToXlsx, RecordsToXml)
HOUSEHOLDS = """
type = "civil.household.v1"
[xml]
root = "households"
record = "household"
[json]
record = "households"
[csv]
encoding = "gb18030"
[[column]]
name = "holder"
title = "户主"
"""
TITLES = """
type = "title.certificate.v1"
[xml]
root = "titles"
record = "title"
[json]
record = "titles"
[[column]]
name = "number"
title = "证号"
"""


@pytest.fixture
def given(tmp_path: Path) -> Iterator[dict[str, list[str]]]:
    """Two mappings, configured for this test alone."""
    files = [tmp_path / "titles.toml", tmp_path / "households.toml"]
    files[0].write_text(TITLES, encoding="utf-8")
    files[1].write_text(HOUSEHOLDS, encoding="utf-8")
    settings = {"mappings": [str(file) for file in files]}
    for kind in KINDS:
        kind.configure(settings)
    yield settings
    for kind in KINDS:
        kind.given = {}


def converted(data: bytes, kind: type[Converter], folder: Path) -> bytes:
    source, target = folder / "source", folder / "target"
    source.write_bytes(data)
    kind().convert(source, target)
    return target.read_bytes()


def reason(data: bytes, kind: type[Converter], folder: Path) -> Phrase:
    with pytest.raises(Reject) as caught:
        converted(data, kind, folder)
    found = caught.value.values["reason"]
    assert isinstance(found, Phrase)
    return found


@pytest.mark.usefixtures("given")
@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        (b"<titles><title><number>7</number></title></titles>", {"titles": [{"number": "7"}]}),
        (
            b"<households><household><holder>x</holder></household></households>",
            {"households": [{"holder": "x"}]},
        ),
        (
            "户主,\r\n张三,\r\n李四,\r\n".encode("gb18030"),
            {"households": [{"holder": "张三"}, {"holder": "李四"}]},
        ),
        ("证号,\r\n1,\r\n2,\r\n".encode(), {"titles": [{"number": "1"}, {"number": "2"}]}),
        (b'{"titles": [{"number": "1"}]}', {"titles": [{"number": "1"}]}),
    ],
)
def test_the_file_says_which_mapping_is_meant(data: bytes, wanted: object, tmp_path: Path) -> None:
    assert json.loads(converted(data, RecordsToJson, tmp_path)) == wanted


@pytest.mark.usefixtures("given")
def test_a_file_that_no_mapping_fits_is_refused(tmp_path: Path) -> None:
    found = reason(b"<others><other/></others>", RecordsToJson, tmp_path)
    assert (found.key, found.values["count"]) == ("structured.no-mapping-fits", 2)


@pytest.mark.usefixtures("given")
def test_a_file_that_is_wrong_is_refused_for_what_is_wrong(tmp_path: Path) -> None:
    data = b"<titles><title><number>7</number><number>8</number></title></titles>"
    assert reason(data, RecordsToJson, tmp_path).key == "structured.value"


def test_records_are_converted_where_a_mapping_is_configured(given: dict[str, list[str]]) -> None:
    assert given["mappings"]
    assert RecordsToJson.trouble() is None


def test_without_mappings_there_is_no_such_converter() -> None:
    assert [kind.trouble() for kind in KINDS] == [Phrase("structured.no-mappings")] * len(KINDS)


def test_without_mappings_everything_is_refused_with_the_setting(tmp_path: Path) -> None:
    assert reason(b"<titles/>", RecordsToJson, tmp_path).key == "structured.no-mappings"


@pytest.mark.parametrize("content", [b"=", b"\xff", None])
def test_a_mapping_that_cannot_be_read_is_named_at_the_start(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "mapping.toml"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(Halt, match="EX-904") as caught:
        known_converters({"records": {"mappings": [str(file)]}})
    assert str(file) in caught.value.text()


@pytest.mark.usefixtures("given")
def test_they_are_registered_and_work_here() -> None:
    points = {point.value for point in entry_points(group="govbus.converters")}
    for kind in KINDS:
        assert f"adapters.conversion.structured:{kind.__name__}" in points
        assert kind.trouble() is None


def test_the_mappings_reach_the_process_that_converts(given: dict[str, list[str]], tmp_path: Path) -> None:
    assert given
    (tmp_path / "a").write_bytes("户主,\r\n张三,\r\n李四,\r\n".encode("gb18030"))
    (way,) = plan(f.CSV, [f.XML], [kind() for kind in KINDS])
    with ConversionProcess() as process:
        process.convert(way, tmp_path / "a", tmp_path / "b", from_format=f.CSV)
    assert "<holder>张三</holder>" in (tmp_path / "b").read_text("utf-8")


def test_a_stylesheet_that_reaches_out_is_named_at_the_start(tmp_path: Path) -> None:
    xsl = 'xmlns:xsl="http://www.w3.org/1999/XSL/Transform"'
    (tmp_path / "flat.xsl").write_text(
        f'<xsl:stylesheet version="1.0" {xsl}><xsl:import href="x"/></xsl:stylesheet>'
    )
    (tmp_path / "mapping.toml").write_text("type = 'x'\n[xml]\nbefore = 'flat.xsl'\n[[column]]\nname = 'a'\n")
    with pytest.raises(Halt, match="xsl:import"):
        known_converters({"records": {"mappings": [str(tmp_path / "mapping.toml")]}})
