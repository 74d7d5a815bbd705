# SPDX-License-Identifier: Apache-2.0
"""Outbound looks into the outbox ten times a second, however much waits there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from exchange.edge.outbox import Outbox, outgoing
from exchange.edge.tables import open_engine, reading, writing


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[sa.Engine]:
    opened = open_engine(str(tmp_path / "daemon.db"))
    yield opened
    opened.dispose()


@pytest.fixture
def outbox(engine: sa.Engine, tmp_path: Path) -> Outbox:
    """Two messages that wait to leave, and one whose segments have all left."""
    made = Outbox(engine, tmp_path / "outbox")
    with writing(engine) as connection:
        connection.execute(sa.insert(outgoing), [_row(1, "sealed"), _row(2, "sealed"), _row(3, "sent")])
    return made


def _row(number: int, stage: str) -> dict[str, object]:
    return {
        "message_id": f"m-{number}", "application": "files", "key": f"k-{number}", "type": "t",
        "priority": "routine", "created": 0, "expires": 1, "head": "{}", "parts": "[]", "size": 1,
        "payload": b"x", "stage": stage, "outcome": "open", "resent": 0,
    }  # fmt: skip


@pytest.mark.parametrize(("count", "more"), [(0, True), (1, True), (2, False), (3, False)])
def test_it_is_known_whether_more_wait_than_are_in_memory(outbox: Outbox, count: int, more: bool) -> None:
    assert outbox.has_transfers_beyond(count) is more


def test_the_index_alone_answers_so_that_no_payload_is_read(outbox: Outbox, engine: sa.Engine) -> None:
    asked: list[tuple[str, Any]] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *a: asked.append((a[2], a[3])))
    outbox.has_transfers_beyond(1)
    question, values = next(pair for pair in asked if "SELECT" in pair[0])
    with reading(engine) as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {question}", values).all()
    assert "COVERING INDEX outgoing_stage" in str(plan[0])


def test_what_is_large_stands_behind_all_that_is_looked_for_often() -> None:
    names = [column.name for column in outgoing.columns]
    assert set(names[-3:]) == {"envelope", "leaves", "payload"}
