# SPDX-License-Identifier: Apache-2.0
"""What is said of routing tables: what is wrong with one, why a rule decides, what the commands say."""

from __future__ import annotations

_INVALID: dict[str, tuple[str, str]] = {
    "route.place": ("as a whole", "整体"),
    "route.place.rule": ("rule {rule}", "规则 {rule}"),
    "route.place.line": ("line {line}", "第 {line} 行"),
    "route.place.line.rule": ("line {line}, rule {rule}", "第 {line} 行，规则 {rule}"),
    "route.place.version": ("version {version}", "版本 {version}"),
    "route.bad.digest": (
        "the database does not hold the rules that were imported: import or roll back to a good version",
        "数据库中的规则与导入时不一致：请重新导入，或回滚到完好的版本",
    ),
    "route.bad.id": (
        "the id is {found!r}, wanted letters, digits, dots, hyphens and underlines, such as land-to-tax",
        "标识为 {found!r}，应由字母、数字、点、连字符和下划线组成，例如 land-to-tax",
    ),
    "route.bad.twice": (
        "the id stands there twice, as rule {first} and as rule {second}",
        "标识重复：第 {first} 条与第 {second} 条规则相同",
    ),
    "route.bad.twice.line": ("the id stands on line {first} already", "标识已在第 {first} 行出现"),
    "route.bad.type": (
        "type is {found!r}, wanted a type such as document.official.v1, a prefix such as document.*, or *",
        "报文类型为 {found!r}，应为 document.official.v1 这样的类型、document.* 这样的前缀或 *",
    ),
    "route.bad.party": (
        "{name} is {found!r}, wanted an address such as 440500.tax/registry, 440500.tax/*, "
        "a division such as 4405*, or *",
        "{name} 为 {found!r}，应为 440500.tax/registry 这样的地址、440500.tax/*、4405* 这样的区划或 *",
    ),
    "route.bad.attributes": (
        "{found} attributes are tested, {limit} are allowed",
        "测试了 {found} 个属性，最多允许 {limit} 个",
    ),
    "route.bad.attribute.order": (
        "attributes {found}: each may be tested once, and they stand in alphabetical order",
        "属性 {found}：每个属性只能测试一次，并按字母顺序排列",
    ),
    "route.bad.attribute.name": (
        "attribute name {found!r}, wanted 1 to {limit} characters without control characters",
        "属性名为 {found!r}，应为 1 至 {limit} 个字符且不含控制字符",
    ),
    "route.bad.attribute.value": (
        "the value of attribute {name}, wanted at most {limit} characters without control characters",
        "属性 {name} 的值最多 {limit} 个字符且不得含控制字符",
    ),
    "route.bad.deliver.twice": ("deliver names an application twice", "投递对象重复"),
    "route.bad.deliver.many": (
        "deliver names {found} applications, {limit} are allowed; write several rules",
        "投递对象为 {found} 个，最多允许 {limit} 个；请拆成多条规则",
    ),
    "route.bad.gateway.deliver": (
        "it names applications and a gateway; a rule delivers to applications or hands on to a gateway",
        "同时写了投递应用和网关；一条规则只能投递到应用或转交网关",
    ),
    "route.bad.gateway": (
        "gateway is {found!r}, wanted the id of a hub such as 440000.exchange",
        "网关为 {found!r}，应为交换中心标识，例如 440000.exchange",
    ),
    "route.bad.priority": (
        "priority-floor {floor} is more urgent than priority-ceiling {ceiling}: nothing lies between them",
        "优先级下限 {floor} 比上限 {ceiling} 更紧急，两者之间没有取值",
    ),
    "route.bad.deadline": (
        "deadline-seconds is {found}, wanted 1 to {limit}",
        "期限秒数为 {found}，应为 1 至 {limit}",
    ),
    "route.bad.grant": (
        "grant is {found!r}, wanted lower-case letters, digits, hyphens and dots",
        "授权名为 {found!r}，应由小写字母、数字、连字符和点组成",
    ),
    "route.bad.comment": (
        "the comment, wanted at most {limit} characters on one line",
        "说明最多 {limit} 个字符，且只能占一行",
    ),
    "route.bad.time": (
        "{name} is {found!r}, wanted a time with its offset, to the millisecond, "
        "such as 2026-11-21T08:30:00+08:00",
        "{name} 为 {found!r}，应为带时区的时间，例如 2026-11-21T08:30:00+08:00，精确到毫秒",
    ),
    "route.bad.period": (
        "valid-from {start} is not before valid-until {end}",
        "生效时间 {start} 不早于失效时间 {end}",
    ),
    "route.bad.line": ("{found!r} is no rule in one line", "{found!r} 不是单行规则"),
    "route.bad.xml": ("not well-formed XML: {found}", "不是格式良好的 XML：{found}"),
    "route.bad.schema": ("it does not fit the schema: {found}", "不符合模式定义：{found}"),
    "route.bad.no-rule": ("{found} is no rule", "{found} 不是规则"),
    "route.bad.misplaced": ("a rule stands where none may", "规则出现在不允许的位置"),
    "route.bad.among": ("{found} stands among the rules", "规则之间出现了 {found}"),
    "route.wanted.deliver": (
        "{addressed}, or addresses such as 440500.tax/registry",
        "{addressed} 或 440500.tax/registry 这样的地址",
    ),
    "route.bad.forbidden": (
        "{found} is not allowed; write plain UTF-8 XML without DTD, CDATA and processing instructions",
        "不允许使用 {found}；请使用不含 DTD、CDATA 和处理指令的 UTF-8 XML",
    ),
    "route.bad.root": (
        'it begins with {found}, wanted <routing-table xmlns="urn:govbus:routing:1" version="1">',
        '开头为 {found}，应为 <routing-table xmlns="urn:govbus:routing:1" version="1">',
    ),
    "route.bad.large": ("one rule takes more than {limit} bytes", "单条规则超过 {limit} 字节"),
    "route.bad.encoding": (
        'the text is neither UTF-8 nor GB18030: save it as "CSV UTF-8"',
        "文本既不是 UTF-8 也不是 GB18030：请另存为“CSV UTF-8”",
    ),
    "route.bad.csv": ("not well-formed CSV: {found}", "不是格式良好的 CSV：{found}"),
    "route.bad.heading": (
        "column {found!r} is not known, wanted some of: {wanted}",
        "列 {found!r} 无法识别，可用的列：{wanted}",
    ),
    "route.bad.heading.twice": ("column {found} stands there twice", "列 {found} 重复"),
    "route.bad.heading.absent": ("there is no column {wanted}", "缺少列 {wanted}"),
    "route.bad.cells": (
        "{found} cells stand under {wanted} headings",
        "{wanted} 个表头下有 {found} 个单元格",
    ),
    "route.bad.cell": ("{name} is {found!r}, wanted {wanted}", "{name} 为 {found!r}，应为 {wanted}"),
    "route.bad.empty": (
        "it holds no rule; nothing could be sent any more",
        "其中没有规则；导入后将无法发送任何报文",
    ),
}

_WHY: dict[str, tuple[str, str]] = {
    "route.why.disabled": ("it is switched off", "规则已停用"),
    "route.why.early": (
        "it is in force only from {wanted}, asked was {found}",
        "规则自 {wanted} 起生效，查询时间为 {found}",
    ),
    "route.why.late": (
        "it was in force until {wanted}, asked was {found}",
        "规则已于 {wanted} 失效，查询时间为 {found}",
    ),
    "route.why.timeless": (
        "it is in force for a period only, and no time was given",
        "规则仅在一段时间内有效，而查询未给出时间",
    ),
    "route.why.type": ("its type is {wanted}, this is {found}", "其报文类型为 {wanted}，此报文为 {found}"),
    "route.why.from": (
        "it is for senders {wanted}, this is from {found}",
        "其发送方为 {wanted}，此报文来自 {found}",
    ),
    "route.why.to": (
        "it is for receivers {wanted}, this goes to {found}",
        "其接收方为 {wanted}，此报文发往 {found}",
    ),
    "route.why.elsewhere": ("it delivers to {wanted}, not to {found}", "其投递对象为 {wanted}，不含 {found}"),
    "route.why.addressed": (
        "it is for messages addressed to {wanted}, this is addressed to nobody",
        "其适用于发往 {wanted} 的报文，而此报文未指定接收方",
    ),
    "route.why.no-subscription": (
        "it names no application, and this is addressed to nobody",
        "规则未指定投递应用，而此报文也未指定接收方",
    ),
    "route.why.attribute": (
        "it wants attribute {name}={wanted}, here it is {found}",
        "要求属性 {name}={wanted}，此处为 {found}",
    ),
    "route.why.attribute-absent": (
        "it wants attribute {name}={wanted}, the message has no {name}",
        "要求属性 {name}={wanted}，而报文没有 {name}",
    ),
    "route.why.nobody-new": (
        "whom it names is the sender, or receives it by a more specific rule",
        "其投递对象是发送方自身，或已由更具体的规则投递",
    ),
    "route.why.outranked-to": ("{winner} names the receiver more closely", "{winner} 的接收方更具体"),
    "route.why.outranked-type": ("{winner} names the type more closely", "{winner} 的报文类型更具体"),
    "route.why.outranked-from": ("{winner} names the sender more closely", "{winner} 的发送方更具体"),
    "route.why.outranked-attributes": ("{winner} tests more attributes", "{winner} 测试了更多属性"),
    "route.why.outranked-order": (
        "{winner} is as specific and stands earlier",
        "{winner} 同样具体且位置靠前",
    ),
}

_EXPLAIN: dict[str, tuple[str, str]] = {
    "route.explain.addressed": (
        "{type} from {sender} to {to}, {priority}",
        "从 {sender} 发往 {to} 的 {type}，{priority}",
    ),
    "route.explain.unaddressed": (
        "{type} from {sender}, addressed to nobody, {priority}",
        "来自 {sender} 的 {type}，未指定接收方，{priority}",
    ),
    "route.explain.attributes": (", with {tests}", "，属性 {tests}"),
    "route.explain.delivered": ("  delivered to {to} by rule {rule}", "  投递到 {to}，依据规则 {rule}"),
    "route.explain.priority": (
        "      as {priority}; its sender asks for {asked}",
        "      紧急程度为 {priority}；发送方要求 {asked}",
    ),
    "route.explain.deadline": (
        "      within {seconds} seconds of its creation",
        "      须在创建后 {seconds} 秒内送达",
    ),
    "route.explain.grant": (
        "      if {participant} holds the grant {grant}",
        "      前提是 {participant} 持有授权 {grant}",
    ),
    "route.explain.gateway": ("      through the hub {gateway}", "      经交换中心 {gateway} 转交"),
    "route.explain.refused": (
        "  REFUSED with EX-302: nothing is delivered to anybody",
        "  拒收 EX-302：不向任何应用投递",
    ),
    "route.explain.uncovered": ("no rule covers {to}", "没有规则适用于 {to}"),
    "route.explain.blocked": (
        "rule {rule} decides about {to}, and delivers only to {named}",
        "{to} 由规则 {rule} 决定，而该规则只投递到 {named}",
    ),
    "route.explain.nobody": ("nobody has subscribed to it", "没有订阅者"),
    "route.explain.outranked": ("also matching, but outranked:", "同样匹配但让位的规则："),
    "route.explain.nearest": ("nearest rules that do not match {to}:", "最接近但不匹配 {to} 的规则："),
    "route.explain.nearest.subscriptions": (
        "nearest rules that do not match:",
        "最接近但不匹配的规则：",
    ),
    "route.explain.rule": ("  {rule}: {reasons}", "  {rule}：{reasons}"),
    "route.explain.separator": ("; ", "；"),
    "route.explain.advice": (
        "if it should pass, correct one of these, or add: "
        '<rule id="NAME" type="{type}" from="{sender}"{to}>{deliver}</rule>; then `govbus route import`',
        "如应放行，请修改上述规则之一，或新增："
        '<rule id="NAME" type="{type}" from="{sender}"{to}>{deliver}</rule>；然后执行 `govbus route import`',
    ),
}

_COLUMNS: dict[str, tuple[str, str]] = {
    "route.column.id": ("id", "规则"),
    "route.column.type": ("type", "报文类型"),
    "route.column.from": ("from", "发送方"),
    "route.column.to": ("to", "接收方"),
    "route.column.attributes": ("attributes", "属性"),
    "route.column.deliver": ("deliver", "投递"),
    "route.column.gateway": ("gateway", "网关"),
    "route.column.priority-floor": ("priority-floor", "优先级下限"),
    "route.column.priority-ceiling": ("priority-ceiling", "优先级上限"),
    "route.column.deadline-seconds": ("deadline-seconds", "期限秒数"),
    "route.column.grant": ("grant", "授权"),
    "route.column.enabled": ("enabled", "启用"),
    "route.column.valid-from": ("valid-from", "生效时间"),
    "route.column.valid-until": ("valid-until", "失效时间"),
    "route.column.comment": ("comment", "说明"),
}

_COMMANDS: dict[str, tuple[str, str]] = {
    "route.help": (
        "The routing table: which applications receive which messages.",
        "应用路由表：哪些应用接收哪些报文。",
    ),
    "route.import.help": (
        "Put the rules of FILE (XML or CSV, - = standard input) in force, as a new version; all or none.",
        "导入 FILE（XML 或 CSV，- 表示标准输入）中的规则，作为新版本生效；要么全部生效，要么全不生效。",
    ),
    "route.rollback.help": (
        "Put the rules of VERSION in force again, as a new version.",
        "以新版本的形式恢复 VERSION 的规则。",
    ),
    "route.export.help": (
        "Write a version to FILE, XML or CSV; to standard output where none is named.",
        "将某一版本写入 FILE（XML 或 CSV）；未指定时写到标准输出。",
    ),
    "route.list.help": (
        "List the rules in table order; only those that contain TEXT where it is given.",
        "按表中顺序列出规则；给出 TEXT 时只列出包含它的规则。",
    ),
    "route.show.help": ("Show one rule in full.", "显示一条规则的全部内容。"),
    "route.versions.help": (
        "List who put what in force, and when; the newest first.",
        "列出各版本的提交人、时间和说明，最新的在前。",
    ),
    "route.diff.help": (
        "Tell what makes version B of version A; the last change where none is named.",
        "比较版本 A 与 B；未指定时显示最近一次变更。",
    ),
    "route.explain.help": (
        "Tell where a message would go, by which rules, and why the nearest others do not match.",
        "说明一份报文会投递到哪里、依据哪些规则，以及最接近的规则为何不匹配。",
    ),
    "route.simulate.help": (
        "Tell what would become of messages if the table in FILE were in force; exit 1 if one would be lost.",
        "说明 FILE 中的路由表若生效，报文的去向有何变化；若有报文将被拒收则退出码为 1。",
    ),
    "route.author.help": ("Who makes the change; you, where not given.", "变更人；默认为当前用户。"),
    "route.comment.help": ("Why the change is made.", "变更说明。"),
    "route.version.help": (
        "The version to read; the one in force where not given.",
        "读取的版本；默认为现行版本。",
    ),
    "route.at.help": (
        "The version in force at that time, such as 2026-11-21T08:30; rules' periods are judged by it too.",
        "该时刻的现行版本，例如 2026-11-21T08:30；规则的有效期也以此判断。",
    ),
    "route.dry-run.help": ("Read and compare only; change nothing.", "只读取并比较，不作任何改动。"),
    "route.format.help": (
        "The form of the file; by its name where not given.",
        "文件格式；默认由文件名判断。",
    ),
    "route.limit.help": ("Show at most so many; 0 = all.", "最多显示的条数；0 表示全部。"),
    "route.type.help": (
        "The message type, such as document.official.v1.",
        "报文类型，例如 document.official.v1。",
    ),
    "route.from.help": (
        "The sending application, such as 440500.finance/treasury.",
        "发送应用，例如 440500.finance/treasury。",
    ),
    "route.to.help": (
        "An addressed application; may be given several times; none = the subscriptions decide.",
        "接收应用，可多次给出；不给出则由订阅规则决定。",
    ),
    "route.attribute.help": (
        "An attribute of the message; may be given several times.",
        "报文属性，可多次给出。",
    ),
    "route.priority.help": ("The priority that the sender asks for.", "发送方要求的紧急程度。"),
    "route.messages.help": (
        "Messages to try: CSV with type, from, to, attributes, priority; "
        "one for each changed rule where not given.",
        "要试算的报文：CSV，列为 type、from、to、attributes、priority；默认每条变更规则一份。",
    ),
    "route.thing": ("rule", "规则"),
    "route.wrong-time": (
        "{found!r} is no time, wanted one such as 2026-11-21T08:30 or 2026-11-21T08:30+08:00",
        "{found!r} 不是时间，应形如 2026-11-21T08:30 或 2026-11-21T08:30+08:00",
    ),
    "route.wrong-attribute": ("{found!r} is no NAME=VALUE", "{found!r} 不是 NAME=VALUE 的形式"),
    "route.importing": ("reading the routing table", "正在读取路由表"),
    "route.rolled-back": ("back to version {version}", "回滚到版本 {version}"),
    "route.in-force": (
        "version {version} is in force, {rules} rules: "
        "{added} added, {removed} removed, {changed} changed{order}",
        "版本 {version} 已生效，共 {rules} 条规则：新增 {added}，删除 {removed}，修改 {changed}{order}",
    ),
    "route.would-change": (
        "nothing was changed; importing would mean: "
        "{added} added, {removed} removed, {changed} changed{order}",
        "未作改动；若导入：新增 {added}，删除 {removed}，修改 {changed}{order}",
    ),
    "route.compared": (
        "from version {before} to {after}: {added} added, {removed} removed, {changed} changed{order}",
        "版本 {before} 至 {after}：新增 {added}，删除 {removed}，修改 {changed}{order}",
    ),
    "route.order.kept": ("", ""),
    "route.order.changed": (
        ", and another order, which counts between equally specific rules",
        "，且顺序有变（同样具体的规则以先后为准）",
    ),
    "route.change": ("  {sign} {id}  {what}", "  {sign} {id}  {what}"),
    "route.more-changes": ("… and {more} more: --limit shows them", "……另有 {more} 项：可用 --limit 显示"),
    "route.more": (
        "only the first {limit} are shown: --limit 0 shows all",
        "仅显示前 {limit} 条：--limit 0 显示全部",
    ),
    "route.explained": ("by routing table version {version}", "依据路由表版本 {version}"),
    "route.as-addressed": ("as addressed", "按报文指定"),
    "route.disabled": ("switched off", "已停用"),
    "route.refused": ("refused (EX-302)", "拒收（EX-302）"),
    "route.yes": ("yes", "是"),
    "route.no": ("no", "否"),
    "route.shift.lost": (
        "LOST     {query}: {before}; then {after}",
        "将被拒收  {query}：{before}；之后 {after}",
    ),
    "route.shift.gained": (
        "gained   {query}: {before}; then {after}",
        "将可投递  {query}：{before}；之后 {after}",
    ),
    "route.shift.changed": (
        "changed  {query}: {before}; then {after}",
        "去向变化  {query}：{before}；之后 {after}",
    ),
    "route.simulated": (
        "{asked} messages tried, {shifted} fare differently, {lost} would be lost",
        "试算 {asked} 份报文，{shifted} 份去向不同，其中 {lost} 份将被拒收",
    ),
    "route.column.terms": ("terms", "条件"),
    "route.column.version": ("version", "版本"),
    "route.column.at": ("at", "时间"),
    "route.column.author": ("by", "提交人"),
    "route.column.rules": ("rules", "规则数"),
    "route.column.digest": ("digest", "摘要"),
    "route.column.priority": ("priority", "紧急程度"),
}

TEXTS: dict[str, tuple[str, str]] = {**_INVALID, **_WHY, **_EXPLAIN, **_COLUMNS, **_COMMANDS}
