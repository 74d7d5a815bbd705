# SPDX-License-Identifier: Apache-2.0
"""Names, arguments and rights on the broker: what is bound to what, and who may touch it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given

from exchange.model import topology
from exchange.model.identity import NAME_LIMIT
from exchange.model.priority import Priority
from tests.strategies import participants

FINANCE = "440500.finance"
FOREIGN_EXCHANGES = [
    *["in.440500.tax", "in.440500.finance2", "xin.440500.finance", "in.440500xfinance", "out", "dead", ""],
    "amq.default",
]
FOREIGN_QUEUES = [
    *["to.440500.tax.bulk", "hub.flash", "dead", "to.440500.finance.flash.x", "to.440500.finance.", "out"],
]


@given(participants)
def test_an_ingress_exchange_names_its_participant(participant: str) -> None:
    assert topology.participant_of(topology.ingress(participant)) == participant


@pytest.mark.parametrize("exchange", ["", "out", "dead", "amq.direct", "within.440500.finance"])
def test_other_exchanges_are_nobodys_ingress(exchange: str) -> None:
    assert topology.participant_of(exchange) is None


@pytest.mark.parametrize("priority", Priority)
def test_a_queue_names_its_class(priority: Priority) -> None:
    assert topology.priority_of(topology.hub_queue(priority)) is priority
    assert topology.priority_of(topology.egress_queue(FINANCE, priority)) is priority


def test_dead_letters_are_drained_like_bulk() -> None:
    assert topology.priority_of(topology.DEAD) is Priority.BULK


def test_the_longest_queue_name_fits_the_broker() -> None:
    longest = "440500." + "a" * (NAME_LIMIT - 7)
    assert max(len(q.name.encode()) for q in topology.participant_queues(longest)) < 255


def every_queue() -> list[topology.Queue]:
    return [*topology.hub_queues(), *topology.participant_queues(FINANCE)]


@pytest.mark.parametrize("queue", every_queue(), ids=lambda queue: queue.name)
def test_every_queue_is_a_quorum_queue_with_limits_that_refuses_when_full(queue: topology.Queue) -> None:
    arguments = queue.arguments
    assert arguments["x-queue-type"] == "quorum"
    assert arguments["x-overflow"] == "reject-publish"
    assert isinstance(arguments["x-max-length-bytes"], int)
    assert isinstance(arguments["x-delivery-limit"], int)


@pytest.mark.parametrize(
    "queue", [q for q in every_queue() if q.name != topology.DEAD], ids=lambda queue: queue.name
)
def test_what_is_redelivered_too_often_goes_to_the_dead_and_is_not_dropped(queue: topology.Queue) -> None:
    arguments = queue.arguments
    assert (arguments["x-dead-letter-exchange"], arguments["x-dead-letter-routing-key"]) == ("dead", "dead")
    assert arguments["x-dead-letter-strategy"] == "at-least-once"


def test_the_dead_are_not_dropped_after_twenty_deliveries() -> None:
    dead = next(q for q in topology.hub_queues() if q.name == topology.DEAD)
    assert dead.arguments["x-delivery-limit"] == topology.DEAD_DELIVERY_LIMIT
    assert topology.DEAD_DELIVERY_LIMIT > 1000 * topology.DELIVERY_LIMIT


def test_no_queue_reorders_by_the_priority_property() -> None:
    assert not any("priority" in argument for queue in every_queue() for argument in queue.arguments)


def test_only_what_a_participant_reads_has_a_single_active_consumer() -> None:
    single = [q.name for q in every_queue() if q.arguments.get("x-single-active-consumer")]
    assert single == [q.name for q in topology.participant_queues(FINANCE)]


def test_an_ingress_exchange_reaches_the_ingress_queues_and_nothing_else() -> None:
    reached = {queue for queue, _, _ in topology.ingress_bindings(FINANCE)}
    assert reached == {topology.hub_queue(priority) for priority in Priority}


def test_the_key_of_an_ingress_binding_is_the_class() -> None:
    assert all(queue == f"hub.{key}" for queue, _, key in topology.ingress_bindings(FINANCE))
    assert {exchange for _, exchange, _ in topology.ingress_bindings(FINANCE)} == {
        topology.participant_exchange(FINANCE).name
    }


@pytest.mark.parametrize("priority", Priority)
def test_the_egress_key_reaches_the_participants_queue(priority: Priority) -> None:
    bindings = {q.name: q.bindings for q in topology.participant_queues(FINANCE)}
    assert bindings[topology.egress_queue(FINANCE, priority)] == (
        (topology.OUT, topology.egress_key(FINANCE, priority)),
    )


def test_the_dead_queue_is_bound_to_the_dead_exchange() -> None:
    dead = next(q for q in topology.hub_queues() if q.name == topology.DEAD)
    assert dead.bindings == ((topology.DEAD, topology.DEAD),)
    assert [e.name for e in topology.hub_exchanges()] == [topology.OUT, topology.DEAD]


def test_bulk_for_a_receiver_is_limited_and_may_be_limited_further() -> None:
    usual, lower = (
        {
            topology.priority_of(q.name): q.arguments["x-max-length-bytes"]
            for q in topology.participant_queues(FINANCE, limits)
        }
        for limits in (None, {Priority.BULK: 1000})
    )
    assert usual == topology.EGRESS_BYTES
    assert lower == {**topology.EGRESS_BYTES, Priority.BULK: 1000}


class TestRights:
    """Regular expressions, searched as the broker searches them."""

    rights = topology.participant_rights(FINANCE)

    def test_a_participant_configures_nothing(self) -> None:
        assert not re.search(self.rights.configure, "anything")

    def test_it_writes_to_its_own_ingress_alone(self) -> None:
        assert re.search(self.rights.write, topology.ingress(FINANCE))

    @pytest.mark.parametrize("name", FOREIGN_EXCHANGES)
    def test_it_writes_nowhere_else(self, name: str) -> None:
        assert not re.search(self.rights.write, name)

    @pytest.mark.parametrize("priority", Priority)
    def test_it_reads_its_own_queues(self, priority: Priority) -> None:
        assert re.search(self.rights.read, topology.egress_queue(FINANCE, priority))

    @pytest.mark.parametrize("name", FOREIGN_QUEUES)
    def test_it_reads_nothing_else(self, name: str) -> None:
        assert not re.search(self.rights.read, name)

    def test_a_participant_whose_name_begins_like_anothers_gets_none_of_its_rights(self) -> None:
        other = topology.participant_rights("440500.fin")
        assert not re.search(other.read, topology.egress_queue(FINANCE, Priority.BULK))
        assert not re.search(other.write, topology.ingress(FINANCE))

    def test_the_hub_may_do_everything_in_its_vhost(self) -> None:
        hub = topology.HUB_RIGHTS
        assert all(re.search(right, "anything") for right in (hub.configure, hub.write, hub.read))
