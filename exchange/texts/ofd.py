# SPDX-License-Identifier: Apache-2.0
"""What is said about reading OFD packages and painting their pages."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "conversion.ofd.no-root": ("the package has no OFD.xml", "包内没有 OFD.xml"),
    "conversion.ofd.no-document": ("OFD.xml names no document", "OFD.xml 未列出任何文档"),
    "conversion.ofd.encrypted": ("the package is encrypted", "文件包已加密"),
    "conversion.ofd.no-attachment": (
        "the attachment {name} is listed but not there",
        "附件 {name} 已列出但不存在",
    ),
    "conversion.ofd.no-resources": ("the resource file {name} is not there", "缺少资源文件 {name}"),
    "conversion.ofd.no-font-file": (
        "the file {file} of the font {name} is not there",
        "缺少字体 {name} 的文件 {file}",
    ),
    "conversion.ofd.no-picture": ("the picture {name} is not there", "缺少图像 {name}"),
    "conversion.ofd.no-unit": ("the composite unit {name} is not there", "缺少复合对象 {name}"),
    "conversion.ofd.no-template": ("the template {name} is not there", "缺少模板页 {name}"),
    "conversion.ofd.no-page": (
        "the page {name} is not there and was left empty",
        "缺少页面 {name}，已留空白页",
    ),
    "conversion.ofd.no-signed-value": ("the signature {name} has no signed value", "签名 {name} 没有签名值"),
    "conversion.ofd.no-seal-picture": (
        "the seal of the signature {name} has no picture that could be drawn",
        "签名 {name} 的印章没有可绘制的图像",
    ),
    "conversion.ofd.unknown-object": (
        "an object of the kind {name} was not drawn",
        "未绘制类型为 {name} 的对象",
    ),
    "conversion.ofd.unknown-shown": (
        "an object of the kind {name} is a picture, with its text unseen on it",
        "类型为 {name} 的对象以图像显示，其文字隐于图像之上",
    ),
    "conversion.ofd.unknown-text": (
        "an object of the kind {name} was not drawn; its text is there, unseen",
        "未绘制类型为 {name} 的对象；其文字保留但不可见",
    ),
    "conversion.ofd.on-pages": ("page {pages}: {loss}", "第 {pages} 页：{loss}"),
    "conversion.ofd.bad-path": (
        "a path is not understood to its end and was drawn as far as it is",
        "有路径数据无法完全识别，已绘制可识别的部分",
    ),
    "conversion.ofd.ring": (
        "{name} contains itself, or is nested too deep, and was drawn once",
        "{name} 循环引用自身或嵌套过深，只绘制一次",
    ),
    "conversion.ofd.times": ("{loss} (×{count})", "{loss}（共 {count} 处）"),
    "conversion.ofd.attached": ("attached: {name}", "附件：{name}"),
    "conversion.ofd.stamped": ("seals shown: {count}", "已显示 {count} 处印章"),
    "conversion.ofd.no-packages": (
        "the Python packages {names} are not installed (./run setup office)",
        "未安装 Python 软件包 {names}（./run setup office）",
    ),
    "conversion.ofd.more": ("{count} further losses", "另有 {count} 处损失"),
    "conversion.ofd.no-pages": ("the package has no page", "包内没有页面"),
    "conversion.ofd.no-fonts": (
        "the system has no font that could be shown: install fonts-noto-cjk",
        "系统没有可用字体：请安装 fonts-noto-cjk",
    ),
    "conversion.ofd.no-glyph": ("no font has a shape for {code}", "没有字体能显示字符 {code}"),
    "conversion.ofd.bad-font": (
        "the embedded font {name} cannot be used: {reason}",
        "内嵌字体 {name} 无法使用：{reason}",
    ),
    "conversion.ofd.bad-picture": (
        "the picture {name} cannot be read: {reason}",
        "图像 {name} 无法读取：{reason}",
    ),
    "conversion.ofd.large-picture": (
        "the picture {name} has {pixels} pixels; at most {limit} are unpacked",
        "图像 {name} 有 {pixels} 个像素，最多处理 {limit} 个",
    ),
    "conversion.ofd.bad-pattern": (
        "a pattern without a sensible size was not painted",
        "有底纹的尺寸无效，未绘制",
    ),
    "conversion.ofd.too-many-documents": (
        "the package has {found} documents; only {limit} were converted",
        "文件包含 {found} 个文档，只转换了 {limit} 个",
    ),
    "conversion.ofd.too-many-pages": (
        "a document has {found} pages; only {limit} were converted",
        "文档有 {found} 页，只转换了 {limit} 页",
    ),
    "conversion.ofd.too-many-characters": (
        "a text has more than {limit} characters; the rest is left out",
        "有文字对象超过 {limit} 个字符，其余未保留",
    ),
    "conversion.ofd.too-many-signatures": (
        "a document has {found} signatures; only {limit} were looked at",
        "文档有 {found} 个签名，只查看了 {limit} 个",
    ),
    "conversion.ofd.too-many-objects": (
        "a page has more than {limit} objects; what comes after is left out",
        "页面对象超过 {limit} 个，其余未绘制",
    ),
}
