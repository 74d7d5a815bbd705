# SPDX-License-Identifier: Apache-2.0
"""
A hub's settings as live objects: database, broker, administration, registry, enrolment office.

Owns nothing but the putting together; every command of the hub's side opens what it needs here.
"""

from __future__ import annotations

from datetime import UTC, datetime

from exchange.edge.anchors import Anchors, certificates_in, read_file
from exchange.edge.authority import Authority
from exchange.edge.broker_admin import BrokerAdmin, administration
from exchange.edge.keystore import has_identity, load_identity
from exchange.edge.ledger import Ledger
from exchange.edge.rabbit import RabbitBroker
from exchange.edge.registry import Registry
from exchange.edge.routing_store import RoutingStore
from exchange.edge.settings import Broker, HubSettings
from exchange.edge.tables import Engine, open_engine
from exchange.errors import ConfigInvalid
from exchange.role.enrollment import BrokerAddresses, Enrollment
from exchange.texts import Phrase


def clock() -> datetime:
    """The time, aware."""
    return datetime.now(UTC)


def rabbit(broker: Broker, name: str) -> RabbitBroker:
    """The broker that *broker* describes; *name* shows beside each connection."""
    return RabbitBroker(
        broker.urls, ca_file=broker.ca, certificate_file=broker.certificate, key_file=broker.key, name=name
    )


def broker_admin(settings: HubSettings) -> BrokerAdmin:
    """
    The administration of the hub's broker.

    Raises:
        ConfigInvalid: EX-903, the settings name none.
    """
    admin = administration(settings)
    if admin is not None:
        return admin
    reason = Phrase("settings.no-broker-admin")
    raise ConfigInvalid("EX-903", file=str(settings.file), line=1, key="broker_admin", reason=reason)


def registry(settings: HubSettings, engine: Engine) -> Registry:
    """The hub's record of participants; changes are entered in its ledger."""
    ledger = Ledger(engine)
    return Registry(engine, clock, ledger=ledger, routes=RoutingStore(engine, clock, ledger=ledger))


def authority(settings: HubSettings) -> Authority | None:
    """The built-in authority; None where certificates come from elsewhere."""
    return Authority.load(settings.hub.authority) if has_identity(settings.hub.authority) else None


def office(settings: HubSettings) -> Enrollment:
    """The hub's enrolment office."""
    return Enrollment(
        registry(settings, open_engine(settings.database_url)),
        identity=load_identity(settings.hub.keys),
        authority=authority(settings),
        anchors=Anchors.load(settings.trust.anchors, settings.trust.crl),
        broker=rabbit(settings.broker, "hub enrols"),
        admin=broker_admin(settings),
        addresses=BrokerAddresses(
            settings.broker.urls, certificates_in(read_file(settings.broker.ca), str(settings.broker.ca))
        ),
        clock=clock,
    )
