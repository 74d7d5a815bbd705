# SPDX-License-Identifier: Apache-2.0
"""
The scenarios by letter. A module is imported when it is asked for, so that one that cannot be imported
fails alone.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass

from benchmarks.outcome import Outcome
from benchmarks.setting import Setting


@dataclass(frozen=True, slots=True)
class Scenario:
    """*module*, in this package, has `measure(setting) -> Outcome`."""

    about: str
    module: str

    def measure(self, setting: Setting) -> Outcome:
        outcome = importlib.import_module(f"{__name__}.{self.module}").measure(setting)
        assert isinstance(outcome, Outcome)
        return outcome


SCENARIOS = {
    "a": Scenario("complete exchanges a second at 4 KiB", "exchanges"),
    "b": Scenario("one large file, random and text", "bulk"),
    "c": Scenario("latency of flash messages, idle and under bulk", "latency"),
    "d": Scenario("route lookup", "routes"),
    "e": Scenario("ledger append and proof", "ledger"),
    "f": Scenario("document conversions, which need the office", "conversion"),
}
CONVERSION = "f"
USUAL = tuple(letter for letter in SCENARIOS if letter != CONVERSION)
