# SPDX-License-Identifier: Apache-2.0
"""
A private RabbitMQ node in one folder, for trials and tests.

Owns the node's life: its ports, cookie, certificates, data, log and processes. It speaks TLS
only and admits clients by certificate only. It runs as any user, beside any other node, and never
touches the system's own: not its service, its port 5672, its cookie or its configuration.

Nothing about participants, queues or messages is known here. Its rule: whatever runs for a node
carries the node's mark in its environment, so that `stop` finds all of it and nothing else.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import fcntl
import json
import os
import random
import re
import secrets
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from exchange.edge.server_certificate import certificates_in, issue
from exchange.errors import BrokerDown, GovbusError, Halt, Retry
from exchange.model.topology import VHOST
from exchange.texts import Phrase

HOST = "127.0.0.1"  # in the certificate too; the name localhost is missing in the barest of systems
PLUGINS = ("rabbitmq_auth_mechanism_ssl",)
MANAGEMENT_PLUGIN = "rabbitmq_management"
INSTALL = "apt-get install -y --no-install-recommends rabbitmq-server"

# Below the range from which Linux takes ports for outgoing connections: a remembered port stays free.
PORTS = range(20_000, 32_000)
SYSTEM_PORTS = frozenset({25_672})  # a system node's own, even when it is not running just now

START_SECONDS = 90.0  # usually 5 to 8; a loaded small machine takes 40
STOP_SECONDS = 60.0  # usually 3; then it is killed, which loses nothing that was confirmed
CONTROL_SECONDS = 60.0  # one call of rabbitmqctl; usually 0.5 to 1
POLL_SECONDS = 0.05
ATTEMPTS = 5  # of a start whose port another program took in the same moment

_MARK = "GOVBUS_PRIVATE_NODE"  # environment of all that runs for a node: its folder
_SERVER_MARK = "GOVBUS_PRIVATE_NODE_SERVER"  # besides, of the server and its children
_UNSPEAKABLE = re.compile(r"[\\'\"`$\n]")  # RabbitMQ hands its folder to a shell, to measure the disk
_TAKEN = re.compile(r"eaddrinuse|address.{0,3}(already )?in.{0,3}use|name .{0,80}in use by", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Ports:
    """Where a node listens, all on the loopback interface."""

    amqps: int
    distribution: int
    epmd: int
    management: int


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """
    What anyone may know about a node.

    pid: of the process that serves, 0 when it is stopped. url: for clients, whether it runs or not.
    ca_file: the authority that clients trust. management_url: "" unless the node has that plug-in.
    """

    directory: Path
    state: str  # running, stopped, absent
    pid: int = 0
    name: str = ""
    url: str = ""
    vhost: str = VHOST
    ca_file: Path = Path()
    log_file: Path = Path()
    management_url: str = ""
    ports: Ports | None = None

    @property
    def running(self) -> bool:
        return self.state == "running"

    def document(self) -> dict[str, Any]:
        """The same as plain values, for JSON."""
        return {key: str(value) if isinstance(value, Path) else value for key, value in asdict(self).items()}


@dataclass(slots=True)
class PrivateNode:
    """
    The node of one folder.

    management: offer RabbitMQ's HTTP interface too (TLS, same certificate). settings: further lines of
    rabbitmq.conf, such as `disk_free_limit.absolute`; both count from the next start.

    Several processes may hold a `PrivateNode` for the same folder; a lock orders start and stop.
    """

    directory: Path
    management: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    _child: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        self.directory = self.directory.absolute()

    # ---- life ----------------------------------------------------------------------------------

    def start(self) -> bool:
        """
        Have the node running and ready for clients; False when it was so before.

        A killed node starts again with its data, at the same address.

        Raises:
            Halt: EX-910, RabbitMQ is not installed; EX-506, the folder cannot be written.
            Retry: EX-913, it ended or hung while starting; EX-912, its port is taken.
        """
        _tool("rabbitmq-server")
        if _UNSPEAKABLE.search(str(self.directory)):
            raise Halt("EX-913", where=self.directory, reason=Phrase("broker.reason.path"), log=self.log_file)
        with self._locked():
            if self.status().running:
                return False
            self._end_processes()
            self._make_files()
            for attempt in range(ATTEMPTS):
                try:
                    self._start_once()
                except _PortTaken:
                    self._choose_ports_again(last=attempt == ATTEMPTS - 1)
                else:
                    return True
        raise AssertionError("the last attempt raises")

    def stop(self) -> bool:
        """End the node and all that runs for it, epmd included; False when nothing was running."""
        if not self.directory.is_dir():
            return False
        with self._locked():
            return self._end_processes()

    def status(self) -> NodeStatus:
        """How the node is, at this moment."""
        kept = self._kept()
        if kept is None:
            return NodeStatus(self.directory, "absent")
        pid = self._serving_pid()
        ready = pid != 0 and _listens(kept.ports.amqps)
        return self._describe(kept, "running" if ready else "stopped", pid if ready else 0)

    # ---- what its owner asks of it -------------------------------------------------------------

    @property
    def url(self) -> str:
        """`amqps://…`, the same for the node's whole life."""
        return self.status().url

    @property
    def ca_file(self) -> Path:
        """The authority that a client trusts when it connects."""
        return self.directory / "tls" / "ca.pem"

    @property
    def trust_file(self) -> Path:
        """The authorities whose clients are let in."""
        return self.directory / "tls" / "trust.pem"

    @property
    def log_file(self) -> Path:
        return self.directory / "log" / "node.log"

    def trust(self, ca_pem: bytes) -> bool:
        """
        Let in the clients of one more authority, at once; False when they were let in before.

        Raises:
            ValueError: *ca_pem* holds no certificate.
        """
        wanted = certificates_in(ca_pem)
        with self._locked():
            present = self.trust_file.read_bytes()
            new = [certificate for certificate in wanted if certificate not in present]
            if not new:
                return False
            _write(self.trust_file, present + b"".join(new))
        if self.status().running:
            self.evaluate(_RELOAD_TRUST)
        return True

    def control(self, *words: str) -> str:
        """
        What `rabbitmqctl` answers to *words*; each call takes 0.5 to 1 s.

        Raises:
            BrokerDown: EX-901, the node does not run.
            Retry: EX-913, it refused, with its words.
        """
        status = self.status()
        kept = self._kept()
        if kept is None or not status.running:
            raise BrokerDown(
                "EX-901", where=status.url or self.directory, reason=Phrase("broker.reason.stopped")
            )
        command = [str(_tool("rabbitmqctl")), "--quiet", "-n", kept.name, *words]
        try:
            done = subprocess.run(
                command,
                env=self._environment(kept),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=CONTROL_SECONDS,
                check=False,
            )
        except subprocess.TimeoutExpired as e:
            silent = Phrase("broker.reason.silent", {"command": words[0], "seconds": int(CONTROL_SECONDS)})
            raise self._failed(silent) from e
        if done.returncode:
            raise self._failed(_one_line((done.stderr or done.stdout).decode(errors="replace")))
        return done.stdout.decode(errors="replace")

    def evaluate(self, expression: str) -> Any:
        """
        The value of an Erlang *expression* on the node, by way of JSON.

        The expression's value must be one that JSON can say: maps, lists, binaries, numbers, booleans.
        """
        answer = self.control(
            "eval",
            f"GovbusAnswer = (begin {expression} end), base64:encode(rabbit_json:encode(GovbusAnswer)).",
        )
        try:
            # A long binary is printed as several strings on several lines.
            text = base64.b64decode("".join(re.findall(r'"([A-Za-z0-9+/=]*)"', answer)), validate=True)
            return json.loads(text)
        except (binascii.Error, ValueError) as e:
            raise self._failed(_one_line(answer)) from e

    # ---- files ---------------------------------------------------------------------------------

    def _make_files(self) -> None:
        for name in ("home", "log", "tls", "data"):
            (self.directory / name).mkdir(exist_ok=True)
        kept = self._kept()
        if kept is None:
            kept = _Kept(f"govbus-{secrets.token_hex(6)}@localhost", _free_ports())
        self._keep(kept)
        cookie = self.directory / "home" / ".erlang.cookie"
        if not cookie.exists():
            _write(cookie, secrets.token_hex(20).encode(), mode=0o400)
        if not self.ca_file.exists():
            self._make_certificate(kept.name)
        _write(self.directory / "definitions.json", json.dumps(_DEFINITIONS).encode())
        _write(self.directory / "inetrc", _INETRC)
        plugins = (*PLUGINS, MANAGEMENT_PLUGIN) if self.management else PLUGINS
        _write(self.directory / "plugins", f"[{','.join(plugins)}].\n".encode())

    def _make_certificate(self, name: str) -> None:
        made = issue(f"private node {name}", now=datetime.now(UTC))
        tls = self.directory / "tls"
        _write(tls / "server-key.pem", made.key)
        _write(tls / "server.pem", made.certificate)
        if not self.trust_file.exists():
            # Never empty, which the node would refuse; this authority signs nothing more.
            _write(self.trust_file, made.authority)
        _write(self.ca_file, made.authority)  # last: once it is there, all are

    def _configuration(self, ports: Ports) -> bytes:
        # Paths start at the node's folder, where it runs: this file knows ASCII only, folders have any name.
        lines = {
            "listeners.tcp": "none",
            "listeners.ssl.1": f"{HOST}:{ports.amqps}",
            **_tls_lines("ssl_options"),
            "ssl_options.cacertfile": "tls/trust.pem",
            "ssl_options.verify": "verify_peer",
            "ssl_options.fail_if_no_peer_cert": "true",
            "auth_mechanisms.1": "EXTERNAL",
            "ssl_cert_login_from": "common_name",
            "load_definitions": "definitions.json",
            "log.file.level": "info",
            "log.file.rotation.size": "10485760",
            "log.file.rotation.count": "3",
            "log.console": "false",
            "disk_free_limit.absolute": "256MB",
            "vm_memory_high_watermark.relative": "0.3",
        }
        if self.management:
            lines |= {
                "management.ssl.ip": HOST,
                "management.ssl.port": str(ports.management),
                **_tls_lines("management.ssl"),
            }
        lines |= self.settings
        return "".join(f"{key} = {value}\n" for key, value in lines.items()).encode()

    def _kept(self) -> _Kept | None:
        try:
            document = json.loads((self.directory / "node.json").read_bytes())
            return _Kept(document["name"], Ports(**document["ports"]), document["management"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as e:
            raise Halt("EX-904", file=self.directory / "node.json", reason=e) from e

    def _keep(self, kept: _Kept, pid: int = 0) -> None:
        kept = replace(kept, management=self.management)
        document = self._describe(kept, "running" if pid else "stopped", pid).document()
        document |= {"management": self.management}
        del document["state"]  # a file cannot know
        text = json.dumps(document, indent=2, ensure_ascii=False)
        _write(self.directory / "node.json", text.encode() + b"\n")
        _write(self.directory / "rabbitmq.conf", self._configuration(kept.ports))

    def _describe(self, kept: _Kept, state: str, pid: int) -> NodeStatus:
        ports = kept.ports
        return NodeStatus(
            directory=self.directory,
            state=state,
            pid=pid,
            name=kept.name,
            url=f"amqps://{HOST}:{ports.amqps}/{VHOST}",
            ca_file=self.ca_file,
            log_file=self.log_file,
            management_url=f"https://{HOST}:{ports.management}" if kept.management else "",
            ports=ports,
        )

    # ---- processes -----------------------------------------------------------------------------

    def _start_once(self) -> None:
        kept = self._kept()
        assert kept is not None
        if not all(_is_free(port) for port in _used(kept.ports, management=self.management)):
            raise _PortTaken
        seen = _size(self.log_file)
        environment = self._environment(kept) | {_SERVER_MARK: str(self.directory)}
        with (self.directory / "log" / "stdout").open("wb") as output:
            # The script asks for as many open files as the machine gives, within reason.
            self._child = subprocess.Popen(
                ["/bin/sh", "-c", _LAUNCH, str(_tool("rabbitmq-server"))],
                cwd=self.directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # an interrupt at the terminal is not meant for the node
            )
        try:
            self._await_ready(kept, seen)
        except BaseException:
            self._end_processes()
            raise
        self._keep(kept, self._serving_pid())

    def _await_ready(self, kept: _Kept, seen: int) -> None:
        assert self._child is not None
        deadline = time.monotonic() + START_SECONDS
        ours = ssl.PEM_cert_to_DER_cert((self.directory / "tls" / "server.pem").read_text())
        while self._child.poll() is None:
            if self._serving_pid() and _shows(kept.ports.amqps, ours):
                return
            if time.monotonic() > deadline:
                said = _cause(self._said(seen))
                raise self._failed(
                    Phrase("broker.reason.late", {"seconds": int(START_SECONDS), "said": said})
                )
            time.sleep(POLL_SECONDS)
        said = self._said(seen)
        raise _PortTaken if _TAKEN.search(said) else self._failed(_cause(said))

    def _choose_ports_again(self, *, last: bool) -> None:
        """Other ports, except for the one that clients already know."""
        kept = self._kept()
        assert kept is not None
        known = (self.directory / "data" / "db").exists()
        if last or (known and not _is_free(kept.ports.amqps)):
            raise Retry("EX-912", port=kept.ports.amqps, where=self.directory)
        ports = _free_ports()
        self._keep(replace(kept, ports=replace(ports, amqps=kept.ports.amqps) if known else ports))

    def _end_processes(self) -> bool:
        """First the server, gently, then whatever else carries the mark; False when there was nothing."""
        found = self._marked(_MARK)
        deadline = time.monotonic() + STOP_SECONDS
        _signal(self._servers(), signal.SIGTERM)
        while self._servers() and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        while left := self._marked(_MARK):  # again and again: a script may start one more before it ends
            _signal(left, signal.SIGKILL)
            time.sleep(POLL_SECONDS)
        if self._child is not None:
            self._child.wait()
            self._child = None
        return bool(found)

    def _serving_pid(self) -> int:
        return next(iter(self._servers()), 0)

    def _servers(self) -> list[int]:
        """The Erlang machines that serve; not those of rabbitmqctl."""
        return [pid for pid in self._marked(_SERVER_MARK) if _name(pid).startswith("beam")]

    def _marked(self, mark: str) -> list[int]:
        """The living processes whose environment holds *mark* for this folder."""
        wanted = f"{mark}={self.directory}".encode()
        return [pid for pid in _processes() if wanted in _environment_of(pid)]

    def _environment(self, kept: _Kept) -> dict[str, str]:
        """All of it: what the caller's own shell says about RabbitMQ or Erlang is not meant for this node."""
        there = self.directory
        return {
            _MARK: str(there),
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(there / "home"),
            "LANG": "C.UTF-8",
            "LC_ALL": "C.UTF-8",
            "CONF_ENV_FILE": "/dev/null",  # both names: each is read by one of the two versions served
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_NODENAME": kept.name,
            "RABBITMQ_DIST_PORT": str(kept.ports.distribution),
            "RABBITMQ_CTL_DIST_PORT_MIN": "36000",
            "RABBITMQ_CTL_DIST_PORT_MAX": "36999",
            "ERL_EPMD_PORT": str(kept.ports.epmd),
            "ERL_EPMD_ADDRESS": HOST,
            "ERL_CRASH_DUMP_SECONDS": "0",  # none: the log says what matters
            "ERL_INETRC": str(there / "inetrc"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RABBITMQ_MNESIA_BASE": str(there / "data"),
            "RABBITMQ_MNESIA_DIR": str(there / "data" / "db"),
            "RABBITMQ_LOG_BASE": str(there / "log"),
            "RABBITMQ_LOGS": str(self.log_file),
            "RABBITMQ_PID_FILE": str(there / "pid"),
            "RABBITMQ_CONFIG_FILE": str(there / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(there / "advanced.config"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(there / "data" / "config"),
            "RABBITMQ_SCHEMA_DIR": str(there / "data" / "schema"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(there / "plugins"),
            "RABBITMQ_FEATURE_FLAGS_FILE": str(there / "data" / "feature_flags"),
            "RABBITMQ_PLUGINS_EXPAND_DIR": str(there / "data" / "plugins"),
        }

    # ---- trouble -------------------------------------------------------------------------------

    def _said(self, seen: int) -> str:
        """Since its log was *seen* bytes long; what it says before it has a log goes to the other file."""
        return _tail(self.directory / "log" / "stdout", 0) + _tail(self.log_file, seen)

    def _failed(self, reason: str | Phrase) -> Retry:
        return Retry("EX-913", where=self.directory, reason=reason, log=self.log_file)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self.directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = (self.directory / "lock").open("ab")
        except OSError as e:
            raise Halt("EX-506", what=self.directory, reason=e.strerror) from e
        with handle:
            fcntl.flock(handle, fcntl.LOCK_EX)  # freed by the kernel when its holder dies
            yield


@dataclass(frozen=True, slots=True)
class _Kept:
    """What a node remembers from start to start."""

    name: str
    ports: Ports
    management: bool = False


class _PortTaken(Exception):
    """Another program holds one of the node's ports."""


# A node that loads definitions makes no guest user and no vhost "/".
_DEFINITIONS = {"vhosts": [{"name": VHOST}], "users": [], "permissions": []}

# Who localhost is: some systems have no /etc/hosts.
_INETRC = b'{host, {127,0,0,1}, ["localhost"]}.\n{lookup, [file, native]}.\n'

_LAUNCH = 'ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -H -n)" 2>/dev/null; exec "$0"'

# The node keeps what it has read of the file; told to forget, it reads again at the next connection.
# Whoever is connected stays so.
_RELOAD_TRUST = "ssl:clear_pem_cache(), true"


def installed() -> bool:
    """Whether there is a RabbitMQ on this machine from which a node can be made."""
    try:
        return bool(_tool("rabbitmq-server"))
    except GovbusError:
        return False


def _tool(name: str) -> Path:
    # Not the wrappers in /usr/sbin: these become another user, or drop arguments.
    folder = Path(os.environ.get("GOVBUS_RABBITMQ_BIN") or "/usr/lib/rabbitmq/bin")
    if not os.access(folder / name, os.X_OK):
        raise Halt("EX-910", what=f"RabbitMQ ({folder / name})", install=INSTALL)
    return folder / name


def _tls_lines(prefix: str) -> dict[str, str]:
    return {
        f"{prefix}.certfile": "tls/server.pem",
        f"{prefix}.keyfile": "tls/server-key.pem",
        f"{prefix}.versions.1": "tlsv1.3",
        f"{prefix}.versions.2": "tlsv1.2",
    }


def _free_ports() -> Ports:
    """Four ports that nobody has at this moment, held together so that they differ."""
    with contextlib.ExitStack() as held:
        found: list[int] = []
        draw = random.SystemRandom()
        while len(found) < 4:
            port = draw.choice(PORTS)
            if port not in SYSTEM_PORTS and (holder := _bound(port)):
                held.enter_context(holder)
                found.append(port)
        return Ports(*found)


def _used(ports: Ports, *, management: bool) -> tuple[int, ...]:
    return (ports.amqps, ports.distribution, ports.epmd) + ((ports.management,) if management else ())


def _is_free(port: int) -> bool:
    holder = _bound(port)
    if holder is not None:
        holder.close()
    return holder is not None


def _bound(port: int) -> socket.socket | None:
    holder = socket.socket()
    # As Erlang does it: a port whose last connection has just been closed is free.
    holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        holder.bind((HOST, port))
        holder.listen(1)  # without this, two with SO_REUSEADDR may hold the same port
    except OSError:
        holder.close()
        return None
    return holder


def _listens(port: int) -> bool:
    try:
        socket.create_connection((HOST, port), timeout=1).close()
    except OSError:
        return False
    return True


def _shows(port: int, certificate: bytes) -> bool:
    """Whether the listener on *port* shows exactly *certificate*: only then is it ours and ready."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # it is compared whole, below
    with (
        contextlib.suppress(OSError),
        socket.create_connection((HOST, port), timeout=5) as plain,
        context.wrap_socket(plain) as wrapped,
    ):
        return wrapped.getpeercert(binary_form=True) == certificate
    return False


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _environment_of(pid: int) -> list[bytes]:
    """Empty for a process that has ended, or is another user's."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _signal(pids: list[int], number: signal.Signals) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def _write(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """All or nothing: a start that is interrupted finds the old file or the new one."""
    new = path.with_name(path.name + ".new")
    try:
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(descriptor)
        new.replace(path)
    except OSError as e:
        raise Halt("EX-506", what=path, reason=e.strerror) from e


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _tail(path: Path, start: int) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(start, _size(path) - 16_384))
        return file.read().decode(errors="replace")


def _cause(said: str) -> str:
    """The first errors of a log, which lead to the others; else its last line."""
    lines = [line for line in said.splitlines() if line.strip(" =")] or ["it said nothing"]
    errors = [words for line in lines if (words := line.partition(" [error] ")[2].partition("> ")[2].strip())]
    return _one_line("; ".join(errors[:3]) or lines[-1])


def _one_line(text: str) -> str:
    return " ".join(text.split())[:400] or "no reason given"
