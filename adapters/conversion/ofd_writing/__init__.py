# SPDX-License-Identifier: Apache-2.0
"""
Writing OFD (GB/T 33190): a PDF becomes an OFD document of real text, paths and pictures.

`source` opens the PDF and `interpreter` reads its pages; `canvas`, `lines` and `shelf` make OFD's
objects and fonts of them; `package` writes the archive. `conversion` tells the story, and `edge` is
what the bus knows of it.
"""

from adapters.conversion.ofd_writing.edge import PdfToOfd

__all__ = ["PdfToOfd"]
