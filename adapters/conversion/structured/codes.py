# SPDX-License-Identifier: Apache-2.0
"""
Code tables: what a code of a national standard is called.

The tables are data, one CSV each beside this module, with the standard and its extent in the first
line; an office adds its own by `CodeTable.read`. A table that is an excerpt, or of one day, says so, and
a code that it does not have stays a code. Where codes have levels, a name is said with those above it.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from itertools import accumulate, combinations

from adapters.conversion.unreadable import Unreadable
from exchange.texts import Phrase

_SUFFIX = ".csv"
_LEVELS = "# levels "
WHOLE, EXCERPT, DATED = "whole", "excerpt", "dated"


@dataclass(frozen=True, slots=True)
class CodeTable:
    """
    One table.

    standard: as it is written, with its year; extent: which part of it this is, in words;
    kind: `whole` = it has every code of the standard, so that another code is a mistake; `excerpt`;
    `dated` = every code of one day, where codes come and go.
    """

    name: str
    standard: str
    extent: str
    kind: str
    names: Mapping[str, str]
    codes: Mapping[str, str] = field(repr=False)

    @classmethod
    def read(cls, name: str, text: str) -> CodeTable:
        """
        The table in *text*: a comment `# standard; whole, excerpt or dated; extent`, then `code,name` a line.

        A second comment may say the digits of each level, and the names that say nothing to those below:
        `# levels 2 2 2; 市辖区, 县`. The name of a code then has those of the levels above before it.

        Raises:
            Unreadable: it is none, or a code or a name is there twice.
        """
        head, _, body = text.partition("\n")
        told = [part.strip() for part in head.removeprefix("#").split(";", 2)]
        if not head.startswith("#") or len(told) != 3 or told[1] not in (WHOLE, EXCERPT, DATED):
            raise _wrong(name, Phrase("structured.codes-head"))
        levels = None
        if body.startswith(_LEVELS):
            line, _, body = body.partition("\n")
            levels = _levels(name, line)
        rows = [row for row in csv.reader(body.splitlines()) if row]
        if any(len(row) != 2 or not all(row) for row in rows):
            raise _wrong(name, Phrase("structured.codes-row"))
        plain = {code: said for code, said in rows}  # noqa: C416  (mypy cannot see pairs in lists)
        names = plain if levels is None else {code: levels.full(code, plain) for code in plain}
        codes = {said: code for code, said in names.items()}
        if not len(rows) == len(names) == len(codes):
            raise _wrong(name, Phrase("structured.twice"))
        shorter = {} if levels is None else levels.shorter(plain)
        return cls(name, told[0], told[2], told[1], names, shorter | codes)

    @property
    def whole(self) -> bool:
        """Whether a code that it does not have is a mistake."""
        return self.kind == WHOLE

    def name_of(self, code: str) -> str:
        """What *code* is called; itself where the table does not have it."""
        return self.names.get(code, code)

    def code_of(self, said: str) -> str:
        """The code that *said* names, unless it can mean several; itself where it names none."""
        return self.codes.get(said, said)

    def allows(self, code: str) -> bool:
        """Whether *code* can be: only a whole table refuses what it does not know."""
        return code in self.names or not self.whole


@dataclass(frozen=True, slots=True)
class _Levels:
    """How many digits each level has, and the names that are not said before those of a lower one."""

    ends: tuple[int, ...]
    unsaid: frozenset[str]

    def full(self, code: str, plain: Mapping[str, str]) -> str:
        """What *code* is called, with the levels above it."""
        return "".join((*self._above(code, plain), plain[code]))

    def shorter(self, plain: Mapping[str, str]) -> dict[str, str]:
        """The codes by names that leave levels out, where no other is called so."""
        said = [(name, code) for code in plain for name in set(self._shorter(code, plain))]
        times = Counter(name for name, _ in said)
        return {name: code for name, code in said if times[name] == 1}

    def _shorter(self, code: str, plain: Mapping[str, str]) -> Iterator[str]:
        above = self._above(code, plain)
        for count in range(len(above)):
            for kept in combinations(above, count):
                yield "".join((*kept, plain[code]))

    def _above(self, code: str, plain: Mapping[str, str]) -> tuple[str, ...]:
        whole = [code[:end].ljust(len(code), "0") for end in self.ends[:-1]]
        said = (plain.get(each, "") for each in dict.fromkeys(whole) if each != code)
        return tuple(name for name in said if name and name not in self.unsaid)


def _levels(name: str, line: str) -> _Levels:
    digits, _, unsaid = line.removeprefix(_LEVELS).partition(";")
    if not digits.split() or not all(each.isdigit() for each in digits.split()):
        raise _wrong(name, Phrase("structured.codes-head"))
    return _Levels(
        tuple(accumulate(int(each) for each in digits.split())),
        frozenset(each.strip() for each in unsaid.split(",")),
    )


@cache
def code_table(name: str) -> CodeTable:
    """
    The shipped table called *name*, such as `GB/T 2261.1`.

    Raises:
        Unreadable: there is none.
    """
    files = _files()
    if name not in files:
        raise _wrong(name, Phrase("structured.codes-unknown", {"known": ", ".join(files)}))
    return CodeTable.read(name, files[name].read_text("utf-8"))


def code_tables() -> Mapping[str, CodeTable]:
    """All shipped tables, by name."""
    return {name: code_table(name) for name in _files()}


@cache
def _files() -> Mapping[str, Traversable]:
    folder = resources.files(__name__.rpartition(".")[0]) / "code_tables"
    files = {
        file.name.removesuffix(_SUFFIX): file for file in folder.iterdir() if file.name.endswith(_SUFFIX)
    }
    return {name.replace("_", "/", 1).replace("_", " ", 1): files[name] for name in sorted(files)}


def _wrong(name: str, reason: Phrase) -> Unreadable:
    return Unreadable(Phrase("structured.codes", {"name": name, "reason": reason}))
