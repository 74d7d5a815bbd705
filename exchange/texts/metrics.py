# SPDX-License-Identifier: Apache-2.0
"""What each metric means, and the health page's own words."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "metric.govbus_up": (
        "1 while the process serves; its version and who it is",
        "进程在服务时为 1；标签为版本与身份",
    ),
    "metric.govbus_directory_version": ("version of the participant directory", "参与方目录版本"),
    "metric.govbus_directory_age_seconds": (
        "seconds since the directory was signed",
        "目录签发后的秒数",
    ),
    "metric.govbus_certificate_end_seconds": (
        "when the certificate ends, seconds since 1970",
        "证书到期时刻（1970 年起的秒数）",
    ),
    "metric.govbus_disk_free_bytes": ("free bytes beside the stores", "存储所在磁盘的剩余字节数"),
    "metric.govbus_waiting": (
        "what waits: leaving (not yet whole at the hub), unanswered (no final receipt), arriving (segments "
        "missing), handover (not yet with its application), owed (receipts not yet at the broker)",
        "等待中的数量：leaving 尚未全部到达交换中心，unanswered 尚无最终回执，arriving 缺少报文段，"
        "handover 尚未交付应用，owed 回执尚未送达消息代理",
    ),
    "metric.govbus_waiting_oldest_seconds": (
        "seconds that the oldest of them has waited",
        "其中最早的已等待秒数",
    ),
    "metric.govbus_deliveries": (
        "remembered deliveries by state; direction: sent, received, or hub",
        "所记投递按状态计数；direction 为 sent、received 或 hub",
    ),
    "metric.govbus_held_receivers": (
        "receivers that are full or absent and for which something waits",
        "已满或不在线且有报文等待的接收方数",
    ),
    "metric.govbus_failing_handovers": (
        "handovers that an application did not take and that are tried again",
        "应用未接收、正在重试的交付数",
    ),
    "metric.govbus_troubled_threads": (
        "threads that wait because something is wrong",
        "因异常而等待的线程数",
    ),
    "metric.govbus_ledger_alarm": (
        "1 when the hub showed a ledger that does not follow from the one seen before",
        "交换中心出示的台账与先前所见不一致时为 1",
    ),
    "metric.govbus_ledger_size": ("numbered ledger entries, as far as known here", "此处所知的台账条目数"),
    "metric.govbus_overdue_deliveries": (
        "deliveries whose deadline has passed without an answer",
        "超过期限仍无答复的投递数",
    ),
    "metric.govbus_dead_letters": ("dead letters kept for a person", "待人工处理的死信数"),
    "metric.govbus_ledger_waiting": ("ledger entries that wait for their number", "等待编号的台账条目数"),
    "metric.govbus_ledger_head_age_seconds": (
        "seconds since the latest ledger head was signed",
        "最新台账头签发后的秒数",
    ),
    "metric.govbus_workers": ("worker processes that are alive", "存活的工作进程数"),
    "metric.govbus_participants": ("participants by standing", "参与方按状态计数"),
    "metric.govbus_routing_version": ("version of the routing table in force", "现行应用路由表版本"),
    "metrics.page": ("Metrics", "指标"),
    "metrics.page.rules": (
        "Served on `[health] listen` at `/metrics`, in Prometheus's text form; `/health` answers 200 or 503 "
        "with what is wrong, `/` shows it to a person. All are gauges. The process's own CPU, memory and "
        "files come beside them (`process_…`).",
        "在 `[health] listen` 的 `/metrics` 以 Prometheus 文本格式提供；`/health` 返回 200 或 503 及异常项，"
        "`/` 供人查看。全部为 gauge。另附进程自身的 CPU、内存与文件数（`process_…`）。",
    ),
    "metrics.page.columns": ("| metric | labels | meaning |", "| 指标 | 标签 | 含义 |"),
    "metrics.page.both": ("Hub and daemons", "交换中心与守护进程"),
    "metrics.page.daemon": ("Adapter daemons", "适配器守护进程"),
    "metrics.page.hub": ("The hub", "交换中心"),
    # ---- the health page
    "health.title": ("govbus · {who}", "govbus · {who}"),
    "health.good": ("all is well", "一切正常"),
    "health.bad": ("something is wrong", "存在异常"),
}
