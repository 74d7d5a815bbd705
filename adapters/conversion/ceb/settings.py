# SPDX-License-Identifier: Apache-2.0
"""
What `[conversion.ceb]` of a configuration may say, as far as the conversion knows it.

    [conversion.ceb]
    command = ["/opt/reader/ceb2pdf", "{source}", "{target}"]
    command_to_ceb = ["/opt/maker/pdf2ceb", "{source}", "{target}"]
    key = "ceb.key"

The file `key` holds the vendor's RSA key, for those who are entitled to it, as two lines of TOML:
`modulus = "…"` and `exponent = "…"`, hexadecimal. No key of any vendor is shipped, and none is written
to a log or an answer.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from exchange import Halt
from exchange.texts import Phrase

SOURCE, TARGET = "{source}", "{target}"


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
        The settings in the table `[conversion.ceb]`, which has been checked.

        Raises:
            Halt: EX-904, the file with the key cannot be read, or holds none.
        """
        return cls(
            command=tuple(table.get("command", ())),
            command_to_ceb=tuple(table.get("command_to_ceb", ())),
            wrapping_key=_wrapping_key(table.get("key")),
        )


def _wrapping_key(file: str | None) -> WrappingKey | None:
    if not file:
        return None
    try:
        table = tomllib.loads(Path(file).read_text("utf-8"))
        modulus, exponent = (int("".join(str(table[name]).split()), 16) for name in ("modulus", "exponent"))
    except OSError as e:
        raise Halt("EX-904", file=file, reason=e.strerror or str(e)) from e
    except (ValueError, KeyError):
        modulus = exponent = 0
    if modulus < 2 or exponent < 1:
        raise Halt("EX-904", file=file, reason=Phrase("ceb.key-form"))  # without what stands there: a secret
    return WrappingKey(modulus, exponent)
