# SPDX-License-Identifier: Apache-2.0
"""What is said about CEB documents and their conversion."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    # ---- the file
    "ceb.not-a-ceb": ("it is no CEB file", "不是 CEB 文件"),
    "ceb.truncated": ("the CEB file ends within its table of sections", "CEB 文件在段表处中断"),
    "ceb.no-sections": ("the CEB file has no section", "CEB 文件没有任何段"),
    "ceb.too-many-sections": (
        "the CEB file has {found} sections, and {limit} are allowed",
        "CEB 文件有 {found} 个段，上限为 {limit}",
    ),
    "ceb.too-large": (
        "the file has {found} bytes, and {limit} are allowed",
        "文件为 {found} 字节，上限为 {limit}",
    ),
    # ---- its keys
    "ceb.no-key": (
        "the CEB file does not hold its own key: it is bound to a licence, or of an unknown variant",
        "CEB 文件中没有密钥：文件绑定了授权，或属于未知的变体",
    ),
    "ceb.no-stream-key": (
        "the CEB file does not hold the key of its pages: it is bound to a licence, or of an unknown variant",
        "CEB 文件中没有页面内容的密钥：文件绑定了授权，或属于未知的变体",
    ),
    "ceb.key-wanted": (
        "the key of its pages is wrapped with the vendor's RSA key, which is not configured",
        "页面内容的密钥由厂商的 RSA 密钥封装，而本机未配置该密钥",
    ),
    "ceb.wrapping-key-wrong": (
        "the configured RSA key does not open the key of its pages",
        "所配置的 RSA 密钥不能解开页面内容的密钥",
    ),
    "ceb.key-does-not-fit": (
        "the keys in the CEB file do not fit its content: it is damaged, or of an unknown variant",
        "CEB 文件中的密钥与内容不符：文件已损坏，或属于未知的变体",
    ),
    "ceb.algorithm-unknown": (
        "the pages of the CEB file are enciphered by the unknown algorithm {algorithm}",
        "CEB 文件的页面内容使用了未知的加密算法 {algorithm}",
    ),
    # ---- the external command
    "ceb.and-no-command": (
        "{reason}; and no external converter is configured (conversion.ceb.command)",
        "{reason}；且未配置外部转换命令（conversion.ceb.command）",
    ),
    "ceb.cebx-wants-a-command": (
        "CEBX is converted by an external converter only",
        "CEBX 只能由外部转换命令转换",
    ),
    "ceb.target-wants-a-command": (
        "CEB is made by an external converter only, and none is configured (conversion.ceb.command_to_ceb)",
        "CEB 只能由外部转换命令生成，而本机未配置（conversion.ceb.command_to_ceb）",
    ),
    "ceb.command-missing": (
        "{key} names {command}, and no such program is on this machine",
        "{key} 指定的程序 {command} 在本机不存在",
    ),
    "ceb.command-late": (
        "the external converter {command} took longer than {limit} seconds",
        "外部转换命令 {command} 超过 {limit} 秒",
    ),
    "ceb.command-not-started": (
        "the external converter {command} cannot be started: {reason}",
        "外部转换命令 {command} 无法启动：{reason}",
    ),
    "ceb.command-failed": (
        "the external converter {command} made nothing: {reason}",
        "外部转换命令 {command} 没有产生结果：{reason}",
    ),
    # ---- the result
    "ceb.result-does-not-open": (
        "what came out does not open as a PDF: {reason}",
        "转换结果不能作为 PDF 打开：{reason}",
    ),
    "ceb.no-pages": ("it has no page", "没有页面"),
    "ceb.no-pypdfium2": (
        "pypdfium2 is not installed: ./run setup office installs it",
        "未安装 pypdfium2：运行 ./run setup office 可安装",
    ),
    "ceb.key-form": (
        "it must have modulus and exponent, both hexadecimal",
        "其中必须有十六进制的 modulus 和 exponent",
    ),
}
