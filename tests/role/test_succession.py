# SPDX-License-Identifier: Apache-2.0
"""The hub's certificate is followed by the next, and no participant loses sight of the hub."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from exchange.codec.directory_form import sign_directory
from exchange.edge.authority import Authority
from exchange.edge.held_directory import HeldDirectory
from exchange.edge.keystore import load_identity
from exchange.edge.settings import load_adapter
from exchange.errors import NotFound, Reject
from exchange.model.digest import sha256
from exchange.model.receipt import HUB
from exchange.role.succession import OVERLAP, Succession, ask, succeed
from tests.identities import FINANCE, Town
from tests.offices import Hub, enrolled, make_hub


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    return make_hub(tmp_path)


def step(hub: Hub, *, authority: Authority | None = None, builtin: bool = True, **more: object) -> Succession:
    chosen = authority or (hub.town.authority if builtin else None)
    return succeed(
        hub.registry,
        hub.party.keys,
        authority=chosen,
        anchors=hub.town.anchors,
        at=hub.clock(),
        **more,  # type: ignore[arg-type]
    )


def signs_with(hub: Hub) -> object:
    return load_identity(hub.party.keys).digest


def test_at_first_the_directory_names_it_and_the_hub_signs_as_before(hub: Hub) -> None:
    first = step(hub)
    assert (first.done, first.ready) == (False, hub.clock() + OVERLAP)
    assert hub.listed(HUB).certificate(first.certificate)
    assert signs_with(hub) == hub.party.identity.digest


def test_running_it_again_too_early_changes_nothing(hub: Hub) -> None:
    first, version = step(hub), hub.registry.version()
    hub.clock.pass_(hours=24)
    assert step(hub) == first
    assert hub.registry.version() == version


def test_a_day_later_the_hub_signs_with_it_and_the_old_one_stays_listed(hub: Hub) -> None:
    first = step(hub)
    hub.clock.pass_(hours=25)
    assert step(hub) == Succession(first.certificate, first.ready, True)
    assert signs_with(hub) == first.certificate
    assert hub.listed(HUB).certificate(hub.party.identity.digest).is_good(hub.clock())  # type: ignore[union-attr]


def test_who_took_a_directory_meanwhile_believes_the_new_certificate(hub: Hub, tmp_path: Path) -> None:
    config = enrolled(hub, tmp_path / "finance")
    settings = load_adapter(config, {})
    held = HeldDirectory(settings.trust, settings.participant.keys, hub.clock)
    step(hub)
    held.take(sign_directory(hub.registry.view(FINANCE), hub.party.identity.signer))
    hub.clock.pass_(hours=25)
    step(hub)
    signer = load_identity(hub.party.keys).signer
    assert held.take(sign_directory(hub.registry.view(FINANCE), signer)).verifier(HUB, signer.certificate)


def test_it_can_be_done_at_once(hub: Hub) -> None:
    assert step(hub, at_once=True).done
    assert signs_with(hub) != hub.party.identity.digest


def test_an_authority_elsewhere_is_asked_and_its_answer_taken(hub: Hub) -> None:
    request = x509.load_pem_x509_csr(ask(hub.party.keys))
    key = request.public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)
    der = hub.town.authority.issue(key, HUB, at=hub.clock())
    assert step(hub, builtin=False, given=[der]).certificate == sha256(der)


def refused(hub: Hub, **more: object) -> str:
    with pytest.raises(Reject) as caught:
        step(hub, **more)  # type: ignore[arg-type]
    assert len(hub.listed(HUB).certificates) == 1
    return caught.value.code


def test_without_an_authority_and_without_an_answer_there_is_none(hub: Hub) -> None:
    assert refused(hub, builtin=False) == "EX-216"


def test_a_certificate_for_another_key_is_refused(hub: Hub) -> None:
    assert refused(hub, given=[hub.party.identity.certificate]) == "EX-214"


def test_a_certificate_that_nobody_trusted_vouches_for_is_refused(hub: Hub, tmp_path: Path) -> None:
    assert refused(hub, authority=Town(tmp_path / "elsewhere").authority) == "EX-214"


def test_a_certificate_that_was_never_registered_has_no_day(hub: Hub) -> None:
    with pytest.raises(NotFound, match="EX-905"):
        hub.registry.registered_at(sha256(b"none"))
