# SPDX-License-Identifier: Apache-2.0
"""The certification kit for adapters, and samples; shipped for integrators."""

from exchange.testing.deliveries import HOSTILE_NAMES, a_delivery
from exchange.testing.kit import adapter_tests

__all__ = ["HOSTILE_NAMES", "a_delivery", "adapter_tests"]
