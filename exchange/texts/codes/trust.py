# SPDX-License-Identifier: Apache-2.0
"""Errors 2xx, of trust: who signed, who may, and in whose name."""

from __future__ import annotations

from exchange.texts.codes import AWAY, NO, Rows

# fmt: off
ROWS: Rows = {
    "EX-201": (
        NO, "EBMS:0101",
        "the signature of {what} by {who} does not hold: {reason}",
        "the document was altered on its way or signed with another key: have it sent again",
        "{who}对{what}的签名无效：{reason}",
        "文档在途中被改动或使用了其他密钥：请对方重新发送",
    ),
    "EX-202": (
        NO, "EBMS:0101",
        "certificate {found} is not registered for {who}",
        "enroll the certificate, or let the daemon take the current directory",
        "证书 {found} 未登记在 {who} 名下",
        "请登记该证书，或让守护进程更新参与方目录",
    ),
    "EX-203": (
        NO, "EBMS:0103",
        "{who} may not do this: {what}",
        "ask the hub's operator for a grant",
        "{who} 无权进行：{what}",
        "请向交换中心管理员申请授权",
    ),
    "EX-204": (
        NO, "EBMS:0101",
        "participant {who} is suspended",
        "ask the hub's operator why, and send again once it takes part again",
        "参与方 {who} 已被停用",
        "请向交换中心管理员询问原因，恢复后重新发送",
    ),
    "EX-205": (
        NO, "EBMS:0101",
        "certificate {found} of {who} was revoked or is out of date",
        "its department renews it with `govbus enroll renew`",
        "{who} 的证书 {found} 已吊销或已过期",
        "由其所属部门用 `govbus enroll renew` 更新证书",
    ),
    "EX-206": (
        NO, "EBMS:0101",
        "the message came in through {found}, its envelope says it is from {wanted}",
        "a participant sends in its own name only; this is alarmed",
        "报文经 {found} 进入，信封却称来自 {wanted}",
        "参与方只能以自己的名义发送；此事已告警",
    ),
    "EX-207": (
        NO, "EBMS:0102",
        "the content key for {who} does not open",
        "the receiver's key has changed or the key record was altered: have the message sent again",
        "{who} 的内容密钥无法打开",
        "接收方密钥已变更或密钥记录被改动：请对方重新发送",
    ),
    "EX-208": (
        NO, "EBMS:0101",
        "the directory is version {found}, wanted {wanted}",
        "let the daemon reach the hub; it takes the current directory by itself",
        "参与方目录版本为 {found}，应为 {wanted}",
        "请保证守护进程能连接交换中心，它会自动更新目录",
    ),
    "EX-209": (
        NO, "",
        "the ledger head of {what} is not consistent with the one seen before: {reason}",
        "history may have been rewritten: keep this data, stop, and call the other participants",
        "{what}的台账头与先前所见不一致：{reason}",
        "历史记录可能被篡改：请保留数据、停止收发并联系其他参与方",
    ),
    "EX-210": (
        NO, "EBMS:0101",
        "suite {found} is not known here, wanted {wanted}",
        "upgrade this side, or register the other with a suite both understand",
        "密码套件 {found} 在此未知，应为 {wanted}",
        "请升级本端，或以双方都支持的套件登记",
    ),
    "EX-211": (
        NO, "EBMS:0101",
        "{what} is not verified: {reason}",
        "do not rely on it; ask its author for the original",
        "{what}未通过验证：{reason}",
        "请勿采信；请向出具方索取原件",
    ),
    "EX-212": (
        NO, "EBMS:0101",
        "directory version {found} lists {what} under our own name {who} that is not ours",
        "someone else may be registered in our name: stop, keep the directory, and call the hub's operator",
        "参与方目录版本 {found} 在本方名称 {who} 下列有并非本方的{what}",
        "可能有人冒用本方名义登记：请停止收发、保留该目录并联系交换中心管理员",
    ),
    "EX-213": (
        AWAY, "EBMS:0101",
        "the directory expired at {expires}",
        "let the daemon reach the hub: it takes the current directory by itself",
        "参与方目录已于 {expires} 过期",
        "请保证守护进程能连接交换中心，它会自动更新目录",
    ),
    "EX-214": (
        NO, "EBMS:0101",
        "certificate {found} of {who} is not to be trusted: {reason}",
        "compare the trust anchors of both sides; a certificate comes from `govbus enroll`",
        "{who} 的证书 {found} 不可信：{reason}",
        "请核对双方的信任根；证书应由 `govbus enroll` 取得",
    ),
    "EX-215": (
        NO, "",
        "participant {who} is enrolled already, under another key",
        "a department that has its old key renews with `govbus enroll renew`; for one that lost it, approve "
        "with --again, which revokes the old certificates",
        "参与方 {who} 已以其他密钥登记",
        "仍持有原密钥的部门请用 `govbus enroll renew` 更新；原密钥遗失的，请加 --again 批准，原证书将被吊销",
    ),
    "EX-216": (
        NO, "",
        "there is no certificate for {who}: this hub has no authority of its own",
        "have signing-request.pem, which lies beside request.xml, certified by your authority, and give the "
        "result with --certificate",
        "{who} 尚无证书：本交换中心没有内置证书机构",
        "请由贵方证书机构为 request.xml 旁的 signing-request.pem 签发证书，并用 --certificate 提供",
    ),
}
# fmt: on
