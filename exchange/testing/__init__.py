# SPDX-License-Identifier: Apache-2.0
"""The certification kit for adapters, and samples; shipped for integrators."""
