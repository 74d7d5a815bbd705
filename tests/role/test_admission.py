# SPDX-License-Identifier: Apache-2.0
"""Admission: who may not pass is refused as a whole, signed, with the reason."""

from __future__ import annotations

from pathlib import Path

from exchange.model.rule import Rule
from tests.city import CIVIL, FILES, FINANCE, OFFICE, City, text

AT_FINANCE = f"{FINANCE}/{FILES}"
GRANTED = Rule(id="granted", type="*", to="*", grant="flash")  # the office has this grant, nobody else


def refusal(city: City, who: str, message_id: str) -> tuple[str, str, str]:
    (receipt,) = city.daemons[who].outbox.receipts(message_id)
    assert (receipt.by, city.daemons[who].outbox.outcome(message_id)) == ("hub", "failed")
    return receipt.kind, receipt.code, receipt.text


def test_a_rule_lets_those_pass_who_have_its_grant(tmp_path: Path) -> None:
    city = City(tmp_path, rules=[GRANTED])
    (message_id,) = city.daemons[OFFICE].send(text())
    city.settle()
    assert city.daemons[OFFICE].states(message_id) == {AT_FINANCE: "delivered"}


def test_who_lacks_a_rules_grant_learns_which(tmp_path: Path) -> None:
    city = City(tmp_path, rules=[GRANTED])
    (message_id,) = city.daemons[CIVIL].send(text())
    city.settle()
    kind, code, sentence = refusal(city, CIVIL, message_id)
    assert (kind, code) == ("rejected", "EX-203")
    assert "without the grant flash" in sentence
    assert city.recorders[FINANCE].calls == 0


def test_a_message_to_a_suspended_receiver_is_refused_for_all_of_its_receivers(tmp_path: Path) -> None:
    city = City(tmp_path)
    city.suspend(FINANCE)
    (message_id,) = city.daemons[OFFICE].send(text(to=[f"{CIVIL}/{FILES}", AT_FINANCE]))
    city.settle()
    kind, code, sentence = refusal(city, OFFICE, message_id)
    assert (kind, code) == ("rejected", "EX-204")
    assert FINANCE in sentence
    assert city.recorders[CIVIL].calls == 0


def test_a_directory_that_the_hub_never_issued_is_no_ground_for_admission(tmp_path: Path) -> None:
    city = City(tmp_path)
    city.version = 9
    city.refresh()
    newer = city.view
    city.version = 1
    city.refresh()
    city.kill_daemon(OFFICE)
    (message_id,) = city.start_daemon(OFFICE, view=lambda: newer).send(text())
    city.settle()
    assert refusal(city, OFFICE, message_id)[:2] == ("rejected", "EX-208")
