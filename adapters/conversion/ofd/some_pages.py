# SPDX-License-Identifier: Apache-2.0
"""
Some pages of an OFD package as a PDF, for whoever wants to see what it looks like, and for nobody else.

There are no attachments, bookmarks, links nor seals in it, and what cannot be drawn is not told.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import BinaryIO

from adapters.conversion.ofd.losses import Losses
from adapters.conversion.ofd.package import Package
from adapters.conversion.ofd.pages import PageReader
from adapters.conversion.ofd.painting.painter import Painter
from adapters.conversion.ofd.painting.pdf_file import Name, PdfFile


def paint_pages(source: Path, out: BinaryIO, numbers: Collection[int]) -> None:
    """
    Write into *out* a PDF of the pages *numbers*, from 0, of the first document in *source*.

    Raises:
        Unreadable: it is no OFD package.
    """
    losses = Losses()
    with Package(source, losses) as package:
        file = PdfFile(out)
        painter = Painter(file, losses)
        for page in PageReader(package, package.documents[0]).pages(numbers):
            painter.page(page)
        painter.lead({})
        file.close(file.add({"Type": Name("Catalog"), "Pages": painter.finish()}), file.add({}), bytes(16))
