# SPDX-License-Identifier: Apache-2.0
"""Example routing tables, as XML and as CSV."""
