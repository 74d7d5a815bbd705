# SPDX-License-Identifier: Apache-2.0
"""Errors 5xx, of delivery: applications, disks, hot folders."""

from __future__ import annotations

from exchange.texts.codes import AWAY, BAD, NO, Rows

# fmt: off
ROWS: Rows = {
    "EX-501": (
        NO, "EBMS:0202",
        "application {found} does not exist at {who}",
        "correct the address, or add the application to the receiving adapter's configuration",
        "{who} 没有应用 {found}",
        "请更正地址，或在接收方适配器配置中增加该应用",
    ),
    "EX-502": (
        NO, "EBMS:0202",
        "the application refused the message: {reason}",
        "the reason is the application's own: ask the receiving department",
        "应用拒收该报文：{reason}",
        "原因由接收应用给出：请咨询接收部门",
    ),
    "EX-503": (
        NO, "EBMS:0202",
        "the adapter {adapter} failed {times} times: {reason}",
        "the receiving department must mend its adapter (`govbus dead show` there has the traceback); then "
        "it is sent again",
        "适配器 {adapter} 连续失败 {times} 次：{reason}",
        "接收部门须修复其适配器（在该处用 `govbus dead show` 查看详情），之后由发送方重新发送",
    ),
    "EX-504": (
        BAD, "EBMS:0004",
        "part {name}: {reason}",
        "the payload is not what its manifest says: have it sent again",
        "数据部分 {name}：{reason}",
        "数据与清单不符：请对方重新发送",
    ),
    "EX-505": (
        AWAY, "",
        "the disk of {what} has {found} free, the threshold is {limit}",
        "make room: delete old files in sent/ or move the folder; intake goes on by itself",
        "{what}所在磁盘剩余 {found}，阈值为 {limit}",
        "请清理磁盘（如 sent/ 中的旧文件）或迁移目录；空间恢复后自动继续",
    ),
    "EX-506": (
        AWAY, "",
        "{what} cannot be written: {reason}",
        "look at the disk and its permissions; work goes on by itself afterwards",
        "无法写入{what}：{reason}",
        "请检查磁盘及权限；恢复后自动继续",
    ),
    "EX-507": (
        BAD, "",
        "{file}: {reason}",
        "see the reason file beside it, correct it, and put the file into the folder again",
        "{file}：{reason}",
        "请查看旁边的原因文件，更正后重新放入目录",
    ),
    "EX-508": (
        AWAY, "",
        "not now, again in {after_seconds} s",
        "nothing needs to be done",
        "暂时无法处理，{after_seconds} 秒后重试",
        "无需处理",
    ),
    "EX-509": (
        NO, "EBMS:0202",
        "message {message_id} was returned by {who}: {reason}",
        "the reason is the receiver's own: ask there",
        "报文 {message_id} 被 {who} 退回：{reason}",
        "原因由接收方给出：请向其咨询",
    ),
    "EX-510": (
        AWAY, "",
        "{found} bytes wait for our applications or are arriving, the limit is {limit}",
        "see which application takes nothing: `govbus adapter check`; or raise [stores] spool_bytes",
        "等待业务应用取走及正在到达的数据为 {found} 字节，上限为 {limit}",
        "请用 `govbus adapter check` 查看哪个应用未取走报文；或调大 [stores] spool_bytes",
    ),
    "EX-511": (
        AWAY, "",
        "{program} cannot be started: {reason}",
        "look at memory, disk and `govbus adapter check`; it is tried again by itself",
        "无法启动 {program}：{reason}",
        "请检查内存、磁盘及 `govbus adapter check`；系统会自动重试",
    ),
}
# fmt: on
