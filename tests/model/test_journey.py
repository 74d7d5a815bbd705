# SPDX-License-Identifier: Apache-2.0
"""The one table: no state is a trap, no end has a way out, and the drawing shows it all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.errors import GovbusError
from exchange.model import journey
from exchange.model.journey import FINAL, TABLE, Event, NoSuchStep, State, after, allows, event_of, of_message
from exchange.model.receipt import ReceiptKind

OPEN = [state for state in State if not state.is_final]


def reachable(start: State) -> set[State]:
    """Every state that some row of events leads to."""
    found, edge = {start}, {start}
    while edge:
        edge = {to for (was, _), to in TABLE.items() if was in edge} - found
        found |= edge
    return found


def test_an_end_has_no_way_out_but_that_the_delivered_is_signed_for() -> None:
    ways_out = {(was, event): to for (was, event), to in TABLE.items() if was in FINAL}
    assert ways_out == {(State.DELIVERED, Event.SIGNED_FOR): State.SIGNED_FOR}


def test_every_state_is_reached_from_queued() -> None:
    assert reachable(State.QUEUED) == set(State)


@pytest.mark.parametrize("state", OPEN)
def test_every_open_state_leads_to_an_end(state: State) -> None:
    assert reachable(state) & FINAL


@pytest.mark.parametrize("state", OPEN)
def test_the_receivers_answer_is_taken_in_every_open_state(state: State) -> None:
    assert after(state, Event.DELIVERED) is State.DELIVERED
    assert after(state, Event.RETURNED) is State.RETURNED


def test_every_event_is_used() -> None:
    assert {event for _, event in TABLE} == set(Event)


def test_what_is_with_the_receiver_cannot_be_recalled() -> None:
    assert not any(allows(state, Event.RECALLED) for state in (State.ACCEPTED, State.CONVERTING, *FINAL))


@pytest.mark.parametrize("step", TABLE)
def test_a_step_of_the_table_is_taken(step: tuple[State, Event]) -> None:
    assert after(*step) is TABLE[step]
    assert allows(*step)


@pytest.mark.parametrize(
    ("state", "event"), [(state, event) for state in State for event in Event if (state, event) not in TABLE]
)
def test_a_step_that_the_table_has_not_is_refused(state: State, event: Event) -> None:
    assert not allows(state, event)
    with pytest.raises(NoSuchStep) as refused:
        after(state, event)
    assert refused.value.code == "EX-909"


@pytest.mark.parametrize(("state", "event"), TABLE)
def test_the_same_event_again_is_not_allowed_and_so_changes_nothing(state: State, event: Event) -> None:
    assert not allows(after(state, event), event)


def test_a_missing_step_is_an_error_of_ours() -> None:
    assert issubclass(NoSuchStep, GovbusError)


@pytest.mark.parametrize("kind", ReceiptKind)
def test_every_receipt_is_an_event(kind: ReceiptKind) -> None:
    assert event_of(kind) in Event


@pytest.mark.parametrize("kind", [kind for kind in ReceiptKind if kind.is_final])
def test_a_final_receipt_leads_to_the_state_of_its_name(kind: ReceiptKind) -> None:
    state = after(State.TRANSFERRING, event_of(kind))
    assert (state.value, state.is_final, state.is_good) == (kind.value, True, kind.is_good)


def test_accepted_says_that_every_segment_was_forwarded() -> None:
    assert after(State.TRANSFERRING, event_of(ReceiptKind.ACCEPTED)) is State.ACCEPTED


def test_a_hold_and_a_go_lead_back_to_where_they_began() -> None:
    assert after(after(State.TRANSFERRING, Event.HELD), Event.RESUMED) is State.TRANSFERRING


@pytest.mark.parametrize(
    ("states", "message"),
    [
        ([], "open"),
        ([State.QUEUED], "open"),
        ([State.DELIVERED, State.CONVERTING], "open"),
        ([State.DELIVERED, State.SIGNED_FOR], "delivered"),
        ([State.RETURNED, State.EXPIRED], "failed"),
        ([State.DELIVERED, State.REJECTED], "partial"),
    ],
)
def test_a_message_is_what_its_deliveries_are(states: list[State], message: str) -> None:
    assert of_message(iter(states)) == message


@given(st.lists(st.sampled_from(State), min_size=1))
def test_a_message_is_open_until_all_its_deliveries_are_final(states: list[State]) -> None:
    assert (of_message(states) == "open") == any(state not in FINAL for state in states)


@given(st.lists(st.sampled_from(Event), max_size=12))
def test_whatever_happens_a_final_delivery_stays_final(events: list[Event]) -> None:
    state, was_final = State.QUEUED, False
    for event in events:
        state = after(state, event) if allows(state, event) else state
        assert state.is_final or not was_final
        was_final = state.is_final


def test_the_drawing_shows_every_state() -> None:
    assert all(state.value.replace("-", "_") in journey.mermaid() for state in State)


def test_the_drawing_shows_every_step() -> None:
    lines = journey.mermaid().splitlines()
    for (was, event), to in TABLE.items():
        names = [state.value.replace("-", "_") for state in (was, to)]
        assert f"    {names[0]} --> {names[1]}: {event.value}" in lines


def test_the_drawing_shows_where_a_delivery_begins_and_ends() -> None:
    lines = journey.mermaid().splitlines()
    assert lines[0] == "stateDiagram-v2"
    assert "    [*] --> queued" in lines
    assert sum(line.endswith("--> [*]") for line in lines) == len(FINAL)
