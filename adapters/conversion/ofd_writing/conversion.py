# SPDX-License-Identifier: Apache-2.0
"""
PDF becomes OFD (GB/T 33190): text as text in the PDF's own fonts, paths, pictures, page by page.

A page that uses what OFD has no words for becomes a picture of itself with its text unseen on it, and
the report says so. Nothing is guessed about meaning: what is drawn comes along, what is done on a
click does not.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from math import ceil, floor
from pathlib import Path
from typing import Final

from PIL import Image

from adapters.conversion.ofd_writing import appearances, extras
from adapters.conversion.ofd_writing.canvas import Canvas, Region
from adapters.conversion.ofd_writing.drawing import Resources, Shared
from adapters.conversion.ofd_writing.extras import Place
from adapters.conversion.ofd_writing.geometry import MM_A_POINT, Box
from adapters.conversion.ofd_writing.identities import Identities
from adapters.conversion.ofd_writing.images import encoded
from adapters.conversion.ofd_writing.interpreter import Interpreter
from adapters.conversion.ofd_writing.layers import Layers
from adapters.conversion.ofd_writing.losses import Losses
from adapters.conversion.ofd_writing.package import Package
from adapters.conversion.ofd_writing.readable import letters, lost
from adapters.conversion.ofd_writing.shelf import Shelf
from adapters.conversion.ofd_writing.signatures import signatures
from adapters.conversion.ofd_writing.source import Page, Source
from adapters.conversion.ofd_writing.state import Clip
from adapters.conversion.ofd_writing.unsupported import Unsupported
from exchange import Report, Seals

MOST_REGIONS: Final = 40  # of a page that become pictures
MOST_COVERED: Final = 0.7  # of a page by them


def converted(source: Path, target: Path) -> Report:
    """
    Write *target* from the PDF *source*; what came through and what did not.

    Raises:
        Unreadable: it is no PDF that can be converted, and why.
    """
    with Source(source) as opened:
        return _Conversion(opened, _digest(source)).write(target)


class _Conversion:
    """One document on its way from a PDF into a package."""

    def __init__(self, source: Source, digest: str) -> None:
        self._source, self._digest = source, digest
        self._identities = Identities()
        self._losses = Losses()
        self._places: dict[int, Place] = {}
        self._order: list[int] = []
        self._kinds: Counter[str] = Counter()
        self._characters = self._lost = 0
        self._first: Box | None = None

    def write(self, target: Path) -> Report:
        with Package(target, self._identities) as package:
            shelf = Shelf(self._identities)
            shared = Shared(package, shelf, Layers(self._source.catalog))
            for page in self._source.pages():
                self._page(page, shared)
            for name, content in shelf.files():
                package.add(f"Doc_0/Res/{name}", content)
            self._close(package, shared)
            self._losses.gather(shared, self._kinds)
        return Report(
            self._characters,
            self._losses.said(),
            lost=None if shared.layers.hidden else self._lost,
            pages_before=self._source.pages_stated,
            pages=len(self._order),
            seals_before=signatures(self._source.catalog),
            seals_after=Seals(),
        )

    def _page(self, page: Page, shared: Shared) -> None:
        identity = self._identities.next()
        canvas = Canvas(page.box, self._identities)
        try:
            said = self._drawn(page, canvas, shared, hidden=False)
            _judge(canvas)
            self._fill_regions(page, canvas, shared)
        except Unsupported as e:
            self._losses.picture(page.number + 1, e.feature)
            canvas = Canvas(page.box, self._identities)
            said = self._pictured(page, canvas, shared)
        self._count(page, said)
        parts = [part for part in canvas.parts if isinstance(part, str)]
        shared.package.page(identity, page.box, parts)
        self._first = self._first or page.box
        self._order.append(page.key)
        upper = page.ctm[5] / MM_A_POINT if page.ctm[3] < 0 else 0.0
        self._places[page.key] = Place(identity, page.box.height, upper)

    def _drawn(self, page: Page, canvas: Canvas, shared: Shared, *, hidden: bool) -> list[str]:
        interpreter = Interpreter(shared, canvas, page.ctm, hidden=hidden)
        start = interpreter.state.saved()
        interpreter.run(page.contents, Resources(page.resources))
        interpreter.state = start
        kinds = Counter[str]() if hidden else self._kinds
        appearances.draw(page.annotations, interpreter, kinds)
        interpreter.lines.flush()
        return interpreter.lines.said

    def _fill_regions(self, page: Page, canvas: Canvas, shared: Shared) -> None:
        """Put in the place of each region its part of the page's picture."""
        regions = [(at, part) for at, part in enumerate(canvas.parts) if isinstance(part, Region)]
        if not regions:
            return
        image = self._source.draw(page.number)
        drawn, canvas.parts = canvas.parts, []
        for part in drawn:
            if isinstance(part, str):
                canvas.parts.append(part)
                continue
            self._losses.region(page.number + 1, part.feature)
            _insert(image, part.box, canvas, shared)

    def _pictured(self, page: Page, canvas: Canvas, shared: Shared) -> list[str]:
        _insert(self._source.draw(page.number), page.box, canvas, shared)
        return self._drawn(page, canvas, shared, hidden=True)

    def _count(self, page: Page, said: list[str]) -> None:
        self._characters += letters(said).total()
        self._lost += lost([self._source.text(page.number)], said)

    def _close(self, package: Package, shared: Shared) -> None:
        resources = package.resources(shared.shelf.resources())
        bookmarks, _ = extras.outlines(self._source.document, self._places, self._order)
        attached, _ = extras.attachments(self._source.catalog, shared.files, package, self._identities)
        assert self._first is not None  # a document without pages was refused
        package.document(self._first, resources, outlines=bookmarks, attachments=attached)
        package.entrance(extras.information(self._source.information, self._digest))


def _judge(canvas: Canvas) -> None:
    """
    Whether the regions that become pictures are so few that the page is worth keeping.

    Raises:
        Unsupported: they are not, and the page had better be one picture.
    """
    regions = [part for part in canvas.parts if isinstance(part, Region)]
    covered = sum(region.box.width * region.box.height for region in regions)
    if len(regions) > MOST_REGIONS or covered > MOST_COVERED * canvas.box.width * canvas.box.height:
        raise Unsupported(regions[0].feature)


def _insert(image: Image.Image, box: Box, canvas: Canvas, shared: Shared) -> None:
    """Put what *image*, a picture of the whole page, shows within *box* on the page."""
    across, down = image.width / canvas.box.width, image.height / canvas.box.height
    left, top = floor(box.left * across), floor(box.top * down)
    right, bottom = min(image.width, ceil(box.right * across)), min(image.height, ceil(box.bottom * down))
    if right <= left or bottom <= top:
        return
    made = encoded(image.crop((left, top, right, bottom)))
    resource = shared.package.picture(made.content, made.extension)
    place = ((right - left) / across, 0.0, 0.0, (bottom - top) / down, left / across, top / down)
    canvas.picture(resource, place, alpha=1.0, clip=Clip(canvas.box))


def _digest(source: Path) -> str:
    with source.open("rb") as reading:
        return hashlib.file_digest(reading, "sha256").hexdigest()
