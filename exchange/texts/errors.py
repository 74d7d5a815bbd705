# SPDX-License-Identifier: Apache-2.0
"""
The errors: code, exit code, ebMS counterpart, sentence and hint in both languages.

1xx envelope and schema, 2xx trust, 3xx route and conversion, 4xx transfer, 5xx delivery,
9xx operation. A code is never given another meaning; what is retired stays retired.
"""

from __future__ import annotations

from exchange.texts import Kind

_NO, _BAD, _AWAY, _CONFIG = 1, 65, 69, 78

# code: (exit code, ebMS 3.0 counterpart, English, hint, Chinese, hint)
_ERRORS: dict[str, tuple[int, str, str, str, str, str]] = {
    # ---- 1xx envelope and schema
    "EX-101": (
        _BAD, "EBMS:0004",
        "{what} is not well-formed XML: {reason}",
        "send UTF-8 XML 1.0 without DTD, comments, processing instructions or CDATA",
        "{what}不是格式良好的 XML：{reason}",
        "请发送不含 DTD、注释、处理指令和 CDATA 的 UTF-8 XML 1.0 文档",
    ),
    "EX-102": (
        _BAD, "EBMS:0009",
        "{what} does not fit its schema, line {line}: {reason}",
        "compare the document with the schema; the adapter SDK writes valid ones",
        "{what}不符合模式定义，第 {line} 行：{reason}",
        "请对照模式检查文档；使用适配器 SDK 可生成合格文档",
    ),
    "EX-103": (
        _BAD, "EBMS:0004",
        "{what} has {found}, the limit is {limit}",
        "make it smaller, or ask the hub's operator for a higher limit",
        "{what}为 {found}，上限为 {limit}",
        "请减小其规模，或请交换中心管理员提高上限",
    ),
    "EX-104": (
        _BAD, "EBMS:0003",
        "{what} is {found}, wanted {wanted}",
        "correct the value and send again under a new message id",
        "{what}为 {found}，应为 {wanted}",
        "请更正后以新的报文标识重新发送",
    ),
    "EX-105": (
        _BAD, "EBMS:0003",
        "extension {name} must be understood and is not",
        "the other side speaks a newer version: upgrade this one, or ask for a message without it",
        "必须理解的扩展 {name} 无法识别",
        "对方使用了更新的版本：请升级本端，或请对方不使用该扩展",
    ),
    "EX-106": (
        _BAD, "EBMS:0003",
        "the transport says {found}, the envelope says {wanted}, about {what}",
        "let the adapter daemon publish; do not set transport properties by hand",
        "传输属性中的{what}为 {found}，信封中为 {wanted}",
        "请由适配器守护进程发布，不要手工设置传输属性",
    ),
    "EX-110": (
        _BAD, "EBMS:0003",
        "{what} is spelled {found!r}, wanted one like {wanted}",
        "correct the spelling",
        "{what}写作 {found!r}，应形如 {wanted}",
        "请更正写法",
    ),
    "EX-111": (
        _BAD, "EBMS:0003",
        "credit code {found} is not valid, wanted {wanted}",
        "look the unified social credit code up again (GB 32100-2015)",
        "统一社会信用代码 {found} 无效，应为 {wanted}",
        "请重新核对统一社会信用代码（GB 32100-2015）",
    ),
    "EX-112": (
        _BAD, "EBMS:0003",
        "digest {found} is not a known algorithm with a value of its length",
        "write algorithm:hexadecimal, such as sha256:9f86…",
        "摘要 {found} 的算法未知或长度不符",
        "请写作 算法:十六进制，例如 sha256:9f86…",
    ),
    # ---- 2xx trust
    "EX-201": (
        _NO, "EBMS:0101",
        "the signature of {what} by {who} does not hold: {reason}",
        "the document was altered on its way or signed with another key: have it sent again",
        "{who}对{what}的签名无效：{reason}",
        "文档在途中被改动或使用了其他密钥：请对方重新发送",
    ),
    "EX-202": (
        _NO, "EBMS:0101",
        "certificate {found} is not registered for {who}",
        "enroll the certificate, or let the daemon take the current directory",
        "证书 {found} 未登记在 {who} 名下",
        "请登记该证书，或让守护进程更新参与方目录",
    ),
    "EX-203": (
        _NO, "EBMS:0103",
        "{who} may not do this: {what}",
        "ask the hub's operator for a grant",
        "{who} 无权进行：{what}",
        "请向交换中心管理员申请授权",
    ),
    "EX-204": (
        _NO, "EBMS:0101",
        "participant {who} is suspended",
        "ask the hub's operator why; `govbus participant resume` lifts it",
        "参与方 {who} 已被停用",
        "请向交换中心管理员询问原因；可用 `govbus participant resume` 恢复",
    ),
    "EX-205": (
        _NO, "EBMS:0101",
        "certificate {found} of {who} was revoked or is out of date",
        "renew it with `govbus enroll renew`",
        "{who} 的证书 {found} 已吊销或已过期",
        "请用 `govbus enroll renew` 更新证书",
    ),
    "EX-206": (
        _NO, "EBMS:0101",
        "the message came in through {found}, its envelope says it is from {wanted}",
        "a participant sends in its own name only; this is alarmed",
        "报文经 {found} 进入，信封却称来自 {wanted}",
        "参与方只能以自己的名义发送；此事已告警",
    ),
    "EX-207": (
        _NO, "EBMS:0102",
        "the content key for {who} does not open",
        "the receiver's key has changed or the key record was altered: have the message sent again",
        "{who} 的内容密钥无法打开",
        "接收方密钥已变更或密钥记录被改动：请对方重新发送",
    ),
    "EX-208": (
        _NO, "EBMS:0101",
        "the directory is version {found}, wanted {wanted}",
        "let the daemon reach the hub; it takes the current directory by itself",
        "参与方目录版本为 {found}，应为 {wanted}",
        "请保证守护进程能连接交换中心，它会自动更新目录",
    ),
    "EX-209": (
        _NO, "",
        "the ledger head of {what} is not consistent with the one seen before: {reason}",
        "history may have been rewritten: keep this data, stop, and call the other participants",
        "{what}的台账头与先前所见不一致：{reason}",
        "历史记录可能被篡改：请保留数据、停止收发并联系其他参与方",
    ),
    "EX-210": (
        _NO, "EBMS:0101",
        "suite {found} is not known here, wanted {wanted}",
        "upgrade this side, or register the other with a suite both understand",
        "密码套件 {found} 在此未知，应为 {wanted}",
        "请升级本端，或以双方都支持的套件登记",
    ),
    "EX-211": (
        _NO, "EBMS:0101",
        "{what} is not verified: {reason}",
        "do not rely on it; ask its author for the original",
        "{what}未通过验证：{reason}",
        "请勿采信；请向出具方索取原件",
    ),
    # ---- 3xx route and conversion
    "EX-301": (
        _NO, "EBMS:0010",
        "receiver {found} is not known",
        "look it up with `govbus participant list`",
        "接收方 {found} 不存在",
        "请用 `govbus participant list` 查询",
    ),
    "EX-302": (
        _NO, "EBMS:0010",
        "no route for {type} from {sender} to {to}",
        "`govbus route explain` shows the nearest rules",
        "没有从 {sender} 到 {to} 的 {type} 路由",
        "`govbus route explain` 可显示最接近的规则",
    ),
    "EX-303": (
        _BAD, "EBMS:0010",
        "routing table {what}: {reason}",
        "correct the table and import it again; nothing was changed",
        "路由表 {what}：{reason}",
        "请更正后重新导入；现有路由未作任何改动",
    ),
    "EX-304": (
        _NO, "EBMS:0010",
        "routing table version {found} does not exist",
        "`govbus route versions` lists them",
        "路由表版本 {found} 不存在",
        "`govbus route versions` 可列出全部版本",
    ),
    "EX-310": (
        _BAD, "EBMS:0004",
        "no conversion leads from {found} to {wanted}",
        "install a converter, or let the application accept {found}",
        "没有从 {found} 到 {wanted} 的转换途径",
        "请安装转换器，或让应用接受 {found}",
    ),
    "EX-311": (
        _BAD, "EBMS:0004",
        "conversion from {found} to {wanted} failed: {reason}",
        "open the original, correct it, and send again",
        "从 {found} 到 {wanted} 的转换失败：{reason}",
        "请打开原件更正后重新发送",
    ),
    "EX-312": (
        _BAD, "EBMS:0004",
        "conversion from {found} to {wanted} took longer than {limit} seconds and was stopped",
        "the file may be damaged; try `govbus convert` by hand",
        "从 {found} 到 {wanted} 的转换超过 {limit} 秒，已中止",
        "文件可能已损坏；请手工运行 `govbus convert` 检查",
    ),
    # ---- 4xx transfer
    "EX-401": (
        _BAD, "EBMS:0101",
        "segment {index} of {count}: {reason}",
        "it was altered or damaged on its way and is asked for again",
        "第 {index} 段（共 {count} 段）：{reason}",
        "该报文段在途中被改动或损坏，将重新索取",
    ),
    "EX-402": (
        _BAD, "EBMS:0004",
        "message {message_id} came again from {sender} with another envelope: {found} is not {wanted}",
        "an id is used once: send changed content under a new id; this is alarmed",
        "{sender} 以不同信封重复发送报文 {message_id}：{found} 与 {wanted} 不符",
        "标识只能使用一次：内容变更须用新标识；此事已告警",
    ),
    "EX-403": (
        _NO, "EBMS:0006",
        "segments {ranges} of message {message_id} are missing",
        "they are asked for again; nothing needs to be done",
        "报文 {message_id} 缺少报文段 {ranges}",
        "系统会自动重新索取，无需处理",
    ),
    "EX-404": (
        _NO, "EBMS:0301",
        "message {message_id} expired at {expires}",
        "send it again with a later deadline",
        "报文 {message_id} 已于 {expires} 过期",
        "请设定更晚的期限后重新发送",
    ),
    "EX-405": (
        _BAD, "EBMS:0004",
        "a {priority} message may have {limit} segments, this one has {found}",
        "send it as `routine` or `bulk`",
        "{priority} 报文最多 {limit} 段，此报文有 {found} 段",
        "请以 `routine` 或 `bulk` 发送",
    ),
    "EX-406": (
        _NO, "EBMS:0303",
        "segment {index} could not be decompressed: {reason}",
        "the sender's adapter is at fault: tell its operator",
        "第 {index} 段无法解压：{reason}",
        "发送方适配器有误：请通知其管理员",
    ),
    "EX-407": (
        _NO, "EBMS:0005",
        "{receiver} could not be reached with segments {ranges}, tried {times} times",
        "look at the receiver's daemon and at `govbus dead list`",
        "向 {receiver} 投递报文段 {ranges} 已尝试 {times} 次，均未成功",
        "请检查接收方守护进程，并查看 `govbus dead list`",
    ),
    "EX-408": (
        _NO, "EBMS:0005",
        "{priority} messages of {sender} exceed {limit} bytes a second",
        "send less urgent matter as `routine`",
        "{sender} 的 {priority} 报文超过每秒 {limit} 字节",
        "请将不紧急的报文以 `routine` 发送",
    ),
    # ---- 5xx delivery
    "EX-501": (
        _NO, "EBMS:0202",
        "application {found} does not exist at {who}",
        "correct the address, or add the application to the receiving adapter's configuration",
        "{who} 没有应用 {found}",
        "请更正地址，或在接收方适配器配置中增加该应用",
    ),
    "EX-502": (
        _NO, "EBMS:0202",
        "the application refused the message: {reason}",
        "the reason is the application's own: ask the receiving department",
        "应用拒收该报文：{reason}",
        "原因由接收应用给出：请咨询接收部门",
    ),
    "EX-503": (
        _NO, "EBMS:0202",
        "the adapter {adapter} failed {times} times: {reason}",
        "`govbus dead show` has the traceback; mend the adapter and requeue",
        "适配器 {adapter} 连续失败 {times} 次：{reason}",
        "`govbus dead show` 可查看详情；修复适配器后重新入队",
    ),
    "EX-504": (
        _BAD, "EBMS:0004",
        "part {name}: {reason}",
        "the payload is not what its manifest says: have it sent again",
        "数据部分 {name}：{reason}",
        "数据与清单不符：请对方重新发送",
    ),
    "EX-505": (
        _AWAY, "",
        "the disk of {what} has {found} free, the threshold is {limit}",
        "make room: delete old files in sent/ or move the folder; intake goes on by itself",
        "{what}所在磁盘剩余 {found}，阈值为 {limit}",
        "请清理磁盘（如 sent/ 中的旧文件）或迁移目录；空间恢复后自动继续",
    ),
    "EX-506": (
        _AWAY, "",
        "{what} cannot be written: {reason}",
        "look at the disk and its permissions; work goes on by itself afterwards",
        "无法写入{what}：{reason}",
        "请检查磁盘及权限；恢复后自动继续",
    ),
    "EX-507": (
        _BAD, "",
        "{file}: {reason}",
        "see the reason file beside it, correct it, and put the file into the folder again",
        "{file}：{reason}",
        "请查看旁边的原因文件，更正后重新放入目录",
    ),
    "EX-508": (
        _AWAY, "",
        "not now, again in {after_seconds} s",
        "nothing needs to be done",
        "暂时无法处理，{after_seconds} 秒后重试",
        "无需处理",
    ),
    "EX-509": (
        _NO, "EBMS:0202",
        "message {message_id} was returned by {who}: {reason}",
        "the reason is the receiver's own: ask there",
        "报文 {message_id} 被 {who} 退回：{reason}",
        "原因由接收方给出：请向其咨询",
    ),
    # ---- 9xx operation
    "EX-901": (
        _AWAY, "",
        "the broker at {where} cannot be reached: {reason}",
        "check the address and the node: `govbus broker status DIR` or the broker's own tools",
        "无法连接消息代理 {where}：{reason}",
        "请检查地址与节点：`govbus broker status DIR` 或消息代理自带工具",
    ),
    "EX-902": (
        _AWAY, "",
        "the database at {where} cannot be reached: {reason}",
        "check the URL, the server and the disk",
        "无法连接数据库 {where}：{reason}",
        "请检查 URL、服务器与磁盘",
    ),
    "EX-903": (
        _CONFIG, "",
        "{file}, line {line}, {key}: {reason}",
        "correct the line; docs/reference/settings.md lists every key",
        "{file} 第 {line} 行 {key}：{reason}",
        "请更正该行；docs/reference/settings.md 列出全部配置项",
    ),
    "EX-904": (
        _CONFIG, "",
        "{file} cannot be read: {reason}",
        "check the path and its permissions",
        "无法读取 {file}：{reason}",
        "请检查路径及权限",
    ),
    "EX-905": (
        _NO, "",
        "{what} {found} does not exist",
        "list what there is and try again",
        "{what} {found} 不存在",
        "请先列出现有内容再试",
    ),
    "EX-906": (
        _NO, "",
        "no answer within {seconds} s: message {message_id} is {state}",
        "it goes on by itself: `govbus message show {message_id}` tells how far it is",
        "{seconds} 秒内未完成：报文 {message_id} 状态为 {state}",
        "系统会自动继续：`govbus message show {message_id}` 可查看进度",
    ),
    "EX-907": (
        _NO, "",
        "{what} exists already: {found}",
        "choose another folder or name, or remove it first",
        "{what}已存在：{found}",
        "请另选目录或名称，或先将其移除",
    ),
    "EX-908": (
        _AWAY, "",
        "{what} runs already, as process {pid}",
        "one daemon serves one folder: stop the other first",
        "{what}已在运行，进程号 {pid}",
        "一个目录只能由一个守护进程服务：请先停止另一个",
    ),
    "EX-909": (
        _NO, "",
        "a delivery may not go from {found} by {event}",
        "this is a defect of govbus: report it with the message's trace",
        "投递不能从 {found} 经 {event} 变更",
        "这是 govbus 的缺陷：请附上报文轨迹报告",
    ),
    "EX-910": (
        _AWAY, "",
        "{what} is needed and not installed",
        "{install}",
        "需要 {what}，但尚未安装",
        "{install}",
    ),
}

CODES: dict[str, Kind] = {code: Kind(row[0], row[1]) for code, row in _ERRORS.items()}

TEXTS: dict[str, tuple[str, str]] = {
    **{code: (row[2], row[4]) for code, row in _ERRORS.items()},
    **{f"{code}.hint": (row[3], row[5]) for code, row in _ERRORS.items()},
}
