# SPDX-License-Identifier: Apache-2.0
"""`govbus receipt show`: the sender reads the certificate of a conversion, and nobody else does."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cli.conversions import facts, show_conversions
from exchange.adapter import Content, Outgoing
from exchange.model.conversion import Conversion, Difference, Seals
from exchange.model.digest import sha256
from tests.adapters.conversion.ofd_writing.build import FOLDER
from tests.district import AT_CIVIL, CIVIL, FILES, FINANCE, TYPE, District, make_district, said

PDF = (FOLDER / "official_document.pdf").read_bytes()
GB, SENT = "text/plain;charset=gb18030", "关于下达预算的通知\n各区县：\n"


class Converted:
    """A text and a PDF that were converted on their way, and the `delivered` receipt."""

    def __init__(self, district: District) -> None:
        self.district = district
        config = district.config(CIVIL)
        settings = config.read_text(encoding="utf-8")
        wanted = '[applications.files]\naccepts = ["text", "ofd"]\n'
        assert settings.count("[applications.files]\n") == 1
        config.write_text(settings.replace("[applications.files]\n", wanted), encoding="utf-8")
        with district.running(FINANCE, CIVIL) as services:
            parts = [
                Content("通知.txt", SENT.encode("gb18030"), GB),
                Content("图.pdf", PDF, "application/pdf"),
            ]
            thing = Outgoing(key="a", type=TYPE, parts=parts, to=[AT_CIVIL])
            (taken,), _ = services[FINANCE].daemon.submission.take(FILES, [thing])
            receipts = district.final(taken.message_id).receipts
        self.receipt_id = next(one.receipt_id for one in receipts if one.kind == "delivered")

    def say(self, *words: object, side: str = FINANCE) -> str:
        config = self.district.hub_config if side == "hub" else self.district.config(side)
        return said("receipt", "show", self.receipt_id, *words, "--config", config)

    def told(self, side: str) -> Any:
        return json.loads(self.say("--json", side=side))


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Converted:
    return Converted(make_district(Path(tmp_path_factory.mktemp("converted"))))


def test_the_sender_reads_the_certificate(converted: Converted) -> None:
    one, _ = converted.told(FINANCE)["conversions"]
    assert (one["source"], one["result"]) == (str(sha256(SENT.encode("gb18030"))), str(sha256(SENT.encode())))
    assert [step["converter"] for step in one["steps"]] == ["Gb18030ToUtf8"]
    assert (one["found"], one["delivered"], one["characters"]) == (GB, "result", len(SENT))


def test_people_read_it_below_the_receipt(converted: Converted) -> None:
    shown = converted.say()
    assert f"conversion of 通知.txt: {GB} -> text\n" in shown
    assert f"    sent: {sha256(SENT.encode('gb18030'))}\n" in shown
    assert "    by Gb18030ToUtf8, govbus " in shown
    assert f"    characters: {len(SENT)} read, 0 lost\n" in shown
    assert "原件" in converted.say("--lang", "zh")


def test_it_says_how_different_a_document_looks_and_what_was_signed(converted: Converted) -> None:
    _, one = converted.told(FINANCE)["conversions"]
    assert (one["part"], one["lost"], one["difference"]["pages"]) == ("图.pdf", 0, 1)
    assert one["difference"]["share"] < 0.002
    assert (one["seals_before"]["count"], one["seals_after"]["count"]) == (0, 0)
    shown = converted.say("--lang", "zh")
    assert "    外观：第 1 页差异最大，为 " in shown
    assert "    印章与签名：原 0，现 0\n" in shown


ONE = Conversion("a", "pdf", sha256(b"a"), sha256(b"b"), ())
SEALED = replace(ONE, seals_before=Seals(1, 2, 3), seals_after=Seals())


@pytest.mark.parametrize(
    ("one", "lines"),
    [
        (ONE, []),
        (
            replace(ONE, difference=Difference(7, 2, 8)),
            ["    looks: page 2 differs most, by 0.07%; pages compared: 8"],
        ),
        (
            SEALED,
            [
                "    seals and signatures: 6 (valid: 1, invalid: 2, unproven: 3) before, 0 now",
                "    a seal that the result shows is a picture; what it proves, only the original proves",
            ],
        ),
        (
            replace(ONE, seals_before=Seals(), seals_after=Seals()),
            ["    seals and signatures: 0 before, 0 now"],
        ),
        (replace(ONE, seals_after=Seals()), ["    seals and signatures: ? before, 0 now"]),
        (
            replace(ONE, seals_before=Seals(1)),
            ["    seals and signatures: 1 (valid: 1, invalid: 0, unproven: 0) before, ? now"],
        ),
    ],
)
def test_looks_and_seals_are_shown_where_they_were_measured(
    one: Conversion, lines: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    show_conversions((one,))
    assert capsys.readouterr().out.splitlines()[3:] == lines


def test_looks_and_seals_are_facts_of_the_certificate() -> None:
    told = facts(replace(SEALED, difference=Difference(7, 2, 8)))
    assert told["difference"] == {"share": 0.0007, "page": 2, "pages": 8}
    assert told["seals_before"] == {"count": 6, "valid": 1, "invalid": 2, "unproven": 3}
    assert told["seals_after"] == {"count": 0, "valid": 0, "invalid": 0, "unproven": 0}
    assert [facts(ONE)[name] for name in ("difference", "seals_before", "seals_after")] == [None, None, None]


@pytest.mark.parametrize("side", ["hub", CIVIL])
def test_nobody_else_does(converted: Converted, side: str) -> None:
    assert "conversions" not in converted.told(side)
    assert "Gb18030ToUtf8" not in converted.say(side=side)
