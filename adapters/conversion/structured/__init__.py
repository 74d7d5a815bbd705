# SPDX-License-Identifier: Apache-2.0
"""
Structured data: XML, JSON, CSV and XLSX into each other by the mapping of a message type; XSLT; code tables.

A mapping says where a record stands and which columns it has. Between the forms every value is text, as
it was written; what a form cannot carry is refused with its place, and what the mapping does not name
is reported as lost.

    edges                                  the converters, and which mapping is meant
    mapping, codes                         what a mapping says; code tables
    forms                                  any form into any other: `convert_records`
    xml_form, json_form, csv_form, xlsx_form, tables, text_files, records
    xslt                                   `transform`: stylesheets that reach nothing
"""

from adapters.conversion.structured.edges import RecordsToCsv, RecordsToJson, RecordsToXlsx, RecordsToXml

__all__ = ["RecordsToCsv", "RecordsToJson", "RecordsToXlsx", "RecordsToXml"]
