# SPDX-License-Identifier: Apache-2.0
"""
Code tables: what a code of a national standard is called.

The tables are data, one CSV each beside this module, with the standard and its extent in the first
line; an office adds its own by `CodeTable.read`. A table that is an excerpt says so, and a code that
it does not have stays a code.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources

from adapters.conversion.unreadable import Unreadable
from exchange.texts import Phrase

_SUFFIX = ".csv"


@dataclass(frozen=True, slots=True)
class CodeTable:
    """
    One table.

    standard: as it is written, with its year; extent: which part of it this is, in words;
    whole: it has every code of the standard, so that another code is a mistake.
    """

    name: str
    standard: str
    extent: str
    whole: bool
    names: Mapping[str, str]
    codes: Mapping[str, str] = field(repr=False)

    @classmethod
    def read(cls, name: str, text: str) -> CodeTable:
        """
        The table in *text*: a comment `# standard; whole or excerpt; extent`, then `code,name` a line.

        Raises:
            Unreadable: it is none, or a code or a name is there twice.
        """
        head, _, body = text.partition("\n")
        told = [part.strip() for part in head.removeprefix("#").split(";", 2)]
        if not head.startswith("#") or len(told) != 3 or told[1] not in ("whole", "excerpt"):
            raise _wrong(name, Phrase("structured.codes-head"))
        rows = [row for row in csv.reader(body.splitlines()) if row]
        if any(len(row) != 2 or not all(row) for row in rows):
            raise _wrong(name, Phrase("structured.codes-row"))
        names = {code: said for code, said in rows}  # noqa: C416  (mypy cannot see pairs in lists)
        codes = {said: code for code, said in rows}
        if not len(rows) == len(names) == len(codes):
            raise _wrong(name, Phrase("structured.twice"))
        return cls(name, told[0], told[2], told[1] == "whole", names, codes)

    def name_of(self, code: str) -> str:
        """What *code* is called; itself where the table does not have it."""
        return self.names.get(code, code)

    def code_of(self, said: str) -> str:
        """The code that is called *said*; itself where the table has no such name."""
        return self.codes.get(said, said)

    def allows(self, code: str) -> bool:
        """Whether *code* can be: an excerpt allows what it does not know."""
        return code in self.names or not self.whole


def code_table(name: str) -> CodeTable:
    """
    The shipped table called *name*, such as `GB/T 2261.1`.

    Raises:
        Unreadable: there is none.
    """
    tables = code_tables()
    if name not in tables:
        raise _wrong(name, Phrase("structured.codes-unknown", {"known": ", ".join(tables)}))
    return tables[name]


@cache
def code_tables() -> Mapping[str, CodeTable]:
    """All shipped tables, by name."""
    folder = resources.files(__name__.rpartition(".")[0]) / "code_tables"
    found = {}
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.endswith(_SUFFIX):
            name = file.name.removesuffix(_SUFFIX).replace("_", "/", 1).replace("_", " ", 1)
            found[name] = CodeTable.read(name, file.read_text("utf-8"))
    return found


def _wrong(name: str, reason: Phrase) -> Unreadable:
    return Unreadable(Phrase("structured.codes", {"name": name, "reason": reason}))
