# SPDX-License-Identifier: Apache-2.0
"""Conversion is a step between whole and delivered: no receipt before what the office reads is stored."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.conversion.gb18030 import Gb18030ToUtf8
from exchange import Content
from exchange.codec.suite_intl import INTL
from exchange.model.digest import sha256
from exchange.role.converting import Converting
from exchange.role.proving import read_unproven
from exchange.role.settling import said_privately
from tests.city import FINANCE, OFFICE, City, text

GB18030, UTF8 = "text/plain;charset=gb18030", "text/plain;charset=utf-8"
SENTENCE = "关于下达预算的通知\n" * 9000


@pytest.fixture
def city(tmp_path: Path) -> Iterator[City]:
    city = City(tmp_path)
    converting = Converting((UTF8,), (Gb18030ToUtf8(),))
    city.kill_daemon(FINANCE)
    city.start_daemon(FINANCE, convert=converting)
    yield city
    converting.close()


@pytest.mark.parametrize("times", [1, 9000], ids=["in its row", "in files"])
def test_the_application_gets_the_format_that_it_reads(city: City, times: int) -> None:
    data = SENTENCE[: 10 * times]
    (message_id,) = city.daemons[OFFICE].send(
        text(parts=[Content("通知.txt", data.encode("gb18030"), GB18030)])
    )
    city.settle()
    delivery, contents = city.recorders[FINANCE].got[message_id]
    assert [part.media_type for part in delivery.parts] == [UTF8]
    assert [content.decode() for content in contents.values()] == [data]
    assert [original.digest for original in delivery.originals] == [sha256(data.encode("gb18030"))]
    receipts = {r.kind: r for r in city.daemons[OFFICE].outbox.receipts(message_id)}
    assert "utf-8" in receipts["delivered"].text


def test_the_sender_gets_the_certificate_of_the_conversion_in_the_signed_receipt(city: City) -> None:
    data = SENTENCE[:30]
    part = Content("通知.txt", data.encode("gb18030"), GB18030)
    (message_id,) = city.daemons[OFFICE].send(text(parts=[part]))
    city.settle()
    (delivered,) = (r for r in city.daemons[OFFICE].outbox.receipts(message_id) if r.kind == "delivered")
    receipt = read_unproven(delivered.document)
    private = said_privately(receipt, (city.parties[OFFICE].decryption,), INTL)
    assert private is not None
    (certificate,) = private.conversions
    assert certificate.source == sha256(data.encode("gb18030"))
    assert certificate.result == sha256(data.encode())
    assert [step.converter for step in certificate.steps] == ["Gb18030ToUtf8"]
    assert said_privately(receipt, (city.parties[FINANCE].decryption,), INTL) is None


def test_what_cannot_be_converted_is_returned_and_never_delivered(city: City) -> None:
    daemon = city.daemons[OFFICE]
    broken, unknown = daemon.send(
        text(1, parts=[Content("坏.txt", b"\xff\xff not GB18030", GB18030)]),
        text(2, parts=[Content("图.png", b"\x89PNG", "image/png")]),
    )
    city.settle()
    assert city.recorders[FINANCE].calls == 0
    codes = [{r.kind: r.code for r in daemon.outbox.receipts(i)} for i in (broken, unknown)]
    assert codes == [{"accepted": "", "returned": "EX-311"}, {"accepted": "", "returned": "EX-310"}]
