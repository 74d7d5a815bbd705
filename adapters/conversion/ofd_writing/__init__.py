# SPDX-License-Identifier: Apache-2.0
"""
Writing OFD (GB/T 33190): a PDF becomes an OFD document of real text, paths and pictures.

`source` opens the PDF and `interpreter` reads its pages; `canvas`, `lines` and `shelf` make OFD's
objects and fonts of them; `package` writes the archive. `converter` tells the story.
"""

from adapters.conversion.ofd_writing.converter import PdfToOfd

__all__ = ["PdfToOfd"]
