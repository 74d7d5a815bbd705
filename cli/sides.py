# SPDX-License-Identifier: Apache-2.0
"""
A config file of either side, opened for reading: the hub's, or an adapter daemon's.

`govbus message` and `govbus receipt` take both; which one a file is, its sections say.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from cli.reasons import sentence
from cli.wiring import clock, registry
from exchange.edge.anchors import Anchors
from exchange.edge.daemon_messages import DaemonMessages
from exchange.edge.held_directory import HeldDirectory
from exchange.edge.hub_messages import HubMessages
from exchange.edge.hub_store import HubStore
from exchange.edge.queries import FoundReceipt, Messages
from exchange.edge.settings import AdapterSettings, HubSettings, load_adapter, load_hub
from exchange.edge.tables import Engine, open_engine
from exchange.edge.trust import Trust
from exchange.errors import Reject
from exchange.model import instant
from exchange.model.receipt import HUB
from exchange.role.proving import prove_receipt
from exchange.role.stores import Stores


@dataclass
class Side:
    """One side's records; me: `hub`, or the participant."""

    settings: HubSettings | AdapterSettings
    me: str
    engine: Engine
    messages: Messages

    @cached_property
    def trust(self) -> Trust:
        """Whose signatures are believed here."""
        settings = self.settings
        if isinstance(settings, HubSettings):
            anchors = Anchors.load(settings.trust.anchors, settings.trust.crl)
            return Trust(registry(settings, self.engine).directory(), anchors, clock)
        return HeldDirectory(settings.trust, settings.participant.keys, clock).trust

    def receipt_facts(self, receipt: FoundReceipt) -> Mapping[str, object]:
        """A receipt as `receipt list --json` has it."""
        return {
            "receipt_id": receipt.receipt_id,
            "kind": receipt.kind,
            "message_id": receipt.message_id,
            "by": receipt.by,
            "at": instant.spell(receipt.at),
            "code": receipt.code,
            "text": sentence(receipt),
            "verified": self.proves(receipt),
        }

    def proves(self, receipt: FoundReceipt) -> bool:
        """Whether its signed document says the same as the database, and is of whom it says."""
        return self.differs(receipt) is False

    def differs(self, receipt: FoundReceipt) -> bool | None:
        """Whether the database says otherwise than the signed document; None where that is not proven."""
        try:
            signed = prove_receipt(receipt.document, self.trust)
        except Reject:
            return None
        return _words(receipt) != (
            signed.receipt_id, signed.kind.value, signed.message_id, signed.sender.participant,
            str(signed.receiver or ""), signed.by, signed.at, signed.code,
        )  # fmt: skip


def _words(r: FoundReceipt) -> tuple[object, ...]:
    return r.receipt_id, r.kind, r.message_id, r.sender, r.receiver, r.by, r.at, r.code


def open_side(config: Path) -> Side:
    """
    The side whose settings *config* has.

    Raises:
        ConfigInvalid: EX-903, EX-904; StoreDown: EX-902.
    """
    if is_hubs(config):
        settings = load_hub(config)
        engine = open_engine(settings.database_url)
        HubStore(engine)  # a hub that never ran has no tables yet
        return Side(settings, HUB, engine, HubMessages(engine))
    return adapter_side(load_adapter(config))


def adapter_side(settings: AdapterSettings, stores: Stores | None = None) -> Side:
    """The side of an adapter daemon."""
    engine = (stores or Stores.open(settings)).engine
    me = settings.participant.id
    return Side(settings, me, engine, DaemonMessages(engine, me))


def is_hubs(config: Path) -> bool:
    """
    Whether *config* is the hub's.

    A file that cannot be read is left to the one who complains in full: the adapter's loader.
    """
    try:
        found = tomllib.loads(config.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return "participant" not in found and "hub" in found
