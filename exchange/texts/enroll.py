# SPDX-License-Identifier: Apache-2.0
"""What `govbus enroll` says, on the department's side and on the hub's."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "enroll.help": (
        "A department takes part: keys, request, grant.",
        "部门加入：密钥、申请与批准。",
    ),
    # ---- the department
    "enroll.request.help": (
        "Make keys in DIR and DIR/request.xml, which goes to the hub's operator.",
        "在 DIR 中生成密钥和 DIR/request.xml，后者交给交换中心管理员。",
    ),
    "enroll.id.help": (
        "Participant id: the division's six digits, a dot, a name.",
        "参与方标识：六位行政区划代码、点、名称。",
    ),
    "enroll.name.help": ("The organisation's name, for people.", "单位名称。"),
    "enroll.credit-code.help": ("Its unified social credit code.", "统一社会信用代码。"),
    "enroll.suite.help": ("Crypto suite.", "密码套件。"),
    "enroll.requested": ("the request is written: {path}", "申请已生成：{path}"),
    "enroll.fingerprint.key": (
        "fingerprint of the department's key: {fingerprint}",
        "部门密钥指纹：{fingerprint}",
    ),
    "enroll.request.next": (
        "next: send {path} to the hub's operator, and read them the fingerprint by telephone",
        "下一步：将 {path} 发给交换中心管理员，并通过电话核对指纹",
    ),
    "enroll.renew.help": (
        "Make new keys beside the present ones, and DIR/request.xml, which the present key signs.",
        "在现有密钥之外生成新密钥和 DIR/request.xml，由现有密钥签名。",
    ),
    "enroll.renew.next": (
        "next: send {path} to the hub's operator; until the grant is accepted the present keys stay in use",
        "下一步：将 {path} 发给交换中心管理员；接受批准文件之前继续使用现有密钥",
    ),
    "enroll.accept.help": (
        "Verify GRANT against the keys of DIR, compare the hub's fingerprint, and write DIR/adapter.toml.",
        "用 DIR 中的密钥验证 GRANT，核对交换中心指纹，并生成 DIR/adapter.toml。",
    ),
    "enroll.accept.question": (
        "Does the hub's operator read out the same fingerprint?",
        "交换中心管理员报出的指纹是否一致？",
    ),
    "enroll.received": (
        "the grant is for {participant}, its directory lists {count} participants",
        "批准文件属于 {participant}，目录中有 {count} 个参与方",
    ),
    "enroll.fingerprint.hub": ("fingerprint of the hub: {fingerprint}", "交换中心指纹：{fingerprint}"),
    "enroll.hub-known": (
        "we know this hub already; there is nothing to compare",
        "该交换中心已受信任，无需核对",
    ),
    "enroll.accepted": ("enrolled; the settings are in {config}", "已加入；配置位于 {config}"),
    "enroll.accept.next": (
        "next:\n  govbus adapter check --config {config}\n  govbus adapter run --config {config}",
        "下一步：\n  govbus adapter check --config {config}\n  govbus adapter run --config {config}",
    ),
    "enroll.not-compared": (
        "the fingerprint was not confirmed; nothing was changed. Compare it by telephone, then give "
        "--fingerprint or --yes",
        "指纹未确认，未作任何改动。请通过电话核对，然后使用 --fingerprint 或 --yes",
    ),
    # ---- the hub's operator
    "enroll.approve.help": (
        "Let the author of REQUEST take part; the grant goes back to the department.",
        "批准 REQUEST 的申请方加入；批准文件交回部门。",
    ),
    "enroll.out.help": ("Where the grant is written.", "批准文件的输出位置。"),
    "enroll.grant.help": (
        "What it may do besides: flash, urgent, or a word that routing rules ask for. May be repeated.",
        "附加权限：flash、urgent 或路由规则要求的授权名。可重复。",
    ),
    "enroll.certificate.help": (
        "PEM: the certificate that another authority issued for the request, with its intermediates.",
        "PEM：其他证书机构为该申请签发的证书及中间证书。",
    ),
    "enroll.again.help": (
        "Its old keys are lost: the new certificate takes the place of all others.",
        "原密钥已遗失：新证书取代其全部旧证书。",
    ),
    "enroll.approve.question": (
        "Does the department read out the same fingerprint?",
        "该部门报出的指纹是否一致？",
    ),
    "enroll.examined": (
        "{participant}, {name}, credit code {credit_code}, suite {suite}",
        "{participant}，{name}，统一社会信用代码 {credit_code}，套件 {suite}",
    ),
    "enroll.examined.grants": ("to be granted: {grants}", "拟授权：{grants}"),
    "enroll.examined.new": ("it is not enrolled yet", "尚未登记"),
    "enroll.examined.known": ("it is enrolled already", "已登记"),
    "enroll.examined.renews": (
        "it renews: the request is signed with a certificate that is good",
        "属于更新：申请由有效证书签名",
    ),
    "enroll.approved": (
        "{participant} is enrolled; the grant is {path}",
        "{participant} 已登记；批准文件为 {path}",
    ),
    "enroll.approve.next": (
        "next: send {path} to the department, and read them the hub's fingerprint by telephone:\n"
        "  {fingerprint}",
        "下一步：将 {path} 发给该部门，并通过电话核对交换中心指纹：\n  {fingerprint}",
    ),
    "enroll.revoke.help": (
        "Take back the certificates of participant ID; its connections are closed.",
        "吊销参与方 ID 的证书，并断开其连接。",
    ),
    "enroll.revoke.certificate.help": (
        "Only this one, as `participant show` prints it.",
        "仅吊销此证书，写法同 `participant show`。",
    ),
    "enroll.revoked.recorded": (
        "revoked for {participant}, recorded in directory version {version}; what is signed with it is not "
        "believed any more.\nThe login at the broker is NOT closed yet: {reason}",
        "已吊销 {participant} 的证书，已记入目录版本 {version}，以其签名的内容不再采信。\n"
        "但消息代理上的登录尚未关闭：{reason}",
    ),
    "enroll.revoked": (
        "revoked for {participant}; directory version {version}, connections closed: {closed}",
        "已吊销 {participant} 的证书；目录版本 {version}，断开连接 {closed} 个",
    ),
}
