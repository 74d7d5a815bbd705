# SPDX-License-Identifier: Apache-2.0
"""
Every sentence that a person sees, in English and Chinese.

One dictionary per subject, `key -> (English, Chinese)`; keys are unique across subjects and a
test holds both languages complete, with the same places to fill in. Errors stand here by code,
with what happens to the command that meets them. This module reads no environment: the language
comes in as an argument.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from exchange.texts.words import in_chinese

LANGUAGES = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Kind:
    """
    What is fixed about an error code.

    exit_code: of a command that ends with it; ebms: the ebMS 3.0 counterpart, "" where there is none.
    """

    exit_code: int
    ebms: str = ""


@dataclass(frozen=True, slots=True)
class Phrase:
    """A sentence that fills a place of another: it is said in the language of the whole."""

    key: str
    values: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return say(self.key, **self.values)


class Size(int):
    """So many bytes, which a person reads as KiB, MiB or GiB."""

    def __str__(self) -> str:
        count = float(self)
        for unit in ("B", "KiB", "MiB", "GiB"):
            if count < 1024:
                return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
            count /= 1024
        return f"{count:.1f} TiB"


def _subjects() -> Mapping[str, tuple[str, str]]:
    found: dict[str, tuple[str, str]] = {}
    for module in pkgutil.iter_modules(__path__):
        if module.name in ("words", "codes"):
            continue  # words fill places of sentences and are none themselves; codes are gathered by errors
        for key, pair in importlib.import_module(f"{__name__}.{module.name}").TEXTS.items():
            if key in found:
                raise ValueError(f"two sentences are named {key}")
            found[key] = pair
    return found


def say(key: str, lang: str = "en", /, **values: object) -> str:
    """
    The sentence named *key* in *lang*, its places filled from *values*.

    Of one thing it is `KEY.one` that is said, where there is such a sentence. A place without a value
    shows as its name in angle brackets: a sentence about an error must never become an error of its own.
    Values may come off the wire: characters that would move a terminal's cursor or turn its text round
    show as their code.
    """
    said = {name: _said(name, value, lang) for name, value in values.items()}
    if f"{key}.one" in TEXTS and 1 in map(values.get, _COUNTS):
        key = f"{key}.one"
    sentence = TEXTS[key][LANGUAGES.index(lang)]
    if lang == "zh":  # what we fill in in Chinese is marked while it is put together
        said = {name: _OURS_MARKED.format(v) if v != values[name] else v for name, v in said.items()}
    sentence = _MARKS.sub("", _BLANK_BETWEEN.sub("", sentence.format_map(_Places(said))))
    return _UNSHOWABLE.sub(lambda found: f"\\u{ord(found[0]):04x}", sentence)


def hint_of(code: str, *, at_hub: bool = False) -> str:
    """Which sentence says what to try about *code*: to a department, or to whoever operates the hub."""
    return f"at-hub.{code}" if at_hub and f"at-hub.{code}" in TEXTS else f"{code}.hint"


def _said(name: str, value: object, lang: str) -> object:
    """What fills the place *name*: a phrase or a word of ours in the language of the whole, else as it is."""
    if isinstance(value, Phrase):
        return say(value.key, lang, **value.values)
    return in_chinese(value) if lang == "zh" and name in _OURS and isinstance(value, str) else value


# Chinese puts no blank between its words: one that parts a name from a word of the sentence goes where
# a word of ours stands in the name's place.
_OURS_MARKED = "\ue000{}\ue001"
_HAN = "[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]"
_BLANK_BETWEEN = re.compile(f"(?<={_HAN}) (?=\ue000{_HAN})|(?<={_HAN}\ue001) (?=\ue000?{_HAN})")
_MARKS = re.compile("[\ue000\ue001]")
_COUNTS = ("count", "rules", "consumers")  # places that say how many of what the sentence is about
_OURS = frozenset({"what", "who", "found", "wanted", "limit", "reason"})  # places that the floors below fill

# Control characters but tab and line feed, and the bidirectional overrides.
_UNSHOWABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class _Places(dict[str, object]):
    def __missing__(self, place: str) -> str:
        return f"<{place}>"


TEXTS = _subjects()

from exchange.texts.errors import CODES  # noqa: E402  (the codes are one of the subjects)

__all__ = ["CODES", "LANGUAGES", "TEXTS", "Kind", "Phrase", "Size", "hint_of", "say"]
