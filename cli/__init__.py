# SPDX-License-Identifier: Apache-2.0
"""The command line: one module per noun, a thin skin over exchange, with no business logic."""
