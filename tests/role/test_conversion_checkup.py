# SPDX-License-Identifier: Apache-2.0
"""`adapter check`: what converts documents, and what is lacking on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

from adapters.conversion.ceb import CebSettings, CebToPdf, PdfToCeb
from exchange.edge.conversion_process import ConversionProcess
from exchange.edge.conversion_walls import keeps_network_out
from exchange.edge.settings import Application, load_adapter
from exchange.role.checkup import Verdict, answers
from exchange.role.conversion_checkup import conversion
from exchange.role.daemon_checkup import Department
from tests.edge.odd_converters import Lacking, Upper
from tests.identities import NOON
from tests.role.test_daemon_checkup import only

READING, ANY = Application("directory", accepts=("pdf",)), Application("directory")
BY_TYPE = Application("directory", accepts_by_type={"document.official.v1": ("pdf",)})


def test_where_nothing_is_converted_no_converter_is_asked() -> None:
    assert only(conversion([ANY], lambda: [][0])) == (Verdict.GOOD, "no application asks for conversion")


def test_converters_that_work_are_counted() -> None:
    found = only(conversion([ANY, READING], lambda: [Upper(), Upper()], lambda: True))
    assert found == (Verdict.GOOD, "2 converters work")


def test_what_several_lack_is_said_once() -> None:
    found = only(conversion([BY_TYPE], lambda: [Lacking(), Upper(), Lacking()], lambda: True))
    assert found == (Verdict.WARNING, "it ended without a result")


def test_a_command_that_is_not_there_is_warned_of_although_the_converter_works() -> None:
    class Commanded(CebToPdf):
        settings = CebSettings(command=("/nonexistent/ceb2pdf", "{source}"))

    class Making(PdfToCeb):
        settings = CebSettings(command_to_ceb=("nosuchprogram",))

    found = list(conversion([READING], lambda: [Commanded(), Making()], lambda: True))
    assert {one.verdict for one in found} == {Verdict.WARNING}
    assert [str(one.what.values["concern"].values["command"]) for one in found] == [  # type: ignore[attr-defined]
        "/nonexistent/ceb2pdf",
        "nosuchprogram",
    ]


def test_what_must_be_configured_is_missed_where_its_format_is_asked_for() -> None:
    ceb = Application("directory", accepts=("ceb",))
    verdict, sentence = only(conversion([ceb], lambda: [PdfToCeb(), Upper()], lambda: True))
    assert verdict is Verdict.WARNING
    assert "conversion.ceb.command_to_ceb" in sentence
    found = only(conversion([READING], lambda: [PdfToCeb(), Upper(), Upper()], lambda: True))
    assert found == (Verdict.GOOD, "2 converters work")


def test_a_system_that_keeps_no_network_out_is_warned_of() -> None:
    verdict, sentence = only(conversion([READING], lambda: [Upper()], lambda: False))
    assert verdict is Verdict.WARNING
    assert sentence.endswith("documents are opened with network")


def test_whether_the_network_is_kept_out_is_what_a_conversion_finds(tmp_path: Path) -> None:
    (tmp_path / "source").write_text("a")
    with ConversionProcess() as process:
        process.convert(Upper(), tmp_path / "source", tmp_path / "target", from_format="text/plain")
        assert process.offline is keeps_network_out()


def test_settings_of_a_converter_that_cannot_be_are_told(tmp_path: Path) -> None:
    text = (
        '[participant]\nid = "440500.finance"\n[broker]\nurls = ["amqps://h:1/v"]\nca = "x"\n'
        '[conversion.seals]\nanchors = "gone.pem"\n'
        '[applications.files]\nadapter = "directory"\naccepts = ["pdf"]\n'
    )
    (tmp_path / "adapter.toml").write_text(text)
    asked = Department(
        load_adapter(tmp_path / "adapter.toml", {}),
        clock=lambda: NOON,
        open_stores=nothing,
        trust=nothing,
        pid=lambda: None,
        troubles=dict,
    ).questions()
    (question,) = [each for each in asked if each.name == "conversion"]
    (found,) = answers([question])
    assert (found.verdict, str(tmp_path / "gone.pem") in str(found.what)) == (Verdict.BAD, True)


def nothing() -> NoReturn:
    """What this question does not look at."""
    raise AssertionError
