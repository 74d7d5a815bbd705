# SPDX-License-Identifier: Apache-2.0
"""The pieces of the bench's city that need no city."""

from __future__ import annotations

from importlib.metadata import DistributionFinder, MetadataPathFinder
from pathlib import Path

import pytest

from benchmarks.adapters import BenchAdapter
from benchmarks.city import SENDER, CityFailed, WireSizes, _plug_in, _sizes_of


def test_sizes_are_of_what_the_sender_published_and_of_the_receipts_that_went_back() -> None:
    seen = [
        (f"in.{SENDER}", "segment", 9000),
        ("out", "segment", 8900),
        ("out", "receipt", 1400),
        ("out", "receipt", 1600),
        ("in.440500.civil-affairs", "receipt", 9999),
        ("out", "notice", 5),
    ]
    assert _sizes_of(seen) == WireSizes(segment=9000, receipt=1500)


def test_a_wire_on_which_nothing_passed_gives_no_sizes() -> None:
    with pytest.raises(CityFailed, match="nothing was seen"):
        _sizes_of([("out", "notice", 5)])


def test_the_benchs_adapter_is_an_installed_one_on_the_path_that_daemons_get(tmp_path: Path) -> None:
    folder, _project = _plug_in(tmp_path / "plug-in")["PYTHONPATH"].split(":")
    [found] = MetadataPathFinder.find_distributions(DistributionFinder.Context(path=[folder]))
    [point] = found.entry_points.select(group="govbus.adapters", name="bench")
    assert point.load() is BenchAdapter
