# SPDX-License-Identifier: Apache-2.0
"""The bus: departments exchange documents and data through one hub that routes, records and proves."""
