# SPDX-License-Identifier: Apache-2.0
"""
Structured data: XML, JSON, CSV and XLSX into each other by the mapping of a message type; XSLT; code tables.

A mapping says where a record stands and which columns it has. Between the forms every value is text, as
it was written; what a form cannot carry is refused with its place, and what the mapping does not name
is reported as lost.
"""

from adapters.conversion.structured.codes import CodeTable, code_table, code_tables
from adapters.conversion.structured.forms import convert_records
from adapters.conversion.structured.mapping import Column, Mapping, read_mapping
from adapters.conversion.structured.xslt import transform

__all__ = [
    "CodeTable", "Column", "Mapping", "code_table", "code_tables", "convert_records", "read_mapping",
    "transform",
]  # fmt: skip
