# SPDX-License-Identifier: Apache-2.0
"""What a running hub says."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "database.driver": ("the driver of databases at {scheme}://", "{scheme}:// 数据库的驱动程序"),
    "database.driver.install": (
        "`./run setup databases` installs the drivers, for URLs that begin with postgresql+psycopg:// or "
        "mysql+pymysql://",
        "请运行 `./run setup databases` 安装驱动程序；URL 以 postgresql+psycopg:// 或 mysql+pymysql:// 开头",
    ),
    "hub.run.help": (
        "Run the hub until SIGTERM or Ctrl-C; it writes a line `ready` once all its workers take what comes. "
        "What is in hand is finished before it ends.",
        "运行交换中心，直到 SIGTERM 或 Ctrl-C；所有工作进程开始接收后输出一行 `ready`。"
        "结束前会处理完手中的工作。",
    ),
    "check.name.workers": ("workers", "工作进程"),
    "check.workers.good": ("{alive} worker processes live", "工作进程 {alive} 个"),
    "check.workers.few": (
        "{alive} of {wanted} worker processes live",
        "工作进程存活 {alive} 个，应为 {wanted} 个",
    ),
    "check.workers.few.next": (
        "they are started again by themselves; the log says why they end",
        "会自动重新启动；结束原因见日志",
    ),
    "check.workers.janitor": ("the janitor waits: {reason}", "清理线程等待中：{reason}"),
    "check.workers.janitor.next": ("mend the cause; it goes on by itself", "请排除原因；之后自动继续"),
    "hub.run.workers.help": ("Worker processes (2).", "工作进程数（缺省 2）。"),
}
