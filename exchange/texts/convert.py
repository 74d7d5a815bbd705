# SPDX-License-Identifier: Apache-2.0
"""What `govbus convert` says, and `govbus adapter check` of conversions."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "convert.help": (
        "Convert FILE as it would be converted for an application: what it is, is judged by its content; the "
        "cheapest way is taken.",
        "按接收应用的方式转换 FILE：格式由内容判定，取代价最小的途径。",
    ),
    "convert.to.help": (
        "What it is to become: a word such as pdf, ofd, docx, wps, or a media type.",
        "目标格式：简称（如 pdf、ofd、docx、wps）或媒体类型。",
    ),
    "convert.from.help": (
        "What it is, where its content cannot tell: csv, or a character set.",
        "内容无法判定时指定源格式，如 csv 或字符集。",
    ),
    "convert.config.help": (
        "An adapter.toml whose [conversion] sections count: trust anchors, mappings, external commands.",
        "其中 [conversion] 各节生效的 adapter.toml：印章信任锚、映射、外部命令。",
    ),
    "convert.out.help": ("The file to write; one that is there is replaced.", "输出文件；已存在则替换。"),
    "convert.explain.help": (
        "Say what the file is and which way it would go; write nothing.",
        "只说明文件格式及转换途径，不写文件。",
    ),
    "convert.allow-lossy.help": (
        "Take a way that loses something where no other leads there.",
        "没有无损途径时，允许会丢失内容的转换。",
    ),
    "convert.out.missing": ("--out is needed, or --explain", "需要 --out 或 --explain"),
    "convert.format.unknown": (
        "{found} is no format: a media type such as application/pdf, or a word such as pdf, ofd, docx",
        "{found} 不是格式：应为媒体类型（如 application/pdf）或简称（如 pdf、ofd、docx）",
    ),
    "convert.found": ("{file} is {format}", "{file} 的格式为 {format}"),
    "convert.note": ("note: {note}", "说明：{note}"),
    "convert.trouble": ("it cannot be converted: {reason}", "无法转换：{reason}"),
    "convert.nothing": ("it is {wanted} already: nothing is to be done", "已是 {wanted}，无需转换"),
    "convert.step": (
        "{number}. {found} -> {wanted} by {converter}, cost {cost}",
        "{number}. {found} -> {wanted}，由 {converter} 转换，代价 {cost}",
    ),
    "convert.step.lossy": (
        "{number}. {found} -> {wanted} by {converter}, cost {cost}, loses something",
        "{number}. {found} -> {wanted}，由 {converter} 转换，代价 {cost}，会丢失内容",
    ),
    "convert.no-way": ("no way leads to {wanted}", "没有到 {wanted} 的转换途径"),
    "convert.only-lossy": (
        "only a way that loses something leads to {wanted}: --allow-lossy takes it",
        "只有会丢失内容的途径可到 {wanted}：可用 --allow-lossy",
    ),
    "convert.reachable": ("it can become: {formats}", "可转换为：{formats}"),
    "convert.reachable.none": ("it can become nothing else", "不能转换为其他格式"),
    "convert.lacking": ("{converter} would lead there: {reason}", "{converter} 可提供途径：{reason}"),
    "convert.done": ("{out}: {format}", "{out}：{format}"),
    "convert.done.text": (
        "{out}: {format}, {characters} characters",
        "{out}：{format}，共 {characters} 个字符",
    ),
    "convert.lost": ("lost: {loss}", "未能保留：{loss}"),
    "conversion.certificate": ("conversion of {part}: {way}", "{part} 的转换：{way}"),
    "conversion.certificate.source": ("    sent: {digest}", "    原件：{digest}"),
    "conversion.certificate.result": ("    result: {digest}", "    结果：{digest}"),
    "conversion.certificate.step": ("    by {converter}, {version}", "    转换器：{converter}，{version}"),
    "conversion.certificate.characters": (
        "    characters: {characters} read, {lost} lost",
        "    字符：可读 {characters}，丢失 {lost}",
    ),
    "conversion.certificate.pages": (
        "    pages: {before} before, {pages} now",
        "    页数：原 {before}，现 {pages}",
    ),
    "conversion.certificate.face": (
        "    face {asked}: {taken} was taken",
        "    字体 {asked}：以 {taken} 代替",
    ),
    "conversion.certificate.difference": (
        "    looks: page {page} differs most, by {percent}; pages compared: {pages}",
        "    外观：第 {page} 页差异最大，为 {percent}；比对页数：{pages}",
    ),
    "conversion.certificate.seals": (
        "    seals and signatures: {before} before, {after} now",
        "    印章与签名：原 {before}，现 {after}",
    ),
    "conversion.certificate.seals.pictures": (
        "    a seal that the result shows is a picture; what it proves, only the original proves",
        "    转换结果中的印章仅为图像；印章的效力以原件为准",
    ),
    "conversion.seals": (
        "{count} (valid: {valid}, invalid: {invalid}, unproven: {unproven})",
        "{count}（有效 {valid}，无效 {invalid}，未能证实 {unproven}）",
    ),
    "conversion.report.kept": (
        "{name}: {found}, delivered as it was sent, since it could not be converted: {reason}",
        "{name}：{found}，无法转换，已按原件交付：{reason}",
    ),
    "conversion.report.original": (
        "that is less than the application wants, and the original was delivered",
        "未达到应用要求，已按原件交付",
    ),
    "check.name.conversion": ("conversion", "格式转换"),
    "check.conversion.unused": ("no application asks for conversion", "没有应用需要格式转换"),
    "check.conversion.good": ("{count} converters work", "{count} 个转换器可用"),
    "check.conversion.exposed": (
        "this system cannot keep a converter off the network: documents are opened with network",
        "本系统不允许隔离转换进程的网络：打开文档时可访问网络",
    ),
    "check.conversion.exposed.next": (
        "allow the daemon's user to have user namespaces (sysctl user.max_user_namespaces), or let the "
        "machine's own firewall keep it off the network",
        "请允许守护进程用户使用用户命名空间（sysctl user.max_user_namespaces），或由主机防火墙隔离网络",
    ),
    "check.conversion.concern": ("{concern}", "{concern}"),
    "check.conversion.lacking": ("{reason}", "{reason}"),
    "check.conversion.lacking.next": (
        "install or configure it, then start the daemon again; until then messages that need it are returned "
        "(EX-310)",
        "请安装或配置后重启守护进程；在此之前，需要它的报文将被退回（EX-310）",
    ),
}
