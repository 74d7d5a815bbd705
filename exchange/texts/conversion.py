# SPDX-License-Identifier: Apache-2.0
"""What is said about the conversion of a document from one format into another."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "conversion.not-in-encoding": (
        "the bytes {bytes} at offset {offset} are no {encoding}",
        "偏移 {offset} 处的字节 {bytes} 不是有效的 {encoding} 编码",
    ),
    "conversion.no-output": ("it ended without a result", "转换结束但没有产生结果"),
    "conversion.died": ("its process was ended by {signal}", "转换进程被 {signal} 终止"),
    "conversion.bug": ("the converter failed: {error}", "转换器出错：{error}"),
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
}
