# SPDX-License-Identifier: Apache-2.0
"""
A private RabbitMQ node in one folder, for trials and tests.

Owns the node's life: it is started, asked, told whom to let in, and stopped with all that runs for it.
It speaks TLS only and admits clients by certificate only. It runs as any user, beside any other node,
and never touches the system's own: not its service, its port 5672, its cookie or its configuration.

Nothing about participants, queues or messages is known here. Its rule: whatever runs for a node
carries the node's mark in its environment, so that `stop` finds all of it and nothing else.
"""

from __future__ import annotations

import base64
import binascii
import json
import os
import re
import ssl
import subprocess
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from exchange.edge.loopback import HOST, is_free, listens, shows
from exchange.edge.marked_processes import POLL_SECONDS, end, marked, program
from exchange.edge.node_folder import Kept, NodeFolder, Ports, write
from exchange.edge.server_certificate import certificates_in
from exchange.errors import BrokerDown, GovbusError, Halt, Retry
from exchange.model.topology import VHOST
from exchange.texts import Phrase

TOOLS = Path(
    "/usr/lib/rabbitmq/bin"
)  # not the wrappers in /usr/sbin: these become another user, or drop arguments
INSTALL = "apt-get install -y --no-install-recommends rabbitmq-server"

START_SECONDS = 180.0  # usually 5 to 8; a loaded small machine takes 40 and more
STOP_SECONDS = 60.0  # usually 1 to 3; then it is killed, which loses nothing that was confirmed
CONTROL_SECONDS = 120.0  # one call of rabbitmqctl; usually 0.3 to 1, on a loaded small machine over 60
ATTEMPTS = 5  # of a start whose port another program took in the same moment

_MARK = "GOVBUS_PRIVATE_NODE"  # in the environment of all that runs for a node: its folder
_SERVER_MARK = "GOVBUS_PRIVATE_NODE_SERVER"  # besides, of the server and its children
_UNSPEAKABLE = re.compile(r"[\\'\"`$\n]")  # RabbitMQ hands its folder to a shell, to measure the disk
_TAKEN = re.compile(r"eaddrinuse|address.{0,3}(already )?in.{0,3}use|name .{0,80}in use by", re.IGNORECASE)

# As many open files as a broker wants, within reason; then the script itself, under the same process id.
_LAUNCH = 'ulimit -n 65536 2>/dev/null || ulimit -n "$(ulimit -H -n)" 2>/dev/null; exec "$0"'

# The node keeps what it has read of the file; told to forget, it reads again at the next connection.
# Whoever is connected stays so.
_RELOAD_TRUST = "ssl:clear_pem_cache(), true"


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
        self.directory = self.directory.resolve()  # the same node, whichever way its folder is named

    # ---- life ----------------------------------------------------------------------------------

    def start(self) -> bool:
        """
        Have the node running and ready for clients; False when it was so before.

        A killed node starts again with its data, at the same address.

        Raises:
            Halt: EX-910, RabbitMQ is not installed; EX-506, the folder cannot be written.
            Retry: EX-913, it ended or hung while starting; EX-912, its port is taken.
        """
        tool("rabbitmq-server")
        if _UNSPEAKABLE.search(str(self.directory)):
            raise Halt("EX-913", where=self.directory, reason=Phrase("broker.reason.path"), log=self.log_file)
        with self._folder.locked():
            if self.status().running:
                return False
            self._end_processes()
            kept = self._folder.prepare(management=self.management, settings=self.settings)
            for _ in range(ATTEMPTS):
                try:
                    self._start_once(kept)
                except _PortTaken:
                    kept = self._with_other_ports(kept)
                else:
                    return True
        raise Retry("EX-912", port=kept.ports.amqps, where=self.directory)

    def stop(self) -> bool:
        """End the node and all that runs for it, epmd included; False when nothing was running."""
        if not self.directory.is_dir():
            return False
        with self._folder.locked():
            return self._end_processes()

    def status(self) -> NodeStatus:
        """How the node is, at this moment."""
        kept = self._folder.kept()
        if kept is None:
            return NodeStatus(self.directory, "absent")
        pid = next(iter(self._servers()), 0)
        running = pid != 0 and listens(kept.ports.amqps)
        return NodeStatus(
            directory=self.directory,
            state="running" if running else "stopped",
            pid=pid if running else 0,
            name=kept.name,
            url=self._folder.url(kept),
            ca_file=self.ca_file,
            log_file=self.log_file,
            management_url=f"https://{HOST}:{kept.ports.management}" if kept.management else "",
            ports=kept.ports,
        )

    # ---- what its owner asks of it -------------------------------------------------------------

    @property
    def url(self) -> str:
        """`amqps://…`, the same for the node's whole life; "" before its first start."""
        kept = self._folder.kept()
        return "" if kept is None else self._folder.url(kept)

    @property
    def ca_file(self) -> Path:
        """The authority that a client trusts when it connects."""
        return self._folder.ca_file

    @property
    def trust_file(self) -> Path:
        """The authorities whose clients are let in."""
        return self._folder.trust_file

    @property
    def log_file(self) -> Path:
        return self._folder.log_file

    def trust(self, ca_pem: bytes) -> bool:
        """
        Let in the clients of one more authority, at once; False when they were let in before.

        Raises:
            ValueError: *ca_pem* holds no certificate.
            BrokerDown: EX-901, the node was never started.
        """
        wanted = certificates_in(ca_pem)
        if self._folder.kept() is None:
            raise self._away()
        with self._folder.locked():
            present = self.trust_file.read_bytes()
            new = [certificate for certificate in wanted if certificate not in present]
            if new:
                write(self.trust_file, present + b"".join(new))
        if new and self.status().running:
            self.evaluate(_RELOAD_TRUST)
        return bool(new)

    def control(self, *words: str) -> str:
        """
        What `rabbitmqctl` answers to *words*; each call takes 0.3 to 1 s.

        Raises:
            BrokerDown: EX-901, the node does not run.
            Retry: EX-913, it refused, with its words.
        """
        kept = self._folder.kept()
        if kept is None or not self.status().running:
            raise self._away()
        try:
            done = subprocess.run(
                [tool("rabbitmqctl"), "--quiet", "-n", kept.name, *words],
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

    # ---- how it is done ------------------------------------------------------------------------

    @property
    def _folder(self) -> NodeFolder:
        return NodeFolder(self.directory)

    def _environment(self, kept: Kept) -> dict[str, str]:
        return {**self._folder.environment(kept), _MARK: str(self.directory)}

    def _start_once(self, kept: Kept) -> None:
        if not all(is_free(port) for port in kept.ports.used(management=self.management)):
            raise _PortTaken
        seen = _size(self.log_file)
        try:  # an interrupt may come as soon as there is a process, before we hold it
            self._child = self._launched(kept)
            self._await_ready(self._child, kept, seen)
        except BaseException:
            self._end_processes()
            raise
        self._folder.keep(replace(kept, pid=next(iter(self._servers()), 0)))

    def _launched(self, kept: Kept) -> subprocess.Popen[bytes]:
        with self._folder.output_file.open("wb") as output:
            return subprocess.Popen(
                ["/bin/sh", "-c", _LAUNCH, tool("rabbitmq-server")],
                cwd=self.directory,
                env={**self._environment(kept), _SERVER_MARK: str(self.directory)},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # an interrupt at the terminal is not meant for the node
            )

    def _await_ready(self, child: subprocess.Popen[bytes], kept: Kept, seen: int) -> None:
        """*seen*: how long the log was before; what follows is this start's."""
        deadline = time.monotonic() + START_SECONDS
        ours = ssl.PEM_cert_to_DER_cert(self._folder.server_file.read_text())
        while child.poll() is None:
            if self._servers() and shows(kept.ports.amqps, ours):
                return
            if time.monotonic() > deadline:
                said = _cause(self._said(seen))
                late = Phrase("broker.reason.late", {"seconds": int(START_SECONDS), "said": said})
                raise self._failed(late)
            time.sleep(POLL_SECONDS)
        said = self._said(seen)
        raise _PortTaken if _TAKEN.search(said) else self._failed(_cause(said))

    def _with_other_ports(self, kept: Kept) -> Kept:
        """All of them, except for the one that clients already know."""
        ports = Ports.free()
        if self._folder.has_data:
            if not is_free(kept.ports.amqps):
                raise Retry("EX-912", port=kept.ports.amqps, where=self.directory)
            ports = replace(ports, amqps=kept.ports.amqps)
        self._folder.keep(replace(kept, ports=ports))
        return self._folder.prepare(management=self.management, settings=self.settings)

    def _end_processes(self) -> bool:
        """First the server, gently, then whatever else carries the mark; False when there was nothing."""
        served = end(self._servers, patience_seconds=STOP_SECONDS)
        others = end(lambda: marked(_MARK, str(self.directory)), patience_seconds=0)
        if self._child is not None:
            self._child.wait()
            self._child = None
        return served or others

    def _servers(self) -> list[int]:
        """The Erlang machines that serve; not those of rabbitmqctl."""
        return [pid for pid in marked(_SERVER_MARK, str(self.directory)) if program(pid).startswith("beam")]

    def _said(self, seen: int) -> str:
        return _tail(self._folder.output_file, 0) + _tail(self.log_file, seen)

    def _away(self) -> BrokerDown:
        return BrokerDown("EX-901", where=self.url or self.directory, reason=Phrase("broker.reason.stopped"))

    def _failed(self, reason: str | Phrase) -> Retry:
        return Retry("EX-913", where=self.directory, reason=reason, log=self.log_file)


class _PortTaken(Exception):
    """Another program holds one of the node's ports."""


def installed() -> bool:
    """Whether there is a RabbitMQ on this machine from which a node can be made."""
    try:
        return bool(tool("rabbitmq-server"))
    except GovbusError:
        return False


def tool(name: str) -> Path:
    """
    A program of the installed RabbitMQ; GOVBUS_RABBITMQ_BIN names the folder of another one.

    Raises:
        Halt: EX-910, it is not installed.
    """
    found = Path(os.environ.get("GOVBUS_RABBITMQ_BIN") or TOOLS) / name
    if not os.access(found, os.X_OK):
        raise Halt("EX-910", what=f"RabbitMQ ({found})", install=INSTALL)
    return found


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
