# SPDX-License-Identifier: Apache-2.0
"""
`govbus broker`: start, stop, status of a private RabbitMQ node.

Owns how these commands say what `exchange.edge.private_node` did. It starts and stops nothing itself.
"""

from __future__ import annotations

from pathlib import Path

import click

from cli.context import FOLDER, json_option, show, show_json, tell, words
from exchange.edge.private_node import NodeStatus, PrivateNode
from exchange.errors import EXIT_NO
from exchange.texts import say

FIELDS = ("url", "pid", "ca_file", "log_file")  # what a person wants to know of a running node

_directory = click.argument("directory", metavar="DIR", type=FOLDER)


@click.group(help=say("broker.help"))
def broker() -> None:
    """A private RabbitMQ node for trials and tests."""


@broker.command(help=say("broker.start.help"))
@_directory
def start(directory: Path) -> None:
    """Start the node; exit 69 with the reason where it does not come up."""
    node = PrivateNode(directory)
    found = node.status()
    if not found.running:
        tell("broker.starting", where=directory)
    started = node.start()
    show("broker.started" if started else "broker.started.already", url=node.url)
    if found.state == "absent":  # an old one has its hub already
        tell("broker.started.next", where=directory)


@broker.command(help=say("broker.stop.help"))
@_directory
def stop(directory: Path) -> None:
    """Stop the node and all that runs for it; it is no error when nothing ran."""
    stopped = PrivateNode(directory).stop()
    show("broker.stopped" if stopped else "broker.stopped.already", where=directory)


@broker.command(help=say("broker.status.help"))
@_directory
@json_option
def status(directory: Path, as_json: bool) -> None:
    """Show how the node is; exit 1 where it does not run."""
    found = PrivateNode(directory).status()
    if as_json:
        show_json(found.document())
    else:
        _show(found)
    if not found.running:
        click.get_current_context().exit(EXIT_NO)


def _show(found: NodeStatus) -> None:
    click.echo(f"{words('broker.state')}: {words(f'broker.state.{found.state}')}")
    for name in FIELDS if found.running else ():
        click.echo(f"{words(f'broker.field.{name}')}: {getattr(found, name)}")
