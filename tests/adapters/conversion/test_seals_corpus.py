# SPDX-License-Identifier: Apache-2.0
"""
Real seals and signatures of six makers, in `--corpus DIR`: SM2 signatures of others verify here.

Without anchors none of them can be valid; what is proven is that nothing is found wrong where nothing is,
and that what was altered after signing is found.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.conversion.seals import Outcome, verify_seals

AT = datetime(2026, 11, 21, tzinfo=UTC)
UNTOUCHED = {  # of each file, what is said of its seals besides that no anchor is configured
    "ofdrw-converter__1": [set()],
    "ofdrw-converter__999": [set()],
    "ofdrw-converter__V4RideRight": [set()],
    "ofdrw-converter__testImageOverridePage": [set(), set()],
    "ofdrw-converter__不规范资源路径": [set()],
    "ofdrw-sign__v4signed": [set()],
}
ALTERED = {
    # the list of signatures was protected, and grew by the second one
    "ofdrw-converter__h": [{"file-altered"}, set()],
    # pages were changed after signing
    "ofdrw-layout__keyword": [{"file-altered"}, {"file-altered"}],
    # digests under a key that nobody knows; the seal itself stands
    "ofdrw-converter__n": [{"digest-unknown", "description-altered", "signature-wrong", "no-signers-listed"}],
}


@pytest.mark.parametrize(("name", "wanted"), [*UNTOUCHED.items(), *ALTERED.items()])
def test_what_real_seals_are_worth(corpus: Path, name: str, wanted: list[set[str]]) -> None:
    verdicts = verify_seals(corpus / "ofd" / f"{name}.ofd", (), AT)
    assert [{each.name for each in one.reasons} - {"no-anchors"} for one in verdicts] == wanted
    outcomes = [Outcome.INVALID if reasons else Outcome.NOT_VERIFIABLE for reasons in wanted]
    assert [one.outcome for one in verdicts] == outcomes


def test_files_without_signatures_have_no_verdict(corpus: Path) -> None:
    signed = {*UNTOUCHED, *ALTERED}
    for file in sorted((corpus / "ofd").glob("ofdrw-*.ofd")):
        if file.stem not in signed:
            assert verify_seals(file, (), AT) == (), file
