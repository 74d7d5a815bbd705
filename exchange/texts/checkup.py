# SPDX-License-Identifier: Apache-2.0
"""What `hub check` finds, and the next step for each finding."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "check.verdict.good": ("good", "正常"),
    "check.verdict.warning": ("warning", "警告"),
    "check.verdict.bad": ("bad", "异常"),
    "check.next": ("next", "下一步"),
    "check.all-good": ("nothing to do: {count} questions asked", "无需处理：已检查 {count} 项"),
    "check.some-bad": (
        "bad: {bad}, warnings: {warnings}, questions asked: {count}",
        "异常 {bad} 项，警告 {warnings} 项，共检查 {count} 项",
    ),
    "check.name.database": ("database", "数据库"),
    "check.name.identity": ("identity", "身份"),
    "check.name.certificates": ("certificates", "证书"),
    "check.name.revocations": ("revocation lists", "吊销列表"),
    "check.name.clock": ("clock", "时钟"),
    "check.name.disk": ("disk", "磁盘"),
    "check.name.topology": ("queues", "队列"),
    "check.name.logins": ("logins", "登录"),
    "check.name.broker": ("broker", "消息代理"),
    "check.name.participants": ("participants", "参与方"),
    "check.name.deliveries": ("deliveries", "投递"),
    "check.name.hub": ("hub", "交换中心"),
    "check.name.dead": ("dead letters", "死信"),
    # ---- good
    "check.database.good": (
        "directory version {version}, ledger of {entries} entries",
        "目录版本 {version}，台账 {entries} 条",
    ),
    "check.identity.good": (
        "the hub signs with {digest}, which is listed",
        "交换中心以 {digest} 签名，已列入目录",
    ),
    "check.certificates.good": ("{count} certificates, none ends soon", "证书 {count} 张，近期均不到期"),
    "check.revocations.good": ("{count} lists, none is stale", "吊销列表 {count} 份，均未过期"),
    "check.clock.good": ("within {seconds} s of the database's", "与数据库时钟相差 {seconds} 秒以内"),
    "check.disk.good": ("{free} free", "剩余 {free}"),
    "check.topology.good": ("{count} queues stand", "{count} 个队列均已建立"),
    "check.logins.good": ("{count} users with the rights they should have", "{count} 个用户权限正确"),
    "check.broker.good": (
        "RabbitMQ {version}; queues may hold {promised}, the disk has {room}",
        "RabbitMQ {version}；队列上限合计 {promised}，磁盘 {room}",
    ),
    "check.participants.good": ("{count} take part, nobody is suspended", "共 {count} 个，均未停用"),
    "check.participants.suspended": (
        "{count} are enrolled; suspended: {names}",
        "共 {count} 个，已停用：{names}",
    ),
    "check.participants.suspended.next": (
        "nothing, if it is meant to be so; `govbus participant resume {who}` lets it take part again",
        "如属有意停用则无需处理；`govbus participant resume {who}` 可恢复",
    ),
    "check.deliveries.good": ("{count} on their way, none waits for long", "在途 {count} 个，无长时间等待"),
    "check.hub.good": (
        "runs: {consumers} workers take from each of its queues",
        "运行中：每个队列有 {consumers} 个工作进程接收",
    ),
    "check.dead.good": ("none in the last 24 hours", "近 24 小时内没有"),
    "check.dead.nobody": ("an unknown sender", "未知发送方"),
    # ---- bad, or soon
    "check.hub.never": (
        "no hub has run here yet: nothing is taken from its queues",
        "交换中心尚未运行过：无人从其队列接收",
    ),
    "check.hub.never.next": (
        "`govbus hub run` starts it; as a service, `systemctl start govbus-hub`",
        "请用 `govbus hub run` 启动；作为服务请用 `systemctl start govbus-hub`",
    ),
    "check.hub.stopped": (
        "no hub runs: nobody takes from its queues, {count} documents wait there",
        "交换中心未运行：无人从其队列接收，其中有 {count} 份文档等待",
    ),
    "check.hub.stopped.next": (
        "start it: `systemctl start govbus-hub`, or `govbus hub run`; nothing is lost meanwhile. If it ends "
        "again, its log says why",
        "请启动：`systemctl start govbus-hub` 或 `govbus hub run`；在此期间不会丢失。"
        "如再次退出，原因见其日志",
    ),
    "check.hub.starting": (
        "a hub starts or has just ended: nobody takes from its queues yet, {count} documents wait there",
        "交换中心正在启动或刚刚退出：暂无人从其队列接收，其中有 {count} 份文档等待",
    ),
    "check.hub.starting.next": (
        "ask again in ten seconds; its log says `ready` once its workers take",
        "请十秒后再查；工作进程开始接收后，其日志会显示 `ready`",
    ),
    "check.hub.partly": (
        "nobody takes from {names}, where {count} documents wait",
        "无人从 {names} 接收，其中有 {count} 份文档等待",
    ),
    "check.hub.partly.next": (
        "look into the hub's log; restart it if it says nothing",
        "请查看交换中心日志；若无异常记录请重启",
    ),
    "check.deliveries.overdue": (
        "{overdue} of {count} deliveries to {who} are past their deadline and not answered; waiting since "
        "{since}",
        "发往 {who} 的 {count} 个投递中有 {overdue} 个已逾期未答复；自 {since} 起等待",
    ),
    "check.deliveries.overdue.next": (
        "call {who}: its daemon must run and answer (`govbus adapter check` there); "
        "`govbus message list --to {who} --state open` names them",
        "请联系 {who}：其守护进程须运行并答复（在该方执行 `govbus adapter check`）；"
        "`govbus message list --to {who} --state open` 可列出",
    ),
    "check.deliveries.suspended": (
        "{count} deliveries wait for {who}, which is suspended, since {since}",
        "{count} 个投递等待 {who}（已停用），自 {since} 起",
    ),
    "check.deliveries.suspended.next": (
        "`govbus participant resume {who}` lets it take them; till then their senders are without an answer",
        "`govbus participant resume {who}` 恢复后可继续投递；在此之前发送方得不到答复",
    ),
    "check.deliveries.absent": (
        "{count} deliveries wait for {who} since {since}: its daemon is not connected",
        "{count} 个投递等待 {who}，自 {since} 起：其守护进程未连接",
    ),
    "check.deliveries.absent.next": (
        "call {who}: its daemon must run (`govbus adapter check` there); nothing is lost, and it "
        "goes on by itself",
        "请联系 {who}：其守护进程须运行（在该方执行 `govbus adapter check`）；报文不会丢失，恢复后自动继续",
    ),
    "check.deliveries.held": (
        "{held} of {count} deliveries to {who} are on hold: its queue is full, since {since}",
        "发往 {who} 的 {count} 个投递中有 {held} 个暂停：其队列已满，自 {since} 起",
    ),
    "check.deliveries.held.next": (
        "nothing, if it is catching up; else call {who}: its daemon takes too little. "
        "Senders keep the rest and send it when there is room",
        "若其正在处理积压则无需处理；否则请联系 {who}：其守护进程处理过慢。"
        "其余数据由发送方保留，有空间时自动发送",
    ),
    "check.deliveries.unanswered": (
        "{count} deliveries to {who} are not answered, the oldest since {since}; its daemon is connected",
        "发往 {who} 的 {count} 个投递未获答复，最早自 {since}；其守护进程已连接",
    ),
    "check.deliveries.unanswered.next": (
        "ask {who} for its `govbus adapter check`: an application there may not take what arrives",
        "请 {who} 执行 `govbus adapter check`：可能是其业务应用未取走报文",
    ),
    "check.dead.fresh": (
        "{count} of {who} in the last 24 hours, the newest at {newest}: {reason}",
        "近 24 小时内来自 {who} 的 {count} 份，最新一份 {newest}：{reason}",
    ),
    "check.dead.fresh.next": (
        "`govbus dead list` names them; call {who} and tell the reason",
        "`govbus dead list` 可列出；请联系 {who} 并告知原因",
    ),
    "check.dead.untaken": (
        "{count} of {who} that were not taken in the last 24 hours, the newest at {newest}: {reason}",
        "近 24 小时内来自 {who}、未被接收的 {count} 份，最新一份 {newest}：{reason}",
    ),
    "check.dead.untaken.next": (
        "the log of whoever could not take them says why: call there; `govbus dead list` names them",
        "原因见无法接收一方的日志，请与其联系；`govbus dead list` 可列出",
    ),
    "check.dead.own": (
        "{count} of {who}'s own documents could not be taken in the last 24 hours, the newest at {newest}: "
        "{reason}",
        "近 24 小时内有 {count} 份由 {who} 自身发出的文档无法被接收，最新一份 {newest}：{reason}",
    ),
    "check.dead.own.next": (
        "the log of the daemon that could not take them says why; `govbus dead list` names them, "
        "`govbus dead requeue` sends one once more, `govbus dead discard` takes it off the list",
        "原因见无法接收一方的守护进程日志；`govbus dead list` 可列出，`govbus dead requeue` 可重发，"
        "`govbus dead discard` 可移除",
    ),
    "check.logins.open": (
        "{who} was put out, and its login at the broker is still open",
        "{who} 已被停用或吊销，但其消息代理登录仍然开放",
    ),
    "check.logins.open.next": (
        "a running hub closes it within a minute; without one, `govbus participant suspend {who}` does",
        "运行中的交换中心会在一分钟内关闭；否则请执行 `govbus participant suspend {who}`",
    ),
    "check.identity.unlisted": (
        "the hub signs with {digest}, which its directory does not list as good",
        "交换中心以 {digest} 签名，但目录中没有该有效证书",
    ),
    "check.identity.unlisted.next": (
        "run `govbus hub init` again: it registers the hub's own certificate",
        "请再次运行 `govbus hub init`，它会登记交换中心自身的证书",
    ),
    "check.certificates.expired": (
        "the certificate of {who} ended on {end}",
        "{who} 的证书已于 {end} 到期",
    ),
    "check.certificates.expired.next": (
        "a department renews with `govbus enroll renew`; without a good certificate it can neither send nor "
        "receive",
        "部门请用 `govbus enroll renew` 更新；没有有效证书将无法收发",
    ),
    "check.certificates.ending": (
        "the certificate of {who} ends on {end}, in {days} days",
        "{who} 的证书将于 {end} 到期，还有 {days} 天",
    ),
    "check.certificates.ending.next": (
        "a department renews with `govbus enroll renew`, ask it to; the hub with `govbus hub renew`",
        "请通知该部门用 `govbus enroll renew` 更新；交换中心请用 `govbus hub renew`",
    ),
    "check.revocations.stale": (
        "the revocation list of {issuer} was due on {due}; what was revoked since is not known here",
        "{issuer} 的吊销列表应于 {due} 更新；此后吊销的证书在此未知",
    ),
    "check.revocations.stale.next": (
        "fetch the newest list from the authority and put it where trust.crl points",
        "请从证书机构取得最新列表，放到 trust.crl 所指位置",
    ),
    "check.clock.apart": (
        "this machine's clock and the database's are {seconds} s apart",
        "本机时钟与数据库时钟相差 {seconds} 秒",
    ),
    "check.clock.apart.next": (
        "set both by NTP: `timedatectl` shows how it is",
        "请用 NTP 校时：`timedatectl` 可查看状态",
    ),
    "check.clock.backwards": (
        "this machine's clock is {seconds} s behind the newest ledger head: it was set back",
        "本机时钟比最新台账头落后 {seconds} 秒：曾被调回",
    ),
    "check.clock.backwards.next": (
        "set it by NTP before the hub runs on: receipts must not be dated before what they follow",
        "请先用 NTP 校时再运行交换中心：回执时间不得早于其所依据的记录",
    ),
    "check.disk.full": (
        "{free} free, the threshold is {limit}: nothing is admitted",
        "剩余 {free}，阈值为 {limit}：已停止受理",
    ),
    "check.disk.full.next": (
        "make room, or move the folder to a larger disk",
        "请清理空间，或迁移至更大的磁盘",
    ),
    "check.disk.filling": (
        "{free} free, intake stops below {limit}",
        "剩余 {free}，低于 {limit} 将停止受理",
    ),
    "check.disk.filling.next": ("make room in time", "请及时清理空间"),
    "check.topology.missing": (
        "{count} queues are missing on the broker, such as {names}",
        "消息代理上缺少 {count} 个队列，例如 {names}",
    ),
    "check.topology.missing.next": (
        "run `govbus hub init` again for the hub's, and `govbus enroll approve` again for a participant's",
        "交换中心的队列请再次运行 `govbus hub init`，参与方的请再次运行 `govbus enroll approve`",
    ),
    "check.logins.wrong": (
        "the broker's user {who} is missing or has other rights than it should",
        "消息代理用户 {who} 不存在或权限不符",
    ),
    "check.logins.wrong.next": (
        "`govbus participant resume {who}` sets them right; for the hub, `govbus hub init`",
        "`govbus participant resume {who}` 可恢复；交换中心请用 `govbus hub init`",
    ),
    "check.logins.stranger": (
        "the broker's user {who} has rights here and is no active participant",
        "消息代理用户 {who} 在此拥有权限，但不是正常的参与方",
    ),
    "check.logins.stranger.next": (
        "find out whose it is; `govbus participant suspend` or the broker's own tools take its rights",
        "请查明归属；可用 `govbus participant suspend` 或消息代理自带工具收回权限",
    ),
    "check.broker.alarm": (
        "the broker raises an alarm about {alarm}: it takes nothing from publishers",
        "消息代理发出 {alarm} 告警：暂停接收发布",
    ),
    "check.broker.alarm.next": (
        "make room on its disk, or give it memory; it goes on by itself",
        "请清理磁盘或增加内存；恢复后自动继续",
    ),
    "check.broker.promised": (
        "the queues may hold {promised}, which is {share} % of the {room} there is; at most 60 % is safe",
        "队列上限合计 {promised}，占可用 {room} 的 {share}%；安全上限为 60%",
    ),
    "check.broker.promised.next": (
        "give the broker a larger disk, or lower the queues' limits",
        "请为消息代理扩充磁盘，或降低队列上限",
    ),
}
