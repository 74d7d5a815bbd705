# SPDX-License-Identifier: Apache-2.0
"""`govbus convert`: what it says, writes and ends with. The converters here need no office."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import cli.convert as command
from adapters.conversion.gb18030 import Gb18030ToUtf8
from adapters.conversion.office.wps import DocToWps
from cli.main import main
from exchange import Converter, Difference, Report, Seals
from exchange.errors import EXIT_BAD_DATA, EXIT_DONE, EXIT_NO, EXIT_USAGE
from tests.adapters.conversion import documents as made
from tests.edge.odd_converters import Lacking, Shout, Upper


class Lossy(Upper):
    accepts = ("text/upper",)
    produces = "text/lost"
    lossy = True


class Lettering(Upper):
    produces = "a/b"

    def convert(self, source: Path, target: Path) -> Report:
        target.write_text("x")
        return Report(fonts=(("仿宋", "Noto"),))


class Measuring(Upper):
    produces = "a/b"

    def convert(self, source: Path, target: Path) -> Report:
        target.write_text("x")
        seals = Seals(valid=1, unproven=2)
        difference = Difference(240, 3, 8)
        return Report(9, lost=1, difference=difference, seals_before=seals, seals_after=Seals())


@pytest.fixture(autouse=True)
def converters(monkeypatch: pytest.MonkeyPatch) -> list[Converter]:
    known: list[Converter] = [Gb18030ToUtf8(), DocToWps(), Shout(), Lossy()]
    monkeypatch.setattr(command, "known_converters", lambda _: known)
    return known


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "公文.txt"
    path.write_bytes("各区县人民政府：\n通知如下。\n".encode("gb18030"))
    return path


def facts(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    shown: dict[str, Any] = json.loads(capsys.readouterr().out)
    return shown


def test_a_file_is_converted_by_what_it_is(text: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = text.with_name("utf8.txt")
    out.write_text("replaced")
    assert main(["convert", str(text), "--to", "text", "--out", str(out)]) == EXIT_DONE
    assert out.read_text(encoding="utf-8") == "各区县人民政府：\n通知如下。\n"
    assert capsys.readouterr().out == f"{out}: text, 15 characters\n"
    assert {path.name for path in text.parent.iterdir()} == {"公文.txt", "utf8.txt"}


def test_what_it_did_is_one_document_of_json(text: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = text.with_name("utf8.txt")
    assert main(["convert", str(text), "--to", "text", "--out", str(out), "--json"]) == EXIT_DONE
    shown = facts(capsys)
    assert shown.pop("seconds") >= 0
    assert shown["format"] == "text/plain;charset=gb18030"
    assert [step["converter"] for step in shown["way"]] == ["Gb18030ToUtf8"]
    assert (shown["out"], shown["characters"], shown["losses"]) == (str(out), 15, [])
    assert (shown["lost"], shown["pages"], shown["faces"]) == (0, None, {})


def test_faces_that_were_taken_for_others_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], converters: list[Converter]
) -> None:
    (tmp_path / "a").write_text("hello")
    converters.append(Lettering())
    assert main(["convert", str(tmp_path / "a"), "--to", "a/b", "--out", str(tmp_path / "b")]) == EXIT_DONE
    assert "face 仿宋: Noto was taken" in capsys.readouterr().err


def test_what_was_measured_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], converters: list[Converter]
) -> None:
    (tmp_path / "a").write_text("hello")
    converters.append(Measuring())
    words = ["convert", str(tmp_path / "a"), "--to", "a/b", "--out", str(tmp_path / "b")]
    assert main([*words, "--json"]) == EXIT_DONE
    shown = facts(capsys)
    assert shown["difference"] == {"share": 0.024, "page": 3, "pages": 8}
    assert shown["seals_before"] == {"count": 3, "valid": 1, "invalid": 0, "unproven": 2}
    assert shown["seals_after"] == {"count": 0, "valid": 0, "invalid": 0, "unproven": 0}
    assert main(words) == EXIT_DONE
    assert [line.strip() for line in capsys.readouterr().err.splitlines()] == [
        "characters: 9 read, 1 lost",
        "looks: page 3 differs most, by 2.40%; pages compared: 8",
        "seals and signatures: 3 (valid: 1, invalid: 0, unproven: 2) before, 0 now",
        "a seal that the result shows is a picture; what it proves, only the original proves",
    ]


def test_what_was_not_measured_is_null_and_not_told(text: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["convert", str(text), "--to", "text", "--out", str(text.with_name("utf8.txt"))]
    assert main([*words, "--json"]) == EXIT_DONE
    shown = facts(capsys)
    assert [shown[each] for each in ("difference", "seals_before", "seals_after")] == [None, None, None]
    assert main(words) == EXIT_DONE
    assert capsys.readouterr().err == ""


def test_what_is_right_already_is_copied(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(made.pdf())
    assert main(["convert", str(tmp_path / "a"), "--to", "pdf", "--out", str(tmp_path / "b")]) == EXIT_DONE
    assert (tmp_path / "b").read_bytes() == made.pdf()


def test_explaining_says_the_way_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.bin").write_bytes(made.word_97(WpsCustomData=b"x", Macros=b"x"))
    assert main(["convert", str(tmp_path / "a.bin"), "--to", "wps", "--explain"]) == EXIT_DONE
    assert capsys.readouterr().out.splitlines() == [
        "a.bin is doc (maker=wps)",
        "note: made by WPS Office; what is inside is doc",
        "note: it has macros, which are never run",
        "1. doc (maker=wps) -> wps by DocToWps, cost 1",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["a.bin"]


def test_explaining_that_nothing_is_to_be_done(text: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", str(text), "--to", "text/plain", "--explain"]) == EXIT_DONE
    assert "it is text/plain already: nothing is to be done" in capsys.readouterr().out


def test_where_no_way_leads_it_is_said_what_can_be_had(
    text: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["convert", str(text), "--to", "ofd", "--explain"]) == EXIT_NO
    assert capsys.readouterr().out.splitlines()[1:] == ["no way leads to ofd", "it can become: text"]
    assert main(["convert", str(text), "--to", "ofd", "--explain", "--json"]) == EXIT_NO
    assert facts(capsys)["reachable"] == ["text/plain;charset=utf-8"]
    assert main(["convert", str(text), "--to", "ofd", "--out", str(text.with_name("x"))]) == EXIT_BAD_DATA
    assert "EX-310" in capsys.readouterr().err


def test_what_would_lead_there_if_it_were_installed_is_named(
    text: Path, capsys: pytest.CaptureFixture[str], converters: list[Converter]
) -> None:
    converters.append(Lacking())
    assert main(["convert", str(text), "--to", "text/shout", "--explain"]) == EXIT_NO
    assert "Lacking would lead there: it ended without a result" in capsys.readouterr().out


def test_a_lossy_way_is_taken_when_it_is_allowed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], converters: list[Converter]
) -> None:
    (tmp_path / "a").write_text("hello")
    converters.append(Upper())
    ask = ["convert", str(tmp_path / "a"), "--to", "text/lost"]
    assert main([*ask, "--explain"]) == EXIT_NO
    assert "only a way that loses something leads to text/lost" in capsys.readouterr().out
    assert main([*ask, "--out", str(tmp_path / "b")]) == EXIT_BAD_DATA
    assert "EX-313" in capsys.readouterr().err
    assert main([*ask, "--allow-lossy", "--explain"]) == EXIT_DONE
    assert "loses something" in capsys.readouterr().out
    assert main([*ask, "--allow-lossy", "--out", str(tmp_path / "b")]) == EXIT_DONE
    assert "lost: case" in capsys.readouterr().err


def test_what_cannot_be_opened_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a").write_bytes(made.word_97(flags=0x100))
    ask = ["convert", str(tmp_path / "a"), "--to", "wps"]
    assert main([*ask, "--explain"]) == EXIT_NO
    assert "protected by a password" in capsys.readouterr().out
    assert main([*ask, "--out", str(tmp_path / "b")]) == EXIT_BAD_DATA
    assert "EX-311" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()


BARRED = {
    "empty": (b"", "the file is empty"),
    "truncated": (made.docx()[:-40], "the file is damaged: its end is missing"),
    "a bomb": (made.container({"word/document.xml": bytes(80 << 20)}), "would unpack to"),
}


@pytest.mark.parametrize(("content", "said"), BARRED.values(), ids=BARRED)
def test_what_cannot_be_opened_is_refused_with_the_reason_whether_or_not_a_way_leads_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, said: str
) -> None:
    (tmp_path / "a.docx").write_bytes(content)
    ask = ["convert", str(tmp_path / "a.docx"), "--to", "wps"]
    assert main([*ask, "--explain"]) == EXIT_NO
    explained = capsys.readouterr().out
    assert said in explained
    assert "no way" not in explained
    assert main([*ask, "--out", str(tmp_path / "b")]) == EXIT_BAD_DATA
    refused = capsys.readouterr().err
    assert ("EX-311" in refused, "EX-310" in refused, said in refused) == (True, False, True)


def test_what_is_wanted_as_it_is_need_not_be_opened(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(made.docx()[:-40])
    ask = ["convert", str(tmp_path / "a"), "--from", "docx", "--to", "docx"]
    assert main([*ask, "--out", str(tmp_path / "b")]) == EXIT_DONE


def test_what_the_content_cannot_tell_may_be_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a").write_text("a;b")
    ask = ["convert", str(tmp_path / "a"), "--to", "csv", "--explain"]
    assert main(ask) == EXIT_NO
    assert main([*ask, "--from", "csv"]) == EXIT_DONE
    capsys.readouterr()


@pytest.mark.parametrize(
    ("words", "said"),
    [(["--to", "pfd", "--explain"], "pfd is no format"), (["--to", "pdf"], "--out is needed")],
)
def test_a_wrong_line_is_a_usage_error(
    text: Path, capsys: pytest.CaptureFixture[str], words: list[str], said: str
) -> None:
    assert main(["convert", str(text), *words]) == EXIT_USAGE
    assert said in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_named(text: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["convert", str(text), "--to", "text", "--out", str(text / "inside")]) not in (EXIT_DONE, 70)
    assert "EX-506" in capsys.readouterr().err


def test_it_speaks_chinese(text: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lang", "zh", "convert", str(text), "--to", "text", "--explain"]) == EXIT_DONE
    assert "由 Gb18030ToUtf8 转换" in capsys.readouterr().out


def test_settings_of_converters_come_from_the_configuration_that_is_named(
    text: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Mapping[str, Mapping[str, Any]]] = []
    monkeypatch.setattr(command, "known_converters", lambda sections: asked.append(sections) or [])
    config = text.with_name("adapter.toml")
    config.write_text(
        '[participant]\nid = "440500.finance"\n[broker]\nurls = ["amqps://h:1/v"]\nca = "x"\n'
        '[conversion.seals]\nanchors = "ca.pem"\n'
    )
    main(["convert", str(text), "--to", "pdf", "--explain", "--config", str(config)])
    main(["convert", str(text), "--to", "pdf", "--explain"])
    assert asked[0]["seals"] == {"anchors": str(text.with_name("ca.pem"))}
    assert asked[1] == {}
