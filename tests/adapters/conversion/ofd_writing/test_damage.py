# SPDX-License-Identifier: Apache-2.0
"""A damaged PDF becomes an OFD document that keeps the standard's structure, or is refused by name."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from adapters.conversion.ofd_writing import PdfToOfd
from exchange import Reject
from tests.adapters.conversion.ofd_writing.build import FIXTURES, FOLDER
from tests.adapters.conversion.ofd_writing.packages import Written, defects

DAMAGES = 12  # of each fixture; the fixtures are not packed, so that any byte may be hit
_LIKELY = b"0123456789 /()<>[]{}.-abfqQTjmnW\x00\xff"


def damaged(data: bytes, chance: random.Random) -> bytes:
    """*data* with some bytes put in the place of others, and maybe cut off."""
    found = bytearray(data)
    for _ in range(chance.randint(1, 40)):
        found[chance.randrange(len(found))] = chance.choice(_LIKELY)
    if chance.random() < 0.2:
        del found[chance.randrange(len(found)) :]
    return bytes(found)


@pytest.mark.parametrize("name", FIXTURES)
def test_whatever_is_damaged_the_answer_is_a_document_or_a_refusal(name: str, tmp_path: Path) -> None:
    whole = (FOLDER / f"{name}.pdf").read_bytes()
    answers = [answer(whole, random.Random(f"{name} {seed}"), tmp_path) for seed in range(DAMAGES)]
    assert set(answers) <= {"converted", "EX-311"}
    assert "converted" in answers


def answer(whole: bytes, chance: random.Random, folder: Path) -> str:
    source, target = folder / "source.pdf", folder / "target.ofd"
    source.write_bytes(damaged(whole, chance))
    target.unlink(missing_ok=True)
    try:
        PdfToOfd().convert(source, target)
    except Reject as e:
        return e.code
    found = list(defects(Written(target)))
    return ", ".join(found) or "converted"
