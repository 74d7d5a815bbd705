# SPDX-License-Identifier: Apache-2.0
"""`govbus message` on the hub's settings and on an adapter's: one message, told from three sides."""

from __future__ import annotations

import json
from typing import Any

import pytest

from exchange.adapter import Content, Outgoing
from exchange.role.submission import Submission
from tests.district import AT_CIVIL, CIVIL, FILES, FINANCE, TYPE, District, make_district, said

FIELDS = [
    "message_id", "type", "from", "to", "priority", "state", "size", "segments", "created", "expires",
    "deliveries",
]  # fmt: skip


class Story:
    """A delivered message, a refused one and one that waits, and what the commands say of them."""

    def __init__(self, district: District) -> None:
        self.district = district
        with district.running(FINANCE, CIVIL) as services:
            door = services[FINANCE].daemon.submission
            self.delivered = send(door, "a", AT_CIVIL)
            self.refused = send(door, "b", "440500.nobody/files")
            district.final(self.delivered)
            district.final(self.refused)
        self.waiting = send(door, "c", AT_CIVIL)
        district.number_entries()

    def say(self, *words: str, side: str = "hub", code: int = 0) -> str:
        config = self.district.hub_config if side == "hub" else self.district.config(side)
        return said("message", *words, "--config", config, code=code)

    def told(self, *words: str, side: str = "hub") -> Any:
        return json.loads(self.say(*words, "--json", side=side))


def send(door: Submission, key: str, to: str) -> str:
    parts = [Content("通知.txt", b"x" * 9, "text/plain")]
    (taken,), _ = door.take(FILES, [Outgoing(key=key, type=TYPE, parts=parts, to=[to])])
    return taken.message_id


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return Story(make_district(tmp_path_factory.mktemp("district")))


def test_every_side_lists_what_it_knows_the_newest_first(story: Story) -> None:
    assert [m["message_id"] for m in story.told("list", side=FINANCE)] == [
        story.waiting,
        story.refused,
        story.delivered,
    ]
    assert [m["message_id"] for m in story.told("list")] == [story.refused, story.delivered]
    assert [m["message_id"] for m in story.told("list", side=CIVIL)] == [story.delivered]


@pytest.mark.parametrize("side", ["hub", FINANCE, CIVIL])
def test_a_message_has_the_promised_fields_and_the_same_values_on_every_side(story: Story, side: str) -> None:
    found = story.told("show", story.delivered, side=side)
    assert list(found) == FIELDS
    (delivery,) = found.pop("deliveries")
    assert list(delivery) == ["to", "state", "segments_forwarded", "segments_resent", "receipts"]
    assert (delivery["to"], delivery["state"], delivery["segments_forwarded"]) == (AT_CIVIL, "delivered", 1)
    assert [list(r) for r in delivery["receipts"]] == [["kind", "by", "at", "code", "text"]] * (
        1 if side == CIVIL else 2
    )
    assert found == {name: story.told("show", story.delivered)[name] for name in found}
    assert (found["from"], found["to"], found["size"]) == (f"{FINANCE}/files", [AT_CIVIL], 9)


def test_only_the_sender_reads_the_private_words_of_a_receipt(story: Story) -> None:
    def text(side: str) -> str:
        (delivery,) = story.told("show", story.delivered, side=side)["deliveries"]
        return str(delivery["receipts"][-1]["text"])

    assert "通知.txt" in text(FINANCE)
    assert text("hub") == ""


def test_a_refusal_stands_with_its_code_at_the_message(story: Story) -> None:
    shown = story.say("show", story.refused, side=FINANCE)
    assert "EX-301" in shown
    assert "440500.nobody is not known" in shown
    assert story.told("show", story.refused, side=FINANCE)["state"] == "failed"


def test_the_table_lines_up_and_says_the_state(story: Story) -> None:
    titles, *rows = story.say("list", side=FINANCE).splitlines()
    assert titles.split() == ["created", "message", "state", "priority", "size", "type", "from", "to"]
    assert {row.index(TYPE) for row in rows} == {titles.index("type")}
    assert [row.split()[3] for row in rows] == ["open", "failed", "delivered"]


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["--state", "delivered"], ["delivered"]),
        (["--state", "failed"], ["refused"]),
        (["--state", "open"], ["waiting"]),
        (["--type", "document.*"], ["waiting", "refused", "delivered"]),
        (["--type", "document.file.v1", "--limit", "1"], ["waiting"]),
        (["--type", "tax.*"], []),
        (["--from", FINANCE], ["waiting", "refused", "delivered"]),
        (["--from", CIVIL], []),
        (["--to", CIVIL, "--state", "delivered"], ["delivered"]),
        (["--to", "440500.civil-affairs/other"], []),
        (["--since", "1h"], ["waiting", "refused", "delivered"]),
        (["--since", "2999-01-01"], []),
    ],
)
def test_a_list_can_be_narrowed(story: Story, words: list[str], wanted: list[str]) -> None:
    found = [m["message_id"] for m in story.told("list", *words, side=FINANCE)]
    assert found == [getattr(story, name) for name in wanted]


def test_the_hubs_trace_names_the_ledgers_entries(story: Story) -> None:
    steps = story.told("trace", story.delivered)["steps"]
    assert [(s["event"], s["by"]) for s in steps] == [
        ("admitted", ""),
        ("accepted", "hub"),
        ("delivered", CIVIL),
    ]
    numbers = [s["ledger"] for s in steps]
    assert numbers == sorted(numbers)
    assert None not in numbers
    assert f"ledger entry {numbers[0]}" in story.say("trace", story.delivered)


def test_the_senders_trace_begins_with_its_outbox_and_the_receivers_with_the_arrival(story: Story) -> None:
    def events(side: str) -> list[str]:
        return [s["event"] for s in story.told("trace", story.delivered, side=side)["steps"]]

    assert events(FINANCE) == ["claimed", "accepted", "delivered"]
    assert events(CIVIL) == ["arriving", "whole", "delivered"]


def test_the_trace_of_what_waits_says_so(story: Story) -> None:
    told = story.told("trace", story.waiting, side=FINANCE)
    assert (told["state"], [s["event"] for s in told["steps"]]) == ("open", ["claimed"])


def test_a_message_that_nobody_knows_is_the_answer_no(story: Story) -> None:
    story.say("show", "01a1fe30-7fc3-77ce-98e5-c99629584290", code=1)
    story.say("trace", "01a1fe30-7fc3-77ce-98e5-c99629584290", side=CIVIL, code=1)


def test_what_is_no_id_is_bad_data(story: Story) -> None:
    story.say("show", "x", code=65)


def test_chinese_is_spoken(story: Story) -> None:
    assert "送达" in story.say("show", story.delivered, "--lang", "zh")
    assert "交换中心受理登记" in story.say("trace", story.delivered, "--lang", "zh")
