# SPDX-License-Identifier: Apache-2.0
"""
The signatures of a PDF: its signature fields that hold one (ISO 32000-1, 12.7.4.5). It verifies none.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import Any, Final

from adapters.conversion.ofd_writing.objects import array, dictionary, identity, name
from exchange import Seals

MOST_FIELDS: Final = 10_000  # that are looked at; a file may say that a field is among its own


def signatures(catalog: Mapping[str, Any]) -> Seals:
    """How many signatures the document with this *catalog* has."""
    left = deque((each, "") for each in array(dictionary(catalog.get("AcroForm")).get("Fields")))
    looked, found = set[int](), 0
    while left and len(looked) < MOST_FIELDS:
        field, inherited = left.popleft()
        number = identity(field)  # 0 where it stands in its parent, which then has an end
        if number in looked:
            continue
        looked |= {number} - {0}
        attributes = dictionary(field)
        kind = name(attributes.get("FT")) or inherited
        found += kind == "Sig" and bool(dictionary(attributes.get("V")))
        left += [(kid, kind) for kid in array(attributes.get("Kids"))]
    return Seals(unproven=found)
