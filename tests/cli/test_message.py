# SPDX-License-Identifier: Apache-2.0
"""`govbus message` on the hub's settings and on an adapter's: one message, told from three sides."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from exchange.adapter import Content, Outgoing
from exchange.edge.outbox_rows import outgoing, outgoing_delivery
from exchange.edge.settings import load_adapter
from exchange.errors import Reject
from exchange.role.adapter_service import submission
from exchange.role.stores import Stores
from exchange.role.submission import Submission
from tests.district import AT_CIVIL, CIVIL, FILES, FINANCE, TYPE, District, make_district, said

FIELDS = [
    "message_id", "type", "from", "to", "priority", "state", "size", "segments", "created", "expires",
    "direction", "deliveries",
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
    assert found.pop("direction") == {"hub": "", FINANCE: "sent", CIVIL: "received"}[side]
    assert list(delivery) == ["to", "state", "segments_forwarded", "segments_resent", "overdue", "receipts"]
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


def test_at_the_hub_a_refusal_is_a_sentence_with_a_next_step_that_can_be_typed(story: Story) -> None:
    step = f"next: `govbus participant list --config {story.district.hub_config}` names all who take part"
    for verb in ("show", "trace"):
        shown = story.say(verb, story.refused)
        assert "EX-301  receiver 440500.nobody is not known" in shown
        assert step in shown
    (delivery,) = story.told("show", story.refused)["deliveries"]
    assert delivery["receipts"][0]["text"] == "receiver 440500.nobody is not known"
    (step_,) = [one for one in story.told("trace", story.refused)["steps"] if one["event"] == "rejected"]
    assert (step_["code"], step_["text"]) == ("EX-301", "receiver 440500.nobody is not known")


def test_at_the_hub_a_refusal_is_said_in_the_language_of_whoever_asks(story: Story) -> None:
    assert "接收方 440500.nobody 不存在" in story.say("show", story.refused, "--lang", "zh")


def test_a_department_is_sent_to_the_hubs_operator_and_not_to_the_hubs_commands(story: Story) -> None:
    shown = story.say("show", story.refused, side=FINANCE)
    assert "the hub's operator can say who takes part" in shown
    assert "govbus participant" not in shown


def test_refused_messages_are_listed_as_rejected_at_the_hub_with_whom_they_were_for(story: Story) -> None:
    (found,) = story.told("list", "--state", "rejected")
    assert (found["message_id"], found["to"]) == (story.refused, ["440500.nobody/files"])
    assert story.told("list", "--state", "rejected", "--to", AT_CIVIL) == []


def test_a_message_that_names_no_receiver_says_who_was_to_decide(tmp_path: Path) -> None:
    district = make_district(tmp_path, FINANCE)
    with district.running(FINANCE) as services:
        parts = [Content("x", b"x", "text/plain")]
        thing = Outgoing(key="a", type="title.certificate.v1", parts=parts, to=[])
        (taken,), _ = services[FINANCE].daemon.submission.take(FILES, [thing])
        district.final(taken.message_id)
    at_hub = ["--config", district.hub_config]
    assert "(nobody named: left to the routing table)" in said("message", "show", taken.message_id, *at_hub)
    listed = said("message", "list", "--state", "rejected", *at_hub)
    assert "(nobody named: left to the routing table)" in listed
    explained = f"`govbus route explain --type title.certificate.v1 --from {FINANCE}/{FILES}"
    assert explained in said("message", "show", taken.message_id, *at_hub)


def test_what_a_receiver_wrote_for_the_sender_is_not_known_at_the_hub_and_that_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    district = make_district(tmp_path)
    with district.running(FINANCE, CIVIL) as services:

        def refuse(_delivery: object) -> None:
            raise Reject("EX-502", reason="the deed has no number")

        (joined,) = services[CIVIL].daemon.applications
        monkeypatch.setattr(joined.adapter, "deliver", refuse)
        returned = send(services[FINANCE].daemon.submission, "a", AT_CIVIL)
        district.final(returned)
    at_hub = said("message", "show", returned, "--config", district.hub_config)
    assert "EX-502  the reason is written for the sender alone" in at_hub
    assert "the deed has no number" not in at_hub
    assert "the deed has no number" in said("message", "show", returned, "--config", district.config())


def test_the_table_lines_up_and_says_the_state(story: Story) -> None:
    titles, *rows = story.say("list", side=FINANCE).splitlines()
    assert titles.split() == [
        "direction", "created", "message", "state", "priority", "size", "type", "from", "to",
    ]  # fmt: skip
    assert {row.index(TYPE) for row in rows} == {titles.index("type")}
    assert [row.split()[4] for row in rows] == ["open", "failed", "delivered"]


def test_a_message_to_oneself_is_listed_once_as_sent_and_once_as_received(tmp_path: Path) -> None:
    district = make_district(tmp_path, FINANCE)
    with district.running(FINANCE) as services:
        message_id = send(services[FINANCE].daemon.submission, "a", f"{FINANCE}/{FILES}")
        district.final(message_id, FINANCE)
    listed = said("message", "list", "--config", district.config(FINANCE))
    assert sorted(row.split()[0] for row in listed.splitlines()[1:]) == ["received", "sent"]


def test_what_is_past_its_deadline_says_so_in_list_and_show(tmp_path: Path) -> None:
    district = make_district(tmp_path)
    stores = Stores.open(load_adapter(district.config()))
    door = submission(load_adapter(district.config()), stores)
    message_id = send(door, "a", AT_CIVIL)
    assert "overdue" not in said("message", "list", "--config", district.config())
    with stores.outbox.writing() as connection:
        connection.execute(outgoing.update().values(expires=1))
        connection.execute(
            outgoing_delivery.insert().values(
                message_id=message_id, receiver=AT_CIVIL, state="accepted", at=0
            )
        )
    assert "open, overdue" in said("message", "list", "--config", district.config())
    assert "overdue: its deadline has passed" in said(
        "message", "show", message_id, "--config", district.config()
    )
    (found,) = json.loads(said("message", "list", "--json", "--config", district.config()))
    assert found["deliveries"][0]["overdue"] is True
    assert "已逾期" in said("--lang", "zh", "message", "show", message_id, "--config", district.config())


def test_a_refused_message_has_no_segments_anywhere(story: Story) -> None:
    assert "segments there" in story.say("show", story.delivered, side=FINANCE)
    assert "segments there" not in story.say("show", story.refused, side=FINANCE)


def test_an_empty_list_says_that_nothing_fits(story: Story) -> None:
    assert story.say("list", "--type", "tax.*").splitlines()[1:] == []


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


def test_the_hub_is_called_by_its_word_as_who_signed(story: Story) -> None:
    assert "受理  交换中心签名" in story.say("show", story.delivered, "--lang", "zh")
    assert "由交换中心" in story.say("trace", story.delivered, "--lang", "zh")
    assert "accepted  signed by hub" in story.say("show", story.delivered)
