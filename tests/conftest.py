# SPDX-License-Identifier: Apache-2.0
"""What every test may ask for: the real broker, started once, and clients that it lets in."""

from __future__ import annotations

import gc
import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

from exchange.edge.broker_admin import PrivateNodeAdmin
from exchange.edge.private_node import PrivateNode
from tests.certificates import ClientAuthority

# No test judges how long something takes: a busy machine is no defect.
hypothesis.settings.register_profile("govbus", deadline=None)
hypothesis.settings.load_profile("govbus")

_numbers = itertools.count(1)
_open_most = 256  # descriptors after a test; more are looked after


def pytest_runtest_logfinish() -> None:
    """The databases of cities that are over are closed with the garbage: before descriptors run out."""
    global _open_most
    if len(os.listdir("/proc/self/fd")) > _open_most:
        gc.collect()
        _open_most = max(256, 2 * len(os.listdir("/proc/self/fd")))


def pytest_addoption(parser: pytest.Parser) -> None:
    """What a checkout does not hold is tested only where it is named."""
    parser.addoption(
        "--corpus", metavar="DIR", help="real documents, in a folder for each format: DIR/ofd/*.ofd"
    )


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Tests over real documents are not there, rather than skipped, where no document is."""
    over_a_corpus = collection_path.name.endswith("_corpus.py")
    return True if over_a_corpus and config.getoption("corpus") is None else None


@pytest.fixture(scope="session")
def corpus(request: pytest.FixtureRequest) -> Path:
    """The folder of real documents."""
    return Path(request.config.getoption("corpus"))


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
