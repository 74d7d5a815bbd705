# SPDX-License-Identifier: Apache-2.0
"""Collecting: what an application has for the bus is taken over once, and it is told what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from exchange import Adapter, Content, Outgoing, Retry, Settled
from exchange.role.collecting import BATCH, Collecting
from exchange.role.submission import Submission
from tests.city import FILES, FINANCE, OFFICE, City, text

POLL_MS = 5_000
LARGE = bytes(200_000)


class Register(Adapter):
    """An application that has some things, and remembers what it is told of them."""

    name = "register"

    def __init__(self, *things: Outgoing) -> None:
        super().__init__(Adapter.Settings())
        self.things = list(things)
        self.asked = 0
        self.stored_keys: list[str] = []
        self.told: list[tuple[str, Settled]] = []
        self.faults: dict[str, Exception] = {}  # each raised once, by the method of that name

    def _fail(self, method: str) -> None:
        if method in self.faults:
            raise self.faults.pop(method)

    def collect(self) -> Iterator[Outgoing]:
        self.asked += 1
        yield from self.things
        self._fail("collect")
        self.things = []

    def stored(self, key: str) -> None:
        self._fail("stored")
        self.stored_keys.append(key)

    def settled(self, key: str, receipt: Settled) -> None:
        self._fail("settled")
        self.told.append((key, receipt))

    @property
    def words(self) -> list[tuple[str, str]]:
        return [(key, settled.kind) for key, settled in self.told]


@pytest.fixture
def city(tmp_path: Path) -> City:
    return City(tmp_path)


class Desk:
    """The office's collecting, and who is told of large things."""

    def __init__(self, city: City, register: Register, *, free_bytes_least: int = 0) -> None:
        self.daemon = daemon = city.daemons[OFFICE]
        self.rung = 0
        self.collecting = Collecting(
            FILES,
            register,
            outbox=daemon.outbox,
            around=daemon.around,
            submission=Submission(daemon.outbox, daemon.around, free_bytes_least=free_bytes_least),
            sealing=daemon.sealing,
            outbound=daemon.outbound,
            sealed_later=self._ring,
            poll_ms=POLL_MS,
        )
        self.step = self.collecting.step

    def _ring(self) -> None:
        self.rung += 1


def test_what_an_application_has_is_delivered_and_it_is_told_each_step_of_it(city: City) -> None:
    register = Register(text(1), text(2))
    desk = Desk(city, register)
    assert desk.step()
    assert register.stored_keys == ["k1", "k2"]
    city.settle()
    assert desk.step()
    assert sorted(register.words) == [(k, w) for k in ("k1", "k2") for w in ("accepted", "delivered")]
    (_, last) = register.told[-1]
    assert (str(last.receiver), last.by, last.message_state) == (f"{FINANCE}/{FILES}", FINANCE, "delivered")


def test_under_a_directory_that_expired_nothing_is_taken_and_receipts_are_still_told(city: City) -> None:
    register = Register(text(1))
    desk = Desk(city, register)
    desk.step()
    city.settle()
    register.things = [text(2)]
    city.clock.pass_(31 * 86_400)
    with pytest.raises(Retry, match="EX-213"):
        desk.step()
    assert register.stored_keys == ["k1"]
    assert register.words == [("k1", "accepted"), ("k1", "delivered")]


def test_a_receipt_is_told_once(city: City) -> None:
    register = Register(text(1))
    desk = Desk(city, register)
    desk.step()
    city.settle()
    desk.step()
    told = list(register.told)
    assert not desk.step()
    assert register.told == told


def test_a_message_is_open_until_the_last_that_is_known_of_it_is_told(city: City) -> None:
    """Else who files it away at its end has not heard why: the reason comes after it."""
    register = Register(text(1), text(2))
    desk = Desk(city, register)
    desk.step()
    city.settle()
    assert [one.outcome for one in desk.daemon.outbox.untold(FILES, most=1)] == ["open"]
    desk.step()
    for key in ("k1", "k2"):
        assert [s.message_state for k, s in register.told if k == key] == ["open", "delivered"]


def test_it_is_not_asked_again_before_its_time(city: City) -> None:
    register = Register()
    desk = Desk(city, register)
    assert not desk.step()
    assert not desk.step()
    assert register.asked == 1
    city.clock.pass_(POLL_MS / 1000)
    desk.step()
    assert register.asked == 2


def test_more_than_a_batch_is_taken_batch_by_batch_in_one_asking(city: City) -> None:
    register = Register(*(text(n) for n in range(BATCH + 6)))
    desk = Desk(city, register)
    assert desk.step()
    assert len(register.stored_keys) == BATCH
    assert desk.step()
    assert (len(register.stored_keys), register.asked) == (BATCH + 6, 1)
    city.settle()
    assert len(city.recorders[FINANCE].got) == BATCH + 6


@pytest.mark.parametrize("beside", [(), (text(2),)], ids=["alone", "beside something small"])
def test_what_is_large_is_left_to_the_sealer(city: City, beside: tuple[Outgoing, ...]) -> None:
    register = Register(text(1, parts=[Content("large", LARGE)]), *beside)
    desk = Desk(city, register)
    desk.step()
    assert (desk.rung, len(desk.daemon.outbox.claimed(10))) == (1, 1)
    city.settle()
    assert len(city.recorders[FINANCE].got) == 1 + len(beside)


def test_one_that_can_never_be_sent_is_turned_down_and_holds_up_no_other(city: City) -> None:
    register = Register(text(1), text(2, to=["nowhere"]), text(3))
    desk = Desk(city, register)
    desk.step()
    assert register.stored_keys == ["k1", "k3"]
    ((key, word),) = register.told
    assert (key, word.kind, word.code, word.message_state) == ("k2", "rejected", "EX-110", "failed")
    assert (word.message_id, word.by, word.receiver, word.document) == ("", OFFICE, None, b"")
    assert "nowhere" in word.text


def test_an_application_that_fails_is_asked_anew_and_nothing_is_taken_twice(
    city: City, caplog: pytest.LogCaptureFixture
) -> None:
    register = Register(text(1))
    register.faults["collect"] = ZeroDivisionError("a defect of its own")
    desk = Desk(city, register)
    with pytest.raises(Retry, match="EX-503") as later:
        desk.step()
    assert "a defect of its own" in str(later.value)
    assert any(record.exc_info for record in caplog.records)  # its traceback is in the log
    desk.step()
    assert (register.asked, register.stored_keys) == (2, ["k1", "k1"])  # it gave it twice
    city.settle()
    assert city.recorders[FINANCE].calls == 1


def test_what_an_application_gave_before_it_failed_is_on_its_way(city: City) -> None:
    """One row that it can never read keeps back none of those before it."""
    register = Register(text(1), text(2))
    desk = Desk(city, register)
    for _ in range(3):
        register.faults["collect"] = ValueError("row 3 cannot be read")
        with pytest.raises(Retry, match="row 3 cannot be read"):
            desk.step()
        city.settle()
    assert city.recorders[FINANCE].calls == 2


def test_an_application_that_fails_after_its_thing_was_taken_gets_it_sent_once(city: City) -> None:
    register = Register(text(1))
    desk = Desk(city, register)
    register.faults["stored"] = ValueError("it forgot where it was")
    with pytest.raises(Retry, match="EX-503"):
        desk.step()
    register.things = [text(1)]
    city.clock.pass_(POLL_MS / 1000)
    desk.step()
    assert register.stored_keys == ["k1"]
    city.settle()
    assert city.recorders[FINANCE].calls == 1


def test_an_application_that_says_later_is_believed(city: City) -> None:
    register = Register(text(1))
    register.faults["collect"] = Retry(after_seconds=7)
    desk = Desk(city, register)
    with pytest.raises(Retry) as later:
        desk.step()
    assert (later.value.code, later.value.after_seconds) == ("EX-508", 7)
    desk.step()
    assert register.asked == 2


def test_a_receipt_that_an_application_could_not_take_is_told_again(city: City) -> None:
    register = Register(text(1))
    desk = Desk(city, register)
    desk.step()
    city.settle()
    register.faults["settled"] = OSError("its database is away")
    with pytest.raises(Retry, match="EX-503"):
        desk.step()
    assert register.told == []
    desk.step()
    assert sorted(word for _, word in register.words) == ["accepted", "delivered"]


def test_nothing_is_asked_for_while_the_disk_is_nearly_full(city: City) -> None:
    register = Register(text(1))
    with pytest.raises(Retry, match="EX-505"):
        Desk(city, register, free_bytes_least=1 << 62).step()
    assert (register.asked, register.stored_keys) == (0, [])


def told_anew(city: City) -> list[tuple[str, str]]:
    """What the application would be told after a crash."""
    register = Register()
    Desk(city, register).step()
    return register.words


def test_what_was_told_is_noted_with_what_is_taken_over_next(city: City) -> None:
    register = Register(text(1))
    desk = Desk(city, register)
    desk.step()
    city.settle()
    desk.step()
    register.things = [text(2)]
    city.clock.pass_(POLL_MS / 1000)
    desk.collecting._collect()
    assert told_anew(city) == []


def test_before_it_is_noted_a_crash_has_it_told_again(city: City) -> None:
    register = Register(text(1))
    desk = Desk(city, register)
    desk.step()
    city.settle()
    desk.step()
    assert told_anew(city) == register.words


def test_nothing_told_is_left_unnoted_at_the_end(city: City) -> None:
    register = Register(text(1))
    desk = Desk(city, register)
    desk.step()
    city.settle()
    desk.step()
    desk.collecting.note_told()
    assert told_anew(city) == []
