# SPDX-License-Identifier: Apache-2.0
"""
OFD (GB/T 33190), read and painted.

    package, resources       the files of a package and what they define
    objects, pages           what stands on a page, as values in millimetres
    signatures               signatures laid open, and where their seals stand
    painting                 the PDF painter; another painter would need the values alone
    conversion               OFD to PDF
    edge                     the converter as the bus knows it
"""
