# SPDX-License-Identifier: Apache-2.0
"""
The same journey through the services as they are: enrolled from folders, with all their threads.

What is said to the applications and to the broker is marked as in `offices`. Which thread comes first is
nobody's to say here, so promises are held against each moment, and nothing is continued.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from adapters.directory import DirectoryAdapter
from exchange.edge.outbox import outgoing, receipt
from exchange.edge.tables import open_engine, reading
from exchange.model.rule import Rule
from tests.district import AT_CIVIL, CIVIL, FINANCE, District, eventually
from tests.durability.offices import Mark, MarkedNode, Papers

SETTINGS = {  # what enrolment wrote -> what this story needs
    "# segment_bytes = 524288": "segment_bytes = 65536",
    "to = []": f'to = ["{AT_CIVIL}"]\npoll_seconds = 0.1',
}
MESSAGES = 6


def send_everything(folder: Path, papers: Papers, mark: Mark) -> MarkedNode:
    """Founding, enrolment, and the whole journey; the broker, which knows all that was published."""
    _mark_adapters(mark)
    node = MarkedNode(mark)
    district = District(folder, node=node)
    mark("founded")
    district.enrol(FINANCE, CIVIL)
    mark("enrolled")
    for name in (FINANCE, CIVIL):
        _set(district.config(name))
    district.route(Rule(id="all", type="*", to="*"))
    with district.running(FINANCE, CIVIL):
        out = folder / FINANCE / "files" / "out"
        eventually(out.is_dir)
        papers.drop(out)
        mark("dropped")
        eventually(lambda: _settled(folder))
    mark("end")
    return node


def _set(config: Path) -> None:
    text = config.read_text(encoding="utf-8")
    for old, new in SETTINGS.items():
        assert old in text
        text = text.replace(old, new)
    config.write_text(text, encoding="utf-8")


def _settled(folder: Path) -> bool:
    engine = open_engine(str(folder / FINANCE / "stores" / "daemon.db"))
    with reading(engine) as connection:
        outcomes = list(connection.scalars(sa.select(outgoing.c.outcome)))
        told = list(connection.scalars(sa.select(receipt.c.told)))
    engine.dispose()
    return len(outcomes) == MESSAGES and "open" not in outcomes and all(told)


def _mark_adapters(mark: Mark) -> None:
    """Every hot folder says what it is told, before it hears it; what it answers, before anyone hears."""
    _wrap("stored", before=lambda key: mark(f"stored {key}"))
    _wrap("settled", before=lambda _key, receipt: mark(f"settled {receipt.message_id} {receipt.kind}"))
    _wrap("settled", after=lambda _key, receipt: mark(f"filed {receipt.message_id} {receipt.message_state}"))
    _wrap("deliver", after=lambda delivery: mark(f"delivered {delivery.message_id}"))


def _wrap(
    name: str,
    *,
    before: Callable[..., None] = lambda *_words: None,
    after: Callable[..., None] = lambda *_words: None,
) -> None:
    inner = getattr(DirectoryAdapter, name)

    @functools.wraps(inner)
    def marked(self: DirectoryAdapter, *words: Any) -> Any:
        before(*words)
        answer = inner(self, *words)
        after(*words)
        return answer

    setattr(DirectoryAdapter, name, marked)
