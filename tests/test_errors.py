# SPDX-License-Identifier: Apache-2.0
"""The tree of errors: what happens next in the type, what went wrong in the code, what to try in the hint."""

from __future__ import annotations

import pickle

import pytest

from exchange import errors
from exchange.edge.rabbit import link
from exchange.errors import (
    EXIT_BAD_CONFIG,
    EXIT_BAD_DATA,
    EXIT_NO,
    EXIT_UNREACHABLE,
    BrokerDown,
    ConfigInvalid,
    GovbusError,
    Halt,
    NotFound,
    Reject,
    Retry,
    StoreDown,
)

BAD = Reject("EX-103", what="the envelope", found="5 bytes", limit="4 bytes")


def test_an_error_says_what_was_found_and_what_was_wanted() -> None:
    assert str(BAD) == "EX-103 the envelope has 5 bytes, the limit is 4 bytes"


def test_an_error_speaks_both_languages() -> None:
    assert BAD.text("zh") == "信封为 5 字节，上限为 4 字节"
    assert BAD.hint("en") != BAD.hint("zh")


def test_an_unknown_code_fails_at_once() -> None:
    with pytest.raises(KeyError):
        Reject("EX-000")


def test_an_error_keeps_its_values() -> None:
    assert BAD.values == {"what": "the envelope", "found": "5 bytes", "limit": "4 bytes"}


@pytest.mark.parametrize("name", ["code", "self", "key", "lang", "kind"])
def test_a_value_may_have_any_name(name: str) -> None:
    assert Reject("EX-508", **{name: 1, "after_seconds": 2}).values[name] == 1


@pytest.mark.parametrize(
    ("code", "exit_code"),
    [
        ("EX-101", EXIT_BAD_DATA),
        ("EX-201", EXIT_NO),
        ("EX-901", EXIT_UNREACHABLE),
        ("EX-903", EXIT_BAD_CONFIG),
    ],
)
def test_a_command_ends_with_the_exit_code_of_its_error(code: str, exit_code: int) -> None:
    assert GovbusError(code).exit_code == exit_code


def test_a_rejection_has_a_counterpart_in_ebms() -> None:
    assert BAD.ebms == "EBMS:0004"


def test_a_retry_says_when() -> None:
    assert (Retry().after_seconds, Retry().code) == (30.0, "EX-508")
    assert "5.0 s" in Retry(after_seconds=5.0).text()


@pytest.mark.parametrize(
    ("leaf", "branch"),
    [(BrokerDown, Retry), (StoreDown, Retry), (ConfigInvalid, Halt), (NotFound, GovbusError)],
)
def test_the_branch_catches_its_leaves(leaf: type[GovbusError], branch: type[GovbusError]) -> None:
    assert issubclass(leaf, branch)


@pytest.mark.parametrize(
    "error",
    [
        BAD,
        Retry("EX-503", after_seconds=2.5, adapter="a", times=1, reason="r"),
        ConfigInvalid("EX-903", file="f", line=3, key="k", reason="r"),
    ],
)
def test_an_error_crosses_to_another_process_whole(error: GovbusError) -> None:
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), again.code, again.values, str(again)) == (
        type(error),
        error.code,
        error.values,
        str(error),
    )
    assert getattr(again, "after_seconds", None) == getattr(error, "after_seconds", None)


def test_every_exit_code_is_another() -> None:
    codes = [value for name, value in vars(errors).items() if name.startswith("EXIT_")]
    assert len(codes) == len(set(codes)) == 6


def test_who_works_with_the_broker_looks_again_as_soon_as_its_links_do() -> None:
    assert BrokerDown("EX-901", where="w", reason="r").after_seconds <= link.RETRY_MOST_SECONDS
