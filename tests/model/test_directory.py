# SPDX-License-Identifier: Apache-2.0
"""When a certificate is good, which version may follow which, and what may stand under our name."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from exchange.errors import Halt, Reject
from exchange.model.digest import sha256
from exchange.model.directory import Certificate, Directory, EncryptionKey, Participant
from exchange.model.receipt import HUB
from tests.identities import FINANCE, NOON, TAX, credit_code, directory

DAY = timedelta(days=1)
CERTIFICATE = Certificate(sha256(b"der"), b"der", NOON, NOON + 10 * DAY)


def participant(*certificates: Certificate, keys: tuple[EncryptionKey, ...] = ()) -> Participant:
    return Participant(FINANCE, "财政局", credit_code(), "intl-1", certificates, keys)


@pytest.mark.parametrize(
    ("days", "revoked_after", "good"),
    [
        (-1, None, False),
        (0, None, True),
        (9, None, True),
        (10, None, False),
        (4, 5, True),
        (5, 5, False),
        (11, 20, False),
    ],
)
def test_a_certificate_is_good_between_its_dates_until_it_is_revoked(
    days: int, revoked_after: int | None, good: bool
) -> None:
    revoked_at = None if revoked_after is None else NOON + revoked_after * DAY
    assert replace(CERTIFICATE, revoked_at=revoked_at).is_good(NOON + days * DAY) is good


def test_a_participant_needs_an_id_and_a_credit_code() -> None:
    with pytest.raises(Reject, match="EX-110"):
        Participant("finance", "财政局", credit_code(), "intl-1", ())
    with pytest.raises(Reject, match="EX-111"):
        Participant(FINANCE, "财政局", "", "intl-1", ())
    assert Participant(HUB, "hub", "", "intl-1", ()).id == HUB


@pytest.mark.parametrize("words", [[""], ["a" * 256], [f"word-{n}" for n in range(257)]])
def test_a_participant_has_no_grants_that_the_schema_refuses(words: list[str]) -> None:
    with pytest.raises(Reject, match="EX-104"):
        replace(participant(), grants=frozenset(words))
    assert replace(participant(), grants=frozenset(f"word-{n}" for n in range(256))).grants


def test_certificates_are_found_by_digest() -> None:
    assert participant(CERTIFICATE).certificate(CERTIFICATE.digest) == CERTIFICATE
    assert participant(CERTIFICATE).certificate(sha256(b"other")) is None


def test_participants_are_found_by_name() -> None:
    assert directory(participant()).participant(FINANCE) == participant()
    with pytest.raises(Reject, match="EX-301"):
        directory().participant(FINANCE)


# ---- what may follow


HELD = directory(version=7, holder=FINANCE)


def code(fresh: Directory, *, at_hours: float = 1) -> str | None:
    try:
        fresh.check_follows(HELD, at=NOON + timedelta(hours=at_hours))
    except Reject as e:
        return e.code
    return None


def test_a_later_version_may_follow() -> None:
    assert code(directory(version=8, holder=FINANCE)) is None


def test_the_same_version_issued_again_may_follow() -> None:
    assert code(directory(version=7, holder=FINANCE, issued=NOON + timedelta(hours=1))) is None


def test_an_earlier_version_may_not_follow() -> None:
    assert code(directory(version=6, holder=FINANCE, issued=NOON + timedelta(hours=1))) == "EX-208"


def test_the_same_version_issued_earlier_may_not_follow() -> None:
    stale = directory(version=7, holder=FINANCE, issued=NOON - timedelta(hours=1))
    with pytest.raises(Reject, match="EX-208") as refusal:
        stale.check_follows(HELD, at=NOON)
    assert refusal.value.values == {
        "found": "7 (2026-11-21T11:00:00.000Z)",
        "wanted": "7 (2026-11-21T12:00:00.000Z) or later",
    }


def test_another_s_view_may_not_follow() -> None:
    assert code(directory(version=8, holder=TAX)) == "EX-208"
    assert code(directory(version=8)) == "EX-208"


def test_an_expired_version_may_not_follow() -> None:
    assert code(directory(version=8, holder=FINANCE), at_hours=24) == "EX-213"


# ---- under our own name

OURS = EncryptionKey(b"ours", NOON)
THEIRS = EncryptionKey(b"theirs", NOON + DAY)


def check(one: Participant, *, ours: bool = True) -> None:
    directory(one, holder=FINANCE).check_own(is_ours=lambda _: ours, encryption_keys={b"ours"})


def test_our_own_keys_are_no_alarm() -> None:
    check(participant(CERTIFICATE, keys=(OURS,)))


def test_a_foreign_certificate_under_our_name_is_an_alarm() -> None:
    with pytest.raises(Halt, match=r"EX-212.*a certificate"):
        check(participant(CERTIFICATE), ours=False)


def test_a_revoked_one_is_no_alarm() -> None:
    check(participant(replace(CERTIFICATE, revoked_at=NOON)), ours=False)


def test_a_foreign_key_that_others_would_use_is_an_alarm() -> None:
    with pytest.raises(Halt, match=r"EX-212.*an encryption key"):
        check(participant(keys=(OURS, THEIRS)))


def test_an_old_key_that_nobody_uses_any_more_is_no_alarm() -> None:
    check(participant(keys=(replace(THEIRS, since=NOON - DAY), OURS)))


def test_a_view_that_does_not_list_us_is_no_alarm() -> None:
    directory(holder=FINANCE).check_own(is_ours=lambda _: False, encryption_keys=set())
