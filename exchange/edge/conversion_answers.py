# SPDX-License-Identifier: Apache-2.0
"""
What the child process of conversions says, read as reports, findings and refusals.

Whatever stands in an answer came from beside a hostile document: what has not the form it must have
counts as not said, and what is long is cut.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from exchange.converter import Converter, Report, format_name
from exchange.detector import Detected
from exchange.errors import Reject, Retry
from exchange.model.conversion import Difference, Seals
from exchange.texts import CODES, TEXTS, Phrase

LOSSES, LOSS_CHARACTERS, FACE_CHARACTERS = 100, 500, 80  # what a report may say, at most

T = TypeVar("T")


def report_of(answer: Mapping[str, Any], converter: Converter, found: str) -> Report:
    """
    What *converter* did.

    Raises:
        Reject: EX-311, it could not be converted; EX-312, it took too long; or as the converter says.
        Retry: EX-506, there is no room; or as the converter says.
    """
    wanted = format_name(converter.produces)
    if "late" in answer:
        limit = round(converter.limit_seconds)
        raise Reject("EX-312", found=found, wanted=wanted, limit=limit)
    if "full" in answer:
        raise away(Path(wanted), str(answer["full"]))
    if "reject" in answer:
        raise _refusal(answer)
    if "retry" in answer:
        raise _later(answer)
    if "bug" in answer:
        raise failed(found, wanted, _bug(_last_line(answer["bug"])))
    if "died" in answer:
        raise failed(found, wanted, Phrase("conversion.died", {"signal": str(answer["died"])}))
    losses, notes = (_lines(answer.get(each)) for each in ("losses", "notes"))
    return Report(
        _count(answer.get("characters")),
        losses,
        notes,
        lost=_count(answer.get("lost")),
        pages_before=_count(answer.get("pages_before")),
        pages=_count(answer.get("pages")),
        fonts=_pairs(answer.get("fonts")),
        difference=_measured(Difference, answer.get("difference")),
        seals_before=_measured(Seals, answer.get("seals_before")),
        seals_after=_measured(Seals, answer.get("seals_after")),
    )


def _measured(kind: Callable[[int, int, int], T], said: object) -> T | None:
    """Three counts as one *kind*; None, where they are not that."""
    counts = [_count(each) for each in said] if isinstance(said, list) else []
    plain = [each for each in counts if each is not None]
    return kind(*plain) if len(plain) == len(counts) == 3 else None


def _count(said: object) -> int | None:
    return said if isinstance(said, int) and said >= 0 else None


def _pairs(said: object) -> tuple[tuple[str, str], ...]:
    plain = said[:LOSSES] if isinstance(said, list) else []
    pairs = (each for each in plain if isinstance(each, list) and len(each) == 2)
    return tuple((str(asked)[:FACE_CHARACTERS], str(taken)[:FACE_CHARACTERS]) for asked, taken in pairs)


def _lines(said: object) -> tuple[str | Phrase, ...]:
    plain = said[:LOSSES] if isinstance(said, list) else []
    return tuple(_value(each) if isinstance(each, dict) else str(each)[:LOSS_CHARACTERS] for each in plain)


def _refusal(answer: Mapping[str, Any]) -> Reject:
    code = str(answer["reject"])
    return Reject(code if code in CODES else "EX-311", **_values(answer, {"code"}))


def _later(answer: Mapping[str, Any]) -> Retry:
    code, after = str(answer["retry"]), answer.get("after_seconds")
    seconds = float(after) if isinstance(after, int | float) else 10.0
    known = code if code in CODES else "EX-506"
    return Retry(known, after_seconds=seconds, **_values(answer, {"code", "after_seconds"}))


def _values(answer: Mapping[str, Any], taken: set[str]) -> dict[str, Any]:
    return {name: _value(each) for name, each in answer.get("values", {}).items() if name not in taken}


def found_in(answer: Mapping[str, Any]) -> Detected:
    """What a detector saw; nothing, where it failed."""
    if not isinstance(answer.get("format"), str):
        return Detected()
    trouble = answer.get("trouble")
    notes = tuple(_value(note) for note in answer.get("notes", ()) if isinstance(note, dict))
    return Detected(answer["format"], _value(trouble) if isinstance(trouble, dict) else None, notes)


def _value(plain: Any) -> Any:
    if not isinstance(plain, dict):
        return plain
    if plain.get("phrase") not in TEXTS:
        return Phrase("conversion.unsaid")
    return Phrase(plain["phrase"], {name: _value(each) for name, each in plain["values"].items()})


def _bug(said: str) -> Phrase:
    if said.partition(":")[0] == MemoryError.__name__:  # the document is too much, and no code is wrong
        return Phrase("conversion.memory")
    return Phrase("conversion.bug", {"error": said})


def _last_line(text: object) -> str:
    lines = str(text).strip().splitlines()
    return lines[-1][:500] if lines else ""


def failed(found: str, wanted: str, reason: Phrase) -> Reject:
    """The refusal of a document in the format *found*."""
    return Reject("EX-311", found=found, wanted=wanted, reason=reason)


def away(what: Path, reason: str) -> Retry:
    """There is no room for *what*, or no process."""
    return Retry("EX-506", after_seconds=10.0, what=str(what), reason=reason)
