# SPDX-License-Identifier: Apache-2.0
"""
Optional content (ISO 32000-1, 8.11): which of a PDF's layers are shown when it is opened.

What is hidden then is left out. Knows no drawing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.conversion.ofd_writing.objects import array, dictionary, identity, name, plain


class Layers:
    """The layers of a document, by object number; hidden: those that are not shown."""

    def __init__(self, catalog: Mapping[str, Any]) -> None:
        properties = dictionary(catalog.get("OCProperties"))
        usual = dictionary(properties.get("D"))
        every = {identity(each) for each in array(properties.get("OCGs"))}
        off = {identity(each) for each in array(usual.get("OFF"))}
        on = {identity(each) for each in array(usual.get("ON"))}
        self.hidden = (every - on) if name(usual.get("BaseState")) == "OFF" else off

    def hides(self, value: object) -> bool:
        """Whether content that belongs to *value*, a group or a rule about groups, is hidden."""
        if not self.hidden or plain(value) is None:
            return False
        attributes = dictionary(value)
        if name(attributes.get("Type")) != "OCMD":
            return identity(value) in self.hidden
        stated = attributes.get("OCGs")
        groups = array(stated) or ([stated] if stated is not None else [])
        hidden = [identity(each) in self.hidden for each in groups]
        if not hidden:
            return False
        policy = name(attributes.get("P")) or "AnyOn"
        rules = {
            "AnyOn": all(hidden),
            "AllOn": any(hidden),
            "AnyOff": not any(hidden),
            "AllOff": not all(hidden),
        }
        return rules.get(policy, False)
