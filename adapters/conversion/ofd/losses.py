# SPDX-License-Identifier: Apache-2.0
"""
What a conversion could not bring over, collected while it goes on.

Each loss is a sentence of the catalogue; the same one is said once, with the pages that it is on and the
number of times. The number of sentences is bounded, whatever a document does.
"""

from __future__ import annotations

from exchange.texts import Phrase

SENTENCES = 80  # different ones; what comes after is only counted
PAGES = 12  # named in one sentence


class Losses:
    """
    The losses of one conversion.

    page: the page of the result that is being made, from 1; 0 = what is lost is on none.
    """

    def __init__(self) -> None:
        self.page = 0
        self._counts: dict[str, int] = {}
        self._pages: dict[str, list[int]] = {}
        self._phrases: dict[str, Phrase] = {}
        self._unsaid = 0

    def add(self, phrase: Phrase) -> None:
        """Something was lost."""
        said = str(phrase)
        if said not in self._phrases and len(self._phrases) >= SENTENCES:
            self._unsaid += 1
            return
        self._phrases[said] = phrase
        self._counts[said] = self._counts.get(said, 0) + 1
        pages = self._pages.setdefault(said, [])
        if self.page and pages[-1:] != [self.page]:
            pages.append(self.page)

    def __len__(self) -> int:
        return len(self._phrases)

    def keys(self) -> set[str]:
        """Which kinds of loss there were; "conversion.ofd.more" where some went unsaid."""
        unsaid = {"conversion.ofd.more"} if self._unsaid else set()
        return {phrase.key for phrase in self._phrases.values()} | unsaid

    def phrases(self) -> tuple[Phrase, ...]:
        """Each loss once, with its pages, and with its number where there were several."""
        said = [self._placed(key) for key in self._phrases]
        if self._unsaid:
            said.append(Phrase("conversion.ofd.more", {"count": self._unsaid}))
        return tuple(said)

    def _counted(self, key: str) -> Phrase:
        count, phrase = self._counts[key], self._phrases[key]
        return Phrase("conversion.ofd.times", {"loss": phrase, "count": count}) if count > 1 else phrase

    def _placed(self, key: str) -> Phrase:
        loss, pages = self._counted(key), self._pages[key]
        if not pages:
            return loss
        more = " …" if len(pages) > PAGES else ""
        named = ", ".join(map(str, pages[:PAGES])) + more
        return Phrase("conversion.ofd.on-pages", {"pages": named, "loss": loss})
