# SPDX-License-Identifier: Apache-2.0
"""What is said about structured data: mappings, records, code tables, stylesheets."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    # ---- mappings
    "structured.mapping": ("the mapping, {where}: {reason}", "映射定义中 {where}：{reason}"),
    "structured.toml": ("it is no TOML: {reason}", "不是有效的 TOML：{reason}"),
    "structured.unknown": ("there is no such key", "没有这一项"),
    "structured.must-be-text": ("it must be text", "必须是文本"),
    "structured.must-be-a-flag": ("it must be true or false", "必须是 true 或 false"),
    "structured.must-be-a-table": ("it must be a table", "必须是表"),
    "structured.one-of": ("it must be one of {wanted}", "必须是下列之一：{wanted}"),
    "structured.path": ("{path} is no path of names", "{path} 不是由名称组成的路径"),
    "structured.prefix": ("the prefix {prefix} has no namespace", "前缀 {prefix} 没有对应的命名空间"),
    "structured.columns": ("there must be columns, at most {limit}", "必须有列定义，且不超过 {limit} 个"),
    "structured.twice": ("it is there twice", "重复出现"),
    "structured.within": (
        "it stands within an element that is another column",
        "它位于另一列所对应的元素之内",
    ),
    "structured.sheet-name": (
        "a sheet's name has at most 31 characters and none of [ ] : * ? / \\",
        "工作表名称不超过 31 个字符，且不含 [ ] : * ? / \\",
    ),
    "structured.no-mappings": (
        "no mapping is configured (conversion.records.mappings)",
        "未配置映射（conversion.records.mappings）",
    ),
    "structured.no-mapping-fits": (
        "none of the {count} configured mappings fits; the last one: {reason}",
        "已配置的 {count} 个映射均不适用；最后一个：{reason}",
    ),
    "structured.no-openpyxl": (
        "openpyxl is not installed: ./run setup office installs it",
        "未安装 openpyxl：运行 ./run setup office 可安装",
    ),
    # ---- code tables
    "structured.codes": ("the code table {name}: {reason}", "代码表 {name}：{reason}"),
    "structured.codes-unknown": (
        "there is none of this name; known are {known}",
        "没有这一代码表；已有：{known}",
    ),
    "structured.codes-head": (
        "its first line must be: # standard; whole, excerpt or dated; extent",
        "首行必须是：# 标准号; whole、excerpt 或 dated; 范围说明",
    ),
    "structured.codes-row": ("every line must be a code and a name", "每行必须是代码和名称"),
    # ---- records
    "structured.value": (
        "record {record}, column {column}: {reason}",
        "第 {record} 条记录，列 {column}：{reason}",
    ),
    "structured.value-missing": ("the value is missing", "缺少必填的值"),
    "structured.value-twice": ("the value is there twice", "值重复出现"),
    "structured.value-long": (
        "the value has {found} characters, and {limit} are allowed",
        "值有 {found} 个字符，上限为 {limit}",
    ),
    "structured.value-character": (
        "the value has the character {character}, which not every form can carry",
        "值中含有字符 {character}，并非每种格式都能表示",
    ),
    "structured.value-type": ("{value} is not {type}", "{value} 不是{type}"),
    "structured.value-code": ("{value} is no code of {standard}", "{value} 不是 {standard} 中的代码"),
    "structured.text": ("text", "文本"),
    "structured.integer": ("an integer without leading zeros", "无前导零的整数"),
    "structured.decimal": ("a decimal number", "小数"),
    "structured.boolean": ("true or false", "true 或 false"),
    "structured.date": ("a date such as 2026-11-21", "形如 2026-11-21 的日期"),
    "structured.time": ("a time such as 2026-11-21T08:30:00+08:00", "形如 2026-11-21T08:30:00+08:00 的时间"),
    "structured.too-many-records": ("there are more than {limit} records", "记录超过 {limit} 条"),
    "structured.left-behind": (
        "{name} ({count} times), which the mapping does not name",
        "{name}（{count} 处），映射中没有定义",
    ),
    # ---- files
    "structured.file-large": (
        "it has {found} bytes, and {limit} are allowed",
        "大小为 {found} 字节，上限为 {limit}",
    ),
    "structured.not-in-encoding": (
        "the character {character} is not in {encoding}",
        "字符 {character} 不在 {encoding} 之内",
    ),
    "structured.json": ("it is no JSON: {reason}", "不是有效的 JSON：{reason}"),
    "structured.json-place": (
        "there is no list of records at {place}",
        "{place} 处没有记录列表",
    ),
    "structured.json-record": ("record {record} is no object", "第 {record} 条记录不是对象"),
    "structured.json-foreign": (
        "record {record} has none of the mapping's keys",
        "第 {record} 条记录没有映射中定义的任何键",
    ),
    "structured.json-type": ("the value is not {type}", "值不是{type}"),
    "structured.csv": ("it is no CSV: {reason}", "不是有效的 CSV：{reason}"),
    "structured.row-long": (
        "record {record} has more values than there are headings",
        "第 {record} 条记录的值多于表头的列数",
    ),
    "structured.no-titles": (
        "its first line has none of the headings {wanted}",
        "首行没有以下任何一个表头：{wanted}",
    ),
    "structured.title-twice": ("the heading {title} is there twice", "表头 {title} 重复出现"),
    "structured.xlsx": ("it is no workbook that can be read: {reason}", "不是可读取的工作簿：{reason}"),
    "structured.xlsx-sheet": (
        "it has no sheet {sheet}; it has {found}",
        "没有工作表 {sheet}；现有：{found}",
    ),
    "structured.xlsx-rounded": (
        "the cell holds the number {value}, whose last digits the spreadsheet may have lost: make it text",
        "单元格中是数字 {value}，末尾数位可能已被表格软件舍去：请改为文本",
    ),
    "structured.xml-root": ("its root is {found} and not {wanted}", "根元素是 {found} 而不是 {wanted}"),
    # ---- stylesheets
    "structured.stylesheet": ("the stylesheet failed: {reason}", "样式表执行失败：{reason}"),
    "structured.no-stylesheet": ("its file cannot be read: {reason}", "无法读取样式表文件：{reason}"),
    "structured.stylesheet-forbidden": (
        "the stylesheet uses {what}, which is not allowed",
        "样式表使用了不允许的 {what}",
    ),
}
