# SPDX-License-Identifier: Apache-2.0
"""XML that comes inside documents is read without fetching, expanding or trusting anything."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.conversion import xml_parts
from adapters.conversion.unreadable import Unreadable
from adapters.conversion.xml_parts import (
    attribute,
    child,
    children,
    count_elements,
    descendants,
    escaped,
    name_of,
    parse,
    text_of,
    written,
)


def key_of(data: bytes, **options: object) -> str:
    with pytest.raises(Unreadable) as caught:
        parse(data, what="a.xml", **options)  # type: ignore[arg-type]
    return caught.value.reason.key


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"])
def test_text_comes_through_in_every_encoding_that_offices_use(encoding: str) -> None:
    name = encoding.removesuffix("-sig")
    data = f'<?xml version="1.0" encoding="{name}"?>\n<a>公文</a>'.encode(encoding)
    assert text_of(parse(data, what="a.xml")) == "公文"


def test_utf_16_without_a_mark_is_known_by_its_first_characters() -> None:
    assert text_of(parse('<?xml version="1.0"?><a>公</a>'.encode("utf-16-be"), what="a.xml")) == "公"


def test_an_encoding_that_could_hide_something_is_refused() -> None:
    assert key_of(b'<?xml version="1.0" encoding="utf-7"?><a/>') == "conversion.xml.encoding"


def test_bytes_that_are_not_in_the_declared_encoding_are_refused() -> None:
    assert key_of(b"<a>\xff\xfe</a>") == "conversion.xml.malformed"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("lenient", [False, True])
def test_a_document_type_declaration_is_refused(encoding: str, lenient: bool) -> None:
    bomb = '<!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]><a>&c;</a>'
    assert key_of(bomb.encode(encoding), lenient=lenient) == "conversion.xml.doctype"


def test_comments_and_instructions_are_not_there() -> None:
    root = parse(b"<a><!-- x --><?y z?><b/></a>", what="a.xml")
    assert [name_of(each) for each in root] == ["b"]


def test_a_part_that_is_too_large_is_not_parsed() -> None:
    assert key_of(b"<a/>", limit_bytes=3) == "conversion.xml.large"


def test_a_part_that_is_too_deep_is_refused() -> None:
    depth = xml_parts.DEPTH + 1
    assert key_of(b"<a>" * depth + b"</a>" * depth) == "conversion.xml.deep"


def test_a_part_with_too_many_elements_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_parts, "ELEMENTS", 3)
    assert key_of(b"<a><b/><b/><b/></a>") == "conversion.xml.crowded"


def test_an_undeclared_prefix_is_forgiven_only_on_request() -> None:
    data = b"<ofd:OFD><ofd:DocBody>x</ofd:DocBody></ofd:OFD>"
    assert key_of(data) == "conversion.xml.malformed"
    assert [each.text for each in parse(data, what="a.xml", lenient=True)] == ["x"]


@pytest.mark.parametrize("data", [b"", b"   ", b"not xml"])
def test_what_has_no_element_is_refused_even_leniently(data: bytes) -> None:
    assert key_of(data, lenient=True) == "conversion.xml.malformed"


def test_elements_and_attributes_are_found_by_their_local_names() -> None:
    data = b'<a xmlns:p="urn:p"><p:b p:c="1"> x </p:b><d><b/></d></a>'
    root = parse(data, what="a.xml")
    first = child(root, "b")
    assert first is not None
    assert (text_of(first), attribute(first, "c"), attribute(first, "none", "-")) == ("x", "1", "-")
    assert [name_of(each) for each in children(root)] == ["b", "d"]
    assert len(list(descendants(root, "b"))) == 2
    assert count_elements(root) == 4


def test_nothing_has_no_children_and_no_text() -> None:
    assert list(children(None)) == []
    assert child(None, "a") is None
    assert text_of(None, "-") == "-"


def test_what_is_written_can_be_read_again() -> None:
    root = parse(written(parse("<a>公文</a>".encode(), what="a.xml")), what="a.xml")
    assert root.text == "公文"


@settings(derandomize=True)
@given(st.text())
def test_escaped_text_is_always_well_formed(text: str) -> None:
    root = parse(f'<a b="{escaped(text)}">{escaped(text)}</a>'.encode(), what="a.xml")
    assert name_of(root) == "a"


@settings(derandomize=True)
@given(st.binary(max_size=200))
def test_any_bytes_give_an_element_or_the_named_refusal(data: bytes) -> None:
    with suppress(Unreadable):
        assert count_elements(parse(data, what="a.xml", lenient=True)) > 0


def test_what_cannot_be_read_becomes_the_refusal_of_a_conversion() -> None:
    with pytest.raises(Unreadable) as caught:
        parse(b"", what="OFD.xml")
    refusal = caught.value.refusal("application/ofd", "application/pdf")
    assert refusal.code == "EX-311"
    assert "OFD.xml is not well-formed XML" in refusal.text()
