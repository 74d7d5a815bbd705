# SPDX-License-Identifier: Apache-2.0
"""Names have one spelling: what is one is taken, whatever else is refused with its code."""

from __future__ import annotations

import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.errors import Reject
from exchange.model import identity
from exchange.model.identity import (
    NAME_LIMIT,
    Address,
    check_number,
    check_word,
    credit_check_character,
    credit_code,
    division,
    message_id,
    message_type,
    participant_id,
    uuid7,
    uuid7_milliseconds,
)
from tests.refusals import refusal
from tests.strategies import addresses, ids, message_types, participants

# Published codes of well-known bodies: Huawei, Tencent, Alibaba.
CREDIT_CODES = ["914403001922038216", "9144030071526726XG", "91330100799655058B"]


@given(participants)
def test_a_participant_id_is_itself(text: str) -> None:
    assert participant_id(text) == text


@pytest.mark.parametrize(
    "text",
    [
        *["", "440500", "440500.", "finance", "44050.finance", "4405001.finance", "040500.finance"],
        *[
            "440500.Finance",
            "440500.9finance",
            "440500.fin_ance",
            "440500.-fin",
            "440500.fin-",
            "440500.a--b",
        ],
        *[
            "440500.财政",
            "４４０５００.finance",
            "440500.finance\n",
            " 440500.finance",
            "440500.finance/treasury",
        ],
        "440500." + "a" * NAME_LIMIT,
    ],
)
def test_what_is_no_participant_id_is_refused(text: str) -> None:
    assert refusal(participant_id, text) == "EX-110"


def test_a_participant_id_may_be_exactly_as_long_as_the_limit() -> None:
    longest = "440500." + "a" * (NAME_LIMIT - len("440500."))
    assert participant_id(longest) == longest


def test_the_division_stands_before_the_organ() -> None:
    assert division("440500.finance") == "440500"


@given(addresses)
def test_an_address_reads_back_as_it_was_spelled(address: Address) -> None:
    assert Address.parse(str(address)) == address


@pytest.mark.parametrize(
    "text",
    [
        *["440500.finance", "440500.finance/", "/treasury", "440500.finance/Treasury", "440500.finance/a/b"],
        *["440500.finance/treasury ", "440500.finance/-a", "440500.finance/a-", "440500.finance/国库"],
        "440500.finance/" + "a" * (NAME_LIMIT + 1),
    ],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    assert refusal(Address.parse, text) == "EX-110"


def test_a_long_word_is_not_repeated_whole_in_the_refusal() -> None:
    with pytest.raises(Reject) as refused:
        Address.parse("x" * 100_000)
    assert len(str(refused.value)) < 300


def test_addresses_are_ordered_so_that_lists_of_them_have_one_spelling() -> None:
    first, second = Address("110000.a", "z"), Address("440500.a", "a")
    assert sorted([second, first]) == [first, second]


@given(message_types)
def test_a_message_type_is_itself(text: str) -> None:
    assert message_type(text) == text


@pytest.mark.parametrize(
    "text",
    ["", "v1", "document", "document.v0", "document.v01", "Document.v1", "document.official", "document..v1",
     "document.v1 ", ".v1", "公文.v1", "d" * 127 + ".v1"],
)  # fmt: skip
def test_what_is_no_message_type_is_refused(text: str) -> None:
    assert refusal(message_type, text) == "EX-110"


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_a_made_id_is_a_uuid_of_version_7_that_tells_its_time(at: int, entropy: bytes) -> None:
    made = uuid.UUID(uuid7(at, entropy))
    assert (made.version, made.variant, made.int >> 80) == (7, uuid.RFC_4122, at)


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_all_74_random_bits_of_an_id_are_used(at: int, entropy: bytes) -> None:
    number = uuid.UUID(uuid7(at, entropy)).int
    random_bits = (number >> 64 & 0xFFF) << 62 | number & (1 << 62) - 1
    assert random_bits == int.from_bytes(entropy, "big") & (1 << 74) - 1


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_an_id_says_when_it_was_made(at: int, entropy: bytes) -> None:
    assert uuid7_milliseconds(uuid7(at, entropy)) == at


@given(ids)
def test_a_made_id_is_a_message_id(made: str) -> None:
    assert message_id(made) == made


@pytest.mark.parametrize(
    "text",
    ["", "x", str(uuid.UUID(int=1)), "0193503A-5D2C-7F36-8A01-0123456789AB",
     "0193503a5d2c7f368a010123456789ab",
     "{0193503a-5d2c-7f36-8a01-0123456789ab}", "0193503a-5d2c-4f36-8a01-0123456789ab",
     "0193503a-5d2c-7f36-0a01-0123456789ab", "0193503a-5d2c-7f36-8a01-0123456789ab\n"],
)  # fmt: skip
def test_what_is_no_message_id_is_refused(text: str) -> None:
    assert refusal(message_id, text) == "EX-110"


@pytest.mark.parametrize("text", CREDIT_CODES)
def test_published_credit_codes_are_right(text: str) -> None:
    assert credit_code(text) == text


@pytest.mark.parametrize("text", CREDIT_CODES)
@pytest.mark.parametrize("place", range(18))
def test_one_wrong_character_of_a_credit_code_is_found(text: str, place: int) -> None:
    other = "A" if text[place] != "A" else "B"
    assert refusal(credit_code, text[:place] + other + text[place + 1 :]) == "EX-111"


@pytest.mark.parametrize(
    "text", ["", "91440300192203821", "9144030019220382166", "91440300192203821O", "9" * 17 + "i"]
)
def test_a_credit_code_of_other_length_or_characters_is_refused(text: str) -> None:
    assert refusal(credit_code, text) == "EX-111"


def test_the_refusal_of_a_credit_code_names_the_right_check_character() -> None:
    with pytest.raises(Reject, match=CREDIT_CODES[0]):
        credit_code(CREDIT_CODES[0][:17] + "9")


@given(st.text(identity._CREDIT_ALPHABET, min_size=17, max_size=17))
def test_the_check_character_makes_any_code_right(first: str) -> None:
    whole = first + credit_check_character(first)
    assert credit_code(whole) == whole


@pytest.mark.parametrize("text", ["", "x" * 256])
def test_a_word_is_neither_empty_nor_long(text: str) -> None:
    assert refusal(check_word, "name", text) == "EX-104"


@pytest.mark.parametrize("text", ["x", "字" * 255])
def test_a_word_has_up_to_255_characters(text: str) -> None:
    check_word("name", text)


@pytest.mark.parametrize("number", [-1, 10**18])
def test_a_number_that_the_wire_cannot_carry_is_refused(number: int) -> None:
    assert refusal(check_number, "version", number) == "EX-104"


@pytest.mark.parametrize("number", [0, 10**18 - 1])
def test_a_number_has_up_to_18_digits(number: int) -> None:
    check_number("version", number)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        (identity.PARTICIPANT, "participant"),
        (identity.MESSAGE_TYPE, "messageType"),
        (identity.UUID, "uuid"),
    ],
)
def test_the_schema_spells_the_same_names(pattern: re.Pattern[str], name: str) -> None:
    from importlib.resources import files

    common = files("schemas").joinpath("exchange", "common.xsd").read_text("utf-8")
    found = re.search(rf'name="{name}">.*?<xs:pattern value="([^"]*)"', common, re.DOTALL)
    assert found
    assert found[1].replace("(?:", "(") == pattern.pattern.replace("(?:", "(")


@pytest.mark.parametrize("text", ["", " ", "a,b", "Flash", "9", "a..b", "a.", "授权", "a" * 65, "a\n"])
def test_what_no_routing_rule_can_ask_for_is_no_name_of_a_grant(text: str) -> None:
    assert refusal(identity.grant_name, text) == "EX-110"


@pytest.mark.parametrize("text", ["a", "flash", "finance.payments-2", "a.9", "a" * 64])
def test_a_grant_has_a_name_of_lower_case_letters_digits_hyphens_and_dots(text: str) -> None:
    assert identity.grant_name(text) == text
