# SPDX-License-Identifier: Apache-2.0
"""The commands as people and programs meet them: what stands on which stream, and the exit codes."""

from __future__ import annotations

import io
import json
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from cli import context
from cli import route as route_commands
from cli.main import main
from exchange.codec.routing_file import read_table
from exchange.codec.routing_xml import write_xml
from exchange.edge.routing_store import RoutingStore
from exchange.edge.tables import open_engine
from exchange.errors import EXIT_BAD_DATA, EXIT_DONE, EXIT_NO, EXIT_USAGE
from exchange.model.identity import Address
from exchange.model.route import RoutingTable, Rule

CITY = Path(__file__).parents[2] / "routing_tables" / "city.xml"
CONFIGURATION = """
[broker]
urls = ["amqps://localhost:5671/govbus"]
ca = "trust/anchors.pem"
"""
TAX, FILES = Address("440500.tax", "registry"), Address("440500.tax", "files")
TITLES = Rule("titles", "title.*", deliver=(TAX,), comment="不动产")
OPEN = Rule("open", "document.*", "4405*", deadline_seconds=60)


@dataclass(frozen=True)
class Answer:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@dataclass
class Hub:
    """A hub's folder, and its command line."""

    folder: Path
    capture: pytest.CaptureFixture[str]

    def run(self, *words: str) -> Answer:
        code = main(["route", *words, "--config", str(self.folder / "hub.toml")])
        out, err = self.capture.readouterr()
        return Answer(code, out, err)

    def table(self, *rules: Rule, name: str = "table.xml") -> str:
        file = self.folder / name
        file.write_bytes(b"".join(write_xml(rules)))
        return str(file)

    def load(self, *rules: Rule) -> None:
        assert self.run("import", self.table(*rules)).code == EXIT_DONE


@pytest.fixture
def hub(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Hub:
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    (tmp_path / "hub.toml").write_text(CONFIGURATION)
    return Hub(tmp_path, capsys)


def current(hub: Hub) -> list[Rule]:
    store = RoutingStore(
        open_engine(str(hub.folder / "hub.sqlite")), lambda: pytest.fail("nothing is written")
    )
    return list(store.current().rules())


# ---- import


def test_import_puts_the_rules_in_force_and_tells_what_changed(hub: Hub) -> None:
    hub.load(TITLES, Rule("old", "*"))
    answer = hub.run(
        "import", hub.table(Rule("titles", "title.*", deliver=(TAX, FILES), comment="不动产"), OPEN)
    )
    assert answer.code == EXIT_DONE
    assert answer.out.splitlines() == [
        "version 2 is in force, 2 rules: 1 added, 1 removed, 1 changed",
        "  ~ titles  deliver: 440500.tax/registry -> 440500.tax/registry 440500.tax/files",
        "  + open  document.*  *  4405*  as addressed  60 s",
        "  - old  *  *  *  as addressed",
    ]
    assert answer.err == ""
    assert [rule.id for rule in current(hub)] == ["titles", "open"]


def test_import_of_another_order_says_so(hub: Hub) -> None:
    hub.load(TITLES, OPEN)
    assert "0 changed, and another order" in hub.run("import", hub.table(OPEN, TITLES)).out


def test_import_for_programs_is_one_document(hub: Hub) -> None:
    document = hub.run("import", hub.table(TITLES), "--json").document
    assert (document["version"], document["added"], document["changes"][0]["after"]["id"]) == (1, 1, "titles")
    assert document["changes"][0]["before"] is None


def test_import_without_effect_only_compares(hub: Hub) -> None:
    answer = hub.run("import", str(CITY), "--dry-run")
    assert answer.out.startswith("nothing was changed; importing would mean: 15 added")
    assert hub.run("import", str(CITY), "--dry-run", "--json").document["version"] is None
    assert current(hub) == []


def test_import_reads_standard_input(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(CITY.read_bytes())))
    assert hub.run("import", "-").code == EXIT_DONE
    assert len(current(hub)) == 15


def test_import_of_a_bad_file_names_line_and_rule_and_changes_nothing(hub: Hub) -> None:
    hub.load(TITLES)
    bad = hub.folder / "bad.csv"
    bad.write_text("id,type,deliver\nr1,title.*,440500.tax/registry\nr2,title.*,tax\n")
    answer = hub.run("import", str(bad))
    assert answer.code == EXIT_BAD_DATA
    assert "EX-303" in answer.err
    assert "line 3, rule r2: deliver is 'tax'" in answer.err
    assert "nothing was changed" in answer.err
    assert answer.out == ""
    assert current(hub) == [TITLES]


def test_import_of_a_file_that_is_not_there_is_a_wrong_usage(hub: Hub) -> None:
    assert hub.run("import", "nowhere.xml").code == EXIT_USAGE


def test_import_shows_how_far_it_is_to_whoever_looks(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(route_commands, "STEP", 2)
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    answer = hub.run("import", str(CITY))
    assert "reading the routing table" in answer.err


def test_a_large_difference_is_counted_and_its_beginning_shown(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(route_commands, "CHANGES_SHOWN", 1)
    answer = hub.run("import", hub.table(TITLES, OPEN))
    assert len(answer.out.splitlines()) == 2
    assert answer.err == "… and 1 more: --limit shows them\n"


# ---- versions


def test_versions_tell_who_did_what(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUDO_USER", "wang.wei")
    hub.load(TITLES)
    hub.run("import", hub.table(OPEN), "--author", "li.na", "--comment", "quarterly review")
    assert hub.run("rollback", "1").out.startswith(
        "version 3 is in force, 1 rule: 1 added, 1 removed, 0 changed"
    )
    answer = hub.run("versions")
    assert re.split(r"\s{2,}", answer.out.splitlines()[0]) == [
        "version",
        "at",
        "by",
        "rules",
        "digest",
        "comment",
    ]
    found = hub.run("versions", "--json").document
    assert [(v["version"], v["author"], v["comment"]) for v in found] == [
        (3, "wang.wei", "back to version 1"),
        (2, "li.na", "quarterly review"),
        (1, "wang.wei", ""),
    ]
    assert found[0]["digest"] == found[2]["digest"]
    assert len(hub.run("versions", "--limit", "1", "--json").document) == 1


@pytest.mark.parametrize(("login", "author"), [(lambda: "root", "root"), (lambda: {}["no name"], "uid ")])
def test_the_author_is_whose_process_it_is(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, login: Callable[[], str], author: str
) -> None:
    monkeypatch.delenv("SUDO_USER", raising=False)
    monkeypatch.setattr(context.getpass, "getuser", login)
    hub.load(TITLES)
    assert hub.run("versions", "--json").document[0]["author"].startswith(author)


def test_a_version_that_does_not_exist_is_named(hub: Hub) -> None:
    for words in (["rollback", "7"], ["list", "--version", "7"], ["diff", "0", "7"]):
        answer = hub.run(*words)
        assert answer.code == EXIT_NO
        assert "EX-304" in answer.err


def test_diff_tells_the_last_change_or_any(hub: Hub) -> None:
    hub.load(TITLES)
    hub.load(TITLES, OPEN)
    assert hub.run("diff").out.startswith("from version 1 to 2: 1 added, 0 removed, 0 changed\n  + open")
    assert hub.run("diff", "2", "1").out.startswith("from version 2 to 1: 0 added, 1 removed")
    document = hub.run("diff", "0", "2", "--json").document
    assert (document["before"], document["after"], document["added"]) == (0, 2, 2)


# ---- reading


def test_list_shows_the_rules_as_a_table_that_lines_up_in_chinese(hub: Hub) -> None:
    hub.load(*read_table(CITY.open("rb")))
    answer = hub.run("list", "--lang", "zh")
    head, first, *_ = answer.out.splitlines()
    assert head.split()[:4] == ["规则", "报文类型", "发送方", "接收方"]
    # two columns a Chinese character: what stands under the second heading begins where it begins
    assert len(head[: head.index("报文类型")].encode("gb18030")) == first.index("document.*")
    assert "census-trial" in answer.out


def test_list_finds_text_and_says_when_there_is_more(hub: Hub) -> None:
    hub.load(*read_table(CITY.open("rb")))
    assert [rule["id"] for rule in hub.run("list", "公积金", "--json").document["rules"]] == ["titles"]
    answer = hub.run("list", "--limit", "2")
    assert len(answer.out.splitlines()) == 3
    assert answer.err == "only the first 2 are shown: --limit 0 shows all\n"
    everything = hub.run("list", "--limit", "0", "--json").document
    assert (len(everything["rules"]), everything["more"], everything["version"]) == (15, False, 1)


def test_list_before_the_first_version_is_empty(hub: Hub) -> None:
    assert hub.run("list", "--json").document == {"version": 0, "rules": [], "more": False}
    hub.load(TITLES)
    assert hub.run("list", "--at", "2020-01-01T00:00", "--json").document["version"] == 0


def test_terms_are_shown_in_short(hub: Hub) -> None:
    hub.load(*read_table(CITY.open("rb")))
    out = hub.run("list").out
    for words in ("switched off", ">= urgent", "<= bulk", "-> 440000.exchange", "secret", "604800 s"):
        assert words in out


def test_show_tells_one_rule_in_full(hub: Hub) -> None:
    hub.load(*read_table(CITY.open("rb")))
    answer = hub.run("show", "titles-of-jinping")
    assert "district=440511" in answer.out
    assert "440511.tax/registry" in answer.out
    facts = hub.run("show", "census-trial", "--json").document
    assert facts["valid_from"] == "2026-12-31T16:00:00.000Z"
    assert facts["addressed"] is True


def test_show_of_an_unknown_rule_is_a_no(hub: Hub) -> None:
    hub.load(TITLES)
    answer = hub.run("show", "nothing")
    assert answer.code == EXIT_NO
    assert "rule nothing does not exist" in answer.err
    assert hub.run("show", "titles", "--at", "2020-01-01").code == EXIT_NO


# ---- export


@pytest.mark.parametrize(
    ("words", "start"),
    [([], b"<?xml"), (["--format", "csv"], b"\xef\xbb\xbfid,"), (["--format", "xml"], b"<?xml")],
)
def test_export_writes_to_standard_output(hub: Hub, words: list[str], start: bytes) -> None:
    hub.load(TITLES, OPEN)
    command = ["export", *words, "--config", str(hub.folder / "hub.toml")]
    out = CliRunner().invoke(route_commands.route, command).stdout_bytes
    assert out.startswith(start)
    assert list(read_table(io.BytesIO(out))) == [TITLES, OPEN]


@pytest.mark.parametrize("name", ["out.xml", "out.csv", "OUT.CSV"])
def test_export_writes_a_file_in_the_form_of_its_name(hub: Hub, name: str) -> None:
    hub.load(TITLES)
    hub.load(OPEN)
    assert hub.run("export", str(hub.folder / name), "--version", "1").code == EXIT_DONE
    data = (hub.folder / name).read_bytes()
    assert data.startswith(b"\xef\xbb\xbf" if name.lower().endswith("csv") else b"<?xml")
    assert list(read_table(io.BytesIO(data))) == [TITLES]


def test_export_before_the_first_version_is_an_empty_table(hub: Hub) -> None:
    hub.run("export", str(hub.folder / "out.xml"))
    assert list(read_table((hub.folder / "out.xml").open("rb"))) == []


# ---- explain and simulate


def test_explain_tells_where_a_message_goes(hub: Hub) -> None:
    hub.load(*read_table(CITY.open("rb")))
    answer = hub.run(
        "explain", "--type", "title.certificate.v1", "--from", "440500.land/registry", "--attribute",
        "district=440511",
    )  # fmt: skip
    assert answer.code == EXIT_DONE
    assert "  delivered to 440511.tax/registry by rule titles-of-jinping\n" in answer.out
    assert answer.err == "by routing table version 1\n"


def test_explain_of_a_refusal_is_a_no(hub: Hub) -> None:
    hub.load(*read_table(CITY.open("rb")))
    question = ["explain", "--type", "inquiry.income.v1", "--from", "440500.land/registry", "--to"]
    answer = hub.run(*question, "440500.tax/registry", "--priority", "flash")
    assert answer.code == EXIT_NO
    assert "rule inquiries-to-tax decides about 440500.tax/registry" in answer.out
    found = hub.run(*question, "440500.tax/registry", "--json", "--lang", "zh")
    assert found.code == EXIT_NO
    assert (found.document["code"], found.document["version"]) == ("EX-302", 1)
    assert found.document["receivers"][0]["deciding"] == ["inquiries-to-tax"]


def test_explain_judges_periods_by_the_time_that_is_asked_about(hub: Hub) -> None:
    hub.load(*read_table(CITY.open("rb")))
    question = [
        "explain", "--type", "statistics.census.v1", "--from", "440500.land/registry", "--to",
        "440500.statistics/census",
    ]  # fmt: skip
    assert hub.run(*question, "--at", "2027-03-01T00:00:00+08:00").code == EXIT_DONE
    assert hub.run(*question, "--at", "2028-03-01T00:00:00+08:00").code == EXIT_NO


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["--type", "title", "--from", "440500.land/x"], "message type is spelled 'title'"),
        (["--type", "a.v1", "--from", "land"], "address is spelled 'land'"),
        (
            ["--type", "a.v1", "--from", "440500.land/x", "--attribute", "district"],
            "'district' is no NAME=VALUE",
        ),
        (["--type", "a.v1", "--from", "440500.land/x", "--at", "noon"], "'noon' is no time"),
    ],
)
def test_a_question_that_is_misspelled_is_a_wrong_usage(hub: Hub, words: list[str], wanted: str) -> None:
    answer = hub.run("explain", *words)
    assert answer.code == EXIT_USAGE
    assert wanted in answer.err


def test_simulate_tells_which_messages_would_be_lost(hub: Hub) -> None:
    hub.load(TITLES, OPEN)
    candidate = hub.table(TITLES, Rule("new", "tax.*", deliver=(FILES,)), name="candidate.xml")
    answer = hub.run("simulate", candidate)
    assert answer.code == EXIT_NO
    assert answer.out.splitlines() == [
        "gained   tax.example.v1 100000.example/example -> *: refused (EX-302); then 440500.tax/files (new)",
        "LOST     document.example.v1 100000.example/example -> 440500.example/example: "
        "440500.example/example (open); then refused (EX-302)",
        "2 messages tried, 2 fare differently, 1 would be lost",
    ]


def test_simulate_tries_the_messages_that_it_is_given(hub: Hub) -> None:
    hub.load(TITLES)
    messages = hub.folder / "messages.csv"
    messages.write_text("type,from,attributes\ntitle.a.v1,440500.land/registry,a=1\n")
    candidate = hub.table(Rule("titles", "title.*", deliver=(TAX, FILES)), name="candidate.xml")
    document = hub.run("simulate", candidate, "--messages", str(messages), "--json").document
    assert (document["asked"], document["lost"]) == (1, 0)
    (shift,) = document["shifts"]
    assert (shift["kind"], shift["attributes"]) == ("changed", {"a": "1"})
    assert [delivery["to"] for delivery in shift["after"]] == [str(TAX), str(FILES)]


def test_the_tables_that_ship_can_be_imported_as_they_are() -> None:
    assert len(RoutingTable(read_table(CITY.open("rb")))) == 15


def test_every_command_explains_itself_in_both_languages(capsys: pytest.CaptureFixture[str]) -> None:
    for name in route_commands.route.list_commands(click.Context(route_commands.route)):
        for lang, is_chinese in (("en", False), ("zh", True)):
            assert main(["route", name, "--help", "--lang", lang]) == EXIT_DONE
            sentence = capsys.readouterr().out.splitlines()[2]
            assert bool(re.search("[\u4e00-\u9fff]", sentence)) == is_chinese
