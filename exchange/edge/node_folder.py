# SPDX-License-Identifier: Apache-2.0
"""
The folder of a private RabbitMQ node: what lies in it, and what the node reads there.

Owns the files and their content: state, configuration, certificates, cookie, environment. It starts
nothing. Its rule: a file is there whole or not at all, and secrets are for the folder's owner alone.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from exchange.edge.loopback import HOST, free_ports
from exchange.edge.server_certificate import issue
from exchange.errors import Halt
from exchange.model.topology import VHOST

PLUGINS = ("rabbitmq_auth_mechanism_ssl",)
MANAGEMENT_PLUGIN = "rabbitmq_management"


@dataclass(frozen=True, slots=True)
class Ports:
    """Where a node listens, all on the loopback interface."""

    amqps: int
    distribution: int
    epmd: int
    management: int

    @classmethod
    def free(cls) -> Ports:
        return cls(*free_ports(4))

    def used(self, *, management: bool) -> tuple[int, ...]:
        """Those that the node will listen on."""
        return (self.amqps, self.distribution, self.epmd) + ((self.management,) if management else ())


@dataclass(frozen=True, slots=True)
class Kept:
    """What a node remembers from start to start; pid is the last one's, 0 when it was none."""

    name: str
    ports: Ports
    management: bool = False
    pid: int = 0


@dataclass(frozen=True, slots=True)
class NodeFolder:
    """One node's folder, an absolute path."""

    path: Path

    @property
    def ca_file(self) -> Path:
        return self.path / "tls" / "ca.pem"

    @property
    def trust_file(self) -> Path:
        return self.path / "tls" / "trust.pem"

    @property
    def server_file(self) -> Path:
        return self.path / "tls" / "server.pem"

    @property
    def log_file(self) -> Path:
        return self.path / "log" / "node.log"

    @property
    def output_file(self) -> Path:
        """What the node says before it has a log; of its last start only."""
        return self.path / "log" / "stdout"

    @property
    def has_data(self) -> bool:
        """Whether the node has ever run: only then can anyone know its address."""
        return (self.path / "data" / "db").exists()

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """One at a time; the folder is made when it is missing."""
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle = (self.path / "lock").open("ab")
        except OSError as e:
            raise Halt("EX-506", what=self.path, reason=e.strerror) from e
        with handle:
            fcntl.flock(handle, fcntl.LOCK_EX)  # freed by the kernel when its holder dies
            yield

    # ---- state ---------------------------------------------------------------------------------

    def kept(self) -> Kept | None:
        """What is remembered; None where there is no node."""
        file = self.path / "node.json"
        try:
            document = json.loads(file.read_bytes())
            ports = Ports(**document["ports"])
            return Kept(document["name"], ports, document["management"], document["pid"])
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, OSError) as e:
            raise Halt("EX-904", file=file, reason=e) from e

    def keep(self, kept: Kept) -> None:
        """Remember it; written for other programs to read too."""
        ports = kept.ports
        document = {
            "name": kept.name,
            "pid": kept.pid,
            "url": self.url(kept),
            "vhost": VHOST,
            "ca_file": str(self.ca_file),
            "log_file": str(self.log_file),
            "management": kept.management,
            "ports": {
                "amqps": ports.amqps,
                "distribution": ports.distribution,
                "epmd": ports.epmd,
                "management": ports.management,
            },
        }
        write(self.path / "node.json", json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n")

    def url(self, kept: Kept) -> str:
        return f"amqps://{HOST}:{kept.ports.amqps}/{VHOST}"

    # ---- what the node reads -------------------------------------------------------------------

    def prepare(self, *, management: bool, settings: Mapping[str, str]) -> Kept:
        """All files for a start: made when they are missing, the configuration written anew."""
        for name in ("home", "log", "tls", "data"):
            (self.path / name).mkdir(exist_ok=True)
        kept = self.kept() or Kept(f"govbus-{secrets.token_hex(6)}@localhost", Ports.free())
        kept = replace(kept, management=management, pid=0)
        self.keep(kept)
        cookie = self.path / "home" / ".erlang.cookie"
        if not cookie.exists():
            write(cookie, secrets.token_hex(20).encode(), mode=0o400)
        if not self.ca_file.exists():
            self._make_certificate(kept.name)
        plugins = (*PLUGINS, MANAGEMENT_PLUGIN) if management else PLUGINS
        write(self.path / "plugins", f"[{','.join(plugins)}].\n".encode())
        write(self.path / "definitions.json", json.dumps(_DEFINITIONS).encode())
        write(self.path / "inetrc", _INETRC)
        write(self.path / "rabbitmq.conf", _configuration(kept, settings))
        return kept

    def _make_certificate(self, name: str) -> None:
        made = issue(f"private node {name}", now=datetime.now(UTC))
        write(self.path / "tls" / "server-key.pem", made.key)
        write(self.server_file, made.certificate)
        if not self.trust_file.exists():
            # Never empty, which the node would refuse; this authority signs nothing more.
            write(self.trust_file, made.authority)
        write(self.ca_file, made.authority)  # last: once it is there, all are

    def environment(self, kept: Kept) -> dict[str, str]:
        """All of it: what else a caller's shell says about RabbitMQ or Erlang is not for this node."""
        there, data = self.path, self.path / "data"
        return {
            "PATH": f"{os.environ.get('PATH', '')}:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",  # Erlang's
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
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _ERLANG,
            "RABBITMQ_MNESIA_BASE": str(data),
            "RABBITMQ_MNESIA_DIR": str(data / "db"),
            "RABBITMQ_LOG_BASE": str(there / "log"),
            "RABBITMQ_LOGS": str(self.log_file),
            "RABBITMQ_PID_FILE": str(there / "pid"),
            "RABBITMQ_CONFIG_FILE": str(there / "rabbitmq.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(there / "advanced.config"),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(data / "config"),
            "RABBITMQ_SCHEMA_DIR": str(data / "schema"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(there / "plugins"),
            "RABBITMQ_FEATURE_FLAGS_FILE": str(data / "feature_flags"),
            "RABBITMQ_PLUGINS_EXPAND_DIR": str(data / "plugins"),
        }


# Loopback only. And schedulers leave sockets to the thread that polls: where they poll busy ones themselves,
# which begins and ends as it likes, they sleep by timers and take three times the CPU for the same work.
_ERLANG = "+IOs false -kernel inet_dist_use_interface {127,0,0,1}"

# A node that loads definitions makes no guest user and no vhost "/".
_DEFINITIONS = {"vhosts": [{"name": VHOST}], "users": [], "permissions": []}

# Who localhost is: some systems have no /etc/hosts.
_INETRC = b'{host, {127,0,0,1}, ["localhost"]}.\n{lookup, [file, native]}.\n'


def _configuration(kept: Kept, settings: Mapping[str, str]) -> bytes:
    # Paths start at the node's folder, where it runs: this file knows ASCII only, folders have any name.
    lines = {
        "listeners.tcp": "none",
        "listeners.ssl.1": f"{HOST}:{kept.ports.amqps}",
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
    if kept.management:
        lines |= {
            "management.ssl.ip": HOST,
            "management.ssl.port": str(kept.ports.management),
            **_tls_lines("management.ssl"),
        }
    lines |= settings
    return "".join(f"{key} = {value}\n" for key, value in lines.items()).encode()


def _tls_lines(prefix: str) -> dict[str, str]:
    return {
        f"{prefix}.certfile": "tls/server.pem",
        f"{prefix}.keyfile": "tls/server-key.pem",
        f"{prefix}.versions.1": "tlsv1.3",
        f"{prefix}.versions.2": "tlsv1.2",
    }


def write(path: Path, data: bytes, *, mode: int = 0o600) -> None:
    """
    Put *data* at *path*, all or nothing.

    Raises:
        Halt: EX-506, the disk refuses.
    """
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
