# SPDX-License-Identifier: Apache-2.0
"""
Why a message goes where it goes, and why it does not go where somebody expected it.

Reads every rule of a table and says of the nearest ones what keeps them from deciding. It judges
rules one by one and without the index, so that it can tell what the index never looks at.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import SequenceMatcher
from typing import Any

from exchange.model import instant
from exchange.model.decision import Decision, Query
from exchange.model.identity import Address, division
from exchange.model.packed_rules import PackedRules, Row
from exchange.model.priority import Priority
from exchange.model.rule import (
    ANYBODY,
    APPLICATION,
    EXACT_TYPE,
    Rule,
    in_period,
    part_of,
    type_covers,
    type_depth,
)
from exchange.texts import Phrase, say

NEAREST = 5  # rules that did not match, told for each receiver
OUTRANKED = 5  # rules that matched and were outranked, told for each receiver
_ALIKE = 0.8  # of the letters of a type: it may be misspelled
_TOO_FAR = 14  # a rule that differs by this much is no near miss


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that keeps a rule from deciding: the name of its sentence, and what fills it."""

    name: str
    values: Mapping[str, object] = field(default_factory=dict)

    def sentence(self, lang: str = "en") -> str:
        return say(f"route.why.{self.name}", lang, **self.values)

    def document(self, lang: str) -> dict[str, Any]:
        return {"reason": self.name, **self.values, "text": self.sentence(lang)}


@dataclass(frozen=True, slots=True)
class Considered:
    """A rule that does not decide, and why."""

    rule: Rule
    reasons: tuple[Reason, ...]

    def document(self, lang: str) -> dict[str, Any]:
        return {"rule": self.rule.id, "reasons": [reason.document(lang) for reason in self.reasons]}


@dataclass(frozen=True, slots=True)
class Receiver:
    """
    What is to be said about one addressed application, or about all subscribers together.

    address: None = the message is addressed to nobody; deciding: the rule that decides, or the
    subscriptions that deliver; delivers: whether it is delivered there; outranked: what matched and does
    not count; nearest: what did not match, the nearest first.
    """

    address: Address | None
    deciding: tuple[Rule, ...]
    delivers: bool
    outranked: tuple[Considered, ...]
    nearest: tuple[Considered, ...]

    def document(self, lang: str) -> dict[str, Any]:
        return {
            "to": None if self.address is None else str(self.address),
            "delivered": self.delivers,
            "deciding": [rule.id for rule in self.deciding],
            "outranked": [one.document(lang) for one in self.outranked],
            "nearest": [one.document(lang) for one in self.nearest],
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """
    The answer to one query, with its reasons.

    decision: None = there is no route (EX-302), and nothing is delivered to anyone.
    """

    query: Query
    decision: Decision | None
    receivers: tuple[Receiver, ...]

    def sentences(self, lang: str = "en") -> Iterator[str]:
        """What a person reads, line by line."""
        yield _head(self.query, lang)
        if self.decision is not None:
            yield from _deliveries(self.decision, self.query, lang)
        else:
            yield say("route.explain.refused", lang)
        for receiver in self.receivers:
            yield from _about(receiver, self.query, lang)

    def document(self, lang: str = "en") -> dict[str, Any]:
        """What a program reads."""
        query = self.query
        return {
            "type": query.type,
            "from": str(query.sender),
            "to": [str(address) for address in query.to],
            "attributes": dict(query.attributes),
            "priority": query.priority.value,
            "code": "EX-302" if self.decision is None else None,
            "deliveries": [] if self.decision is None else delivery_documents(self.decision),
            "receivers": [receiver.document(lang) for receiver in self.receivers],
        }


def delivery_documents(decision: Decision) -> list[dict[str, Any]]:
    """The deliveries of *decision*, as a program reads them."""
    return [
        {
            "to": str(address), "rule": rule, "priority": terms.priority(decision.asked).value,
            "deadline_seconds": terms.deadline_seconds, "grant": terms.grant, "gateway": terms.gateway,
        }
        for address, rule, terms in zip(decision.deliveries, decision.rules, decision.terms, strict=True)
    ]  # fmt: skip


# ---- finding out


def explain(
    rules: PackedRules, query: Query, *, decision: Decision | None, at: datetime | None
) -> Explanation:
    """The reasons behind *decision*, which the table of these *rules* gave on *query*."""
    if query.to:
        receivers = [_explain_receiver(rules, query, address, at) for address in query.to]
    else:
        receivers = [_explain_subscribers(rules, query, decision, at)]
    return Explanation(query, decision, tuple(receivers))


def _explain_receiver(rules: PackedRules, query: Query, address: Address, at: datetime | None) -> Receiver:
    matching, nearest = _sift(rules, query, address, at)
    deciding = matching[0].rule if matching else None
    delivers = deciding is not None and (not deciding.deliver or address in deciding.deliver)
    return Receiver(
        address,
        () if deciding is None else (deciding,),
        delivers,
        tuple(Considered(row.rule, (_outranked(row, matching[0]),)) for row in matching[1 : 1 + OUTRANKED]),
        nearest,
    )


def _explain_subscribers(
    rules: PackedRules, query: Query, decision: Decision | None, at: datetime | None
) -> Receiver:
    matching, nearest = _sift(rules, query, None, at)
    counting = set(decision.rules) if decision else set()
    idle = [row for row in matching if row.id not in counting]
    return Receiver(
        None,
        tuple(row.rule for row in matching if row.id in counting),
        decision is not None,
        tuple(Considered(row.rule, (Reason("nobody-new"),)) for row in idle[:OUTRANKED]),
        nearest,
    )


def _sift(
    rules: PackedRules, query: Query, address: Address | None, at: datetime | None
) -> tuple[list[Row], tuple[Considered, ...]]:
    """The rules that match, the most specific first, and the nearest that do not."""
    sieve = _Sieve(query, at)
    matching: list[Row] = []
    missing: list[tuple[int, int, Row]] = []  # a heap of the nearest: by distance, then by place in the table
    for row in rules.rows(lambda row: sieve.distance(row) < _TOO_FAR):
        distance = sieve.distance(row) + _receiver_distance(row, address)
        if not distance:
            matching.append(row)
        elif distance < _TOO_FAR:
            keep = heapq.heappush if len(missing) < NEAREST else heapq.heappushpop
            keep(missing, (-distance, -row.number, row))
    matching.sort(key=lambda row: (-row.kind.shape.rank, row.number))
    nearest = (row for _, _, row in sorted(missing, key=lambda one: (-one[0], -one[1])))
    return matching, tuple(Considered(row.rule, _reasons(row, query, address, at)) for row in nearest)


class _Sieve:
    """How far rules are from a query, whoever its receivers are; worked out once for each sort of rules."""

    def __init__(self, query: Query, at: datetime | None) -> None:
        self._query = query
        self._at = at
        self._distances: dict[int, int] = {}

    def distance(self, row: Row) -> int:
        if row.sort is None:
            return self._measure(row)
        found = self._distances.get(row.sort)
        if found is None:
            found = self._distances[row.sort] = self._measure(row)
        return found

    def _measure(self, row: Row) -> int:
        plan, query = row.kind.plan, self._query
        missed = sum(query.attributes.get(name) != value for name, value in row.attributes)
        return (
            2 * missed
            + (not plan.enabled)
            + (not in_period(plan.valid_from, plan.valid_until, self._at))
            + _type_distance(row.type, query.type)
            + _party_distance(row.kind.shape.sender_depth, row.sender_key, query.sender)
        )


def _type_distance(pattern: str, type_name: str) -> int:
    if type_covers(pattern, type_name):
        return 0
    if type_depth(pattern) == EXACT_TYPE and pattern.rpartition(".")[0] == type_name.rpartition(".")[0]:
        return 2  # another version of the same
    if pattern.split(".")[0] == type_name.split(".")[0]:
        return 4
    return 3 if _looks_like(pattern.removesuffix(".*"), type_name) else _TOO_FAR


def _looks_like(stem: str, type_name: str) -> bool:
    """Whether one may be the other misspelled, as far as *stem* goes; the cheap question comes first."""
    beginning = ".".join(type_name.split(".")[: stem.count(".") + 1])
    letters = SequenceMatcher(None, stem, beginning)
    return letters.quick_ratio() >= _ALIKE and letters.ratio() >= _ALIKE


def _party_distance(depth: int, key: str, address: Address) -> int:
    if part_of(address, depth) == key:
        return 0
    if depth == APPLICATION and key.startswith(f"{address.participant}/"):
        return 2
    return 4 if key[:6] == division(address.participant) else 6


def _receiver_distance(row: Row, address: Address | None) -> int:
    """How far a rule is from delivering to *address*; for None, from being a subscription."""
    if address is None:
        return 0 if row.kind.shape.subscribes else 6
    if not row.kind.shape.subscribes:
        return _party_distance(row.kind.shape.to_depth, row.to_key, address)
    if str(address) in row.deliver.split(" "):
        return 0
    return 2 if f"{address.participant}/" in row.deliver else 5


# ---- saying why


def _reasons(row: Row, query: Query, address: Address | None, at: datetime | None) -> tuple[Reason, ...]:
    return (*_reasons_of_message(row, query, at), *_reasons_of_receiver(row, address))


def _reasons_of_message(row: Row, query: Query, at: datetime | None) -> Iterator[Reason]:
    plan = row.kind.plan
    if not plan.enabled:
        yield Reason("disabled")
    if not in_period(plan.valid_from, plan.valid_until, at):
        yield _period_reason(plan.valid_from, plan.valid_until, at)
    if not type_covers(row.type, query.type):
        yield Reason("type", {"wanted": row.type, "found": query.type})
    if part_of(query.sender, row.kind.shape.sender_depth) != row.sender_key:
        yield Reason("from", {"wanted": row.sender, "found": str(query.sender)})
    for name, value in row.attributes:
        found = query.attributes.get(name)
        if found is None:
            yield Reason("attribute-absent", {"name": name, "wanted": value})
        elif found != value:
            yield Reason("attribute", {"name": name, "wanted": value, "found": found})


def _period_reason(start: datetime | None, end: datetime | None, at: datetime | None) -> Reason:
    if at is None:
        return Reason("timeless")
    if start is not None and at < start:
        return Reason("early", {"wanted": instant.spell(start), "found": instant.spell(at)})
    assert end is not None  # it was in force until then
    return Reason("late", {"wanted": instant.spell(end), "found": instant.spell(at)})


def _reasons_of_receiver(row: Row, address: Address | None) -> Iterator[Reason]:
    if not _receiver_distance(row, address):
        return
    if address is None:
        yield (
            Reason("no-subscription")
            if row.kind.shape.to_depth == ANYBODY
            else Reason("addressed", {"wanted": row.to})
        )
    elif row.kind.shape.subscribes:
        yield Reason("elsewhere", {"wanted": row.deliver.replace(" ", ", "), "found": str(address)})
    else:
        yield Reason("to", {"wanted": row.to, "found": str(address)})


def _outranked(row: Row, winner: Row) -> Reason:
    """By which of the four the *winner* is more specific; in the order in which they count."""
    for name, ours, theirs in (
        ("to", row.kind.shape.to_depth, winner.kind.shape.to_depth),
        ("type", row.kind.shape.type_depth, winner.kind.shape.type_depth),
        ("from", row.kind.shape.sender_depth, winner.kind.shape.sender_depth),
        ("attributes", row.kind.shape.tests, winner.kind.shape.tests),
    ):
        if ours != theirs:
            return Reason(f"outranked-{name}", {"winner": winner.id})
    return Reason("outranked-order", {"winner": winner.id})


# ---- in words


def _spoken(priority: Priority) -> Phrase:
    return Phrase(f"message.priority.{priority.value}")


def _head(query: Query, lang: str) -> str:
    to = ", ".join(map(str, query.to))
    tests = "; ".join(f"{name}={value}" for name, value in query.attributes.items())
    words = say(
        "route.explain.addressed" if to else "route.explain.unaddressed",
        lang, type=query.type, sender=query.sender, to=to, priority=_spoken(query.priority),
    )  # fmt: skip
    return words + (say("route.explain.attributes", lang, tests=tests) if tests else "")


def _deliveries(decision: Decision, query: Query, lang: str) -> Iterator[str]:
    for address, rule, terms in zip(decision.deliveries, decision.rules, decision.terms, strict=True):
        yield say("route.explain.delivered", lang, to=address, rule=rule)
        priority = terms.priority(query.priority)
        if priority is not query.priority:
            asked = _spoken(query.priority)
            yield say("route.explain.priority", lang, priority=_spoken(priority), asked=asked)
        if terms.deadline_seconds is not None:
            yield say("route.explain.deadline", lang, seconds=terms.deadline_seconds)
        if terms.grant is not None:
            yield say("route.explain.grant", lang, grant=terms.grant, participant=query.sender.participant)
        if terms.gateway is not None:
            yield say("route.explain.gateway", lang, gateway=terms.gateway)


def _about(receiver: Receiver, query: Query, lang: str) -> Iterator[str]:
    yield from _missing(receiver, lang)
    if receiver.outranked:
        yield say("route.explain.outranked", lang)
        yield from (_considered(one, lang) for one in receiver.outranked)
    if receiver.nearest:
        key = "route.explain.nearest" if receiver.address else "route.explain.nearest.subscriptions"
        yield say(key, lang, to=receiver.address)
        yield from (_considered(one, lang) for one in receiver.nearest)
    if not receiver.delivers:
        addressed = receiver.address is not None
        to = f' to="{receiver.address}"' if addressed else ""
        deliver = "<deliver/>" if addressed else "<deliver><to>ADDRESS</to></deliver>"
        yield say("route.explain.advice", lang, type=query.type, sender=query.sender, to=to, deliver=deliver)


def _missing(receiver: Receiver, lang: str) -> Iterator[str]:
    if receiver.delivers:
        return
    if receiver.address is None:
        yield say("route.explain.nobody", lang)
    elif not receiver.deciding:
        yield say("route.explain.uncovered", lang, to=receiver.address)
    else:
        rule = receiver.deciding[0]
        named = ", ".join(map(str, rule.deliver))
        yield say("route.explain.blocked", lang, to=receiver.address, rule=rule.id, named=named)


def _considered(one: Considered, lang: str) -> str:
    stop = say("route.explain.separator", lang)
    return say(
        "route.explain.rule", lang, rule=one.rule.id, reasons=stop.join(r.sentence(lang) for r in one.reasons)
    )
