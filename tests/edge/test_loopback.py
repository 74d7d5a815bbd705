# SPDX-License-Identifier: Apache-2.0
"""Ports of the loopback interface: free ones are free, differ, and stay out of the system's way."""

from __future__ import annotations

import socket

from exchange.edge.loopback import HOST, PORTS, SYSTEM_PORTS, free_ports, is_free, listens, shows


def test_free_ports_differ_and_are_free() -> None:
    ports = free_ports(20)
    assert len(set(ports)) == 20
    assert all(map(is_free, ports))
    assert not any(map(listens, ports))


def test_ports_stay_out_of_the_range_of_outgoing_connections() -> None:
    with open("/proc/sys/net/ipv4/ip_local_port_range") as file:
        first = int(file.read().split()[0])
    assert max(PORTS) < first
    assert not SYSTEM_PORTS & set(free_ports(50))
    assert 5672 not in PORTS


def test_a_port_in_use_is_not_free() -> None:
    with socket.create_server((HOST, 0)) as server:
        port = server.getsockname()[1]
        assert not is_free(port)
        assert listens(port)
    assert is_free(port)


def test_a_listener_without_tls_shows_no_certificate() -> None:
    assert not shows(free_ports(1)[0], b"certificate")
