# SPDX-License-Identifier: Apache-2.0
"""The parser refuses what a canonical document cannot hold; the writer emits nothing else."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from exchange.codec import xmlform
from exchange.codec.xmlform import (
    NAMESPACE,
    Reader,
    attribute,
    attribute_of,
    base64_bytes,
    base64_text,
    boolean,
    canonical,
    element,
    hashes,
    joined,
    local,
    number,
    parse,
    parse_canonical,
    readable,
    text,
)
from tests.refusals import refusal, verdict
from tests.strategies import texts, unwritable


def parsed(data: bytes) -> etree._Element:
    return parse(data, limit_bytes=1 << 20, what="the test")


def parse_code(data: bytes) -> str:
    return refusal(parse, data, limit_bytes=1 << 20, what="the test")


def canonical_code(data: bytes) -> str:
    return refusal(parse_canonical, data, limit_bytes=1 << 20, what="the test")


# ---- writing


@given(texts, texts)
def test_what_is_written_is_canonical_already(value: str, other: str) -> None:
    written = f'<a b="{attribute(value)}">{text(other)}</a>'.encode()
    assert canonical(etree.fromstring(written)) == written


@given(texts, texts)
def test_what_is_written_reads_back(value: str, other: str) -> None:
    read = etree.fromstring(f'<a b="{attribute(value)}">{text(other)}</a>'.encode())
    assert (read.get("b"), read.text or "") == (value, other)


@given(texts, unwritable, texts)
def test_a_character_that_xml_cannot_carry_is_refused(before: str, bad: str, after: str) -> None:
    assert refusal(text, before + bad + after) == "EX-104"
    assert refusal(attribute, before + bad + after) == "EX-104"


@pytest.mark.parametrize("bad", ["\x00", "\x0b", "\x1b", "\x1f", "\ud800", "\ufffe", "\uffff"])
def test_controls_surrogates_and_non_characters_are_refused(bad: str) -> None:
    assert refusal(text, bad) == "EX-104"


def test_the_refusal_names_the_character() -> None:
    assert verdict(text, "\x0b") == "EX-104"
    with pytest.raises(Exception, match=r"U\+000B"):
        text("\x0b")


def test_nothing_is_written_for_none() -> None:
    assert (element("a", None), element("a", ""), element("a", "<")) == ("", "<a></a>", "<a>&lt;</a>")


@given(st.text())
def test_readable_words_can_always_be_written(value: str) -> None:
    assert verdict(text, readable(value, 1000)) == ""


def test_readable_words_that_are_good_stay_as_they_are() -> None:
    assert readable("汕头市财政局\n<第15号>", 100) == "汕头市财政局\n<第15号>"


def test_readable_words_are_cut_with_a_mark() -> None:
    assert readable("abcdef", 4) == "abc…"


# ---- base64


@given(st.binary())
def test_base64_reads_back(data: bytes) -> None:
    written = base64_text(data)
    assert base64_bytes(written, "x") == base64_bytes(written.encode(), "x") == data
    assert base64_bytes(memoryview(written.encode()), "x") == data


@pytest.mark.parametrize(
    "value",
    [
        "QQ",
        "QQ=",
        "QQ===",
        "QUIR=",
        "QUIR==",
        "QR==",
        "QUJ=",
        "QUI=\n",
        " QUI=",
        "QU I=",
        "Q",
        "=",
        "QQ==QQ==",
        "QU-_",
        "数据",
        "QUI\x00",
    ],
)
def test_any_other_spelling_of_base64_is_refused(value: str) -> None:
    assert refusal(base64_bytes, value, "x") == "EX-104"
    assert refusal(base64_bytes, value.encode(), "x") == "EX-104"


@given(st.text("QUIR=+/\n"))
def test_base64_that_is_taken_is_what_would_be_written(value: str) -> None:
    if verdict(base64_bytes, value, "x") == "":
        assert base64_text(base64_bytes(value, "x")) == value


@given(st.lists(st.binary(min_size=32, max_size=32)))
def test_hashes_read_back(nodes: list[bytes]) -> None:
    assert hashes(joined(nodes), "x") == tuple(nodes)


@pytest.mark.parametrize("size", [1, 31, 33, 63])
def test_a_hash_cut_short_is_refused(size: int) -> None:
    assert refusal(hashes, base64_text(bytes(size)), "x") == "EX-104"


# ---- parsing


def test_a_document_over_its_limit_is_refused_before_it_is_parsed() -> None:
    assert refusal(parse, b"<" * 11, limit_bytes=10, what="x") == "EX-103"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"x",
        b"<a>",
        b"<a></b>",
        b"<a/><b/>",
        b"<a b=c/>",
        b"<a>&b;</a>",
        b"<a b='1' b='2'/>",
        b"<a>\x00</a>",
        b"<a>\xff</a>",
        b"\xff\xfe<\x00a\x00/\x00>\x00",
        "<a/>".encode("utf-16"),
        "<a/>".encode("utf-16-le"),
        b"<a>&#0;</a>",
        b"<a>&#xD800;</a>",
        b"<a:b/>",
        b"<a>]]></a>",
    ],
)
def test_what_is_not_well_formed_utf_8_is_refused(data: bytes) -> None:
    assert parse_code(data) == "EX-101"


@pytest.mark.parametrize(
    "data",
    [
        b"<!DOCTYPE a><a/>",
        b"<a><!-- --></a>",
        b"<a><![CDATA[x]]></a>",
        b"<a><?x y?></a>",
        b"<?x y?><a/>",
        b"<a/><!---->",
        b"\xef\xbb\xbf<?xml version='1.0'?><a/>",
        b"<?xml version='1.0'?><?xml version='1.0'?><a/>",
    ],
)
def test_what_no_canonical_document_holds_is_refused(data: bytes) -> None:
    assert parse_code(data) == "EX-101"


@pytest.mark.parametrize(
    "declaration",
    [
        b"<?xml version='1.0'?>",
        b'<?xml version="1.0" encoding="UTF-8"?>\n',
        b"<?xml version='1.0' encoding='utf-8' ?>\r\n",
    ],
)
def test_a_declaration_that_says_utf_8_passes(declaration: bytes) -> None:
    assert parsed(declaration + "<a>文</a>".encode()).text == "文"


@pytest.mark.parametrize(
    "data",
    [
        b'<?xml version="1.0" encoding="GB18030"?><a/>',
        b'<?xml version="1.0" encoding="UTF-16"?><a/>',
        b"<?xml version='1.0'",
    ],
)
def test_a_declaration_of_another_encoding_is_refused(data: bytes) -> None:
    assert parse_code(data) == "EX-101"


def nested(depth: int) -> bytes:
    return b"<a>" * depth + b"</a>" * depth


def test_twelve_elements_may_nest() -> None:
    assert parsed(nested(12)).tag == "a"


@pytest.mark.parametrize("depth", [13, 200])
def test_more_nested_elements_are_refused(depth: int) -> None:
    assert parse_code(nested(depth)) == "EX-103"


def with_attributes(count: int) -> bytes:
    return b"<a><b %b/></a>" % b" ".join(b'a%d="1"' % i for i in range(count))


def test_an_element_may_have_sixty_four_attributes() -> None:
    assert len(parsed(with_attributes(64))[0].attrib) == 64


def test_more_attributes_are_refused() -> None:
    assert parse_code(with_attributes(65)) == "EX-103"


def test_more_than_sixty_four_namespaces_are_refused() -> None:
    assert parse_code(b"<a %b/>" % b" ".join(b'xmlns:a%d="u:%d"' % (i, i) for i in range(65))) == "EX-103"


@pytest.mark.parametrize("name", ["a{}", "a" * 100 + "{}", "xmlns{}"])
def test_no_way_to_spell_a_namespace_gets_around_the_limit(name: str) -> None:
    declared = " ".join(f"xmlns:{name.format(i)} = 'u:{i}'" for i in range(65))
    assert parse_code(f"<a {declared}/>".encode()) == "EX-103"


def test_one_namespace_may_be_restated_often() -> None:
    assert len(parsed(b"<a>" + b'<b xmlns="u:1"></b>' * 1000 + b"</a>")) == 1000


def test_every_thread_has_its_own_parser() -> None:
    found: list[object] = [xmlform._mine.parser]
    thread = threading.Thread(target=lambda: found.append(xmlform._mine.parser))
    thread.start()
    thread.join()
    assert found[0] is not found[1]


def test_whatever_the_parser_is_asked_to_fetch_is_refused() -> None:
    with pytest.raises(ValueError, match="refused"):
        xmlform._RefuseAll().resolve("file:///etc/passwd", "", None)


# ---- canonical form


@pytest.mark.parametrize(
    "data",
    [
        b"<a/>",
        b"<a ></a>",
        b"<a></a >",
        b"<a></a>\n",
        b" <a></a>",
        b"<a c='1'></a>",
        b'<a c="1" b="2"></a>',
        b"<a>&#65;</a>",
        b"<a>\r</a>",
        b'<a b="&#9;">\t</a>',
        b"<a>&quot;</a>",
        b'<a b="&gt;"></a>',
        b'<a xmlns:x="urn:unused"></a>',
        b'<?xml version="1.0"?><a></a>',
        b"\xef\xbb\xbf<a></a>",
        b'<a b="\t"></a>',
        b'<a xmlns="u"><b xmlns="u"></b></a>',
        b'<x:a xmlns:x="u" xmlns:y="v"></x:a>',
    ],
)
def test_any_other_form_is_refused(data: bytes) -> None:
    assert canonical_code(data) == "EX-101"


@pytest.mark.parametrize("data", [b'<a xmlns="relative"></a>', b'<x:a xmlns:x="../up"></x:a>'])
def test_what_has_no_canonical_form_is_refused(data: bytes) -> None:
    assert canonical_code(data) == "EX-101"


@pytest.mark.parametrize(
    "data", ['<a xmlns="urn:x">文&amp;&#xD;\n</a>', '<a b="&#x9;&#xA;&quot;&gt;&lt;"></a>']
)
def test_the_canonical_form_is_taken(data: str) -> None:
    data = data.replace("&gt;", ">")
    assert canonical(parse_canonical(data.encode(), limit_bytes=100, what="x")) == data.encode()


# ---- reading


def reader(inner: str) -> Reader:
    return Reader(etree.fromstring(f'<a xmlns="{NAMESPACE}" xmlns:o="urn:other">{inner}</a>'), "the test")


def test_a_child_is_read_by_its_name() -> None:
    found = reader("<b>1</b><c>2</c>")
    assert (found.text("c"), found.number("b"), found.optional("b")) == ("2", 1, "1")


def test_an_empty_child_has_an_empty_text() -> None:
    assert (reader("<b/>").text("b"), reader("<b/>").optional("b")) == ("", "")


def test_a_child_that_is_missing_is_refused_or_none() -> None:
    assert refusal(reader("").text, "b") == "EX-102"
    assert (reader("").optional("b"), reader("").child("b"), reader("").every("b")) == (None, None, [])


def test_children_of_one_name_come_in_order_and_the_first_stands_for_them() -> None:
    found = reader("<b>1</b><c/><b>2</b>")
    assert [child.text for child in found.every("b")] == ["1", "2"]
    assert (found.text("b"), local(found.every("b")[1])) == ("1", "b")
    assert found.child("b") is found.every("b")[0]


def test_a_child_of_another_namespace_has_no_name() -> None:
    assert reader("<o:b>1</o:b>").optional("b") is None


@pytest.mark.parametrize("value", ["", "-1", "+1", "01", "1.0", "1e3", "１", " 1", "1 ", "x", "1" * 19])
def test_a_number_has_one_spelling(value: str) -> None:
    assert refusal(number, value, "x") == "EX-104"


@pytest.mark.parametrize("value", [0, 1, 10**18 - 1])
def test_a_number_reads_back(value: int) -> None:
    assert number(str(value), "x") == value


@pytest.mark.parametrize("value", [None, "", "1", "0", "True", " true"])
def test_a_truth_has_one_spelling(value: str | None) -> None:
    assert refusal(boolean, value, "x") == "EX-104"


def test_true_and_false_are_read() -> None:
    assert (boolean("true", "x"), boolean("false", "x")) == (True, False)


def test_an_attribute_that_is_missing_is_refused() -> None:
    assert refusal(attribute_of, etree.fromstring('<a b="1"/>'), "c", "x") == "EX-102"


def test_an_attribute_is_read() -> None:
    assert attribute_of(etree.fromstring('<a b="1"/>'), "b", "x") == "1"
