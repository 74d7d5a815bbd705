# SPDX-License-Identifier: Apache-2.0
"""What `govbus hub init` and `hub check` say of themselves."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "hub.help": ("The hub: admits, routes, records, proves.", "交换中心：受理、路由、记录、存证。"),
    "hub.init.help": (
        "Make a hub in DIR: settings, authority, keys, database, ledger, and what stands on the broker. "
        "Run again, it finishes what was cut off and keeps what is there.",
        "在 DIR 中建立交换中心：配置、证书机构、密钥、数据库、台账及消息代理上的设施。"
        "再次运行将完成未尽步骤并保留已有内容。",
    ),
    "hub.init.broker.help": (
        "The folder of a private node, or an address amqps://host:port/vhost. May be repeated.",
        "私有节点目录，或地址 amqps://主机:端口/vhost。可重复。",
    ),
    "hub.init.broker-ca.help": (
        "PEM: the authority of the broker's certificate; a private node brings its own.",
        "PEM：消息代理证书的签发机构；私有节点自带。",
    ),
    "hub.init.broker-admin.help": (
        "The management interface, https://user:password@host:15671; the password goes to a file of its own.",
        "管理接口，https://用户:口令@主机:15671；口令将存入单独的文件。",
    ),
    "hub.init.broker-admin-ca.help": (
        "PEM: the authority of the interface's certificate; else the system's are trusted.",
        "PEM：管理接口证书的签发机构；缺省信任系统中的机构。",
    ),
    "hub.init.database.help": (
        "SQLAlchemy URL; SQLite in DIR without it. A password goes to a file of its own.",
        "SQLAlchemy URL；缺省为 DIR 中的 SQLite。口令将存入单独的文件。",
    ),
    "hub.init.name.help": ("Name of the built-in authority.", "内置证书机构名称。"),
    "hub.init.name": ("govbus authority", "govbus 证书机构"),
    "hub.init.suite.help": ("Crypto suite.", "密码套件。"),
    "hub.init.needs": (
        "{option} is needed with a broker given by address",
        "以地址指定消息代理时须给出 {option}",
    ),
    "hub.init.one-node": (
        "either one private node's folder or addresses, not both",
        "请给出一个私有节点目录或若干地址，二者不可兼用",
    ),
    "hub.init.node-stopped": (
        "the node does not run: `govbus broker start {where}` starts it",
        "节点未运行：请用 `govbus broker start {where}` 启动",
    ),
    "hub.init.made": ("made: {what}", "已建立：{what}"),
    "hub.init.kept": ("already there: {what}", "已存在：{what}"),
    "hub.init.step.authority": ("authority", "证书机构"),
    "hub.init.step.keys": ("the hub's keys", "交换中心密钥"),
    "hub.init.step.trust": ("trust anchors", "信任根"),
    "hub.init.step.config": ("settings", "配置"),
    "hub.init.done": ("the hub is ready: {config}", "交换中心已就绪：{config}"),
    "hub.init.fingerprint": ("fingerprint of the hub: {fingerprint}", "交换中心指纹：{fingerprint}"),
    "hub.init.next": (
        "next:\n  govbus hub check --config {config}\n  govbus hub run --config {config}",
        "下一步：\n  govbus hub check --config {config}\n  govbus hub run --config {config}",
    ),
    "hub.init.install-ca": (
        "the broker must let in clients of the authority in {anchors}: add it to the broker's "
        "ssl_options.cacertfile, then run this again",
        "消息代理须信任 {anchors} 中的证书机构：请加入其 ssl_options.cacertfile 后再次运行本命令",
    ),
    "hub.renew.help": (
        "Give the hub its next certificate, in two steps a day apart: the directory names it first, then the "
        "hub signs with it.",
        "更换交换中心证书，分两步、间隔一天：先由目录公布，再由交换中心启用。",
    ),
    "hub.renew.certificate.help": (
        "PEM: the certificate that another authority issued for the request.",
        "PEM：其他证书机构为该申请签发的证书。",
    ),
    "hub.renew.request.help": (
        "Only write the signing request (PEM) for another authority to this file.",
        "仅将签名申请（PEM）写入此文件，供其他证书机构签发。",
    ),
    "hub.renew.at-once.help": (
        "Do not wait for the day: participants that have not taken the directory meanwhile must enrol again.",
        "不等待一天：其间未取得新目录的参与方须重新登记。",
    ),
    "hub.renew.requested": ("the signing request is written: {path}", "签名申请已生成：{path}"),
    "hub.renew.announced": (
        "the directory names the next certificate, {fingerprint}; run this again after {ready}",
        "目录已公布新证书 {fingerprint}；请在 {ready} 之后再次运行本命令",
    ),
    "hub.renew.done": (
        "the hub's certificate is {fingerprint} from here on: restart `govbus hub run`",
        "交换中心证书现为 {fingerprint}：请重新启动 `govbus hub run`",
    ),
    "hub.check.help": (
        "Ask what is wrong or will be soon: each finding with the next step. Exit 1 where something is bad.",
        "检查已有或将有的问题，逐项给出下一步。存在异常时退出码为 1。",
    ),
}
