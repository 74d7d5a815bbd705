# SPDX-License-Identifier: Apache-2.0
"""
File names: what a hostile one becomes, and when two are the same to somebody.

A name from the wire is a text for people; the name made from it here can stand in any folder of
any office: Linux, Windows, a share between them. Chinese stays as it is. Nothing here touches a disk.
"""

from __future__ import annotations

import re
import unicodedata

NAME_BYTES = 200  # of UTF-8; file systems take 255, the rest is for a number and an ending
SUFFIX_BYTES = 20  # a longer "suffix" is part of the name
UNNAMED = "unnamed"

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})  # control, format, surrogates, line ends
_EDGES = re.compile(r"^[.\s]+|[.\s]+$")  # Windows drops them at the end, Linux hides what begins with a dot
_FORBIDDEN = re.compile(r'[<>:"|?*]')  # by Windows; slashes are dealt with before
# Windows takes these for devices whatever suffix follows, and reads the last three as orders to its desktop.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|(?:com|lpt)[0-9¹²³])\s*(?:\..*)?", re.IGNORECASE)
_ORDERS = frozenset({"desktop.ini", "autorun.inf", "thumbs.db"})


def safe_name(name: str, *, limit_bytes: int = NAME_BYTES) -> str:
    """
    A harmless file name that still reads like *name*.

    The last component only, in normal form C, without invisible characters, without what Windows
    forbids, no leading or trailing dots and spaces, no device, at most *limit_bytes* of UTF-8 with
    its suffix kept. Safe names stay as they are.
    """
    last = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    seen = "".join(c for c in last if unicodedata.category(c) not in _INVISIBLE)
    text = _trimmed(_FORBIDDEN.sub("_", unicodedata.normalize("NFC", seen)))
    if _DEVICES.fullmatch(text) or text.lower() in _ORDERS:
        text = f"_{text}"
    return shortened(text, limit_bytes) or UNNAMED


def numbered(name: str, number: int) -> str:
    """*name* told from others of its kind: `report (2).docx`."""
    stem, suffix = split_name(name)
    return f"{stem} ({number}){suffix}"


def likeness(name: str) -> str:
    """What two names have in common when a Windows share or a Mac cannot tell them apart."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def split_name(name: str) -> tuple[str, str]:
    """Stem and suffix, the suffix with its dot or empty."""
    stem, dot, ending = name.rpartition(".")
    if not dot or not stem or not ending or _size(ending) >= SUFFIX_BYTES:
        return name, ""
    return stem, dot + ending


def shortened(name: str, limit_bytes: int) -> str:
    """*name*, cut before its suffix so that it takes at most *limit_bytes* of UTF-8."""
    if _size(name) <= limit_bytes:
        return name
    stem, suffix = split_name(name)
    room = limit_bytes - _size(suffix)
    return _trimmed(stem.encode("utf-8", "surrogateescape")[:room].decode(errors="ignore")) + suffix


def _trimmed(text: str) -> str:
    return _EDGES.sub("", text)


def _size(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))
