# SPDX-License-Identifier: Apache-2.0
"""
Routing tables of any size, and messages to look up in them.

Made from numbers, so that a table of a million rules is never held as objects. The mix: most rules
say which application gets which type; some are for one sender only, some cover a family of types, some test
an attribute, some are subscriptions. A subscription has a type of its own, as few have many subscribers.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from exchange.model.decision import Query
from exchange.model.identity import Address
from exchange.model.rule import Rule, spell

APPLICATIONS_A_PARTICIPANT = 4
PARTICIPANTS = 2_500
TYPES = 400  # exact types that any application may get
FAMILIES = 20
MISSES = 0.05  # share of look-ups that find no route


def applications() -> int:
    return PARTICIPANTS * APPLICATIONS_A_PARTICIPANT


def address(number: int) -> Address:
    participant, application = divmod(number % applications(), APPLICATIONS_A_PARTICIPANT)
    return Address(f"{440_000 + participant % 400:06d}.organ-{participant}", f"app-{application}")


def type_name(number: int) -> str:
    return f"family-{number % FAMILIES}.record-{number}.v1"


def rules(count: int) -> Iterator[Rule]:
    """*count* different rules."""
    for number in range(count):
        yield _rule(number)


def lines(count: int) -> Iterator[str]:
    """The same, as the hub's database holds them."""
    return map(spell, rules(count))


def queries(table_size: int, count: int, seed: int = 7) -> list[Query]:
    """Messages for rules anywhere in a table of that size, and some that no rule covers."""
    chance = random.Random(seed)
    return [
        _miss(chance) if chance.random() < MISSES else _query(chance.randrange(table_size))
        for _ in range(count)
    ]


def _pair(number: int) -> tuple[str, Address]:
    """A type and a receiver that no other rule has together."""
    return type_name(number // applications()), address(number)


def _rule(number: int) -> Rule:
    name, to = _pair(number)
    match number % 20:
        case 0 | 1:  # a subscription
            return Rule(f"rule-{number}", f"notice-{number}.v1", deliver=(to,))
        case 2 | 3:  # for one sender only
            return Rule(
                f"rule-{number}", name, to=str(to), sender=f"{_sender(number).participant}/*", deliver=(to,)
            )
        case 4:  # a family of types
            return Rule(f"rule-{number}", f"{name.partition('.')[0]}.*", to=str(to), deliver=(to,))
        case 5:  # by an attribute
            return Rule(
                f"rule-{number}", name, to=str(to), attributes=(("district", "chaoyang"),), deliver=(to,)
            )
        case _:
            return Rule(f"rule-{number}", name, to=str(to), deliver=(to,))


def _query(number: int) -> Query:
    name, to = _pair(number)
    sender = _sender(number)
    match number % 20:
        case 0 | 1:
            return Query(f"notice-{number}.v1", sender)
        case 5:
            return Query(name, sender, (to,), {"district": "chaoyang"})
        case _:
            return Query(name, sender, (to,))


def _miss(chance: random.Random) -> Query:
    return Query("nobody.wants-this.v1", _sender(chance.randrange(1000)), (address(chance.randrange(1000)),))


def _sender(number: int) -> Address:
    """Never the receiver of the same number: nobody is sent his own message."""
    return address(number * 7919 + 1)
