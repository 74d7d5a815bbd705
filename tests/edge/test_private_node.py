# SPDX-License-Identifier: Apache-2.0
"""A private node as its owners live with it: started, killed, asked, trusted, stopped without trace."""

from __future__ import annotations

import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pika
import pytest

from exchange.edge.broker_admin import PrivateNodeAdmin
from exchange.edge.loopback import HOST
from exchange.edge.node_folder import Kept, Ports
from exchange.edge.private_node import PrivateNode, installed
from exchange.errors import BrokerDown, Halt, Retry
from exchange.model.topology import Rights
from tests.certificates import ClientAuthority, client_context
from tests.clients import connect

ALL = Rights(".*", ".*", ".*")
VISITOR = "visitor"  # a login of these tests alone: its limit must not become that of others on the node
MARKS = (b"GOVBUS_PRIVATE_NODE=", b"GOVBUS_PRIVATE_NODE_SERVER=")

STARTER = """
import pathlib, sys
from exchange.edge.private_node import PrivateNode
PrivateNode(pathlib.Path(sys.argv[1])).start()
"""


def processes_of(directory: Path) -> list[int]:
    """Every living process that was started for the node of *directory*."""
    wanted = {mark + os.fsencode(directory) for mark in MARKS}
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            environment = Path("/proc", name, "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if wanted & set(environment):
            found.append(int(name))
    return found


def ports_of(node: PrivateNode) -> Ports:
    ports = node.status().ports
    assert ports is not None
    return ports


@pytest.fixture
def own(tmp_path: Path) -> Iterator[PrivateNode]:
    """A node of the test's own, not started; stopped at the end whatever happened."""
    node = PrivateNode(tmp_path / "node")
    yield node
    node.stop()


@pytest.fixture
def hub(node: PrivateNode, authority: ClientAuthority) -> Iterator[pika.BlockingConnection]:
    PrivateNodeAdmin(node).ensure_user(VISITOR, ALL, max_connections=9, max_channels=9)
    with connect(node, authority.issue(VISITOR)) as connection:
        yield connection


# ---- life -----------------------------------------------------------------------------------------


@pytest.mark.broker
def test_two_nodes_start_at_the_same_time_and_do_not_meet(node: PrivateNode, tmp_path: Path) -> None:
    nodes = [PrivateNode(tmp_path / name) for name in ("one", "two")]
    threads = [threading.Thread(target=each.start) for each in nodes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    try:
        assert all(each.status().running for each in nodes)
        used = [port for each in (node, *nodes) for port in vars_of(ports_of(each))]
        assert len(used) == len(set(used))
        assert not {5672, 5671, 4369, 25672} & set(used)
    finally:
        stopped = [each.stop() for each in nodes]
    assert stopped == [True, True]
    assert node.status().running, "stopping one node leaves the others alone"


def vars_of(ports: Ports) -> tuple[int, ...]:
    return ports.amqps, ports.distribution, ports.epmd, ports.management


@pytest.mark.broker
def test_a_killed_node_starts_again_with_its_data_at_its_address(own: PrivateNode, tmp_path: Path) -> None:
    authority = ClientAuthority(tmp_path / "authority")
    own.start()
    own.trust(authority.pem)
    PrivateNodeAdmin(own).ensure_user("hub", ALL, max_connections=9, max_channels=9)
    files, url = authority.issue("hub"), own.url
    channel = connect(own, files).channel()
    channel.confirm_delivery()
    channel.queue_declare("kept", durable=True, arguments={"x-queue-type": "quorum"})
    PrivateNodeAdmin(own).settle()
    channel.basic_publish("", "kept", b"survives", pika.BasicProperties(delivery_mode=2))
    os.kill(own.status().pid, signal.SIGKILL)
    assert await_true(lambda: not own.status().running)
    assert own.start()
    assert own.url == url
    with connect(own, files) as connection:
        _, _, body = connection.channel().basic_get("kept", auto_ack=True)
    assert body == b"survives"


def await_true(claim: Callable[[], bool]) -> bool:
    while not claim():
        threading.Event().wait(0.02)
    return True


@pytest.mark.broker
def test_stopping_leaves_no_process_and_no_listener_and_the_address(own: PrivateNode) -> None:
    own.start()
    ports, url = vars_of(ports_of(own))[:3], own.url
    assert processes_of(own.directory)
    assert own.stop()
    assert processes_of(own.directory) == []
    assert [port for port in ports if listens(port)] == []
    assert own.status().state == "stopped"
    assert not own.stop(), "stopping again finds nothing to stop"
    with occupied(ports[0]), pytest.raises(Retry, match=rf"EX-912 port {ports[0]} .* taken"):
        own.start()
    assert own.url == url, "clients know it: it is not changed in silence"


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex((HOST, port)) == 0


@pytest.mark.broker
def test_a_node_outlives_the_process_that_started_it(own: PrivateNode) -> None:
    subprocess.run([sys.executable, "-c", STARTER, str(own.directory)], check=True)
    assert own.status().running
    assert not own.start(), "whoever comes next finds it running"
    assert own.stop()
    assert processes_of(own.directory) == []


@pytest.mark.broker
def test_an_interrupt_before_anybody_holds_the_new_process_leaves_nothing(
    own: PrivateNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    launched = PrivateNode._launched

    def interrupted(node: PrivateNode, kept: Kept) -> None:
        launched(node, kept)
        raise KeyboardInterrupt

    monkeypatch.setattr(PrivateNode, "_launched", interrupted)
    with pytest.raises(KeyboardInterrupt):
        own.start()
    assert processes_of(own.directory) == []


@pytest.mark.broker
def test_a_start_that_is_interrupted_leaves_nothing(own: PrivateNode) -> None:
    heeding = ["env", "--default-signal=INT"]  # tests are also run where it is ignored
    with subprocess.Popen(
        [*heeding, sys.executable, "-c", STARTER, own.directory], stderr=subprocess.DEVNULL
    ) as starter:
        assert await_true(lambda: bool(processes_of(own.directory)))
        starter.send_signal(signal.SIGINT)
    assert processes_of(own.directory) == []


@pytest.mark.slow
@pytest.mark.broker
def test_a_node_lives_in_a_folder_of_any_name(tmp_path: Path) -> None:
    node = PrivateNode(tmp_path / "试用 节点")
    try:
        assert node.start()
        assert "govbus" in node.control("list_vhosts")
    finally:
        node.stop()


@pytest.mark.slow
@pytest.mark.broker
def test_an_unused_port_that_was_taken_meanwhile_is_replaced(own: PrivateNode) -> None:
    own.start()
    before = ports_of(own)
    own.stop()
    with occupied(before.epmd):
        assert own.start()
    after = ports_of(own)
    assert after.epmd != before.epmd
    assert after.amqps == before.amqps, "clients know this one"


def occupied(port: int) -> socket.socket:
    holder = socket.socket()
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    holder.bind((HOST, port))
    holder.listen()
    return holder


@pytest.mark.broker
def test_erlang_s_schedulers_leave_sockets_to_the_thread_that_polls(node: PrivateNode) -> None:
    places = [Path("/proc", str(pid), "cmdline") for pid in processes_of(node.directory)]
    commands = [place.read_bytes().split(b"\0") for place in places]
    emulator = next(words for words in commands if words[0].endswith(b"beam.smp"))
    assert (b"-IOs", b"false") in set(pairwise(emulator))


@pytest.mark.slow
@pytest.mark.broker
def test_settings_reach_the_node(tmp_path: Path) -> None:
    node = PrivateNode(tmp_path, settings={"disk_free_limit.absolute": "1000000GB"})
    node.start()
    try:
        assert PrivateNodeAdmin(node).alarms() == ("disk",)
    finally:
        node.stop()


# ---- who is let in --------------------------------------------------------------------------------


@pytest.mark.broker
def test_a_client_without_a_certificate_is_refused(node: PrivateNode) -> None:
    with pytest.raises(pika.exceptions.AMQPConnectionError):
        connect(node, None)


@pytest.mark.broker
def test_a_client_of_an_unknown_authority_is_refused(node: PrivateNode, hub: object, tmp_path: Path) -> None:
    stranger = ClientAuthority(tmp_path, "stranger").issue(VISITOR)
    with pytest.raises(pika.exceptions.AMQPConnectionError):
        connect(node, stranger)


@pytest.mark.broker
def test_a_certificate_logs_in_as_its_common_name(hub: pika.BlockingConnection, node: PrivateNode) -> None:
    assert hub.is_open
    assert f"{VISITOR}\tCN={VISITOR}" in node.control("list_connections", "user", "peer_cert_subject")


@pytest.mark.broker
def test_a_certificate_of_no_user_is_refused(node: PrivateNode, authority: ClientAuthority) -> None:
    with pytest.raises(pika.exceptions.ProbableAuthenticationError):
        connect(node, authority.issue("440500.nobody"))


@pytest.mark.broker
def test_passwords_are_not_offered(node: PrivateNode, authority: ClientAuthority) -> None:
    with pytest.raises(pika.exceptions.AuthenticationError, match="PLAIN"):
        connect(node, authority.issue(VISITOR), credentials=pika.PlainCredentials("guest", "guest"))


@pytest.mark.broker
def test_there_is_no_guest_and_no_other_vhost(node: PrivateNode) -> None:
    assert "guest" not in node.control("list_users")
    assert "/" not in node.control("list_vhosts").split()


@pytest.mark.broker
def test_nothing_listens_without_tls(node: PrivateNode) -> None:
    listeners = node.evaluate("[atom_to_binary(element(3, L)) || L <- rabbit_networking:active_listeners()]")
    assert sorted(listeners) == ["amqp/ssl", "clustering"]


@pytest.mark.broker
@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_current_tls_is_spoken(
    node: PrivateNode, authority: ClientAuthority, version: ssl.TLSVersion
) -> None:
    context = client_context(node.ca_file, authority.issue(VISITOR))
    context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection((HOST, ports_of(node).amqps), timeout=60) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as wrapped,
    ):
        assert wrapped.version() == version.name.replace("_", ".")


@pytest.mark.broker
def test_old_tls_is_refused(node: PrivateNode, authority: ClientAuthority) -> None:
    context = client_context(node.ca_file, authority.issue(VISITOR))
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        socket.create_connection((HOST, ports_of(node).amqps), timeout=60) as plain,
        pytest.raises(ssl.SSLError, match=r"(?i)version"),
    ):
        context.wrap_socket(plain, server_hostname="localhost")


@pytest.mark.broker
def test_a_further_authority_is_trusted_while_others_are_connected(
    node: PrivateNode, hub: pika.BlockingConnection, tmp_path: Path
) -> None:
    newcomer = ClientAuthority(tmp_path, "newcomer")
    with pytest.raises(pika.exceptions.AMQPConnectionError):
        connect(node, newcomer.issue(VISITOR))
    assert node.trust(newcomer.pem)
    with connect(node, newcomer.issue(VISITOR)) as connection:
        assert connection.is_open
    hub.process_data_events()
    assert hub.is_open, "who is in stays in"
    assert not node.trust(newcomer.pem), "trusting again changes nothing"


@pytest.mark.broker
def test_what_is_no_certificate_is_not_trusted(node: PrivateNode) -> None:
    before = node.trust_file.read_bytes()
    with pytest.raises(ValueError, match="PEM"):
        node.trust(b"-----BEGIN NONSENSE-----")
    assert node.trust_file.read_bytes() == before


# ---- what it says ---------------------------------------------------------------------------------


@pytest.mark.broker
def test_its_state_stands_in_a_file(node: PrivateNode) -> None:
    kept, status = json.loads((node.directory / "node.json").read_bytes()), node.status()
    assert {key: kept[key] for key in ("pid", "url", "vhost", "ca_file")} == {
        "pid": status.pid,
        "url": f"amqps://127.0.0.1:{ports_of(node).amqps}/govbus",
        "vhost": "govbus",
        "ca_file": str(node.ca_file),
    }


@pytest.mark.broker
def test_its_secrets_are_for_its_owner_alone(node: PrivateNode) -> None:
    cookie = node.directory / "home" / ".erlang.cookie"
    key = node.directory / "tls" / "server-key.pem"
    assert [file.stat().st_mode & 0o777 for file in (cookie, key, node.directory)] == [0o400, 0o600, 0o700]


@pytest.mark.broker
def test_the_key_of_its_authority_is_nowhere(node: PrivateNode) -> None:
    with_keys = [
        file.name for file in (node.directory / "tls").iterdir() if b"PRIVATE KEY" in file.read_bytes()
    ]
    assert with_keys == ["server-key.pem"]


@pytest.mark.broker
def test_values_come_back_as_they_are(node: PrivateNode) -> None:
    long = "一" * 5000
    spelled = "".join(f"{ord(letter)}," for letter in long).rstrip(",")
    assert node.evaluate(f"unicode:characters_to_binary([{spelled}])") == long
    assert node.evaluate('#{a => [1, 2.5, true, <<"x">>]}') == {"a": [1, 2.5, True, "x"]}


@pytest.mark.broker
def test_what_the_control_tool_refuses_is_said_in_its_words(node: PrivateNode) -> None:
    with pytest.raises(Retry, match=r"EX-913 .*no.such.user"):
        node.control("clear_password", "440500.never")


@pytest.mark.broker
def test_an_expression_that_fails_is_an_error(node: PrivateNode) -> None:
    with pytest.raises(Retry, match=r"EX-913 .*badarith"):
        node.evaluate("1/0")


@pytest.mark.broker
def test_a_value_that_json_cannot_say_is_an_error(node: PrivateNode) -> None:
    with pytest.raises(Retry, match="EX-913"):
        node.evaluate("self()")


@pytest.mark.broker
def test_a_node_that_cannot_start_says_why_and_is_gone(tmp_path: Path) -> None:
    node = PrivateNode(tmp_path, settings={"channel_max": "many"})
    with pytest.raises(Retry, match=r"EX-913 .*channel_max") as caught:
        node.start()
    assert str(node.log_file) in caught.value.hint()
    assert caught.value.exit_code == 69
    assert processes_of(tmp_path) == []


# ---- without RabbitMQ -----------------------------------------------------------------------------


def test_a_folder_without_a_node_says_so(tmp_path: Path) -> None:
    node = PrivateNode(tmp_path / "nothing here")
    assert node.status().state == "absent"
    assert not node.stop()
    assert not node.directory.exists(), "asking makes nothing"


def test_asking_a_node_that_does_not_run_is_unreachable(tmp_path: Path) -> None:
    with pytest.raises(BrokerDown, match=r"EX-901 .*not running"):
        PrivateNode(tmp_path).control("status")


def test_a_node_that_was_never_started_trusts_nobody(tmp_path: Path) -> None:
    with pytest.raises(BrokerDown, match=r"EX-901 .*not running"):
        PrivateNode(tmp_path / "never").trust(ClientAuthority(tmp_path / "authority").pem)
    assert not (tmp_path / "never").exists()


def test_without_rabbitmq_the_line_that_installs_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOVBUS_RABBITMQ_BIN", str(tmp_path))
    with pytest.raises(Halt, match="EX-910") as caught:
        PrivateNode(tmp_path / "node").start()
    assert caught.value.hint() == "apt-get install -y --no-install-recommends rabbitmq-server"
    assert caught.value.exit_code == 69
    assert not installed()


def test_a_folder_that_a_shell_would_misread_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Halt, match="quote"):
        PrivateNode(tmp_path / "it's").start()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Halt, match="EX-506"):
        PrivateNode(tmp_path / "file" / "node").start()


def test_a_damaged_state_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "node.json").write_bytes(b'{"name": ')
    with pytest.raises(Halt, match=r"EX-904 .*node\.json"):
        PrivateNode(tmp_path).status()


def test_a_status_can_be_written_as_json(tmp_path: Path) -> None:
    status = replace(PrivateNode(tmp_path).status(), ports=Ports(1, 2, 3, 4))
    assert json.loads(json.dumps(status.document()))["ports"] == {
        "amqps": 1,
        "distribution": 2,
        "epmd": 3,
        "management": 4,
    }


def test_a_folder_is_the_same_by_any_of_its_names(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    assert PrivateNode(tmp_path / "link").directory == PrivateNode(tmp_path / "real").directory
