# SPDX-License-Identifier: Apache-2.0
"""What is said about the conversion of a PDF into OFD: why it is refused, and what did not come through."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "conversion.pdf.no-packages": (
        "the Python packages {names} are not installed (./run setup office)",
        "未安装 Python 软件包 {names}（./run setup office）",
    ),
    "conversion.pdf.no-pdf": ("it is no PDF", "该文件不是 PDF"),
    "conversion.pdf.password": (
        "it is protected by a password; have it saved without one",
        "该 PDF 受密码保护，请另存为无密码的文件",
    ),
    "conversion.pdf.damaged": ("the PDF is damaged: {error}", "PDF 已损坏：{error}"),
    "conversion.pdf.no-page": ("the PDF has no page", "PDF 中没有页面"),
    "conversion.pdf.pages": (
        "the PDF has {pages} pages; at most {limit} are converted",
        "PDF 共 {pages} 页，最多转换 {limit} 页",
    ),
    "conversion.pdf.pages-lost": (
        "the PDF has {stated} pages, and not all of them can be read",
        "PDF 共 {stated} 页，其中有页面无法读取",
    ),
    "conversion.pdf.bomb": (
        "a stream in the PDF unpacks to more than {limit} MiB",
        "PDF 中有数据流解压后超过 {limit} MiB",
    ),
    "conversion.pdf.forms": (
        "a page of the PDF draws forms within forms in more than {limit} steps",
        "PDF 中有页面的嵌套表单对象绘制超过 {limit} 步",
    ),
    "conversion.pdf.beyond": (
        "the PDF needs more memory, or is nested deeper, than a conversion is given",
        "PDF 所需内存或嵌套层数超出转换所允许的上限",
    ),
    "conversion.feature.blend": ("blend mode {mode}", "混合模式 {mode}"),
    "conversion.feature.soft-mask": ("soft mask", "软蒙版"),
    "conversion.feature.shading": ("shading of type {kind}", "第 {kind} 类渐变"),
    "conversion.feature.tiles": ("pattern of many tiles", "大量重复的图案"),
    "conversion.feature.line-pattern": ("line in a pattern", "图案线条"),
    "conversion.feature.text-pattern": ("text in a pattern", "图案文字"),
    "conversion.feature.stencil-pattern": ("stencil in a pattern", "图案填充的蒙版图片"),
    "conversion.feature.text-clip": ("text as a clip", "以文字为裁剪区"),
    "conversion.feature.crowded": ("more than {limit} objects", "对象超过 {limit} 个"),
    "conversion.feature.picture": ("picture coded as {coding}", "{coding} 编码的图片"),
    "conversion.loss.page-picture": (
        "page {pages}: a picture with its text unseen on it ({feature})",
        "第 {pages} 页：转为图片，文字以不可见方式保留（{feature}）",
    ),
    "conversion.loss.region-picture": (
        "page {pages}: a part of it is a picture with its text unseen on it ({feature})",
        "第 {pages} 页：部分区域转为图片，文字以不可见方式保留（{feature}）",
    ),
    "conversion.loss.fonts": (
        "fonts that the PDF does not hold, shown in another: {fonts}",
        "PDF 未嵌入的字体，将以其他字体显示：{fonts}",
    ),
    "conversion.loss.font-damaged": (
        "fonts whose file is damaged, shown in another: {fonts}",
        "文件已损坏的字体，将以其他字体显示：{fonts}",
    ),
    "conversion.loss.unnamed": (
        "{count} glyphs that stand for no character: shown, but not to be searched or copied",
        "{count} 个字形没有对应字符：可以显示，但不能检索或复制",
    ),
    "conversion.loss.colours": (
        "colours of four inks or of a profile, as near ones in RGB",
        "四色或带配置文件的颜色，以近似的 RGB 显示",
    ),
    "conversion.loss.transparency": (
        "groups that are transparent as a whole, each object by itself",
        "整体透明的对象组，改为逐个对象透明",
    ),
    "conversion.loss.signatures": (
        "{count} electronic signatures of the PDF: drawn as they appear; they do not sign the OFD document",
        "{count} 个 PDF 电子签名：按外观绘制，对 OFD 文件不具有签名效力",
    ),
    "conversion.loss.played": (
        "{count} sounds, films or models: left out",
        "{count} 个音频、视频或三维模型：未保留",
    ),
    "conversion.loss.links": (
        "{count} links: their text is there, the link is not",
        "{count} 个链接：文字保留，链接不保留",
    ),
    "conversion.loss.fields": (
        "{count} form fields: drawn as they were filled in, not to be filled in",
        "{count} 个表单域：按已填内容绘制，不可再填写",
    ),
}
