# SPDX-License-Identifier: Apache-2.0
"""What is said about the conversion of a document from one format into another."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "conversion.not-in-encoding": (
        "the bytes {bytes} at offset {offset} are no {encoding}",
        "偏移 {offset} 处的字节 {bytes} 不是有效的 {encoding} 编码",
    ),
    "conversion.unsaid": ("for a reason that is not known here", "原因不明"),
    "conversion.no-output": ("it ended without a result", "转换结束但没有产生结果"),
    "conversion.died": ("its process was ended by {signal}", "转换进程被 {signal} 终止"),
    "conversion.bug": ("the converter failed: {error}", "转换器出错：{error}"),
    "conversion.memory": (
        "it needs more memory than a conversion is given",
        "所需内存超出转换所允许的上限",
    ),
    "conversion.report": ("{name}: {found} -> {wanted}", "{name}：{found} -> {wanted}"),
    "conversion.report.text": (
        "{name}: {found} -> {wanted}, {characters} characters",
        "{name}：{found} -> {wanted}，共 {characters} 个字符",
    ),
    "conversion.report.losses": ("lost: {losses}", "未能保留：{losses}"),
    "conversion.not-installed": (
        "the converter {name} cannot be loaded: {error}",
        "无法加载转换器 {name}：{error}",
    ),
    "conversion.renamed": (
        "{name}: it is {found}, and is handed over as {made}",
        "{name}：实为 {found}，以 {made} 为名交付",
    ),
    "conversion.closed": ("the daemon is ending", "守护程序正在结束"),
    "conversion.xml.large": (
        "{what} has {found} bytes of XML; at most {limit} are read",
        "{what} 的 XML 有 {found} 字节，最多读取 {limit} 字节",
    ),
    "conversion.xml.crowded": ("{what} has more than {limit} elements", "{what} 的元素超过 {limit} 个"),
    "conversion.xml.deep": (
        "{what} is nested deeper than {limit} elements",
        "{what} 的元素嵌套超过 {limit} 层",
    ),
    "conversion.xml.encoding": (
        "{what} is in the encoding {found}; UTF-8, UTF-16 and GB18030 are read",
        "{what} 的编码为 {found}，只支持 UTF-8、UTF-16 与 GB18030",
    ),
    "conversion.xml.doctype": (
        "{what} has a document type declaration, which is never followed",
        "{what} 含有文档类型声明（DTD），不予处理",
    ),
    "conversion.xml.malformed": (
        "{what} is not well-formed XML: {reason}",
        "{what} 不是格式良好的 XML：{reason}",
    ),
    "conversion.container.damaged": ("the ZIP container is damaged: {reason}", "ZIP 容器已损坏：{reason}"),
    "conversion.container.encrypted": ("the ZIP container is encrypted", "ZIP 容器已加密"),
    "conversion.container.entries": (
        "the container has {found} entries; at most {limit} are read",
        "容器内有 {found} 个条目，最多读取 {limit} 个",
    ),
    "conversion.container.large": (
        "the container would unpack to {found} bytes; at most {limit} are",
        "容器解压后有 {found} 字节，上限为 {limit}",
    ),
    "conversion.container.bomb": (
        "the container would unpack to {found} times its size; at most {limit} times is believed",
        "容器解压后为原大小的 {found} 倍，上限为 {limit} 倍",
    ),
    "conversion.container.entry-large": (
        "{what} has {found} bytes; at most {limit} are read",
        "{what} 有 {found} 字节，最多读取 {limit} 字节",
    ),
    "conversion.container.entry-longer": (
        "{what} unpacks to more than the {limit} bytes that the container states",
        "{what} 解压后超过容器所声明的 {limit} 字节",
    ),
    "conversion.container.entry-damaged": ("{what} is damaged: {reason}", "{what} 已损坏：{reason}"),
    "conversion.container.missing": ("{what} is not in the container", "容器中没有 {what}"),
}
