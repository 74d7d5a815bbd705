# SPDX-License-Identifier: Apache-2.0
"""
The seals of a document in the report of its conversion: a verdict on each, before they are only pictures.

Owns the settings `[conversion.seals]`. Seals that cannot be judged never keep a document from being
converted; that they cannot is said.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from adapters.conversion.seals.certificates import anchors_of
from adapters.conversion.seals.ses_signature import NotReadable
from adapters.conversion.seals.verdicts import Outcome
from adapters.conversion.seals.verification import verify_seals
from adapters.conversion.unreadable import Unreadable
from exchange import Halt, Seals
from exchange.texts import Phrase

SECTION = "seals"


def anchors_given(given: Mapping[str, Any]) -> tuple[bytes, ...]:
    """
    The trust anchors that `[conversion.seals]` names; none where it names none.

    Raises:
        Halt: EX-904, their file cannot be read, or holds something else.
    """
    if not (file := given.get("anchors")):
        return ()
    try:
        return anchors_of(Path(file).read_bytes())
    except OSError as e:
        raise Halt("EX-904", file=file, reason=e.strerror or str(e)) from e
    except NotReadable as e:
        raise Halt("EX-904", file=file, reason=Phrase("seals.no-anchor-file")) from e


def seals_judged(document: Path, given: Mapping[str, Any]) -> tuple[Seals | None, tuple[Phrase, ...]]:
    """
    The seals and signatures of the OFD *document*, and a verdict on each, with the settings *given*.

    Where they cannot be judged at all their number is None, and the one sentence says why.
    """
    try:
        verdicts = verify_seals(document, anchors_given(given), datetime.now(UTC))
    except Halt as e:
        return None, (Phrase("seals.not-verified", {"reason": Phrase(e.code, e.values)}),)
    except Unreadable as e:
        return None, (Phrase("seals.not-verified", {"reason": e.reason}),)
    found = Counter(each.outcome for each in verdicts)
    counted = Seals(found[Outcome.VALID], found[Outcome.INVALID], found[Outcome.NOT_VERIFIABLE])
    return counted, tuple(each.phrase for each in verdicts)
