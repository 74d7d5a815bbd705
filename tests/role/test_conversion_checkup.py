# SPDX-License-Identifier: Apache-2.0
"""`adapter check`: what converts documents, and what is lacking on this machine."""

from __future__ import annotations

from exchange.edge.settings import Application
from exchange.role.checkup import Verdict
from exchange.role.conversion_checkup import conversion
from tests.edge.odd_converters import Lacking, Upper
from tests.role.test_daemon_checkup import only

READING, ANY = Application("directory", accepts=("pdf",)), Application("directory")
BY_TYPE = Application("directory", accepts_by_type={"document.official.v1": ("pdf",)})


def test_where_nothing_is_converted_no_converter_is_asked() -> None:
    assert only(conversion([ANY], lambda: [][0])) == (Verdict.GOOD, "no application asks for conversion")


def test_converters_that_work_are_counted() -> None:
    assert only(conversion([ANY, READING], lambda: [Upper(), Upper()])) == (Verdict.GOOD, "2 converters work")


def test_what_several_lack_is_said_once() -> None:
    found = only(conversion([BY_TYPE], lambda: [Lacking(), Upper(), Lacking()]))
    assert found == (Verdict.WARNING, "it ended without a result")
