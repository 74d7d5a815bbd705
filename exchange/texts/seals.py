# SPDX-License-Identifier: Apache-2.0
"""What is said about electronic seals and signatures in documents: verdicts, reasons, remarks."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    # ---- verdicts
    "seals.valid": ("{who}: valid", "{who}：有效"),
    "seals.invalid": ("{who}: invalid", "{who}：无效"),
    "seals.not-verifiable": ("{who}: not verifiable", "{who}：无法验证"),
    "seals.because": ("{said}, because {reason}", "{said}，原因：{reason}"),
    "seals.and": ("{said}; {reason}", "{said}；{reason}"),
    "seals.and-more": ("{said}; and {count} reasons more", "{said}；另有 {count} 条原因"),
    "seals.not-verified": ("the seals were not verified: {reason}", "未验证印章：{reason}"),
    "seals.no-anchor-file": ("it holds something that is no certificate", "其中含有不是证书的内容"),
    "seals.the-maker": ("the seal maker", "制章者"),
    "seals.the-signer": ("the signer", "签章者"),
    # ---- the files
    "seals.file-altered": (
        "the file {what} was altered after signing",
        "文件 {what} 在签章之后被改动",
    ),
    "seals.file-missing": ("the protected file {what} is missing", "受保护的文件 {what} 不存在"),
    "seals.file-unreadable": (
        "the protected file {what} cannot be read: {reason}",
        "受保护的文件 {what} 无法读取：{reason}",
    ),
    "seals.file-doubled": (
        "the document has two files named {what}, and another program may show the other",
        "文档中有两个同名文件 {what}，其他软件显示的可能是另一个",
    ),
    "seals.nothing-protected": ("the signature protects no file", "签名没有保护任何文件"),
    "seals.files-unprotected": (
        "{count} files of the document are not protected by it: {names}",
        "文档中有 {count} 个文件不在其保护范围内：{names}",
    ),
    "seals.pages-unprotected": (
        "{count} of the files that the pages are made of are not protected: {names}",
        "构成页面内容的文件有 {count} 个不在保护范围内：{names}",
    ),
    "seals.document-unreadable": (
        "the signed document {what} cannot be read: {reason}",
        "被签章的文档 {what} 无法读取：{reason}",
    ),
    "seals.digest-unknown": (
        "the digest algorithm {digest} is unknown",
        "未知的杂凑算法 {digest}",
    ),
    "seals.weak-digest": (
        "the digests of the files are made with {digest}, which is weak",
        "文件摘要使用了较弱的算法 {digest}",
    ),
    # ---- lists and descriptions
    "seals.list-unreadable": (
        "the list of signatures {what} cannot be read: {reason}",
        "签名列表 {what} 无法读取：{reason}",
    ),
    "seals.too-many": (
        "it lists more than {limit} signatures; those beyond were not looked at",
        "所列签名超过 {limit} 个，超出部分未查验",
    ),
    "seals.unlisted": (
        "{what} belongs to a signature that the document does not list",
        "{what} 属于文档未列出的签名",
    ),
    "seals.description-unreadable": (
        "the description of the signature {what} cannot be read: {reason}",
        "签名描述文件 {what} 无法读取：{reason}",
    ),
    "seals.description-altered": (
        "{what} was altered after signing, or the signature is of another document",
        "{what} 在签章之后被改动，或该签名属于另一份文档",
    ),
    "seals.value-unreadable": (
        "the signature {what} cannot be read: {reason}",
        "签名值 {what} 无法读取：{reason}",
    ),
    # ---- signatures and certificates
    "seals.signature-wrong": (
        "the signature does not fit what was signed, the key of {name} or its SM2 user identity",
        "签名与所签内容、{name} 的密钥或 SM2 用户标识不符",
    ),
    "seals.certificate-unreadable": (
        "the certificate of {who} cannot be read",
        "{who}的证书无法读取",
    ),
    "seals.no-certificate": (
        "the signature carries no certificate of its signer",
        "签名中没有签名者的证书",
    ),
    "seals.certificate-not-valid-then": (
        "the certificate of {who}, {name}, was not valid then: it is from {from} to {until}",
        "{who} {name} 的证书当时不在有效期内：有效期为 {from} 至 {until}",
    ),
    "seals.certificate-expired-since": (
        "the certificate of {who}, {name}, was valid then and is not now: it is from {from} to {until}",
        "{who} {name} 的证书当时有效，现已不在有效期内：有效期为 {from} 至 {until}",
    ),
    "seals.algorithm-unknown": (
        "the signature algorithm {algorithm} is unknown",
        "未知的签名算法 {algorithm}",
    ),
    "seals.key-of-other-kind": (
        "the signature names the algorithm {algorithm}, and the key is an {key} key",
        "签名声称的算法 {algorithm} 与 {key} 密钥不符",
    ),
    "seals.no-sm2": (
        "this machine's OpenSSL cannot verify SM2 signatures ({lacking})",
        "本机的 OpenSSL 不能验证 SM2 签名（{lacking}）",
    ),
    "seals.no-algorithm": (
        "this machine's OpenSSL lacks {lacking}",
        "本机的 OpenSSL 不支持 {lacking}",
    ),
    "seals.weak-key": ("the key of {name} is too short", "{name} 的密钥长度不足"),
    "seals.weak-signature": (
        "a signature is made with {digest}, which is weak",
        "签名使用了较弱的算法 {digest}",
    ),
    "seals.issuer-expired": (
        "the certificate of the issuer {name} was not valid then",
        "颁发者 {name} 的证书当时不在有效期内",
    ),
    "seals.issuer-signature-wrong": (
        "the certificate of {name} was not signed by {issuer}",
        "{name} 的证书不是由 {issuer} 签发的",
    ),
    # ---- whom to trust
    "seals.no-anchors": (
        "no trust anchor is configured that could vouch for {name}",
        "没有配置可以证明 {name} 身份的信任锚",
    ),
    "seals.maker-untrusted": (
        "no configured trust anchor vouches for the seal maker {name}",
        "已配置的信任锚中没有能证明制章者 {name} 的",
    ),
    "seals.signer-untrusted": (
        "no configured trust anchor vouches for the signer {name}",
        "已配置的信任锚中没有能证明签章者 {name} 的",
    ),
    # ---- the seal
    "seals.seal-altered": (
        "the seal {name} is not as its maker {maker} made it",
        "印章 {name} 与制章者 {maker} 制作的不一致",
    ),
    "seals.other-seal": (
        "the seal in the document is not the seal that was used to sign",
        "文档中的印章与签章所用的印章不一致",
    ),
    "seals.signer-not-listed": (
        "{name} is none of those who may use the seal",
        "{name} 不在可使用该印章的签章者之列",
    ),
    "seals.no-signers-listed": (
        "the seal does not say who may use it; {name} did",
        "印章未列明可使用者，使用者为 {name}",
    ),
    "seals.no-picture": ("the seal has no picture", "印章没有图像"),
    # ---- times
    "seals.no-time": ("it does not say when it was signed", "未注明签章时间"),
    "seals.no-validity": (
        "the seal {name} does not say how long it is valid",
        "印章 {name} 未注明有效期",
    ),
    "seals.signed-in-future": (
        "it says that it was signed at {when}, after now ({at})",
        "签章时间 {when} 晚于当前时间（{at}）",
    ),
    "seals.seal-not-valid-then": (
        "the seal {name} is valid from {from} to {until}, and was used at {when}",
        "印章 {name} 的有效期为 {from} 至 {until}，而签章时间为 {when}",
    ),
    "seals.seal-expired-since": (
        "the seal {name} was valid when it was used at {when}; it ended at {until}",
        "印章 {name} 在签章时（{when}）有效，已于 {until} 到期",
    ),
    "seals.time-stamp-unreadable": (
        "its time stamp cannot be read: {reason}",
        "时间戳无法读取：{reason}",
    ),
    "seals.time-stamp-wrong": (
        "its time stamp is false, or of another signature",
        "时间戳有误，或属于另一个签名",
    ),
    "seals.time-stamp-unproven": (
        "its time stamp could not be verified: {reason}",
        "时间戳未能验证：{reason}",
    ),
    "seals.time-stamp-untrusted": (
        "no configured trust anchor vouches for the time-stamp authority {name}",
        "已配置的信任锚中没有能证明时间戳机构 {name} 的",
    ),
    "seals.time-stamped": ("time-stamped at {when} by {name}", "由 {name} 于 {when} 加盖时间戳"),
}
