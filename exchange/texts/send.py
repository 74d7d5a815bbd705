# SPDX-License-Identifier: Apache-2.0
"""What `govbus send` says."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "send.help": (
        "Send FILE… as one message: the first is its body, the others are attachments. The files are copied "
        "into the outbox; the daemon sends them, now or when it runs again.",
        "将 FILE… 作为一个报文发送：第一个为正文，其余为附件。"
        "文件会复制到发件箱，由守护进程立即或恢复运行后发送。",
    ),
    "send.type.help": (
        "Message type, such as document.official.v1.",
        "报文类型，例如 document.official.v1。",
    ),
    "send.to.help": (
        "Receiving application, such as 440500.tax/registry; may be given several times. "
        "None: the routing table decides.",
        "接收应用，例如 440500.tax/registry；可多次给出。不给则由应用路由表决定。",
    ),
    "send.priority.help": ("How urgent; otherwise by size.", "紧急程度；缺省按大小决定。"),
    "send.attribute.help": (
        "A named value that routes may test; the hub can read it. May be given several times.",
        "路由可判断的属性；交换中心可以看到。可多次给出。",
    ),
    "send.attribute.wrong": (
        "--attribute is NAME=VALUE, not {found}",
        "--attribute 应为“名称=值”，而不是 {found}",
    ),
    "send.application.help": (
        "In the name of which of our applications; otherwise the first in the settings.",
        "以本方哪个应用的名义发送；缺省为配置中的第一个。",
    ),
    "send.application.unknown": (
        "there is no application {found} in the settings; there are: {known}",
        "配置中没有应用 {found}；现有：{known}",
    ),
    "send.application.none": (
        "the settings name no application in whose name to send",
        "配置中没有可用于发送的应用",
    ),
    "send.key.help": (
        "Your own name for this message: the same key is sent once, however often the command is repeated.",
        "本报文的业务键：同一业务键无论命令重复多少次只发送一次。",
    ),
    "send.expires-after.help": (
        "Seconds after which nobody wants it any more.",
        "超过此秒数即作废。",
    ),
    "send.wait.help": (
        "Wait until every delivery is final: exit 0 when delivered, 1 when returned, rejected or expired.",
        "等待至全部投递办结：送达退出码为 0；退回、拒收、过期为 1。",
    ),
    "send.timeout.help": (
        "With --wait: give up waiting after so many seconds (300); the message goes on.",
        "与 --wait 合用：等待的最长秒数（缺省 300）；报文会继续传送。",
    ),
    "send.taken": ("{message_id}", "{message_id}"),
    "send.known": (
        "{what} was sent before: nothing new was sent, this is that message",
        "{what} 已发送过：未重复发送，以下为原报文",
    ),
    "send.no-daemon": (
        "no daemon is running: the message leaves when `govbus adapter run --config {config}` does",
        "守护进程未运行：报文将在 `govbus adapter run --config {config}` 运行后发出",
    ),
    "send.progress": ("sending", "发送中"),
    "send.receipt": ("{at}  {kind}  {receiver}  signed by {by}", "{at}  {kind}  {receiver}  {by} 签名"),
    "send.receipt.whole": ("{at}  {kind}  signed by {by}", "{at}  {kind}  {by} 签名"),
    "send.trouble": ("the daemon waits: {reason}", "守护进程等待中：{reason}"),
    "send.failed": (
        "not delivered: message {message_id} {state}; `govbus message show {message_id}` has the reasons",
        "未能全部送达：报文 {message_id} {state}；`govbus message show {message_id}` 可查看原因",
    ),
}
