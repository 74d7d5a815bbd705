# SPDX-License-Identifier: Apache-2.0
"""
A digest and the algorithm that made it: they never travel apart.

This module computes digests of bytes that it is given; it reads no files.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from exchange.errors import Reject

# Sizes in bytes. SM3 comes with suite gm-1; its value can be carried and compared before it can be computed.
ALGORITHMS = {"sha256": 32, "sm3": 32}


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
        algorithm, colon, digits = text.partition(":")
        if not colon or digits != digits.lower():
            raise Reject("EX-112", found=text[:80])
        try:
            return cls(algorithm, bytes.fromhex(digits))
        except ValueError as e:
            raise Reject("EX-112", found=text[:80]) from e

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.value.hex()}"


def sha256(data: bytes) -> Digest:
    """The SHA-256 of *data*."""
    return Digest("sha256", hashlib.sha256(data).digest())
