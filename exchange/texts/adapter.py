# SPDX-License-Identifier: Apache-2.0
"""What `govbus adapter` and the daemon say."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "adapter.help": ("A department's daemon and the adapters in it.", "部门的守护进程及其中的适配器。"),
    "adapter.run.help": (
        "Run the daemon until SIGTERM or Ctrl-C; it writes a line `ready` when it works. "
        "What is in hand is finished before it ends.",
        "运行守护进程，直到 SIGTERM 或 Ctrl-C；就绪时输出一行 `ready`。结束前会处理完手中的工作。",
    ),
    "adapter.unknown": (
        "no adapter is installed under the name {found}; there are: {known}",
        "没有名为 {found} 的已安装适配器；现有：{known}",
    ),
    "adapter.not-loaded": (
        "the adapter {found} cannot be loaded: {reason}",
        "适配器 {found} 无法加载：{reason}",
    ),
    "adapter.not-one": (
        "{found} is not a class made from exchange.Adapter",
        "{found} 不是由 exchange.Adapter 派生的类",
    ),
}
