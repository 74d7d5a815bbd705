# SPDX-License-Identifier: Apache-2.0
"""Errors 9xx, of operation: broker, database, settings, and everything that an operator runs."""

from __future__ import annotations

from exchange.texts.codes import AWAY, CONFIG, NO, Rows

# fmt: off
ROWS: Rows = {
    "EX-901": (
        AWAY, "",
        "the broker at {where} cannot be reached: {reason}",
        "check the address and the network; if both are good, call the hub's operator",
        "无法连接消息代理 {where}：{reason}",
        "请检查地址与网络；如均正常，请联系交换中心管理员",
    ),
    "EX-902": (
        AWAY, "",
        "the database at {where} cannot be reached: {reason}",
        "check the URL, the server and the disk",
        "无法连接数据库 {where}：{reason}",
        "请检查 URL、服务器与磁盘",
    ),
    "EX-903": (
        CONFIG, "",
        "{file}, line {line}, {key}: {reason}",
        "correct the line; docs/reference/settings.md lists every key",
        "{file} 第 {line} 行 {key}：{reason}",
        "请更正该行；docs/reference/settings.md 列出全部配置项",
    ),
    "EX-904": (
        CONFIG, "",
        "{file} cannot be read: {reason}",
        "check the path and its permissions",
        "无法读取 {file}：{reason}",
        "请检查路径及权限",
    ),
    "EX-905": (
        NO, "",
        "{what} {found} does not exist",
        "list what there is and try again",
        "{what} {found} 不存在",
        "请先列出现有内容再试",
    ),
    "EX-906": (
        NO, "",
        "no answer within {seconds} s: message {message_id} is {state}",
        "it goes on by itself: `govbus message show {message_id}` tells how far it is",
        "{seconds} 秒内未完成：报文 {message_id} 状态为 {state}",
        "系统会自动继续：`govbus message show {message_id}` 可查看进度",
    ),
    "EX-907": (
        NO, "",
        "{what} exists already: {found}",
        "choose another folder or name, or remove it first",
        "{what}已存在：{found}",
        "请另选目录或名称，或先将其移除",
    ),
    "EX-908": (
        AWAY, "",
        "{what} runs already, as process {pid}",
        "one daemon serves one folder: stop the other first",
        "{what}已在运行，进程号 {pid}",
        "一个目录只能由一个守护进程服务：请先停止另一个",
    ),
    "EX-909": (
        NO, "",
        "a delivery may not go from {found} by {event}",
        "this is a defect of govbus: report it with the message's trace",
        "投递不能从 {found} 经 {event} 变更",
        "这是 govbus 的缺陷：请附上报文轨迹报告",
    ),
    "EX-910": (
        AWAY, "",
        "{what} is needed and not installed",
        "{install}",
        "需要 {what}，但尚未安装",
        "{install}",
    ),
    "EX-913": (
        AWAY, "",
        "the broker node in {where} failed: {reason}",
        "its log is {log}: mend the cause and try again; `govbus broker status {where}` tells how it is",
        "{where} 中的代理节点出错：{reason}",
        "日志位于 {log}：排除原因后重试；`govbus broker status {where}` 可查看状态",
    ),
    "EX-912": (
        AWAY, "",
        "port {port} of the broker node in {where} is taken by another program",
        "free the port (`ss -ltnp` names its holder) and start the node again; its address stays the same",
        "{where} 中代理节点的端口 {port} 被其他程序占用",
        "请释放该端口（`ss -ltnp` 可查看占用者）后重新启动节点；其地址不变",
    ),
    "EX-911": (
        CONFIG, "",
        "{what} on the broker differs from what is wanted: {reason}",
        "a person must look: remove it by the broker's own tools if nothing waits in it, then run this again",
        "消息代理上的{what}与要求不符：{reason}",
        "需人工处理：若其中无待处理报文，可用消息代理工具删除后重试",
    ),
    "EX-914": (
        CONFIG, "",
        "the broker refuses {what}: {reason}",
        "call the hub's operator: enrolment gives this broker user its rights",
        "消息代理拒绝{what}：{reason}",
        "请联系交换中心管理员：该代理用户的权限由入网审批设置",
    ),
    "EX-915": (
        NO, "",
        "`govbus {command}` ended with {found}: {reason}",
        "run it by hand in the demo's folder (`govbus demo --dir DIR --keep`) and look at the logs there",
        "`govbus {command}` 以 {found} 结束：{reason}",
        "请在演示目录中手工运行（`govbus demo --dir DIR --keep`）并查看其中的日志",
    ),
    "EX-916": (
        CONFIG, "",
        "the adapter {found} cannot be used: {reason}",
        "`govbus adapter list` shows what is installed",
        "适配器 {found} 无法使用：{reason}",
        "`govbus adapter list` 可列出已安装的适配器",
    ),
    "EX-917": (
        CONFIG, "",
        "the environment variable {key}, which goes before {file}: {reason}",
        "correct or unset the variable; docs/reference/settings.md lists every key",
        "环境变量 {key}（优先于 {file}）：{reason}",
        "请更正或取消该环境变量；docs/reference/settings.md 列出全部配置项",
    ),
    "EX-920": (
        AWAY, "",
        "the lease {name} is no longer ours: epoch {found}, ours was {wanted}",
        "another process took over while this one was away; it waits for its turn again by itself",
        "租约 {name} 已不归本进程：当前轮次 {found}，本进程轮次 {wanted}",
        "本进程失联期间已由其他进程接管；本进程会自动重新排队",
    ),
    "EX-921": (
        NO, "",
        "the ledger does not fit itself: {reason}",
        "keep a copy of the database, then `govbus ledger verify` names every entry that is wrong",
        "台账自相矛盾：{reason}",
        "请先备份数据库，再用 `govbus ledger verify` 查出每一条有误的记录",
    ),
    "EX-922": (
        CONFIG, "",
        "the database file {file} is damaged",
        "stop what uses it, keep a copy of the damaged file and restore the newest backup: "
        "docs/how-to/operate.md (A damaged database) says what is lost and what comes back by itself",
        "数据库文件 {file} 已损坏",
        "请停止使用它的程序，保留损坏文件的副本，再恢复最新备份：docs/how-to/operate.md"
        "（A damaged database 一节）说明会丢失什么、什么会自动恢复",
    ),
}
# fmt: on
