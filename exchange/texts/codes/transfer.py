# SPDX-License-Identifier: Apache-2.0
"""Errors 4xx, of transfer: segments, deadlines, classes."""

from __future__ import annotations

from exchange.texts.codes import BAD, NO, Rows

# fmt: off
ROWS: Rows = {
    "EX-401": (
        BAD, "EBMS:0101",
        "segment {index} of {count}: {reason}",
        "it was altered or damaged on its way and is asked for again",
        "第 {index} 段（共 {count} 段）：{reason}",
        "该报文段在途中被改动或损坏，将重新索取",
    ),
    "EX-402": (
        BAD, "EBMS:0004",
        "message {message_id} came again from {sender} with another envelope: {found} is not {wanted}",
        "an id is used once: send changed content under a new id; this is alarmed",
        "{sender} 以不同信封重复发送报文 {message_id}：{found} 与 {wanted} 不符",
        "标识只能使用一次：内容变更须用新标识；此事已告警",
    ),
    "EX-403": (
        NO, "EBMS:0006",
        "segments {ranges} of message {message_id} are missing",
        "they are asked for again; nothing needs to be done",
        "报文 {message_id} 缺少报文段 {ranges}",
        "系统会自动重新索取，无需处理",
    ),
    "EX-404": (
        NO, "EBMS:0301",
        "message {message_id} expired at {expires}",
        "send it again with a later deadline",
        "报文 {message_id} 已于 {expires} 过期",
        "请设定更晚的期限后重新发送",
    ),
    "EX-405": (
        BAD, "EBMS:0004",
        "a {priority} message may have {limit} segments, this one has {found}",
        "send it as `routine` or `bulk`",
        "{priority} 报文最多 {limit} 段，此报文有 {found} 段",
        "请以 `routine` 或 `bulk` 发送",
    ),
    "EX-406": (
        NO, "EBMS:0303",
        "segment {index} could not be decompressed: {reason}",
        "the sender's adapter is at fault: tell its operator",
        "第 {index} 段无法解压：{reason}",
        "发送方适配器有误：请通知其管理员",
    ),
    "EX-407": (
        NO, "EBMS:0005",
        "{receiver} could not be reached with segments {ranges}, tried {times} times",
        "call {receiver}: its daemon must run and take what comes; then send it again",
        "向 {receiver} 投递报文段 {ranges} 已尝试 {times} 次，均未成功",
        "请联系 {receiver}：其守护进程须运行并接收报文；之后重新发送",
    ),
    "EX-408": (
        NO, "EBMS:0005",
        "{priority} messages of {sender} exceed {limit} a second",
        "send less urgent matter as `routine`",
        "{sender} 的 {priority} 报文超过每秒 {limit}",
        "请将不紧急的报文以 `routine` 发送",
    ),
    "EX-409": (
        NO, "EBMS:0004",
        "{who} could not take a document out of {queue}: it was refused, or given back too often",
        "the log of whoever could not take it says why; `govbus dead requeue` sends a receipt or notice of "
        "the hub once more, `govbus dead discard` takes it off the list",
        "{who} 无法接收队列 {queue} 中的一份文档：已被拒绝，或多次退回队列",
        "原因见无法接收一方的日志；交换中心的回执或通知可用 `govbus dead requeue` 重发，"
        "`govbus dead discard` 可从列表中移除",
    ),
    "EX-410": (
        NO, "EBMS:0005",
        "{receiver} could not take a segment of it, {times} times so far; its sender is asked for it again",
        "nothing needs to be done; if it goes on, the log of the daemon that could not take it says why",
        "{receiver} 无法接收其中一个报文段，已 {times} 次；已请发送方重发",
        "无需处理；若持续发生，原因见无法接收一方的守护进程日志",
    ),
    "EX-411": (
        NO, "EBMS:0005",
        "{receiver} could not take a segment of it; its delivery was over already, and nothing is sent again",
        "nothing needs to be done: `govbus dead discard` takes it off the list",
        "{receiver} 无法接收其中一个报文段；该投递已办结，不再重发",
        "无需处理：可用 `govbus dead discard` 从列表中移除",
    ),
    "EX-412": (
        NO, "",
        "dead letter {found} is not sent again: {reason}",
        "`govbus dead show {found}` tells what it is; `govbus dead discard {found}` takes it off the list",
        "死信 {found} 不能重发：{reason}",
        "`govbus dead show {found}` 可查看内容；`govbus dead discard {found}` 可从列表中移除",
    ),
}
# fmt: on
