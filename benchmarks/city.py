# SPDX-License-Identifier: Apache-2.0
"""
The bus as the bench runs it: a hub and two daemons, enrolled and started by the command line.

Knows the commands and the configuration that a person would write, and nothing of the inside. Daemons
and hub are processes of their own, started for each measurement and ended after it; what they have in
their stores stays from one to the next, as in an office. A participant's adapter is the bench's own.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

import pika

from benchmarks import rules
from benchmarks.desk import PATIENCE_SECONDS, AdapterSilent, AdapterSlow, Desk, Visitor
from benchmarks.figures import Repeats
from benchmarks.raw_link import Wire
from benchmarks.usage import Usage
from exchange.codec.routing_xml import write_xml
from exchange.edge.private_node import PrivateNode
from exchange.model.identity import credit_check_character
from exchange.model.rule import Rule
from exchange.model.topology import OUT, VHOST, ingress

GOVBUS = Path(sys.executable).with_name("govbus")
SENDER, RECEIVER = "440500.finance", "440500.civil-affairs"
APPLICATION = "bench"
TYPE = "document.file.v1"
RULES = 1_000  # in the city's routing table, besides the one that is used
OURS = ("hub", "sender's daemon", "receiver's daemon")  # names of the processes that are ours
READY_SECONDS = 60.0
LOOK_SECONDS = 2.0  # between two looks at the services while an event is awaited
TRACE = "amq.rabbitmq.trace"


class CityFailed(RuntimeError):
    """A command or a process of the city did not do what it must; its last words are in the text."""


@dataclass(frozen=True, slots=True)
class WireSizes:
    """Bytes of AMQP bodies, as they were seen on the wire."""

    segment: int
    receipt: int  # the mean of accepted and delivered


@dataclass
class Bulk:
    """A stream of files that ran for the length of a `with` block."""

    rate: float = field(default=0.0)  # MB/s


class Service:
    """One long-running govbus command, with its log."""

    def __init__(self, name: str, words: Sequence[str], log: Path, environment: Mapping[str, str]) -> None:
        self.name = name
        self._log = log
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [str(GOVBUS), *words], stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                env=dict(environment), start_new_session=True,
            )  # fmt: skip

    @property
    def pid(self) -> int:
        return self._process.pid

    def check(self) -> None:
        """
        It runs still.

        Raises:
            CityFailed: it has ended.
        """
        if self._process.poll() is not None:
            raise CityFailed(f"{self.name} ended with {self._process.returncode}:\n{self.last_words()}")

    def last_words(self) -> str:
        return self._log.read_text(errors="replace")[-3000:]

    def tell_to_end(self) -> None:
        """Let it drain."""
        self._process.terminate()

    def end(self) -> None:
        """Wait until it has drained; kill it when it does not."""
        self.tell_to_end()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class City:
    """A hub, a sender and a receiver, enrolled."""

    def __init__(self, node: PrivateNode, folder: Path) -> None:
        self._node = node
        self._folder = folder / "city"
        self._folder.mkdir()
        self._plug_in = _plug_in(folder / "plug-in")
        self._sizes: WireSizes | None = None
        self._sockets = count()
        _govbus("hub", "init", self.hub, "--broker", node.directory)
        for number, participant in enumerate((SENDER, RECEIVER)):
            self._enrol(participant, number)
        self._import_routes()

    @property
    def hub(self) -> Path:
        return self._folder / "hub"

    @property
    def hub_config(self) -> Path:
        return self.hub / "hub.toml"

    def wire_sizes(self, text: str) -> WireSizes:
        """How many bytes a segment with *text* and a receipt have on the wire; looked at once."""
        if self._sizes is None:
            with self.running(workers=1) as city, _traced(self._node, self._hub_wire()) as seen:
                city.exchange(text, count=4)
            self._sizes = _sizes_of(seen)
        return self._sizes

    def peak(self, used: Iterable[tuple[Usage, ...]]) -> Repeats:
        """The largest of our processes, for each repeat."""
        return Repeats.of(max(one.peak_rss_mb for one in each if one.name in OURS) for each in used)

    @contextlib.contextmanager
    def running(self, *, workers: int) -> Iterator[RunningCity]:
        """Hub and daemons, up and connected; ended with the block."""
        with contextlib.ExitStack() as stack:
            desk_path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="gb-"))) / "desk"
            desk = stack.enter_context(Desk(desk_path))
            services: dict[str, Service] = {}
            hub = ("hub", "run", "--config", str(self.hub_config), "--workers", str(workers))
            services["hub"] = self._start(stack, "hub", hub)
            for name, participant in zip(OURS[1:], (SENDER, RECEIVER), strict=True):
                self._configure(participant, desk_path)
                command = ("adapter", "run", "--config", str(self._folder / participant / "adapter.toml"))
                services[name] = self._start(stack, name, command)
            stack.callback(lambda: [service.tell_to_end() for service in services.values()])  # all at once
            yield RunningCity(services, _visitors(desk, services))

    # ---- setting up

    def _enrol(self, participant: str, number: int) -> None:
        folder = self._folder / participant
        code = f"1144050{number}00000000B"
        code += credit_check_character(code)
        _govbus(
            "enroll", "request", folder, "--id", participant, "--name", participant, "--credit-code", code
        )
        grant = folder / "grant.xml"
        _govbus(
            "enroll", "approve", "--config", self.hub_config, folder / "request.xml",
            "--out", grant, "--grant", "flash", "--yes",
        )  # fmt: skip
        _govbus("enroll", "accept", folder, grant, "--yes")

    def _import_routes(self) -> None:
        table = self._folder / "routes.xml"
        used = Rule("bench", TYPE, to=f"{RECEIVER}/{APPLICATION}")
        with table.open("wb") as file:
            file.writelines(write_xml([used, *rules.rules(RULES)]))
        _govbus("route", "import", "--config", self.hub_config, table)

    def _configure(self, participant: str, desk: Path) -> None:
        """The daemon's settings: those of its enrolment, with the bench's adapter for its one application."""
        path = self._folder / participant / "adapter.toml"
        granted = tomllib.loads(path.read_text(encoding="utf-8"))
        lines = [
            "[participant]",
            f"id = {json.dumps(granted['participant']['id'])}",
            "[broker]",
            f"urls = {json.dumps(granted['broker']['urls'])}",
            f"ca = {json.dumps(granted['broker']['ca'])}",
            "[sending]",
            "poll_seconds = 0.05  # the bench's adapter is asked often, so that its orders do not wait",
            f"[applications.{APPLICATION}]",
            'adapter = "bench"',
            f"[applications.{APPLICATION}.settings]",
            f"desk = {json.dumps(str(desk))}",
            f"participant = {json.dumps(participant)}",
        ]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")

    def _start(self, stack: contextlib.ExitStack, name: str, words: Sequence[str]) -> Service:
        log = self._folder / f"{name.replace(' ', '-')}.log"
        service = Service(name, words, log, {**os.environ, **self._plug_in})
        stack.callback(service.end)
        return service

    def _hub_wire(self) -> Wire:
        broker = tomllib.loads(self.hub_config.read_text(encoding="utf-8"))["broker"]
        ports = self._node.status().ports
        assert ports is not None
        identity = str(self.hub / broker.get("certificate", "keys/identity.pem"))
        key = str(self.hub / broker.get("key", "keys/identity.pem"))
        return Wire("127.0.0.1", ports.amqps, VHOST, "hub", str(self._node.ca_file), identity, key)


class RunningCity:
    """The city's processes, and what the bench's adapters in them can be told to do."""

    def __init__(self, services: Mapping[str, Service], visitors: Mapping[str, Visitor]) -> None:
        self._services = services
        self._sender, self._receiver = visitors[SENDER], visitors[RECEIVER]
        self._orders = count(time.time_ns())  # keys are remembered for ever, so no order's name comes twice

    def pids(self) -> dict[int, str]:
        """Whom to watch, and under which name."""
        return {service.pid: name for name, service in self._services.items()}

    def exchange(self, text: str, *, count: int) -> dict[str, Any]:
        """*count* messages of *text*, until the last has both its receipts; what the adapter measured."""
        return self._complete(self._order(priority="routine", text=text, count=count))

    def exchange_file(self, file: Path) -> dict[str, Any]:
        """One file, until it has both its receipts."""
        return self._complete(self._order(priority="bulk", file=str(file)))

    def ping(self, text: str, *, count: int, gap_seconds: float) -> list[float]:
        """Latencies in seconds of *count* flash messages, one after the other."""
        done = self._complete(
            self._order(priority="flash", text=text, count=count, ahead=1, gap_seconds=gap_seconds, ping=True)
        )
        arrived = [self._hear(self._receiver, "arrived") for _ in range(count)]
        return [(one["at_ns"] - done["sent_ns"][one["key"]]) / 1e9 for one in arrived]

    @contextlib.contextmanager
    def bulk(self, file: Path) -> Iterator[Bulk]:
        """The same file again and again, two at a time, for as long as the block lasts."""
        bulk = Bulk()
        order = self._order(priority="bulk", file=str(file), count=1 << 30, ahead=2)
        time.sleep(2)  # until the first of it is on every hop
        yield bulk
        self._sender.order(enough=order)
        done = self._complete(order)
        bulk.rate = done["given"] * file.stat().st_size / 1e6 / done["seconds"]

    def _order(self, **values: object) -> str:
        name = str(next(self._orders))
        self._sender.order(name=name, type=TYPE, to=f"{RECEIVER}/{APPLICATION}", **values)
        return name

    def _complete(self, name: str) -> dict[str, Any]:
        return self._hear(self._sender, "complete", name)

    def _hear(self, visitor: Visitor, event: str, name: str | None = None) -> dict[str, Any]:
        """
        The next event; meanwhile the services are looked at, so that one that ended is not waited for.

        Raises:
            CityFailed: a service ended. AdapterSilent: an adapter failed, or said nothing for too long.
        """
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return visitor.hear(event, about=name, within_seconds=LOOK_SECONDS)
            except AdapterSlow:
                self._check()
                if time.monotonic() > deadline:
                    raise
            except AdapterSilent:
                self._check()
                raise

    def _check(self) -> None:
        for service in self._services.values():
            service.check()


# ---- pieces


def _govbus(*words: object) -> None:
    command = [str(GOVBUS), *map(str, words)]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CityFailed(
            f"govbus {' '.join(command[1:3])} ended with {done.returncode}: {done.stderr[-2000:]}"
        )


def _plug_in(folder: Path) -> dict[str, str]:
    """What makes the bench's adapter an installed one, for the processes that get this environment."""
    about = folder / "govbus_bench-0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: govbus-bench\nVersion: 0\n")
    (about / "entry_points.txt").write_text("[govbus.adapters]\nbench = benchmarks.adapters:BenchAdapter\n")
    project = Path(__file__).resolve().parent.parent
    return {"PYTHONPATH": os.pathsep.join((str(folder), str(project)))}


def _visitors(desk: Desk, services: Mapping[str, Service]) -> dict[str, Visitor]:
    try:
        return desk.visitors({SENDER, RECEIVER}, within_seconds=READY_SECONDS)
    except Exception:
        for service in services.values():
            service.check()
        raise


@contextlib.contextmanager
def _traced(node: PrivateNode, wire: Wire) -> Iterator[list[tuple[str, str, int]]]:
    """(exchange, AMQP type, bytes) of everything that is published on the bus while the block lasts."""
    seen: list[tuple[str, str, int]] = []
    connection = pika.BlockingConnection(wire.parameters())
    channel = connection.channel()
    queue = channel.queue_declare("", exclusive=True).method.queue
    channel.queue_bind(queue, TRACE, "publish.#")
    node.control("trace_on", "-p", VHOST)
    try:
        yield seen
    finally:
        node.control("trace_off", "-p", VHOST)
        while True:
            method, properties, body = channel.basic_get(queue, auto_ack=True)
            if method is None:
                break
            inner = (properties.headers or {}).get("properties", {})
            seen.append((method.routing_key.removeprefix("publish."), inner.get("type", ""), len(body)))
        connection.close()


def _sizes_of(seen: Sequence[tuple[str, str, int]]) -> WireSizes:
    segments = [size for exchange, kind, size in seen if kind == "segment" and exchange == ingress(SENDER)]
    receipts = [size for exchange, kind, size in seen if kind == "receipt" and exchange == OUT]
    if not segments or not receipts:
        raise CityFailed(f"nothing was seen on the wire: {seen}")
    return WireSizes(sum(segments) // len(segments), sum(receipts) // len(receipts))
