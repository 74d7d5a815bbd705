# SPDX-License-Identifier: Apache-2.0
"""
The signed receipts, one file each in receipts/, named so that people find them by their document.

The same receipt is kept once, however often it is handed over. What a receipt means is not known here.
"""

from __future__ import annotations

import os
from itertools import count
from pathlib import Path

from adapters.directory.layout import Layout
from exchange import Settled, files

STEM_BYTES = 80  # of the document's name in a receipt's name


class Receipts:
    """The receipts folder of one hot folder."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout

    def keep(self, receipt: Settled, *, document: str | None) -> None:
        """
        *receipt* as a file beside the others about *document*.

        A receipt that comes when its document is long filed (document None) is named like
        the others about its message.
        """
        folder = self._layout.restore(self._layout.receipts)
        stem = self._stem(receipt.message_id, folder) if document is None else document
        name = files.safe_name(".".join(filter(None, (_short(stem), *_marks(receipt), "xml"))))
        fresh = folder / f".{files.safe_name(receipt.message_id)}.part"
        fresh.unlink(missing_ok=True)
        for number in count(1):
            path = folder / (name if number == 1 else files.numbered(name, number))
            if _has(path, receipt.document):
                break
            if not os.path.lexists(path):
                files.write_new(fresh, receipt.document)
                files.move_new(fresh, path)
                break

    def _stem(self, message_id: str, folder: Path) -> str:
        names = (name.partition(f".{message_id}.") for name in sorted(os.listdir(folder)))
        return next((stem for stem, found, _ in names if found and stem), "")


def _short(stem: str) -> str:
    return files.shortened(stem, STEM_BYTES) if stem else ""


def _marks(receipt: Settled) -> tuple[str, ...]:
    who = str(receipt.receiver) if receipt.receiver else receipt.by
    return receipt.message_id, receipt.kind, who.replace("/", "_")


def _has(path: Path, document: bytes) -> bool:
    try:
        return path.read_bytes() == document
    except FileNotFoundError:
        return False
