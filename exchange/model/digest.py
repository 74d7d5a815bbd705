# SPDX-License-Identifier: Apache-2.0
"""
A digest and the algorithm that made it: they never travel apart.

This module computes digests of bytes that it is given; it reads no files.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from exchange.errors import Reject

# Sizes in bytes. SM3 comes with suite gm-1; its value can be carried and compared before it can be computed.
ALGORITHMS = {"sha256": 32, "sm3": 32}
_FORM = re.compile(r"([a-z0-9]+):([0-9a-f]+)", re.ASCII)  # one spelling: equal digests are equal bytes


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """
    `sha256:9f86d0…`, as text; 32 bytes, as value.

    Raises:
        Reject: EX-112, an unknown algorithm or a value of another length.
    """

    algorithm: str
    value: bytes

    def __post_init__(self) -> None:
        if ALGORITHMS.get(self.algorithm) != len(self.value):
            raise Reject("EX-112", found=f"{self.algorithm}:{self.value.hex()[:16]}")

    @classmethod
    def parse(cls, text: str) -> Digest:
        """The digest spelled as *text*, in lower case and without spaces."""
        spelled = _FORM.fullmatch(text)
        if not spelled or len(spelled[2]) % 2:
            raise Reject("EX-112", found=text[:80])
        return cls(spelled[1], bytes.fromhex(spelled[2]))

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value.hex()}"


def sha256(data: bytes) -> Digest:
    """The SHA-256 of *data*."""
    return Digest("sha256", hashlib.sha256(data).digest())
