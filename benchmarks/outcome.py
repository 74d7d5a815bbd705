# SPDX-License-Identifier: Apache-2.0
"""
What a scenario hands back: rows for people, keys for programs, and who used what.

The names of the keys and their aims stand here, once. A key that was not measured is absent from an
outcome and null in the document: there is no default for a figure.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.figures import Repeats
from benchmarks.usage import Usage


@dataclass(frozen=True, slots=True)
class Aim:
    """What a key should reach. *least*: at least; *most*: at most."""

    meaning: str
    least: float | None = None
    most: float | None = None

    def met_by(self, value: float) -> bool:
        return (self.least is None or value >= self.least) and (self.most is None or value <= self.most)

    def __str__(self) -> str:
        if self.least is not None:
            return f"≥ {self.least:g}"
        return "—" if self.most is None else f"≤ {self.most:g}"


AIMS: Mapping[str, Aim] = {
    "exchanges_vs_as2": Aim("exchanges a second over the AS2 peer's on all cores", least=10),
    "exchanges_vs_raw": Aim("exchanges a second over raw pika's, same hops", least=0.25),
    "bulk_random_vs_raw": Aim("MB/s of a random file over raw pika's", least=0.4),
    "bulk_text_vs_raw": Aim("MB/s of a text file over raw pika's", least=1),
    "flash_p99_bulk_vs_idle": Aim("flash latency p99, under bulk over idle", most=4),
    "flash_p50_idle_vs_raw": Aim("flash latency p50 idle over raw pika's", most=4),
    "route_lookup_us_1k": Aim("µs a route lookup, 1,000 rules", most=5),
    "route_lookup_us_1m": Aim("µs a route lookup, 1,000,000 rules", most=5),
    "ledger_append_us_1m": Aim("µs a ledger append at 1,000,000 entries"),
    "peak_rss_mb": Aim("MiB, the largest of our processes, 1,000 rules", most=150),
    "rss_mb_1m_rules": Aim("MiB of a process that holds 1,000,000 rules", most=200),
    "docx_to_pdf_warm_s": Aim("s a document, Word to PDF by a warm office", most=0.6),
    "pdf_to_ofd_s_a_page": Aim("s a page, PDF to OFD", most=0.3),
    "ofd_to_pdf_s_a_page": Aim("s a page, OFD to PDF"),
    "documents_a_second_4_workers": Aim("documents a second, Word to PDF by four offices", least=3),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of one subject."""

    subject: str
    figure: str
    unit: str
    repeats: Repeats


@dataclass(frozen=True, slots=True)
class Cost:
    """What the processes of one subject used over all its repeats, and for how much work."""

    subject: str
    per: str  # the unit of work: "exchange", "GB", "message"
    amount: float  # of that unit, in all repeats together
    used: tuple[Usage, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one scenario measured."""

    title: str
    rows: tuple[Row, ...]
    keys: Mapping[str, Repeats]
    costs: tuple[Cost, ...] = ()
    notes: tuple[str, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if strange := set(self.keys) - set(AIMS):
            raise ValueError(f"keys without a meaning: {sorted(strange)}")
