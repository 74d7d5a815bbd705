# SPDX-License-Identifier: Apache-2.0
"""
Rules in little room: 8 bytes a rule and what its own text takes, where an object takes 430.

A rule's own text (id, receivers, comment) stands in one buffer. What rules share is held once: their
*kind* (which parts they look at, on what terms they deliver) as an object, and their *match* (the
type, sender and attribute values that they want) as a line. Whatever is too varied to be shared
stands written out beside each rule. Rules are numbered in table order, and nothing here looks for
one: that is `route`'s work.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from exchange.model.identity import Address
from exchange.model.rule import (
    ANYBODY,
    FIELD,
    Plan,
    Rule,
    depth_of_type,
    put_together,
    read_plan,
    read_tests,
    split_line,
    take_apart,
)

KINDS_MOST = 1 << 13  # held as objects of some 800 bytes
MATCHES_MOST = 1 << 15  # held as strings of some 100 bytes
SHAPES_MOST = 1 << 12  # told apart by the names of their attributes; later ones by how many they are
BLOCK = 1 << 10  # rules whose texts stand in one string: large ones are neither moved nor copied to grow
WRITTEN_OUT = 0xFFFF  # in place of the number of a kind or match: it stands in the rule's text

_SAME = "."  # in place of a rule's deliver: the one application that its `to` names
_INNER = "\x1c"  # in place of FIELD within a kind that is written out
_FIELD = FIELD.encode()


@dataclass(frozen=True, slots=True)
class Shape:
    """
    Which parts of a message a rule looks at, and how closely: rules of one shape share one form of key.

    type_depth, to_depth, sender_depth: as in `rule`; names: of the attributes tested, None = too many
    shapes to tell them apart; tests: how many; subscribes: it says who receives what is addressed to nobody.
    """

    type_depth: int
    to_depth: int
    sender_depth: int
    names: tuple[str, ...] | None
    tests: int
    subscribes: bool

    @property
    def rank(self) -> int:
        """The greater, the more specific: receivers first, then type, then sender, then attributes."""
        return ((self.to_depth << 8 | self.type_depth) << 8 | self.sender_depth) << 8 | self.tests


class Shapes:
    """The shapes that occur, numbered from 1."""

    def __init__(self) -> None:
        self._numbers: dict[Shape, int] = {}
        self.all: list[Shape] = []

    def number(self, shape: Shape) -> int:
        """The number of *shape*, or of the coarser one that stands in for it."""
        found = self._numbers.get(shape)
        if found is None and shape.names and len(self.all) >= SHAPES_MOST:
            depths = shape.type_depth, shape.to_depth, shape.sender_depth
            shape = Shape(*depths, None, shape.tests, shape.subscribes)
            found = self._numbers.get(shape)
        if found is None:
            self.all.append(shape)
            found = self._numbers[shape] = len(self.all)
        return found


class Kind:
    """
    What rules of one kind share.

    names: of the attributes tested.
    """

    __slots__ = ("is_timed", "names", "plan", "shape", "shape_number", "terms")

    def __init__(self, shape: Shape, names: tuple[str, ...], *, shapes: Shapes, plan: Plan) -> None:
        self.shape_number = shapes.number(shape)
        self.shape = shapes.all[self.shape_number - 1]
        self.names = names
        self.plan = plan
        self.terms = plan.terms
        self.is_timed = plan.valid_from is not None or plan.valid_until is not None


class Candidate(NamedTuple):
    """What a lookup reads of a rule: its kind and match, and its text less the comment, as it is packed."""

    kind: Kind
    match: str
    id: bytes
    to_key: bytes
    deliver: bytes


@dataclass(frozen=True, slots=True)
class Row:
    """
    One rule, unpacked.

    sort: equal for rules of one kind and match, None = of its own; to_key, sender_key: the patterns less
    their asterisks; deliver: addresses between blanks.
    """

    number: int
    sort: int | None
    kind: Kind
    id: str
    to_key: str
    deliver: str
    comment: str
    type: str
    sender_key: str
    values: tuple[str, ...]

    @property
    def to(self) -> str:
        return put_together(self.kind.shape.to_depth, self.to_key)

    @property
    def sender(self) -> str:
        return put_together(self.kind.shape.sender_depth, self.sender_key)

    @property
    def attributes(self) -> tuple[tuple[str, str], ...]:
        return tuple(zip(self.kind.names, self.values, strict=True))

    @property
    def rule(self) -> Rule:
        """The whole rule."""
        return self.kind.plan.rule(
            self.id, type_name=self.type, to=self.to, sender=self.sender, attributes=self.attributes,
            deliver=tuple(map(Address.parse, self.deliver.split())), comment=self.comment,
        )  # fmt: skip


class PackedRules:
    """The rules of one table, appended as lines and read back by number."""

    def __init__(self) -> None:
        self.shapes = Shapes()
        self._blocks: list[bytes] = []  # the texts of BLOCK rules each
        self._open = bytearray()  # the block that is being written
        self._ends = array("I", (0,))  # where each text ends in its block; each block begins with a 0
        self._sorts = array("I")  # of rule n: the numbers of its kind and of its match, 16 bits each
        self._kinds: list[Kind] = []
        self._matches: list[str] = []
        self._known_kinds: dict[str, int] = {}
        self._known_matches: dict[str, int] = {}
        self._kind = lru_cache(1 << 12)(self._read_kind)

    def __len__(self) -> int:
        return len(self._sorts)

    def append(self, line: str) -> Row:
        """Take the rule spelled as *line*."""
        rule_id, to, deliver, comment, type_name, sender, tests, alike = split_line(line)
        to_depth, to_key = take_apart(to)
        sender_depth, sender_key = take_apart(sender)
        names, values = zip(*read_tests(tests), strict=True) if tests else ((), ())
        depths = f"{to_depth}{sender_depth}{depth_of_type(type_name)}"
        kind_text = _INNER.join((depths, "names" if deliver else "", *names, alike.replace(FIELD, _INNER)))
        match = FIELD.join((type_name, sender_key, *values))
        kind_number = self._share_kind(kind_text)
        match_number = self._share_match(match)
        record = [rule_id, to_key, _SAME if deliver and deliver == to else deliver, comment]
        if kind_number == WRITTEN_OUT:
            record.append(kind_text)
        if match_number == WRITTEN_OUT:
            record.append(match)
        self._open += FIELD.join(record).encode()
        self._ends.append(len(self._open))
        self._sorts.append(sort := kind_number << 16 | match_number)
        if not len(self._sorts) % BLOCK:
            self._close_block()
        kind = self._kind(kind_text) if kind_number == WRITTEN_OUT else self._kinds[kind_number]
        shared = None if WRITTEN_OUT in (kind_number, match_number) else sort
        number = len(self._sorts) - 1
        return Row(number, shared, kind, rule_id, to_key, deliver, comment, type_name, sender_key, values)

    def finish(self) -> None:
        """No more rules will come: let go of what only `append` needs. Only then can rules be read."""
        self._close_block()
        self._known_kinds.clear()
        self._known_matches.clear()

    def candidate(self, number: int) -> Candidate:
        """Rule *number*, counted from 0, as far as a lookup reads it."""
        block, ends, sort = number // BLOCK, self._ends, self._sorts[number]
        end = number + block + 1
        text = self._blocks[block][ends[end - 1] : ends[end]].split(_FIELD, 4)
        if len(text) == 4:
            kind, match = self._kinds[sort >> 16], self._matches[sort & 0xFFFF]
        else:
            kind, match = self._written_out(sort, text[4].decode())
        return Candidate(kind, match, text[0], text[1], text[2])

    def row(self, number: int) -> Row:
        """Rule *number*, whole."""
        sort = self._sorts[number]
        block, ends = number // BLOCK, self._ends
        record = self._blocks[block][ends[number + block] : ends[number + block + 1]].decode()
        rule_id, to_key, deliver, comment, *tail = record.split(FIELD, 4)
        kind, match = self._written_out(sort, tail[0] if tail else "")
        type_name, sender_key, *values = match.split(FIELD)
        shared = None if tail else sort
        delivered = to_key if deliver == _SAME else deliver
        return Row(
            number, shared, kind, rule_id, to_key, delivered, comment, type_name, sender_key, tuple(values)
        )

    def rows(self, wanted: Callable[[Row], bool] = lambda _: True) -> Iterator[Row]:
        """The rules that are *wanted*, in order; asked once for each sort, it must judge by that alone."""
        verdicts: dict[int, bool] = {}
        for number, sort in enumerate(self._sorts):
            verdict = verdicts.get(sort)
            if verdict is False:
                continue
            row = self.row(number)
            if verdict is None:
                verdict = wanted(row)
                if row.sort is not None:
                    verdicts[sort] = verdict
            if verdict:
                yield row

    def _close_block(self) -> None:
        self._blocks.append(bytes(self._open))
        self._open.clear()
        self._ends.append(0)

    def _share_kind(self, text: str) -> int:
        number = self._known_kinds.get(text)
        if number is None:
            if len(self._kinds) >= KINDS_MOST:
                return WRITTEN_OUT
            number = self._known_kinds[text] = len(self._kinds)
            self._kinds.append(self._read_kind(text))
        return number

    def _share_match(self, text: str) -> int:
        number = self._known_matches.get(text)
        if number is None:
            if len(self._matches) >= MATCHES_MOST:
                return WRITTEN_OUT
            number = self._known_matches[text] = len(self._matches)
            self._matches.append(text)
        return number

    def _written_out(self, sort: int, tail: str) -> tuple[Kind, str]:
        """Kind and match of a rule of that *sort*, at least one of which may be its *tail*."""
        kind_number, match_number = sort >> 16, sort & 0xFFFF
        if kind_number != WRITTEN_OUT:
            kind = self._kinds[kind_number]
        else:
            text, _, tail = tail.partition(FIELD)
            kind = self._kind(text)
        return kind, tail if match_number == WRITTEN_OUT else self._matches[match_number]

    def _read_kind(self, text: str) -> Kind:
        depths, named, *rest = text.split(_INNER)
        names, alike = tuple(rest[:-8]), FIELD.join(rest[-8:])
        to_depth, sender_depth, type_depth = int(depths[0]), int(depths[1]), int(depths[2:])
        shape = Shape(
            type_depth, to_depth, sender_depth, names, len(names), bool(named) and to_depth == ANYBODY
        )
        return Kind(shape, names, shapes=self.shapes, plan=read_plan(alike))


def proven_address(text: str) -> Address:
    """The address spelled as *text*, whose names were proven when its rule was made."""
    participant, _, application = text.partition("/")
    address = Address.__new__(Address)
    _set_participant(address, participant)
    _set_application(address, application)
    return address


# Past the checks of a new Address, which cost seven times as much as the rest of it.
_set_participant = Address.__dict__["participant"].__set__
_set_application = Address.__dict__["application"].__set__
