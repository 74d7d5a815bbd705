# SPDX-License-Identifier: Apache-2.0
"""
What a format is called: a media type in one spelling, or the word that people use for it.

`application/pdf` and `pdf` are the same; parameters narrow a format, as `text/plain;charset=utf-8` does.
This module knows no file and no converter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "docm": "application/vnd.ms-word.document.macroenabled.12",
    "odt": "application/vnd.oasis.opendocument.text",
    "rtf": "application/rtf",
    "wps": "application/wps-office.wps",
    "pdf": "application/pdf",
    "ofd": "application/ofd",
    "ceb": "application/vnd.founder.ceb",
    "cebx": "application/vnd.founder.cebx",
    "xls": "application/vnd.ms-excel",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt": "application/vnd.ms-powerpoint",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "tiff": "image/tiff",
    "text": "text/plain;charset=utf-8",
    "html": "text/html",
    "xml": "application/xml",
    "json": "application/json",
    "csv": "text/csv",
}
_WORDS_OF = {name: word for word, name in WORDS.items()}
_ALSO: Final[Mapping[str, str]] = {"jpg": "jpeg", "tif": "tiff", "txt": "text", "htm": "html"}
_SUFFIXES = WORDS.keys() | _ALSO.keys()
_TEXTS = frozenset({"text", "html", "xml", "json", "csv"})  # every program that opens one opens the others
_IN_WPS = frozenset({"doc", "docx", "wps"})  # what Kingsoft's .wps has inside


def format_name(text: str) -> str:
    """The one spelling of a format: `text/plain;charset=gb18030`, lower case, parameters in order."""
    media_type, *parameters = (part.strip().lower() for part in text.split(";"))
    pairs = sorted(_parameter(parameter) for parameter in parameters if parameter)
    return ";".join((WORDS.get(media_type, media_type), *pairs))


def format_word(text: str) -> str:
    """What people call a format: its word, where it has one."""
    name = format_name(text)
    kind, _, parameters = name.partition(";")
    if name in _WORDS_OF:
        return _WORDS_OF[name]
    return f"{_WORDS_OF[kind]} ({parameters})" if kind in _WORDS_OF else name


def renamed(name: str, found: str, made: str) -> str:
    """
    What a file called *name* is called once it was converted: its suffix says what it is now.

    It stays where only parameters changed, as a character set, and where no word names the new format.
    A suffix that names no format is part of the name.
    """
    word = format_word(made.partition(";")[0])
    if format_name(found).partition(";")[0] == format_name(made).partition(";")[0] or "/" in word:
        return name
    stem, dot, suffix = name.rpartition(".")
    return f"{stem if dot and stem and suffix.lower() in _SUFFIXES else name}.{word}"


def truly_named(name: str, form: str) -> str:
    """
    What a file called *name* is called where it is *form*: its suffix is one that opens it.

    A suffix that names no format, or one that programs take for the same, stays.
    """
    _, dot, suffix = name.rpartition(".")
    word, said = format_word(form.partition(";")[0]), _ALSO.get(suffix.lower(), suffix.lower())
    if not dot or said not in WORDS or {word, said} <= _TEXTS or (said == "wps" and word in _IN_WPS):
        return name
    return renamed(name, WORDS[said], form)


def is_format(text: str) -> bool:
    """Whether *text* can be the name of a format at all: a media type, or a word of `WORDS`."""
    kind, slash, subtype = format_name(text).partition(";")[0].partition("/")
    return bool(slash and kind and subtype)


def fits(found: str, wanted: str) -> bool:
    """
    Whether the format *found* is one that *wanted* names.

    What *wanted* leaves out is free: `text/plain` is fitted by every character set, `text/*` by
    every text. A parameter that *wanted* has must be there.
    """
    found_type, *found_parameters = format_name(found).split(";")
    wanted_type, *wanted_parameters = format_name(wanted).split(";")
    kind, _, subtype = wanted_type.partition("/")
    same = wanted_type in (found_type, "*/*") or (subtype == "*" and found_type.startswith(f"{kind}/"))
    return same and set(wanted_parameters) <= set(found_parameters)


def _parameter(text: str) -> str:
    name, equals, value = text.partition("=")
    return name.strip() + equals + value.strip().strip('"')
