# SPDX-License-Identifier: Apache-2.0
"""
Converting: a message's parts become what its receiving application accepts, before it gets them.

What a part is, detectors say by its content; what its sender declared counts only where content
cannot tell. Each part takes the cheapest way; one that fits already stays as it is. Handover calls this, and
sends `delivered` only after it has succeeded; what it says about each conversion goes, encrypted,
to the sender. How a converter runs is the edge's business.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import repeat
from pathlib import Path
from types import MappingProxyType

from exchange.adapter import BytesPart, Part
from exchange.converter import Converter
from exchange.detector import Detected, Detector, judged
from exchange.edge import spool
from exchange.edge.conversion_pool import ConversionPool
from exchange.edge.conversion_process import ConversionProcess, Converted, convert_part
from exchange.errors import Reject, Retry
from exchange.model.conversion import Conversion, ConversionStep
from exchange.model.digest import Digest
from exchange.model.format import fits, format_name, format_word, renamed, truly_named
from exchange.model.priority import Priority
from exchange.role.handover import FilePart, Prepared
from exchange.texts import Phrase, say

ORIGINAL = "original"  # what an application may want in place of an unfaithful result
FOLDER = "converted"  # in the message's place, and gone with it


@dataclass(frozen=True, slots=True)
class Fidelity:
    """
    What a conversion may lose.

    most_lost: the share of characters, 0 to 1; most_different: how far the worst page may look unlike its
    source, 0 to 1; what was not counted or measured is within both;
    below: `return` the message, or deliver the `original` part as it is.
    """

    most_lost: float = 1.0
    most_different: float = 1.0
    below: str = "return"

    def fault(self, certificate: Conversion) -> Reject | None:
        """What is less than that in what *certificate* tells; None: it is faithful enough."""
        if certificate.lost_share > self.most_lost:
            lost, whole = certificate.lost or 0, (certificate.characters or 0) + (certificate.lost or 0)
            return Reject("EX-314", name=certificate.part, lost=lost, whole=whole)
        found = certificate.difference
        if found is not None and found.share > self.most_different:
            shares = {"percent": f"{found.share:.2%}", "most": f"{self.most_different:.2%}"}
            return Reject("EX-315", name=certificate.part, page=found.page, **shares)
        return None


class Converting:
    """
    The conversions for one application; several calls at a time, each about another message.

    accepts: formats that the application reads; none = any, and nothing is converted;
    by_type: the same for single message types, which goes before it;
    detectors: who says what a part is, by its content; none = its sender is believed;
    pool: whose processes are used; none = one of its own;
    fidelity: what the application bears, and what becomes of a part below it;
    unconvertible: what becomes of a part that cannot be converted: `return` the message, or deliver the
    `original` part as it is.
    """

    def __init__(
        self,
        accepts: Sequence[str],
        converters: Sequence[Converter],
        *,
        by_type: Mapping[str, Sequence[str]] = MappingProxyType({}),
        allow_lossy: bool = False,
        detectors: Sequence[Detector] = (),
        pool: ConversionPool | None = None,
        fidelity: Fidelity = Fidelity(),
        unconvertible: str = "return",
        lang: str = "en",
    ) -> None:
        self._accepts = accepts
        self._by_type = by_type
        self._converters = converters
        self._allow_lossy = allow_lossy
        self._detectors = detectors
        self._pool = pool or ConversionPool()
        self._fidelity = fidelity
        self._keeps = unconvertible == ORIGINAL
        self._lang = lang

    def __call__(
        self,
        parts: Sequence[Part],
        place: Path,
        message_type: str = "",
        priority: Priority = Priority.ROUTINE,
    ) -> Prepared:
        """
        *parts* as the application accepts them, with a line and a certificate of each that was converted.

        Where nothing is to be converted, no place in which others convert is waited for.

        Raises:
            Reject: EX-310 to EX-315, about the first part that cannot be had, nor is wanted as it was sent.
            Retry: EX-506, there is no room; EX-511, a converter cannot be started.
        """
        wanted = self._by_type.get(message_type, self._accepts)
        if not wanted or (not self._detectors and all(_fits(part.media_type, wanted) for part in parts)):
            return Prepared(tuple(parts))
        folder = _emptied(place / FOLDER)
        paths = [_path(part, folder / f"part-{number}") for number, part in enumerate(parts)]
        found = self._looked(parts, paths, priority)
        forms = [judged(part.media_type, one, self._knows) for part, one in zip(parts, found, strict=True)]
        if all(_fits(form, wanted) for form in forms):
            done = list(map(self._called, parts, forms, repeat(wanted)))
            return Prepared(tuple(done), tuple(self._named_anew(parts, done)))
        if not self._keeps:
            _check_sound(found, forms, wanted)
        done = []
        said: list[str] = []
        certificates: list[Conversion] = []
        with self._pool.process(priority) as process:
            for part, path, one, form in zip(parts, paths, found, forms, strict=True):
                if _fits(form, wanted):
                    done.append(self._called(part, form, wanted))
                    said += self._named_anew([part], done[-1:])
                    continue
                converted = self._tried(path, one, form, wanted=wanted, folder=folder, process=process)
                if isinstance(converted, Reject):
                    done.append(part)
                    said.append(self._kept(part.name, form, converted))
                    continue
                made = _part(part, converted)
                certificate = _certificate(part, form, made, converted)
                enough = self._is_enough(certificate)
                done.append(made if enough else part)
                said.append(self._line(part.name, form, converted, enough=enough))
                certificates.append(certificate if enough else replace(certificate, delivered=False))
        return Prepared(tuple(done), tuple(said), tuple(certificates))

    def close(self) -> None:
        """End what is idle, and at work; a further call starts it again."""
        self._pool.close()

    @property
    def _knows(self) -> tuple[str, ...]:
        return tuple(name for detector in self._detectors for name in detector.knows)

    def _is_enough(self, certificate: Conversion) -> bool:
        """
        Whether the result is as faithful as the application asks; else it gets what was sent.

        Raises:
            Reject: EX-314, EX-315, it is not, and the application does not want what was sent.
        """
        fault = self._fidelity.fault(certificate)
        if fault is not None and self._fidelity.below != ORIGINAL:
            raise fault
        return fault is None

    def _looked(self, parts: Sequence[Part], paths: Sequence[Path], priority: Priority) -> list[Detected]:
        if not self._detectors:
            return [Detected(part.media_type) for part in parts]
        with self._pool.look(priority) as process:
            return [process.detect(self._detectors, path) for path in paths]

    def _tried(
        self,
        path: Path,
        one: Detected,
        form: str,
        *,
        wanted: Sequence[str],
        folder: Path,
        process: ConversionProcess,
    ) -> Converted | Reject:
        """
        What became of a part, or why it stays as it was sent.

        Raises:
            Reject: EX-310 to EX-313, it cannot be converted, and is not wanted as it was sent.
        """
        try:
            _check_sound([one], [form], wanted)
            return self._convert(path, form, wanted, folder, process)
        except Reject as refusal:
            if not self._keeps:
                raise
            return refusal

    def _convert(
        self, path: Path, form: str, wanted: Sequence[str], folder: Path, process: ConversionProcess
    ) -> Converted:
        return convert_part(
            path,
            form,
            accepts=wanted,
            folder=folder,
            converters=self._converters,
            process=process,
            allow_lossy=self._allow_lossy,
        )

    def _called(self, part: Part, form: str, wanted: Sequence[str]) -> Part:
        """*part*, which fits, called what it was seen to be, suffix included."""
        assert isinstance(part, FilePart | BytesPart)  # a daemon makes no other
        name = truly_named(part.name, form) if self._detectors else part.name
        if name == part.name and _fits(part.media_type, wanted):
            return part
        return replace(part, name=name, media_type=form)

    def _named_anew(self, parts: Sequence[Part], done: Sequence[Part]) -> Iterator[str]:
        """A line about each part that has another name now, since its suffix said what it is not."""
        for part, now in zip(parts, done, strict=True):
            if part.name != now.name:
                values = {"name": part.name, "found": format_word(now.media_type), "made": now.name}
                yield say("conversion.renamed", self._lang, **values)

    def _line(self, name: str, form: str, converted: Converted, *, enough: bool) -> str:
        report = converted.report
        key = "conversion.report" if report.characters is None else "conversion.report.text"
        values = {"name": name, "found": form, "wanted": converted.format}
        line = say(key, self._lang, characters=report.characters, **values)
        if report.losses:
            line += "; " + say("conversion.report.losses", self._lang, losses=self._said(report.losses))
        if report.notes:
            line += "; " + self._said(report.notes)
        if not enough:
            line += "; " + say("conversion.report.original", self._lang)
        return " ".join(line.split())

    def _kept(self, name: str, form: str, refusal: Reject) -> str:
        reason = f"{refusal.code} {refusal.text(self._lang)}"
        values = {"name": name, "found": form, "reason": reason}
        return " ".join(say("conversion.report.kept", self._lang, **values).split())

    def _said(self, lines: Sequence[str | Phrase]) -> str:
        each = (say(it.key, self._lang, **it.values) if isinstance(it, Phrase) else it for it in lines)
        return ", ".join(each)


def _certificate(part: Part, form: str, made: FilePart, converted: Converted) -> Conversion:
    report = converted.report
    steps = (
        ConversionStep(
            type(each).__name__,
            ", ".join(filter(None, (each.release, each.version()))),
            format_name(each.produces),
        )
        for each in converted.way
    )
    return Conversion(
        part=part.name,
        found=form,
        source=part.digest,
        result=made.digest,
        steps=tuple(steps),
        characters=report.characters,
        lost=report.lost,
        pages_before=report.pages_before,
        pages=report.pages,
        faces=report.fonts,
        difference=report.difference,
        seals_before=report.seals_before,
        seals_after=report.seals_after,
    )


def _fits(form: str, wanted: Sequence[str]) -> bool:
    return any(fits(form, each) for each in wanted)


def _check_sound(found: Sequence[Detected], forms: Sequence[str], wanted: Sequence[str]) -> None:
    """Before anything is converted: what is damaged or protected refuses the whole message."""
    for one, form in zip(found, forms, strict=True):
        if one.trouble is not None and not _fits(form, wanted):
            raise Reject("EX-311", found=form, wanted=", ".join(wanted), reason=one.trouble)


def _emptied(folder: Path) -> Path:
    spool.forget(folder)  # of a handover that a crash, or a busy application, interrupted
    try:
        folder.mkdir(parents=True)
    except OSError as e:
        raise Retry("EX-506", after_seconds=10.0, what=str(folder), reason=e.strerror) from e
    return folder


def _path(part: Part, path: Path) -> Path:
    if isinstance(part, FilePart):
        return part.path
    part.save(path)
    return path


def _part(part: Part, converted: Converted) -> FilePart:
    with converted.path.open("rb") as reading:
        digest = Digest("sha256", hashlib.file_digest(reading, "sha256").digest())
    size = converted.path.stat().st_size
    name = renamed(part.name, part.media_type, converted.format)
    return FilePart(name, converted.format, part.role, size, digest, converted.path)
