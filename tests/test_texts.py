# SPDX-License-Identifier: Apache-2.0
"""
Every sentence that a person may see is there, in both languages, with the same places to fill in,
and whoever says one fills every place. Read from the code itself, so that no sentence is missing at night.
"""

from __future__ import annotations

import ast
import re
import string
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

import click
import pytest

from cli.main import root
from exchange import texts
from exchange.texts import CODES, LANGUAGES, TEXTS, Kind, Phrase, hint_of, say
from exchange.texts.words import WORDS, in_chinese

PROJECT = Path(__file__).parents[1]
CATALOGUE = "exchange/texts/codes/"
ERRORS = {"GovbusError", "Retry", "Reject", "Halt", "BrokerDown", "StoreDown", "ConfigInvalid", "NotFound"}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
FILLED_BY_RETRY = {"after_seconds"}

# Codes that nothing raises, and why they stand in the catalogue all the same.
RESERVED: dict[str, str] = {
    "EX-509": "what `send --wait` could say of a returned message; it shows the receipt's own code so far",
}

# Said by saying nothing.
SILENT = {"route.order.kept"}

# Said the same in both languages: names, samples of a spelling, units.
SAME = {
    *["base64", "UTF-8", "GB18030", "440500.finance", "440500.finance/treasury", "treasury"],
    *["document.official.v1", "2026-11-21T08:30:00.125Z", "90 s", "RabbitMQ ({})"],
}
PLACES_OF_WORDS = {"what", "who", "found", "wanted", "limit", "reason"}


@dataclass(frozen=True)
class Saying:
    """A call in the code that names a sentence."""

    where: str
    function: str
    key: str
    node: ast.Call

    @property
    def filled(self) -> set[str] | None:
        """The places that it fills; None where it passes on what somebody else chose."""
        names = {keyword.arg for keyword in self.node.keywords}
        return None if None in names else {name for name in names if name is not None}


@cache
def trees() -> dict[str, ast.Module]:
    found = {}
    for folder in ("exchange", "adapters", "cli"):
        for file in sorted((PROJECT / folder).rglob("*.py")):
            found[str(file.relative_to(PROJECT))] = ast.parse(file.read_text("utf-8"))
    return found


def error_classes() -> set[str]:
    """The names of all errors, those that a module makes for itself included."""
    names, before = set(ERRORS), 0
    while len(names) != before:
        before = len(names)
        for tree in trees().values():
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and any(
                    isinstance(b, ast.Name) and b.id in names for b in node.bases
                ):
                    names.add(node.name)
    return names


def with_own_sentence() -> set[str]:
    """Errors that put their sentence together themselves, from another key."""
    return {
        node.name
        for tree in trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name != "GovbusError"
        if any(isinstance(part, ast.FunctionDef) and part.name == "text" for part in node.body)
    }


def sayings() -> Iterator[Saying]:
    """Every call whose first argument is a literal."""
    for where, tree in trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                key = node.args[0].value
                if isinstance(key, str):
                    name = (
                        node.func.attr
                        if isinstance(node.func, ast.Attribute)
                        else getattr(node.func, "id", "")
                    )
                    yield Saying(f"{where}:{node.lineno}", name, key, node)


def places(sentence: str) -> set[str]:
    """The names of the places of *sentence*."""
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None}


def wanted_by(key: str) -> set[str]:
    return set().union(*map(places, TEXTS[key]))


def wanted_of(code: str) -> set[str]:
    """What its sentence wants, its hint, and its hint for the hub's operator."""
    return set().union(*(wanted_by(key) for key in (code, f"{code}.hint", hint_of(code, at_hub=True))))


def raised() -> list[Saying]:
    return [s for s in sayings() if re.fullmatch(r"EX-\d{3}", s.key)]


# ---- the catalogue


def test_every_sentence_is_there_in_both_languages() -> None:
    halves = {key for key, (en, zh) in TEXTS.items() if bool(en.strip()) != bool(zh.strip())}
    empty = {key for key, pair in TEXTS.items() if not pair[0].strip()}
    assert halves == set()
    assert empty == SILENT


def test_both_languages_have_the_same_places() -> None:
    assert [key for key, (en, zh) in TEXTS.items() if places(en) != places(zh)] == []


def test_a_place_is_a_name_and_nothing_cleverer() -> None:
    """A format or a look-up inside a place could fail, and a sentence about an error must not."""
    clever = {
        f"{key}: {name}"
        for key, pair in TEXTS.items()
        for sentence in pair
        for _, name, form, conversion in string.Formatter().parse(sentence)
        if name is not None and (form or not name.isidentifier() or conversion not in (None, "r", "s"))
    }
    assert sorted(clever) == []


def test_a_chinese_sentence_of_an_error_is_in_chinese_and_an_english_one_is_not() -> None:
    errors = {key: pair for key, pair in TEXTS.items() if re.fullmatch(r"EX-\d{3}(\.hint)?", key)}
    bare = {key: re.sub(r"\{\w+(![rs])?\}", "", pair[0]) for key, pair in errors.items()}
    assert [
        key for key, (_, zh) in errors.items() if not CHINESE.search(zh) and re.search(r"\w", bare[key])
    ] == []
    assert [key for key, (en, _) in errors.items() if CHINESE.search(en)] == []


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_sentence_a_hint_and_an_exit_code(code: str) -> None:
    assert {code, f"{code}.hint"} <= set(TEXTS)
    assert CODES[code].exit_code in (1, 65, 69, 78)
    assert re.fullmatch(r"(EBMS:\d{4})?", CODES[code].ebms)


def test_every_sentence_of_an_error_has_its_code() -> None:
    assert {key.removesuffix(".hint") for key in TEXTS if re.match(r"EX-\d", key)} == set(CODES)


def test_no_code_is_written_twice() -> None:
    """A dictionary would silently keep the last one."""
    written = [
        key.value
        for where, tree in trees().items()
        if where.startswith(CATALOGUE)
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant)
    ]
    assert len(written) == len(set(written))


@pytest.mark.parametrize("module", [name for name in trees() if name.startswith("exchange/texts/")])
def test_no_key_is_written_twice_in_a_subject(module: str) -> None:
    for node in ast.walk(trees()[module]):
        if isinstance(node, ast.Dict):
            written = [key.value for key in node.keys if isinstance(key, ast.Constant)]
            assert sorted({key for key in written if written.count(key) > 1}) == []


# ---- who reads a hint

HUBS_COMMANDS = re.compile(r"`govbus (hub|participant|route|ledger|enroll approve|enroll revoke)")
MET_AT_THE_HUB_ALONE = {"EX-304", "EX-921"}


def test_no_department_is_told_to_run_a_command_of_the_hub() -> None:
    told = {code for code in CODES for text in TEXTS[f"{code}.hint"] if HUBS_COMMANDS.search(text)}
    assert sorted(told - MET_AT_THE_HUB_ALONE) == []


def test_what_the_hubs_operator_is_told_to_try_is_about_an_error_that_there_is() -> None:
    told = {key.removeprefix("at-hub.") for key in TEXTS if key.startswith("at-hub.")}
    assert told
    assert sorted(told - set(CODES)) == []
    assert hint_of("EX-301", at_hub=True) == "at-hub.EX-301"
    assert {hint_of("EX-301"), hint_of("EX-101", at_hub=True)} == {"EX-301.hint", "EX-101.hint"}


# ---- who says it


def test_every_code_that_is_raised_exists() -> None:
    assert sorted({f"{s.where} {s.key}" for s in raised() if s.key not in CODES}) == []


def test_whoever_raises_an_error_fills_every_place_of_its_sentence_and_hint() -> None:
    classes = error_classes() - with_own_sentence()
    lacking = {
        f"{s.where} {s.key} lacks {', '.join(sorted(missing))}"
        for s in raised()
        if s.function in classes and s.key in CODES and s.filled is not None
        if (missing := wanted_of(s.key) - s.filled - FILLED_BY_RETRY)
    }
    assert sorted(lacking) == []


def test_whoever_says_a_sentence_fills_every_place_of_it() -> None:
    lacking = {
        f"{s.where} {s.key} lacks {', '.join(sorted(missing))}"
        for s in sayings()
        if s.function == "say" and s.key in TEXTS and s.filled is not None
        if (missing := wanted_by(s.key) - s.filled)
    }
    assert sorted(lacking) == []


def test_every_sentence_that_is_said_exists() -> None:
    said = {f"{s.where} {s.key}" for s in sayings() if s.function in ("say", "Phrase") and s.key not in TEXTS}
    assert sorted(said) == []


def test_every_code_is_raised_or_reserved_with_a_reason() -> None:
    mentioned = {
        node.value
        for where, tree in trees().items()
        if not where.startswith(CATALOGUE)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert sorted(set(CODES) - mentioned - set(RESERVED)) == []
    assert all(RESERVED.values())
    assert sorted(set(RESERVED) & mentioned) == [], "they are in use: take them off the list"


# ---- words that fill places


def pattern_of(node: ast.expr) -> str | None:
    """The words of a literal, holes as `{}`; None where there are none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)
    return None


def test_every_word_that_fills_a_place_has_a_chinese_one() -> None:
    classes = error_classes()
    lacking = {
        f"{s.where} {keyword.arg}={words!r}"
        for s in raised()
        if s.function in classes
        for keyword in s.node.keywords
        if keyword.arg in PLACES_OF_WORDS
        if (words := pattern_of(keyword.value)) is not None
        if re.search("[A-Za-z]", words.replace("{}", "")) and words not in WORDS and words not in SAME
    }
    assert not lacking, "add to exchange/texts/words.py:\n" + "\n".join(sorted(lacking))


def test_a_word_has_the_same_holes_in_both_languages() -> None:
    def fits(english: str, chinese: str) -> bool:
        holes = [f"hole{number}" for number in range(english.count("{}"))]
        filled = chinese.format(*holes)
        return all(hole in filled for hole in holes)

    assert [english for english, chinese in WORDS.items() if not fits(english, chinese)] == []
    assert [
        english for english, chinese in WORDS.items() if not (CHINESE.search(chinese) or "{" in english)
    ] == []


def test_a_word_with_holes_is_recognized_when_they_are_filled() -> None:
    def known(english: str) -> bool:
        filled = english.replace("{}", "x")
        return filled in WORDS or in_chinese(filled) == WORDS[english].format(*["x"] * english.count("{}"))

    assert [english for english in WORDS if "{}" in english and not known(english)] == []


def test_what_has_no_other_word_stays_as_it_is() -> None:
    assert in_chinese("Opening and ending tag mismatch") == "Opening and ending tag mismatch"
    assert in_chinese("x" * 1000) == "x" * 1000


# ---- saying


@pytest.mark.parametrize("key", sorted(key for key in TEXTS if key.endswith(".one")))
def test_what_is_said_of_one_thing_says_the_same_places(key: str) -> None:
    english, chinese = TEXTS[key]
    many = TEXTS[key.removesuffix(".one")]
    assert places(english) <= places(many[0])
    assert chinese == many[1]


def test_of_one_thing_english_speaks_otherwise() -> None:
    key = "check.queues.good"
    assert say(key, count=1) == "reachable, 1 message waits in our queues"
    assert say(key, count=2) == "reachable, 2 messages wait in our queues"
    assert say(key, "zh", count=1) == say(key, "zh", count=2).replace("2", "1")


def test_an_unfilled_place_shows_its_name() -> None:
    assert say("EX-101", "en", what="it") == "it is not well-formed XML: <reason>"


def test_a_place_may_be_called_key_or_lang() -> None:
    assert "the key" in say("EX-903", "en", file="f", line=1, key="the key", lang="x", reason="r")


def test_our_words_are_said_in_the_language_of_the_sentence() -> None:
    assert say("EX-103", "zh", what="the envelope", found="5 bytes", limit=4) == "信封为 5 字节，上限为 4"


def test_a_chinese_word_of_ours_stands_in_a_chinese_sentence_without_blanks() -> None:
    found = say("EX-905", "zh", what=Phrase("message.thing"), found="m-1")
    assert found == "报文 m-1 不存在"
    assert (
        say("EX-905", "zh", what=Phrase("message.thing"), found=Phrase("receipt.thing")) == "报文回执不存在"
    )
    assert say("EX-905", "zh", what="甲 乙", found="丙") == "甲 乙 丙 不存在"  # names stay as they are


def test_a_phrase_is_said_in_the_language_of_the_whole() -> None:
    phrase = Phrase("EX-112", {"found": "x"})
    assert (
        say("EX-101", "zh", what="y", reason=phrase)
        == f"y不是格式良好的 XML：{say('EX-112', 'zh', found='x')}"
    )
    assert str(phrase) == say("EX-112", found="x")


@pytest.mark.parametrize("character", ["\x1b", "\x07", "\r", "\x9b", "\u202e", "\u2066", "\x00", "\x7f"])
def test_what_comes_off_the_wire_moves_no_cursor_and_turns_no_text(character: str) -> None:
    said = say("EX-101", "en", what=f"it{character}[2J", reason="r")
    assert character not in said
    assert f"\\u{ord(character):04x}" in said


def test_lines_and_tabs_stay() -> None:
    assert say("EX-101", "en", what="a\n\tb", reason="r").startswith("a\n\tb")


def test_there_are_two_languages() -> None:
    assert LANGUAGES == ("en", "zh")
    assert Kind(1) == Kind(1, "")


# ---- commands that sentences send people to


NO_COMMANDS = {"hub.init.name"}  # the name that the built-in authority gives itself


def commands_named() -> list[tuple[str, str, str]]:
    """(key, noun, verb) of every `govbus noun verb` in a sentence; the verb is empty where none follows."""
    named = re.compile(r"govbus ([a-z]+)(?: ([a-z][a-z-]*))?")
    found = {(key, *words) for key, pair in TEXTS.items() for text in pair for words in named.findall(text)}
    return sorted(each for each in found if each[0] not in NO_COMMANDS)


@pytest.mark.parametrize(("key", "noun", "verb"), commands_named())
def test_a_command_that_a_sentence_names_exists(key: str, noun: str, verb: str) -> None:
    context = click.Context(root)
    command = root.get_command(context, noun)
    assert command is not None, f"{key} names govbus {noun}"
    if isinstance(command, click.Group) and verb:
        assert command.get_command(context, verb), f"{key} names govbus {noun} {verb}"


def test_two_sentences_of_one_name_stop_the_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "again.py").write_text('TEXTS = {"EX-101": ("again", "再次")}', encoding="utf-8")
    monkeypatch.setattr(texts, "__path__", [*texts.__path__, str(tmp_path)])
    monkeypatch.setitem(sys.modules, "exchange.texts.again", ModuleType("forgotten afterwards"))
    monkeypatch.delitem(sys.modules, "exchange.texts.again")
    with pytest.raises(ValueError, match=r"two sentences are named EX-101"):
        texts._subjects()
