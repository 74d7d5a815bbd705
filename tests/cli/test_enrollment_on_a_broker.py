# SPDX-License-Identifier: Apache-2.0
"""
A hub and a department on a real RabbitMQ, by commands alone: log in, be put out, come back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pika
import pytest

from cli.main import main
from exchange.edge.broker import Bell, Outcome, Parcel
from exchange.edge.private_node import PrivateNode
from exchange.edge.rabbit import RabbitBroker
from exchange.edge.settings import load_adapter, load_hub
from exchange.errors import BrokerDown
from exchange.model import topology
from exchange.model.priority import Priority
from tests.certificates import ClientFiles
from tests.clients import connect
from tests.identities import FINANCE, TAX, Town, credit_code

pytestmark = pytest.mark.broker
Captured = pytest.CaptureFixture[str]


@dataclass(frozen=True)
class Place:
    """One folder with a node, a hub on it, and departments."""

    folder: Path
    node: PrivateNode

    @property
    def config(self) -> Path:
        return self.folder / "hub" / "hub.toml"

    def run(self, *words: str | Path) -> int:
        return main([str(word) for word in words])

    def enrol(self, who: str, number: int) -> Path:
        folder = self.folder / who
        grant = self.folder / f"{who}.xml"
        request = ("--id", who, "--name", who, "--credit-code", credit_code(number))
        assert self.run("enroll", "request", folder, *request) == 0
        request_file = folder / "request.xml"
        assert (
            self.run("enroll", "approve", "--config", self.config, request_file, "--out", grant, "--yes") == 0
        )
        assert self.run("enroll", "accept", folder, grant, "--yes") == 0
        return folder

    def broker(self, folder: Path) -> RabbitBroker:
        b = load_adapter(folder / "adapter.toml", {}).broker
        return RabbitBroker(
            b.urls,
            ca_file=b.ca,
            certificate_file=b.certificate,
            key_file=b.key,
            name="test",
            patience_seconds=20,
        )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder = tmp_path_factory.mktemp("bus")
    node = PrivateNode(folder / "node")
    node.start()
    try:
        made = Place(folder, node)
        assert made.run("hub", "init", folder / "hub", "--broker", folder / "node") == 0
        yield made
    finally:
        node.stop()


@pytest.fixture(scope="module")
def finance(place: Place) -> Path:
    return place.enrol(FINANCE, 1)


def files(folder: Path) -> ClientFiles:
    identity = folder / "keys" / "identity.pem"
    return ClientFiles(identity, identity)


def parcel(who: str) -> Parcel:
    return Parcel(topology.ingress(who), "routine", b"<segment/>", "segment", "x", who)


def test_a_hub_that_was_just_made_is_good(place: Place, finance: Path, capsys: Captured) -> None:
    assert place.run("hub", "check", "--config", place.config, "--json") == 0
    document = json.loads(capsys.readouterr().out)
    verdicts = {finding["name"]: finding["verdict"] for finding in document["findings"]}
    assert verdicts.pop("hub") == "warning"  # none has run yet
    assert set(verdicts.values()) == {"good"}
    assert list(verdicts)[-3:] == ["topology", "logins", "broker"]


def test_making_the_hub_again_keeps_it(place: Place, capsys: Captured) -> None:
    before = place.config.read_bytes()
    words = ("hub", "init", place.folder / "hub", "--broker", place.folder / "node", "--json")
    assert place.run(*words) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["made"], document["kept"]) == ([], ["authority", "keys", "trust", "config"])
    assert place.config.read_bytes() == before


def test_an_enrolled_department_logs_in_by_its_certificate_and_publishes(place: Place, finance: Path) -> None:
    broker = place.broker(finance)
    try:
        publisher = broker.publisher(Bell())
        flight = publisher.launch([parcel(FINANCE)])
        assert flight.wait(60)
        assert list(flight.outcomes) == [Outcome.CONFIRMED]
    finally:
        broker.close()
    hub = load_hub(place.config, {}).broker
    own = RabbitBroker(
        hub.urls, ca_file=hub.ca, certificate_file=hub.certificate, key_file=hub.key, name="test hub"
    )
    assert own.depths(["hub.routine"])["hub.routine"].messages >= 1


def test_a_department_may_not_publish_in_another_s_name(place: Place, finance: Path) -> None:
    place.enrol(TAX, 2)
    with connect(place.node, files(finance)) as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="403"):
            channel.basic_publish(topology.ingress(TAX), "routine", b"x")


def test_a_department_reads_its_own_queues_alone(place: Place, finance: Path) -> None:
    with connect(place.node, files(finance)) as connection:
        channel = connection.channel()
        channel.basic_consume(topology.egress_queue(FINANCE, Priority.ROUTINE), lambda *_: None)
        with pytest.raises(pika.exceptions.ChannelClosedByBroker, match="403"):
            channel.basic_consume("hub.routine", lambda *_: None)


def test_a_suspended_department_is_put_out_at_once_and_stays_out(
    place: Place, finance: Path, capsys: Captured
) -> None:
    connection = connect(place.node, files(finance))
    capsys.readouterr()
    assert place.run("participant", "suspend", "--config", place.config, FINANCE, "--json") == 0
    assert json.loads(capsys.readouterr().out)["closed"] >= 1
    with pytest.raises(pika.exceptions.ConnectionClosedByBroker, match="suspended by the hub"):
        connection.process_data_events(time_limit=30)
    with pytest.raises(pika.exceptions.AMQPConnectionError):
        connect(place.node, files(finance))
    with pytest.raises(BrokerDown, match=f"EX-204 participant {FINANCE} is suspended"):
        place.broker(finance).depths([topology.egress_queue(FINANCE, Priority.ROUTINE)])
    note = place.folder / "note.txt"
    note.write_text("x")
    send = (
        "send",
        note,
        "--config",
        finance / "adapter.toml",
        "--type",
        "document.file.v1",
        "--to",
        f"{TAX}/x",
    )
    assert place.run(*send, "--wait", "--timeout", "0.2") == 1
    assert f"the daemon waits: EX-204 participant {FINANCE} is suspended" in capsys.readouterr().err
    assert place.run("adapter", "check", "--config", finance / "adapter.toml") == 1
    assert f"participant {FINANCE} is suspended" in capsys.readouterr().out
    assert place.run("participant", "resume", "--config", place.config, FINANCE) == 0
    with connect(place.node, files(finance)) as again:
        assert again.is_open


def test_a_login_that_the_broker_has_lost_is_found_and_mended(
    place: Place, finance: Path, capsys: Captured
) -> None:
    place.node.control("delete_user", FINANCE)
    assert place.run("hub", "check", "--config", place.config) == 1
    assert f"the broker's user {FINANCE} is missing" in capsys.readouterr().out
    assert place.run("participant", "resume", "--config", place.config, FINANCE) == 0
    capsys.readouterr()
    place.run("hub", "check", "--config", place.config, "--json")
    findings = json.loads(capsys.readouterr().out)["findings"]
    assert [one["verdict"] for one in findings if one["name"] == "logins"] == ["good"]


def test_what_programs_are_told_is_one_document_each(place: Place, capsys: Captured) -> None:
    folder, grant = place.folder / "programs", place.folder / "programs.xml"
    request = ("--id", "440500.programs", "--name", "Programs", "--credit-code", credit_code(4))
    place.run("enroll", "request", folder, *request)
    capsys.readouterr()
    approve = ("enroll", "approve", "--config", place.config, folder / "request.xml", "--out", grant)
    assert place.run(*approve, "--grant", "flash") == 1
    assert "to be granted: flash" in capsys.readouterr().err
    assert not grant.exists()
    assert place.run(*approve, "--yes", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"grant": str(grant), "participant": "440500.programs"}
    assert place.run("enroll", "revoke", "--config", place.config, "440500.programs", "--json") == 0
    assert json.loads(capsys.readouterr().out)["participant"] == "440500.programs"
    assert place.run("participant", "suspend", "--config", place.config, "440500.programs") == 0
    assert "is suspended" in capsys.readouterr().out
    assert place.run("participant", "resume", "--config", place.config, "440500.programs", "--json") == 0
    assert json.loads(capsys.readouterr().out)["version"] > 0


def test_a_renewed_department_logs_in_with_its_new_certificate(place: Place, finance: Path) -> None:
    old = (finance / "keys" / "identity.pem").read_bytes()
    grant = place.folder / "renewed.xml"
    assert place.run("enroll", "renew", finance) == 0
    request = finance / "request.xml"
    assert place.run("enroll", "approve", "--config", place.config, request, "--out", grant) == 0
    assert place.run("enroll", "accept", finance, grant) == 0
    assert (finance / "keys" / "identity.pem").read_bytes() != old
    with connect(place.node, files(finance)) as connection:
        assert connection.is_open


def test_a_revoked_department_is_out_until_it_is_enrolled_again(place: Place) -> None:
    folder = place.enrol("440500.archive", 3)
    assert place.run("enroll", "revoke", "--config", place.config, "440500.archive") == 0
    with pytest.raises(pika.exceptions.AMQPConnectionError):
        connect(place.node, files(folder))
    again, grant = place.folder / "archive-again", place.folder / "again.xml"
    words = ("--id", "440500.archive", "--name", "Archive", "--credit-code", credit_code(3))
    assert place.run("enroll", "request", again, *words) == 0
    approve = ("enroll", "approve", "--config", place.config, again / "request.xml", "--out", grant, "--yes")
    assert place.run(*approve) == 1
    assert place.run(*approve, "--again") == 0
    assert place.run("enroll", "accept", again, grant, "--yes") == 0
    with connect(place.node, files(again)) as connection:
        assert connection.is_open


def test_a_stranger_s_certificate_does_not_open_the_door(place: Place, tmp_path: Path) -> None:
    identity = Town(tmp_path / "elsewhere").party(FINANCE).keys / "identity.pem"
    with pytest.raises(pika.exceptions.AMQPConnectionError):
        connect(place.node, ClientFiles(identity, identity))
