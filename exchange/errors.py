# SPDX-License-Identifier: Apache-2.0
"""
What can go wrong, as a tree by what happens next.

The type says what the caller does, the code says what went wrong, the hint says what to try.
Sentences are not written here: they stand in `exchange.texts` under the error's code, in English
and Chinese, and are filled with the values that the error carries. This module knows no role,
no wire and no clock.

    GovbusError
    ├── Retry    come back later         -> the delivery is retried
    ├── Reject   can never pass          -> signed refusal with the code, dead letter where nobody can be told
    └── Halt     a person must act       -> stop taking work, say it loudly
"""

from __future__ import annotations

from collections.abc import Mapping

from exchange.texts import CODES, hint_of, say

EXIT_DONE = 0
EXIT_NO = 1  # the answer is no: not verified, not found, rejected, timed out waiting
EXIT_USAGE = 2
EXIT_BAD_DATA = 65
EXIT_UNREACHABLE = 69  # broker or database
EXIT_BAD_CONFIG = 78


class GovbusError(Exception):
    """
    Anything that govbus itself raises.

    *code* is one of `exchange.texts.CODES`; *values* fill its sentence. An unknown code is a
    programming error and fails at once, so that no sentence is ever missing at night.
    """

    def __init__(self, code: str, /, **values: object) -> None:
        self.code = code
        self.values: Mapping[str, object] = values
        self.kind = CODES[code]
        super().__init__(self.text())

    def text(self, lang: str = "en") -> str:
        """The sentence: what was found, what was wanted, where."""
        return say(self.code, lang, **self.values)

    def hint(self, lang: str = "en", *, at_hub: bool = False) -> str:
        """What to try next, as a department is told it, or whoever operates the hub."""
        return say(hint_of(self.code, at_hub=at_hub), lang, **self.values)

    @property
    def exit_code(self) -> int:
        """The exit code of a command that ends with this error."""
        return self.kind.exit_code

    def __str__(self) -> str:
        return f"{self.code} {self.text()}"

    def __reduce__(self) -> tuple[object, ...]:
        return (_again, (type(self), self.code, dict(self.values)))


def _again(kind: type[GovbusError], code: str, values: dict[str, object]) -> GovbusError:
    return kind(code, **values)


class Retry(GovbusError):
    """Come back later: the delivery is retried after *after_seconds*."""

    def __init__(self, code: str = "EX-508", /, *, after_seconds: float = 30.0, **values: object) -> None:
        self.after_seconds = after_seconds
        super().__init__(code, after_seconds=after_seconds, **values)


class Reject(GovbusError):
    """Can never pass: a signed refusal with this code is owed."""

    @property
    def ebms(self) -> str:
        """The counterpart among the ebMS 3.0 error codes, for those who know them."""
        return self.kind.ebms


class Halt(GovbusError):
    """A person must act before work goes on."""


class BrokerDown(Retry):
    """
    The broker cannot be reached, or its connection was lost with work in the air.

    Its links come back by themselves within seconds; whoever works with them looks again as soon.
    """

    def __init__(self, code: str = "EX-901", /, *, after_seconds: float = 2.0, **values: object) -> None:
        super().__init__(code, after_seconds=after_seconds, **values)


class StoreDown(Retry):
    """The database cannot be reached or refuses to write."""


class ConfigInvalid(Halt):
    """A configuration file is wrong: EX-9xx, with file, line and key."""


class NotFound(GovbusError):
    """What was asked for does not exist: the answer is no."""
