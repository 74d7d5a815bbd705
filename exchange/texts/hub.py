# SPDX-License-Identifier: Apache-2.0
"""What a running hub says."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "hub.run.help": (
        "Run the hub until SIGTERM or Ctrl-C; it writes a line `ready` when it works. "
        "What is in hand is finished before it ends.",
        "运行交换中心，直到 SIGTERM 或 Ctrl-C；就绪时输出一行 `ready`。结束前会处理完手中的工作。",
    ),
    "hub.run.workers.help": ("Worker processes (2).", "工作进程数（缺省 2）。"),
}
