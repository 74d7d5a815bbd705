# SPDX-License-Identifier: Apache-2.0
"""So many conversions at once, whoever asks; the warm process goes first."""

from __future__ import annotations

import threading
from pathlib import Path

from exchange.edge.conversion_pool import ConversionPool
from exchange.edge.conversion_process import ConversionProcess
from tests.edge.odd_converters import Upper


def test_the_process_that_was_busy_last_is_taken_first() -> None:
    pool = ConversionPool(3)
    with pool.process() as first, pool.process() as second:
        assert first is not second
    with pool.process() as again:
        assert again is first


def test_no_more_are_busy_at_once_than_there_are_workers() -> None:
    pool = ConversionPool(1)
    second: list[ConversionProcess] = []

    def take() -> None:
        with pool.process() as process:
            second.append(process)

    with pool.process() as first:
        other = threading.Thread(target=take)
        other.start()
        assert second == []
    other.join()
    assert second == [first]


def test_closing_ends_the_idle_ones_and_the_next_call_starts_another(tmp_path: Path) -> None:
    pool = ConversionPool(1)
    (tmp_path / "source").write_text("a")
    for number in range(2):
        with pool.process() as process:
            process.convert(Upper(), tmp_path / "source", tmp_path / str(number), from_format="text/plain")
        pool.close()
        assert process._process is None


def test_a_process_whose_user_failed_is_there_for_the_next() -> None:
    pool = ConversionPool(1)
    try:
        with pool.process():
            raise ValueError
    except ValueError:
        pass
    with pool.process() as process:
        assert process._process is None
