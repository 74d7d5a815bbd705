# SPDX-License-Identifier: Apache-2.0
"""What is said about configuration: the meaning of every key, and what is wrong with a value."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    # ---- complaints
    "settings.unknown-key": ("there is no such key", "没有此配置项"),
    "settings.unknown-key.near": (
        "there is no such key; did you mean {near}?",
        "没有此配置项；是否应为 {near}？",
    ),
    "settings.is-the-hubs": (
        "this is the hub's settings file, wanted a department's: its adapter.toml",
        "这是交换中心的配置文件，应为部门的 adapter.toml",
    ),
    "settings.is-a-departments": (
        "this is a department's settings file, wanted the hub's: its hub.toml",
        "这是部门的配置文件，应为交换中心的 hub.toml",
    ),
    "settings.is-neither": (
        "this is no settings file of govbus: wanted a hub.toml or an adapter.toml",
        "这不是 govbus 的配置文件，应为 hub.toml 或 adapter.toml",
    ),
    "settings.is-xml": (
        "this is an XML document and no settings file: wanted a hub.toml or an adapter.toml",
        "这是 XML 文档，不是配置文件，应为 hub.toml 或 adapter.toml",
    ),
    "settings.is-pem": (
        "this holds keys or certificates and is no settings file: wanted a hub.toml or an adapter.toml",
        "这是密钥或证书，不是配置文件，应为 hub.toml 或 adapter.toml",
    ),
    "settings.is-json": (
        "this is JSON and no settings file: wanted a hub.toml or an adapter.toml",
        "这是 JSON，不是配置文件，应为 hub.toml 或 adapter.toml",
    ),
    "settings.twice": (
        "it stands in the file twice: take one away",
        "在文件中重复出现，请删除其一",
    ),
    "settings.missing": ("a value is missing", "缺少取值"),
    "settings.wrong-type": ("found {found}, wanted {wanted}", "取值为 {found}，应为{wanted}"),
    "settings.wrong-choice": ("found {found}, wanted one of {wanted}", "取值为 {found}，应为 {wanted} 之一"),
    "settings.fault": ("{text}", "{text}"),
    "settings.empty": ("at least one is needed", "至少需要一项"),
    "settings.wrong-url": ("found {found}, wanted one like {wanted}", "取值为 {found}，应形如 {wanted}"),
    "settings.secret": (
        "a password does not belong here: put it into a file of its own and name that with password_file",
        "此处不得填写口令：请写入单独的文件，并用 password_file 指明",
    ),
    "settings.either": ("give {one} or {other}, not both", "{one} 与 {other} 只能取其一"),
    "settings.no-broker-admin": (
        "users and rights are made through it: name a private node's folder or the management URL",
        "用户与权限须由其建立：请指明私有节点目录或管理接口 URL",
    ),
    "settings.wrong-name": (
        "an application name is lower-case letters, digits and hyphens, such as treasury; found {found}",
        "应用名称由小写字母、数字和连字符组成，例如 treasury；实为 {found}",
    ),
    "settings.too-small": ("found {found}, wanted {least} or more", "取值为 {found}，应不小于 {least}"),
    "settings.out-of-range": ("wanted {least} to {most}", "应在 {least} 至 {most} 之间"),
    "settings.kind.str": ("a text in quotation marks", "带引号的文本"),
    "settings.kind.int": ("a whole number", "整数"),
    "settings.kind.float": ("a number", "数值"),
    "settings.kind.bool": ("true or false", "true 或 false"),
    "settings.kind.list": ("a list in square brackets", "方括号列表"),
    "settings.kind.dict": ("a section", "配置节"),
    # ---- the files and the page
    "settings.hub-file": (
        "The hub's settings. Every key is listed; what is commented out has the value shown.\n"
        "GOVBUS_<SECTION>_<KEY> in the environment goes before this file. No password stands here.",
        "交换中心配置。此处列出全部配置项；被注释的项取所示默认值。\n"
        "环境变量 GOVBUS_<配置节>_<配置项> 优先于本文件。本文件不得填写口令。",
    ),
    "settings.adapter-file": (
        "The adapter daemon's settings. Every key is listed; what is commented out has the value shown.\n"
        "GOVBUS_<SECTION>_<KEY> in the environment goes before this file. No password stands here.",
        "适配器守护进程配置。此处列出全部配置项；被注释的项取所示默认值。\n"
        "环境变量 GOVBUS_<配置节>_<配置项> 优先于本文件。本文件不得填写口令。",
    ),
    "settings.page": ("Settings", "配置项"),
    "settings.page.rules": (
        "A configuration is one TOML file. Unknown keys are errors. Relative paths are relative to the file. "
        "`GOVBUS_<SECTION>_<KEY>` in the environment goes before the file; a list is written there with "
        "commas. "
        "Secrets are never in it: keys are in their folder, passwords in files of their own.",
        "每份配置是一个 TOML 文件。出现未知配置项即报错。相对路径以该文件所在目录为准。"
        "环境变量 `GOVBUS_<配置节>_<配置项>` 优先于文件；其中的列表以逗号分隔。"
        "配置中不得含有秘密：密钥在其目录中，口令在单独的文件中。",
    ),
    "settings.page.columns": (
        "| key | default | meaning | environment |",
        "| 配置项 | 默认值 | 含义 | 环境变量 |",
    ),
    "settings.page.needed": ("needed", "必填"),
    # ---- both files
    "settings.broker": (
        "The message broker: mutual TLS, the certificate is the login",
        "消息代理：双向 TLS，以证书登录",
    ),
    "settings.broker.urls": (
        "addresses, amqps://host:port/vhost; tried in random order",
        "地址，amqps://主机:端口/vhost；按随机顺序尝试",
    ),
    "settings.broker.ca": ("PEM: the authority of the broker's certificate", "PEM：消息代理证书的签发机构"),
    "settings.broker.certificate": ("PEM: our certificate", "PEM：本方证书"),
    "settings.broker.key": (
        "PEM: the certificate's key; may be in the same file",
        "PEM：证书对应的私钥；可与证书在同一文件",
    ),
    "settings.health": ("Metrics and health page", "指标与健康页面"),
    "settings.health.listen": ("host:port; empty = not served", "主机:端口；留空表示不提供"),
    # ---- the hub
    "settings.hub": ("The hub", "交换中心"),
    "settings.hub.folder": ("what the hub keeps beside its database", "交换中心数据库以外的数据目录"),
    "settings.hub.keys": ("folder of its signing key and certificate", "签名密钥与证书目录"),
    "settings.hub.authority": (
        "folder of the built-in authority; without it, certificates come from elsewhere",
        "内置证书机构目录；没有则证书由外部机构签发",
    ),
    "settings.hub.suite": ("crypto suite", "密码套件"),
    "settings.hub.lang": ("language of the log: en or zh", "日志语言：en 或 zh"),
    "settings.database": ("The database", "数据库"),
    "settings.database.url": (
        "SQLAlchemy URL; empty = SQLite in the hub's folder",
        "SQLAlchemy URL；留空为交换中心目录中的 SQLite",
    ),
    "settings.database.password_file": (
        "file whose one line is the password for url",
        "口令文件，仅一行，为 url 的口令",
    ),
    "settings.broker-admin": (
        "The broker's administration: users, rights, closing connections",
        "消息代理管理：用户、权限与断开连接",
    ),
    "settings.broker-admin.node": ("folder of a private node", "私有节点目录"),
    "settings.broker-admin.url": (
        "or the management interface, https://user@host:15671",
        "或管理接口，https://用户@主机:15671",
    ),
    "settings.broker-admin.ca": (
        "PEM: the authority of the interface's certificate; empty = the system's",
        "PEM：管理接口证书的签发机构；留空为系统信任的机构",
    ),
    "settings.broker-admin.password_file": (
        "file whose one line is the password for url",
        "口令文件，仅一行，为 url 的口令",
    ),
    "settings.hub-trust": ("Whose certificates are believed", "信任的证书"),
    "settings.hub-trust.anchors": (
        "PEM: trust anchors, and intermediates if any",
        "PEM：信任根及可能的中间证书",
    ),
    "settings.hub-trust.crl": (
        "PEM: the issuers' revocation lists; a newer file counts within seconds",
        "PEM：签发机构的吊销列表；更换文件后数秒内生效",
    ),
    "settings.limits": ("How large anything may be", "规模上限"),
    "settings.limits.document": ("bytes of one document on the wire", "单个传输文档的字节数"),
    "settings.limits.envelope": ("bytes of an envelope without its manifest", "信封（不含清单）的字节数"),
    "settings.limits.manifest": ("bytes of a manifest", "清单的字节数"),
    "settings.limits.payload": ("bytes of a payload", "数据的字节数"),
    "settings.limits.segments": ("segments of a message", "每个报文的报文段数"),
    "settings.limits.parts": ("parts of a payload", "数据的部分数"),
    "settings.limits.receivers": ("receivers of a message", "每个报文的接收方数"),
    "settings.limits.attributes": ("attributes of a message", "每个报文的属性数"),
    "settings.limits.attribute_name": ("characters of an attribute's name", "属性名字符数"),
    "settings.limits.attribute_value": ("characters of an attribute's value", "属性值字符数"),
    "settings.limits.key": ("characters of an application's key", "业务键字符数"),
    "settings.limits.extensions": ("extensions of an envelope", "信封扩展数"),
    "settings.limits.hops": ("hubs that a message may pass", "报文可经过的交换中心数"),
    "settings.limits.depth": ("nested elements of a document", "文档元素嵌套层数"),
    "settings.limits.life_seconds": (
        "seconds from created to expires; ids are remembered this long",
        "从创建到过期的秒数；标识保留同样时间",
    ),
    "settings.limits.clock_skew_seconds": ("seconds that clocks may differ", "允许的时钟偏差秒数"),
    "settings.limits.express_segments": ("segments of a flash or urgent message", "特急与加急报文的报文段数"),
    "settings.hub-retention": ("How long what is final is remembered", "已办结内容的保留期"),
    "settings.hub-retention.messages_days": (
        "days of envelopes, states and receipts",
        "信封、状态与回执的天数",
    ),
    "settings.hub-retention.dead_days": ("days of dead letters nobody looked at", "无人处理的死信的天数"),
    "settings.hub-retention.rows_a_round": ("messages removed in one transaction", "每个事务清除的报文数"),
    "settings.watch": ("When silence is something to speak of", "异常沉默的判定"),
    "settings.watch.resend_seconds": (
        "seconds after which a transfer without progress is asked for again",
        "传输超过此秒数没有进展即重新索取",
    ),
    "settings.watch.disk_threshold_bytes": (
        "free bytes on the hub's disk below which nothing is admitted",
        "交换中心磁盘剩余低于此字节数时停止受理",
    ),
    "settings.watch.express_bytes_a_second": (
        "flash and urgent bytes a second of one participant",
        "每个参与方特急与加急报文每秒字节数",
    ),
    # ---- an adapter daemon
    "settings.participant": ("Who we are", "本方"),
    "settings.participant.id": ("participant id, such as 440500.finance", "参与方标识，例如 440500.finance"),
    "settings.participant.suite": ("crypto suite", "密码套件"),
    "settings.participant.keys": (
        "folder of our keys; it never leaves this machine",
        "密钥目录，绝不离开本机",
    ),
    "settings.participant.lang": ("language of the log: en or zh", "日志语言：en 或 zh"),
    "settings.trust": (
        "What enrolment gave, and what the hub has told since",
        "登记时取得的以及交换中心其后告知的信任材料",
    ),
    "settings.trust.anchors": ("PEM: trust anchors, and intermediates if any", "PEM：信任根及可能的中间证书"),
    "settings.trust.hub": ("PEM: the hub's certificates", "PEM：交换中心证书"),
    "settings.trust.directory": ("our view of the directory, as last signed", "最近一次签发的本方参与方目录"),
    "settings.trust.crl": (
        "PEM: the issuers' revocation lists; a newer file counts within seconds",
        "PEM：签发机构的吊销列表；更换文件后数秒内生效",
    ),
    "settings.stores": ("Outbox, inbox and spool", "发件箱、收件箱与缓存区"),
    "settings.stores.folder": ("where they are", "所在目录"),
    "settings.stores.disk_threshold_bytes": (
        "free bytes below which nothing is taken in",
        "磁盘剩余低于此字节数时停止接收",
    ),
    "settings.stores.spool_bytes": (
        "bytes of arriving and waiting data from which on routine and bulk wait at the broker, until an "
        "application has taken something",
        "到达与等待数据达到此字节数后，平急与批量报文留在消息代理，直至应用取走部分数据",
    ),
    "settings.sending": (
        "How messages are made where the application does not say it",
        "应用未指明时的发送方式",
    ),
    "settings.sending.expires_after_seconds": ("seconds until a message expires", "报文有效秒数"),
    "settings.sending.segment_bytes": (
        "bytes of one segment, before compression",
        "每个报文段压缩前的字节数",
    ),
    "settings.sending.poll_seconds": (
        "seconds between two askings of an application that had nothing",
        "应用无数据时两次询问的间隔秒数",
    ),
    "settings.sending.unforwarded_bytes": (
        "bytes of one class that the hub has and has not forwarded yet, at most; only the oldest message may "
        "exceed it",
        "每个紧急程度中交换中心已收到而尚未转发的字节数上限；仅最早的一个报文可以超出",
    ),
    "settings.retention": ("How long what is final is remembered", "已办结内容的保留期"),
    "settings.retention.messages_days": ("days of messages and receipts", "报文与回执的天数"),
    "settings.retention.most_messages": (
        "messages sent, and messages received, at most; beyond it the oldest final ones go, once they have "
        "expired",
        "发送与接收的报文数上限（各自计算）；超出时先清除最早办结且已过期的",
    ),
    "settings.application": (
        "One business system, and the adapter that joins it",
        "一个业务应用及接入它的适配器",
    ),
    "settings.application.adapter": (
        "name of the adapter; `govbus adapter list` shows them",
        "适配器名称；`govbus adapter list` 可列出",
    ),
    "settings.application.accepts": (
        "formats that it can read; what arrives in another is converted; none = any",
        "可读取的格式；其他格式先行转换；留空为任意格式",
    ),
    "settings.application.accepts_by_type": (
        "the same for single message types, which goes before it: a table of type and formats",
        "按报文类型分别指定，优先于上一项：类型与格式的对照表",
    ),
    "settings.application.allow_lossy": (
        "whether a conversion may lose something where no other leads to a format that it reads",
        "没有无损转换途径时，是否允许会丢失内容的转换",
    ),
    "settings.application.most_lost": (
        "share of a document's characters, 0 to 1, that its conversion may lose; what is not counted may be "
        "converted",
        "转换允许丢失的字符比例（0 至 1）；无法计数的文档不受限",
    ),
    "settings.application.most_different": (
        "how far the page of a result that looks least like its source may differ from it, 0 to 1: the mean "
        "distance of the gray values of small pictures of both; 1 = as far as it likes; what cannot be "
        "compared may be converted",
        "转换结果中与原件差异最大的一页所允许的差异（0 至 1），即两页灰度缩略图的平均差；"
        "1 为不限；无法比对的文档不受限",
    ),
    "settings.application.unconvertible": (
        "what becomes of a part that cannot be converted: return (the message goes back with the reason) or "
        "original (the application gets the part as it was sent, and the receipt has the reason)",
        "部分内容无法转换时的处理：return（附原因退回报文）或 original（按原件交付，原因写入回执）",
    ),
    "settings.application.below": (
        "what becomes of a part whose conversion lost more or looks more different: return (the message goes "
        "back) or original (the application gets the part as it was sent)",
        "丢失或差异超限时的处理：return（退回报文）或 original（按原件交付）",
    ),
    "settings.conversion": (
        "How documents are converted for applications that do not read what arrives",
        "应用不能读取所收格式时的文档转换",
    ),
    "settings.conversion.workers": (
        "documents converted at once, at most, of which, from two on, one is kept for flash and urgent; "
        "each that is kept warm holds some 200 MB of memory",
        "同时转换的文档数上限；设为 2 或以上时，其中一个名额专留给特急和加急；"
        "每个保持就绪的进程约占内存 200 MB",
    ),
    "settings.conversion.measure": (
        "whether it is measured how different a result looks, where that can be: up to 8 pages of a document "
        "are drawn and compared for it, which costs most with scans",
        "是否测量转换结果的外观差异（可测量时）：每份文档最多绘制并比对 8 页，扫描件开销最大",
    ),
    "settings.conversion.ceb": (
        "CEB and CEBX, where they cannot be converted by what is in the file",
        "CEB 与 CEBX：不能仅凭文件内容转换时的办法",
    ),
    "settings.conversion.ceb.command": (
        "an external converter to PDF, as a list of words; `{{source}}` and `{{target}}` become the paths",
        "转换为 PDF 的外部命令，写成字符串列表；`{{source}}` 和 `{{target}}` 替换为文件路径",
    ),
    "settings.conversion.ceb.command_to_ceb": (
        "the like, from PDF to CEB",
        "从 PDF 到 CEB 的外部命令，写法同上",
    ),
    "settings.conversion.ceb.key": (
        "a file with `modulus` and `exponent`, hexadecimal, of the RSA key under which some documents' keys "
        "are wrapped",
        "存放 RSA 密钥（`modulus` 和 `exponent`，十六进制）的文件，用于解开部分文件中封装的密钥",
    ),
    "settings.command-places": (
        "the command must name {{source}} and {{target}}",
        "命令中必须写明 {{source}} 和 {{target}}",
    ),
    "settings.conversion.records": (
        "Structured data: XML, JSON, CSV and XLSX into each other",
        "结构化数据：XML、JSON、CSV、XLSX 之间的转换",
    ),
    "settings.conversion.records.mappings": (
        "files with the mappings of message types: where their records stand, and their columns; the first "
        "that fits a file is taken",
        "各报文类型的映射文件：记录所在位置及各列；采用第一个适用的映射",
    ),
    "settings.conversion.seals": (
        "The verification of electronic seals in documents",
        "文档中电子印章的验证",
    ),
    "settings.conversion.seals.anchors": (
        "a PEM file with the certificates of the authorities that seal makers and signers are trusted under",
        "信任锚证书文件（PEM）：制章者和签章者由其中的机构证明身份",
    ),
    "settings.no-format": (
        "{found} is no format: a media type such as application/pdf, or a word such as pdf, ofd, docx",
        "{found} 不是格式：应为媒体类型（如 application/pdf）或简称（如 pdf、ofd、docx）",
    ),
}
