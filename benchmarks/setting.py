# SPDX-License-Identifier: Apache-2.0
"""
What every scenario is given: how large, how often, and where the bus stands.

The broker and the city are started by the first scenario that asks for them and ended with the run. One
private node serves the bus and the raw yardstick in turn, each on a virtual host of its own.
"""

from __future__ import annotations

import contextlib
import tempfile
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from benchmarks.city import City
    from benchmarks.raw_link import Wire
    from exchange.edge.private_node import PrivateNode


@dataclass
class Setting:
    """*stack* ends what was started, in the opposite order, at the end of the run."""

    quick: bool
    repeats: int
    stack: contextlib.ExitStack

    def size(self, full: int, quick: int) -> int:
        return quick if self.quick else full

    @cached_property
    def folder(self) -> Path:
        """A folder of this run's own, gone at its end."""
        return Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="govbus-bench-")))

    @cached_property
    def node(self) -> PrivateNode:
        """The private broker node, running."""
        from exchange.edge.private_node import PrivateNode

        node = PrivateNode(self.folder / "broker")
        self.stack.callback(node.stop)
        node.start()
        return node

    @property
    def broker(self) -> dict[int, str]:
        """The broker's process, to be watched beside our own."""
        return {self.node.status().pid: "broker"}

    @cached_property
    def raw(self) -> Wire:
        """The way into the raw run's own virtual host."""
        from benchmarks import raw_yard

        return raw_yard.prepare(self.node, self.folder)

    @cached_property
    def city(self) -> City:
        """A hub and two daemons, enrolled; each measurement starts and ends their processes."""
        from benchmarks.city import City

        return City(self.node, self.folder)
