# SPDX-License-Identifier: Apache-2.0
"""What `govbus message` says, the names of states and classes, and how lists are narrowed."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "message.help": (
        "Messages, on the hub's settings or on an adapter's.",
        "报文；可用交换中心或适配器的配置。",
    ),
    "message.list.help": ("The newest messages, the newest first.", "列出最新报文，新的在前。"),
    "message.show.help": ("A message with its deliveries and receipts.", "查看报文及其投递与回执。"),
    "message.trace.help": (
        "What happened to a message, in order; at the hub with the numbers of the ledger's entries.",
        "按时间顺序说明报文经过；在交换中心一侧附台账条目号。",
    ),
    "message.from.help": (
        "The sending participant, where several used the same id.",
        "发送参与方；仅当多个参与方使用了同一标识时需要。",
    ),
    "message.thing": ("message", "报文"),
    "message.several": (
        "{message_id} was used by several senders: pick one with --from ({senders})",
        "多个发送方使用了 {message_id}：请用 --from 指明（{senders}）",
    ),
    # ---- fields
    "message.field.message-id": ("message", "报文标识"),
    "message.field.direction": ("direction", "方向"),
    "message.direction.sent": ("sent", "发出"),
    "message.direction.received": ("received", "收到"),
    "message.none": ("no message fits", "没有符合条件的报文"),
    "message.field.state": ("state", "状态"),
    "message.field.type": ("type", "报文类型"),
    "message.field.from": ("from", "发送方"),
    "message.field.to": ("to", "接收方"),
    "message.field.priority": ("priority", "紧急程度"),
    "message.field.size": ("size", "大小"),
    "message.field.segments": ("segments", "报文段"),
    "message.field.created": ("created", "创建"),
    "message.field.expires": ("expires", "有效期至"),
    "message.delivery": ("to {to}: {state} since {at}", "至 {to}：{state}，{at}"),
    "message.to.routed": (
        "(nobody named: left to the routing table)",
        "（未指定接收方，由应用路由表决定）",
    ),
    "message.segments": ("{there} of {count} segments there", "报文段 {there}/{count}"),
    "message.segments.resent": (
        "{there} of {count} segments there, {resent} sent again",
        "报文段 {there}/{count}，重发 {resent}",
    ),
    "message.overdue": (
        "overdue: its deadline has passed without a final answer; only the receiver can end it now",
        "已逾期：超过有效期仍无最终答复；现在只有接收方的答复才能办结",
    ),
    "message.receipt": ("{at}  {kind}  signed by {by}", "{at}  {kind}  {by} 签名"),
    # ---- classes
    "message.priority.flash": ("flash", "特急"),
    "message.priority.urgent": ("urgent", "加急"),
    "message.priority.routine": ("routine", "平急"),
    "message.priority.bulk": ("bulk", "批量"),
    # ---- states, of messages and of deliveries
    "message.state.open": ("open", "未办结"),
    "message.state.overdue": ("{state}, overdue", "{state}，已逾期"),
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
    # ---- trace
    "trace.claimed": ("taken over into the outbox", "进入发件箱"),
    "trace.came": ("came to the hub", "到达交换中心"),
    "trace.admitted": ("admitted by the hub", "交换中心受理登记"),
    "trace.arriving": ("its first segment arrived", "首个报文段到达"),
    "trace.whole": ("whole and verified", "接收完整并通过验证"),
    "trace.dead": ("a document of it was parked as a dead letter", "其中一份文档转为死信"),
    "trace.accepted": ("accepted: the receiver's queue has all of it", "受理：已全部进入接收方队列"),
    "trace.delivered": ("delivered", "送达"),
    "trace.signed-for": ("signed for", "签收"),
    "trace.returned": ("returned", "退回"),
    "trace.rejected": ("rejected", "拒收"),
    "trace.expired": ("expired", "过期"),
    "trace.recalled": ("recalled", "撤回"),
    "trace.queued": ("waits in the outbox", "在发件箱等待"),
    "trace.transferring": ("on its way", "传输中"),
    "trace.held": ("on hold: the receiver is full or absent", "暂停：接收方已满或不在线"),
    "trace.converting": ("waits for the application", "等待应用接收"),
    "trace.overdue": ("overdue: no answer from the receiver", "逾期：接收方未答复"),
    "trace.now": ("still: {event}", "目前：{event}"),
    "trace.by": ("by {by}", "由 {by}"),
    "trace.ledger": ("ledger entry {number}", "台账第 {number} 条"),
    # ---- narrowing
    "narrow.state.help": (
        "Only in this state: of the message, or of one of its deliveries.",
        "仅列出处于此状态的：报文状态或其任一投递的状态。",
    ),
    "narrow.type.help": (
        "Only of this message type; document.* means all that begin so.",
        "仅列出此报文类型；document.* 表示以此开头的全部类型。",
    ),
    "narrow.from.help": ("Only of this participant or application.", "仅列出此参与方或应用发出的。"),
    "narrow.to.help": ("Only to this participant or application.", "仅列出发往此参与方或应用的。"),
    "narrow.since.help": (
        "Only since then: 2026-11-21, 2026-11-21T08:00, or an age such as 90m, 12h, 3d.",
        "仅列出此后的：2026-11-21、2026-11-21T08:00，或 90m、12h、3d 这样的时长。",
    ),
    "narrow.since.wrong": (
        "{found} is no time: wanted one like 2026-11-21T08:00, or an age such as 90m",
        "{found} 不是时间：应形如 2026-11-21T08:00，或 90m 这样的时长",
    ),
    "narrow.limit.help": ("So many at most (50).", "最多条数（缺省 50）。"),
}
