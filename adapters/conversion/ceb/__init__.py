# SPDX-License-Identifier: Apache-2.0
"""
CEB documents become PDF: a CEB is a PDF under two layers of wrapping, so nothing of it is lost.

The layers are taken off here as far as the document holds its own keys or the configuration does; for
the rest, and for CEBX, there is an external command, and without one a refusal that says which it was.
"""

from adapters.conversion.ceb.converters import CebToPdf, PdfToCeb
from adapters.conversion.ceb.decoding import Decoded, decode
from adapters.conversion.ceb.settings import CebSettings, WrappingKey

__all__ = ["CebSettings", "CebToPdf", "Decoded", "PdfToCeb", "WrappingKey", "decode"]
