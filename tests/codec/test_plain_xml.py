# SPDX-License-Identifier: Apache-2.0
"""Small documents as plain values that know their lines."""

from __future__ import annotations

import pytest

from exchange import Reject
from exchange.codec.plain_xml import read_xml


def test_elements_become_values_with_text_attributes_and_lines() -> None:
    root = read_xml(b'<m xmlns="urn:x">\n <a n="1"> one </a>\n <b/>\n</m>', limit_bytes=1000, what="it")
    assert (root.name, root.line, root.text) == ("m", 1, "")
    assert [(each.name, each.line, each.text, dict(each.attributes)) for each in root.children] == [
        ("a", 2, "one", {"n": "1"}), ("b", 3, "", {}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("head", "line"), [(b"", 1), (b'<?xml version="1.0"?>', 1), (b'<?xml\nversion="1.0"?>\n\n', 4)]
)
def test_lines_are_those_of_the_file_whatever_declaration_it_begins_with(head: bytes, line: int) -> None:
    if head.startswith(b"<?xml\n"):
        head = head.replace(b"<?xml\n", b"<?xml \n")
    assert read_xml(head + b"<m/>", limit_bytes=1000, what="it").line == line


@pytest.mark.parametrize(
    ("data", "code"),
    [(b"<m>", "EX-101"), (b"<m>" + b" " * 1000 + b"</m>", "EX-103"), (b"<!DOCTYPE m><m/>", "EX-101")],
)
def test_what_the_hardened_parser_refuses_is_refused_here(data: bytes, code: str) -> None:
    with pytest.raises(Reject) as raised:
        read_xml(data, limit_bytes=1000, what="it")
    assert raised.value.code == code
