# SPDX-License-Identifier: Apache-2.0
"""Records between XML, JSON, CSV and XLSX: nothing changes on the way, and what cannot go is refused."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.conversion import formats as f
from adapters.conversion.structured.forms import convert_records
from adapters.conversion.structured.mapping import Mapping, read_mapping
from adapters.conversion.unreadable import Unreadable
from exchange import Reject, Report
from exchange.texts import Phrase

HOUSEHOLDS = """
type = "civil.household.v1"

[xml]
root = "h:households"
record = "h:list/h:household"
namespaces = { h = "urn:civil:household:1" }

[json]
record = "data.households"

[csv]
encoding = "gb18030"
spreadsheet = true

[xlsx]
sheet = "登记表"

[[column]]
name = "id"
title = "公民身份号码"
xml = "h:person/@id"
required = true

[[column]]
name = "name"
title = "姓名"
xml = "h:person/h:name"

[[column]]
name = "sex"
title = "性别"
xml = "h:person/h:sex"
codes = "GB/T 2261.1"

[[column]]
name = "division"
title = "行政区划"
xml = "h:place"
codes = "GB/T 2260"

[[column]]
name = "members"
title = "人数"
xml = "h:members"
type = "integer"

[[column]]
name = "income"
title = "收入"
xml = "h:income"
type = "decimal"

[[column]]
name = "urban"
title = "城镇"
xml = "h:urban"
type = "boolean"

[[column]]
name = "since"
title = "登记日期"
xml = "h:since"
type = "date"

[[column]]
name = "seen"
title = "核验时间"
xml = "h:seen"
type = "time"
"""
MAPPING = read_mapping(HOUSEHOLDS)
CSV_GB = f"{f.CSV};charset=gb18030"
CSV_UTF8 = f"{f.CSV};charset=utf-8"
PLACES = (f.XML, f"{f.XML};charset=gb18030", f.JSON, CSV_GB, CSV_UTF8, f.XLSX)
ONE = {
    "id": "440501199001011234", "name": "欧阳娜娜", "sex": "2", "division": "440500", "members": 3,
    "income": "1.50", "urban": True, "since": "2026-06-01", "seen": "2026-06-01T08:30:00+08:00",
}  # fmt: skip


def as_json(*records: dict[str, object]) -> bytes:
    return json.dumps({"data": {"households": records}}, ensure_ascii=False).encode()


def convert(data: bytes, found: str, wanted: str, folder: Path, mapping: Mapping = MAPPING) -> bytes:
    return converted(data, found, wanted, folder, mapping)[0]


def converted(
    data: bytes, found: str, wanted: str, folder: Path, mapping: Mapping = MAPPING
) -> tuple[bytes, Report]:
    source, target = folder / "source", folder / "target"
    source.write_bytes(data)
    target.unlink(missing_ok=True)
    report = convert_records(source, target, found=found, wanted=wanted, mapping=mapping)
    return target.read_bytes(), report


def reason(data: bytes, found: str, wanted: str, folder: Path, mapping: Mapping = MAPPING) -> Phrase:
    """Why it is refused: the innermost phrase."""
    with pytest.raises(Reject) as caught:
        convert(data, found, wanted, folder, mapping)
    assert not (folder / "target").exists()
    phrase = caught.value.values["reason"]
    assert isinstance(phrase, Phrase)
    while isinstance(inner := phrase.values.get("reason"), Phrase):
        phrase = inner
    return phrase


# ---- there and back

CHARACTERS = st.characters(
    min_codepoint=0x20, exclude_categories=["Cs"], exclude_characters="\x7f\ufffe\uffff"
) | st.sampled_from("\t\n\r=+-@'\"＝_<&>,;0")
TEXTS = st.text(CHARACTERS, min_size=1, max_size=12) | st.sampled_from(
    [
        "0012",
        "440501199001011234",
        "=1+1",
        "'=x",
        "''+1",
        "\t12",
        "_x0041_",
        "1e5",
        " ",
        "true",
        "null",
        "\r\n",
    ]
)
RECORDS = st.fixed_dictionaries(
    {"id": TEXTS},
    optional={
        "name": TEXTS,
        "sex": st.sampled_from(["0", "1", "2", "9"]),
        "division": st.sampled_from(["440500", "440511", "999999"]),
        "members": st.integers(-(10**30), 10**30).map(str) | st.integers(-9, 9).map(str),
        "income": st.decimals(-(10**9), 10**9, places=2)
        .map(lambda d: f"{d:f}")
        .filter(lambda d: d != "-0.00"),
        "urban": st.sampled_from(["true", "false"]),
        "since": st.dates().map(str),
        "seen": st.datetimes().map(lambda at: at.isoformat(timespec="seconds") + "+08:00"),
    },
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(records=st.lists(RECORDS, max_size=4), way=st.lists(st.sampled_from(PLACES), min_size=1, max_size=4))
def test_records_come_back_unchanged_whatever_way_they_go(
    records: list[dict[str, str]], way: list[str], tmp_path: Path
) -> None:
    start = convert(as_json(*records), f.JSON, f.XML, tmp_path)
    here, form = start, f.XML
    for there in way:
        here, report = converted(here, form, there, tmp_path)
        assert report.losses == ()
        form = there
    assert convert(here, form, f.XML, tmp_path) == start


def test_records_look_as_the_mapping_says(tmp_path: Path) -> None:
    made = convert(as_json(ONE), f.JSON, f.XML, tmp_path).decode()
    assert made == (
        '<?xml version="1.0" encoding="UTF-8"?>\n<h:households xmlns:h="urn:civil:household:1"><h:list>\n'
        '<h:household><h:person id="440501199001011234"><h:name>欧阳娜娜</h:name><h:sex>2</h:sex></h:person>'
        "<h:place>440500</h:place><h:members>3</h:members><h:income>1.50</h:income><h:urban>true</h:urban>"
        "<h:since>2026-06-01</h:since><h:seen>2026-06-01T08:30:00+08:00</h:seen></h:household>\n"
        "</h:list></h:households>\n"
    )


def test_a_table_shows_names_and_titles_and_keeps_long_numbers(tmp_path: Path) -> None:
    rows = list(csv.reader(io.StringIO(convert(as_json(ONE), f.JSON, CSV_GB, tmp_path).decode("gb18030"))))
    assert rows[0][:4] == ["公民身份号码", "姓名", "性别", "行政区划"]
    assert rows[1][:6] == ["\t440501199001011234", "欧阳娜娜", "女性", "广东省汕头市", "3", "1.50"]


def test_a_workbook_has_text_where_digits_matter_and_numbers_where_they_do_not(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(convert(as_json(ONE), f.JSON, f.XLSX, tmp_path)))
    row = [cell.value for cell in book["登记表"][2]]
    assert row[:7] == ["440501199001011234", "欧阳娜娜", "女性", "广东省汕头市", 3, "1.50", True]


def test_json_has_text_where_digits_matter_and_numbers_where_they_do_not(tmp_path: Path) -> None:
    long = {**ONE, "members": 12345678901234567890}
    made = json.loads(convert(as_json(ONE, long), f.JSON, f.JSON, tmp_path))["data"]["households"]
    assert (made[0]["id"], made[0]["members"], made[0]["urban"]) == ("440501199001011234", 3, True)
    assert made[1]["members"] == "12345678901234567890"


@pytest.mark.parametrize("value", ["=HYPERLINK(1)", "+1", "-1", "@x", "＝1", "\tx", "\rx"])
def test_no_cell_of_a_table_is_a_formula(value: str, tmp_path: Path) -> None:
    data = as_json({**ONE, "name": value})
    rows = list(
        csv.reader(io.StringIO(convert(data, f.JSON, CSV_UTF8, tmp_path).decode("utf-8-sig"), newline=""))
    )
    assert rows[1][1] == "'" + value
    book = openpyxl.load_workbook(io.BytesIO(convert(data, f.JSON, f.XLSX, tmp_path)))
    assert book["登记表"]["B2"].data_type == "s"


def test_a_negative_number_is_no_formula(tmp_path: Path) -> None:
    made = convert(as_json({**ONE, "income": -2.5}), f.JSON, CSV_UTF8, tmp_path).decode()
    assert ",-2.5," in made


# ---- what people do to tables


def sheet(*rows: tuple[object, ...], name: str = "登记表") -> bytes:
    book = openpyxl.Workbook()
    book.active.title = name
    for row in rows:
        book.active.append(row)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def test_columns_may_stand_in_any_order_and_codes_be_written_as_codes(tmp_path: Path) -> None:
    data = "性别,姓名,公民身份号码\r\n1,张三,440501199001011234\r\n男性,李四,x\r\n".encode("gb18030")
    made = json.loads(convert(data, CSV_GB, f.JSON, tmp_path))["data"]["households"]
    assert [(each["sex"], each["name"]) for each in made] == [("1", "张三"), ("1", "李四")]


def test_a_column_that_the_mapping_does_not_name_is_reported_as_lost(tmp_path: Path) -> None:
    data = "公民身份号码,备注\r\nx,重要\r\n".encode()
    _, report = converted(data, CSV_UTF8, f.JSON, tmp_path)
    assert len(report.losses) == 1
    assert "备注" in str(report.losses[0])


def test_elements_and_keys_that_the_mapping_does_not_name_are_reported_as_lost(tmp_path: Path) -> None:
    made = convert(as_json(ONE), f.JSON, f.XML, tmp_path)
    more = made.replace(b"<h:urban>", b"<h:extra a='1'>x</h:extra><h:urban>").replace(
        b"<h:list>", b"<h:list><x/>"
    )
    _, report = converted(more, f.XML, f.JSON, tmp_path)
    assert [str(loss).split(" ")[0] for loss in report.losses] == ["x", "extra/@a", "extra"]
    _, report = converted(as_json({**ONE, "more": 1}), f.JSON, f.XML, tmp_path)
    assert len(report.losses) == 1


def test_names_beyond_a_limit_are_only_counted(tmp_path: Path) -> None:
    _, report = converted(as_json({**ONE, **{f"more{n}": 1 for n in range(50)}}), f.JSON, f.XML, tmp_path)
    assert len(report.losses) == 21


def test_an_empty_value_is_none(tmp_path: Path) -> None:
    made = convert(as_json({**ONE, "name": "", "sex": None}), f.JSON, f.JSON, tmp_path)
    assert {"name", "sex"} & set(json.loads(made)["data"]["households"][0]) == set()


def test_the_cells_of_people_are_read_as_they_look(tmp_path: Path) -> None:
    data = sheet(
        ("公民身份号码", "人数", "收入", "城镇", "登记日期", "姓名"),
        (
            440501,
            3.0,
            2.5,
            True,
            datetime(2026, 6, 1),  # noqa: DTZ001  (a cell has no zone)
            "x",
        ),
        (None, None, None, None, None, None),
    )
    made = json.loads(convert(data, f.XLSX, f.JSON, tmp_path))["data"]["households"]
    assert made == [
        {"id": "440501", "name": "x", "members": 3, "income": 2.5, "urban": True, "since": "2026-06-01"}
    ]


def test_an_identity_number_that_excel_has_rounded_is_refused(tmp_path: Path) -> None:
    data = sheet(("公民身份号码",), (440501199001011234,))
    assert reason(data, f.XLSX, f.JSON, tmp_path).key == "structured.xlsx-rounded"


def test_the_only_sheet_is_taken_whatever_its_name(tmp_path: Path) -> None:
    assert b'"id": "x"' in convert(sheet(("公民身份号码",), ("x",), name="其他"), f.XLSX, f.JSON, tmp_path)


# ---- encodings


def test_xml_in_gb18030_is_read_and_written(tmp_path: Path) -> None:
    made = convert(as_json({**ONE, "name": "𠮷"}), f.JSON, f"{f.XML};charset=gb18030", tmp_path)
    assert "𠮷" in made.decode("gb18030")
    assert convert(made, f.XML, f.XML, tmp_path).decode().count("𠮷") == 1


def test_a_character_that_an_encoding_does_not_have_is_refused_and_never_replaced(tmp_path: Path) -> None:
    found = reason(as_json({**ONE, "name": "𠮷"}), f.JSON, f"{f.CSV};charset=gbk", tmp_path)
    assert (found.key, found.values["character"]) == ("structured.not-in-encoding", "𠮷")


def test_bytes_that_are_not_in_the_encoding_are_refused_with_their_place(tmp_path: Path) -> None:
    found = reason(b"\xff\xff", CSV_GB, f.JSON, tmp_path)
    assert (found.key, found.values["offset"]) == ("conversion.not-in-encoding", 0)


def test_a_mark_of_utf_8_is_believed(tmp_path: Path) -> None:
    data = "\ufeff公民身份号码\r\n张\r\n".encode()
    assert "张" in convert(data, CSV_GB, f.JSON, tmp_path).decode()


# ---- refusals


@pytest.mark.parametrize(
    ("data", "found", "key"),
    [
        (b"{", f.JSON, "structured.json"),
        (b'{"a": 1, "a": 2}', f.JSON, "structured.json"),
        (b"[" * 100_000, f.JSON, "structured.json"),
        (b"{}", f.JSON, "structured.json-place"),
        (b'{"data": {"households": {}}}', f.JSON, "structured.json-place"),
        (b'{"data": {"households": [1]}}', f.JSON, "structured.json-record"),
        (as_json({}), f.JSON, "structured.value-missing"),
        (as_json({"other": 1}), f.JSON, "structured.json-foreign"),
        (as_json({**ONE, "id": 5}), f.JSON, "structured.json-type"),
        (as_json({**ONE, "urban": "yes"}), f.JSON, "structured.value-type"),
        (as_json({**ONE, "members": "007"}), f.JSON, "structured.value-type"),
        (as_json({**ONE, "income": float("nan")}), f.JSON, "structured.value-type"),
        (as_json({**ONE, "income": 1e30}), f.JSON, "structured.value-type"),
        (as_json({**ONE, "since": "2026-13-01"}), f.JSON, "structured.value-type"),
        (as_json({**ONE, "sex": "3"}), f.JSON, "structured.value-code"),
        (as_json({**ONE, "name": "a\x01"}), f.JSON, "structured.value-character"),
        (b"", CSV_UTF8, "structured.no-titles"),
        (b"a,b\r\n1,2\r\n", CSV_UTF8, "structured.no-titles"),
        ("公民身份号码,公民身份号码\r\n".encode(), CSV_UTF8, "structured.title-twice"),
        ("公民身份号码\r\n1,2\r\n".encode(), CSV_UTF8, "structured.row-long"),
        ('公民身份号码\r\n"1\r\n'.encode(), CSV_UTF8, "structured.csv"),
        (b"<x/>", f.XML, "structured.xml-root"),
        (b"<!DOCTYPE x><x/>", f.XML, "conversion.xml.doctype"),
        (b"PK", f.XLSX, "conversion.container.damaged"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(data: bytes, found: str, key: str, tmp_path: Path) -> None:
    assert reason(data, found, f.JSON, tmp_path).key == key


def test_a_value_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    made = convert(as_json(ONE), f.JSON, f.XML, tmp_path)
    twice = made.replace(b"<h:urban>", b"<h:urban>true</h:urban><h:urban>")
    assert reason(twice, f.XML, f.JSON, tmp_path).key == "structured.value-twice"


def test_a_form_that_is_none_of_these_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Reject, match="EX-310"):
        convert(b"", f.PDF, f.JSON, tmp_path)


def test_a_workbook_with_a_document_type_is_refused(tmp_path: Path) -> None:
    made = io.BytesIO(sheet(("公民身份号码",), ("x",)))
    with zipfile.ZipFile(made, "a") as package:
        package.writestr("xl/more.xml", "<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>")
    assert reason(made.getvalue(), f.XLSX, f.JSON, tmp_path).key == "conversion.xml.doctype"


def test_a_workbook_without_the_sheet_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.create_sheet("other")
    made = io.BytesIO()
    book.save(made)
    assert reason(made.getvalue(), f.XLSX, f.JSON, tmp_path).key == "structured.xlsx-sheet"


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as package:
        package.writestr("x", "y")
    assert reason(made.getvalue(), f.XLSX, f.JSON, tmp_path).key == "structured.xlsx"


def test_too_many_records_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.conversion.structured.records.RECORDS_MOST", 1)
    assert reason(as_json(ONE, ONE), f.JSON, f.XML, tmp_path).key == "structured.too-many-records"


def test_a_text_that_a_cell_cannot_hold_is_refused(tmp_path: Path) -> None:
    assert (
        reason(as_json({**ONE, "name": "x" * 40_000}), f.JSON, f.XLSX, tmp_path).key
        == "structured.value-long"
    )


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=120), found=st.sampled_from(PLACES))
def test_any_bytes_are_records_or_a_refusal(data: bytes, found: str, tmp_path: Path) -> None:
    try:
        convert(data, found, f.JSON, tmp_path)
    except Reject as e:
        assert e.code == "EX-311"  # noqa: PT017  (nothing else may be raised)


# ---- mappings


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("=", "structured.toml"),
        ("type = 'x'", "structured.columns"),
        ("type = ''\n[[column]]\nname = 'a'", "structured.must-be-text"),
        ("type = 'x'\nmore = 1\n[[column]]\nname = 'a'", "structured.unknown"),
        ("type = 'x'\ncolumn = [1]", "structured.must-be-a-table"),
        ("type = 'x'\nxml = 1\n[[column]]\nname = 'a'", "structured.must-be-a-table"),
        ("type = 'x'\n[xml]\nnamespaces = 1\n[[column]]\nname = 'a'", "structured.must-be-text"),
        ("type = 'x'\n[xml]\nroot = '@a'\n[[column]]\nname = 'a'", "structured.path"),
        ("type = 'x'\n[csv]\nencoding = 'latin-1'\n[[column]]\nname = 'a'", "structured.one-of"),
        ("type = 'x'\n[csv]\ndelimiter = 'x'\n[[column]]\nname = 'a'", "structured.one-of"),
        ("type = 'x'\n[csv]\nspreadsheet = 1\n[[column]]\nname = 'a'", "structured.must-be-a-flag"),
        ("type = 'x'\n[xlsx]\nsheet = 'a/b'\n[[column]]\nname = 'a'", "structured.sheet-name"),
        ("type = 'x'\n[[column]]\nname = 'a b'", "structured.path"),
        ("type = 'x'\n[[column]]\nname = 'a'\nxml = 'h:a'", "structured.prefix"),
        ("type = 'x'\n[[column]]\nname = 'a'\nxml = '@a/b'", "structured.path"),
        ("type = 'x'\n[[column]]\nname = 'a'\ntype = 'float'", "structured.one-of"),
        ("type = 'x'\n[[column]]\nname = 'a'\ncodes = 'GB 1'", "structured.codes-unknown"),
        ("type = 'x'\n[[column]]\nname = 'a'\n[[column]]\nname = 'a'", "structured.twice"),
        ("type = 'x'\n[[column]]\nname = 'a'\n[[column]]\nname = 'b'\nxml = 'a/b'", "structured.within"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused_with_its_place(text: str, key: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read_mapping(text)
    phrase = caught.value.reason
    assert isinstance(inner := phrase.values["reason"], Phrase)
    assert inner.key == key


def test_an_attribute_may_stand_on_the_element_of_another_column() -> None:
    text = "type = 'x'\n[[column]]\nname = 'a'\n[[column]]\nname = 'b'\nxml = 'a/@b'"
    assert [column.name for column in read_mapping(text).columns] == ["a", "b"]


def test_a_mapping_may_be_short(tmp_path: Path) -> None:
    short = read_mapping("type = 'x'\n[[column]]\nname = 'a'")
    made = convert(b'[{"a": "1"}]', f.JSON, f.XML, tmp_path, short)
    assert made.decode().splitlines()[1:] == ["<records>", "<record><a>1</a></record>", "</records>"]
    assert json.loads(convert(made, f.XML, f.JSON, tmp_path, short)) == [{"a": "1"}]
