# SPDX-License-Identifier: Apache-2.0
"""What `govbus adapter` and the daemon say, and what `adapter check` finds."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "adapter.help": ("A department's daemon and the adapters in it.", "部门的守护进程及其中的适配器。"),
    "adapter.run.help": (
        "Run the daemon until SIGTERM or Ctrl-C; it writes a line `ready` when it works. "
        "What is in hand is finished before it ends.",
        "运行守护进程，直到 SIGTERM 或 Ctrl-C；就绪时输出一行 `ready`。结束前会处理完手中的工作。",
    ),
    "adapter.check.help": (
        "Ask what is wrong or stuck, and what to do about it; exit 1 if anything is.",
        "检查有无异常或积压及处理办法；有异常时退出码为 1。",
    ),
    "adapter.list.help": (
        "The installed adapters, each with the settings that it takes.",
        "列出已安装的适配器及其配置项。",
    ),
    "adapter.setting.key": ("setting", "配置项"),
    "adapter.setting.default": ("default", "默认值"),
    "adapter.setting.meaning": ("meaning", "含义"),
    "adapter.unknown": (
        "none is installed under that name; there are: {known}",
        "未安装此名称的适配器；现有：{known}",
    ),
    "adapter.not-one": (
        "{found} is not a class made from exchange.Adapter",
        "{found} 不是由 exchange.Adapter 派生的类",
    ),
    # ---- check: names
    "check.name.directory": ("directory", "参与方目录"),
    "check.name.ledger": ("ledger", "台账"),
    "check.name.applications": ("applications", "业务应用"),
    "check.name.daemon": ("daemon", "守护进程"),
    "check.name.outbox": ("outbox", "发件箱"),
    "check.name.inbox": ("inbox", "收件箱"),
    # ---- check: good
    "check.directory.good": (
        "version {version}, {hours} hours old, participants besides us: {people}",
        "版本 {version}，已 {hours} 小时，列有其他参与方 {people} 个",
    ),
    "check.ledger.good": ("the hub's ledger was followed to entry {size}", "已跟踪至第 {size} 条"),
    "check.daemon.listed": ("we sign with {digest}, which is listed", "本方以 {digest} 签名，已列入目录"),
    "check.clock.not-behind": (
        "not behind what the hub has signed",
        "不落后于交换中心已签发的内容",
    ),
    "check.ledger.unseen": ("no head of the hub's ledger was seen yet", "尚未见到交换中心的台账头"),
    "check.applications.good": ("{count} configured, their settings fit", "已配置 {count} 个，配置均有效"),
    "check.queues.good": (
        "reachable, {count} messages wait in our queues",
        "可连接，本方队列中有 {count} 个待收",
    ),
    "check.daemon.good": ("runs as process {pid}", "运行中，进程号 {pid}"),
    "check.outbox.good": (
        "{leaving} on their way to the hub, {unanswered} not answered yet",
        "正在发往交换中心 {leaving} 个，尚未答复 {unanswered} 个",
    ),
    "check.inbox.good": (
        "{arriving} arriving, {waiting} to be handed over",
        "正在接收 {arriving} 个，待交付应用 {waiting} 个",
    ),
    # ---- check: bad, or soon
    "check.daemon.suspended": (
        "{who} is suspended: nothing is taken from it",
        "{who} 已被暂停：其报文不被受理",
    ),
    "check.daemon.suspended.next": (
        "ask the hub's operator; `govbus participant resume {who}` ends it",
        "请联系交换中心管理员；由其执行 `govbus participant resume {who}` 恢复",
    ),
    "check.daemon.unlisted": (
        "we sign with {digest}, which the directory does not list as good",
        "本方以 {digest} 签名，但目录中没有该有效证书",
    ),
    "check.daemon.unlisted.next": (
        "let the daemon reach the hub for the current directory; if it stays so, `govbus enroll renew`",
        "请让守护进程连接交换中心取得最新目录；若仍如此，请用 `govbus enroll renew`",
    ),
    "check.directory.expired": (
        "version {version} has expired, it is {hours} hours old: nothing leaves",
        "版本 {version} 已过期（{hours} 小时前签发）：停止发送",
    ),
    "check.directory.expired.next": (
        "let the daemon run and reach the hub: it takes the current one by itself",
        "请让守护进程运行并连接交换中心，它会自动更新",
    ),
    "check.directory.old": ("version {version} is {hours} hours old", "版本 {version} 已签发 {hours} 小时"),
    "check.directory.old.next": (
        "let the daemon run and reach the hub: it asks every hour",
        "请让守护进程运行并连接交换中心，它每小时更新一次",
    ),
    "check.directory.refused": (
        "the directory that the hub gave last was refused, the one before stays: {reason}",
        "交换中心最近发来的参与方目录未被接受，仍沿用原目录：{reason}",
    ),
    "check.directory.refused.next": (
        "tell the hub's operator this reason; the daemon asks again by itself, ever less often",
        "请将此原因告知交换中心管理员；守护进程会自动再次索取，间隔逐渐加长",
    ),
    "check.directory.lacking": (
        "messages wait for a directory that has their receivers, to whom the hub would send them: {reason}",
        "报文在等待含有其接收方的参与方目录（交换中心可向其转发）：{reason}",
    ),
    "check.directory.lacking.next": (
        "ask the hub's operator whether they are active and may be sent to from here; then it goes by itself",
        "请向交换中心管理员核实其是否有效、本方可否向其发送；目录更新后暂缓的报文自动发出",
    ),
    "check.clock.behind": (
        "this machine's clock is {seconds} s behind what the hub has signed already",
        "本机时钟比交换中心已签发的内容落后 {seconds} 秒",
    ),
    "check.clock.behind.next": (
        "set it by NTP: `timedatectl` shows how it is",
        "请用 NTP 校时：`timedatectl` 可查看状态",
    ),
    "check.ledger.alarm": (
        "ALARM: the hub showed the ledger head {shown}, which does not follow from {seen}",
        "警报：交换中心出示的台账头 {shown} 并非由 {seen} 延续而来",
    ),
    "check.ledger.alarm.next": (
        "history may have been rewritten: keep these stores as they are, and call the other participants",
        "历史记录可能被篡改：请原样保留数据并联系其他参与方",
    ),
    "check.applications.fault": ("{application}: {reason}", "{application}：{reason}"),
    "check.applications.fault.next": (
        "mend what it names, in the settings file or on the disk; `govbus adapter list` shows what each "
        "adapter takes",
        "请按上述原因处理：更正配置文件，或检查目录与挂载；`govbus adapter list` 可查看各适配器的配置项",
    ),
    "check.queues.missing": (
        "our queues are missing on the broker: {names}",
        "消息代理上缺少本方队列：{names}",
    ),
    "check.queues.missing.next": (
        "ask the hub's operator to run `govbus enroll approve` for us again",
        "请交换中心管理员再次为本方执行 `govbus enroll approve`",
    ),
    "check.queues.untaken": (
        "the daemon runs, but nobody takes from our queues; {count} messages wait there",
        "守护进程在运行，但无人从本方队列取报文；其中有 {count} 个等待",
    ),
    "check.queues.untaken.next": (
        "look into the daemon's log; restart it if it says nothing",
        "请查看守护进程日志；若无异常记录请重启",
    ),
    "check.queues.waiting": (
        "{count} messages wait in our queues for the daemon, which does not run",
        "守护进程未运行，本方队列中有 {count} 个报文在等待",
    ),
    "check.queues.waiting.next": (
        "start it: its service, or `govbus adapter run` with this configuration; nothing is lost meanwhile",
        "请启动：启动其服务，或用此配置运行 `govbus adapter run`；在此期间不会丢失",
    ),
    "check.daemon.absent": ("it is not running: nothing is sent or received", "未运行：不收不发"),
    "check.daemon.absent.next": (
        "start it: its service, or `govbus adapter run` with this configuration",
        "请启动：启动其服务，或用此配置运行 `govbus adapter run`",
    ),
    "check.daemon.waits": ("{loop} waits: {reason}", "{loop} 等待中：{reason}"),
    "check.daemon.waits.next": (
        "mend the cause; it goes on by itself",
        "请排除原因；之后自动继续",
    ),
    "check.outbox.stuck": (
        "{count} messages have not reached the hub, the oldest since {since}",
        "{count} 个报文尚未到达交换中心，最早的自 {since}",
    ),
    "check.outbox.stuck.next": (
        "let the daemon run and reach the broker; `govbus message list --state open` names them",
        "请让守护进程运行并连接消息代理；`govbus message list --state open` 可列出",
    ),
    "check.outbox.held": (
        "{who} is full or absent: {count} messages wait for it, the oldest since {since}",
        "{who} 已满或不在线：{count} 个报文在等待，最早的自 {since}",
    ),
    "check.outbox.held.next": (
        "nothing to do here: they leave by themselves; tell that department if it takes long",
        "无需处理：恢复后自动发出；若持续过久请通知该部门",
    ),
    "check.outbox.unaccepted": (
        "the hub has neither accepted nor refused {count} messages that its queue has, the oldest since "
        "{since}",
        "交换中心队列已有 {count} 个报文，但既未受理也未拒收，最早的自 {since}",
    ),
    "check.outbox.unaccepted.next": (
        "ask the hub's operator for `govbus hub check`: the hub may not be running; nothing is lost "
        "meanwhile",
        "请交换中心管理员执行 `govbus hub check`：交换中心可能未运行；在此期间报文不会丢失",
    ),
    "check.applications.concern": ("{application}: {concern}", "{application}：{concern}"),
    "check.outbox.half": (
        "{count} half copies without a message, {size} altogether, such as {folder}: of a process that was "
        "killed, or that copies right now",
        "有 {count} 份不属于任何报文的未完成副本，共 {size}，例如 {folder}：其进程已被终止，或正在复制",
    ),
    "check.outbox.half.next": (
        "nothing: a daemon that starts removes those over an hour old, a running one by {until}; the "
        "originals are still where they were, and are taken again",
        "无需处理：守护进程启动时会删除超过一小时的副本，运行中的最迟于 {until} 删除；"
        "原件仍在原处，将重新取走",
    ),
    "check.outbox.silent": (
        "the hub has given no sign since {since}, when the oldest of {count} messages left for it",
        "自 {since} 以来交换中心没有任何回应，有 {count} 个报文在等待",
    ),
    "check.outbox.silent.next": (
        "wait a little; if it stays so, tell the hub's operator: the hub may not be running. Nothing is lost "
        "meanwhile",
        "请稍候；若持续如此请通知交换中心管理员：交换中心可能未运行。在此期间报文不会丢失",
    ),
    "check.outbox.overdue": (
        "{count} messages are past their deadline without a final answer, the first since {since}",
        "{count} 个报文超过有效期仍无最终答复，最早的自 {since} 逾期",
    ),
    "check.outbox.overdue.next": (
        "call the receivers, whose daemons must answer; `govbus message list --state open` names them. "
        "If it cannot wait, go another way: what is under way can still be delivered",
        "请联系接收方，由其守护进程答复；`govbus message list --state open` 可列出。"
        "如不能等待，请另行办理：在途报文仍可能送达",
    ),
    "check.outbox.unanswered": (
        "{count} messages are not answered by their receivers, the oldest since {since}",
        "{count} 个报文尚未得到接收方答复，最早的自 {since}",
    ),
    "check.outbox.unanswered.next": (
        "`govbus message list --state open` names them; ask those departments whether their daemons run",
        "`govbus message list --state open` 可列出；请询问对方守护进程是否运行",
    ),
    "check.inbox.failing": (
        "{application} does not take message {message_id} since {since}, {tries} failed tries: {reason}",
        "{application} 自 {since} 起未能接收报文 {message_id}，失败 {tries} 次：{reason}",
    ),
    "check.inbox.failing.next": (
        "`govbus dead show {message_id}` has all of it; it is tried again by itself",
        "`govbus dead show {message_id}` 可查看详情；会自动重试",
    ),
    "check.inbox.owed": (
        "{count} receipts of ours have not reached the broker, the oldest since {since}",
        "{count} 份本方回执尚未送达消息代理，最早的自 {since}",
    ),
    "check.inbox.owed.next": (
        "let the daemon run and reach the broker: they leave by themselves",
        "请让守护进程运行并连接消息代理，回执会自动发出",
    ),
}
