# SPDX-License-Identifier: Apache-2.0
"""
WPS as a target and as a source: Word 97 binary under the name .wps, and said so.

What WPS Office writes as .wps is a Word 97 document, which it reads under either name; so nothing
is converted here, and nothing can be lost. It needs no LibreOffice.
"""

from __future__ import annotations

import shutil
from importlib.util import find_spec
from pathlib import Path

from adapters.conversion import formats as f
from adapters.conversion.detection import detect
from exchange import Converter, Reject, Report, fits
from exchange.texts import Phrase


class DocToWps(Converter):
    """A Word 97 document, as it is, under the name that WPS Office gives it."""

    accepts = (f.DOC,)
    produces = f.WPS
    cost = 1

    @classmethod
    def trouble(cls) -> Phrase | None:
        if find_spec("olefile") is not None:
            return None
        return Phrase("office.lacking", {"what": "olefile", "package": "olefile"})

    def convert(self, source: Path, target: Path) -> Report:
        found = detect(source)
        if found.trouble is not None or not fits(found.format, f.DOC):
            reason = found.trouble or Phrase("office.not-a-document")
            raise Reject("EX-311", found=found.format, wanted=f.WPS, reason=reason)
        shutil.copyfile(source, target)
        return Report(notes=(Phrase("office.wps-is-word"),), lost=0)
