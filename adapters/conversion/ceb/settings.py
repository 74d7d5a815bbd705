# SPDX-License-Identifier: Apache-2.0
"""
What `[conversion.ceb]` of a configuration may say.

    [conversion.ceb]
    command = ["/opt/reader/ceb2pdf", "{source}", "{target}"]
    command_to_ceb = ["/opt/maker/pdf2ceb", "{source}", "{target}"]
    modulus = "…"       # hexadecimal: the vendor's RSA key, for those who are entitled to it
    exponent = "…"

No key of any vendor is shipped, and none is written to a log or an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.conversion import formats as f
from exchange import Reject
from exchange.texts import Phrase

SOURCE, TARGET = "{source}", "{target}"
KEYS = frozenset({"command", "command_to_ceb", "modulus", "exponent"})


@dataclass(frozen=True, slots=True)
class WrappingKey:
    """The RSA key under which the keys of some documents are wrapped."""

    modulus: int = field(repr=False)
    exponent: int = field(repr=False)


@dataclass(frozen=True, slots=True)
class CebSettings:
    """
    How CEB and CEBX are converted.

    command: an external converter to PDF; `{source}` and `{target}` in its words become the files' paths;
    command_to_ceb: the like from PDF to CEB.
    """

    command: tuple[str, ...] = ()
    command_to_ceb: tuple[str, ...] = ()
    wrapping_key: WrappingKey | None = field(default=None, repr=False)

    @classmethod
    def of(cls, table: Mapping[str, Any]) -> CebSettings:
        """
        The settings in the table `[conversion.ceb]`.

        Raises:
            Reject: EX-311, a key is unknown or its value cannot be.
        """
        if unknown := sorted(set(table) - KEYS):
            raise _wrong(unknown[0], Phrase("ceb.setting-unknown"))
        return cls(
            command=_command(table, "command"),
            command_to_ceb=_command(table, "command_to_ceb"),
            wrapping_key=_wrapping_key(table),
        )


def _command(table: Mapping[str, Any], name: str) -> tuple[str, ...]:
    written = table.get(name, ())
    if not isinstance(written, list | tuple) or not all(isinstance(word, str) for word in written):
        raise _wrong(name, Phrase("ceb.setting-words"))
    words = tuple(written)
    together = "\0".join(words)
    if words and not (SOURCE in together and TARGET in together):
        raise _wrong(name, Phrase("ceb.setting-places"))
    return words


def _wrapping_key(table: Mapping[str, Any]) -> WrappingKey | None:
    if "modulus" not in table and "exponent" not in table:
        return None
    modulus, exponent = (_number(table, name) for name in ("modulus", "exponent"))
    return WrappingKey(modulus, exponent)


def _number(table: Mapping[str, Any], name: str) -> int:
    try:
        return int("".join(str(table.get(name, "")).split()), 16)
    except ValueError:
        raise _wrong(name, Phrase("ceb.setting-number")) from None  # the value is a secret


def _wrong(key: str, reason: Phrase) -> Reject:
    said = Phrase("ceb.setting", {"key": f"conversion.ceb.{key}", "reason": reason})
    return Reject("EX-311", found=f.CEB, wanted=f.PDF, reason=said)
