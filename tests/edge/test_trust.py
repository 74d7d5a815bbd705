# SPDX-License-Identifier: Apache-2.0
"""Whose signature is believed, at which moment, and under which key a receiver reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from exchange.edge import anchors as anchors_module
from exchange.edge.anchors import Anchors
from exchange.edge.keystore import load_decryption_keys, make_encryption_key
from exchange.edge.trust import Trust
from exchange.errors import Reject, Retry
from exchange.model.directory import EncryptionKey, Participant, Standing
from exchange.model.receipt import HUB
from tests.identities import FINANCE, NOON, TAX, Clock, Party, Town, directory


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


@pytest.fixture
def finance(town: Town) -> Party:
    return town.party(FINANCE)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def trust(town: Town, clock: Clock) -> Callable[..., Trust]:
    return lambda *people: Trust(directory(*people), town.anchors, clock)


def test_what_a_registered_key_signed_is_proven(trust: Callable[..., Trust], finance: Party) -> None:
    signature = finance.identity.signer.sign(b"words")
    verifier = trust(finance.listed()).verifier(FINANCE, finance.identity.digest)
    assert verifier.verify(b"words", signature)
    assert not verifier.verify(b"other words", signature)


def test_the_hub_is_one_of_those_who_sign(trust: Callable[..., Trust], town: Town) -> None:
    hub = town.party(HUB)
    verifier = trust(hub.listed()).verifier(HUB, hub.identity.digest)
    assert verifier.verify(b"words", hub.identity.signer.sign(b"words"))


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(Reject) as caught:
        call()
    return caught.value.code


def test_nobody_unknown_is_believed(trust: Callable[..., Trust], finance: Party) -> None:
    assert code_of(lambda: trust().verifier(FINANCE, finance.identity.digest)) == "EX-301"


def test_no_unregistered_certificate_is_believed(
    trust: Callable[..., Trust], town: Town, finance: Party
) -> None:
    other = town.party(TAX)
    assert code_of(lambda: trust(finance.listed()).verifier(FINANCE, other.identity.digest)) == "EX-202"


def test_a_certificate_that_no_anchor_vouches_for_is_not_believed(
    trust: Callable[..., Trust], tmp_path: Path
) -> None:
    stranger = Town(tmp_path / "elsewhere").party(FINANCE)
    assert code_of(lambda: trust(stranger.listed()).verifier(FINANCE, stranger.identity.digest)) == "EX-214"


def test_another_s_certificate_under_one_s_name_is_not_believed(
    trust: Callable[..., Trust], town: Town, finance: Party
) -> None:
    tax = town.party(TAX)
    listed = replace(finance.listed(), certificates=tax.listed().certificates)
    assert code_of(lambda: trust(listed).verifier(FINANCE, tax.identity.digest)) == "EX-214"


def test_a_suspended_participant_is_not_believed(trust: Callable[..., Trust], finance: Party) -> None:
    one = trust(finance.listed(standing=Standing.SUSPENDED))
    assert code_of(lambda: one.verifier(FINANCE, finance.identity.digest)) == "EX-204"


def test_what_a_suspended_participant_signed_before_is_still_proven(
    trust: Callable[..., Trust], finance: Party
) -> None:
    one = trust(finance.listed(standing=Standing.SUSPENDED))
    assert one.verifier(FINANCE, finance.identity.digest, at=NOON)


def revoked(one: Participant, after: timedelta) -> Participant:
    certificate = replace(one.certificates[0], revoked_at=NOON + after)
    return replace(one, certificates=(certificate,))


def test_a_revoked_certificate_is_not_believed(trust: Callable[..., Trust], finance: Party) -> None:
    one = trust(revoked(finance.listed(), timedelta(0)))
    assert code_of(lambda: one.verifier(FINANCE, finance.identity.digest)) == "EX-205"


def test_what_was_signed_before_the_revocation_is_still_proven(
    trust: Callable[..., Trust], finance: Party
) -> None:
    one = trust(revoked(finance.listed(), timedelta(minutes=-30)))
    assert one.verifier(FINANCE, finance.identity.digest, at=NOON - timedelta(minutes=31))
    assert (
        code_of(lambda: one.verifier(FINANCE, finance.identity.digest, at=NOON - timedelta(minutes=29)))
        == "EX-205"
    )


def test_a_certificate_that_ends_while_it_is_cached_is_not_believed(
    trust: Callable[..., Trust], finance: Party, clock: Clock
) -> None:
    one = trust(finance.listed())
    assert one.verifier(FINANCE, finance.identity.digest)
    clock.pass_(days=731)
    assert code_of(lambda: one.verifier(FINANCE, finance.identity.digest)) == "EX-205"


def test_a_certificate_of_tomorrow_is_not_believed_today(
    trust: Callable[..., Trust], town: Town, clock: Clock
) -> None:
    early = town.party(FINANCE, at=NOON + timedelta(days=1))
    one = trust(early.listed())
    assert code_of(lambda: one.verifier(FINANCE, early.identity.digest)) == "EX-205"
    clock.pass_(days=1)
    assert one.verifier(FINANCE, early.identity.digest)


def test_a_suite_that_is_not_known_is_refused(trust: Callable[..., Trust], finance: Party) -> None:
    one = trust(replace(finance.listed(), suite="gm-1"))
    assert code_of(lambda: one.verifier(FINANCE, finance.identity.digest)) == "EX-210"
    assert code_of(lambda: one.receiver_key(FINANCE)) == "EX-210"


def test_chain_and_binding_are_proven_once_for_all_versions(
    town: Town, finance: Party, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    checks: list[str] = []
    check = Anchors.check

    def counted(self: Anchors, der: bytes, who: str, **more: Any) -> None:
        checks.append(who)
        check(self, der, who, **more)

    monkeypatch.setattr(anchors_module.Anchors, "check", counted)
    trust = Trust(directory(finance.listed()), town.anchors, clock)
    for _ in range(3):
        trust.verifier(FINANCE, finance.identity.digest)
    renewed = trust.renewed(directory(finance.listed(), version=8))
    renewed.verifier(FINANCE, finance.identity.digest)
    assert checks == [FINANCE]


def test_a_new_version_s_revocation_counts_at_once(trust: Callable[..., Trust], finance: Party) -> None:
    one = trust(finance.listed())
    one.verifier(FINANCE, finance.identity.digest)
    later = one.renewed(directory(revoked(finance.listed(), timedelta(0)), version=8))
    assert code_of(lambda: later.verifier(FINANCE, finance.identity.digest)) == "EX-205"


def test_a_new_revocation_list_counts_at_once(
    trust: Callable[..., Trust], town: Town, finance: Party
) -> None:
    one = trust(finance.listed())
    one.verifier(FINANCE, finance.identity.digest)
    lists = town.authority.revocation_list({finance.identity.certificate: NOON}, at=NOON)
    later = one.renewed(one.directory, Anchors.of([town.authority.certificate], lists))
    assert code_of(lambda: later.verifier(FINANCE, finance.identity.digest)) == "EX-205"


# ---- keys to encrypt to


def test_a_receiver_reads_under_its_newest_key(trust: Callable[..., Trust], finance: Party) -> None:
    newer = make_encryption_key(finance.keys)
    listed = replace(
        finance.listed(),
        encryption_keys=(*finance.listed().encryption_keys, EncryptionKey(newer, NOON + timedelta(days=1))),
    )
    one = trust(listed)
    newest, oldest = load_decryption_keys(finance.keys)
    wrapped = one.receiver_key(FINANCE).wrap(b"secret", b"info")
    assert newest.unwrap(wrapped, b"info") == b"secret"
    assert len(one.receiver_key_all(FINANCE)) == 2
    assert oldest.unwrap(one.receiver_key_all(FINANCE)[1].wrap(b"secret", b"info"), b"info") == b"secret"


def test_the_key_is_the_same_object_each_time(trust: Callable[..., Trust], finance: Party) -> None:
    one = trust(finance.listed())
    assert one.receiver_key(FINANCE) is one.receiver_key(FINANCE)
    assert one.receiver_key(FINANCE) is one.renewed(directory(finance.listed())).receiver_key(FINANCE)


def test_a_receiver_without_a_key_cannot_be_written_to(trust: Callable[..., Trust], finance: Party) -> None:
    one = trust(replace(finance.listed(), encryption_keys=()))
    assert code_of(lambda: one.receiver_key(FINANCE)) == "EX-207"


def test_a_suspended_or_unknown_receiver_is_not_written_to(
    trust: Callable[..., Trust], finance: Party
) -> None:
    one = trust(finance.listed(standing=Standing.SUSPENDED))
    assert code_of(lambda: one.receiver_key(FINANCE)) == "EX-204"
    assert code_of(lambda: one.receiver_key(TAX)) == "EX-301"


# ---- the directory itself


def test_nothing_new_is_begun_under_an_expired_directory(
    trust: Callable[..., Trust], finance: Party, clock: Clock
) -> None:
    one = trust(finance.listed())
    one.check_current()
    clock.pass_(hours=24)
    with pytest.raises(Retry, match=r"EX-213.*2026-11-22T12:00:00\.000Z"):
        one.check_current()


def test_participants_are_found_by_name(trust: Callable[..., Trust], finance: Party) -> None:
    one = trust(finance.listed())
    assert one.participant(FINANCE) == finance.listed()
    assert code_of(lambda: one.participant(TAX)) == "EX-301"
