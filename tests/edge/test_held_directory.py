# SPDX-License-Identifier: Apache-2.0
"""A daemon's own view: what may replace it, what raises the alarm, and what a restart finds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest

from exchange.codec.directory_form import sign_directory
from exchange.edge.anchors import read_certificate, to_pem
from exchange.edge.held_directory import HeldDirectory, first_view
from exchange.edge.keystore import (
    Identity,
    install,
    load_identity,
    make_encryption_key,
    make_folder,
    make_signing_key,
)
from exchange.edge.settings import AdapterTrust
from exchange.errors import Halt, Reject
from exchange.model.directory import Directory, EncryptionKey, Participant
from exchange.model.receipt import HUB
from tests.identities import FINANCE, NOON, TAX, Clock, Party, Town, directory


@dataclass
class Office:
    """A hub, a participant, and the files that enrolment gave the participant."""

    town: Town
    hub: Party
    finance: Party
    files: AdapterTrust
    clock: Clock

    def view(self, *more: Participant, version: int = 8, finance: Participant | None = None) -> Directory:
        people = (self.hub.listed(), finance or self.finance.listed(), *more)
        return directory(*people, version=version, holder=FINANCE)

    def signed(self, view: Directory, by: Identity | None = None) -> bytes:
        return sign_directory(view, (by or self.hub.identity).signer)

    def held(self) -> HeldDirectory:
        return HeldDirectory(self.files, self.finance.keys, self.clock)

    def second_hub_identity(self) -> Identity:
        """Another key and certificate of the same hub."""
        folder = self.town.folder / "hub again"
        make_folder(folder)
        key = make_signing_key(folder)
        return install(folder, [self.town.authority.issue(key.public_key(), HUB, at=NOON)])


@pytest.fixture
def office(tmp_path: Path) -> Office:
    town = Town(tmp_path / "town")
    hub, finance = town.party(HUB), town.party(FINANCE)
    trust = tmp_path / "trust"
    trust.mkdir()
    files = AdapterTrust(trust / "anchors.pem", trust / "hub.pem", trust / "directory.xml")
    made = Office(town, hub, finance, files, Clock())
    files.anchors.write_bytes(to_pem([town.authority.certificate]))
    files.hub.write_bytes(to_pem([hub.identity.certificate]))
    files.directory.write_bytes(made.signed(made.view(version=7)))
    return made


def test_the_view_is_read_and_proven(office: Office) -> None:
    trust = office.held().trust
    assert trust.directory.version == 7
    assert trust.verifier(FINANCE, office.finance.identity.digest)


def test_an_expired_view_is_still_read_so_that_a_newer_one_can_be_proven(office: Office) -> None:
    office.clock.pass_(days=30)
    held = office.held()
    fresh = replace(office.view(), issued=office.clock.at, expires=office.clock.at + timedelta(hours=24))
    assert held.take(office.signed(fresh)).directory.version == 8


def test_a_newer_view_takes_its_place_and_stays_after_a_restart(office: Office) -> None:
    tax = office.town.party(TAX)
    taken = office.held().take(office.signed(office.view(tax.listed())))
    assert taken.verifier(TAX, tax.identity.digest)
    assert office.held().trust.directory.version == 8


def test_the_same_version_issued_again_is_taken(office: Office) -> None:
    office.clock.pass_(hours=2)
    again = replace(
        office.view(version=7), issued=office.clock.at, expires=office.clock.at + timedelta(hours=24)
    )
    held = office.held()
    held.take(office.signed(again))
    assert held.trust.directory.expires == again.expires


def refused(office: Office, document: bytes) -> str:
    """The code with which *document* is refused; what is held stays."""
    held, before = office.held(), office.files.directory.read_bytes()
    with pytest.raises((Reject, Halt)) as caught:
        held.take(document)
    assert office.files.directory.read_bytes() == before
    assert held.trust.directory.version == 7
    return caught.value.code


def test_an_older_view_is_refused(office: Office) -> None:
    assert refused(office, office.signed(office.view(version=6))) == "EX-208"


def test_another_s_view_is_refused(office: Office) -> None:
    assert refused(office, office.signed(replace(office.view(), holder=TAX))) == "EX-208"


def test_an_expired_view_is_not_taken(office: Office) -> None:
    office.clock.pass_(hours=24)
    assert refused(office, office.signed(office.view())) == "EX-213"


def test_a_view_that_a_participant_signed_is_refused(office: Office) -> None:
    document = office.signed(office.view(), office.finance.identity)
    assert refused(office, document) == "EX-202"


def test_a_view_that_was_altered_is_refused(office: Office) -> None:
    document = office.signed(office.view()).replace(b"active", b"suspended", 1)
    assert refused(office, document) == "EX-201"


def test_a_view_by_a_hub_certificate_that_the_held_one_does_not_list_is_refused(office: Office) -> None:
    document = office.signed(office.view(), office.second_hub_identity())
    assert refused(office, document) == "EX-202"


def test_a_foreign_certificate_under_our_name_is_an_alarm(office: Office, tmp_path: Path) -> None:
    stranger = Town(tmp_path / "elsewhere").party(FINANCE)
    certificates = office.finance.listed().certificates + stranger.listed().certificates
    doubled = replace(office.finance.listed(), certificates=certificates)
    assert refused(office, office.signed(office.view(finance=doubled))) == "EX-212"


def test_a_foreign_encryption_key_under_our_name_is_an_alarm(office: Office) -> None:
    keys = (EncryptionKey(b"x" * 32, NOON + timedelta(days=1)),)
    replaced = replace(office.finance.listed(), encryption_keys=keys)
    assert refused(office, office.signed(office.view(finance=replaced))) == "EX-212"


def test_a_renewal_that_was_granted_and_not_yet_accepted_is_no_alarm(office: Office) -> None:
    waiting = make_signing_key(office.finance.keys)
    raw = make_encryption_key(office.finance.keys)
    der = office.town.authority.issue(waiting.public_key(), FINANCE, at=NOON)
    mine = office.finance.listed()
    renewed = replace(
        mine,
        certificates=(*mine.certificates, read_certificate(der)),
        encryption_keys=(EncryptionKey(raw, NOON + timedelta(days=1)), *mine.encryption_keys),
    )
    assert office.held().take(office.signed(office.view(finance=renewed))).directory.version == 8


# ---- the hub's certificate rolls over


def rolled(office: Office, new: Identity, version: int = 8) -> Directory:
    hub = office.hub.listed()
    both = replace(hub, certificates=(*hub.certificates, read_certificate(new.certificate)))
    return directory(both, office.finance.listed(), version=version, holder=FINANCE)


def test_a_new_hub_certificate_is_believed_once_the_old_one_has_named_it(office: Office) -> None:
    new, held = office.second_hub_identity(), office.held()
    held.take(office.signed(rolled(office, new)))
    assert held.take(office.signed(rolled(office, new, 9), new)).directory.version == 9


def test_after_the_roll_over_a_restart_reads_what_the_new_certificate_signed(office: Office) -> None:
    new, held = office.second_hub_identity(), office.held()
    held.take(office.signed(rolled(office, new)))
    held.take(office.signed(rolled(office, new, 9), new))
    assert office.held().trust.directory.version == 9


def test_a_revoked_hub_certificate_signs_nothing_new(office: Office) -> None:
    new, held = office.second_hub_identity(), office.held()
    view = rolled(office, new)
    hub = view.participant(HUB)
    old = replace(hub.certificates[0], revoked_at=NOON)
    people = {**view.participants, HUB: replace(hub, certificates=(old, *hub.certificates[1:]))}
    held.take(office.signed(replace(view, participants=people)))
    with pytest.raises(Reject, match="EX-205"):
        held.take(office.signed(rolled(office, new, 9)))


# ---- files


def test_a_view_that_nobody_trusted_signed_is_not_read(office: Office) -> None:
    office.files.directory.write_bytes(office.signed(office.view(), office.finance.identity))
    with pytest.raises(Reject, match="EX-202"):
        office.held()


def test_a_missing_view_is_named(office: Office) -> None:
    office.files.directory.unlink()
    with pytest.raises(Halt, match=r"EX-904.*directory\.xml"):
        office.held()


def test_newer_revocation_lists_count_once_they_are_reloaded(office: Office) -> None:
    crl = office.files.anchors.with_name("crl.pem")
    crl.write_bytes(office.town.authority.revocation_list({}, at=NOON))
    office.files = replace(office.files, crl=crl)
    held = office.held()
    assert held.trust.verifier(FINANCE, office.finance.identity.digest)
    lists = office.town.authority.revocation_list({office.finance.identity.certificate: NOON}, at=NOON)
    crl.write_bytes(lists)
    held.reload_anchors()
    with pytest.raises(Reject, match="EX-205"):
        held.trust.verifier(FINANCE, office.finance.identity.digest)


def test_a_first_view_must_be_its_holder_s_and_signed_by_the_hub_that_gave_it(office: Office) -> None:
    document, hub = office.signed(office.view()), office.hub.identity.certificate
    anchors = office.town.anchors
    assert first_view(document, hub, anchors, holder=FINANCE, at=NOON).version == 8
    with pytest.raises(Reject, match="EX-208"):
        first_view(document, hub, anchors, holder=TAX, at=NOON)
    with pytest.raises(Reject, match="EX-202"):
        first_view(document, office.second_hub_identity().certificate, anchors, holder=FINANCE, at=NOON)


def test_our_identity_is_untouched_by_all_this(office: Office) -> None:
    office.held().take(office.signed(office.view()))
    assert load_identity(office.finance.keys).digest == office.finance.identity.digest
