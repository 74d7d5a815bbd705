# SPDX-License-Identifier: Apache-2.0
"""What is said of a Word document that was made from a PDF."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "reconstruction.lacks": (
        "PDF to Word needs {name} (./run setup office)",
        "PDF 转 Word 需要 {name}（./run setup office）",
    ),
    "reconstruction.layout": (
        "the layout, which was reconstructed from where the letters stand",
        "版式系根据文字位置重建，与原件不完全一致",
    ),
    "reconstruction.shapes": ("drawn shapes: {count}", "图形 {count} 个"),
    "reconstruction.unknown": (
        "letters of which the PDF does not say what they are: {count}",
        "PDF 未标明内容的字符 {count} 个",
    ),
}
