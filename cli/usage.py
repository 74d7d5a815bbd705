# SPDX-License-Identifier: Apache-2.0
"""
Wrong usage and the headings of the help, in the language that the command was asked in.

click says them through gettext, of which it calls one function by one name; here that name is given
to ours. Its sentences stand in `exchange.texts.click`.
"""

from __future__ import annotations

import click
import click.core
import click.decorators
import click.exceptions
import click.formatting
import click.parser
import click.termui
import click.types

from exchange.texts import LANGUAGES, TEXTS

SPEAKS = (
    click.core, click.decorators, click.exceptions, click.formatting, click.parser, click.termui, click.types
)  # fmt: skip

_language = "en"


def speak(language: str) -> None:
    """From now on click speaks *language*."""
    global _language
    _language = language
    for module in SPEAKS:
        for name, function in (("_", _said), ("ngettext", _counted)):
            if hasattr(module, name):
                setattr(module, name, function)


def _said(english: str) -> str:
    """Without `say`: the places are filled by click, and a sentence that we do not have stays as it is."""
    pair = TEXTS.get(f"click.{english}")
    return english if pair is None else pair[LANGUAGES.index(_language)]


def _counted(one: str, many: str, number: int) -> str:
    return _said(one if number == 1 else many)
