# SPDX-License-Identifier: Apache-2.0
"""The benchmark's document and its last table: what was measured, and nothing else."""

from __future__ import annotations

import pytest

from benchmarks import report
from benchmarks.figures import Repeats
from benchmarks.outcome import AIMS, Cost, Outcome, Row
from benchmarks.usage import Usage

RATES = Repeats.of([100, 110, 90])
OUTCOME = Outcome(
    title="(a) exchanges",
    rows=(Row("bus, 2 workers", "exchanges", "1/s", RATES),),
    keys={"exchanges_vs_raw": Repeats.of([0.3, 0.2, 0.25]), "peak_rss_mb": Repeats.of([90])},
    costs=(Cost("bus, 2 workers", "exchange", 1000, (Usage("hub", 2.5, 90, 2),)),),
    notes=("in memory",),
    sizes={"exchanges": 1000},
)


def _document(**failed: str) -> dict[str, object]:
    return report.document(
        {"a": OUTCOME}, failed, quick=True, repeats=3, seconds=9.87, at="2026-11-21T12:00:00+00:00"
    )


def test_every_key_stands_at_the_top_and_what_was_not_measured_is_null() -> None:
    value = _document()
    assert value["exchanges_vs_raw"] == 0.25
    assert all(name in value for name in AIMS)
    assert value["route_lookup_us_1k"] is None


def test_the_raw_figures_are_in_the_document() -> None:
    scenario = _document()["scenarios"]["a"]  # type: ignore[index]
    assert scenario["rows"][0]["values"] == [100, 110, 90]
    assert scenario["costs"][0] == {
        "subject": "bus, 2 workers", "per": "exchange", "amount": 1000, "process": "hub", "processes": 2,
        "cpu_seconds": 2.5, "peak_rss_mb": 90,
    }  # fmt: skip


def test_a_failure_is_named_in_the_document_and_in_the_table() -> None:
    assert _document(b="ChildFailed: hub ended")["failed"] == {"b": "ChildFailed: hub ended"}
    assert "FAILED b: ChildFailed: hub ended" in report.keys_text({}, {"b": "ChildFailed: hub ended"})


def test_the_table_says_which_aims_are_met() -> None:
    lines = report.keys_text(
        {"exchanges_vs_raw": Repeats.of([0.3]), "bulk_text_vs_raw": Repeats.of([0.9])}, {}
    )
    met = {line.split()[0]: line for line in lines.splitlines() if line}
    assert " yes " in met["exchanges_vs_raw"]
    assert " NO " in met["bulk_text_vs_raw"]
    assert "ledger_append_us_1m" in met["not"].partition("not measured:")[2]


def test_an_aim_is_met_at_its_bound() -> None:
    assert AIMS["exchanges_vs_raw"].met_by(0.25)
    assert AIMS["peak_rss_mb"].met_by(150)
    assert not AIMS["peak_rss_mb"].met_by(150.1)


def test_of_a_key_that_several_scenarios_give_the_largest_counts() -> None:
    other = Outcome("(b)", (), {"peak_rss_mb": Repeats.of([120])})
    assert report.gathered([other, OUTCOME])["peak_rss_mb"].median == 120


def test_a_scenario_shows_figures_costs_and_notes() -> None:
    text = report.scenario_text(OUTCOME)
    assert "90.0 … 110" in text
    assert "2.50 ms/exchange" in text
    assert "· in memory" in text


def test_a_key_without_a_meaning_is_refused() -> None:
    with pytest.raises(ValueError, match="keys without a meaning"):
        Outcome("(x)", (), {"speed": RATES})
