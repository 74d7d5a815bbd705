# SPDX-License-Identifier: Apache-2.0
"""The outline of a PDF: entries that know their neighbours, written after the pages to which they lead."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.conversion.ofd.outlines import Entry
from adapters.conversion.ofd.painting.painter import Painted, spot
from adapters.conversion.ofd.painting.pdf_file import Name, PdfFile, Ref, Value

Places = Mapping[str, Painted]


def write_outline(file: PdfFile, entries: Sequence[tuple[Entry, Places]]) -> Ref | None:
    """The outline of *entries*, each with the pages of its own document; None where there are none."""
    if not entries:
        return None
    root = file.reserve()
    refs = _level(file, entries, root)
    head: dict[str, Value] = {
        "Type": Name("Outlines"),
        "First": refs[0],
        "Last": refs[-1],
        "Count": len(refs),
    }
    file.write(root, head)
    return root


def _level(file: PdfFile, entries: Sequence[tuple[Entry, Places]], parent: Ref) -> list[Ref]:
    refs = [file.reserve() for _ in entries]
    for index, (entry, places) in enumerate(entries):
        head: dict[str, Value] = {"Title": entry.title or "-", "Parent": parent}
        if index > 0:
            head["Prev"] = refs[index - 1]
        if index + 1 < len(refs):
            head["Next"] = refs[index + 1]
        if entry.below:
            below = _level(file, [(each, places) for each in entry.below], refs[index])
            count = len(below) if entry.is_open else -len(below)
            head |= {"First": below[0], "Last": below[-1], "Count": count}
        if entry.target is not None and entry.target.page in places:
            head["Dest"] = spot(entry.target, places[entry.target.page])
        file.write(refs[index], head)
    return refs
