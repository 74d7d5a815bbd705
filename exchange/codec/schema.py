# SPDX-License-Identifier: Apache-2.0
"""
The wire's schemas, compiled once a thread, and what they say of a document.

lxml's validator is fast and its error log is not safe between threads, so each thread compiles
its own. The schema files are part of the program, like its code.
"""

from __future__ import annotations

import threading
from importlib.resources import as_file, files
from typing import Any

from lxml import etree

from exchange.errors import Reject

NAMES = ("envelope", "manifest", "segment", "receipt", "notice", "directory", "enrollment")


class _OfThread(threading.local):
    def __init__(self) -> None:
        self.compiled: dict[str, etree.XMLSchema] = {}


_mine = _OfThread()


def check(root: etree._Element, name: str, what: str) -> None:
    """
    Hold *root* against `schemas/exchange/<name>.xsd`.

    Raises:
        Reject: EX-102, with the line and the schema's own words.
    """
    schema = compiled(name)
    if not schema.validate(root):
        log: Any = schema.error_log
        first = log[0]
        reason = first.message.replace("{urn:govbus:exchange:1}", "")[:300]
        raise Reject("EX-102", what=what, line=first.line, reason=reason)


def compiled(name: str) -> etree.XMLSchema:
    """The schema *name*, compiled for this thread."""
    found = _mine.compiled.get(name)
    if found is None:
        with as_file(files("schemas").joinpath("exchange")) as folder:
            found = _mine.compiled[name] = etree.XMLSchema(etree.parse(folder / f"{name}.xsd"))
    return found
