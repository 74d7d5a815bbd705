# SPDX-License-Identifier: Apache-2.0
"""Errors 3xx, of routes and conversions."""

from __future__ import annotations

from exchange.texts.codes import BAD, NO, Rows

# fmt: off
ROWS: Rows = {
    "EX-301": (
        NO, "EBMS:0010",
        "receiver {found} is not known",
        "correct the address; the hub's operator can say who takes part",
        "接收方 {found} 不存在",
        "请更正地址；可向交换中心管理员查询参与方",
    ),
    "EX-302": (
        NO, "EBMS:0010",
        "no route for {type} from {sender} to {to}",
        "check the type and the receiver; if both are right, ask the hub's operator for a route",
        "没有从 {sender} 到 {to} 的 {type} 路由",
        "请核对报文类型与接收方；如无误，请向交换中心管理员申请开通路由",
    ),
    "EX-303": (
        BAD, "EBMS:0010",
        "routing table {what}: {reason}",
        "correct the table and import it again; nothing was changed",
        "路由表 {what}：{reason}",
        "请更正后重新导入；现有路由未作任何改动",
    ),
    "EX-304": (
        NO, "EBMS:0010",
        "routing table version {found} does not exist",
        "`govbus route versions` lists them",
        "路由表版本 {found} 不存在",
        "`govbus route versions` 可列出全部版本",
    ),
    "EX-310": (
        BAD, "EBMS:0004",
        "no conversion leads from {found} to {wanted}",
        "install a converter, or let the application accept {found}",
        "没有从 {found} 到 {wanted} 的转换途径",
        "请安装转换器，或让应用接受 {found}",
    ),
    "EX-311": (
        BAD, "EBMS:0004",
        "conversion from {found} to {wanted} failed: {reason}",
        "open the original, correct it, and send again",
        "从 {found} 到 {wanted} 的转换失败：{reason}",
        "请打开原件更正后重新发送",
    ),
    "EX-312": (
        BAD, "EBMS:0004",
        "conversion from {found} to {wanted} took longer than {limit} seconds and was stopped",
        "the file may be damaged: open it by hand, save it anew, and send again",
        "从 {found} 到 {wanted} 的转换超过 {limit} 秒，已中止",
        "文件可能已损坏：请手工打开并另存后重新发送",
    ),
    "EX-313": (
        BAD, "EBMS:0004",
        "only a conversion that loses something leads from {found} to {wanted}",
        "let the application accept {found}, or set allow_lossy = true for it",
        "从 {found} 到 {wanted} 只有会丢失内容的转换途径",
        "请让应用接受 {found}，或为该应用设置 allow_lossy = true",
    ),
    "EX-314": (
        BAD, "EBMS:0004",
        "the conversion of {name} lost {lost} of {whole} characters, more than the application bears",
        "send it in a format that the receiver reads, or ask there for a larger most_lost",
        "{name} 转换后丢失 {lost}/{whole} 个字符，超出应用允许的范围",
        "请改用接收方可读的格式发送，或请其调大 most_lost",
    ),
    "EX-315": (
        BAD, "EBMS:0004",
        "{name} looks different after its conversion: page {page} differs by {percent}, the application "
        "bears {most}",
        "send it in a format that the receiver reads, or ask there for a larger most_different",
        "{name} 转换后外观改变：第 {page} 页差异 {percent}，应用允许 {most}",
        "请改用接收方可读的格式发送，或请其调大 most_different",
    ),
}
# fmt: on
