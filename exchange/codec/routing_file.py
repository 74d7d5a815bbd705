# SPDX-License-Identifier: Apache-2.0
"""
Routing tables as files: XML for programs and version control, CSV for people with spreadsheets.

Tells the two apart. Each is read and written rule by rule in a module of its own; every complaint
names the line and the rule.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from exchange.codec.routing_csv import read_csv
from exchange.codec.routing_xml import read_xml
from exchange.model.rule import Rule


def read_table(source: BinaryIO) -> Iterator[Rule]:
    """
    The rules in *source*, seekable, XML or CSV by its first character.

    Raises:
        RoutingInvalid: EX-303, with line and rule. What was read before it may be used by nobody.
    """
    start = source.read(512).removeprefix(codecs.BOM_UTF8).lstrip()
    source.seek(0)
    return read_xml(source) if start.startswith(b"<") else read_csv(source)
