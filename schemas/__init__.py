# SPDX-License-Identifier: Apache-2.0
"""The XML Schemas of the wire, and of the business documents that travel on it."""
