# SPDX-License-Identifier: Apache-2.0
"""
PDF to Word: a document that reads like the PDF and can be edited, made from what stands where on its pages.

    blocks       what a page is made of, as values: paragraphs, tables, rules, pictures
    reading      the letters, strokes and pictures of a page, from pdfminer and PDFium
    tables       strokes that are the grid of a table, and what stands in its cells
    paragraphs   lines of letters joined into paragraphs
    writing      blocks as a Word file
    edge         the converter as the bus knows it

A PDF says where letters stand and not what they belong to. What comes out is a reconstruction, never the
document that the PDF was made from: the converter is lossy, and taken only where that is allowed.
"""
