# SPDX-License-Identifier: Apache-2.0
"""
How `hub check` and `adapter check` say what they found: a line each, the next step below it.

The command ends with 1 where anything is bad. What is asked and judged stands in the roles.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import click

from cli.context import lang, show_json, tell, words
from cli.typable import typable
from exchange.errors import EXIT_NO
from exchange.role import checkup
from exchange.role.checkup import Finding, Question, Verdict
from exchange.texts import Phrase, say


def report(
    context: click.Context, questions: Iterable[Question], *, as_json: bool, at_hub: bool = False
) -> None:
    """Ask all *questions* and show what is found; the command ends with 1 where something is bad."""
    found = list(checkup.answers(questions, at_hub=at_hub))
    bad = sum(finding.verdict is Verdict.BAD for finding in found)
    if as_json:
        show_json({"good": bad == 0, "findings": [_facts(finding) for finding in found]})
    else:
        _show(found, bad)
    if bad:
        context.exit(EXIT_NO)


def _show(findings: Sequence[Finding], bad: int) -> None:
    for finding in findings:
        verdict = words(f"check.verdict.{finding.verdict.value}")
        name = words(f"check.name.{finding.name}")
        click.echo(f"{verdict}  {name}: {say(finding.what.key, lang(), **finding.what.values)}")
        if finding.next_step is not None:
            click.echo(f"    {words('check.next')}: {_step(finding.next_step)}")
    warnings = sum(finding.verdict is Verdict.WARNING for finding in findings)
    if bad or warnings:
        tell("check.some-bad", bad=bad, warnings=warnings, count=len(findings))
    else:
        tell("check.all-good", count=len(findings))


def _step(step: Phrase) -> str:
    """The next step, as it can be typed where this command was."""
    config = click.get_current_context().params.get("config")
    return typable(say(step.key, lang(), **step.values), config)


def _facts(finding: Finding) -> Mapping[str, object]:
    step = finding.next_step
    return {
        "name": finding.name,
        "verdict": finding.verdict.value,
        "what": say(finding.what.key, lang(), **finding.what.values),
        "next": None if step is None else _step(step),
    }
