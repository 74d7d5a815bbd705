# SPDX-License-Identifier: Apache-2.0
"""What the long-running processes write into their logs about themselves."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "log.ready": ("ready", "就绪"),
    "log.stopped": ("stopped", "已停止"),
    "log.waits": ("{name} waits", "{name} 暂停等待"),
    "log.ended": ("{name} ended", "{name} 已终止"),
    "log.slow-end": ("{name} did not end in time", "{name} 未能按时结束"),
    "log.worker-again": (
        "a worker ended with {found} and is started again in {seconds} s",
        "一个工作进程以 {found} 终止，{seconds} 秒后重新启动",
    ),
    "log.worker-not-started": (
        "no worker can be started now: {reason}; tried again in {seconds} s",
        "暂时无法启动工作进程：{reason}；{seconds} 秒后重试",
    ),
    "log.worker-killed": (
        "a worker did not end in time and is killed",
        "一个工作进程未能按时结束，已强制终止",
    ),
    "log.turned-down": ("refused at the door", "未予受理"),
    "log.refused": ("a message is refused", "报文被拒收"),
    "log.turned-away": (
        "what arrived cannot be believed; it is kept as a dead letter",
        "收到的内容未予采信，已存为死信",
    ),
    "log.not-believed": ("what arrived is not believed and was given back", "收到的内容未予采信，已退回"),
    "log.adapter-failed": ("adapter {name} failed", "适配器 {name} 出错"),
    "log.directory-changed": ("the directory changed", "参与方目录已更新"),
    "log.directory-later": ("the directory is asked for later", "稍后再索取参与方目录"),
    "log.directory-refused": ("a directory was refused", "参与方目录未予采信"),
    "log.foreign-ledger": (
        "ALARM: the hub's ledger is not the one that was seen before",
        "警报：交换中心台账与先前所见不一致",
    ),
    "log.anchors-read": (
        "trust anchors and revocation lists were read again",
        "已重新读取信任根与吊销列表",
    ),
    "log.anchors-refused": (
        "trust anchors or revocation lists cannot be read; those read before stay in force",
        "信任根或吊销列表无法读取；此前读取的继续有效",
    ),
    "log.and-hint": ("{text}; {hint}", "{text}；{hint}"),
    "log.troubles-not-noted": ("troubles are not noted", "异常情况未能记录"),
}
