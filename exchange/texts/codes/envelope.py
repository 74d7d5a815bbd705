# SPDX-License-Identifier: Apache-2.0
"""Errors 1xx, of envelopes and schemas: what a document must be."""

from __future__ import annotations

from exchange.texts.codes import BAD, Rows

# fmt: off
ROWS: Rows = {
    "EX-101": (
        BAD, "EBMS:0004",
        "{what} is not well-formed XML: {reason}",
        "send UTF-8 XML 1.0 without DTD, comments, processing instructions or CDATA",
        "{what}不是格式良好的 XML：{reason}",
        "请发送不含 DTD、注释、处理指令和 CDATA 的 UTF-8 XML 1.0 文档",
    ),
    "EX-102": (
        BAD, "EBMS:0009",
        "{what} does not fit its schema, line {line}: {reason}",
        "compare the document with the schema; the adapter SDK writes valid ones",
        "{what}不符合模式定义，第 {line} 行：{reason}",
        "请对照模式检查文档；使用适配器 SDK 可生成合格文档",
    ),
    "EX-103": (
        BAD, "EBMS:0004",
        "{what} has {found}, the limit is {limit}",
        "make it smaller, or ask the hub's operator for a higher limit",
        "{what}为 {found}，上限为 {limit}",
        "请减小其规模，或请交换中心管理员提高上限",
    ),
    "EX-104": (
        BAD, "EBMS:0003",
        "{what} is {found}, wanted {wanted}",
        "correct the value and send again under a new message id",
        "{what}为 {found}，应为 {wanted}",
        "请更正后以新的报文标识重新发送",
    ),
    "EX-105": (
        BAD, "EBMS:0003",
        "extension {name} must be understood and is not",
        "the other side speaks a newer version: upgrade this one, or ask for a message without it",
        "必须理解的扩展 {name} 无法识别",
        "对方使用了更新的版本：请升级本端，或请对方不使用该扩展",
    ),
    "EX-106": (
        BAD, "EBMS:0003",
        "the transport says {found}, the envelope says {wanted}, about {what}",
        "let the adapter daemon publish; do not set transport properties by hand",
        "传输属性中的{what}为 {found}，信封中为 {wanted}",
        "请由适配器守护进程发布，不要手工设置传输属性",
    ),
    "EX-110": (
        BAD, "EBMS:0003",
        "{what} is spelled {found!r}, wanted one like {wanted}",
        "correct the spelling",
        "{what}写作 {found!r}，应形如 {wanted}",
        "请更正写法",
    ),
    "EX-111": (
        BAD, "EBMS:0003",
        "credit code {found} is not valid, wanted {wanted}",
        "look the unified social credit code up again (GB 32100-2015)",
        "统一社会信用代码 {found} 无效，应为 {wanted}",
        "请重新核对统一社会信用代码（GB 32100-2015）",
    ),
    "EX-112": (
        BAD, "EBMS:0003",
        "digest {found} is not a known algorithm with a value of its length",
        "write algorithm:hexadecimal, such as sha256:9f86…",
        "摘要 {found} 的算法未知或长度不符",
        "请写作“算法:十六进制”，例如 sha256:9f86…",
    ),
}
# fmt: on
