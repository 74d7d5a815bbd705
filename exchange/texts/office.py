# SPDX-License-Identifier: Apache-2.0
"""What is said about converting office documents through LibreOffice."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "office.lacking": (
        "{what} is not installed: `./run setup office`, or the package {package}",
        "未安装 {what}：请执行 `./run setup office`，或安装软件包 {package}",
    ),
    "office.died": ("the office ended while it was at it: {reason}", "办公软件在处理时退出：{reason}"),
    "office.refused": ("the office cannot open or write it: {reason}", "办公软件无法打开或写出：{reason}"),
    "office.not-a-document": ("its content is no office document", "内容不是办公文档"),
    "office.nested": (
        "{found} tables lie in each other; at most {limit} are opened",
        "表格嵌套 {found} 层，最多处理 {limit} 层",
    ),
    "office.wrong-result": ("what the office wrote is {made}", "办公软件写出的是 {made}"),
    "office.lost": ("{count} characters", "{count} 个字符"),
    "office.signature": (
        "its digital signature, which holds for the original alone",
        "数字签名（仅对原件有效）",
    ),
    "office.wps-is-word": (
        "WPS here is Word 97 binary under the name .wps",
        "此处的 WPS 即以 .wps 为名的 Word 97 二进制格式",
    ),
}
