# SPDX-License-Identifier: Apache-2.0
"""
The media types of documents, one constant each, in the one spelling that `format_name` gives.

What a file is, is said by its content and never by its name; these are the words in which it is said.
A parameter narrows a format: `DOC;maker=wps` is a Word document that WPS Office wrote, and is taken
wherever `DOC` is. This module knows no file and no converter.
"""

from __future__ import annotations

from typing import Final

# ---- word processing

DOC: Final = "application/msword"  # Word 97 to 2003, binary
DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
DOCM: Final = "application/vnd.ms-word.document.macroenabled.12"  # the same with macros
ODT: Final = "application/vnd.oasis.opendocument.text"
RTF: Final = "application/rtf"
WPS: Final = "application/wps-office.wps"  # as a target: Word 97 binary under the name .wps
WORKS: Final = "application/vnd.ms-works"  # Microsoft Works, whose .wps is something else

# ---- fixed pages

PDF: Final = "application/pdf"
OFD: Final = "application/ofd"  # GB/T 33190
CEB: Final = "application/vnd.founder.ceb"
CEBX: Final = "application/vnd.founder.cebx"

# ---- tables and slides

XLS: Final = "application/vnd.ms-excel"
XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
XLSM: Final = "application/vnd.ms-excel.sheet.macroenabled.12"
PPT: Final = "application/vnd.ms-powerpoint"
PPTX: Final = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODS: Final = "application/vnd.oasis.opendocument.spreadsheet"
ODP: Final = "application/vnd.oasis.opendocument.presentation"

# ---- pictures

PNG: Final = "image/png"
JPEG: Final = "image/jpeg"
TIFF: Final = "image/tiff"

# ---- text and data

TEXT: Final = "text/plain"  # with its character set: `text/plain;charset=utf-8`
TEXT_UTF8: Final = "text/plain;charset=utf-8"
HTML: Final = "text/html"
XML: Final = "application/xml"
JSON: Final = "application/json"
CSV: Final = "text/csv"
ZIP: Final = "application/zip"  # some other archive
UNKNOWN: Final = "application/octet-stream"
