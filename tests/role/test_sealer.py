# SPDX-License-Identifier: Apache-2.0
"""The sealer: one large thing that cannot be sealed holds up no other."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange import Content, Outgoing, Retry
from exchange.errors import StoreDown
from exchange.model.limits import LIMITS
from exchange.role.sealer import AT_ONCE, UNREADABLE_MS, Sealer
from tests.city import FILES, OFFICE, City, text

SEGMENT_BYTES = 64 * 1024


class Bench:
    """The office's sealer, and whom it told."""

    def __init__(self, city: City) -> None:
        self.city = city
        self.daemon = daemon = city.daemons[OFFICE]
        self.told: list[str] = []
        self.sealer = Sealer(
            daemon.outbox,
            daemon.around,
            daemon.sealing,
            sealed=lambda: self.told.append("sealed"),
            failed=lambda: self.told.append("failed"),
        )
        self.step = self.sealer.step

    def claim(self, *things: Outgoing) -> list[str]:
        taken, _ = self.daemon.submission.take(FILES, things)
        return [one.message_id for one in taken]

    def is_sealed(self, message_id: str) -> bool:
        return self.daemon.outbox.transfer(message_id) is not None


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(City(tmp_path))


def large(number: int, segments: int = 2, **more: object) -> Outgoing:
    return text(number, parts=[Content("large", bytes(segments * SEGMENT_BYTES))], **more)


def test_what_is_large_is_sealed_and_can_leave(bench: Bench) -> None:
    ids = bench.claim(large(1), large(2))
    assert bench.step()
    assert all(map(bench.is_sealed, ids))
    assert bench.told == ["sealed", "sealed"]
    assert not bench.step()


def test_nothing_is_sealed_under_a_directory_that_expired(bench: Bench) -> None:
    (message_id,) = bench.claim(large(1))
    bench.city.clock.pass_(31 * 86_400)
    with pytest.raises(Retry, match="EX-213"):
        bench.step()
    assert not bench.is_sealed(message_id)


def test_what_the_bus_can_never_carry_fails_with_our_own_word_and_holds_up_no_other(bench: Bench) -> None:
    flash, routine = bench.claim(large(1, LIMITS.express_segments + 1, priority="flash"), large(2))
    bench.step()
    (word,) = bench.daemon.outbox.receipts(flash)
    assert (word.kind, word.code, word.by, word.document) == ("rejected", "EX-405", OFFICE, b"")
    assert bench.daemon.outbox.outcome(flash) == "failed"
    assert bench.is_sealed(routine)
    assert bench.told == ["failed", "sealed"]
    assert [one.row.receipt_id for one in bench.daemon.outbox.untold(FILES)] == [word.receipt_id]
    assert bench.daemon.outbox.finished(before_ms=word.at_ms + 1_000) == [flash]  # its payload may go


def test_those_that_cannot_be_read_now_wait_and_those_behind_them_do_not(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """As many as are looked up in one go: a disk that is away for a while."""
    away = bench.claim(*(large(n) for n in range(AT_ONCE)))
    (behind,) = bench.claim(large(AT_ONCE))
    places = [bench.daemon.outbox.place(m) for m in away]
    for place in places:
        place.rename(place.with_name(f"{place.name} aside"))
    while bench.step():
        pass
    assert (bench.is_sealed(behind), any(map(bench.is_sealed, away))) == (True, False)
    assert "EX-506" in {record.__dict__["code"] for record in caplog.records}
    for place in places:
        place.with_name(f"{place.name} aside").rename(place)
    assert not bench.step()
    bench.city.clock.pass_(UNREADABLE_MS / 1000)
    assert bench.step()
    assert all(map(bench.is_sealed, away))


def test_while_the_outbox_is_away_nothing_is_passed_over(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (message_id,) = bench.claim(large(1))

    def away(*_words: object) -> None:
        raise StoreDown("EX-902", after_seconds=1.0, where="here", reason="disk I/O error")

    with monkeypatch.context() as patch:
        patch.setattr(bench.daemon.outbox, "writing", away)
        with pytest.raises(StoreDown):
            bench.step()
    bench.step()
    assert bench.is_sealed(message_id)
