# SPDX-License-Identifier: Apache-2.0
"""What is said about configuration: the meaning of every key, and what is wrong with a value."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    # ---- complaints
    "settings.unknown-key": ("there is no such key", "没有此配置项"),
    "settings.unknown-key.near": (
        "there is no such key; did you mean {near}?",
        "没有此配置项；是否应为 {near}？",
    ),
    "settings.missing": ("a value is missing", "缺少取值"),
    "settings.wrong-type": ("found {found}, wanted {wanted}", "取值为 {found}，应为{wanted}"),
    "settings.wrong-choice": ("found {found}, wanted one of {wanted}", "取值为 {found}，应为 {wanted} 之一"),
    "settings.fault": ("{text}", "{text}"),
    "settings.empty": ("at least one is needed", "至少需要一项"),
    "settings.wrong-url": ("found {found}, wanted one like {wanted}", "取值为 {found}，应形如 {wanted}"),
    "settings.secret": (
        "a password does not belong here: put it into a file of its own and name that with password_file",
        "此处不得填写口令：请写入单独的文件，并用 password_file 指明",
    ),
    "settings.either": ("give {one} or {other}, not both", "{one} 与 {other} 只能取其一"),
    "settings.wrong-name": (
        "an application name is lower-case letters, digits and hyphens, such as treasury; found {found}",
        "应用名称由小写字母、数字和连字符组成，例如 treasury；实为 {found}",
    ),
    "settings.too-small": ("found {found}, wanted {least} or more", "取值为 {found}，应不小于 {least}"),
    "settings.out-of-range": ("wanted {least} to {most}", "应在 {least} 至 {most} 之间"),
    "settings.kind.str": ("a text in quotation marks", "带引号的文本"),
    "settings.kind.int": ("a whole number", "整数"),
    "settings.kind.float": ("a number", "数值"),
    "settings.kind.bool": ("true or false", "true 或 false"),
    "settings.kind.list": ("a list in square brackets", "方括号列表"),
    "settings.kind.dict": ("a section", "配置节"),
}
