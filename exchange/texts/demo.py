# SPDX-License-Identifier: Apache-2.0
"""What `govbus demo` says."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "demo.help": (
        "Play a city on a real broker: hub, three offices, documents, a crash, receipts.",
        "在真实的消息代理上演示一座城市：交换中心、三个单位、公文、故障与回执。",
    ),
    "demo.dir.help": ("Play in this folder.", "在此目录中演示。"),
    "demo.keep.help": ("Leave the folder as it is at the end.", "结束后保留目录。"),
    "demo.title": ("govbus: a city in {folder}", "govbus：演示城市位于 {folder}"),
    "demo.building": ("The city is built", "搭建城市"),
    "demo.broker": (
        "a private RabbitMQ node, TLS with certificates only",
        "私有 RabbitMQ 节点，仅允许证书登录",
    ),
    "demo.hub": ("the hub: authority, keys, ledger", "交换中心：证书机构、密钥、台账"),
    "demo.enroll.0": ("enrolling the government office 市政府办公室", "登记参与方 市政府办公室"),
    "demo.enroll.1": ("enrolling the finance bureau 财政局", "登记参与方 财政局"),
    "demo.enroll.2": ("enrolling the civil affairs bureau 民政局", "登记参与方 民政局"),
    "demo.routes": ("the routing table", "应用路由表"),
    "demo.start": (
        "a hub with 2 workers, three adapter daemons",
        "交换中心（2 个工作进程）与三个适配器守护进程",
    ),
    "demo.act.document": (
        "1. An official document in Word: office → finance bureau, which reads OFD, and civil affairs, PDF",
        "1. Word 公文：办公室 → 财政局（阅读 OFD）、民政局（阅读 PDF）",
    ),
    "demo.act.large": (
        "2. A file of 256 MiB: a flash message overtakes it, its receiver is killed half way and restarted",
        "2. 256 MiB 文件；特急报文后发先至；接收方中途被强行终止后重启续传",
    ),
    "demo.act.subscription": (
        "3. A notice addressed to nobody: the routing table knows two subscribers",
        "3. 未指定接收方的通知：由应用路由表分发给两个订阅方",
    ),
    "demo.act.refusal": (
        "4. A flash message from an office without the grant",
        "4. 未获授权的单位发送特急报文",
    ),
    "demo.act.verdict": ("5. The proof", "5. 存证核验"),
    "demo.sending": ("confirmed by the hub", "交换中心已确认"),
    "demo.receiving": ("proven on disk at the receiver", "接收方已验证落盘"),
    "demo.kept": ("as promised", "符合承诺"),
    "demo.broken": ("NOT AS PROMISED", "不符合承诺"),
    "demo.promise.document": (
        "{parts} parts arrived with their names and bytes",
        "{parts} 个部分的名称与内容均一致",
    ),
    "demo.promise.converted": (
        "one office has it as OFD, the other as PDF, and the original stands beside each",
        "一方收到 OFD，另一方收到 PDF，原件均予保留",
    ),
    "demo.promise.unconverted": (
        "it arrived as Word: this machine has no LibreOffice that could convert it (./run setup office)",
        "以 Word 原样送达：本机没有可用于转换的 LibreOffice（./run setup office）",
    ),
    "demo.promise.flash": ("the flash message was delivered before the file", "特急报文先于文件送达"),
    "demo.promise.killed": (
        "killed with SIGKILL when {before} of {count} segments were on disk",
        "在 {count} 段中已落盘 {before} 段时被 SIGKILL 终止",
    ),
    "demo.promise.large": (
        "the file arrived whole, once, with the same SHA-256 ({count} segments)",
        "文件完整送达一次，SHA-256 一致（共 {count} 段）",
    ),
    "demo.promise.again": ("{again} of {count} segments were sent again", "{count} 段中重传 {again} 段"),
    "demo.promise.subscription": ("{count} subscribers have it", "{count} 个订阅方均已收到"),
    "demo.promise.refused": ("refused, signed by the hub: {reason}", "交换中心签名拒收：{reason}"),
    "demo.promise.receipts": ("{good} of {count} receipts verified", "{count} 份回执中 {good} 份通过验证"),
    "demo.promise.ledger": (
        "the ledger holds: {size} entries recomputed from their contents",
        "台账完好：{size} 条记录已按内容重新计算",
    ),
    "demo.document": ("official document", "公文"),
    "demo.large": ("large file", "大文件"),
    "demo.flash": ("flash message", "特急报文"),
    "demo.notice": ("notice", "订阅通知"),
    "demo.refused": ("without the grant", "未获授权"),
    "demo.column.what": ("message", "报文"),
    "demo.column.priority": ("priority", "紧急程度"),
    "demo.column.size": ("size", "大小"),
    "demo.column.to": ("delivery", "投递"),
    "demo.column.state": ("state", "状态"),
    "demo.column.receipts": ("receipts", "回执"),
    "demo.took": ("{seconds} s; everything as promised", "用时 {seconds} 秒；全部符合承诺"),
    "demo.failed": (
        "{count} promises were not kept; the folder is left: {folder}",
        "{count} 项承诺未达成；目录保留：{folder}",
    ),
    "demo.kept-folder": ("the folder is kept: {folder}", "目录已保留：{folder}"),
}
