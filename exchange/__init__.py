# SPDX-License-Identifier: Apache-2.0
"""
govbus, a message-oriented government data exchange bus: the names an integrator needs.

Everything else is reached through its own module: `exchange.model` for values, `exchange.role`
for the story.
"""

from exchange.adapter import (
    ATTACHMENT,
    BODY,
    SEAL,
    Adapter,
    BytesPart,
    Content,
    Delivery,
    Outcome,
    Outgoing,
    Part,
    Settled,
)
from exchange.converter import Converter, Report, Spent, fits, format_name
from exchange.detector import Detected, Detector
from exchange.errors import Halt, Reject, Retry
from exchange.model.conversion import Difference, Seals
from exchange.model.identity import Address, message_type
from exchange.model.priority import Priority

__version__ = "0.1.0"

__all__ = [
    "ATTACHMENT",
    "BODY",
    "SEAL",
    "Adapter",
    "Address",
    "BytesPart",
    "Content",
    "Converter",
    "Delivery",
    "Detected",
    "Detector",
    "Difference",
    "Halt",
    "Outcome",
    "Outgoing",
    "Part",
    "Priority",
    "Reject",
    "Report",
    "Retry",
    "Seals",
    "Settled",
    "Spent",
    "fits",
    "format_name",
    "message_type",
]
