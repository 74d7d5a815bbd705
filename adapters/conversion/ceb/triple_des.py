# SPDX-License-Identifier: Apache-2.0
"""
Triple DES, block by block: the one thing that CEB needs of `cryptography`, where it is kept for old files.

It protects nothing here; it only takes off what others have put on.
"""

from __future__ import annotations

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

BLOCK_BYTES = 8


def encrypt_blocks(key: bytes, blocks: bytes) -> bytes:
    """Each of *blocks*, whole ones, by itself under *key* of 24 bytes."""
    return Cipher(TripleDES(key), modes.ECB()).encryptor().update(blocks)  # noqa: S305  (see the module)
