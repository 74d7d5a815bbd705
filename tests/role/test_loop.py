# SPDX-License-Identifier: Apache-2.0
"""A working thread: it waits and says why, goes on when it can, and never dies in silence."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from exchange import Reject, Retry
from exchange.edge.broker import Bell
from exchange.errors import StoreDown
from exchange.role.loop import Loop

PATIENCE_SECONDS = 120.0


class Bench:
    """A loop whose steps are told beforehand; after them it has nothing to do."""

    def __init__(self, *steps: Callable[[], bool]) -> None:
        self.steps: Iterator[Callable[[], bool]] = iter(steps)
        self.through = threading.Event()
        self.failures: list[tuple[str, BaseException]] = []
        self.loop = Loop("bench", self._step, bell=Bell(), failed=self._failed, quiet_seconds=0.01)

    def _step(self) -> bool:
        step = next(self.steps, None)
        if step is None:
            self.through.set()
            return False
        return step()

    def _failed(self, name: str, error: BaseException) -> None:
        self.failures.append((name, error))

    def run(self) -> None:
        """Until its steps are through."""
        self.loop.start()
        assert self.through.wait(PATIENCE_SECONDS)
        self.loop.stop()
        assert self.loop.join(PATIENCE_SECONDS)


def away(reason: str) -> Callable[[], bool]:
    def step() -> bool:
        raise StoreDown("EX-902", after_seconds=0.0, where="db", reason=reason)

    return step


def test_one_reason_is_said_once_and_another_anew(caplog: pytest.LogCaptureFixture) -> None:
    bench = Bench(away("locked"), away("locked"), away("locked"), away("gone"))
    bench.run()
    said = [str(getattr(record, "reason", "")) for record in caplog.records]
    assert len(said) == 2
    assert "locked" in said[0]
    assert "gone" in said[1]


def test_what_it_waits_for_is_known_until_it_works_again() -> None:
    troubles: list[str | None] = []
    bench = Bench(away("locked"), lambda: troubles.append(bench.loop.trouble) is None)
    bench.run()
    assert troubles[0] is not None
    assert troubles[0].startswith("EX-902")
    assert bench.loop.trouble is None
    assert bench.failures == []


def test_a_pause_ends_when_it_is_told_to_stop() -> None:
    begun = threading.Event()

    def step() -> bool:
        begun.set()
        raise Retry(after_seconds=PATIENCE_SECONDS)

    bench = Bench(step)
    bench.loop.start()
    assert begun.wait(PATIENCE_SECONDS)
    bench.loop.stop()
    assert bench.loop.join(25.0)


@pytest.mark.parametrize("defect", [ZeroDivisionError("a defect"), Reject("EX-301", found="x")])
def test_what_nobody_foresaw_ends_it_and_its_process_hears_of_it(defect: Exception) -> None:
    def step() -> bool:
        raise defect

    bench = Bench(step)
    bench.loop.start()
    assert bench.loop.join(PATIENCE_SECONDS)
    assert bench.failures == [("bench", defect)]
