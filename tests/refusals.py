# SPDX-License-Identifier: Apache-2.0
"""How tests ask whether something is refused, and with which code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exchange.errors import Reject


def refusal(act: Callable[..., object], *args: Any, **kwargs: Any) -> str:
    """The code with which *act* refuses; that it does not refuse fails the test."""
    with pytest.raises(Reject) as refused:
        act(*args, **kwargs)
    return refused.value.code


def verdict(act: Callable[..., object], *args: Any, **kwargs: Any) -> str:
    """The code with which *act* refuses, "" where it gives a value; any other error fails the test."""
    try:
        act(*args, **kwargs)
    except Reject as refused:
        return refused.code
    return ""
