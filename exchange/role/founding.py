# SPDX-License-Identifier: Apache-2.0
"""
How a hub comes into being: its authority, its keys, its settings file, its tables, its broker.

Owns the order of the steps and the folder:

    authority/     the small built-in authority; its certificate goes to whoever must trust it
    keys/          the hub's signing key and certificate
    trust/         anchors.pem: whose certificates are believed; broker.pem: the broker's authority
    hub.toml       the settings, without a password
    *.password     each the one line of a password that was given on the command line

Every step may be repeated: what is there is kept and told.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from exchange.codec.suite_intl import INTL
from exchange.edge.anchors import to_pem
from exchange.edge.authority import Authority
from exchange.edge.hub_store import HubStore
from exchange.edge.keystore import (
    OWNER_ONLY,
    Identity,
    has_identity,
    install,
    load_identity,
    make_folder,
    make_signing_key,
)
from exchange.edge.lease import create_lease
from exchange.edge.ledger import Ledger
from exchange.edge.owed import owed
from exchange.edge.registry import Registry
from exchange.edge.settings import HubSettings, load_hub
from exchange.edge.settings_text import hub_file
from exchange.edge.spool import replace, write_whole
from exchange.edge.tables import Engine, create
from exchange.errors import Reject
from exchange.model.receipt import HUB

CONFIG, AUTHORITY, KEYS, TRUST = "hub.toml", "authority", "keys", "trust"


@dataclass(frozen=True, slots=True)
class Wanted:
    """
    What a new hub shall be.

    name: of the authority, for people; broker_urls, broker_ca (PEM): where the broker is and who vouches
    for it; broker_node: a private node's folder, or broker_admin: the management URL, either may carry
    its password, as may database; broker_admin_ca: PEM, b"" means the system's authorities.
    """

    name: str
    broker_urls: tuple[str, ...]
    broker_ca: bytes
    broker_node: Path | None = None
    broker_admin: str = ""
    broker_admin_ca: bytes = b""
    database: str = ""
    suite: str = INTL.name
    lang: str = "en"


@dataclass(frozen=True, slots=True)
class Founded:
    """What stands now. made, kept: names of steps that were done now, and of those done before."""

    settings: HubSettings
    identity: Identity
    made: tuple[str, ...]
    kept: tuple[str, ...]


def found(folder: Path, wanted: Wanted, *, at: datetime) -> Founded:
    """
    The files of a hub in *folder*.

    Raises:
        Reject: EX-907, there is a hub in it, with another broker or database. Retry: EX-506, the disk.
    """
    make_folder(folder)
    steps = _files(folder)
    kept = tuple(step for step, path in steps.items() if path.exists())
    made = tuple(step for step in steps if step not in kept)
    if (folder / CONFIG).exists():
        _check_same(load_hub(folder / CONFIG, {}), wanted)
    identity = _identity(folder, wanted, at)
    _write_broker_trust(folder / TRUST, wanted)
    if not (folder / CONFIG).exists():
        write_whole(folder / CONFIG, hub_file(_values(folder, wanted), wanted.lang).encode())
    return Founded(load_hub(folder / CONFIG), identity, made, kept)


def create_tables(engine: Engine, registry: Registry) -> None:
    """Every table of the hub, where it does not stand yet."""
    HubStore(engine)  # makes its own
    Ledger(engine).create()
    create_lease(engine)
    create(engine, owed)
    registry.create()


def _files(folder: Path) -> Mapping[str, Path]:
    return {
        "authority": folder / AUTHORITY / "identity.pem",
        "keys": folder / KEYS / "identity.pem",
        "trust": folder / TRUST / "anchors.pem",
        "config": folder / CONFIG,
    }


def _check_same(present: HubSettings, wanted: Wanted) -> None:
    database = _without_password(wanted.database)
    if set(present.broker.urls) != set(wanted.broker_urls):
        raise Reject("EX-907", what=present.file, found=", ".join(present.broker.urls))
    if database and present.database.url != database:
        raise Reject("EX-907", what=present.file, found=present.database.url or "sqlite")


def _identity(folder: Path, wanted: Wanted, at: datetime) -> Identity:
    """The hub's, certified by the built-in authority; neither is made once there are trust anchors."""
    keys, anchors = folder / KEYS, folder / TRUST / "anchors.pem"
    if anchors.exists():
        return load_identity(keys)
    authority = Authority.make(folder / AUTHORITY, wanted.name, at=at)
    make_folder(keys)
    if not has_identity(keys):
        install(keys, [authority.issue(make_signing_key(keys).public_key(), HUB, at=at)])
    make_folder(anchors.parent)
    write_whole(anchors, to_pem([authority.certificate]))
    return load_identity(keys)


def _write_broker_trust(trust: Path, wanted: Wanted) -> None:
    replace(trust / "broker.pem", wanted.broker_ca)
    if wanted.broker_admin_ca:
        replace(trust / "broker-admin.pem", wanted.broker_admin_ca)


def _values(folder: Path, wanted: Wanted) -> dict[str, dict[str, Any]]:
    admin: dict[str, Any] = {}
    if wanted.broker_node is not None:
        admin["node"] = str(wanted.broker_node.absolute())
    if wanted.broker_admin:
        admin |= _url(folder, wanted.broker_admin, "broker-admin.password")
    if wanted.broker_admin_ca:
        admin["ca"] = f"{TRUST}/broker-admin.pem"
    return {
        "hub": {"suite": wanted.suite, "lang": wanted.lang},
        "broker": {"urls": wanted.broker_urls, "ca": f"{TRUST}/broker.pem"},
        "database": _url(folder, wanted.database, "database.password") if wanted.database else {},
        "broker_admin": admin,
    }


def _url(folder: Path, url: str, password_file: str) -> dict[str, Any]:
    """*url* as it may stand in the settings, and its password in a file of its own."""
    password = urllib.parse.urlsplit(url).password if "://" in url else None
    if password is None:
        return {"url": url}
    replace(folder / password_file, urllib.parse.unquote(password).encode() + b"\n", mode=OWNER_ONLY)
    return {"url": _without_password(url), "password_file": password_file}


def _without_password(url: str) -> str:
    if "://" not in url:
        return url
    parts = urllib.parse.urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user.partition(':')[0]}{at}{host}").geturl()
