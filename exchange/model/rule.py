# SPDX-License-Identifier: Apache-2.0
"""
One rule of a routing table: what it matches, and where it delivers.

Owns the patterns that a rule is written with, what makes one rule more specific than another, and
the one-line spelling in which rules are digested, stored and packed. It does not know other rules,
and no clock: a table is told the time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

from exchange.errors import Reject
from exchange.model import instant
from exchange.model.decision import Terms
from exchange.model.identity import Address, is_grant, message_type, participant_id
from exchange.model.limits import LIMITS
from exchange.model.priority import Priority
from exchange.texts import say

RULE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)
TYPE_PREFIX = re.compile(r"[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)*\.\*", re.ASCII)
DIVISION_PREFIX = re.compile(r"[1-9][0-9]{0,5}\*", re.ASCII)
TYPE_CHARACTERS = 128
COMMENT_CHARACTERS = 512
DEADLINE_SECONDS_MOST = 2**31 - 1
DELIVER_MOST = 1024  # applications that one rule may name

ANY = "*"
# How closely a pattern of senders or receivers looks; 1 to 6 are so many digits of the division.
ANYBODY, PARTICIPANT, APPLICATION = 0, 8, 9
EXACT_TYPE = 255  # how closely an exact type looks; a prefix counts its labels, `*` counts none

FIELD, _ITEM, _PAIR = "\x1f", "\x1e", "\x1d"  # no value of a rule may contain a control character
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


class RoutingInvalid(Reject):
    """
    EX-303: a routing table cannot be used.

    because: names the sentence that says why, filled with the other values; rule: the rule's id, ""
    where it is not known; line: in the file, 0 where there is none. Nothing was changed.
    """

    def text(self, lang: str = "en") -> str:
        because = str(self.values["because"])
        reason = say(because, lang, **self.values)
        return say(self.code, lang, what=self._place(lang), reason=reason)

    def at(self, *, line: int, rule: str = "") -> RoutingInvalid:
        """The same complaint, with the place where it was found."""
        values = {**self.values, "line": line, "rule": rule or self.values.get("rule", "")}
        return RoutingInvalid(self.code, **values)

    def _place(self, lang: str) -> str:
        line, rule = self.values.get("line", 0), self.values.get("rule", "")
        key = f"route.place{'.line' if line else ''}{'.rule' if rule else ''}"
        return say(key, lang, line=line, rule=rule)


def _invalid(because: str, **values: object) -> RoutingInvalid:
    return RoutingInvalid("EX-303", because=f"route.bad.{because}", **values)


# ---- patterns


@lru_cache(1 << 14)
def party(pattern: str) -> tuple[int, str]:
    """
    How closely a pattern of senders or receivers looks, and at what.

    `440500.tax/registry`, `440500.tax/*`, `4405*` and `*` give 9, 8, 4 and 0, with the pattern less
    its asterisk.

    Raises:
        Reject: EX-110, it is none of these.
    """
    if pattern == ANY:
        return ANYBODY, ""
    if pattern.endswith("/*"):
        return PARTICIPANT, participant_id(pattern[:-2])
    if DIVISION_PREFIX.fullmatch(pattern):
        return len(pattern) - 1, pattern[:-1]
    return APPLICATION, str(Address.parse(pattern))


def take_apart(pattern: str) -> tuple[int, str]:
    """What `party` says of a *pattern* that was proven before."""
    if pattern[-1] != ANY:
        return APPLICATION, pattern
    if pattern[-2:] == "/*":
        return PARTICIPANT, pattern[:-2]
    return len(pattern) - 1, pattern[:-1]


def put_together(depth: int, key: str) -> str:
    """The pattern that `party` takes apart into *depth* and *key*."""
    if depth == APPLICATION:
        return key
    return f"{key}/*" if depth == PARTICIPANT else f"{key}*"


def party_covers(pattern: str, address: Address) -> bool:
    """Whether *address* is one of those that *pattern* speaks of."""
    depth, key = party(pattern)
    return part_of(address, depth) == key


def part_of(address: Address, depth: int) -> str:
    """What a pattern of that *depth* compares of *address*."""
    if depth == APPLICATION:
        return str(address)
    return address.participant if depth == PARTICIPANT else address.participant[:depth]


@lru_cache(1 << 14)
def type_depth(pattern: str) -> int:
    """
    How closely a pattern of message types looks: `document.*` 1, `document.official.*` 2, `*` 0.

    Raises:
        Reject: EX-110, it is neither a type nor a prefix of types.
    """
    if pattern != ANY and not (TYPE_PREFIX.fullmatch(pattern) and len(pattern) <= TYPE_CHARACTERS):
        message_type(pattern)
    return depth_of_type(pattern)


def depth_of_type(pattern: str) -> int:
    """What `type_depth` says of a *pattern* that was proven before."""
    if pattern[-1] != ANY:
        return EXACT_TYPE
    return pattern.count(".")


def type_pattern(type_name: str, depth: int) -> str | None:
    """The pattern of that *depth* that covers *type_name*; None where it has too few labels."""
    if depth == EXACT_TYPE:
        return type_name
    labels = type_name.split(".")
    if depth >= len(labels):
        return None
    return ".".join((*labels[:depth], ANY))


def type_covers(pattern: str, type_name: str) -> bool:
    """Whether *type_name* is one of those that *pattern* speaks of."""
    return type_pattern(type_name, type_depth(pattern)) == pattern


# ---- the rule


@dataclass(frozen=True, slots=True)
class Rule:
    """
    What matches, and what then happens.

    id: unique in its table; type, to, sender: patterns, `*` where anything will do;
    attributes: (name, value), sorted; all must hold, each exactly;
    deliver: the applications it delivers to; none = those that the message is addressed to;
    gateway: the hub to which it hands on, instead of delivering here;
    priority_floor: no less urgent than this; priority_ceiling: no more urgent than this;
    deadline_seconds: the most a message may live, from created;
    grant: what the sender must hold;
    valid_from, valid_until: in force from the one, until just before the other.

    Raises:
        RoutingInvalid: EX-303, naming the rule and what is wrong with it.
    """

    id: str
    type: str
    to: str = ANY
    sender: str = ANY
    attributes: tuple[tuple[str, str], ...] = ()
    deliver: tuple[Address, ...] = ()
    gateway: str | None = None
    priority_floor: Priority | None = None
    priority_ceiling: Priority | None = None
    deadline_seconds: int | None = None
    grant: str | None = None
    comment: str = field(default="", kw_only=True)
    enabled: bool = field(default=True, kw_only=True)
    valid_from: datetime | None = field(default=None, kw_only=True)
    valid_until: datetime | None = field(default=None, kw_only=True)

    def __post_init__(self) -> None:
        if not RULE_ID.fullmatch(self.id):
            raise _invalid("id", rule=self.id[:64], found=self.id[:64])
        for check in _CHECKS:
            check(self)

    @property
    def is_addressed(self) -> bool:
        """Whether it delivers to whom the message names, rather than to whom the rule names."""
        return not self.deliver and self.gateway is None

    @property
    def is_subscription(self) -> bool:
        """Whether it says who receives messages that name no receiver."""
        return bool(self.deliver) and self.to == ANY

    @property
    def rank(self) -> tuple[int, int, int, int]:
        """The greater, the more specific: receivers first, then type, then sender, then attributes."""
        return party(self.to)[0], type_depth(self.type), party(self.sender)[0], len(self.attributes)

    def is_in_force(self, at: datetime | None) -> bool:
        """Whether it counts at that time; a rule with a validity period never counts at no time."""
        return self.enabled and in_period(self.valid_from, self.valid_until, at)


def in_period(start: datetime | None, end: datetime | None, at: datetime | None) -> bool:
    """Whether *at* lies between *start* and just before *end*, as far as they are given."""
    if start is None and end is None:
        return True
    return at is not None and (start is None or start <= at) and (end is None or at < end)


def _check_patterns(rule: Rule) -> None:
    try:
        type_depth(rule.type)
    except Reject as e:
        raise _invalid("type", rule=rule.id, found=rule.type[:128]) from e
    for name, pattern in (("to", rule.to), ("from", rule.sender)):
        try:
            party(pattern)
        except Reject as e:
            raise _invalid("party", rule=rule.id, name=name, found=pattern[:140]) from e


def _check_attributes(rule: Rule) -> None:
    if not rule.attributes:
        return
    names = [name for name, _ in rule.attributes]
    if len(names) > LIMITS.attributes:
        raise _invalid("attributes", rule=rule.id, found=len(names), limit=LIMITS.attributes)
    if any(a >= b for a, b in pairwise(names)):
        raise _invalid("attribute.order", rule=rule.id, found=", ".join(names)[:200])
    for name, value in rule.attributes:
        if not 0 < len(name) <= LIMITS.attribute_name or not is_plain(name):
            raise _invalid("attribute.name", rule=rule.id, found=name[:64], limit=LIMITS.attribute_name)
        if len(value) > LIMITS.attribute_value or not is_plain(value):
            raise _invalid("attribute.value", rule=rule.id, name=name, limit=LIMITS.attribute_value)


def _check_delivery(rule: Rule) -> None:
    if len(rule.deliver) > 1 and len(set(rule.deliver)) != len(rule.deliver):
        raise _invalid("deliver.twice", rule=rule.id)
    if len(rule.deliver) > DELIVER_MOST:
        raise _invalid("deliver.many", rule=rule.id, found=len(rule.deliver), limit=DELIVER_MOST)
    if rule.gateway is None:
        return
    if rule.deliver:
        raise _invalid("gateway.deliver", rule=rule.id)
    try:
        participant_id(rule.gateway)
    except Reject as e:
        raise _invalid("gateway", rule=rule.id, found=rule.gateway[:80]) from e


def _check_bounds(rule: Rule) -> None:
    floor, ceiling = rule.priority_floor, rule.priority_ceiling
    if floor is not None and ceiling is not None and floor.sooner_than(ceiling):
        raise _invalid("priority", rule=rule.id, floor=floor.value, ceiling=ceiling.value)
    if rule.deadline_seconds is not None and not 0 < rule.deadline_seconds <= DEADLINE_SECONDS_MOST:
        raise _invalid("deadline", rule=rule.id, found=rule.deadline_seconds, limit=DEADLINE_SECONDS_MOST)
    if rule.grant is not None and not is_grant(rule.grant):
        raise _invalid("grant", rule=rule.id, found=rule.grant[:64])


def _check_comment(rule: Rule) -> None:
    if len(rule.comment) > COMMENT_CHARACTERS or not is_plain(rule.comment):
        raise _invalid("comment", rule=rule.id, limit=COMMENT_CHARACTERS)


def _check_period(rule: Rule) -> None:
    start, end = rule.valid_from, rule.valid_until
    for name, at in (("valid-from", start), ("valid-until", end)):
        if at is not None and (at.tzinfo is None or instant.cut(at) != at):
            raise _invalid("time", rule=rule.id, name=name, found=at.isoformat())
    if start is not None and end is not None and start >= end:
        raise _invalid("period", rule=rule.id, start=start.isoformat(), end=end.isoformat())


_CHECKS = (_check_patterns, _check_attributes, _check_delivery, _check_bounds, _check_comment, _check_period)


def is_plain(text: str) -> bool:
    """Whether *text* is free of control characters, line breaks, and what XML cannot carry."""
    return text.isprintable() or not _UNPRINTABLE.search(text)


def sorted_tests(tests: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """*tests* as the attributes of a rule."""
    return tuple(sorted(tests.items()))


# ---- one line


def spell(rule: Rule) -> str:
    """
    *rule* in one line: its fields between separators that no value contains.

    What differs from rule to rule comes first; towards the end rules are often alike.
    Equal rules have equal lines, and the digest of a table is that of its lines. Databases hold
    such lines: a field may be added at the end, none may change its meaning.
    """
    return FIELD.join(
        (
            rule.id,
            rule.to,
            " ".join(map(str, rule.deliver)),
            rule.comment,
            rule.type,
            rule.sender,
            _ITEM.join([f"{name}{_PAIR}{value}" for name, value in rule.attributes])
            if rule.attributes
            else "",
            rule.gateway or "",
            rule.priority_floor.value if rule.priority_floor else "",
            rule.priority_ceiling.value if rule.priority_ceiling else "",
            str(rule.deadline_seconds) if rule.deadline_seconds else "",
            rule.grant or "",
            "" if rule.enabled else "disabled",
            instant.spell(rule.valid_from) if rule.valid_from else "",
            instant.spell(rule.valid_until) if rule.valid_until else "",
        )
    )


def read_line(line: str) -> Rule:
    """
    The rule that `spell` put into *line*.

    Raises:
        RoutingInvalid: EX-303, it is not such a line.
    """
    fields = line.split(FIELD)
    if len(fields) != 15:
        raise _invalid("line", found=line[:80])
    rule_id, to, deliver, comment, type_name, sender, tests, *alike = fields
    plan = read_plan(FIELD.join(alike))
    addresses = tuple(map(Address.parse, deliver.split()))
    return plan.rule(
        rule_id, type_name=type_name, to=to, sender=sender, attributes=read_tests(tests), deliver=addresses,
        comment=comment,
    )  # fmt: skip


def split_line(line: str) -> list[str]:
    """Id, to, deliver, comment, type, sender, tests, and all the rest, of which `read_plan` makes sense."""
    return line.split(FIELD, 7)


def read_tests(text: str) -> tuple[tuple[str, str], ...]:
    """The attributes that a line tests."""
    if not text:
        return ()
    pairs = (test.split(_PAIR) for test in text.split(_ITEM))
    return tuple((name, value) for name, value in pairs)


@dataclass(frozen=True, slots=True)
class Plan:
    """The end of a rule, in which many rules are alike: its terms, and whether and when it is in force."""

    terms: Terms
    enabled: bool
    valid_from: datetime | None
    valid_until: datetime | None

    def rule(
        self, rule_id: str, *, type_name: str, to: str, sender: str, attributes: tuple[tuple[str, str], ...],
        deliver: tuple[Address, ...], comment: str,
    ) -> Rule:  # fmt: skip
        """The whole rule."""
        terms = self.terms
        return Rule(
            id=rule_id, type=type_name, to=to, sender=sender, attributes=attributes, deliver=deliver,
            gateway=terms.gateway, priority_floor=terms.priority_floor,
            priority_ceiling=terms.priority_ceiling, deadline_seconds=terms.deadline_seconds,
            grant=terms.grant, comment=comment, enabled=self.enabled, valid_from=self.valid_from,
            valid_until=self.valid_until,
        )  # fmt: skip


def read_plan(alike: str) -> Plan:
    """The end of a line, as a value."""
    gateway, floor, ceiling, deadline, grant, disabled, start, end = alike.split(FIELD)
    return Plan(
        Terms(
            gateway=gateway or None,
            priority_floor=Priority(floor) if floor else None,
            priority_ceiling=Priority(ceiling) if ceiling else None,
            deadline_seconds=int(deadline) if deadline else None,
            grant=grant or None,
        ),
        enabled=not disabled,
        valid_from=instant.parse(start) if start else None,
        valid_until=instant.parse(end) if end else None,
    )
