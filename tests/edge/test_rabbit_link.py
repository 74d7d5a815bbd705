# SPDX-License-Identifier: Apache-2.0
"""Where the broker is and how one proves oneself there."""

from __future__ import annotations

import itertools
import socket
import ssl
import threading
from pathlib import Path

import pytest

from exchange.edge.broker import SEGMENT, Bell, Parcel
from exchange.edge.private_node import PrivateNode
from exchange.edge.rabbit import RabbitBroker
from exchange.edge.rabbit.link import (
    RETRY_FIRST_SECONDS,
    RETRY_MOST_SECONDS,
    Address,
    away,
    pauses,
    reachable,
)
from exchange.errors import BrokerDown, ConfigInvalid, Halt
from tests.certificates import ClientAuthority, ClientFiles
from tests.edge.broker_places import until, user

PARCEL = Parcel("in.a", "flash", b"", SEGMENT, "id", "a")


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A way's files, good enough to be read."""
    authority = ClientAuthority(tmp_path)
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    issued = authority.issue("someone")
    return {"ca_file": tmp_path / "ca.pem", "certificate_file": issued.certificate, "key_file": issued.key}


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("amqps://broker.example", Address("broker.example", 5671, "govbus")),
        ("amqps://broker.example/", Address("broker.example", 5671, "govbus")),
        ("amqps://10.0.0.1:5673/other", Address("10.0.0.1", 5673, "other")),
        ("amqps://[::1]:7/a%2Fb", Address("::1", 7, "a/b")),
    ],
)
def test_an_address_is_read(url: str, address: Address) -> None:
    assert Address.parse(url) == address
    assert Address.parse(str(address)) == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "broker.example",
        "amqp://broker.example",
        "https://broker.example",
        "amqps://",
        "amqps://host:notaport",
        "amqps://user:secret@broker.example",
        "amqps://broker.example/govbus?heartbeat=0",
    ],
)
def test_what_is_no_address_of_a_broker_with_tls_is_refused(url: str) -> None:
    with pytest.raises(Halt, match="EX-901") as caught:
        Address.parse(url)
    assert "secret" not in str(caught.value)


def test_no_address_at_all_is_refused(files: dict[str, Path]) -> None:
    with pytest.raises(Halt, match="EX-901"):
        reachable([], **files)


@pytest.mark.parametrize("missing", ["ca_file", "certificate_file", "key_file"])
def test_a_file_that_is_not_there_is_named(files: dict[str, Path], tmp_path: Path, missing: str) -> None:
    files[missing] = tmp_path / "nothing.pem"
    with pytest.raises(ConfigInvalid, match=r"EX-904"):
        reachable(["amqps://h"], **files)


def test_a_key_of_another_certificate_is_refused(files: dict[str, Path], tmp_path: Path) -> None:
    files["key_file"] = ClientAuthority(tmp_path / "other").issue("other").key
    with pytest.raises(ConfigInvalid, match="EX-904"):
        reachable(["amqps://h"], **files)


def test_the_servers_name_is_verified_and_old_tls_refused(files: dict[str, Path]) -> None:
    way = reachable(["amqps://one", "amqps://two:1"], **files)
    options = way.parameters(way.addresses[0], "test").ssl_options
    assert options.server_hostname == "one"
    assert options.context.check_hostname
    assert options.context.verify_mode is ssl.CERT_REQUIRED
    assert options.context.minimum_version >= ssl.TLSVersion.TLSv1_2


def test_every_host_has_its_turn(files: dict[str, Path]) -> None:
    way = reachable([f"amqps://host{n}" for n in range(5)], **files)
    orders = {tuple(way.shuffled()) for _ in range(50)}
    assert len(orders) > 1
    assert all(sorted(map(str, order)) == sorted(map(str, way.addresses)) for order in orders)


def test_a_login_that_the_hub_has_closed_is_a_suspension() -> None:
    said = "NOT_ALLOWED - connection refused for user '440500.finance': user connection limit (0) is reached"
    assert str(away("amqps://h", said)) == "EX-204 participant 440500.finance is suspended"
    assert str(away("amqps://h", said.replace("(0)", "(16)"))).startswith("EX-901 the broker at amqps://h")


def test_pauses_grow_to_a_bound_and_differ() -> None:
    many = [list(itertools.islice(pauses(), 60)) for _ in range(20)]
    assert all(RETRY_FIRST_SECONDS / 2 <= each[0] <= RETRY_FIRST_SECONDS for each in many)
    assert all(RETRY_MOST_SECONDS / 2 <= each[-1] <= RETRY_MOST_SECONDS for each in many)
    assert len({each[0] for each in many}) > 1


def test_without_a_broker_a_launch_gives_up_and_says_why(files: dict[str, Path]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        port = taken.getsockname()[1]
        broker = RabbitBroker([f"amqps://127.0.0.1:{port}"], name="test", patience_seconds=0.5, **files)
        publisher = broker.publisher(Bell())
        with pytest.raises(BrokerDown, match=rf"EX-901.*127\.0\.0\.1:{port}.*refused"):
            publisher.launch([PARCEL])
        assert not publisher.room()
        with pytest.raises(BrokerDown, match="EX-901"):
            broker.depths(["hub.flash"])
        broker.close()


def test_an_intake_that_is_closed_leaves_no_thread_behind(files: dict[str, Path]) -> None:
    """A role that met trouble closes it and makes another, as often as there is trouble."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        port = taken.getsockname()[1]
        broker = RabbitBroker([f"amqps://127.0.0.1:{port}"], name="no thread", **files)
        for _ in range(3):
            broker.intake(["hub.flash"], Bell()).close()
        assert [thread for thread in threading.enumerate() if thread.name.startswith("no thread")] == []
        assert not broker._made
        broker.close()


@pytest.mark.broker
def test_a_certificate_of_an_unknown_authority_does_not_get_in(node: PrivateNode, tmp_path: Path) -> None:
    """The broker ends the handshake; a tool says so at once, a publisher when its patience ends."""
    stranger = ClientAuthority(tmp_path).issue("hub")
    broker = _broker(node, stranger)
    with pytest.raises(BrokerDown, match="EX-901"):
        broker.depths(["hub.flash"])
    with pytest.raises(BrokerDown, match="EX-901"):
        broker.publisher(Bell()).launch([PARCEL])
    broker.close()


@pytest.mark.broker
def test_a_user_whom_the_broker_does_not_know_is_for_a_person_to_look_at(
    node: PrivateNode, authority: ClientAuthority
) -> None:
    broker = _broker(node, authority.issue("nobody"))
    with pytest.raises(Halt, match="EX-914"):
        broker.depths(["hub.flash"])
    with pytest.raises(BrokerDown, match="EX-901"):
        broker.publisher(Bell()).launch([PARCEL])
    broker.close()


@pytest.mark.broker
def test_a_server_of_another_authority_is_not_trusted(
    node: PrivateNode, authority: ClientAuthority, tmp_path: Path
) -> None:
    files = authority.issue("someone")
    (tmp_path / "other.pem").write_bytes(ClientAuthority(tmp_path / "other").pem)
    broker = RabbitBroker(
        [node.url],
        ca_file=tmp_path / "other.pem",
        certificate_file=files.certificate,
        key_file=files.key,
        name="test",
    )
    with pytest.raises(BrokerDown, match=r"EX-901.*certificate verify failed"):
        broker.depths(["hub.flash"])
    broker.close()


@pytest.mark.broker
def test_the_first_host_that_answers_serves(node: PrivateNode, authority: ClientAuthority) -> None:
    files = user(node, authority, "hub")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        urls = [f"amqps://127.0.0.1:{taken.getsockname()[1]}/govbus", node.url]
        broker = RabbitBroker(
            urls, ca_file=node.ca_file, certificate_file=files.certificate, key_file=files.key, name="test"
        )
        publishers = [broker.publisher(Bell()) for _ in range(4)]
        until(lambda: all(publisher.room() for publisher in publishers))
        assert broker.depths(["no-such-queue"]) == {}
        broker.close()


def _broker(node: PrivateNode, files: ClientFiles) -> RabbitBroker:
    return RabbitBroker(
        [node.url],
        ca_file=node.ca_file,
        certificate_file=files.certificate,
        key_file=files.key,
        name="test",
        patience_seconds=0.5,
    )
