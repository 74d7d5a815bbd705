# SPDX-License-Identifier: Apache-2.0
"""Handing over to an application: what takes long holds up no answers, and nothing that is more urgent."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from exchange import Content, Delivery, Outgoing, Part, Reject, Retry
from exchange.edge.hub_store import MessageKey
from exchange.model.priority import Priority
from exchange.role.handover import Handover, Prepared
from exchange.role.preparing import LINE_MOST, LINES_MOST, apart
from tests.city import CIVIL, FINANCE, OFFICE, Cast, City, Crash, Recorder, text
from tests.edge.broker_places import until
from tests.role.harbour import Harbour


def arrive(city: City, *senders: str) -> None:
    """What *senders* have sent becomes whole at the finance bureau, and is not handed over."""
    for _ in range(20):
        for sender in senders or (OFFICE,):
            city.daemons[sender].step()
        city.workers[0].step()
        city.daemons[FINANCE].inbound.step()
        city.clock.pass_(0.1)


def finance(city: City, convert: Callable[..., Prepared] | None, **options: object) -> Handover:
    """The finance bureau's daemon, started anew with *convert*; who hands over in it."""
    if FINANCE in city.daemons:
        city.kill_daemon(FINANCE)
    (handover,) = city.start_daemon(FINANCE, convert=convert, **options).handovers  # type: ignore[arg-type]
    return handover


def doc(number: int, name: str, priority: str = "routine", **more: object) -> Outgoing:
    return text(number, type=f"document.{name}.v1", priority=priority, **more)


class Slow(Recorder):
    """It takes half a second for each message."""

    def __init__(self, city: City) -> None:
        super().__init__()
        self.city = city

    def deliver(self, delivery: Delivery) -> None:
        super().deliver(delivery)
        self.city.clock.pass_(0.5)


def plain(parts: Sequence[Part], _place: Path, _type: str, _priority: Priority) -> Prepared:
    return Prepared(tuple(parts))


@pytest.mark.parametrize("convert", [None, plain])
def test_a_batch_that_takes_long_is_answered_for_and_the_urgent_goes_before_its_rest(
    tmp_path: Path, convert: Callable[..., Prepared] | None
) -> None:
    city = City(tmp_path)
    slow = city.recorders[FINANCE] = Slow(city)
    city.kill_daemon(FINANCE)
    (handover,) = city.start_daemon(FINANCE, convert=convert).handovers
    sender = city.daemons[OFFICE]
    several = sender.send(*(text(n) for n in range(3)))
    arrive(city)
    assert handover.step()
    assert slow.calls == 1
    (urgent,) = sender.send(text(9, priority="flash"))
    arrive(city)
    assert handover.step()
    assert [*slow.got] == [several[0], urgent]
    city.settle()
    assert slow.calls == 4
    assert {state for one in several for state in sender.states(one).values()} == {"delivered"}


@pytest.mark.parametrize("convert", [None, plain])
def test_what_was_answered_for_while_the_broker_was_away_is_not_handed_over_again(
    city: City, convert: Callable[..., Prepared] | None
) -> None:
    """What was returned would be given to it once more, and a second answer would contradict the first."""
    handover, recorder = finance(city, convert), city.recorders[FINANCE]
    (message_id,) = city.daemons[OFFICE].send(text())
    arrive(city)
    posting = city.daemons[FINANCE].posting
    posting.flush()
    harbour = Harbour(posting._lanes[False])
    posting._lanes = dict.fromkeys(posting._lanes, harbour)
    harbour.away, harbour.patient = True, False
    recorder.refuse = Reject("EX-501", found="nobody", who=FINANCE)
    with pytest.raises(Retry, match="EX-901"):
        handover.step()
    recorder.refuse = None
    assert not handover.step()
    assert (recorder.calls, posting._owed.count()) == (1, 1)
    harbour.away = False
    city.recover()
    city.settle()
    assert set(city.daemons[OFFICE].states(message_id).values()) == {"returned"}


# ---- conversions that take as long as a test lets them


class Office:
    """It converts what is called `slow` only when it is told to; each conversion runs in a thread."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.go = threading.Event()
        self.rung = threading.Event()
        self.priorities: dict[str, Priority] = {}
        self.places: list[Path] = []
        self.trouble: BaseException | None = None
        self._lock = threading.Lock()

    def __call__(self, parts: Sequence[Part], place: Path, message_type: str, priority: Priority) -> Prepared:
        name = message_type.split(".")[1]
        with self._lock:
            self.begun.append(name)
            self.priorities[name] = priority
            self.places.append(place)
        if name.startswith("slow"):
            assert self.go.wait(120)
            if self.trouble is not None:
                raise self.trouble
        return Prepared(tuple(parts))


@pytest.fixture
def office() -> Iterator[Office]:
    made = Office()
    yield made
    made.go.set()


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


def threaded(city: City, office: Office) -> Handover:
    return finance(city, office, start=apart, ready=office.rung.set)


def names(city: City) -> list[str]:
    """The types that the finance bureau got, in order."""
    return [delivery.type.split(".")[1] for delivery, _ in city.recorders[FINANCE].got.values()]


def handed(city: City, handover: Handover, *wanted: str) -> None:
    """Step until the finance bureau has what is *wanted*, in this order."""

    def there() -> bool:
        handover.step()
        return len(names(city)) >= len(wanted)

    until(there)
    assert names(city) == [*wanted]


@pytest.mark.parametrize("slow", ["routine", "bulk", "urgent"])
def test_a_flash_message_overtakes_a_conversion_that_takes_long(
    city: City, office: Office, slow: str
) -> None:
    handover = threaded(city, office)
    sender = city.daemons[OFFICE]
    (first,) = sender.send(doc(1, "slow", slow))
    arrive(city)
    handover.step()
    until(lambda: office.begun == ["slow"])
    (flash,) = sender.send(doc(2, "alert", "flash"))
    arrive(city)
    handed(city, handover, "alert")
    arrive(city)
    assert set(sender.states(flash).values()) == {"delivered"}
    assert "delivered" not in sender.states(first).values()
    office.go.set()
    handed(city, handover, "alert", "slow")
    arrive(city)
    assert set(sender.states(first).values()) == {"delivered"}
    assert office.begun == ["slow", "alert"]
    assert office.priorities == {"slow": Priority(slow), "alert": Priority.FLASH}


def test_a_sooner_class_and_a_later_one_go_on_and_so_do_other_senders(city: City, office: Office) -> None:
    handover = threaded(city, office)
    city.daemons[OFFICE].send(doc(1, "slow"))
    arrive(city)
    handover.step()
    city.daemons[OFFICE].send(doc(2, "bulky", "bulk"), doc(3, "same"))
    arrive(city)
    handed(city, handover, "bulky")
    city.daemons[CIVIL].send(doc(4, "other"))
    arrive(city, CIVIL)
    handed(city, handover, "bulky", "other")
    office.go.set()
    handed(city, handover, "bulky", "other", "slow", "same")


def test_what_one_sent_in_one_class_is_handed_over_in_the_order_in_which_it_came(
    city: City, office: Office
) -> None:
    handover = threaded(city, office)
    sender = city.daemons[OFFICE]
    sender.send(doc(1, "quick"), doc(2, "slow"), doc(3, "third"))
    arrive(city)
    handed(city, handover, "quick")
    sender.send(doc(4, "fourth"))
    arrive(city)
    handover.step()
    assert names(city) == ["quick"]
    office.go.set()
    handed(city, handover, "quick", "slow", "third", "fourth")
    assert office.begun == ["quick", "slow", "third", "fourth"]


def test_what_follows_a_message_that_is_being_converted_does_not_overtake_it(
    city: City, office: Office
) -> None:
    handover = threaded(city, office)
    sender = city.daemons[OFFICE]
    (slow,) = sender.send(doc(1, "slow"))
    arrive(city)
    handover.step()
    sender.send(doc(2, "after", "flash", follows=slow))
    arrive(city)
    handover.step()
    another = slow[:-1] + ("1" if slow.endswith("0") else "0")
    sender.send(doc(3, "later", "flash"), doc(4, "urgent", "urgent", follows=another))
    arrive(city)
    handed(city, handover, "urgent")
    office.go.set()
    handed(city, handover, "urgent", "slow", "after", "later")


@pytest.mark.parametrize("before", ["routine", "flash"])
def test_what_follows_a_message_that_came_together_with_it_does_not_overtake_it(
    city: City, office: Office, before: str
) -> None:
    """Else it hangs on whether the one was begun before the other came."""
    handover = threaded(city, office)
    sender = city.daemons[OFFICE]
    (slow,) = sender.send(doc(1, "slow", before))
    after = "flash" if before == "routine" else "routine"
    sender.send(doc(2, "after", after, follows=slow), doc(3, "later", after))
    arrive(city)
    handover.step()
    handover.step()
    office.go.set()
    handed(city, handover, "slow", "after", "later")


def test_so_many_senders_of_a_class_are_prepared_for_at_once_and_other_classes_go_on(
    office: Office, tmp_path: Path
) -> None:
    several = [f"440500.sender-{n}" for n in range(LINES_MOST + 1)]
    grants: dict[str, Sequence[str]] = dict.fromkeys([*several, OFFICE, FINANCE, CIVIL], ("flash",))
    (tmp_path / "ca").mkdir()
    city = City(tmp_path, cast=Cast.make(tmp_path / "ca", grants))
    handover = threaded(city, office)
    for number, name in enumerate(several):
        city.daemons[name].send(doc(number, f"slow-{number}"))
    arrive(city, *several)
    while handover.step():
        pass
    until(lambda: len(office.begun) == LINES_MOST)
    city.daemons[several[-1]].send(doc(50, "alert", "flash"))
    arrive(city, several[-1])
    handed(city, handover, "alert")
    assert len(office.begun) == LINES_MOST + 1
    office.go.set()
    until(lambda: handover.step() and len(names(city)) == LINES_MOST + 2)


def test_no_more_than_so_many_messages_of_a_sender_are_kept_in_memory(city: City, office: Office) -> None:
    handover = threaded(city, office)
    office.go.set()
    city.daemons[OFFICE].send(*(doc(n, f"n{n}") for n in range(LINE_MOST + 2)))
    arrive(city)
    assert handover.step()
    until(lambda: len(office.begun) == LINE_MOST)
    handed(city, handover, *(f"n{n}" for n in range(LINE_MOST + 2)))


@pytest.mark.parametrize(
    ("trouble", "code"), [(Reject("EX-311", found="a", wanted="b", reason="c"), "EX-311"), (None, "")]
)
def test_how_a_conversion_apart_ends_is_answered_as_ever(
    city: City, office: Office, trouble: Reject | None, code: str
) -> None:
    handover = threaded(city, office)
    sender = city.daemons[OFFICE]
    (slow,) = sender.send(doc(1, "slow"))
    arrive(city)
    handover.step()
    office.trouble = trouble
    office.go.set()
    until(lambda: handover.step())
    arrive(city)
    codes = {r.kind: r.code for r in sender.outbox.receipts(slow)}
    assert codes == {"accepted": "", "returned" if code else "delivered": code}


def test_a_conversion_that_cannot_be_now_is_made_again_later_and_nothing_waits_for_it(
    city: City, office: Office
) -> None:
    handover = threaded(city, office)
    city.daemons[OFFICE].send(doc(1, "slow"), doc(2, "next"))
    arrive(city)
    handover.step()
    office.trouble = Retry("EX-506", after_seconds=10.0, what="disk", reason="full")
    office.go.set()
    handed(city, handover, "next")
    office.trouble = None
    city.clock.pass_(11)
    handed(city, handover, "next", "slow")
    assert office.begun == ["slow", "next", "slow"]


def test_what_expires_while_it_is_converted_or_waits_for_it_is_not_handed_over(
    city: City, office: Office
) -> None:
    handover = threaded(city, office)
    sender = city.daemons[OFFICE]
    sent = sender.send(doc(1, "slow", expires_after_seconds=60.0), doc(2, "next", expires_after_seconds=60.0))
    arrive(city)
    handover.step()
    until(lambda: office.begun == ["slow"])
    city.clock.pass_(100)
    office.go.set()
    until(lambda: handover.step() and city.daemons[FINANCE].inbox.counts() == {"done": 2})
    assert names(city) == []
    assert office.begun == ["slow"]
    arrive(city)
    assert {state for one in sent for state in sender.states(one).values()} == {"expired"}


def test_what_nobody_is_to_have_any_more_is_not_handed_over(city: City, office: Office) -> None:
    handover = threaded(city, office)
    city.daemons[OFFICE].send(doc(1, "slow"))
    arrive(city)
    handover.step()
    inbox = city.daemons[FINANCE].inbox
    (waiting,) = inbox.waiting("files", now_ms=city.daemons[FINANCE].around.now_ms())
    message = waiting.message
    inbox.forget_slices(message.key, message.received, 0)  # another application found the spool damaged
    office.rung.clear()
    office.go.set()
    assert office.rung.wait(120)
    assert not handover.step()
    assert names(city) == []


def test_a_crash_in_a_conversion_ends_the_thread_that_hands_over(city: City, office: Office) -> None:
    handover = threaded(city, office)
    city.daemons[OFFICE].send(doc(1, "slow"))
    arrive(city)
    handover.step()
    office.trouble = Crash()
    office.go.set()
    with pytest.raises(Crash):
        until(lambda: handover.step() and False)


def test_a_message_whose_conversion_was_interrupted_is_converted_again_and_delivered_once(
    city: City, office: Office
) -> None:
    handover = threaded(city, office)
    sender = city.daemons[OFFICE]
    slow, _ = sender.send(doc(1, "slow"), doc(2, "next"))
    arrive(city)
    handover.step()
    until(lambda: office.begun == ["slow"])
    again = Office()
    again.go.set()
    second = threaded(city, again)  # the daemon was killed
    handed(city, second, "slow", "next")
    arrive(city)
    assert set(sender.states(slow).values()) == {"delivered"}
    assert city.recorders[FINANCE].calls == 2


def test_a_daemon_that_ends_begins_no_further_conversion(city: City, office: Office) -> None:
    before = threading.enumerate()
    handover = threaded(city, office)
    city.daemons[OFFICE].send(doc(1, "slow"), doc(2, "next"))
    arrive(city)
    handover.step()
    until(lambda: office.begun == ["slow"])
    (line,) = [thread for thread in threading.enumerate() if thread not in before]
    handover.close()
    office.go.set()
    line.join()
    assert office.begun == ["slow"]


def test_a_database_that_is_away_when_it_was_handed_over_means_handing_over_again(
    city: City, office: Office
) -> None:
    away = [True]

    def checkpoint(step: str) -> None:
        if step == "handed over" and away.pop():
            raise Retry("EX-902", after_seconds=1.0, where="here", reason="away")

    handover = finance(city, office, start=apart, ready=office.rung.set, checkpoint=checkpoint)
    away.insert(0, False)
    office.go.set()
    city.daemons[OFFICE].send(doc(1, "slow"))
    arrive(city)
    with pytest.raises(Retry, match="EX-902"):
        until(lambda: handover.step() and False)
    assert handover.step()
    assert city.recorders[FINANCE].calls == 2
    assert office.begun == ["slow"]


def test_each_application_converts_in_a_folder_of_its_own(city: City, office: Office) -> None:
    handover = threaded(city, office)
    (sent,) = city.daemons[OFFICE].send(doc(1, "one"))
    arrive(city)
    handed(city, handover, "one")
    inbox = city.daemons[FINANCE].inbox
    assert [place.relative_to(inbox.folder).parts for place in office.places] == [
        (f"{OFFICE}~{sent}", "files")
    ]


class Editing(Recorder):
    """It keeps what it was given in a folder of its own, where somebody writes on in it."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.saved = folder / "saved"

    def deliver(self, delivery: Delivery) -> None:
        delivery.parts[0].save(self.saved)
        with self.saved.open("ab") as file:
            file.write(b" and a remark")


@pytest.mark.parametrize("is_shared", [False, True])
def test_what_one_application_does_with_its_file_does_not_reach_the_next(
    city: City, tmp_path: Path, is_shared: bool
) -> None:
    """A file of one application alone costs no copy."""
    content = bytes(range(256)) * 1024
    city.recorders[FINANCE] = Editing(tmp_path)
    handover = finance(city, None)
    (sent,) = city.daemons[OFFICE].send(text(1, parts=[Content("large", content)]))
    arrive(city)
    inbox = city.daemons[FINANCE].inbox
    key = MessageKey(OFFICE, sent)
    if is_shared:
        with inbox.writing() as connection:
            inbox.owe(connection, [(inbox.known([key])[key], "archive", "")], 0)
    (spooled,) = [path for path in inbox.slices.place(key).iterdir() if path.is_file()]
    with spooled.open("rb") as file:
        assert handover.step()
        assert file.read() == (content if is_shared else content + b" and a remark")
    assert (tmp_path / "saved").read_bytes() == content + b" and a remark"
