# SPDX-License-Identifier: Apache-2.0
"""What all commands share: their common options."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "cli.config.help": ("The settings file.", "配置文件。"),
    "cli.json.help": (
        "One JSON document on standard output, nothing else.",
        "标准输出仅为一个 JSON 文档。",
    ),
    "cli.yes.help": (
        "The fingerprint was compared with the other side; do not ask.",
        "已与对方核对指纹，不再询问。",
    ),
    "cli.fingerprint.help": (
        "The fingerprint as the other side read it out; it must be the one found here.",
        "对方报出的指纹；须与此处一致。",
    ),
}
