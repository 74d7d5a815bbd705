# SPDX-License-Identifier: Apache-2.0
"""
The errors, put together from `exchange.texts.codes`: what is fixed about each, and its sentences.
"""

from __future__ import annotations

from exchange.texts import Kind
from exchange.texts.codes import Rows, delivery, envelope, operation, routing, transfer, trust

_ERRORS: Rows = {
    **envelope.ROWS,
    **trust.ROWS,
    **routing.ROWS,
    **transfer.ROWS,
    **delivery.ROWS,
    **operation.ROWS,
}

CODES: dict[str, Kind] = {code: Kind(row[0], row[1]) for code, row in _ERRORS.items()}

TEXTS: dict[str, tuple[str, str]] = {
    **{code: (row[2], row[4]) for code, row in _ERRORS.items()},
    **{f"{code}.hint": (row[3], row[5]) for code, row in _ERRORS.items()},
}
