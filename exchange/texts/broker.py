# SPDX-License-Identifier: Apache-2.0
"""What `govbus broker` says, and why a private node did not start."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "broker.help": (
        "A private RabbitMQ node for trials and tests: its own ports, data and keys, one folder.",
        "用于试用和测试的私有 RabbitMQ 节点：端口、数据和密钥均独立，全部位于一个目录。",
    ),
    "broker.start.help": (
        "Start the node of DIR; made there when there is none.",
        "启动 DIR 中的节点；没有则新建。",
    ),
    "broker.stop.help": ("Stop the node of DIR; its data stay.", "停止 DIR 中的节点；数据保留。"),
    "broker.status.help": (
        "Tell whether the node of DIR runs, and where.",
        "显示 DIR 中的节点是否运行及其地址。",
    ),
    "broker.starting": (
        "starting a private RabbitMQ node in {where} …",
        "正在 {where} 启动私有 RabbitMQ 节点……",
    ),
    "broker.started": ("the node runs: {url}", "节点已运行：{url}"),
    "broker.started.already": ("the node was already running: {url}", "节点此前已在运行：{url}"),
    "broker.started.next": (
        "next: govbus hub init HUB-DIR --broker {where}",
        "下一步：govbus hub init HUB-DIR --broker {where}",
    ),
    "broker.stopped": ("the node in {where} is stopped", "{where} 中的节点已停止"),
    "broker.stopped.already": ("no node was running in {where}", "{where} 中没有正在运行的节点"),
    "broker.state": ("state", "状态"),
    "broker.state.running": ("running", "运行中"),
    "broker.state.stopped": ("stopped", "已停止"),
    "broker.state.absent": ("there is no node in this folder", "此目录中没有节点"),
    "broker.field.url": ("address", "地址"),
    "broker.field.pid": ("process", "进程号"),
    "broker.field.ca_file": ("authority", "根证书"),
    "broker.field.log_file": ("log", "日志"),
    "broker.reason.stopped": ("the node is not running", "节点未运行"),
    "broker.reason.late": ("it was not ready after {seconds} s; {said}", "{seconds} 秒后仍未就绪；{said}"),
    "broker.reason.silent": (
        "rabbitmqctl {command} gave no answer within {seconds} s",
        "rabbitmqctl {command} 在 {seconds} 秒内没有应答",
    ),
    "broker.reason.path": (
        "its folder's path has a quote, a backslash or a $, which RabbitMQ misreads",
        "目录路径含有引号、反斜杠或 $，RabbitMQ 会误读",
    ),
}
