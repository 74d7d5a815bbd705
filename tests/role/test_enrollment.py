# SPDX-License-Identifier: Apache-2.0
"""
Enrolment between a hub and departments, with real files, a real database and a broker in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from exchange.codec.enrollment_form import claimed_grant, claimed_request, sign_grant, sign_request
from exchange.edge.anchors import fingerprint
from exchange.edge.held_directory import HeldDirectory
from exchange.edge.keystore import IDENTITY, install, load_decryption_keys, load_identity, requested_key
from exchange.edge.settings import load_adapter
from exchange.errors import BrokerDown, Halt, NotFound, Reject
from exchange.model import topology
from exchange.model.digest import sha256
from exchange.model.directory import Standing
from exchange.model.priority import Priority
from exchange.model.receipt import HUB
from exchange.role import joining
from exchange.role.enrollment import open_hub_login
from exchange.role.logins import NO_RIGHTS
from tests.identities import FINANCE, NOON, TAX, Town, credit_code
from tests.offices import URLS, Hub, ask, enrolled, make_hub


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return make_hub(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "finance"


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises((Reject, Halt, NotFound)) as caught:
        call()
    return caught.value.code


# ---- the whole way


def test_a_department_is_enrolled(hub: Hub, folder: Path) -> None:
    config = enrolled(hub, folder)
    settings = load_adapter(config, {})
    held = HeldDirectory(settings.trust, settings.participant.keys, hub.clock)
    mine = held.trust.participant(FINANCE)
    assert settings.broker.urls == URLS
    assert settings.applications["files"].adapter == "directory"
    assert held.trust.verifier(FINANCE, load_identity(settings.participant.keys).digest)
    assert held.trust.verifier(HUB, hub.party.identity.digest)
    assert mine.encryption_keys[0].raw == load_decryption_keys(settings.participant.keys)[0].public_raw
    assert (mine.name, mine.credit_code) == ("财政局", credit_code())


def test_both_sides_compare_the_same_fingerprints(hub: Hub, folder: Path) -> None:
    asked = joining.ask(folder, participant=FINANCE, name="财政局", credit_code=credit_code(), at=NOON)
    office = hub.office()
    examined = office.examine(asked.path.read_bytes())
    assert examined.fingerprint == asked.fingerprint
    received = joining.examine_grant(folder, office.approve(examined), at=NOON)
    assert received.fingerprint == office.fingerprint == fingerprint(hub.party.identity.certificate)


def test_no_file_that_travels_holds_a_private_key(hub: Hub, folder: Path) -> None:
    office = hub.office()
    request = ask(folder)
    grant = office.approve(office.examine(request))
    joining.accept(folder, joining.examine_grant(folder, grant, at=NOON))
    key = load_identity(folder / "keys").key
    secret = key.private_numbers().private_value.to_bytes(32, "big")
    raw = [path.read_bytes() for path in (folder / "keys").glob("encryption-*.pem")]
    assert raw
    for document in (
        request,
        grant,
        claimed_grant(grant).directory,
        claimed_request(request).signing_request,
    ):
        assert secret not in document
        assert b"PRIVATE KEY" not in document


def test_grants_are_registered(hub: Hub, folder: Path) -> None:
    office = hub.office()
    office.approve(office.examine(ask(folder)), grants=("flash", "urgent"))
    assert hub.listed().grants == {"flash", "urgent"}


@pytest.mark.parametrize("word", ["", "a,b"])
def test_a_grant_that_is_not_spelled_as_one_is_refused_before_anything_is_made(
    hub: Hub, folder: Path, word: str
) -> None:
    office = hub.office()
    examined = office.examine(ask(folder))
    assert code_of(lambda: office.approve(examined, grants=("flash", word))) == "EX-110"
    assert FINANCE not in hub.registry.directory().participants
    assert FINANCE not in hub.admin.rights


def test_exchange_queues_and_login_are_made(hub: Hub, folder: Path) -> None:
    enrolled(hub, folder)
    queues = [queue.name for queue in topology.participant_queues(FINANCE)]
    assert set(hub.broker.depths(queues)) == set(queues)
    assert hub.admin.rights[FINANCE] == topology.participant_rights(FINANCE)
    assert hub.admin.limits[FINANCE] == (topology.CONNECTIONS, topology.CHANNELS)


def test_queues_stand_before_the_login_is_opened(hub: Hub, folder: Path) -> None:
    hub.admin.did.clear()
    enrolled(hub, folder)
    assert hub.admin.did == ["settle", "ensure_user"]


def test_the_hub_s_own_things_are_made(hub: Hub) -> None:
    open_hub_login(hub.admin)
    assert set(hub.broker.depths([topology.hub_queue(p) for p in Priority])) == {
        f"hub.{p.value}" for p in Priority
    }
    assert hub.admin.rights[HUB] == topology.HUB_RIGHTS
    assert hub.listed(HUB).certificates[0].digest == hub.party.identity.digest


# ---- again and again


def test_approving_the_same_request_again_gives_the_same_certificate(hub: Hub, folder: Path) -> None:
    office, request = hub.office(), ask(folder)
    first = claimed_grant(office.approve(office.examine(request)))
    version = hub.registry.version()
    again = claimed_grant(office.approve(office.examine(request)))
    assert first.chain == again.chain
    assert hub.registry.version() == version


@pytest.mark.parametrize("verb", ["settle", "ensure_user"])
def test_an_approval_that_was_cut_off_is_finished_by_running_it_again(
    verb: str, hub: Hub, folder: Path
) -> None:
    office, request = hub.office(), ask(folder)
    hub.admin.fails_at = verb
    with pytest.raises(BrokerDown):
        office.approve(office.examine(request))
    assert FINANCE not in hub.admin.rights
    hub.admin.fails_at = ""
    grant = office.approve(office.examine(request))
    joining.accept(folder, joining.examine_grant(folder, grant, at=NOON))
    assert len(hub.listed().certificates) == 1
    assert hub.admin.rights[FINANCE] == topology.participant_rights(FINANCE)


def test_asking_again_before_the_grant_keeps_the_keys(folder: Path) -> None:
    first, again = claimed_request(ask(folder)), claimed_request(ask(folder))
    assert (
        requested_key(first.signing_request).public_numbers()
        == requested_key(again.signing_request).public_numbers()
    )
    assert first.encryption_key == again.encryption_key


def test_accepting_again_changes_nothing(hub: Hub, folder: Path) -> None:
    office = hub.office()
    grant = office.approve(office.examine(ask(folder)))
    config = joining.accept(folder, joining.examine_grant(folder, grant, at=NOON))
    config.write_text(config.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    joining.accept(folder, joining.examine_grant(folder, grant, at=NOON))
    assert {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


def test_an_enrolled_folder_does_not_ask_anew(hub: Hub, folder: Path) -> None:
    enrolled(hub, folder)
    assert code_of(lambda: ask(folder)) == "EX-907"


def test_what_cannot_be_asked_for_leaves_no_keys_behind(folder: Path) -> None:
    def wrong() -> None:
        joining.ask(folder, participant="finance", name="财政局", credit_code=credit_code(), at=NOON)

    assert code_of(wrong) == "EX-110"
    assert not folder.exists()


# ---- requests that are refused


def test_a_request_signed_with_another_key_is_refused(hub: Hub, folder: Path, tmp_path: Path) -> None:
    request = claimed_request(ask(folder))
    stranger = Town(tmp_path / "elsewhere").party(FINANCE).identity.signer
    forged = sign_request(request, stranger)
    assert code_of(lambda: hub.office().examine(forged)) == "EX-201"


def test_a_request_whose_words_were_altered_is_refused(hub: Hub, folder: Path) -> None:
    altered = ask(folder).replace(FINANCE.encode(), b"440500.fiction")
    assert code_of(lambda: hub.office().examine(altered)) == "EX-201"


def test_a_stranger_cannot_renew_in_our_name(hub: Hub, folder: Path, tmp_path: Path) -> None:
    enrolled(hub, folder)
    stranger = Town(tmp_path / "elsewhere").party(FINANCE)
    theirs = claimed_request(ask(tmp_path / "their folder"))
    forged = sign_request(replace(theirs, signed_with=stranger.identity.digest), stranger.identity.signer)
    assert code_of(lambda: hub.office().examine(forged)) == "EX-202"


def test_another_participant_cannot_renew_in_our_name(hub: Hub, folder: Path, tmp_path: Path) -> None:
    enrolled(hub, folder)
    enrolled(hub, tmp_path / "tax", TAX)
    other = load_identity(tmp_path / "tax" / "keys")
    theirs = claimed_request(ask(tmp_path / "their folder"))
    forged = sign_request(replace(theirs, signed_with=other.digest), other.signer)
    assert code_of(lambda: hub.office().examine(forged)) == "EX-202"


def test_an_id_that_is_enrolled_is_not_given_to_another_key(hub: Hub, folder: Path, tmp_path: Path) -> None:
    enrolled(hub, folder)
    office = hub.office()
    second = office.examine(ask(tmp_path / "second"))
    assert second.known is not None
    assert code_of(lambda: office.approve(second)) == "EX-215"
    assert len(hub.listed().certificates) == 1


def test_an_id_that_is_enrolled_is_not_given_to_another_organisation(
    hub: Hub, folder: Path, tmp_path: Path
) -> None:
    enrolled(hub, folder)
    office = hub.office()
    other = office.examine(ask(tmp_path / "other", number=2))
    assert code_of(lambda: office.approve(other, again=True)) == "EX-907"


def test_lost_keys_are_replaced_and_the_old_ones_revoked(hub: Hub, folder: Path, tmp_path: Path) -> None:
    enrolled(hub, folder)
    hub.admin.open[FINANCE] = 2
    old = load_identity(folder / "keys").digest
    office = hub.office()
    second = tmp_path / "second"
    grant = office.approve(office.examine(ask(second)), again=True)
    joining.accept(second, joining.examine_grant(second, grant, at=NOON))
    good = [c.digest for c in hub.listed().certificates if c.is_good(hub.clock())]
    assert good == [load_identity(second / "keys").digest]
    assert old not in good
    assert FINANCE not in hub.admin.open


def test_a_suspended_participant_is_not_approved(hub: Hub, folder: Path) -> None:
    enrolled(hub, folder)
    renewal = joining.ask_again(folder, at=NOON).path.read_bytes()
    office = hub.office()
    examined = office.examine(renewal)
    office.suspend(FINANCE)
    assert code_of(lambda: office.approve(replace(examined, known=hub.listed()))) == "EX-204"
    assert code_of(lambda: office.examine(renewal)) == "EX-204"


# ---- certificates from elsewhere


def test_without_an_authority_a_certificate_must_be_given(hub: Hub, folder: Path) -> None:
    office = hub.office(builtin=False)
    examined = office.examine(ask(folder))
    assert code_of(lambda: office.approve(examined)) == "EX-216"


def test_a_certificate_from_elsewhere_is_taken(hub: Hub, folder: Path) -> None:
    office = hub.office(builtin=False)
    examined = office.examine(ask(folder))
    key = requested_key(examined.request.signing_request)
    chain = (hub.town.authority.issue(key, FINANCE, at=NOON),)
    assert claimed_grant(office.approve(examined, chain=chain)).chain == chain


def test_a_certificate_for_another_key_is_not_taken(hub: Hub, folder: Path) -> None:
    office = hub.office(builtin=False)
    examined = office.examine(ask(folder))
    chain = (hub.town.party(TAX).identity.certificate,)
    assert code_of(lambda: office.approve(examined, chain=chain)) == "EX-214"


def test_a_certificate_of_a_stranger_s_authority_is_not_taken(hub: Hub, folder: Path, tmp_path: Path) -> None:
    office = hub.office(builtin=False)
    examined = office.examine(ask(folder))
    key = requested_key(examined.request.signing_request)
    chain = (Town(tmp_path / "elsewhere").authority.issue(key, FINANCE, at=NOON),)
    assert code_of(lambda: office.approve(examined, chain=chain)) == "EX-214"
    assert FINANCE not in hub.registry.directory().participants


# ---- grants that are refused


def test_a_grant_for_other_keys_is_refused(hub: Hub, folder: Path, tmp_path: Path) -> None:
    office = hub.office()
    grant = office.approve(office.examine(ask(folder)))
    ask(tmp_path / "other")
    assert code_of(lambda: joining.examine_grant(tmp_path / "other", grant, at=NOON)) == "EX-211"


def test_an_altered_grant_is_refused(hub: Hub, folder: Path) -> None:
    office = hub.office()
    grant = office.approve(office.examine(ask(folder))).replace(b"amqps://127.0.0.1", b"amqps://10.6.6.6")
    assert code_of(lambda: joining.examine_grant(folder, grant, at=NOON)) == "EX-201"


def test_a_grant_signed_by_a_participant_is_refused(hub: Hub, folder: Path) -> None:
    office = hub.office()
    grant = claimed_grant(office.approve(office.examine(ask(folder))))
    tax = hub.town.party(TAX).identity
    forged = sign_grant(replace(grant, hub=tax.certificate), tax.signer)
    assert code_of(lambda: joining.examine_grant(folder, forged, at=NOON)) == "EX-214"


def test_a_grant_whose_directory_another_signed_is_refused(hub: Hub, folder: Path, tmp_path: Path) -> None:
    office = hub.office()
    grant = claimed_grant(office.approve(office.examine(ask(folder))))
    other = tmp_path / "tax"
    theirs = claimed_grant(office.approve(office.examine(ask(other, TAX))))
    forged = sign_grant(replace(grant, directory=theirs.directory), hub.party.identity.signer)
    assert code_of(lambda: joining.examine_grant(folder, forged, at=NOON)) == "EX-208"


def grant_from_elsewhere(hub: Hub, folder: Path, elsewhere: Town) -> bytes:
    """A renewal granted by a hub of another authority, which has the same participants."""
    other = replace(hub, town=elsewhere, party=elsewhere.party(HUB))
    examined = hub.office().examine(joining.ask_again(folder, at=NOON).path.read_bytes())
    return other.office().approve(replace(examined, known=None))


def test_a_hub_that_we_do_not_know_is_compared_anew(hub: Hub, folder: Path, tmp_path: Path) -> None:
    enrolled(hub, folder)
    elsewhere = Town(tmp_path / "elsewhere")
    received = joining.examine_grant(folder, grant_from_elsewhere(hub, folder, elsewhere), at=NOON)
    assert not received.known
    joining.accept(folder, received)
    held = HeldDirectory(load_adapter(folder / "adapter.toml", {}).trust, folder / "keys", hub.clock)
    assert held.trust.anchors.roots == elsewhere.anchors.roots


# ---- renewing


def renew(hub: Hub, folder: Path) -> bytes:
    hub.clock.pass_(days=300)
    request = joining.ask_again(folder, at=hub.clock()).path.read_bytes()
    office = hub.office()
    examined = office.examine(request)
    assert examined.renews
    return office.approve(examined)


def test_a_renewal_needs_no_comparing_and_gives_new_keys(hub: Hub, folder: Path) -> None:
    enrolled(hub, folder)
    before = load_identity(folder / "keys").digest
    received = joining.examine_grant(folder, renew(hub, folder), at=hub.clock())
    assert received.known
    joining.accept(folder, received)
    after = load_identity(folder / "keys").digest
    assert before != after
    assert {c.digest for c in hub.listed().certificates} == {before, after}
    assert len(hub.listed().encryption_keys) == 2
    assert hub.listed().encryption_keys[0].raw == load_decryption_keys(folder / "keys")[0].public_raw


def test_until_the_grant_is_accepted_the_present_keys_stay(hub: Hub, folder: Path) -> None:
    enrolled(hub, folder)
    before = (folder / "keys" / IDENTITY).read_bytes()
    renew(hub, folder)
    assert (folder / "keys" / IDENTITY).read_bytes() == before


def test_renewing_twice_before_the_grant_makes_one_set_of_keys(hub: Hub, folder: Path) -> None:
    enrolled(hub, folder)
    first = claimed_request(joining.ask_again(folder, at=NOON).path.read_bytes())
    again = claimed_request(joining.ask_again(folder, at=NOON).path.read_bytes())
    assert first.encryption_key == again.encryption_key
    assert len(load_decryption_keys(folder / "keys")) == 2


def test_a_folder_that_is_not_enrolled_has_nothing_to_renew(folder: Path) -> None:
    ask(folder)
    assert code_of(lambda: joining.ask_again(folder, at=NOON)) == "EX-904"


def test_a_department_that_is_set_up_in_chinese_has_chinese_reason_files(hub: Hub, folder: Path) -> None:
    office = hub.office()
    grant = office.approve(office.examine(ask(folder)))
    config = joining.accept(folder, joining.examine_grant(folder, grant, at=NOON), lang="zh")
    settings = load_adapter(config, {})
    assert settings.applications["files"].settings["lang"] == settings.participant.lang == "zh"


# ---- taking back


def test_a_suspended_participant_loses_its_rights_and_connections(hub: Hub, folder: Path) -> None:
    enrolled(hub, folder)
    hub.admin.open[FINANCE] = 3
    done = hub.office().suspend(FINANCE)
    assert done.closed == 3
    assert hub.listed().standing is Standing.SUSPENDED
    assert (hub.admin.rights[FINANCE], hub.admin.limits[FINANCE]) == (NO_RIGHTS, (0, 0))
    assert done.version == hub.registry.version()


def test_the_door_is_closed_before_the_room_is_emptied(hub: Hub, folder: Path) -> None:
    enrolled(hub, folder)
    hub.admin.did.clear()
    hub.office().suspend(FINANCE)
    assert hub.admin.did == ["ensure_user", "close_connections", "close_connections"]


def test_a_suspension_that_was_cut_off_is_finished_by_running_it_again(hub: Hub, folder: Path) -> None:
    enrolled(hub, folder)
    hub.admin.open[FINANCE] = 1
    hub.admin.fails_at = "close_connections"
    done = hub.office().suspend(FINANCE)
    assert done.owed is not None
    assert done.owed.code == "EX-901"
    assert (done.version, hub.listed().standing) == (hub.registry.version(), Standing.SUSPENDED)
    hub.admin.fails_at = ""
    assert hub.office().suspend(FINANCE).closed == 1


def test_a_resumed_participant_has_its_rights_again(hub: Hub, folder: Path) -> None:
    enrolled(hub, folder)
    hub.office().suspend(FINANCE)
    assert hub.office().resume(FINANCE).version == hub.registry.version()
    assert hub.listed().standing is Standing.ACTIVE
    assert hub.admin.rights[FINANCE] == topology.participant_rights(FINANCE)


@pytest.mark.parametrize("verb", ["resume", "revoke"])
def test_what_the_broker_cannot_be_told_is_recorded_all_the_same(hub: Hub, folder: Path, verb: str) -> None:
    enrolled(hub, folder)
    hub.admin.fails_at = "ensure_user"
    done = getattr(hub.office(), verb)(FINANCE)
    assert done.owed is not None
    assert done.version == hub.registry.version()


def test_revoking_everything_closes_the_login(hub: Hub, folder: Path) -> None:
    enrolled(hub, folder)
    hub.admin.open[FINANCE] = 1
    assert hub.office().revoke(FINANCE).closed == 1
    assert hub.admin.rights[FINANCE] == NO_RIGHTS
    assert all(not c.is_good(hub.clock()) for c in hub.listed().certificates)


def test_resuming_does_not_open_the_login_of_one_without_a_good_certificate(hub: Hub, folder: Path) -> None:
    enrolled(hub, folder)
    hub.office().revoke(FINANCE)
    hub.office().resume(FINANCE)
    assert hub.admin.rights[FINANCE] == NO_RIGHTS


def test_revoking_one_of_two_leaves_the_login_open_and_closes_connections(hub: Hub, folder: Path) -> None:
    enrolled(hub, folder)
    old = load_identity(folder / "keys").digest
    joining.accept(folder, joining.examine_grant(folder, renew(hub, folder), at=hub.clock()))
    hub.admin.open[FINANCE] = 2
    assert hub.office().revoke(FINANCE, old).closed == 2
    assert hub.admin.rights[FINANCE] == topology.participant_rights(FINANCE)
    assert [c.digest for c in hub.listed().certificates if c.is_good(hub.clock())] == [
        load_identity(folder / "keys").digest
    ]


def test_nothing_is_taken_back_from_nobody(hub: Hub) -> None:
    office = hub.office()
    for call in (office.suspend, office.resume, office.revoke):
        assert code_of(lambda call=call: call(TAX)) == "EX-905"  # type: ignore[misc]


def test_a_certificate_that_is_not_registered_is_not_revoked(hub: Hub, folder: Path) -> None:
    enrolled(hub, folder)
    assert code_of(lambda: hub.office().revoke(FINANCE, sha256(b"none"))) == "EX-905"


def test_the_hub_cannot_be_put_out_of_its_own_bus(hub: Hub) -> None:
    office = hub.office()
    for call in (office.suspend, office.revoke):
        assert code_of(lambda call=call: call(HUB)) == "EX-203"  # type: ignore[misc]


# ---- power cuts


def test_a_grant_accepted_halfway_is_accepted_again(hub: Hub, folder: Path) -> None:
    office = hub.office()
    grant = office.approve(office.examine(ask(folder)))
    received = joining.examine_grant(folder, grant, at=NOON)
    key = load_waiting(folder)
    install(folder / "keys", received.grant.chain)  # the trust files and the settings were not reached
    again = joining.examine_grant(folder, grant, at=NOON)
    config = joining.accept(folder, again)
    assert load_identity(load_adapter(config, {}).participant.keys).key.private_numbers() == key


def load_waiting(folder: Path) -> object:
    pem = (folder / "keys" / "signing.key").read_bytes()
    key = serialization.load_pem_private_key(pem, None)
    return key.private_numbers()  # type: ignore[union-attr]
