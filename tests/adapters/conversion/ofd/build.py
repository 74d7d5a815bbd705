# SPDX-License-Identifier: Apache-2.0
"""
The OFD fixtures, each named by the feature or the defect that it has.

    python -m tests.adapters.conversion.ofd.build

writes them anew; a test holds the committed files against this script. Every page is a square of 100 mm,
so that a place in millimetres says where to look.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.adapters.conversion.ofd import build_defects as bad
from tests.adapters.conversion.ofd import build_drawing as drawing
from tests.adapters.conversion.ofd import build_structure as structure
from tests.adapters.conversion.ofd import build_text as text

FOLDER = Path(__file__).with_name("fixtures")
FIXTURES: dict[str, Callable[[], bytes]] = {
    each.__name__: each
    for each in (
        text.text_steps,
        text.text_directions,
        text.text_looks,
        text.embedded_fonts,
        text.glyph_transforms,
        text.font_not_embedded,
        text.broken_font,
        drawing.path_verbs,
        drawing.colour_spaces,
        drawing.draw_params,
        drawing.gradients,
        drawing.patterns,
        drawing.clips,
        drawing.pictures,
        drawing.borders_and_lattices,
        structure.templates,
        structure.page_areas,
        structure.composite_units,
        structure.annotations,
        structure.seals,
        structure.attachments,
        structure.outlines,
        structure.page_resources,
        structure.links,
        structure.two_documents,
        bad.wrong_case_and_backslashes,
        bad.odd_namespaces,
        bad.missing_parts,
        bad.rings,
        bad.bomb_of_units,
        bad.unknown_objects,
        bad.encrypted,
        bad.no_pages,
        bad.no_document,
    )
}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, made in FIXTURES.items():
        (FOLDER / f"{name}.ofd").write_bytes(made())
