# SPDX-License-Identifier: Apache-2.0
"""What is said about a file whose content was looked at: why it cannot be opened, what it is besides."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "detection.no-olefile": (
        "this machine cannot look into Word 97 files: olefile is not installed (./run setup office)",
        "本机无法识别 Word 97 文件：未安装 olefile（./run setup office）",
    ),
    "detection.empty": ("the file is empty", "文件为空"),
    "detection.truncated": ("the file is damaged: its end is missing", "文件已损坏：结尾缺失"),
    "detection.damaged": ("the file is damaged: {reason}", "文件已损坏：{reason}"),
    "detection.encrypted": ("the document is protected by a password", "文档受密码保护"),
    "detection.macros": ("it has macros, which are never run", "含有宏，绝不运行"),
    "detection.wps": (
        "made by WPS Office; what is inside is {inside}",
        "由 WPS Office 生成，内部为 {inside}",
    ),
}
