# SPDX-License-Identifier: Apache-2.0
"""
What can be set: one TOML file for the hub, one for each adapter daemon.

Owns the keys, their defaults and their units. What each one means to people stands in
`exchange.texts.settings`, and the reference page and the commented files that enrolment writes are
made from both. No secret is ever in such a file: passwords stand in files of their own, and keys
never leave their folder.
"""

from __future__ import annotations

import dataclasses
import os
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, TypeVar

from exchange.edge.configuration import Source, fill, read
from exchange.errors import ConfigInvalid, Reject
from exchange.model.format import is_format
from exchange.model.identity import APPLICATION, NAME_LIMIT, message_type, participant_id
from exchange.model.limits import (
    GIB,
    LIMITS,
    MIB,
    SEGMENT_BYTES,
    SEGMENT_BYTES_LEAST,
    SEGMENT_BYTES_MOST,
    Limits,
)
from exchange.texts import Phrase

T = TypeVar("T")
Faults = Iterator[tuple[str, str | Phrase]]

DAY = 24 * 3600


@dataclass(frozen=True, slots=True)
class Broker:
    """How RabbitMQ is reached: mutual TLS, the certificate is the login."""

    SUBJECT: ClassVar[str] = "broker"

    urls: tuple[str, ...]  # amqps://host:port/vhost, tried in random order
    ca: Path  # PEM: who signed the broker's certificate
    certificate: Path = Path("keys/identity.pem")  # PEM: ours, with its chain
    key: Path = Path("keys/identity.pem")  # PEM: its key; may be in the same file

    def faults(self) -> Faults:
        if not self.urls:
            yield "urls", Phrase("settings.empty")
        for url in self.urls:
            parts = urllib.parse.urlsplit(url)
            if parts.password is not None:
                yield "urls", Phrase("settings.secret")
            elif parts.scheme != "amqps" or not parts.hostname:
                wanted = "amqps://host:5671/govbus"
                yield "urls", Phrase("settings.wrong-url", {"found": url, "wanted": wanted})


@dataclass(frozen=True, slots=True)
class Health:
    """Where metrics and the health page are served; empty = nowhere."""

    SUBJECT: ClassVar[str] = "health"

    listen: str = ""  # host:port

    def faults(self) -> Faults:
        host, colon, port = self.listen.rpartition(":")
        if self.listen and not (host and colon and port.isdecimal() and int(port) < 1 << 16):
            yield "listen", Phrase("settings.wrong-url", {"found": self.listen, "wanted": "127.0.0.1:9464"})

    @property
    def address(self) -> tuple[str, int] | None:
        """Host and port, None where nothing is served."""
        host, _, port = self.listen.rpartition(":")
        return (host.strip("[]"), int(port)) if self.listen else None


# ---- the hub


@dataclass(frozen=True, slots=True)
class Hub:
    """The hub itself."""

    SUBJECT: ClassVar[str] = "hub"

    folder: Path = Path()  # what the hub keeps beside its database
    keys: Path = Path("keys")  # its signing key and certificate
    authority: Path = Path(
        "authority"
    )  # the built-in authority; no such folder = certificates come from elsewhere
    suite: Literal["intl-1"] = "intl-1"
    lang: Literal["en", "zh"] = "en"  # of its log


@dataclass(frozen=True, slots=True)
class Database:
    """Where the hub's tables are."""

    SUBJECT: ClassVar[str] = "database"

    url: str = ""  # of SQLAlchemy; empty = SQLite in the hub's folder
    password_file: Path | None = None  # its one line is the password for url

    def faults(self) -> Faults:
        if "://" in self.url and urllib.parse.urlsplit(self.url).password is not None:
            yield "url", Phrase("settings.secret")


@dataclass(frozen=True, slots=True)
class BrokerAdmin:
    """How users are made and connections closed: a private node's folder, or the management interface."""

    SUBJECT: ClassVar[str] = "broker-admin"

    node: Path | None = None  # folder of a private node
    url: str = ""  # https://user@host:15671
    ca: Path | None = None  # PEM: who signed the interface's certificate; none = the system's authorities
    password_file: Path | None = None

    def faults(self) -> Faults:
        if self.node is not None and self.url:
            yield "url", Phrase("settings.either", {"one": "node", "other": "url"})
        if self.url and urllib.parse.urlsplit(self.url).password is not None:
            yield "url", Phrase("settings.secret")


@dataclass(frozen=True, slots=True)
class HubTrust:
    """Whose certificates the hub believes."""

    SUBJECT: ClassVar[str] = "hub-trust"

    anchors: Path = Path("trust/anchors.pem")
    crl: Path | None = None  # PEM: the issuers' revocation lists


@dataclass(frozen=True, slots=True)
class HubRetention:
    """How long the hub remembers what is final."""

    SUBJECT: ClassVar[str] = "hub-retention"

    messages_days: int = 365  # envelopes, states and receipts
    dead_days: int = 90  # dead letters nobody looked at
    rows_a_round: int = 2000  # messages removed in one transaction

    def faults(self) -> Faults:
        yield from _at_least(self, 1, "messages_days", "dead_days", "rows_a_round")


@dataclass(frozen=True, slots=True)
class Watch:
    """When silence is something to speak of."""

    SUBJECT: ClassVar[str] = "watch"

    resend_seconds: float = 120.0  # a transfer without progress is asked for again
    disk_threshold_bytes: int = 1 * GIB  # free room on the hub's disk, below which nothing is admitted
    express_bytes_a_second: int = 8 * MIB  # flash and urgent, of one participant

    def faults(self) -> Faults:
        yield from _at_least(self, 1, "resend_seconds", "express_bytes_a_second")
        yield from _at_least(self, 0, "disk_threshold_bytes")


@dataclass(frozen=True, slots=True, kw_only=True)
class HubSettings:
    """Everything that `hub.toml` can say."""

    hub: Hub = field(default_factory=Hub)
    broker: Broker
    database: Database = field(default_factory=Database)
    broker_admin: BrokerAdmin = field(default_factory=BrokerAdmin)
    trust: HubTrust = field(default_factory=HubTrust)
    health: Health = field(default_factory=Health)
    limits: Limits = LIMITS
    retention: HubRetention = field(default_factory=HubRetention)
    watch: Watch = field(default_factory=Watch)
    file: Path = Path("hub.toml")

    @classmethod
    def mistaken_for(cls, table: Mapping[str, Any]) -> str:
        """The sentence about a file that is not a hub's at all; empty for one that is meant to be."""
        if "participant" in table and "hub" not in table:
            return "settings.is-a-departments"
        return _nothing_known(cls, table)

    @property
    def database_url(self) -> str:
        """With its password; the default is SQLite in the hub's folder, a plain path means SQLite too."""
        if not self.database.url:
            return str(self.hub.folder / "hub.sqlite")
        if "://" not in self.database.url:
            return str(self.file.parent / self.database.url)
        return with_password(self.database.url, self.database.password_file)

    @property
    def broker_admin_url(self) -> str:
        """With its password."""
        return with_password(self.broker_admin.url, self.broker_admin.password_file)


# ---- an adapter daemon


@dataclass(frozen=True, slots=True)
class Participant:
    """Who we are."""

    SUBJECT: ClassVar[str] = "participant"

    id: str
    suite: Literal["intl-1"] = "intl-1"
    keys: Path = Path("keys")
    lang: Literal["en", "zh"] = "en"  # of the log, and of sentences for applications that name no language

    def faults(self) -> Faults:
        try:
            participant_id(self.id)
        except Reject as e:
            yield "id", Phrase(e.code, e.values)


@dataclass(frozen=True, slots=True)
class AdapterTrust:
    """What was given at enrolment, and what the hub has told since."""

    SUBJECT: ClassVar[str] = "trust"

    anchors: Path = Path("trust/anchors.pem")
    hub: Path = Path("trust/hub.pem")  # the hub's certificates
    directory: Path = Path("trust/directory.xml")  # our view of the directory, as last signed
    crl: Path | None = None


@dataclass(frozen=True, slots=True)
class Stores:
    """Where outbox, inbox and spool are."""

    SUBJECT: ClassVar[str] = "stores"

    folder: Path = Path("stores")
    disk_threshold_bytes: int = 512 * MIB  # free room below which nothing is taken in
    spool_bytes: int = 64 * GIB  # arriving and waiting data, from which on the inbox takes nothing more

    def faults(self) -> Faults:
        yield from _at_least(self, 0, "disk_threshold_bytes")
        yield from _at_least(self, SEGMENT_BYTES_MOST, "spool_bytes")


@dataclass(frozen=True, slots=True)
class Sending:
    """How messages are made where the application does not say it."""

    SUBJECT: ClassVar[str] = "sending"

    expires_after_seconds: float = 7.0 * DAY
    segment_bytes: int = SEGMENT_BYTES
    poll_seconds: float = 0.5  # between two askings of an application that had nothing
    unforwarded_bytes: int = 512 * MIB  # of one class, that the hub has and has not forwarded

    def faults(self) -> Faults:
        if not 1 <= self.expires_after_seconds <= LIMITS.life_seconds:
            yield "expires_after_seconds", _between(1, LIMITS.life_seconds)
        if not SEGMENT_BYTES_LEAST <= self.segment_bytes <= SEGMENT_BYTES_MOST:
            yield "segment_bytes", _between(SEGMENT_BYTES_LEAST, SEGMENT_BYTES_MOST)
        if not 0.01 <= self.poll_seconds <= DAY:
            yield "poll_seconds", _between(0.01, DAY)
        yield from _at_least(self, SEGMENT_BYTES_MOST, "unforwarded_bytes")


@dataclass(frozen=True, slots=True)
class AdapterRetention:
    """How long the daemon remembers what is final; ids are kept until their messages expire in any case."""

    SUBJECT: ClassVar[str] = "retention"

    messages_days: int = 90
    most_messages: int = 1_000_000  # the oldest final ones go first

    def faults(self) -> Faults:
        yield from _at_least(self, 1, "messages_days", "most_messages")


@dataclass(frozen=True, slots=True)
class Application:
    """
    One business system and the adapter that joins it.

    settings: the adapter's own; `typed` makes its settings class of them.
    """

    SUBJECT: ClassVar[str] = "application"

    adapter: str  # its name among the installed adapters
    accepts: tuple[str, ...] = ()  # formats it can read; what arrives in another is converted; none = any
    accepts_by_type: Mapping[str, tuple[str, ...]] = field(
        default_factory=dict
    )  # the same, of one message type
    allow_lossy: bool = False  # a conversion may lose something where no other leads there
    most_lost: float = 0.02  # share of a document's characters that its conversion may lose
    most_different: float = 1.0  # how far the worst page may look unlike its source, of black to white
    below: Literal["return", "original"] = "return"  # what becomes of a part below either
    unconvertible: Literal["return", "original"] = "return"  # and of one that cannot be converted
    settings: Mapping[str, Any] = field(default_factory=dict)

    def faults(self) -> Faults:
        yield from _no_formats("accepts", self.accepts)
        for name in ("most_lost", "most_different"):
            if not 0 <= getattr(self, name) <= 1:
                yield name, _between(0, 1)
        for name, formats in self.accepts_by_type.items():
            yield from _no_formats(f"accepts_by_type.{name}", formats)
            try:
                message_type(name)
            except Reject as e:
                yield f"accepts_by_type.{name}", Phrase(e.code, e.values)


@dataclass(frozen=True, slots=True)
class Ceb:
    """CEB and CEBX, where they cannot be converted by what is in the file."""

    SUBJECT: ClassVar[str] = "conversion.ceb"

    command: tuple[str, ...] = ()  # an external converter; {source} and {target} in it become paths
    command_to_ceb: tuple[str, ...] = ()  # the like, from PDF to CEB
    key: Path | None = None  # a file with the RSA key under which some documents' keys are wrapped

    def faults(self) -> Faults:
        for name in ("command", "command_to_ceb"):
            words = "\0".join(getattr(self, name))
            if words and not ("{source}" in words and "{target}" in words):
                yield name, Phrase("settings.command-places")


@dataclass(frozen=True, slots=True)
class Seals:
    """The verification of electronic seals in documents."""

    SUBJECT: ClassVar[str] = "conversion.seals"

    anchors: Path | None = None  # certificates of authorities that seal makers are trusted under, PEM


@dataclass(frozen=True, slots=True)
class Records:
    """Structured data: XML, JSON, CSV and XLSX into each other."""

    SUBJECT: ClassVar[str] = "conversion.records"

    mappings: tuple[Path, ...] = ()  # of message types: where their records stand, and their columns


@dataclass(frozen=True, slots=True)
class Conversion:
    """How documents are converted for applications that do not read what arrives."""

    SUBJECT: ClassVar[str] = "conversion"

    workers: int = 2  # documents at once; each that is warm holds some 200 MB
    measure: bool = True  # how different results look, where it can be; a few pages are drawn for that
    ceb: Ceb = field(default_factory=Ceb)
    seals: Seals = field(default_factory=Seals)
    records: Records = field(default_factory=Records)

    def faults(self) -> Faults:
        yield from _at_least(self, 1, "workers")

    @property
    def sections(self) -> Mapping[str, Mapping[str, Any]]:
        """What converters take of it, as plain values and without what is not said."""
        plain = {name: _plain(getattr(self, name)) for name in ("ceb", "seals", "records")}
        return {**plain, "looks": {"measure": self.measure}}


@dataclass(frozen=True, slots=True, kw_only=True)
class AdapterSettings:
    """Everything that `adapter.toml` can say."""

    participant: Participant
    broker: Broker
    trust: AdapterTrust = field(default_factory=AdapterTrust)
    stores: Stores = field(default_factory=Stores)
    sending: Sending = field(default_factory=Sending)
    retention: AdapterRetention = field(default_factory=AdapterRetention)
    conversion: Conversion = field(default_factory=Conversion)
    health: Health = field(default_factory=Health)
    applications: Mapping[str, Application] = field(default_factory=dict)
    file: Path = Path("adapter.toml")

    @classmethod
    def mistaken_for(cls, table: Mapping[str, Any]) -> str:
        """The sentence about a file that is not a daemon's at all; empty for one that is meant to be."""
        if "hub" in table and "participant" not in table:
            return "settings.is-the-hubs"
        return _nothing_known(cls, table)

    def faults(self) -> Faults:
        for name in self.applications:
            if len(name) > NAME_LIMIT or not APPLICATION.fullmatch(name):
                yield f"applications.{name}", Phrase("settings.wrong-name", {"found": name})

    def typed(self, application: str, cls: type[T]) -> T:
        """
        The settings of *application*'s adapter as its class *cls*.

        Raises:
            ConfigInvalid: EX-903, they do not fit, with file, line and key.
        """
        source = Source(self.file, _text_of(self.file))
        at = ("applications", application, "settings")
        return fill(cls, self.applications[application].settings, source, at=at)


def _nothing_known(cls: Any, table: Mapping[str, Any]) -> str:
    known = {one.name for one in dataclasses.fields(cls)} & set(table)
    return "" if known or not table else "settings.is-neither"


def load_hub(path: Path, environment: Mapping[str, str] | None = None) -> HubSettings:
    """
    The settings in *path*; the process's own environment goes before them unless another is given.

    Raises:
        ConfigInvalid: EX-903, with file, line and key; EX-904, it cannot be read.
    """
    return read(path, HubSettings, _environment(environment), file=path.absolute())


def load_adapter(path: Path, environment: Mapping[str, str] | None = None) -> AdapterSettings:
    """The settings in *path*, as `load_hub`."""
    return read(path, AdapterSettings, _environment(environment), file=path.absolute())


def _environment(given: Mapping[str, str] | None) -> Mapping[str, str]:
    return os.environ if given is None else given


def with_password(url: str, password_file: Path | None) -> str:
    """
    *url* with the password that is the one line of *password_file*.

    Raises:
        ConfigInvalid: EX-904, the file cannot be read.
    """
    if password_file is None:
        return url
    parts = urllib.parse.urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    password = urllib.parse.quote(_text_of(password_file).strip(), safe="")
    return parts._replace(netloc=f"{parts.username or ''}:{password}@{host}").geturl()


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigInvalid("EX-904", file=str(path), reason=str(e)) from e


def _plain(section: Ceb | Seals | Records) -> Mapping[str, Any]:
    given = {each.name: getattr(section, each.name) for each in dataclasses.fields(section)}
    return {name: _plain_value(value) for name, value in given.items() if value}


def _plain_value(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain_value(each) for each in value]
    return str(value) if isinstance(value, Path) else value


def _at_least(section: object, least: float, *names: str) -> Faults:
    for name in names:
        if getattr(section, name) < least:
            yield name, Phrase("settings.too-small", {"found": getattr(section, name), "least": least})


def _no_formats(key: str, names: tuple[str, ...]) -> Faults:
    for name in names:
        if not is_format(name):
            yield key, Phrase("settings.no-format", {"found": name})


def _between(least: float, most: float) -> Phrase:
    return Phrase("settings.out-of-range", {"least": least, "most": most})
