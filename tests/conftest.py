# SPDX-License-Identifier: Apache-2.0
"""What every test may ask for: the real broker, started once, and clients that it lets in."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import hypothesis
import pytest

from exchange.edge.broker_admin import PrivateNodeAdmin
from exchange.edge.private_node import PrivateNode
from tests.certificates import ClientAuthority

# No test judges how long something takes: a busy machine is no defect.
hypothesis.settings.register_profile("govbus", deadline=None)
hypothesis.settings.load_profile("govbus")

_numbers = itertools.count(1)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A test that was skipped has shown nothing: the session has failed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrivateNode]:
    """The session's own RabbitMQ, running; it and all that runs for it are gone at the end."""
    node = PrivateNode(tmp_path_factory.mktemp("node"))
    node.start()
    try:
        yield node
    finally:
        node.stop()


@pytest.fixture(scope="session")
def authority(node: PrivateNode, tmp_path_factory: pytest.TempPathFactory) -> ClientAuthority:
    """An authority whose clients the node lets in."""
    authority = ClientAuthority(tmp_path_factory.mktemp("authority"))
    node.trust(authority.pem)
    return authority


@pytest.fixture
def vhost(node: PrivateNode) -> Iterator[str]:
    """The name of a new, empty vhost on the node, removed with all that is in it."""
    name = f"govbus-{next(_numbers)}"
    node.control("add_vhost", name)
    try:
        yield name
    finally:
        node.control("delete_vhost", name)


@pytest.fixture
def broker_admin(node: PrivateNode, vhost: str) -> PrivateNodeAdmin:
    """Administration of the new vhost."""
    return PrivateNodeAdmin(node, vhost)
