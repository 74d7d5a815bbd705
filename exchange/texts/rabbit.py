# SPDX-License-Identifier: Apache-2.0
"""What is logged about connections to the broker."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "rabbit.alarm": (
        "it takes nothing because of an alarm (memory or disk)",
        "因内存或磁盘告警，暂不接收任何消息",
    ),
    "rabbit.away": ("{name}: {reason}", "{name}：{reason}"),
    "rabbit.connected": ("{name}: connected to the broker at {where}", "{name}：已连接消息代理 {where}"),
    "rabbit.blocked": (
        "{name}: the broker at {where} takes nothing for now: {reason}",
        "{name}：消息代理 {where} 暂停接收：{reason}",
    ),
    "rabbit.unblocked": (
        "{name}: the broker at {where} takes messages again",
        "{name}：消息代理 {where} 恢复接收",
    ),
    "rabbit.channel_replaced": (
        "{name}: the broker at {where} refuses everything on one channel; it is replaced",
        "{name}：消息代理 {where} 在某信道上全部拒绝；已更换信道",
    ),
    "rabbit.consumer_lost": (
        "{name}: queue {queue} is not read for now: {reason}",
        "{name}：暂时无法读取队列 {queue}：{reason}",
    ),
}
