# SPDX-License-Identifier: Apache-2.0
"""
What the hub's operator is told to try, where it is not what a department is told.

A hint stands beside its error and is written for a department: receipts carry it there. An operator at the
hub has commands that a department has not, and nobody whom to call.
"""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "at-hub.EX-203": (
        "`govbus participant grant` gives it, if it is meant to be so",
        "如确有需要，可用 `govbus participant grant` 授权",
    ),
    "at-hub.EX-204": (
        "`govbus participant resume` lets it take part again, if it is meant to",
        "如应恢复，请用 `govbus participant resume` 恢复",
    ),
    "at-hub.EX-205": (
        "the department renews it with `govbus enroll renew`, ask it to; the hub's own is renewed with "
        "`govbus hub renew`",
        "请通知该部门用 `govbus enroll renew` 更新；交换中心自身的证书用 `govbus hub renew` 更新",
    ),
    "at-hub.EX-301": (
        "`govbus participant list` names all who take part; tell the sender the right address",
        "`govbus participant list` 可列出全部参与方；请将正确地址告知发送方",
    ),
    "at-hub.EX-302": (
        "`govbus route explain --type {type} --from {sender}`, with --to for each receiver, shows the "
        "nearest rules",
        "`govbus route explain --type {type} --from {sender}`（每个接收方加 --to）可显示最接近的规则",
    ),
    "at-hub.EX-407": (
        "call {receiver}: the log of its daemon says why; then the sender sends it again",
        "请联系 {receiver}：原因见其守护进程的日志；此后由发送方重新发送",
    ),
    "at-hub.EX-502": (
        "the reason is the receiving application's own, and told to the sender",
        "原因由接收应用给出，已告知发送方",
    ),
    "at-hub.EX-901": (
        "check the address and the node: `govbus broker status DIR` or the broker's own tools",
        "请检查地址与节点：`govbus broker status DIR` 或消息代理自带工具",
    ),
    "at-hub.EX-914": (
        "a person must look at the rights of this broker user: `govbus hub check` names those that are wrong",
        "请检查该代理用户的权限：`govbus hub check` 可列出权限有误的用户",
    ),
}
