# SPDX-License-Identifier: Apache-2.0
"""Daemons as they run, with a document that hangs: who waits for it, and what becomes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.converter import Converter
from exchange.role import adapter_service
from tests.district import CIVIL, FINANCE, TYPE, District, eventually, make_district, said
from tests.edge.odd_converters import KeptSleepingLong, Upper

HANGS = "sleep"  # what a document says that hangs until its limit, a quarter of an hour


@pytest.fixture
def district(tmp_path: Path) -> District:
    made = make_district(tmp_path, grants=("flash",))
    path = made.config(FINANCE)
    path.write_text(path.read_text().replace("# accepts = []", 'accepts = ["text/upper"]'))
    return made


def converting(monkeypatch: pytest.MonkeyPatch, converter: Converter) -> None:
    monkeypatch.setattr(adapter_service, "installed_converters", lambda _sections: (converter,))
    monkeypatch.setattr(adapter_service, "installed_detectors", lambda: ())


def send(district: District, text: str, priority: str) -> str:
    """Who sends a document that says *text* to the finance bureau, gets this id for it."""
    file = district.folder / f"{priority}.txt"
    file.write_text(text)
    to = f"{FINANCE}/files"
    words = ("--type", TYPE, "--to", to, "--priority", priority, "--config", district.config(CIVIL))
    return said("send", file, *words).split()[0]


def arrived(district: District) -> list[str]:
    """What the finance bureau's people find, besides what tells of it."""
    found = district.inbox_files(FINANCE)
    return sorted(path.read_text() for path in found if path.read_bytes().isupper())


def test_a_document_that_hangs_holds_up_no_flash_message_nor_the_end_and_is_converted_again(
    district: District, monkeypatch: pytest.MonkeyPatch
) -> None:
    converting(monkeypatch, KeptSleepingLong())
    with district.running(CIVIL, FINANCE) as services:
        slow = send(district, HANGS, "bulk")
        eventually(lambda: services[FINANCE].pool.converting.busy)
        flash = send(district, "flood", "flash")
        assert district.final(flash, CIVIL).state == "delivered"
        (open_still,) = district.messages(CIVIL).find(slow)
        assert open_still.state == "open"
        converting(monkeypatch, Upper())
    with district.running(CIVIL, FINANCE):
        assert district.final(slow, CIVIL).state == "delivered"
    assert arrived(district).count("SLEEP") == 1
