# SPDX-License-Identifier: Apache-2.0
"""
Who and which: participants, their applications, and the ids of messages.

Owns the syntax of every name that travels. Everything here is plain ASCII text with one
spelling, so that equal names are equal bytes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from exchange.errors import Reject

# GB/T 2260 six digits, then a lower-case organ name. The same pattern stands in schemas/exchange/common.xsd.
PARTICIPANT = re.compile(r"[1-9][0-9]{5}\.[a-z][a-z0-9]*(?:-[a-z0-9]+)*", re.ASCII)
APPLICATION = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*", re.ASCII)
MESSAGE_TYPE = re.compile(r"[a-z][a-z0-9-]*(?:\.[a-z][a-z0-9-]*)*\.v[1-9][0-9]*", re.ASCII)
GRANT = re.compile(r"[a-z][a-z0-9-]*(?:\.[a-z0-9-]+)*", re.ASCII)  # as in schemas/exchange/routing.xsd
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.ASCII)
NAME_LIMIT = (
    64  # characters of a participant or application name; a broker queue name must stay under 255 bytes
)

GRANT_WANTED = "finance.payments: lower-case letters, digits, hyphens and dots, at most 64 characters"

ADDRESSES_REMEMBERED = 8192  # that were proven; some 3 MiB
WORD_LIMIT = 255  # characters; as `word` in schemas/exchange/common.xsd
NUMBER_LIMIT = 10**18  # as `number` there: at most 18 digits

_CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z
_CREDIT_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def participant_id(text: str) -> str:
    """
    *text*, proven to be a participant id such as `440500.finance`.

    Raises:
        Reject: EX-110, it is not one.
    """
    if len(text) > NAME_LIMIT or not PARTICIPANT.fullmatch(text):
        raise Reject("EX-110", what="participant id", found=text[:80], wanted="440500.finance")
    return text


def is_grant(text: str) -> bool:
    """Whether a routing rule can ask for a grant of this name."""
    return len(text) <= NAME_LIMIT and GRANT.fullmatch(text) is not None


def grant_name(text: str) -> str:
    """
    *text*, proven to be the name of a grant such as `finance.payments`.

    Raises:
        Reject: EX-110, it is not one.
    """
    if not is_grant(text):
        raise Reject("EX-110", what="name of a grant", found=text[:80], wanted=GRANT_WANTED)
    return text


def division(participant: str) -> str:
    """The GB/T 2260 code in front of a participant id."""
    return participant.split(".", 1)[0]


@dataclass(frozen=True, slots=True, order=True)
class Address:
    """
    One application of one participant: `440500.finance/treasury`.

    Raises:
        Reject: EX-110, a name is not spelled as one.
    """

    participant: str
    application: str

    def __post_init__(self) -> None:
        participant_id(self.participant)
        if len(self.application) > NAME_LIMIT or not APPLICATION.fullmatch(self.application):
            raise Reject("EX-110", what="application name", found=self.application[:80], wanted="treasury")

    @classmethod
    def parse(cls, text: str) -> Address:
        """The address spelled as *text*."""
        return _address(text)

    def __str__(self) -> str:
        return f"{self.participant}/{self.application}"


@lru_cache(ADDRESSES_REMEMBERED)  # one exchange reads the same two addresses twenty times
def _address(text: str) -> Address:
    participant, slash, application = text.partition("/")
    if not slash:
        raise Reject("EX-110", what="address", found=text[:80], wanted="440500.finance/treasury")
    return Address(participant, application)


def message_type(text: str) -> str:
    """
    *text*, proven to be a dotted and versioned message type such as `document.official.v1`.

    Raises:
        Reject: EX-110, it is not one.
    """
    if len(text) > 128 or not MESSAGE_TYPE.fullmatch(text):
        raise Reject("EX-110", what="message type", found=text[:80], wanted="document.official.v1")
    return text


def uuid7(unix_milliseconds: int, entropy: bytes) -> str:
    """
    A UUID of version 7 in its canonical spelling.

    Args:
        unix_milliseconds: 0 .. 2^48-1.
        entropy: 10 random bytes, of which 74 bits are used.

    Source: RFC 9562, section 5.7.
    """
    noise = int.from_bytes(entropy[:10], "big")
    number = (
        unix_milliseconds << 80 | 0x7 << 76 | (noise >> 62 & 0xFFF) << 64 | 0b10 << 62 | noise & (1 << 62) - 1
    )
    digits = f"{number:032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def uuid7_milliseconds(text: str) -> int:
    """When a UUID of version 7 was made, in milliseconds since 1970, by its maker's clock."""
    return int(text[:8] + text[9:13], 16)


def message_id(text: str) -> str:
    """
    *text*, proven to be a message id: a lower-case UUID of version 7.

    Raises:
        Reject: EX-110, it is not one.
    """
    if not UUID.fullmatch(text):
        raise Reject("EX-110", what="message id", found=text[:80], wanted="a lower-case UUID of version 7")
    return text


def check_word(what: str, text: str) -> None:
    """
    Refuse a *text* that is no short word.

    Raises:
        Reject: EX-104, it is empty or long.
    """
    if not 0 < len(text) <= WORD_LIMIT:
        raise Reject("EX-104", what=what, found=repr(text[:40]), wanted=f"1 to {WORD_LIMIT} characters")


def check_number(what: str, number: int) -> None:
    """
    Refuse a *number* that cannot be written.

    Raises:
        Reject: EX-104, it is negative or has more than 18 digits.
    """
    if not 0 <= number < NUMBER_LIMIT:
        raise Reject("EX-104", what=what, found=number, wanted="0 or more, of at most 18 digits")


def credit_code(text: str) -> str:
    """
    *text*, proven to be a unified social credit code with a right check character.

    Raises:
        Reject: EX-111, its length, an own character or the check character is wrong.

    Source: GB 32100-2015, section 4.5 and annex A.
    """
    if len(text) != 18 or any(character not in _CREDIT_ALPHABET for character in text):
        raise Reject("EX-111", found=text[:40], wanted="18 characters of " + _CREDIT_ALPHABET)
    wanted = credit_check_character(text[:17])
    if text[17] != wanted:
        raise Reject("EX-111", found=text, wanted=f"{text[:17]}{wanted}")
    return text


def credit_check_character(first: str) -> str:
    """The 18th character that belongs to the *first* 17 of a unified social credit code."""
    total = sum(_CREDIT_ALPHABET.index(c) * w for c, w in zip(first, _CREDIT_WEIGHTS, strict=True))
    return _CREDIT_ALPHABET[(31 - total % 31) % 31]
