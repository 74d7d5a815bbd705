# SPDX-License-Identifier: Apache-2.0
"""A thousand conversions with faults at random: every document is answered for, and nothing is left."""

from __future__ import annotations

import os
import random
import signal
from collections import Counter
from pathlib import Path

import pytest

from adapters.conversion.office.edges import OfficeToDoc, OfficeToOdt, OfficeToPdf
from exchange import Reject
from tests.adapters.conversion import documents as made
from tests.adapters.conversion.office import official
from tests.adapters.conversion.office.test_office import Bench, below
from tests.edge.broker_places import until
from tests.edge.test_conversion_process import is_running

DOCUMENTS = 1000
GOOD = [official.official(), official.official(pages=4), made.odt(), made.rtf(), made.docm()]
BAD = [
    b"",
    made.docx()[:700],
    made.word_97(),
    made.docx("<w:p>"),
    os.urandom(3000),
    made.docx(official.nested(80)),
]


class HastyToPdf(OfficeToPdf):
    """It gives a document so little time that one whose office is stopped is soon over."""

    kept = "hasty"
    limit_seconds = 15.0


class HastyToDoc(OfficeToDoc):
    kept = "hasty"
    limit_seconds = 15.0


class HastyToOdt(OfficeToOdt):
    kept = "hasty"
    limit_seconds = 15.0


def harm(bench: Bench, chance: random.Random) -> str:
    """Something happens to what runs there; what it was."""
    dice = chance.random()
    running = {name: pid for pid, name in bench.running()}
    fault, name = next((fault for limit, fault in FAULTS if dice < limit), (0, ""))
    if name in running:
        os.kill(running[name], fault)
        return f"{signal.Signals(fault).name} {name}"
    return ""


FAULTS = (
    (0.02, (signal.SIGKILL, "soffice.bin")),
    (0.03, (signal.SIGSEGV, "soffice.bin")),
    (0.035, (signal.SIGSTOP, "soffice.bin")),
    (0.045, (signal.SIGKILL, "python3")),
    (0.05, (signal.SIGSTOP, "python3")),
)


def soak(folder: Path, documents: int) -> Counter[str]:
    """Convert so many *documents* one after the other; how they ended."""
    bench, chance, ended = Bench(folder), random.Random(7), Counter[str]()
    seen: set[int] = set()
    for number in range(documents):
        ended[harm(bench, chance)] += 1
        good = chance.random() < 0.8
        data = chance.choice(GOOD if good else BAD)
        converter = chance.choice([HastyToPdf(), HastyToDoc(), HastyToOdt()])
        try:
            bench.convert(converter, data)
            ended["converted"] += 1
        except Reject as e:
            assert not good or e.code == "EX-311", f"document {number}: {e}"  # noqa: PT017  (both ends are right)
            ended["refused" if not good else "refused, though good"] += 1
        seen |= {pid for pid, _ in bench.running()}
        for left in folder.iterdir():
            left.unlink()
    place = bench.process._folder
    assert place is not None
    bench.process.close()
    until(lambda: not any(is_running(pid) for pid in seen))
    assert not place.path.exists()
    assert list(folder.iterdir()) == []
    return ended


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_a_thousand_conversions_with_faults_leave_nothing_behind(tmp_path: Path) -> None:
    before = {pid for pid, _ in below(os.getpid())}
    ended = soak(tmp_path, DOCUMENTS)
    assert ended["converted"] > 0.7 * DOCUMENTS
    assert ended["refused, though good"] < 0.01 * DOCUMENTS
    until(lambda: {pid for pid, _ in below(os.getpid())} <= before)


@pytest.mark.slow
def test_an_office_that_hangs_is_replaced_and_the_document_converted(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.convert(HastyToPdf(), made.docx())
    (office,) = bench.offices()
    os.kill(office, signal.SIGSTOP)
    bench.convert(HastyToPdf(), made.docx())
    assert bench.offices() != [office]
    bench.process.close()
