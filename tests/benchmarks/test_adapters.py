# SPDX-License-Identifier: Apache-2.0
"""How the bench's adapter hands out what was ordered, and when an order is complete."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.adapters import Order, Progress


def _progress(**changes: object) -> Progress:
    values: dict[str, object] = {
        "name": "run",
        "type": "file.v1",
        "to": "440500.civil-affairs/bench",
        "priority": "routine",
    }
    return Progress(Order(**(values | changes)))  # type: ignore[arg-type]


def test_without_a_bound_everything_is_given_at_once() -> None:
    progress = _progress(count=3, text="x")
    assert [one.key for one in progress.next()] == ["load-run-1", "load-run-2", "load-run-3"]
    assert list(progress.next()) == []


def test_a_message_is_complete_with_both_receipts_only() -> None:
    progress = _progress(count=1)
    [outgoing] = progress.next()
    progress.settle(outgoing.key, "delivered")
    assert not progress.complete
    progress.settle(outgoing.key, "accepted")
    assert progress.complete


def test_the_same_receipt_again_changes_nothing() -> None:
    progress = _progress(count=2)
    first, _ = progress.next()
    for kind in ("accepted", "accepted", "delivered", "delivered"):
        progress.settle(first.key, kind)
    assert not progress.complete


def test_nothing_is_complete_before_everything_was_given() -> None:
    assert not _progress(count=1).complete


def test_no_more_than_the_bound_is_under_way() -> None:
    progress = _progress(count=3, ahead=2)
    first, second = progress.next()
    assert list(progress.next()) == []
    for kind in ("accepted", "delivered"):
        progress.settle(first.key, kind)
    [third] = progress.next()
    assert (second.key, third.key) == ("load-run-2", "load-run-3")


def test_enough_ends_an_order_with_what_was_given() -> None:
    progress = _progress(count=1_000_000, ahead=1)
    [outgoing] = progress.next()
    progress.enough()
    for kind in ("accepted", "delivered"):
        progress.settle(outgoing.key, kind)
    assert progress.complete
    assert progress.given == 1


def test_a_gap_holds_the_next_message_back() -> None:
    progress = _progress(count=2, ahead=1, gap_seconds=3600, ping=True)
    [outgoing] = progress.next()
    for kind in ("accepted", "delivered"):
        progress.settle(outgoing.key, kind)
    assert list(progress.next()) == []


def test_only_a_pings_departure_is_noted() -> None:
    ping, load = _progress(count=1, ping=True), _progress(count=1)
    [sent], _ = ping.next(), list(load.next())
    assert sent.key.startswith("ping-")
    assert (len(ping.sent_ns), len(load.sent_ns)) == (1, 0)


@pytest.mark.parametrize("kind", ["returned", "rejected", "expired"])
def test_a_failed_message_voids_the_measurement(kind: str) -> None:
    progress = _progress(count=1)
    [outgoing] = progress.next()
    with pytest.raises(RuntimeError, match=kind):
        progress.settle(outgoing.key, kind)


def test_a_file_is_given_away_under_a_name_of_its_own(tmp_path: Path) -> None:
    file = tmp_path / "export.xml"
    file.write_bytes(b"<records/>")
    progress = _progress(count=2, file=str(file))
    contents = [one.parts[0] for one in progress.next()]
    assert [content.take for content in contents] == [True, True]
    assert len({content.source for content in contents} | {file}) == 3
    assert all(isinstance(c.source, Path) and c.source.read_bytes() == b"<records/>" for c in contents)
