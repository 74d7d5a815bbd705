# SPDX-License-Identifier: Apache-2.0
"""Both administrators against a real RabbitMQ: the same promises, kept by two ways."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pika
import pytest

from exchange.edge.broker_admin import BrokerAdmin, ManagementAdmin, PrivateNodeAdmin, QueueDepth
from exchange.edge.private_node import PrivateNode
from exchange.errors import BrokerDown, Halt
from exchange.model.topology import VHOST, Rights
from tests.certificates import ClientAuthority
from tests.clients import connect

pytestmark = pytest.mark.broker

ALL = Rights(".*", ".*", ".*")


@dataclass(frozen=True, slots=True)
class Place:
    """A node, who lets clients in there, and its administrator by one of the two ways."""

    node: PrivateNode
    authority: ClientAuthority
    admin: BrokerAdmin

    def connection(self, name: str) -> pika.BlockingConnection:
        return connect(self.node, self.authority.issue(name))


@pytest.fixture(scope="module")
def managed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateNode]:
    """A second node, with the management interface and an administrator for it."""
    node = PrivateNode(tmp_path_factory.mktemp("managed"), management=True)
    node.start()
    try:
        node.control("add_user", "root", "a secret/with:signs")
        node.control("set_user_tags", "root", "administrator")
        node.control("set_permissions", "-p", VHOST, "root", ".*", ".*", ".*")
        yield node
    finally:
        node.stop()


@pytest.fixture(scope="module")
def managed_authority(managed: PrivateNode, tmp_path_factory: pytest.TempPathFactory) -> ClientAuthority:
    authority = ClientAuthority(tmp_path_factory.mktemp("managed-authority"))
    managed.trust(authority.pem)
    return authority


@pytest.fixture(params=["private node", "management"])
def place(request: pytest.FixtureRequest, managed: PrivateNode, managed_authority: ClientAuthority) -> Place:
    ways: dict[str, BrokerAdmin] = {
        "private node": PrivateNodeAdmin(managed),
        "management": management(managed),
    }
    return Place(managed, managed_authority, ways[request.param])


def management(node: PrivateNode, user: str = "root:a%20secret%2Fwith%3Asigns") -> ManagementAdmin:
    return ManagementAdmin(
        node.status().management_url.replace("https://", f"https://{user}@"), ca_file=node.ca_file
    )


def ensure(
    admin: BrokerAdmin, name: str, rights: Rights = ALL, *, connections: int = 5, channels: int = 9
) -> None:
    admin.ensure_user(name, rights, max_connections=connections, max_channels=channels)


def test_an_ensured_user_logs_in_by_certificate(place: Place) -> None:
    ensure(place.admin, "440500.finance")
    with place.connection("440500.finance") as connection:
        assert connection.is_open


def test_ensuring_again_replaces_the_rights(place: Place) -> None:
    ensure(place.admin, "440500.tax")
    ensure(place.admin, "440500.tax", Rights("^$", r"^in\.440500\.tax$", r"^to\.440500\.tax\."))
    assert place.admin.users()["440500.tax"] == Rights("^$", r"^in\.440500\.tax$", r"^to\.440500\.tax\.")


def test_a_right_that_was_not_given_is_refused(place: Place) -> None:
    ensure(place.admin, "440500.reader", Rights("^$", "^$", ".*"))
    with (
        place.connection("440500.reader") as connection,
        pytest.raises(pika.exceptions.ChannelClosedByBroker, match="403"),
    ):
        connection.channel().queue_declare("mine", durable=True)


def test_an_ensured_user_has_no_password(place: Place) -> None:
    ensure(place.admin, "440500.plain")
    tried = place.node.evaluate(
        'case catch rabbit_access_control:check_user_pass_login(<<"440500.plain">>, <<>>)'
        " of {refused, _, _, _} -> refused; _ -> accepted end"
    )
    assert tried == "refused"


def test_no_more_connections_than_allowed(place: Place, request: pytest.FixtureRequest) -> None:
    name = f"440500.one-{request.node.callspec.id}"  # the broker counts a closed connection for a moment
    ensure(place.admin, name, connections=1)
    with place.connection(name), pytest.raises(pika.exceptions.AMQPConnectionError):
        place.connection(name)


def test_no_more_channels_than_allowed(place: Place) -> None:
    ensure(place.admin, "440500.two", channels=2)
    connection = place.connection("440500.two")
    connection.channel(), connection.channel()
    with pytest.raises(pika.exceptions.AMQPError):
        connection.channel()


def test_a_name_that_looks_like_code_is_only_a_name(place: Place) -> None:
    hostile = 'x">>), init:stop(), <<"/?#%'
    ensure(place.admin, hostile)
    assert hostile in place.admin.users()
    assert place.admin.delete_user(hostile)


def test_a_deleted_user_is_disconnected_and_stays_out(place: Place) -> None:
    ensure(place.admin, "440500.gone")
    connection = place.connection("440500.gone")
    assert place.admin.delete_user("440500.gone")
    with pytest.raises(pika.exceptions.AMQPConnectionError):
        connection.process_data_events(time_limit=30)
    with pytest.raises(pika.exceptions.AMQPConnectionError):
        place.connection("440500.gone")


def test_deleting_a_user_that_is_not_there_says_so(place: Place) -> None:
    assert not place.admin.delete_user("440500.never")


def test_closing_connections_tells_their_user_why(place: Place) -> None:
    ensure(place.admin, "440500.suspended")
    connection = place.connection("440500.suspended")
    other = place.connection("440500.suspended")
    assert place.admin.close_connections("440500.suspended", "suspended by the hub") == 2
    with pytest.raises(pika.exceptions.ConnectionClosedByBroker, match="suspended by the hub"):
        connection.process_data_events(time_limit=30)
    with pytest.raises(pika.exceptions.ConnectionClosedByBroker):
        other.process_data_events(time_limit=30)


def test_closing_the_connections_of_nobody_closes_none(place: Place) -> None:
    assert place.admin.close_connections("440500.nobody", "for no reason") == 0


def test_a_healthy_broker_has_no_alarm(place: Place) -> None:
    assert place.admin.alarms() == ()


def test_a_full_disk_is_an_alarm(managed: PrivateNode) -> None:
    admin = PrivateNodeAdmin(managed)
    managed.control("set_disk_free_limit", "1000000GB")
    try:
        assert admin.alarms() == ("disk",)
        assert management(managed).alarms() == ("disk",)
    finally:
        managed.control("set_disk_free_limit", "1MB")
    assert admin.alarms() == ()


def test_queue_depths_count_what_waits(place: Place) -> None:
    ensure(place.admin, "440500.depth")
    with place.connection("440500.depth") as connection:
        channel = connection.channel()
        channel.confirm_delivery()
        name = f"depth {place.admin.__class__.__name__}"
        channel.queue_declare(name, durable=True, arguments={"x-queue-type": "quorum"})
        for _ in range(3):
            channel.basic_publish("", name, b"1234567", pika.BasicProperties(delivery_mode=2))
        depth = _awaited(place.admin, name, size_bytes=21)
        assert depth == QueueDepth(messages=3, ready=3, size_bytes=21, consumers=0)
        channel.queue_delete(name)


def _awaited(admin: BrokerAdmin, queue: str, *, size_bytes: int) -> QueueDepth:
    """The broker measures a queue every few seconds only."""
    while (depth := admin.queue_depths().get(queue)) is None or depth.size_bytes != size_bytes:
        threading.Event().wait(0.1)
    return depth


def test_both_ways_tell_the_same_facts(managed: PrivateNode) -> None:
    one, other = PrivateNodeAdmin(managed), management(managed)
    assert one.version() == other.version()
    assert one.version().startswith(("3.", "4."))
    assert one.disk_free_bytes() > 0
    assert other.disk_free_bytes() > 0


def test_a_missing_vhost_is_made_once(managed: PrivateNode) -> None:
    admin = ManagementAdmin(management(managed).url, "another bus", managed.ca_file)
    admin.ensure_vhost()
    admin.ensure_vhost()
    ensure(admin, "440500.there")
    assert "440500.there" in admin.users()
    managed.control("delete_vhost", "another bus")


def test_a_stopped_node_is_unreachable(tmp_path: Path) -> None:
    with pytest.raises(BrokerDown, match="EX-901"):
        PrivateNodeAdmin(PrivateNode(tmp_path / "never started")).version()


def test_a_closed_port_is_unreachable_and_the_password_stays_secret() -> None:
    with pytest.raises(BrokerDown) as caught:
        ManagementAdmin("http://root:geheim@127.0.0.1:1").version()
    assert "127.0.0.1:1" in str(caught.value)
    assert "geheim" not in str(caught.value) + repr(ManagementAdmin("http://root:geheim@127.0.0.1:1"))


def test_a_wrong_password_needs_a_person(managed: PrivateNode) -> None:
    with pytest.raises(Halt, match="401"):
        management(managed, "root:wrong").version()


def test_a_foreign_certificate_of_the_interface_is_refused(managed: PrivateNode, node: PrivateNode) -> None:
    with pytest.raises(BrokerDown, match="certificate"):
        ManagementAdmin(management(managed).url, ca_file=node.ca_file).version()


@pytest.mark.parametrize("url", ["amqps://localhost", "localhost:15672", "file:///etc/passwd", ""])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(Halt, match="https://user:password@host:port"):
        ManagementAdmin(url).version()


def test_what_the_broker_gives_as_its_reason_is_passed_on() -> None:
    said = {"error": "bad_request", "reason": "user name too long"}
    with Answering(400, said) as url, pytest.raises(BrokerDown, match="400 user name too long"):
        ManagementAdmin(url).delete_user("x")


def test_an_answer_without_a_reason_keeps_its_status() -> None:
    with Answering(503, None) as url, pytest.raises(BrokerDown, match="503"):
        ManagementAdmin(url).alarms()


class Answering:
    """A server on loopback that always gives the same answer."""

    def __init__(self, status: int, document: object) -> None:
        body = b"" if document is None else json.dumps(document).encode()

        class Always(BaseHTTPRequestHandler):
            def answer(self) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_PUT = do_DELETE = answer  # noqa: N815  (names that http.server looks for)

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Always)
        self.thread = threading.Thread(target=self.server.serve_forever)

    def __enter__(self) -> str:
        self.thread.start()
        return f"http://user:word@127.0.0.1:{self.server.server_port}"

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
