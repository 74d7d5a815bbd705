# SPDX-License-Identifier: Apache-2.0
"""
The routing table: which applications receive which messages.

Owns the semantics of routing, and the index that makes a lookup cost the same in a table of a
thousand rules and of a million. A table never changes: a new version is a new table. It knows no
clock and no directory; who exists, and who holds which grant, is the hub's to say.

- A message addressed to applications: for each of them the most specific rule that covers it
  decides, and it is delivered there only if that rule delivers to it.
- A message addressed to nobody: every matching subscription delivers, each application once.

The most specific rule is the one whose `to` looks closest, then whose type, then whose sender, then
the one that tests more attributes; between equals the earlier in the table. A subscription, which
has no `to`, covers among addressed applications just those that it names.

docs/reference/routing-table.md tells the same at length; change them together.
"""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, Self, TypeAlias

from exchange.errors import Reject
from exchange.model.decision import Decision, Query, Terms
from exchange.model.digest import Digest
from exchange.model.identity import Address
from exchange.model.packed_rules import Candidate, PackedRules, Row, proven_address
from exchange.model.route_explanation import Explanation, explain
from exchange.model.rule import (
    ANY,
    APPLICATION,
    EXACT_TYPE,
    FIELD,
    PARTICIPANT,
    RoutingInvalid,
    Rule,
    in_period,
    spell,
)
from exchange.model.rule_index import HashIndex, Names

_ABSENT = "\x00"  # in place of an attribute that the message lacks: no rule wants such a value
_TYPES_REMEMBERED = 1 << 12  # a hub sees a few hundred; what is not remembered costs half a microsecond more
_TYPE_SLOTS = 1 << 16  # which shapes the rules of a type have; types that share a slot share their shapes


class _Step(NamedTuple):
    """
    One probe of the index: which key to make of the query, and how good a find would be.

    code: stands for the shape in the key, negative where the rule is looked for by an application that
    it names; pattern: which of the patterns that cover the query's type.
    """

    code: int
    to_depth: int
    sender_depth: int
    names: tuple[str, ...] | None
    rank: int
    pattern: int


_Steps: TypeAlias = tuple[_Step, ...]


class RoutingTable:
    """
    The compiled rules of one version.

    Args:
        rules: in table order, which decides between equally specific ones.
        version: under which the hub keeps them; 0 = not kept.

    Raises:
        RoutingInvalid: EX-303, an id stands there twice.
    """

    version: int
    digest: Digest  # of all lines, each with its line feed
    _by_id: HashIndex | None  # made when it is first asked for

    def __init__(self, rules: Iterable[Rule] = (), *, version: int = 0) -> None:
        self._build(map(spell, each_once(rules)), version)

    @classmethod
    def of_lines(cls, lines: Iterable[str], *, version: int = 0) -> Self:
        """The table of rules that `rule.spell` spelled and somebody has proven: quicker to build."""
        table = cls.__new__(cls)
        table._build(lines, version)
        return table

    # ---- what is in it

    def __len__(self) -> int:
        return len(self._rules)

    def rules(self) -> Iterator[Rule]:
        """All rules, in table order."""
        return (row.rule for row in self._rules.rows())

    def rule(self, rule_id: str) -> Rule | None:
        """The rule of that id."""
        place = self.place(rule_id)
        return None if place is None else self._rules.row(place).rule

    def place(self, rule_id: str) -> int | None:
        """Where the rule of that id stands, counted from 0."""
        if self._by_id is None:
            self._by_id = self._index_ids()
        wanted = rule_id.encode()
        numbers = self._by_id.find(hash(rule_id))
        return next((number for number in numbers if self._rules.candidate(number).id == wanted), None)

    def ids(self) -> Iterator[str]:
        """The ids of all rules, in table order."""
        return (self._rules.candidate(number).id.decode() for number in range(len(self)))

    def view_for(self, participant: str) -> tuple[Rule, ...]:
        """
        The rules that can apply to what *participant* sends, in table order.

        A table of these alone decides its messages as the whole table does.
        """
        return tuple(row.rule for row in self._rules.rows(lambda row: _concerns(row, participant)))

    # ---- what it decides

    def decide(self, query: Query, at: datetime | None = None) -> Decision:
        """
        Where the message of *query* goes.

        Args:
            at: what time it is; without it, rules that have a validity period match nothing.

        Raises:
            Reject: EX-302, an addressed application has no route, or nobody has subscribed.
        """
        patterns, (addressed, subscribed) = self._steps(query.type)
        if query.to:
            return self._addressed(query, patterns, addressed, at)
        return self._subscribers(query, patterns, subscribed, at)

    def explain(self, query: Query, at: datetime | None = None) -> Explanation:
        """Which rules match, which one counts, and why the nearest others do not; reads the whole table."""
        try:
            decision = self.decide(query, at)
        except Reject:
            decision = None
        return explain(self._rules, query, decision=decision, at=at)

    def _addressed(
        self, query: Query, patterns: Sequence[str], steps: _Steps, at: datetime | None
    ) -> Decision:
        rules, terms, missing = [], [], []
        for address in query.to:
            found = self._best(query, address, patterns, steps, at)
            if found is None or not _delivers(found, address):
                missing.append(str(address))
                continue
            rules.append(found.id.decode())
            terms.append(found.kind.terms)
        if missing:
            raise Reject("EX-302", type=query.type, sender=str(query.sender), to=", ".join(missing))
        return Decision(query.to, tuple(rules), tuple(terms), query.priority)

    def _subscribers(
        self, query: Query, patterns: Sequence[str], steps: _Steps, at: datetime | None
    ) -> Decision:
        receivers: dict[str, Candidate] = {}
        for rule in self._subscriptions(query, patterns, steps, at):
            for receiver in rule.deliver.decode().split(" "):
                receivers.setdefault(receiver, rule)  # the terms of the most specific rule count
        receivers.pop(str(query.sender), None)
        if not receivers:
            raise Reject("EX-302", type=query.type, sender=str(query.sender), to=ANY)
        return Decision(
            tuple([proven_address(receiver) for receiver in receivers]),
            tuple([rule.id.decode() for rule in receivers.values()]),
            tuple([rule.kind.terms for rule in receivers.values()]),
            query.priority,
        )

    # ---- how it finds rules: no step here grows with the table

    def _steps(self, type_name: str) -> tuple[Sequence[str], tuple[_Steps, _Steps]]:
        """The patterns that cover *type_name*, and the probes worth making for rules written with them."""
        known = self._steps_of_types.get(type_name)
        if known is not None:
            return known
        patterns = self._patterns(type_name) if self._prefix_depths else (type_name,)
        of_types = self._sets_of_types
        sets = tuple([of_types[hash(pattern) % _TYPE_SLOTS] for pattern in patterns])
        found = patterns, self._steps_of_sets.get(sets) or self._order_steps(sets)
        if len(self._steps_of_types) < _TYPES_REMEMBERED:
            self._steps_of_types[type_name] = found
        return found

    def _patterns(self, type_name: str) -> list[str]:
        """The exact type, then one pattern for each prefix depth in use; "" where the type is too short."""
        patterns, depth, dot = [type_name], 0, -1
        for wanted in self._prefix_depths:
            while depth < wanted and depth >= 0:
                dot = type_name.find(".", dot + 1)
                depth = depth + 1 if dot >= 0 else -1
            patterns.append(f"{type_name[: dot + 1]}*" if depth == wanted else "")
        return patterns

    def _order_steps(self, sets: tuple[int, ...]) -> tuple[_Steps, _Steps]:
        """The probes for addressed messages and for subscriptions, the most specific first."""
        addressed, subscribed = [], []
        for pattern, depth in enumerate((EXACT_TYPE, *self._prefix_depths)):
            for number in self._shape_sets[sets[pattern]]:
                shape = self._rules.shapes.all[number - 1]
                if shape.type_depth != depth:  # of a type that only shares the slot
                    continue
                step = _Step(number, shape.to_depth, shape.sender_depth, shape.names, shape.rank, pattern)
                if shape.subscribes:
                    subscribed.append(step)
                    step = step._replace(code=-number, to_depth=APPLICATION)
                addressed.append(step)
        addressed.sort(key=_rank_of, reverse=True)
        self._steps_of_sets[sets] = steps = tuple(addressed), tuple(subscribed)
        return steps

    def _best(
        self, query: Query, address: Address, patterns: Sequence[str], steps: _Steps, at: datetime | None
    ) -> Candidate | None:
        """The most specific rule that covers *address*."""
        best, best_rank, best_number = None, -1, 0
        slots, mask = self._index.slots, self._index.mask
        receiver, attributes = f"{address.participant}/{address.application}", query.attributes
        for code, to_depth, sender_depth, names, rank, pattern in steps:
            if rank < best_rank:
                break
            to_key = receiver if to_depth == APPLICATION else _key(address, to_depth)
            match: tuple[str, ...] = (
                patterns[pattern],
                _key(query.sender, sender_depth) if sender_depth else "",
            )
            if names:
                if not attributes:
                    continue
                match += tuple([attributes.get(name, _ABSENT) for name in names])
            key_hash = hash((code, to_key, match))
            if not slots[key_hash & mask]:
                continue  # spares most probes that find nothing the call of find
            for number in self._index.find(key_hash):
                rule = self._rules.candidate(number)
                if _matches(rule, query, code, to_key, match, at):
                    if best is None or number < best_number:
                        best, best_rank, best_number = rule, rank, number
                    break
        return best

    def _subscriptions(
        self, query: Query, patterns: Sequence[str], steps: _Steps, at: datetime | None
    ) -> list[Candidate]:
        """All subscriptions that match, the most specific first."""
        found = []
        attributes = query.attributes
        for code, _, sender_depth, names, rank, pattern in steps:
            match: tuple[str, ...] = (
                patterns[pattern],
                _key(query.sender, sender_depth) if sender_depth else "",
            )
            if names:
                match += tuple([attributes.get(name, _ABSENT) for name in names])
            for number in self._index.find(hash((code, "", match))):
                rule = self._rules.candidate(number)
                if _matches(rule, query, code, "", match, at):
                    found.append((-rank, number, rule))
        found.sort()
        return [rule for _, _, rule in found]

    # ---- how it is built

    def _build(self, lines: Iterable[str], version: int) -> None:
        self.version = version
        self._rules = PackedRules()
        self._index = HashIndex()
        self._sets_of_types = array("I", bytes(4 * _TYPE_SLOTS))
        self._shape_sets: list[tuple[int, ...]] = [()]
        self._set_numbers: dict[tuple[int, ...], int] = {(): 0}
        self._steps_of_types: dict[str, tuple[Sequence[str], tuple[_Steps, _Steps]]] = {}
        self._steps_of_sets: dict[tuple[int, ...], tuple[_Steps, _Steps]] = {}
        self._by_id = None
        digest = hashlib.sha256()
        for line in lines:
            digest.update(f"{line}\n".encode())
            self._add(line)
        self._rules.finish()
        self._index.freeze()
        depths = {shape.type_depth for shape in self._rules.shapes.all}
        self._prefix_depths = tuple(sorted(depths - {EXACT_TYPE}))
        self.digest = Digest("sha256", digest.digest())

    def _add(self, line: str) -> None:
        row = self._rules.append(line)
        if not row.kind.plan.enabled:
            return
        self._note_shape(row.type, row.kind.shape_number)
        code, subscribes = row.kind.shape_number, row.kind.shape.subscribes
        match = row.type, row.sender_key, *(row.values if row.kind.shape.names else ())
        self._index.add(hash((code, row.to_key, match)), row.number)
        if subscribes:
            for receiver in row.deliver.split(" "):
                self._index.add(hash((-code, receiver, match)), row.number)

    def _note_shape(self, pattern: str, shape_number: int) -> None:
        """Remember that rules written with that *pattern* of types may have that shape."""
        slot = hash(pattern) % _TYPE_SLOTS
        held = self._shape_sets[self._sets_of_types[slot]]
        if shape_number in held:
            return
        wanted = tuple(sorted((*held, shape_number)))
        number = self._set_numbers.setdefault(wanted, len(self._shape_sets))
        if number == len(self._shape_sets):
            self._shape_sets.append(wanted)
        self._sets_of_types[slot] = number

    def _index_ids(self) -> HashIndex:
        index = HashIndex()
        for number, rule_id in enumerate(self.ids()):
            index.add(hash(rule_id), number)
        index.freeze()
        return index


def each_once(rules: Iterable[Rule]) -> Iterator[Rule]:
    """
    *rules*, one by one.

    Raises:
        RoutingInvalid: EX-303, after the last of them, an id stood there twice.
    """
    names = Names()
    for place, rule in enumerate(rules, 1):
        names.add(rule.id, place)
        yield rule
    if again := names.twice():
        rule_id, first, second = again
        raise RoutingInvalid("EX-303", because="route.bad.twice", rule=rule_id, first=first, second=second)


def _concerns(row: Row, participant: str) -> bool:
    """Whether rules like this one can apply to what *participant* sends."""
    depth, sender = row.kind.shape.sender_depth, row.sender_key
    if depth == APPLICATION:
        covers = sender.startswith(f"{participant}/")
    else:
        covers = sender == participant if depth == PARTICIPANT else participant.startswith(sender)
    return row.kind.plan.enabled and covers


def _rank_of(step: _Step) -> int:
    return step.rank


def _key(address: Address, depth: int) -> str:
    """What patterns of that *depth* compare of *address*."""
    if depth < PARTICIPANT:
        return address.participant[:depth]
    if depth == PARTICIPANT:
        return address.participant
    return f"{address.participant}/{address.application}"


def _matches(
    rule: Candidate, query: Query, code: int, to_key: str, match: tuple[str, ...], at: datetime | None
) -> bool:
    """Whether *rule* really matches: that it was found under an equal hash proves nothing."""
    kind = rule.kind
    if kind.shape_number != abs(code):
        return False
    if kind.shape.names is None:  # its key says nothing of attributes
        match += tuple(query.attributes.get(name, _ABSENT) for name in kind.names)
    if rule.match != FIELD.join(match):
        return False
    receiver = to_key.encode()
    if (rule.to_key != receiver) if code > 0 else (receiver not in rule.deliver.split(b" ")):
        return False
    return not kind.is_timed or in_period(kind.plan.valid_from, kind.plan.valid_until, at)


def _delivers(rule: Candidate, address: Address) -> bool:
    """Whether *rule*, which decides about *address*, delivers there."""
    deliver = rule.deliver
    return not deliver or deliver == b"." or str(address).encode() in deliver.split(b" ")


__all__ = ["Decision", "Explanation", "Query", "RoutingInvalid", "RoutingTable", "Rule", "Terms", "each_once"]
