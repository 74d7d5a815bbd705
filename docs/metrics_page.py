# SPDX-License-Identifier: Apache-2.0
"""Writes docs/reference/metrics.md from the list of metrics and its texts: `python -m docs.metrics_page`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from exchange.edge.metrics import DAEMON_METRICS, HUB_METRICS, SHARED_METRICS
from exchange.texts import say

PAGE = Path(__file__).parent / "reference" / "metrics.md"


def page(lang: str = "en") -> str:
    """The page of all metrics in *lang*."""
    lines = [f"# {say('metrics.page', lang)}", "", say("metrics.page.rules", lang)]
    for title, metrics in (("both", SHARED_METRICS), ("daemon", DAEMON_METRICS), ("hub", HUB_METRICS)):
        lines += ["", f"## {say(f'metrics.page.{title}', lang)}", "", *_table(metrics, lang)]
    return "\n".join(lines) + "\n"


def _table(metrics: Mapping[str, tuple[str, ...]], lang: str) -> Iterator[str]:
    yield from (say("metrics.page.columns", lang), "|---|---|---|")
    for name, labels in metrics.items():
        yield f"| `{name}` | {', '.join(f'`{label}`' for label in labels)} | {say(f'metric.{name}', lang)} |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
