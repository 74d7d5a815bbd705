# SPDX-License-Identifier: Apache-2.0
"""
What can be read on a page: letters counted, so that a PDF and its OFD can be compared.

White space does not count, nor does the difference between a character and its presentation form.
Knows neither format.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable

from adapters.conversion.ofd_writing.encodings import searchable

_HYPHENS = str.maketrans({"\ufffe": "-", "\x02": "-", "\u00ad": "-"})  # as readers mark one at a line's end


def letters(said: Iterable[str]) -> Counter[str]:
    """The characters of *said*, as people search for them."""
    found: Counter[str] = Counter()
    for text in said:
        found.update(text)
    return searched(found)


def searched(found: Counter[str]) -> Counter[str]:
    """The same, of characters that are counted already."""
    plain: Counter[str] = Counter()
    for character, count in found.items():
        for each in unicodedata.normalize("NFKC", searchable(character.translate(_HYPHENS))):
            if not each.isspace() and unicodedata.category(each) not in ("Cc", "Cf", "Co", "Cn", "Cs"):
                plain[each] += count
    return plain


def lost(before: Iterable[str], after: Iterable[str]) -> int:
    """How many characters of *before* are not in *after*."""
    return (letters(before) - letters(after)).total()
