# SPDX-License-Identifier: Apache-2.0
"""Tables come back from files as they went in; what is wrong in a file is told with line and rule."""

from __future__ import annotations

import io
import itertools
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from exchange.codec import routing_xml, xmlform
from exchange.codec.routing_csv import COLUMNS, read_csv, read_queries, write_csv
from exchange.codec.routing_file import read_table
from exchange.codec.routing_xml import NAMESPACE, read_rule, read_xml, write_rule, write_xml
from exchange.model.identity import Address
from exchange.model.priority import Priority
from exchange.model.route import RoutingInvalid, RoutingTable, Rule
from exchange.model.rule import is_plain, sorted_tests
from tests.model.test_route_by_definition import one_rule

TABLES = Path(__file__).parents[2] / "routing_tables"
HEAD = '<routing-table xmlns="urn:govbus:routing:1" version="1">\n'

line_text = st.text(max_size=20).filter(is_plain)
tests = st.dictionaries(line_text.filter(bool), line_text, max_size=3)


@st.composite
def wordy_rules(draw: Callable[[Any], Any]) -> list[Rule]:
    """Rules with every character that a value may have, where the properties of routing need but a few."""
    rules = []
    for number in range(draw(st.integers(0, 4))):
        rule = draw(one_rule(st.just(f"r{number}")))
        values = {name: getattr(rule, name) for name in Rule.__dataclass_fields__}
        values |= {"comment": draw(line_text), "attributes": sorted_tests(draw(tests))}
        rules.append(Rule(**values))
    return rules


def xml(body: str) -> io.BytesIO:
    return io.BytesIO(f"{HEAD}{body}</routing-table>".encode())


def sheet(*lines: str, encoding: str = "utf-8") -> io.BytesIO:
    return io.BytesIO("\r\n".join(lines).encode(encoding))


def complaint(read: Callable[[Any], Iterator[Rule]], source: io.BytesIO) -> str:
    with pytest.raises(RoutingInvalid) as caught:
        list(read(source))
    assert caught.value.code == "EX-303"
    assert "<line>" not in caught.value.text("zh")
    return caught.value.text().removeprefix("routing table ")


# ---- there and back


@settings(max_examples=150, deadline=None)
@given(wordy_rules())
def test_rules_come_back_from_xml(rules: list[Rule]) -> None:
    assert list(read_table(io.BytesIO(b"".join(write_xml(rules))))) == rules


@settings(max_examples=150, deadline=None)
@given(wordy_rules(), st.sampled_from(["en", "zh"]), st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]))
def test_rules_come_back_from_csv_in_every_encoding(rules: list[Rule], lang: str, encoding: str) -> None:
    written = b"".join(write_csv(rules, lang=lang)).decode("utf-8-sig").encode(encoding)
    assert list(read_csv(io.BytesIO(written))) == rules or unlucky(written, encoding)


def unlucky(written: bytes, encoding: str) -> bool:
    """Whether GB18030 bytes happen to be UTF-8 as well, as of few characters they can, of many never."""
    try:
        written.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return encoding == "gb18030"


@settings(max_examples=150, deadline=None)
@given(wordy_rules())
def test_a_rule_comes_back_from_a_canonical_fragment(rules: list[Rule]) -> None:
    for rule in rules:
        fragment = write_rule(rule).encode()
        element = xmlform.parse_canonical(fragment, limit_bytes=1 << 20, what="a rule")
        assert read_rule(element) == rule


def test_a_csv_file_begins_with_a_byte_order_mark_for_excel() -> None:
    first = next(iter(write_csv([])))
    assert first == b"\xef\xbb\xbf" + ",".join(COLUMNS).encode() + b"\r\n"


def test_a_cell_that_looks_like_a_formula_is_shielded() -> None:
    rule = Rule("r", "*", comment="=HYPERLINK(1)")
    written = b"".join(write_csv([rule]))
    assert b"'=HYPERLINK(1)" in written
    assert list(read_csv(io.BytesIO(written))) == [rule]


@pytest.mark.parametrize("name", ["city.xml", "city.csv", "city-gb18030.csv"])
def test_the_example_tables_are_one_table(name: str) -> None:
    with (TABLES / name).open("rb") as file, (TABLES / "city.xml").open("rb") as original:
        assert RoutingTable(read_table(file)).digest == RoutingTable(read_table(original)).digest


def test_a_large_file_is_read_in_little_memory() -> None:
    class Endless(io.RawIOBase):
        """A table of many rules that stands nowhere."""

        def __init__(self, count: int) -> None:
            rules = (f'<rule id="r{n}" type="*"><deliver/></rule>\n'.encode() for n in range(count))
            self._pieces = itertools.chain([HEAD.encode()], rules, [b"</routing-table>"])

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: Any) -> int:
            piece = next(self._pieces, b"")
            buffer[: len(piece)] = piece
            return len(piece)

    def peak(count: int) -> int:
        tracemalloc.start()
        try:
            assert sum(1 for _ in read_xml(io.BufferedReader(Endless(count)))) == count
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert peak(6000) < peak(1000) + 5000 * 200  # some 70 bytes a rule, to find ids that come twice


# ---- XML that people write


def test_comments_between_elements_and_times_with_an_offset_are_fine() -> None:
    source = xml(
        """
        <!-- the tax bureau -->
        <rule id="r" type="*" valid-from="2026-11-21T08:00:00+08:00" valid-until="2026-11-21T08:30+08:00">
          <!-- why --><deliver><!-- whom --><to>440500.tax/registry</to></deliver>
        </rule>
        <!-- the end -->
        """
    )
    (rule,) = read_xml(source)
    assert rule.deliver == (Address("440500.tax", "registry"),)
    assert rule.valid_from is not None
    assert rule.valid_from.isoformat() == "2026-11-21T00:00:00+00:00"


def test_a_declaration_and_a_byte_order_mark_are_fine() -> None:
    document = f'<?xml version="1.0" encoding="UTF-8"?>\n{HEAD}</routing-table>'
    assert list(read_table(io.BytesIO(b"\xef\xbb\xbf" + document.encode()))) == []


RULE = '<rule id="r" type="*"><deliver/></rule>'
BAD_XML = {
    "a_dtd": (
        f"\n<!DOCTYPE x>{HEAD}</routing-table>",
        "line 2: <!DOCTYPE is not allowed; write plain UTF-8 XML without DTD",
    ),
    "cdata": (f"{HEAD}<rule><![CDATA[x]]></rule></routing-table>", "line 2: <![CDATA[ is not allowed"),
    "a_processing_instruction": (f"{HEAD}<?php x?></routing-table>", "line 2: <? is not allowed"),
    "another_encoding": (
        f'<?xml version="1.0" encoding="gb18030"?>{HEAD}</routing-table>',
        'line 1: <?xml version="1.0" encoding="gb18030" is not allowed',
    ),
    "another_root": ("<rules/>", "line 1: it begins with <rules>, wanted <routing-table"),
    "another_version": (
        HEAD.replace('"1"', '"2"') + "</routing-table>",
        "line 1: it begins with <routing-table>, wanted",
    ),
    "another_namespace": (f'<t xmlns="urn:x">{RULE}</t>', "line 1: it begins with <t>, wanted"),
    "a_rule_elsewhere": (
        f'<t xmlns="{NAMESPACE}">{RULE}</t>',
        "line 1: a rule stands where none may",
    ),
    "a_rule_in_a_rule": (
        f'{HEAD}<rule id="a" type="*">\n{RULE}</rule></routing-table>',
        "line 3: a rule stands where none may",
    ),
    "an_end_that_is_missing": (f"{HEAD}{RULE}\n", "line 3: not well-formed XML: Premature end"),
    "a_strange_element_before_a_rule": (
        f"{HEAD}<x/>\n{RULE}</routing-table>",
        "line 2: <x> stands among the rules",
    ),
    "a_strange_element_at_the_end": (
        f"{HEAD}{RULE}\n<x/></routing-table>",
        "line 3: <x> stands among the rules",
    ),
    "text_before_a_rule": (
        f"{HEAD}words{RULE}</routing-table>",
        "line 2: 'words' stands among the rules",
    ),
    "text_after_a_rule": (
        f'{HEAD}{RULE}words\n<rule id="b" type="*"><deliver/></rule></routing-table>',
        "line 2: 'words' stands among the rules",
    ),
    "text_at_the_end": (
        f"{HEAD}{RULE}words</routing-table>",
        "line 2: 'words' stands among the rules",
    ),
    "an_attribute_that_no_rule_has": (
        f'{HEAD}\n<rule id="land-to-tax" type="*" kind="x"><deliver/></rule></routing-table>',
        "line 3, rule land-to-tax: it does not fit the schema: Element 'rule', attribute 'kind'",
    ),
    "a_receiver_that_is_no_address": (
        f'{HEAD}<rule id="r" type="*"><deliver>\n<to>tax</to></deliver></rule></routing-table>',
        "line 3, rule r: it does not fit the schema: Element 'to'",
    ),
    "a_floor_above_the_ceiling": (
        f'{HEAD}<rule id="r" type="*" priority-floor="flash" priority-ceiling="bulk"><deliver/></rule>'
        "</routing-table>",
        "line 2, rule r: priority-floor flash is more urgent than priority-ceiling bulk",
    ),
    "a_comment_inside_a_value": (
        f'{HEAD}<rule id="r" type="*"><gateway>440000<!-- x -->.exchange</gateway></rule></routing-table>',
        "line 2, rule r: <!-- is not allowed",
    ),
    "an_attribute_tested_twice": (
        f'{HEAD}<rule id="r" type="*"><attribute name="a">1</attribute><attribute name="a">2</attribute>'
        "<deliver/></rule></routing-table>",
        "line 2, rule r: attributes a: each may be tested once",
    ),
    "a_day_that_does_not_exist": (
        f'{HEAD}<rule id="r" type="*" valid-from="2026-02-30T00:00:00Z"><deliver/></rule></routing-table>',
        "line 2, rule r: valid-from is '2026-02-30T00:00:00Z', wanted a time",
    ),
    "an_application_twice": (
        f'{HEAD}<rule id="r" type="*"><deliver><to>440500.tax/a</to><to>440500.tax/a</to></deliver></rule>'
        "</routing-table>",
        "line 2, rule r: deliver names an application twice",
    ),
    "an_id_twice": (
        f"{HEAD}{RULE}\n{RULE}</routing-table>",
        "line 3, rule r: the id stands on line 2 already",
    ),
}


@pytest.mark.parametrize(("document", "wanted"), BAD_XML.values(), ids=BAD_XML)
def test_xml_with_a_defect_is_refused_with_its_place(document: str, wanted: str) -> None:
    assert complaint(read_xml, io.BytesIO(document.encode())).startswith(wanted)


def test_bytes_that_are_not_utf_8_are_refused() -> None:
    source = io.BytesIO(HEAD.encode() + b'<rule id="r" type="*"><comment>\xff</comment>')
    assert "not well-formed XML" in complaint(read_xml, source)


def test_a_rule_of_any_size_takes_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing_xml, "RULE_BYTES_MOST", 500)
    monkeypatch.setattr(routing_xml, "_BLOCK", 100)
    source = xml(f"{RULE}<rule>{'<x/>' * 300}</rule>")
    assert complaint(read_xml, source) == "line 2: one rule takes more than 500 bytes"


@pytest.mark.parametrize("block", range(1, 40))
def test_a_forbidden_mark_is_found_wherever_a_block_ends(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing_xml, "_BLOCK", block)
    for mark in ("<!DOCTYPE x>", "<?x?>", "<![CDATA["):
        source = xml(f"<!-- a -->\n<!--b-->\n{RULE}\n{mark}")
        assert complaint(read_xml, source).startswith("line 5: <")


@pytest.mark.parametrize("block", range(1, 40))
def test_blocks_of_any_size_make_the_same_rules(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routing_xml, "_BLOCK", block)
    source = xml(f"<!-- a -->\n<!--b-->{RULE}\n<rule id='b' type='*'><deliver/></rule>")
    assert [rule.id for rule in read_xml(source)] == ["r", "b"]


def test_an_element_that_is_no_rule_is_refused_in_a_directory() -> None:
    with pytest.raises(RoutingInvalid, match="<routing-table> is no rule"):
        read_rule(etree.fromstring(f"{HEAD}</routing-table>"))


# ---- CSV that people write


def test_columns_may_stand_in_any_order_in_either_language_and_most_may_be_missing() -> None:
    source = sheet("报文类型,Comment,规则", "title.*,说明一,a", ",,b", "", " , , ")
    assert list(read_csv(source)) == [Rule("a", "title.*", comment="说明一"), Rule("b", "*")]


@pytest.mark.parametrize("delimiter", [";", "\t"])
def test_other_delimiters_that_spreadsheets_write_are_understood(delimiter: str) -> None:
    source = sheet(delimiter.join(("id", "type", "to")), delimiter.join(("a", "*", "4405*")))
    assert list(read_csv(source)) == [Rule("a", "*", "4405*")]


def test_words_that_people_write_are_understood() -> None:
    source = sheet(
        "id,type,priority-floor,priority-ceiling,enabled,deliver,attributes,valid-from",
        "a,*,平急,特急,否,440500.tax/a; 440500.tax/b,level = 2 ; ;district=440511,2026-11-21T08:00+08:00",
        "b,*,BULK,,TRUE,addressed,,",
    )
    a, b = read_csv(source)
    assert (a.priority_floor, a.priority_ceiling) == (Priority.ROUTINE, Priority.FLASH)
    assert not a.enabled
    assert [str(address) for address in a.deliver] == ["440500.tax/a", "440500.tax/b"]
    assert a.attributes == (("district", "440511"), ("level", "2"))
    assert a.valid_from is not None
    assert b == Rule("b", "*", priority_floor=Priority.BULK)


BAD_CSV = {
    "a_strange_column": (
        ["id,type,colour"],
        "line 1: column 'colour' is not known, wanted some of: id, type",
    ),
    "a_column_twice": (["id,type,规则"], "line 1: column 规则 stands there twice"),
    "no_type_column": (["id,to"], "line 1: there is no column type"),
    "an_empty_file": ([""], "line 1: there is no column id"),
    "more_cells_than_columns": (["id,type", "a,*,b"], "line 2: 3 cells stand under 2 headings"),
    "a_quote_that_does_not_end": (
        ["id,type", 'a,"*'],
        "as a whole: not well-formed CSV: unexpected end of data",
    ),
    "a_type_that_is_none": (["id,type", "", "a,title"], "line 3, rule a: type is 'title', wanted"),
    "an_attribute_without_value": (
        ["id,type,attributes", "a,*,district"],
        "line 2, rule a: attributes is 'district', wanted name=value; name=value",
    ),
    "an_attribute_twice": (
        ["id,type,attributes", "a,*,b=1;b=2"],
        "line 2, rule a: attributes b: each may be",
    ),
    "a_receiver_that_is_none": (
        ["id,type,deliver", "a,*,tax"],
        "line 2, rule a: deliver is 'tax', wanted addressed, or addresses such as",
    ),
    "a_priority_that_is_none": (
        ["id,type,priority-floor", "a,*,high"],
        "line 2, rule a: priority-floor is 'high', wanted flash, urgent, routine, bulk",
    ),
    "a_deadline_that_is_none": (
        ["id,type,deadline-seconds", "a,*,1 day"],
        "line 2, rule a: deadline-seconds is '1 day', wanted 86400",
    ),
    "a_switch_that_is_none": (
        ["id,type,enabled", "a,*,maybe"],
        "line 2, rule a: enabled is 'maybe', wanted yes, no",
    ),
    "a_time_without_offset": (
        ["id,type,valid-from", "a,*,2026-11-21T08:00"],
        "line 2, rule a: valid-from is '2026-11-21T08:00:00', wanted a time with its offset",
    ),
    "a_time_that_is_none": (
        ["id,type,valid-until", "a,*,tomorrow"],
        "line 2, rule a: valid-until is 'tomorrow', wanted a time",
    ),
    "an_id_twice": (["id,type", "a,*", "b,*", "a,*"], "line 4, rule a: the id stands on line 2 already"),
}


@pytest.mark.parametrize(("lines", "wanted"), BAD_CSV.values(), ids=BAD_CSV)
def test_csv_with_a_defect_is_refused_with_its_place(lines: list[str], wanted: str) -> None:
    assert complaint(read_csv, sheet(*lines)).startswith(wanted)


def test_a_file_in_neither_encoding_is_refused() -> None:
    source = io.BytesIO(b"id,type,comment\r\na,*,\xff\xff")
    assert complaint(read_csv, source) == (
        'as a whole: the text is neither UTF-8 nor GB18030: save it as "CSV UTF-8"'
    )


def test_a_deadline_of_zero_is_no_deadline_at_all() -> None:
    assert "deadline-seconds is 0" in complaint(read_csv, sheet("id,type,deadline-seconds", "a,*,0"))


# ---- messages to try


def test_messages_to_try_are_read_from_csv() -> None:
    source = sheet(
        "type,from,to,attributes,priority",
        "title.certificate.v1,440500.land/registry,,district=440511,",
        "document.official.v1,440500.land/office,440500.tax/office 440500.housing/office,,flash",
    )
    first, second = read_queries(source)
    assert (str(first.sender), first.to, first.attributes) == (
        "440500.land/registry",
        (),
        {"district": "440511"},
    )
    assert first.priority is Priority.ROUTINE
    assert [str(address) for address in second.to] == ["440500.tax/office", "440500.housing/office"]
    assert second.priority is Priority.FLASH


@pytest.mark.parametrize(
    ("row", "wanted"),
    [
        ("title,440500.land/registry,", "line 2: message type is 'title', wanted document.official.v1"),
        ("a.v1,land,", "line 2: address is 'land', wanted 440500.finance/treasury"),
        ("a.v1,440500.land/x,tax", "line 2: deliver is 'tax', wanted addressed"),
    ],
)
def test_a_message_that_is_none_is_refused_with_its_line(row: str, wanted: str) -> None:
    source = sheet("type,from,to", row)
    with pytest.raises(RoutingInvalid) as caught:
        list(read_queries(source))
    assert caught.value.text().startswith(f"routing table {wanted}")


def test_messages_need_a_type_and_a_sender() -> None:
    with pytest.raises(RoutingInvalid, match="there is no column from"):
        list(read_queries(sheet("type,to")))
