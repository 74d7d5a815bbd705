# SPDX-License-Identifier: Apache-2.0
"""
What is sent: records like those of a business system, and files that compress well or not at all.

Everything is made from a fixed seed, so that two runs send the same bytes.
"""

from __future__ import annotations

import random
from pathlib import Path

PIECE = 1 << 20  # files are written in pieces of this size
DISTINCT_PIECES = 16  # of text; further ones repeat, far outside any compressor's window here
FAMILY_NAMES = "王李张刘陈杨黄赵吴周"
STREETS = ("中山路", "解放路", "人民路", "建设路", "新华街", "和平大道")


def records(size_bytes: int, seed: int = 7) -> str:
    """XML records of about *size_bytes* in UTF-8 (short of it by less than one record)."""
    chance = random.Random(seed)
    head, tail = '<?xml version="1.0" encoding="UTF-8"?>\n<records>\n', "</records>\n"
    lines, size = [head], len(head) + len(tail)
    while size + len(line := _record(chance)) + _extra_bytes(line) <= size_bytes:
        lines.append(line)
        size += len(line.encode())
    return "".join([*lines, tail])


def random_file(path: Path, size_bytes: int, seed: int = 7) -> Path:
    """A file that no compressor makes smaller."""
    chance = random.Random(seed)
    with path.open("wb") as file:
        for start in range(0, size_bytes, PIECE):
            file.write(chance.randbytes(min(PIECE, size_bytes - start)))
    return path


def text_file(path: Path, size_bytes: int) -> Path:
    """A file of records, as an export of a database would be."""
    pieces = [records(PIECE, seed).encode().ljust(PIECE, b"\n") for seed in range(DISTINCT_PIECES)]
    with path.open("wb") as file:
        for number, start in enumerate(range(0, size_bytes, PIECE)):
            file.write(pieces[number % DISTINCT_PIECES][: size_bytes - start])
    return path


def _record(chance: random.Random) -> str:
    name = chance.choice(FAMILY_NAMES) + chr(chance.randint(0x4E00, 0x6E00))
    return (
        f'<record id="{chance.getrandbits(48):012x}"><name>{name}</name>'
        f"<number>{chance.randint(10**17, 10**18 - 1)}</number>"
        f"<address>{chance.choice(STREETS)}{chance.randint(1, 999)}号</address>"
        f"<amount>{chance.randint(1, 10**7) / 100:.2f}</amount></record>\n"
    )


def _extra_bytes(line: str) -> int:
    return len(line.encode()) - len(line)
