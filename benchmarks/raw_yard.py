# SPDX-License-Identifier: Apache-2.0
"""
Where the raw run takes place: a virtual host of its own on the bench's private node.

The queues are of the same kinds, arguments and limits as the bus's, and clients come in the same way: by
mutual TLS, their name from their certificate. One user serves all roles, since raw pika keeps nobody apart.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pika
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from benchmarks.raw_link import Wire
from benchmarks.raw_pika import IN_RECEIVER, IN_SENDER, RECEIVER, SENDER
from exchange.edge.private_node import PrivateNode
from exchange.model import topology
from exchange.model.priority import Priority

VHOST = "raw"
USER = "raw-pika"


def prepare(node: PrivateNode, folder: Path) -> Wire:
    """Let the raw run's user in on *node*; files go to *folder*."""
    authority, certificate, key = _certificates()
    (folder / "raw.pem").write_bytes(certificate)
    (folder / "raw-key.pem").write_bytes(key)
    node.trust(authority)
    node.control("add_vhost", VHOST)
    node.control("add_user", USER, "never used: the node admits by certificate alone")
    node.control("set_permissions", "-p", VHOST, USER, ".*", ".*", ".*")
    ports = node.status().ports
    assert ports is not None
    return Wire(
        "127.0.0.1", ports.amqps, VHOST, USER,
        str(node.ca_file), str(folder / "raw.pem"), str(folder / "raw-key.pem"),
    )  # fmt: skip


def declare(wire: Wire) -> None:
    """Declare everything anew; what an earlier run left in the queues is gone."""
    connection = pika.BlockingConnection(wire.parameters())
    try:
        channel = connection.channel()
        for exchange in (topology.OUT, topology.DEAD, IN_SENDER, IN_RECEIVER):
            channel.exchange_declare(exchange, "direct", durable=True)
        queues = [*topology.hub_queues()]
        queues += [queue for name in (SENDER, RECEIVER) for queue in topology.participant_queues(name)]
        for queue in queues:
            _declare(channel, queue)
        for priority in Priority:
            for exchange in (IN_SENDER, IN_RECEIVER):
                channel.queue_bind(topology.hub_queue(priority), exchange, priority.value)
    finally:
        connection.close()


def _declare(channel: Any, queue: topology.Queue) -> None:
    channel.queue_delete(queue.name)
    channel.queue_declare(queue.name, durable=True, arguments=queue.arguments)
    for exchange, key in queue.bindings:
        channel.queue_bind(queue.name, exchange, key)


def _certificates() -> tuple[bytes, bytes, bytes]:
    """An authority, a client certificate that it issued, and the client's key; PEM."""
    authority_key, client_key = (
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )
    authority = _certificate("raw benchmark", authority_key, "raw benchmark", authority_key)
    client = _certificate(USER, client_key, "raw benchmark", authority_key)
    key = client_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return authority, client, key


def _certificate(
    subject: str, key: ec.EllipticCurvePrivateKey, issuer: str, issuer_key: ec.EllipticCurvePrivateKey
) -> bytes:
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=subject == issuer, path_length=None), critical=True)
    )
    return builder.sign(issuer_key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
