# SPDX-License-Identifier: Apache-2.0
"""
Run the benchmarks: `python -m benchmarks [--quick] [--json FILE] [--only a,b,… | --conversion]`.

Exit code 0 when everything asked for was measured, 1 when a scenario failed: its reason is printed and
its figures are missing, never guessed. An aim that is not met is a finding, not a failure.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import signal
import sys
import time
import traceback
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import report
from benchmarks.outcome import Outcome
from benchmarks.scenarios import CONVERSION, SCENARIOS, USUAL
from benchmarks.setting import Setting

REPEATS, QUICK_REPEATS = 3, 2


def main(arguments: list[str] | None = None) -> int:
    asked = _parser().parse_args(arguments)
    repeats = asked.repeats or (QUICK_REPEATS if asked.quick else REPEATS)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds, so that nothing is left running
    started = time.monotonic()
    outcomes: dict[str, Outcome] = {}
    failed: dict[str, str] = {}
    with contextlib.ExitStack() as stack:
        setting = Setting(quick=asked.quick, repeats=repeats, stack=stack)
        for name in asked.only:
            _measure(name, setting, outcomes, failed)
    print(report.keys_text(report.gathered(outcomes.values()), failed))
    seconds = time.monotonic() - started
    print(f"\n{'quick run: smaller sizes, coarser figures; ' if asked.quick else ''}{seconds:.0f} s in all")
    if asked.json:
        at = datetime.now(UTC).isoformat(timespec="seconds")
        value = report.document(outcomes, failed, quick=asked.quick, repeats=repeats, seconds=seconds, at=at)
        _write(asked.json, json.dumps(value, ensure_ascii=False, indent=2) + "\n")
    return 1 if failed else 0


def _measure(name: str, setting: Setting, outcomes: dict[str, Outcome], failed: dict[str, str]) -> None:
    scenario = SCENARIOS[name]
    print(f"({name}) {scenario.about} …", file=sys.stderr, flush=True)
    try:
        outcomes[name] = scenario.measure(setting)
    except Exception as error:  # noqa: BLE001 - one scenario's failure is reported and must not hide the others
        failed[name] = f"{type(error).__name__}: {error}"
        traceback.print_exc()
        return
    print(report.scenario_text(outcomes[name]), flush=True)


def _parser() -> argparse.ArgumentParser:
    letters = ",".join(SCENARIOS)
    parser = argparse.ArgumentParser(
        prog="./run bench",
        description="Measures govbus beside raw pika and an AS2 peer, in one run on this machine.",
        epilog="; ".join(f"{name}: {scenario.about}" for name, scenario in SCENARIOS.items()),
    )
    parser.add_argument(
        "--quick", action="store_true", help="smaller sizes: everything in under three minutes"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write one JSON document")
    parser.add_argument(
        "--only", type=_letters, default=list(USUAL), metavar=letters, help="these scenarios alone"
    )
    parser.add_argument(
        "--conversion",
        dest="only",
        action="store_const",
        const=[CONVERSION],
        help="document conversions alone",
    )
    parser.add_argument(
        "--repeats", type=_at_least_one, metavar="N", help=f"default {REPEATS}, {QUICK_REPEATS} with --quick"
    )
    return parser


def _letters(text: str) -> list[str]:
    letters = [letter.strip() for letter in text.split(",") if letter.strip()]
    if not letters or (strange := [letter for letter in letters if letter not in SCENARIOS]):
        raise argparse.ArgumentTypeError(
            f"there are {', '.join(SCENARIOS)}, not {', '.join(strange or ['none'])}"
        )
    return letters


def _at_least_one(text: str) -> int:
    if (number := int(text)) < 1:
        raise argparse.ArgumentTypeError("at least one repeat is needed")
    return number


def _write(path: Path, text: str) -> None:
    """As a whole or not at all."""
    new = path.with_name(path.name + ".new")
    new.write_text(text, encoding="utf-8")
    os.replace(new, path)


if __name__ == "__main__":
    sys.exit(main())
