# SPDX-License-Identifier: Apache-2.0
"""What `govbus ledger` says: flaws, heads, proofs, and why nothing more is numbered."""

from __future__ import annotations

TEXTS: dict[str, tuple[str, str]] = {
    # ---- help
    "ledger.help": (
        "The hub's append-only record: verify it, show its head, prove an entry.",
        "交换中心只增不改的台账：校验、查看台账头、证明记录。",
    ),
    "ledger.verify.help": (
        "Recompute the whole ledger from its entries and name everything that does not fit.",
        "由全部记录重新计算台账，指出所有不符之处。",
    ),
    "ledger.head.unlinked": (
        "it showed {shown}, which does not begin with {seen}",
        "其出示的 {shown} 并非由 {seen} 延续而来",
    ),
    "ledger.head.help": ("Show the latest signed head.", "显示最新的已签名台账头。"),
    "ledger.proof.help": (
        "Prove that an entry is in the ledger: ID is its number, or what it is about (a message id, …).",
        "证明记录在台账中：ID 为记录编号，或其事由（如报文标识）。",
    ),
    "ledger.config.help": ("the hub's hub.toml", "交换中心的 hub.toml"),
    "ledger.incremental.help": (
        "Begin at the last head of the last clean incremental run.",
        "从上次增量校验通过的台账头继续。",
    ),
    "ledger.size.help": (
        "Prove it in the ledger of this many entries; the latest head's where nothing is said.",
        "以多少条记录时的台账为准；默认取最新台账头。",
    ),
    "ledger.json.help": (
        "One JSON document on standard output, nothing else.",
        "标准输出仅为一个 JSON 文档。",
    ),
    # ---- verify
    "ledger.verifying": ("verifying", "正在校验"),
    "ledger.sound": (
        "the ledger is sound: {entries} entries verified, from number {start}; "
        "the last head that holds covers {held}",
        "台账完好：从第 {start} 号起共校验 {entries} 条记录；最近有效台账头覆盖 {held} 条",
    ),
    "ledger.unsound": (
        "the ledger is NOT sound: {flaws} found in {entries} entries",
        "台账有误：在 {entries} 条记录中发现 {flaws} 处问题",
    ),
    "ledger.more": ("and {count} more", "另有 {count} 处"),
    "ledger.unsigned": (
        "{count} numbered entries are not under a head yet: the next one covers them",
        "{count} 条已编号记录尚无台账头覆盖：下一个台账头将予以覆盖",
    ),
    # ---- flaws, by the names of exchange.model.ledger_audit.FlawKind
    "ledger.flaw.entry-altered": (
        "entry {number}: what it says is not what was recorded",
        "第 {number} 号记录：内容与入账时不符",
    ),
    "ledger.flaw.entry-missing": ("entry {number} is missing", "第 {number} 号记录缺失"),
    "ledger.flaw.hash-altered": (
        "the hash kept at position {number}, over the entries {first} to {last}, is not theirs; "
        "entries not named here are as they were recorded",
        "位置 {number} 处保存的散列值（覆盖第 {first} 至 {last} 号记录）有误；未列出的记录均与入账时相符",
    ),
    "ledger.flaw.hash-missing": (
        "the hash at position {number}, over the entries {first} to {last}, is missing",
        "位置 {number} 处（覆盖第 {first} 至 {last} 号记录）的散列值缺失",
    ),
    "ledger.flaw.hash-surplus": (
        "hashes are kept for entries from {first} on, which are not there: the end was cut off",
        "保存有第 {first} 号及以后记录的散列值，但记录不存在：台账尾部被截去",
    ),
    "ledger.flaw.head-signature": (
        "the head of size {number}: its signature does not hold under any certificate of the hub",
        "大小为 {number} 的台账头：签名在交换中心的任何证书下均无效",
    ),
    "ledger.flaw.head-root": (
        "the head of size {number} is over another history: among the entries {first} to {last} something "
        "was altered together with all hashes above it",
        "大小为 {number} 的台账头对应另一段历史：第 {first} 至 {last} 号记录中有内容连同其上全部散列值被篡改",
    ),
    "ledger.flaw.head-beyond": (
        "the head of size {number} covers the entries {first} to {last}, which are not there",
        "大小为 {number} 的台账头覆盖第 {first} 至 {last} 号记录，但这些记录不存在",
    ),
    # ---- head and proof
    "ledger.field.size": ("entries", "记录数"),
    "ledger.field.root": ("root", "树根"),
    "ledger.field.at": ("signed at", "签署时间"),
    "ledger.field.certificate": ("certificate", "证书"),
    "ledger.field.signature": ("signature", "签名"),
    "ledger.field.verified": ("signature holds", "签名有效"),
    "ledger.field.waiting": ("waiting for a number", "待编号"),
    "ledger.field.number": ("entry", "记录"),
    "ledger.field.kind": ("kind", "类别"),
    "ledger.field.subject": ("about", "事由"),
    "ledger.field.recorded": ("recorded at", "入账时间"),
    "ledger.field.leaf": ("leaf", "叶"),
    "ledger.field.path": ("path", "路径"),
    "ledger.yes": ("yes", "是"),
    "ledger.no": ("NO", "否"),
    "ledger.uncovered": (
        "entry {number} is not under a signed head yet: ask again in a moment",
        "第 {number} 号记录尚无已签名的台账头覆盖：请稍后再试",
    ),
    "ledger.thing.entry": ("ledger entry", "台账记录"),
    "ledger.thing.head": ("ledger head of size", "大小如下的台账头"),
    "ledger.thing.sizes": ("ledger of size", "大小如下的台账"),
    # ---- why nothing more is numbered (places of EX-921)
    "ledger.broken.hash-missing": (
        "the hash at position {position} is missing",
        "位置 {position} 处的散列值缺失",
    ),
    "ledger.broken.goes-on": (
        "after entry {number} it goes on already",
        "第 {number} 号记录之后已有内容",
    ),
    "ledger.broken.head": (
        "it does not give the signed head of size {size}",
        "与大小为 {size} 的已签名台账头不符",
    ),
}
