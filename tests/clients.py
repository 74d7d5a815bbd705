# SPDX-License-Identifier: Apache-2.0
"""Plain pika clients of a private node, for tests that look at the broker itself."""

from __future__ import annotations

import pika

from exchange.edge.private_node import PrivateNode
from exchange.model.topology import VHOST
from tests.certificates import ClientFiles, client_context


def connect(
    node: PrivateNode,
    files: ClientFiles | None,
    *,
    vhost: str = VHOST,
    credentials: object | None = None,
) -> pika.BlockingConnection:
    """A connection with this certificate, or none, by EXTERNAL unless *credentials* say otherwise."""
    ports = node.status().ports
    assert ports is not None
    return pika.BlockingConnection(
        pika.ConnectionParameters(
            host="127.0.0.1",
            port=ports.amqps,
            virtual_host=vhost,
            ssl_options=pika.SSLOptions(client_context(node.ca_file, files), "127.0.0.1"),
            credentials=credentials or pika.credentials.ExternalCredentials(),
            connection_attempts=1,
            blocked_connection_timeout=30,
        )
    )
