# SPDX-License-Identifier: Apache-2.0
"""
`govbus`: the root of the command line.

Owns the global options, the wall at which every error becomes a sentence, a hint and an exit code,
and the loading of each noun only when it is asked for. No command is here.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
import traceback
from collections.abc import Sequence

import click

from cli.context import begin_json, lang, language_of, show_failure, words
from cli.typable import at_hub, typable
from cli.usage import speak
from exchange import __version__
from exchange.errors import EXIT_DONE, GovbusError
from exchange.texts import LANGUAGES, TEXTS, say

EXIT_INTERRUPTED = 130  # as a shell reports SIGINT
EXIT_BUG = 70  # sysexits: a defect of ours; none of the documented answers
USAGE, BUG = "usage", "bug"  # in the place of a code, where the error has none

# in the order in which they are met
NOUNS = (
    "demo", "broker", "hub", "enroll", "participant", "route", "type", "adapter", "send", "message",
    "conversation", "receipt", "evidence", "ledger", "dead", "convert", "top",
)  # fmt: skip


class Nouns(click.Group):
    """The nouns, each a module of its own that is imported when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [noun for noun in NOUNS if importlib.util.find_spec(f"cli.{noun}")]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = getattr(importlib.import_module(f"cli.{cmd_name}"), cmd_name)
        return spoken(command, lang())

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What each noun is for, without loading any."""
        with formatter.section(words("cli.commands")):
            formatter.write_dl([(noun, words(f"cli.noun.{noun}")) for noun in self.list_commands(ctx)])


_PAIRS = {english: (english, chinese) for english, chinese in TEXTS.values()}
_DECLARED: dict[click.Command | click.Option, str | None] = {}  # two sentences may share a translation


def spoken(command: click.Command, language: str) -> click.Command:
    """*command* and all below it with their help in *language*: they were declared in English."""
    _speak(command, language)
    command._help_option = None  # click keeps the one of `--help` in the language of its first use
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            _speak(parameter, language)
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        spoken(below, language)
    return command


def _speak(told: click.Command | click.Option, language: str) -> None:
    declared = _DECLARED.setdefault(told, told.help)
    if declared in _PAIRS:
        told.help = _PAIRS[declared][LANGUAGES.index(language)]


@click.group(cls=Nouns, help=say("cli.help"), context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--lang", type=click.Choice(LANGUAGES), is_eager=True, help=say("cli.lang.help"))
@click.option("--debug", is_flag=True, help=say("cli.debug.help"))
@click.version_option(__version__, "--version", prog_name="govbus", help=say("cli.version.help"))
def root(**_options: object) -> None:
    """Every option is read from the context by whoever needs it."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit code."""
    given = _options_first(sys.argv[1:] if arguments is None else arguments)
    language, debug = _ahead(given)
    spoken(root, language)
    speak(language)
    try:
        return _run(given, language, debug)
    finally:
        speak(LANGUAGES[0])  # whoever calls commands from Python shares click with us


def _run(given: Sequence[str], language: str, debug: bool) -> int:
    begin_json()
    try:
        result = root.main(given, prog_name="govbus", standalone_mode=False)
    except click.ClickException as e:
        e.show()
        return _failed(given, USAGE, e.format_message(), "", e.exit_code)
    except (click.Abort, KeyboardInterrupt):
        return EXIT_INTERRUPTED
    except GovbusError as e:
        text = e.text(language)
        _told(say("cli.error", language, code=e.code, text=text), debug)
        config = _config(given)
        hint = typable(e.hint(language, at_hub=at_hub(_noun(given), config)), config)
        click.echo(say("cli.hint", language, hint=hint), err=True)
        return _failed(given, e.code, text, hint, e.exit_code)
    except Exception as e:  # noqa: BLE001  the wall: nobody sees a stack trace unasked
        text = say("cli.bug", language, kind=type(e).__name__, reason=e)
        _told(text, debug)
        return _failed(given, BUG, text, "", EXIT_BUG)
    return result if isinstance(result, int) else EXIT_DONE


def _failed(given: Sequence[str], code: str, text: str, hint: str, exit_code: int) -> int:
    """The exit code; who asked for JSON gets the same as one document, where a result would have been."""
    if "--json" in given[: given.index("--") if "--" in given else None]:
        show_failure(code=code, text=text, hint=hint, exit_code=exit_code)
    return exit_code


def _options_first(given: Sequence[str]) -> list[str]:
    """`--lang` and `--debug` may stand anywhere before a `--`: they are every command's."""
    end = given.index("--") if "--" in given else len(given)
    words_left = iter(given[:end])
    ours: list[str] = []
    others: list[str] = []
    for word in words_left:
        if word == "--lang":
            ours += [word, next(words_left, "")]
        elif word == "--debug" or word.startswith("--lang="):
            ours.append(word)
        else:
            others.append(word)
    return [*ours, *others, *given[end:]]


def _ahead(given: Sequence[str]) -> tuple[str, bool]:
    """Language and debug as they will be read: errors need them also when reading fails."""
    language = language_of(os.environ)
    for word, following in zip(given, [*given[1:], ""], strict=True):
        if word.startswith("--lang="):
            language = word.partition("=")[2]
        elif word == "--lang":
            language = following
    return (language if language in LANGUAGES else "en"), "--debug" in given


def _noun(given: Sequence[str]) -> str:
    """Which noun was asked for: the first word that is one."""
    return next((word for word in given if word in NOUNS), "")


def _config(given: Sequence[str]) -> str | None:
    """The settings file that the command was given."""
    for word, following in zip(given, [*given[1:], ""], strict=True):
        if word.startswith("--config="):
            return word.partition("=")[2]
        if word == "--config":
            return following
    return None


def _told(sentence: str, debug: bool) -> None:
    if debug:
        traceback.print_exc()
    click.echo(sentence, err=True)


def run() -> None:
    """For `python -m cli.main`."""
    sys.exit(main())


if __name__ == "__main__":
    run()
