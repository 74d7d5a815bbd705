# SPDX-License-Identifier: Apache-2.0
"""What all commands share: the root's help, the nouns, the common options, and how an error is told."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "cli.config.help": ("The settings file.", "配置文件。"),
    "cli.json.help": (
        "One JSON document on standard output, nothing else.",
        "标准输出仅为一个 JSON 文档。",
    ),
    "cli.yes.help": (
        "The fingerprint was compared with the other side; do not ask.",
        "已与对方核对指纹，不再询问。",
    ),
    "cli.fingerprint.help": (
        "The fingerprint as the other side read it out; it must be the one found here.",
        "对方报出的指纹；须与此处一致。",
    ),
    "cli.help": (
        "The government data exchange bus. Results go to standard output, messages to standard error. "
        "Exit codes: 0 done, 1 the answer is no, 2 usage, 65 bad data, 69 broker or database unreachable, "
        "78 bad configuration.",
        "政务数据交换总线。结果写入标准输出，提示写入标准错误。"
        "退出码：0 完成，1 答案为否，2 用法错误，65 数据有误，69 消息代理或数据库不可达，78 配置有误。",
    ),
    "cli.lang.help": (
        "Language: en or zh; otherwise that of the locale.",
        "语言：en 或 zh；缺省取区域设置。",
    ),
    "cli.debug.help": ("Show where in the program an error arose.", "出错时显示程序内的位置。"),
    "cli.version.help": ("Show the version.", "显示版本。"),
    "cli.page": ("Command line", "命令行"),
    "cli.page.rules": (
        "`govbus <noun> <verb>`. Results go to standard output, messages to standard error; every reading "
        "command has `--json`: one document on standard output and nothing else; an error is one too, with "
        "`code` (`EX-…`, `usage` or `bug`), `text`, `hint` and `exit_code` under `error`. Times are local "
        "with their offset for people, UTC in JSON. Exit codes: 0 done · 1 the answer is no · 2 usage · "
        "65 bad data · "
        "69 broker or database unreachable · 78 bad configuration, naming file, line and key "
        "([errors](errors.md)). `--lang` and `--debug` may stand anywhere in the line.",
        "`govbus <名词> <动词>`。结果写入标准输出，提示写入标准错误；凡读取类命令均有 `--json`："
        "标准输出仅为一个文档；出错时也是如此，`error` 下有 `code`（`EX-…`、`usage` 或 `bug`）、`text`、"
        "`hint`、`exit_code`。供人看的时间为带时差的当地时间，JSON 中为 UTC。"
        "退出码：0 完成 · 1 答案为否 · 2 用法错误 · 65 数据有误 · 69 消息代理或数据库不可达 · "
        "78 配置有误，指明文件、行与配置项（[错误代码](errors.zh-CN.md)）。"
        "`--lang` 与 `--debug` 可写在任意位置。",
    ),
    "cli.page.columns": ("| option | meaning |", "| 选项 | 含义 |"),
    "cli.commands": ("Commands", "命令"),
    "cli.error": ("{code}  {text}", "{code}  {text}"),
    "cli.hint": ("try: {hint}", "建议：{hint}"),
    "cli.bug": (
        "a defect of govbus: {kind}: {reason}; `govbus --debug …` shows where",
        "govbus 自身的缺陷：{kind}：{reason}；`govbus --debug …` 可显示位置",
    ),
    "cli.noun.demo": ("a city exchanges documents on this machine", "在本机演示全市各部门交换公文"),
    "cli.noun.broker": ("a private RabbitMQ node for trials and tests", "试用与测试用的私有 RabbitMQ 节点"),
    "cli.noun.hub": ("the exchange hub: make it, run it, check it", "交换中心：建立、运行、检查"),
    "cli.noun.enroll": ("let a department take part", "部门入网登记"),
    "cli.noun.participant": ("who takes part", "参与方"),
    "cli.noun.route": ("which applications receive what", "应用路由表"),
    "cli.noun.type": ("message types and their schemas", "报文类型及其模式"),
    "cli.noun.adapter": ("a department's daemon and its adapters", "部门守护进程与适配器"),
    "cli.noun.send": ("send files as one message", "将文件作为一个报文发送"),
    "cli.noun.message": ("messages: list, show, trace", "报文：列出、查看、追踪"),
    "cli.noun.conversation": ("the messages of one business matter", "同一会话的报文"),
    "cli.noun.receipt": ("signed receipts: list, show, verify, export", "签名回执：列出、查看、验证、导出"),
    "cli.noun.evidence": ("proof of a message's life, off line", "报文存证，可离线验证"),
    "cli.noun.ledger": ("the hub's append-only record", "交换中心台账"),
    "cli.noun.dead": ("what nobody could take", "死信"),
    "cli.noun.convert": ("convert a file to another format", "转换文件格式"),
    "cli.noun.top": ("watch the bus", "实时查看总线"),
}
