# SPDX-License-Identifier: Apache-2.0
"""What `govbus message` and `govbus conversation` say, and the names of states."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "message.thing": ("message", "报文"),
    # ---- states, of messages and of deliveries
    "message.state.open": ("open", "未办结"),
    "message.state.failed": ("failed", "未送达"),
    "message.state.partial": ("partial", "部分送达"),
    "message.state.queued": ("queued", "待发"),
    "message.state.transferring": ("transferring", "传输中"),
    "message.state.held": ("held", "暂停"),
    "message.state.accepted": ("accepted", "受理"),
    "message.state.converting": ("converting", "转换中"),
    "message.state.delivered": ("delivered", "送达"),
    "message.state.signed-for": ("signed-for", "签收"),
    "message.state.returned": ("returned", "退回"),
    "message.state.rejected": ("rejected", "拒收"),
    "message.state.expired": ("expired", "过期"),
    "message.state.recalled": ("recalled", "撤回"),
}
