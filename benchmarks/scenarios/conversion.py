# SPDX-License-Identifier: Apache-2.0
"""
(f) Seconds a document for each conversion that is installed, cold and warm, and documents a second.

Every edge converts the same official document, which earlier edges have brought into the format that it
reads. Cold is the first document of a new child process, the start of an office included; warm are the
ones after it. What writes or reads pages is also given a document of many pages, for seconds a page.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import pypdfium2

from benchmarks.figures import Repeats
from benchmarks.outcome import Outcome, Row
from benchmarks.setting import Setting
from benchmarks.usage import read_process
from exchange.converter import Converter, fits, format_name
from exchange.edge.conversion_process import ConversionProcess, installed_converters
from exchange.testing.official_document import OfficialDocument

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
PDF, OFD = "application/pdf", "application/ofd"
NAMES = {DOCX: "docx", PDF: "pdf", OFD: "ofd", "application/msword": "doc"}
NAMES |= {"application/vnd.oasis.opendocument.text": "odt", "application/wps-office.wps": "wps"}
WORKERS = (1, 2, 4)
MANY = 42  # times the body of one page


def measure(setting: Setting) -> Outcome:
    known = [each for each in installed_converters() if format_name(each.produces) in NAMES]
    short = Samples(setting.folder / "short", OfficialDocument().docx(), known)
    rows: list[Row] = []
    warm: dict[tuple[str, str], Repeats] = {}
    peak = 0.0
    for source, converter in short.edges():
        name = (_name(source), _name(converter.produces))
        cold, warm[name], held = _edge(short, source, converter, setting)
        peak = max(peak, held)
        rows += [
            Row(" → ".join(name), "cold", "s", Repeats.of([cold])),
            Row(" → ".join(name), "warm", "s", warm[name]),
        ]
    pages, count = _a_page(setting, known)
    rows += [Row(" → ".join(name), f"a page, of {count}", "s", repeats) for name, repeats in pages.items()]
    rates = {workers: _rate(setting, short, known, workers) for workers in WORKERS}
    rows += [
        Row(f"docx → pdf, {n} worker{'s' * (n > 1)}", "documents", "1/s", rate) for n, rate in rates.items()
    ]
    rows.append(Row("the largest process, an office", "peak memory", "MiB", Repeats.of([peak])))
    keys = {"documents_a_second_4_workers": rates[4]}
    keys |= {key: found[edge] for key, found, edge in _wanted(warm, pages) if edge in found}
    return Outcome(title="(f) conversions of an official document", rows=tuple(rows), keys=keys)


def _wanted(
    warm: dict[tuple[str, str], Repeats], pages: dict[tuple[str, str], Repeats]
) -> tuple[tuple[str, dict[tuple[str, str], Repeats], tuple[str, str]], ...]:
    return (
        ("docx_to_pdf_warm_s", warm, ("docx", "pdf")),
        ("pdf_to_ofd_s_a_page", pages, ("pdf", "ofd")),
        ("ofd_to_pdf_s_a_page", pages, ("ofd", "pdf")),
    )


class Samples:
    """One document in every format that it can be brought into, by whatever edges there are."""

    def __init__(self, folder: Path, docx: bytes, converters: Sequence[Converter]) -> None:
        folder.mkdir()
        self.folder = folder
        self._numbers = iter(range(1_000_000))
        self._converters = converters
        first = self.new()
        first.write_bytes(docx)
        self.files = {DOCX: first}
        with ConversionProcess() as process:
            while self._grows(process):
                pass

    def new(self) -> Path:
        return self.folder / f"{next(self._numbers)}"

    def edges(self) -> list[tuple[str, Converter]]:
        """Each converter of documents, with the format of ours that it is given."""
        found = []
        for converter in self._converters:
            sources = [held for held in self.files if any(fits(held, each) for each in converter.accepts)]
            if sources:
                found.append((sources[0], converter))
        return found

    def _grows(self, process: ConversionProcess) -> bool:
        for source, converter in self.edges():
            there = format_name(converter.produces)
            if there not in self.files:
                target = self.new()
                process.convert(converter, self.files[source], target, from_format=source)
                self.files[there] = target
                return True
        return False


def _edge(
    samples: Samples, source: str, converter: Converter, setting: Setting
) -> tuple[float, Repeats, float]:
    """Seconds cold and warm, and the peak memory in MiB of the largest process that was kept."""
    with ConversionProcess() as process:

        def convert() -> float:
            target, started = samples.new(), time.perf_counter()
            process.convert(converter, samples.files[source], target, from_format=source)
            return time.perf_counter() - started

        cold = convert()
        warm = Repeats.of(convert() for _ in range(setting.size(10, 3)))
        return cold, warm, max(_peaks(), default=0.0)


def _a_page(setting: Setting, known: Sequence[Converter]) -> tuple[dict[tuple[str, str], Repeats], int]:
    """Seconds a page, warm, of what reads or writes pages; and how many pages there were."""
    many = OfficialDocument(body=OfficialDocument().body * MANY, sealed=False)
    samples = Samples(setting.folder / "many", many.docx(), known)
    with pypdfium2.PdfDocument(samples.files[PDF]) as document:
        count = len(document)
    found: dict[tuple[str, str], Repeats] = {}
    for source, converter in samples.edges():
        name = (_name(source), _name(converter.produces))
        if name in (("pdf", "ofd"), ("ofd", "pdf"), ("docx", "pdf")):
            _, warm, _ = _edge(samples, source, converter, setting)
            found[name] = Repeats.of(seconds / count for seconds in warm.values)
    return found, count


def _rate(setting: Setting, samples: Samples, known: Sequence[Converter], workers: int) -> Repeats:
    """Documents a second, docx to pdf, by so many offices at once, all of them warm."""
    (converter,) = [c for source, c in samples.edges() if source == DOCX and c.produces == PDF]
    count = setting.size(20, 5)
    rates = []
    for _ in range(setting.repeats):
        warm, done = threading.Barrier(workers + 1), threading.Barrier(workers + 1)
        threads = [
            threading.Thread(target=_work, args=(samples, converter, count, warm, done), daemon=True)
            for _ in range(workers)
        ]
        for thread in threads:
            thread.start()
        warm.wait(120)
        started = time.perf_counter()
        done.wait(600)
        rates.append(workers * count / (time.perf_counter() - started))
        for thread in threads:
            thread.join()
    return Repeats.of(rates)


def _work(
    samples: Samples, converter: Converter, count: int, warm: threading.Barrier, done: threading.Barrier
) -> None:
    """One worker; should a conversion fail, nobody waits for it."""
    try:
        with ConversionProcess() as process:

            def convert() -> None:
                process.convert(converter, samples.files[DOCX], samples.new(), from_format=DOCX)

            convert()
            warm.wait(120)
            for _ in range(count):
                convert()
            done.wait(600)
    except BaseException:
        warm.abort()
        done.abort()
        raise


def _peaks() -> list[float]:
    """The peak memory of everything that this process has started and that lives, in MiB."""
    found, waiting = [], [os.getpid()]
    while waiting:
        for child in _children(waiting.pop()):
            waiting.append(child)
            if (usage := read_process(child)) is not None:
                found.append(usage.peak_rss_mb)
    return found


def _children(pid: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += map(int, task.read_text().split())
        except OSError:  # it has ended meanwhile
            continue
    return found


def _name(form: str) -> str:
    return NAMES.get(format_name(form), form)
