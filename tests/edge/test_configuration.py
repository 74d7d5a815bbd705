# SPDX-License-Identifier: Apache-2.0
"""A TOML file as a dataclass: what fits, and where exactly what does not fit stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.edge.configuration import Source, fill, read, variable
from exchange.errors import ConfigInvalid


@dataclass(frozen=True)
class Section:
    text: str
    count: int = 3
    share: float = 0.5
    on: bool = False
    words: tuple[str, ...] = ()
    kind: Literal["a", "b"] = "a"
    folder: Path = Path("here")
    other: Path | None = None

    def faults(self) -> Iterator[tuple[str, str]]:
        if self.count < 0:
            yield "count", "less than nothing"


@dataclass(frozen=True)
class Item:
    size: int = 1
    more: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Whole:
    section: Section
    empty: Item = field(default_factory=Item)
    items: Mapping[str, Item] = field(default_factory=dict)
    file: Path = Path()


def load(folder: Path, text: str, environment: Mapping[str, str] | None = None) -> Whole:
    path = folder / "it.toml"
    path.write_text(text, encoding="utf-8")
    return read(path, Whole, environment or {}, file=path)


GOOD = """\
# a comment
[section]
text = "word" # another
count = 7
share = 1
on = true
words = [
    "one", # first
    "two",
]
kind = "b"
other = "/there"

[items.first]
size = 2
[items.first.more]
any = [1, { deep = "x" }]
"""


def test_every_kind_of_value_is_read(tmp_path: Path) -> None:
    made = load(tmp_path, GOOD)
    assert made.section == Section(
        "word", 7, 1.0, True, ("one", "two"), "b", tmp_path / "here", Path("/there")
    )
    assert isinstance(made.section.share, float)
    assert made.items == {"first": Item(2, {"any": [1, {"deep": "x"}]})}
    assert made.empty == Item()
    assert made.file == tmp_path / "it.toml"


def test_relative_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    made = load(tmp_path, '[section]\ntext = ""\nfolder = "sub/x"\nother = "y"\n')
    assert (made.section.folder, made.section.other) == (tmp_path / "sub/x", tmp_path / "y")


def test_an_empty_optional_path_is_none(tmp_path: Path) -> None:
    assert load(tmp_path, '[section]\ntext = ""\nother = ""\n').section.other is None


def fault(folder: Path, text: str, environment: Mapping[str, str] | None = None) -> tuple[int, str, str]:
    with pytest.raises(ConfigInvalid) as caught:
        load(folder, text, environment)
    assert caught.value.code == "EX-903"
    assert caught.value.exit_code == 78
    assert str(folder / "it.toml") in str(caught.value)
    values = caught.value.values
    return int(str(values["line"])), str(values["key"]), str(values["reason"])


def test_an_unknown_key_is_named_with_its_line_and_the_likely_one(tmp_path: Path) -> None:
    line, key, reason = fault(tmp_path, GOOD.replace("count = 7", "coumt = 7"))
    assert (line, key) == (4, "section.coumt")
    assert reason == "there is no such key; did you mean count?"


def test_an_unknown_section_is_named(tmp_path: Path) -> None:
    assert fault(tmp_path, GOOD + "[zzz]\na = 1\n")[:2] == (18, "zzz")


def test_an_unknown_key_of_a_named_item_is_named(tmp_path: Path) -> None:
    assert fault(tmp_path, GOOD.replace("size = 2", "length = 2"))[:2] == (15, "items.first.length")


@pytest.mark.parametrize(
    ("found", "put", "line", "key", "wanted"),
    [
        ('text = "word"', "text = 5", 3, "section.text", "a text in quotation marks"),
        ("count = 7", 'count = "7"', 4, "section.count", "a whole number"),
        ("count = 7", "count = true", 4, "section.count", "a whole number"),
        ("share = 1", 'share = "1"', 5, "section.share", "a number"),
        ("on = true", "on = 1", 6, "section.on", "true or false"),
        ('    "two",', "    2,", 7, "section.words", "a text in quotation marks"),
        ('kind = "b"', 'kind = "c"', 11, "section.kind", "one of a, b"),
        ("[items.first]", "[items]\nfirst = 3\n[other.first]", 15, "items.first", "a section"),
    ],
)
def test_a_value_of_another_kind_is_named(
    found: str, put: str, line: int, key: str, wanted: str, tmp_path: Path
) -> None:
    text = GOOD.replace(found, put).replace("[items.first.more]\nany", "[section.more]\nany")
    text = text if "[other.first]" not in text else text[: text.index("[other.first]")]
    text = text.replace('[section.more]\nany = [1, { deep = "x" }]\n', "")
    where, name, reason = fault(tmp_path, text)
    assert (where, name) == (line, key)
    assert wanted in reason


def test_a_missing_value_is_named_with_the_line_of_its_section(tmp_path: Path) -> None:
    assert fault(tmp_path, "\n\n[section]\ncount = 1\n") == (3, "section.text", "a value is missing")


def test_a_missing_value_of_a_missing_section_is_named(tmp_path: Path) -> None:
    assert fault(tmp_path, "") == (1, "section.text", "a value is missing")


def test_a_section_s_own_objection_is_passed_on(tmp_path: Path) -> None:
    found = fault(tmp_path, GOOD.replace("count = 7", "count = -7"))
    assert found == (4, "section.count", "less than nothing")


def test_what_is_no_toml_is_named_with_its_line(tmp_path: Path) -> None:
    line, key, _ = fault(tmp_path, '[section]\ntext = "a"\ncount = = 3\n')
    assert (line, key) == (3, "TOML")


def test_toml_that_ends_too_early_is_named_too(tmp_path: Path) -> None:
    assert fault(tmp_path, '[section]\ntext = """a\n')[1] == "TOML"


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ('[section]\ntext = "a"\ntext = "b"\n', 3, "section.text"),
        ("[section]\na.b = 1\na.b = 2\n", 3, "section.a.b"),
        ("[section]\ncount = 1\nwords = [\n  'x',\n]\nwords = [\n  'y',\n]\non = true\n", 6, "section.words"),
        ("text = 1\ntext = 2\n", 2, "text"),
        ("[section]\ncount = 1\n[items]\n[ section ] # again\n", 4, "section"),
        ("more = {a = 1, a = 2}\n", 1, "more"),
    ],
    ids=["a key", "a dotted key", "a list of several lines", "at the top", "a section", "within braces"],
)
def test_what_stands_there_twice_is_named_with_its_line(
    text: str, line: int, key: str, tmp_path: Path
) -> None:
    assert fault(tmp_path, text) == (line, key, "it stands in the file twice: take one away")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("<receipt/>", "an XML document"),
        ("-----BEGIN CERTIFICATE-----\n", "keys or certificates"),
        ('{"a": 1}', "JSON"),
    ],
)
def test_another_kind_of_file_is_called_what_it_is(text: str, what: str, tmp_path: Path) -> None:
    line, key, reason = fault(tmp_path, text)
    assert (line, key, what in reason) == (1, "TOML", True)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match=r"EX-904.*none\.toml.*No such file") as caught:
        read(tmp_path / "none.toml", Whole, {})
    assert caught.value.exit_code == 78


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "it.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigInvalid, match="EX-904"):
        read(tmp_path / "it.toml", Whole, {})


# ---- the environment


def test_the_environment_goes_before_the_file(tmp_path: Path) -> None:
    environment = {
        "GOVBUS_SECTION_TEXT": "other",
        "GOVBUS_SECTION_COUNT": "9",
        "GOVBUS_SECTION_SHARE": "0.25",
        "GOVBUS_SECTION_ON": "false",
        "GOVBUS_SECTION_WORDS": "x, y",
        "GOVBUS_SECTION_FOLDER": "sub",
        "GOVBUS_ITEMS_FIRST_SIZE": "8",
        "GOVBUS_ITEMS_FIRST_MORE_ANY": "replaced",
    }
    made = load(tmp_path, GOOD, environment)
    assert made.section == Section("other", 9, 0.25, False, ("x", "y"), "b", tmp_path / "sub", Path("/there"))
    assert made.items["first"].size == 8


def test_the_environment_can_give_what_the_file_lacks(tmp_path: Path) -> None:
    assert load(tmp_path, "", {"GOVBUS_SECTION_TEXT": "here"}).section.text == "here"


def test_a_bad_value_of_the_environment_is_named_by_its_variable(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        load(tmp_path, GOOD, {"GOVBUS_SECTION_COUNT": "many"})
    values = caught.value.values
    assert (caught.value.code, caught.value.exit_code, values["key"]) == (
        "EX-917",
        78,
        "GOVBUS_SECTION_COUNT",
    )
    assert "line" not in caught.value.text()
    reason = str(values["reason"])
    assert "a whole number" in reason


def test_other_variables_are_none_of_ours(tmp_path: Path) -> None:
    load(tmp_path, GOOD, {"GOVBUS_RABBITMQ_BIN": "/x", "GOVBUS_SECTION": "y", "PATH": "/bin"})


def test_a_file_that_is_wrong_where_the_environment_writes_is_still_named(tmp_path: Path) -> None:
    assert fault(tmp_path, "section = 3\n", {"GOVBUS_SECTION_TEXT": "x"})[:2] == (1, "section")


def test_hyphens_and_case_have_one_spelling_as_a_variable() -> None:
    assert variable(("applications", "civil-affairs", "to")) == "GOVBUS_APPLICATIONS_CIVIL_AFFAIRS_TO"


# ---- lines

TRICKY = '''\
"quoted key" = 1
a.b.c = 2
many = """
[not.a.section]
x = 1
"""
[ "sec tion" . x ]
y = [
  "a = 1",
  { z = 1 },
]
inline = { k = { l = 1 } }
[[list]]
m = 1
'''


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("quoted key",), 1),
        (("a", "b", "c"), 2),
        (("a",), 2),
        (("many",), 3),
        (("sec tion", "x"), 7),
        (("sec tion", "x", "y"), 8),
        (("sec tion", "x", "inline", "k", "l"), 12),
        (("list", "m"), 14),
        (("sec tion", "x", "missing"), 7),
        (("nowhere",), 1),
        (("not", "a", "section"), 1),
    ],
)
def test_keys_are_found_on_their_lines(keys: tuple[str, ...], line: int) -> None:
    assert Source(Path("it.toml"), TRICKY).line(keys) == line


names = st.from_regex(r"[a-z][a-z_]{0,8}", fullmatch=True)


@given(
    st.dictionaries(names, st.dictionaries(names, st.text(st.characters(categories=["L", "N"])), max_size=4))
)
def test_every_key_of_any_file_is_found_where_it_was_written(table: dict[str, dict[str, str]]) -> None:
    lines, wanted = [], {}
    for section, values in table.items():
        lines.append(f"[{section}]")
        wanted[(section,)] = len(lines)
        for key, value in values.items():
            lines.append(f"{key} = '{value}'")
            wanted[section, key] = len(lines)
    source = Source(Path("it.toml"), "\n".join(lines))
    assert {keys: source.line(keys) for keys in wanted} == wanted


def test_a_table_can_be_filled_without_a_file() -> None:
    source = Source(Path("/etc/it.toml"), "")
    assert fill(Section, {"text": "x"}, source).folder == Path("/etc/here")
