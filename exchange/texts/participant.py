# SPDX-License-Identifier: Apache-2.0
"""What `govbus participant` says."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "participant.help": ("Who takes part.", "参与方。"),
    "participant.thing": ("participant", "参与方"),
    "participant.list.help": ("List the participants.", "列出参与方。"),
    "participant.show.help": ("Show participant ID with its certificates.", "显示参与方 ID 及其证书。"),
    "participant.suspend.help": (
        "Let participant ID neither send nor receive; its connections are closed at once.",
        "停用参与方 ID，立即断开其连接。",
    ),
    "participant.resume.help": ("Let participant ID take part again.", "恢复参与方 ID。"),
    "participant.column.id": ("participant", "参与方"),
    "participant.column.name": ("name", "名称"),
    "participant.column.standing": ("standing", "状态"),
    "participant.column.until": ("certificate until", "证书有效期至"),
    "participant.column.grants": ("grants", "授权"),
    "participant.field.id": ("participant", "参与方"),
    "participant.field.name": ("name", "名称"),
    "participant.field.credit_code": ("credit code", "统一社会信用代码"),
    "participant.field.suite": ("suite", "密码套件"),
    "participant.field.standing": ("standing", "状态"),
    "participant.field.grants": ("grants", "授权"),
    "participant.standing.active": ("active", "正常"),
    "participant.standing.suspended": ("suspended", "已停用"),
    "participant.no-certificate": ("none", "无"),
    "participant.certificate": (
        "certificate from {start} to {end}\n  {digest}\n  fingerprint {fingerprint}",
        "证书有效期 {start} 至 {end}\n  {digest}\n  指纹 {fingerprint}",
    ),
    "participant.certificate.revoked": (
        "certificate from {start} to {end}, revoked {revoked}\n  {digest}\n  fingerprint {fingerprint}",
        "证书有效期 {start} 至 {end}，已于 {revoked} 吊销\n  {digest}\n  指纹 {fingerprint}",
    ),
    "participant.suspended": (
        "{participant} is suspended; directory version {version}, connections closed: {closed}",
        "{participant} 已停用；目录版本 {version}，断开连接 {closed} 个",
    ),
    "participant.suspend.next": (
        "what is on its way to it waits. It takes part again after\n"
        "  govbus participant resume {participant} --config {config}",
        "发往该方的报文将等待。恢复请用\n  govbus participant resume {participant} --config {config}",
    ),
    "participant.suspended.recorded": (
        "{participant} is suspended, recorded in directory version {version}; what it signs is not believed "
        "any more.\nIts connections and its login at the broker are NOT closed yet: {reason}",
        "{participant} 已停用，已记入目录版本 {version}，其签名不再采信。\n"
        "但其在消息代理上的连接与登录尚未关闭：{reason}",
    ),
    "participant.resumed.recorded": (
        "{participant} takes part again, recorded in directory version {version}.\n"
        "Its login at the broker is NOT open yet: {reason}",
        "{participant} 已恢复，已记入目录版本 {version}。\n但其在消息代理上的登录尚未开放：{reason}",
    ),
    "participant.recorded.next": (
        "next: mend the broker; a running hub then does the rest within a minute, or run this command again. "
        "How it stands:\n  govbus hub check --config {config}",
        "下一步：恢复消息代理；运行中的交换中心会在一分钟内自动完成其余操作，也可再次运行本命令。查看状态：\n"
        "  govbus hub check --config {config}",
    ),
    "participant.grant.help": (
        "Give participant ID the grants WORD…; what it has stays.",
        "向参与方 ID 授予 WORD…，已有授权保留。",
    ),
    "participant.revoke.help": (
        "Take the grants WORD… back from participant ID.",
        "收回参与方 ID 的授权 WORD…。",
    ),
    "participant.grant.thing": ("grant", "授权"),
    "participant.grant.none": ("none", "无"),
    "participant.granted": (
        "{participant} has the grants: {grants}; directory version {version}",
        "{participant} 现有授权：{grants}；目录版本 {version}",
    ),
    "participant.resumed": (
        "{participant} takes part again; directory version {version}",
        "{participant} 已恢复；目录版本 {version}",
    ),
}
