# SPDX-License-Identifier: Apache-2.0
"""`govbus receipt`: what was signed is listed, proven, and handed on."""

from __future__ import annotations

import json
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from cli.main import main
from exchange.adapter import Content, Outgoing
from exchange.codec.receipt_form import NOTICE_OPEN
from exchange.codec.segment_form import OPEN
from exchange.codec.signature import take_apart
from exchange.edge.hub_rows import receipt as hub_receipt
from exchange.edge.outbox_rows import ReceiptRow, outgoing, receipt
from exchange.edge.settings import load_adapter
from exchange.edge.tables import writing
from exchange.model.digest import sha256
from exchange.model.identity import uuid7
from exchange.role.stores import Stores
from tests.district import AT_CIVIL, CIVIL, FILES, FINANCE, TYPE, District, make_district, said

FIELDS = ["receipt_id", "kind", "message_id", "by", "at", "code", "text", "verified"]


class Papers:
    """A delivered message's receipts, and what the commands say of them."""

    def __init__(self, district: District) -> None:
        self.district = district
        with district.running(FINANCE, CIVIL) as services:
            thing = Outgoing(key="a", type=TYPE, parts=[Content("通知.txt", b"x")], to=[AT_CIVIL])
            (taken,), _ = services[FINANCE].daemon.submission.take(FILES, [thing])
            self.message_id = taken.message_id
            found = district.final(taken.message_id)
        self.accepted, self.delivered = (receipt.receipt_id for receipt in found.receipts)

    def say(self, *words: object, side: str = FINANCE, code: int = 0) -> str:
        config = self.district.hub_config if side == "hub" else self.district.config(side)
        return said("receipt", *words, "--config", config, code=code)

    def told(self, *words: object, side: str = FINANCE, code: int = 0) -> Any:
        return json.loads(self.say(*words, "--json", side=side, code=code))

    def off_line(
        self, receipt: Path, certificate: Path, anchors: Path | None = None, *, code: int = 0
    ) -> Any:
        """What `verify` says with nothing but certificates at hand."""
        words = ("--trust", anchors or self.anchors, "--certificate", certificate, "--json")
        return json.loads(said("receipt", "verify", receipt, *words, code=code))

    def exported(self, folder: Path) -> tuple[Path, Path]:
        """The `delivered` receipt and its signer's certificate, as files."""
        receipt, certificate = folder / "receipt.xml", folder / "signer.pem"
        self.say("export", self.delivered, "--out", receipt, "--certificate", certificate)
        return receipt, certificate

    @property
    def anchors(self) -> Path:
        return self.district.folder / FINANCE / "trust" / "anchors.pem"


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    return Papers(make_district(tmp_path_factory.mktemp("district")))


@pytest.mark.parametrize(("side", "kinds"), [("hub", 2), (FINANCE, 2), (CIVIL, 1)])
def test_every_side_lists_its_receipts_with_the_promised_fields(
    papers: Papers, side: str, kinds: int
) -> None:
    found = papers.told("list", side=side)
    assert [list(one) for one in found] == [FIELDS] * kinds
    assert [one["kind"] for one in found] == ["delivered", "accepted"][:kinds]
    assert {one["message_id"] for one in found} == {papers.message_id}
    assert all(one["verified"] for one in found)


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["--kind", "accepted"], 1),
        (["--kind", "returned"], 0),
        (["--limit", "1"], 1),
        (["--to", AT_CIVIL], 2),
        (["--to", "440500.tax"], 0),
        (["--from", FINANCE], 2),
        (["--from", CIVIL], 0),
        (["--since", "1h"], 2),
        (["--since", "2999-01-01"], 0),
    ],
)
@pytest.mark.parametrize("side", ["hub", FINANCE])
def test_a_list_can_be_narrowed(papers: Papers, words: list[str], count: int, side: str) -> None:
    assert len(papers.told("list", *words, side=side)) == count


def test_the_receipts_of_one_message_are_listed(papers: Papers) -> None:
    assert len(papers.told("list", "--message", papers.message_id)) == 2
    assert papers.told("list", "--message", papers.delivered) == []


def test_a_receipt_is_shown_with_all_that_it_says(papers: Papers) -> None:
    found = papers.told("show", papers.accepted)
    assert (found["by"], found["receiver"], found["from"]) == ("hub", AT_CIVIL, f"{FINANCE}/files")
    assert found["directory_version"] >= 1
    assert "yes" in papers.say("show", papers.accepted)


def test_a_row_that_says_other_than_its_signed_document_is_not_verified(papers: Papers) -> None:
    engine, columns = papers.district.engine, hub_receipt.c
    mine = columns.receipt_id == papers.accepted
    with writing(engine) as connection:
        connection.execute(hub_receipt.update().where(mine).values(kind="returned"))
    try:
        listed = {one["receipt_id"]: one for one in papers.told("list", side="hub")}
        assert listed[papers.accepted]["verified"] is False
        assert listed[papers.delivered]["verified"] is True
        assert "accepted" in papers.say("show", papers.accepted, side="hub")
    finally:
        with writing(engine) as connection:
            connection.execute(hub_receipt.update().where(mine).values(kind="accepted"))


def test_the_receipt_of_a_message_to_oneself_is_listed_once(tmp_path: Path) -> None:
    district = make_district(tmp_path, FINANCE)
    with district.running(FINANCE) as services:
        thing = Outgoing(key="a", type=TYPE, parts=[Content("x.txt", b"x")], to=[f"{FINANCE}/{FILES}"])
        (taken,), _ = services[FINANCE].daemon.submission.take(FILES, [thing])
        district.final(taken.message_id)
    listed = json.loads(said("receipt", "list", "--config", district.config(), "--json"))
    assert [one["kind"] for one in listed] == ["delivered", "accepted"]


def test_our_own_word_is_shown_as_what_it_is(papers: Papers) -> None:
    """A message that the daemon itself refused has no signed receipt."""
    stores = Stores.open(load_adapter(papers.district.config()))
    own = ReceiptRow(
        receipt_id=uuid7(0, bytes(10)), message_id=papers.message_id, receiver="", kind="rejected",
        by=FINANCE, at_ms=0, code="EX-103", text="too large", document=b"", application=FILES, key="k",
    )  # fmt: skip
    stores.outbox.fail(papers.message_id, own, 0)
    assert papers.told("show", own.receipt_id)["verified"] is False
    assert "EX-103  too large" in papers.say("show", own.receipt_id)
    with stores.outbox.writing() as connection:
        connection.execute(receipt.delete().where(receipt.c.receipt_id == own.receipt_id))


@pytest.mark.parametrize("verb", ["show", "verify", "export"])
def test_a_receipt_that_nobody_has_is_the_answer_no(papers: Papers, verb: str, tmp_path: Path) -> None:
    more = ("--out", tmp_path / "x") if verb == "export" else ()
    papers.say(verb, papers.message_id, *more, code=1)


@pytest.mark.parametrize("side", ["hub", FINANCE, CIVIL])
def test_a_receipt_from_the_store_is_proven(papers: Papers, side: str) -> None:
    found = papers.told("verify", papers.delivered, side=side)
    assert (found["verified"], found["by"], found["message_id"]) == (True, CIVIL, papers.message_id)


def test_a_receipt_in_a_file_is_proven_on_either_side(papers: Papers, tmp_path: Path) -> None:
    receipt, _ = papers.exported(tmp_path)
    assert papers.told("verify", receipt, side="hub")["verified"]
    assert f"verified: delivered, signed by {CIVIL}" in papers.say("verify", receipt)


def test_a_receipt_in_a_file_is_proven_without_any_settings(papers: Papers, tmp_path: Path) -> None:
    receipt, certificate = papers.exported(tmp_path)
    assert papers.off_line(receipt, certificate)["by"] == CIVIL


def test_an_altered_receipt_is_not_proven(papers: Papers, tmp_path: Path) -> None:
    receipt, certificate = papers.exported(tmp_path)
    receipt.write_bytes(receipt.read_bytes().replace(b">delivered<", b">signed-for<"))
    refused = [papers.told("verify", receipt, side=side, code=1) for side in (FINANCE, "hub")]
    for found in (*refused, papers.off_line(receipt, certificate, code=1)):
        assert (found["verified"], found["code"]) == (False, "EX-201")
    assert "NOT verified: EX-201" in papers.say("verify", receipt, code=1)


def at(text: bytes) -> tuple[bytes, bytes]:
    """Where a receipt's date begins and ends in it."""
    return text.split(b"<at>")[0] + b"<at>", b"</at>" + text.split(b"</at>")[1]


@pytest.mark.parametrize("date", [b"2001-01-01T00:00:00.000Z", b"yesterday", b"<at>"])
def test_a_receipt_whose_date_was_altered_is_called_altered(
    papers: Papers, date: bytes, tmp_path: Path
) -> None:
    receipt, certificate = papers.exported(tmp_path)
    before, after = at(receipt.read_bytes())
    receipt.write_bytes(before + date + after)
    refused = [papers.told("verify", receipt, side=side, code=1) for side in (FINANCE, "hub")]
    for found in (*refused, papers.off_line(receipt, certificate, code=1)):
        assert (found["code"], "the content was altered" in found["text"]) == ("EX-201", True)


def altered_with_its_digest(document: bytes, date: bytes) -> bytes:
    """As somebody would who knows the form, but not the key."""
    before, after = at(document)
    whole = before + date + after
    signed = take_apart(whole, "the receipt")
    digest = b64encode(sha256(signed.content).value)
    return whole.replace(b64encode(signed.digest), digest)


def test_a_date_before_the_certificate_is_no_reason_where_the_signature_does_not_hold(
    papers: Papers, tmp_path: Path
) -> None:
    receipt, certificate = papers.exported(tmp_path)
    receipt.write_bytes(altered_with_its_digest(receipt.read_bytes(), b"2001-01-01T00:00:00.000Z"))
    refused = [papers.told("verify", receipt, code=1), papers.off_line(receipt, certificate, code=1)]
    for found in refused:
        assert (found["code"], "the signature value does not hold" in found["text"]) == ("EX-201", True)


def test_a_receipt_that_breaks_the_schema_does_not_hold(papers: Papers, tmp_path: Path) -> None:
    receipt, _ = papers.exported(tmp_path)
    receipt.write_bytes(altered_with_its_digest(receipt.read_bytes(), b"yesterday"))
    assert papers.told("verify", receipt, code=1)["verified"] is False


def test_a_receipt_is_not_proven_by_another_ones_certificate(papers: Papers, tmp_path: Path) -> None:
    receipt, _ = papers.exported(tmp_path)
    other = papers.district.folder / FINANCE / "trust" / "hub.pem"
    assert papers.off_line(receipt, other, code=1)["code"] == "EX-202"


def test_a_receipt_is_not_proven_by_a_foreign_authority(papers: Papers, tmp_path: Path) -> None:
    receipt, certificate = papers.exported(tmp_path)
    foreign = papers.district.folder / "hub" / "trust" / "broker.pem"
    assert papers.off_line(receipt, certificate, foreign, code=1)["code"] == "EX-214"


def test_a_receipt_about_another_envelope_of_that_id_is_not_proven(papers: Papers, tmp_path: Path) -> None:
    """The sender's own record decides which envelope the id stands for."""
    receipt, _ = papers.exported(tmp_path)
    stores = Stores.open(load_adapter(papers.district.config()))
    before = stores.outbox.own([papers.message_id])[papers.message_id].digest
    for digest, code in ((sha256(b"another"), 1), (before, 0)):
        with stores.outbox.writing() as connection:
            connection.execute(outgoing.update().values(digest=str(digest)))
        assert papers.told("verify", receipt, code=code).get("code") == ("EX-211" if code else "")


def test_what_is_no_receipt_is_not_proven(papers: Papers, tmp_path: Path) -> None:
    file = tmp_path / "x.xml"
    file.write_bytes(b"<x/>")
    assert papers.told("verify", file, code=1)["verified"] is False


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"<x/>", "an XML document <x>"),
        (b'<?xml version="1.0"?>\n<grant xmlns="urn:x">', "an XML document <grant>"),
        (OPEN + b"...", "a segment of a message"),
        (NOTICE_OPEN + b"...", "but a notice"),
        (b"-----BEGIN CERTIFICATE-----", "it holds keys or certificates"),
        (b"[hub]\n", "not even an XML document"),
        (b"\n", "it is empty"),
    ],
    ids=["xml", "a grant", "a segment", "a notice", "a certificate", "settings", "nothing"],
)
def test_what_is_taken_for_a_receipt_is_called_what_it_is(
    papers: Papers, content: bytes, what: str, tmp_path: Path
) -> None:
    file = tmp_path / "x"
    file.write_bytes(content)
    found = papers.told("verify", file, code=1)
    assert (found["code"], what in found["text"]) == ("EX-211", True)


def test_a_folder_is_called_a_folder(papers: Papers, tmp_path: Path) -> None:
    found = papers.told("verify", tmp_path, code=1)
    assert found["text"] == f"{tmp_path} is not verified: it is a folder: name the file in it"


def test_a_settings_file_of_another_kind_is_called_what_it_is(
    papers: Papers, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    receipt, _ = papers.exported(tmp_path)
    assert main(["receipt", "verify", str(receipt), "--config", str(receipt)]) == 78
    assert "this is an XML document and no settings file" in capsys.readouterr().err


def test_without_settings_and_without_certificates_there_is_nothing_to_prove_by(
    papers: Papers, tmp_path: Path
) -> None:
    receipt, certificate = papers.exported(tmp_path)
    said("receipt", "verify", receipt, "--certificate", certificate, code=2)


def test_the_table_lines_up(papers: Papers) -> None:
    titles, *rows = papers.say("list").splitlines()
    assert titles.split()[-1] == "verified"
    assert {row.split()[-1] for row in rows} == {"yes"}


def test_chinese_is_spoken(papers: Papers) -> None:
    assert "送达" in papers.say("list", "--lang", "zh")
    assert "验证通过" in papers.say("verify", papers.delivered, "--lang", "zh")
    signers = {row.split()[4] for row in papers.say("list", "--lang", "zh").splitlines()[1:]}
    assert signers == {"交换中心", CIVIL}
