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
        "{bad} bad, {warnings} warnings, {count} questions asked",
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
    # ---- bad, or soon
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
