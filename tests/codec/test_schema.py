# SPDX-License-Identifier: Apache-2.0
"""The schemas are well made, know the same words as the model, and are compiled for each thread."""

from __future__ import annotations

import re
import threading
from enum import Enum
from importlib.resources import files

import pytest
from lxml import etree

from exchange.codec import schema
from exchange.model.notice import NoticeKind
from exchange.model.priority import Priority
from exchange.model.receipt import ReceiptKind
from tests.refusals import refusal

XS = "{http://www.w3.org/2001/XMLSchema}"


def enumerations(name: str, place: str) -> set[str]:
    """The words that the schema file *name* allows in the first type or element called *place*."""
    tree = etree.fromstring(files("schemas").joinpath("exchange", f"{name}.xsd").read_bytes())
    named = next(
        found for found in tree.iter(f"{XS}simpleType", f"{XS}element") if found.get("name") == place
    )
    return {found.get("value", "") for found in named.iter(f"{XS}enumeration")}


@pytest.mark.parametrize(
    ("name", "place", "words"),
    [("receipt", "kind", ReceiptKind), ("notice", "kind", NoticeKind), ("common", "priority", Priority)],
)
def test_the_schema_knows_the_same_words_as_the_model(name: str, place: str, words: type[Enum]) -> None:
    assert enumerations(name, place) == {word.value for word in words}


@pytest.mark.parametrize("name", schema.NAMES)
def test_every_schema_compiles(name: str) -> None:
    assert isinstance(schema.compiled(name), etree.XMLSchema)


def test_a_schema_is_compiled_once_a_thread() -> None:
    assert schema.compiled("receipt") is schema.compiled("receipt")
    found: list[object] = [schema.compiled("receipt")]
    thread = threading.Thread(target=lambda: found.append(schema.compiled("receipt")))
    thread.start()
    thread.join()
    assert found[0] is not found[1]


def test_a_refusal_names_line_and_reason_without_the_namespace() -> None:
    root = etree.fromstring('<receipt xmlns="urn:govbus:exchange:1" version="1">\n\n<wrong/></receipt>')
    with pytest.raises(Exception, match=r"line 3: Element 'wrong'") as refused:
        schema.check(root, "receipt", "the receipt")
    assert "urn:govbus" not in str(refused.value)


def test_a_root_of_another_namespace_is_refused() -> None:
    assert refusal(schema.check, etree.fromstring("<receipt/>"), "receipt", "x") == "EX-102"


@pytest.mark.parametrize("path", sorted(p.name for p in files("schemas").joinpath("exchange").iterdir()))
def test_every_schema_file_says_what_it_is_for_and_under_which_licence(path: str) -> None:
    if not path.endswith(".xsd"):
        return
    first = files("schemas").joinpath("exchange", path).read_text("utf-8").splitlines()[:3]
    assert re.match(r"<!-- SPDX-License-Identifier: Apache-2\.0 -->", first[1])
    assert first[2].startswith("<!-- ")
