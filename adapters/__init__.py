# SPDX-License-Identifier: Apache-2.0
"""The adapters that join applications to the bus. They import exchange alone."""
