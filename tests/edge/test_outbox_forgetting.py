# SPDX-License-Identifier: Apache-2.0
"""Forgetting is asked for every second, and must not read everything that is kept."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from exchange.edge.outbox import Outbox
from exchange.edge.tables import open_engine, reading


@pytest.mark.parametrize("how", ["by age", "by number"])
def test_what_may_go_is_found_by_when_it_finished(tmp_path: Path, how: str) -> None:
    engine = open_engine(str(tmp_path / "daemon.db"))
    outbox = Outbox(engine, tmp_path / "outbox")
    asked: list[tuple[str, Any]] = []
    sa.event.listen(engine, "before_cursor_execute", lambda *a: asked.append((a[2], a[3])))
    if how == "by age":
        outbox.forget(before_ms=1_000)
    else:
        outbox.forget_beyond(-1, expired_ms=1_000)
    question, values = next(pair for pair in asked if "ORDER BY" in pair[0])
    with reading(engine) as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {question}", values).all()
    assert "outgoing_finished" in str(plan[0])
