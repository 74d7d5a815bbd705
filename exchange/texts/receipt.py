# SPDX-License-Identifier: Apache-2.0
"""What `govbus receipt` and `govbus dead` say."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    "receipt.help": (
        "Signed receipts, on the hub's settings or on an adapter's.",
        "签名回执；可用交换中心或适配器的配置。",
    ),
    "receipt.list.help": (
        "The newest receipts, each with whether it is verified.",
        "列出最新回执及验证结果。",
    ),
    "receipt.show.help": ("One receipt and all that it says.", "查看一份回执的全部内容。"),
    "receipt.verify.help": (
        "Prove a receipt, from a file or from the store; exit 1 where it does not hold. Off line: "
        "--trust with the authority and --certificate with the signer's.",
        "验证一份回执（文件或库中的标识）；不成立时退出码为 1。"
        "离线验证：用 --trust 给出证书机构，用 --certificate 给出签名者证书。",
    ),
    "receipt.verify.config.help": (
        "Settings of the hub or of an adapter, whose directory names the signers.",
        "交换中心或适配器的配置；其目录列有签名者。",
    ),
    "receipt.verify.trust.help": ("PEM: the authority, for proof off line.", "PEM：证书机构，用于离线验证。"),
    "receipt.verify.certificate.help": (
        "PEM: the signer's certificate, for proof off line; `receipt export --certificate` writes it.",
        "PEM：签名者证书，用于离线验证；可由 `receipt export --certificate` 导出。",
    ),
    "receipt.verify.needs": (
        "give --config, or for proof off line --trust and --certificate",
        "请给出 --config；离线验证请给出 --trust 和 --certificate",
    ),
    "receipt.export.help": (
        "Write the signed document into a file, to be handed on.",
        "将签名文档写入文件，供转交。",
    ),
    "receipt.export.certificate.help": (
        "Write the signer's certificate too, for proof off line.",
        "同时写出签名者证书，用于离线验证。",
    ),
    "receipt.message.help": ("Only of this message.", "仅列出此报文的回执。"),
    "receipt.kind.help": ("Only of this kind.", "仅列出此类回执。"),
    "receipt.out.help": ("The file to write.", "写入的文件。"),
    "receipt.thing": ("receipt", "回执"),
    "receipt.file": ("a file or receipt", "文件或回执"),
    "receipt.the-file": ("the file", "该文件"),
    "receipt.is-folder": (
        "it is a folder: name the file in it",
        "这是目录，请指明其中的文件",
    ),
    "receipt.not.segment": (
        "it is no receipt but a segment of a message",
        "它不是回执，而是报文段",
    ),
    "receipt.not.notice": ("it is no receipt but a notice", "它不是回执，而是通知"),
    "receipt.not.pem": (
        "it is no receipt: it holds keys or certificates",
        "它不是回执，而是密钥或证书",
    ),
    "receipt.not.xml": (
        "it is no receipt as the bus writes them, but an XML document <{name}>",
        "它不是总线写出的回执，而是 XML 文档 <{name}>",
    ),
    "receipt.not.empty": ("it is empty", "它是空文件"),
    "receipt.not.other": (
        "it is no receipt: not even an XML document",
        "它不是回执，也不是 XML 文档",
    ),
    "receipt.certificate": ("certificate", "证书"),
    "receipt.by": ("{by}", "{by}"),
    "receipt.verified": ("verified: {kind}, signed by {by}", "验证通过：{kind}，由 {by} 签名"),
    "receipt.not-verified": ("NOT verified: {code}  {text}", "未通过验证：{code}  {text}"),
    "receipt.other-envelope": (
        "it speaks of another envelope than our message of that id has",
        "它所指的信封与本方同一标识的报文不同",
    ),
    "receipt.reason": ("{text}. {hint}", "{text}。{hint}"),
    "receipt.had-before": (
        "the application had it before, under another message id",
        "业务应用此前已以另一报文标识收到",
    ),
    "receipt.differs": (
        "the signed document is shown; the database says otherwise about it: somebody has changed the row",
        "以上为签名文件的内容；数据库中的记录与之不符，可能被人改动",
    ),
    "receipt.own-word": (
        "no receipt: this daemon itself refused the message. {code}  {text}",
        "并非回执：报文由本守护进程自行拒绝。{code}  {text}",
    ),
    "receipt.for-the-sender": (
        "the reason is written for the sender alone; the receiver can tell it too",
        "原因仅供发送方阅读；也可向接收方询问",
    ),
    "receipt.exported": ("written: {path}", "已写入：{path}"),
    "receipt.exported.unproven": (
        "this receipt cannot be verified here: `govbus receipt verify` says why",
        "该回执在此无法通过验证：`govbus receipt verify` 可查看原因",
    ),
    "receipt.yes": ("yes", "是"),
    "receipt.no": ("NO", "否"),
    "receipt.field.receipt-id": ("receipt", "回执标识"),
    "receipt.field.kind": ("kind", "种类"),
    "receipt.field.by": ("signed by", "签名者"),
    "receipt.field.at": ("at", "时间"),
    "receipt.field.message-id": ("message", "报文标识"),
    "receipt.field.from": ("sender", "发送方"),
    "receipt.field.receiver": ("receiver", "接收方"),
    "receipt.field.envelope": ("envelope", "信封摘要"),
    "receipt.field.certificate": ("certificate", "证书"),
    "receipt.field.code": ("code", "代码"),
    "receipt.field.text": ("text", "说明"),
    "receipt.field.directory-version": ("directory version", "目录版本"),
    "receipt.field.ledger-head": ("ledger head", "台账头"),
    "receipt.field.verified": ("verified", "已验证"),
    # ---- dead letters
    "dead.help": (
        "What nobody could take, with its reason: at the hub what came to it, at an adapter what its "
        "applications did not take.",
        "无法处理的报文及原因：交换中心一侧为收到的死信，适配器一侧为应用未接收的报文。",
    ),
    "dead.list.help": ("The newest dead letters.", "列出最新死信。"),
    "dead.show.help": ("One dead letter with its whole reason.", "查看一份死信的完整原因。"),
    "dead.discard.help": (
        "Take dead letters off the hub's list; who did it and why is entered in the ledger.",
        "从交换中心的列表中移除死信；操作人与理由记入台账。",
    ),
    "dead.discard.all.help": ("All that there are.", "全部死信。"),
    "dead.requeue.help": (
        "Send the hub's own receipt or notice once more to whom it was for; it is entered in the ledger.",
        "将交换中心自身的回执或通知重新发给其接收方；此操作记入台账。",
    ),
    "dead.reason.help": ("Why, for whoever reads the ledger.", "理由，供查阅台账者阅读。"),
    "dead.discarded": (
        "off the list: {id}  {code}  {sender}; entered in the ledger as done by {by}",
        "已移除：{id}  {code}  {sender}；已记入台账，操作人 {by}",
    ),
    "dead.requeued": (
        "sent once more by the running hub within seconds: {id}; entered in the ledger as done by {by}",
        "运行中的交换中心将在数秒内重发：{id}；已记入台账，操作人 {by}",
    ),
    "dead.which": ("name letters by their ids, or give --all", "请给出死信标识，或使用 --all"),
    "dead.only-hub": (
        "this is for the hub's list; a department's dead letters end by themselves: its application takes "
        "the message at last, or it was returned to its sender",
        "此命令用于交换中心；部门的死信会自行了结：业务应用最终接收该报文，或报文已退回发送方",
    ),
    "dead.requeue.came": (
        "it came to the hub, and only whoever sent it can send it again",
        "它是发给交换中心的，只能由其发送方重发",
    ),
    "dead.requeue.segment": (
        "it is a segment, which the hub asks its sender for by itself",
        "它是报文段，交换中心会自动请发送方重发",
    ),
    "dead.requeue.cut": ("not all of it was kept", "未完整保存"),
    "dead.requeue.unknown": (
        "it is neither a receipt nor a notice",
        "它既不是回执也不是通知",
    ),
    "dead.none": ("there are none", "没有死信"),
    "dead.thing": ("dead letter", "死信"),
    "dead.field.at": ("at", "时间"),
    "dead.field.id": ("id", "标识"),
    "dead.field.queue": ("where", "位置"),
    "dead.field.sender": ("sender", "发送方"),
    "dead.field.message-id": ("message", "报文标识"),
    "dead.field.code": ("code", "代码"),
    "dead.field.reason": ("reason", "原因"),
}
