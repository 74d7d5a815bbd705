# SPDX-License-Identifier: Apache-2.0
"""What a hub process knows of directory and routes: kept at hand, and never long out of date."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from exchange import Reject
from exchange.edge import anchor_files
from exchange.edge.anchor_files import AnchorFiles
from exchange.edge.anchors import Anchors
from exchange.edge.authority import Authority
from exchange.model.directory import Standing
from exchange.model.rule import Rule
from exchange.role.hub_view import LOOK_SECONDS, HubView
from tests.district import FINANCE, District, make_district, now


class Timer:
    def __init__(self) -> None:
        self.at = time.monotonic()

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def district(tmp_path: Path) -> District:
    return make_district(tmp_path)


@pytest.fixture
def timer() -> Timer:
    return Timer()


@pytest.fixture
def view(district: District, timer: Timer) -> HubView:
    parts = district.parts
    anchors = Anchors.load(district.settings.trust.anchors)
    return HubView(parts.registry, parts.routing, anchors, clock=now, elapsed=timer)


def test_nothing_is_looked_up_twice_within_a_fifth_of_a_second(
    view: HubView, district: District, timer: Timer
) -> None:
    before = view()
    district.parts.registry.suspend(FINANCE)
    timer.at += LOOK_SECONDS / 2
    assert view() is before


def test_a_suspension_counts_a_fifth_of_a_second_later(
    view: HubView, district: District, timer: Timer
) -> None:
    certificate = view().trust.participant(FINANCE).certificates[0].digest
    view().trust.verifier(FINANCE, certificate)
    district.parts.registry.suspend(FINANCE)
    timer.at += LOOK_SECONDS + 0.001  # more than a sum of floats loses
    assert view().trust.participant(FINANCE).standing is Standing.SUSPENDED
    with pytest.raises(Reject, match="EX-204"):
        view().trust.verifier(FINANCE, certificate)


def test_a_new_routing_table_counts_a_fifth_of_a_second_later(
    view: HubView, district: District, timer: Timer
) -> None:
    before = view()
    district.route(Rule(id="tax", type="tax.*", to="*"))
    timer.at += LOOK_SECONDS + 0.001  # more than a sum of floats loses
    assert view().table is not before.table
    assert view().version > before.version


def test_who_is_told_that_there_is_a_later_version_looks_at_once(view: HubView, district: District) -> None:
    version = district.parts.registry.suspend(FINANCE)
    assert view().version < version
    view.look()
    assert view().version == version


@pytest.mark.parametrize("seconds", [LOOK_SECONDS, anchor_files.LOOK_SECONDS])
def test_where_nothing_changed_nothing_is_compiled_anew(view: HubView, timer: Timer, seconds: float) -> None:
    before = view()
    timer.at += seconds
    assert view() is before


def test_a_newer_revocation_list_counts_a_few_seconds_later(
    district: District, timer: Timer, tmp_path: Path
) -> None:
    parts, authority = district.parts, Authority.load(district.settings.hub.authority)
    crl = tmp_path / "crl.pem"
    crl.write_bytes(authority.revocation_list({}, at=now()))
    files = AnchorFiles(district.settings.trust.anchors, crl)
    view = HubView(
        parts.registry, parts.routing, files.current, clock=now, elapsed=timer, newer_anchors=files.newer
    )
    certificate = view().trust.participant(FINANCE).certificates[0]
    assert view().trust.verifier(FINANCE, certificate.digest)
    crl.write_bytes(authority.revocation_list({certificate.der: now()}, at=now()))
    timer.at += anchor_files.LOOK_SECONDS
    with pytest.raises(Reject, match="EX-205"):
        view().trust.verifier(FINANCE, certificate.digest)
