# SPDX-License-Identifier: Apache-2.0
"""
Writes the reference pages that come from the code: `python -m docs.generate`.

Whole pages: the errors in both languages, the journey of a delivery. Parts of a page, between two
marks: the examples, limits and keys of the wire format. The examples are made with the keys of the
tests, which are published there and trusted by nobody. A test holds every page current.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path

from exchange.codec import receipt_form
from exchange.codec.envelope_form import write_manifest
from exchange.model.journey import TABLE, Event, State, mermaid
from exchange.model.limits import (
    GIB,
    KIB,
    LIMITS,
    MIB,
    SEGMENT_BYTES,
    SEGMENT_BYTES_LEAST,
    SEGMENT_BYTES_MOST,
)
from exchange.model.receipt import PrivatePart
from exchange.texts import CODES, TEXTS, hint_of
from tests.wire import (
    CIVIL_AFFAIRS,
    FINANCE,
    SECRET,
    THE_HUB,
    Message,
    message,
    notice,
    receipt,
    sealed_private,
    segment,
)

REFERENCE = Path(__file__).parent / "reference"

# ---- errors

_GROUPS = {
    "1": ("Envelope and schema", "信封与模式"),
    "2": ("Trust", "信任"),
    "3": ("Route and conversion", "路由与转换"),
    "4": ("Transfer", "传输"),
    "5": ("Delivery", "投递"),
    "9": ("Operation", "运行"),
}
_EXITS = {
    0: ("done", "完成"),
    1: (
        "the answer is no: not verified, not found, rejected, timed out waiting",
        "答案为否：未通过验证、未找到、被拒、等待超时",
    ),
    2: ("wrong usage", "用法错误"),
    65: ("bad data", "数据有误"),
    69: (
        "broker or database unreachable, or something needed is missing",
        "消息代理或数据库不可达，或缺少所需组件",
    ),
    78: ("bad configuration", "配置有误"),
}
_ERROR_WORDS = {
    "title": ("Errors", "错误代码"),
    "intro": (
        "Every error has a code that never gets another meaning, a sentence, and a hint at what to try. "
        "Words in angle brackets are filled in; the hint is a department's, and where the hub's operator is "
        "told something else, that stands below it. The code stands in the log, in the signed receipt and in "
        "`--json`; the exit code is that of a command that ends with it; *ebMS* is the counterpart among "
        "ebMS 3.0's errors.",
        "每个错误都有一个含义永不改变的代码、一句说明和一条处理提示。尖括号中的内容在显示时填入；提示面向部门，对交换中心管理员另有提示的列于其下。代码会出现在日志、"
        "签名回执和 `--json` 输出中；退出码是命令因此结束时的退出码；ebMS 列为 ebMS 3.0 的对应错误码。",
    ),
    "exits": ("Exit codes", "退出码"),
    "at hub": ("*At the hub:* ", "*交换中心：*"),
    "head": ("| code | what it says | what to try | exit | ebMS |", "| 代码 | 说明 | 处理 | 退出码 | ebMS |"),
    "exit head": ("| exit code | meaning |", "| 退出码 | 含义 |"),
}


def errors(lang: str = "en") -> str:
    """The page of all errors in *lang*."""
    nth = ("en", "zh").index(lang)
    word = {name: pair[nth] for name, pair in _ERROR_WORDS.items()}
    lines = [
        f"# {word['title']}",
        "",
        *_wrapped(word["intro"], lang),
        "",
        f"## {word['exits']}",
        "",
        word["exit head"],
    ]
    lines += ["|---|---|", *(f"| {code} | {pair[nth]} |" for code, pair in _EXITS.items())]
    for digit, names in _GROUPS.items():
        lines += ["", f"## {digit}xx {names[nth]}", "", word["head"], "|---|---|---|---|---|"]
        lines += [_error_row(code, nth) for code in sorted(CODES) if code[3] == digit]
    return "\n".join(lines) + "\n"


def _error_row(code: str, nth: int) -> str:
    said, hint = (_shown(TEXTS[key][nth]) for key in (code, f"{code}.hint"))
    if (operators := hint_of(code, at_hub=True)) != f"{code}.hint":
        hint += "<br>" + _ERROR_WORDS["at hub"][nth] + _shown(TEXTS[operators][nth])
    return f"| {code} | {said} | {hint} | {CODES[code].exit_code} | {CODES[code].ebms} |"


def _shown(sentence: str) -> str:
    """*sentence* in a table's cell, its places as ‹place›."""
    return re.sub(r"\{(\w+)(?:![rs])?\}", r"‹\1›", sentence).replace("|", "\\|")


def _wrapped(paragraph: str, lang: str) -> list[str]:
    return textwrap.wrap(paragraph, 110, break_on_hyphens=False) if lang == "en" else [paragraph]


# ---- the journey

_STATES = {
    State.QUEUED: ("待发", "in the outbox; nothing of it was forwarded"),
    State.TRANSFERRING: ("传输中", "the hub has admitted it; its segments are on their way"),
    State.HELD: ("等待", "the receiver is full or absent; the rest waits in the sender's outbox"),
    State.ACCEPTED: ("受理", "the hub has put every segment into the receiver's queue"),
    State.CONVERTING: ("转换中", "whole and verified at the receiver, not yet in the application"),
    State.DELIVERED: ("送达", "the application has it"),
    State.SIGNED_FOR: ("签收", "a person or the application has signed for it"),
    State.RETURNED: ("退回", "the receiver gave it back, with a reason"),
    State.REJECTED: ("拒收", "the hub refused it, with a reason"),
    State.EXPIRED: ("过期", "its deadline passed before it was delivered"),
    State.RECALLED: ("撤回", "the sender took it back before anything was forwarded"),
}
_EVENTS = {
    Event.ADMITTED: "the hub takes its first segment",
    Event.HELD: "the hub cannot put a segment into the receiver's queue",
    Event.RESUMED: "there is room again",
    Event.FORWARDED: "the receiver's queue has confirmed the last segment; receipt `accepted`",
    Event.MISSED: "segments are needed again",
    Event.COMPLETED: "the receiver has every segment, each proven",
    Event.DELIVERED: "receipt `delivered` by the receiver",
    Event.SIGNED_FOR: "receipt `signed-for` by the receiver",
    Event.RETURNED: "receipt `returned` by the receiver",
    Event.REJECTED: "receipt `rejected` by the hub",
    Event.EXPIRED: "receipt `expired`, by the hub while nothing was forwarded, else by the receiver",
    Event.RECALLED: "receipt `recalled` by the hub, while nothing was forwarded",
}


def journey() -> str:
    """The page of the life of a delivery."""
    lines = [
        "# The life of a delivery",
        "",
        "A delivery is one message at one receiving application. Its life is one table,",
        "`exchange/model/journey.py`; ledger, metrics, `govbus message trace` and this page come from it.",
        "",
        "```mermaid",
        *mermaid().splitlines(),
        "```",
        "",
        "## States",
        "",
        "| state | 中文 | meaning | final |",
        "|---|---|---|---|",
        *(
            f"| `{s.value}` | {_STATES[s][0]} | {_STATES[s][1]} | {'yes' if s.is_final else ''} |"
            for s in State
        ),
        "",
        "`overdue` is no state but a flag: the deadline has passed, and the receiver's signed answer is",
        "still to come.",
        "",
        "## Events",
        "",
        "| event | what happened | may come in | leads to |",
        "|---|---|---|---|",
        *(_event_row(event) for event in Event),
        "",
        "What is not in the table does not happen: the same receipt again changes nothing, and an end has no",
        "way out but that what was delivered may be signed for.",
        "",
        "## Messages",
        "",
        "A message is `open` until all its deliveries are final. Then it is `delivered` if all of them were",
        "delivered or signed for, `failed` if none was, and `partial` otherwise.",
    ]
    return "\n".join(lines) + "\n"


def _event_row(event: Event) -> str:
    sources = [was for was, known in TABLE if known is event]
    comes = ", ".join(f"`{state.value}`" for state in sources)
    return f"| `{event.value}` | {_EVENTS[event]} | {comes} | `{TABLE[sources[0], event].value}` |"


# ---- the wire: parts of a page

PAYLOAD = "关于拨付 2026 年专项资金的通知：请于十二月一日前办理。\n".encode()
_COMMENT = re.compile(r"<!-- .*? -->")
_LONG_RUN = re.compile(r"[A-Za-z0-9+/]{96}(?=[A-Za-z0-9+/=])")  # of base64, to be broken for the page


def example() -> Message:
    """The message of the examples."""
    return message(PAYLOAD)


def example_segment() -> bytes:
    """Its one segment, as it travels."""
    return segment(example())


def example_receipt() -> bytes:
    """The receipt that answers it."""
    sealed, digest = sealed_private(
        PrivatePart("已入库，案卷号 2026-1107", rows=1, salt="5f2c"), receipt().receipt_id
    )
    made = receipt(envelope=example().digest, private=sealed, private_digest=digest)
    return receipt_form.sign_receipt(made, CIVIL_AFFAIRS.signer)


def example_notice() -> bytes:
    """The hub's word that two segments are wanted again."""
    return receipt_form.sign_notice(notice(), THE_HUB.signer)


_NOTES = {
    '<segment xmlns="urn:govbus:exchange:1">': "one AMQP body is one segment",
    "<envelope ": "the same in every segment: a document of its own",
    "<message-id>": "UUID of version 7; with the sender it is the message's identity",
    "<type>": "dotted and versioned; names a schema in the catalogue",
    "<from>": "participant/application",
    "<to>": "none or many; none = the routing table decides",
    "<priority>": "flash, urgent, routine or bulk",
    "<created>": "UTC, to the millisecond",
    "<expires>": "must be there; until then ids are remembered",
    "<attribute ": "what routes may test; the hub reads it",
    "<payload ": "sizes, and the root of the Merkle tree over the salted slices",
    "<suite>": "as the sender is registered",
    "<certificate>": "SHA-256 of its author's signing certificate",
    "<directory-version>": "of the sender's view",
    "<ledger-head ": "the last that its author saw, so that nobody shows two histories",
    "<manifest>": "encrypted: the names, sizes and digests of the parts",
    "<ds:Signature ": "over everything before it in this document",
    "<ds:Reference ": "the whole document, without this signature",
    "<ds:DigestValue>": "SHA-256 of the document without its signature; of an envelope, the envelope digest",
    "<ds:SignatureValue>": "r and s of ECDSA over P-256, 32 bytes each",
    "<keys>": "outside the signature: the hub passes each receiver only its own",
    "<key ": "HPKE: 32 bytes of encapsulated key, then the sealed content key",
    "<slice ": "no path here: the tree has one leaf, which is its root",
    "<data>": "AES-256-GCM of the slice, in base64",
    "<receipt-id>": "UUID of version 7",
    "<kind>": "what it states, or what it tells",
    "<by>": "a participant, or `hub`",
    "<at>": "by its author's clock",
    "<envelope-digest>": "which envelope it speaks of",
    "<private-digest>": "SHA-256 of the private part, which has a salt",
    "<private>": "HPKE to the sender: a sentence, a count, reports",
    "<ranges>": "segment indices, ascending",
}


def annotated(document: bytes) -> str:
    """*document* in lines, what matters explained above each; `bare` undoes it."""
    return "\n".join(_lines(document.decode()))


def bare(block: str) -> bytes:
    """The document behind an annotated *block*: explanations, line ends and indents taken off."""
    return "".join(_COMMENT.sub("", line).strip() for line in block.splitlines()).encode()


def _lines(text: str) -> Iterator[str]:
    depth, explained = 0, set[str]()
    for piece in re.findall(r"<[^/][^>]*>[^<]*</[^>]*>|<[^>]*>", text):
        closes = piece.startswith("</")
        depth -= closes
        note = next((n for n in _NOTES if piece.startswith(n) and n not in explained), "")
        explained.add(note)
        if note:
            yield "  " * depth + f"<!-- {_NOTES[note]} -->"
        yield "  " * depth + _LONG_RUN.sub(lambda run, d=depth: run[0] + "\n" + "  " * (d + 1), piece)  # type: ignore[misc]
        depth += not closes and "</" not in piece


_LIMITS = {
    "document": ("one segment on the wire", "bytes"),
    "envelope": ("envelope without its manifest", "bytes"),
    "manifest": ("manifest", "bytes"),
    "payload": ("payload", "bytes"),
    "segments": ("segments of a message", ""),
    "parts": ("parts of a payload", ""),
    "receivers": ("addresses, and key records", ""),
    "attributes": ("attributes", ""),
    "attribute_name": ("an attribute's name", "characters"),
    "attribute_value": ("an attribute's value", "characters"),
    "key": ("the application's key", "characters"),
    "extensions": ("extensions", ""),
    "hops": ("hubs on the way", ""),
    "depth": ("nested elements", ""),
    "life_seconds": ("from created to expires", "seconds"),
    "clock_skew_seconds": ("how far created may lie in the future", "seconds"),
    "express_segments": ("segments of a flash or urgent message", ""),
}


def limits() -> str:
    """The table of limits."""
    rows = [
        f"| {_LIMITS[f.name][0]} | {_amount(getattr(LIMITS, f.name), _LIMITS[f.name][1])} |"
        for f in fields(LIMITS)
    ]
    bounds = f"{_amount(SEGMENT_BYTES_LEAST, 'bytes')} to {_amount(SEGMENT_BYTES_MOST, 'bytes')}"
    rows.insert(
        0, f"| plaintext of one slice | {bounds}; {_amount(SEGMENT_BYTES, 'bytes')} unless said otherwise |"
    )
    rows.append(f"| receipt | {_amount(receipt_form.RECEIPT_BYTES_MOST, 'bytes')} |")
    rows.append(f"| notice | {_amount(receipt_form.NOTICE_BYTES_MOST, 'bytes')} |")
    return "\n".join(["| what | at most |", "|---|---|", *rows])


def _amount(number: int, unit: str) -> str:
    if unit == "bytes":
        for size, name in ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")):
            if number % size == 0:
                return f"{number // size:,} {name}"
    if unit == "seconds" and number % 86400 == 0:
        return f"{number // 86400} days"
    return f"{number:,} {unit}".rstrip()


def keys() -> str:
    """The keys of the examples."""
    lines = ["sender 440500.finance, signing key:", FINANCE.public_pem.strip()]
    lines += ["receiver 440500.civil-affairs, signing key:", CIVIL_AFFAIRS.public_pem.strip()]
    lines += ["hub, signing key:", THE_HUB.public_pem.strip()]
    lines += [f"receiver 440500.civil-affairs, private X25519 key: {CIVIL_AFFAIRS.encryption_raw.hex()}"]
    lines += [f"sender 440500.finance, private X25519 key: {FINANCE.encryption_raw.hex()}"]
    lines += [f"content key of the message: {SECRET.hex()}"]
    return "\n".join(lines)


PARTS: dict[str, tuple[str, Callable[[], str]]] = {
    "segment": ("xml", lambda: annotated(example_segment())),
    "manifest": ("xml", lambda: annotated(write_manifest(example().manifest))),
    "receipt": ("xml", lambda: annotated(example_receipt())),
    "notice": ("xml", lambda: annotated(example_notice())),
    "keys": ("text", keys),
    "limits": ("", limits),
}


def with_parts(page: str) -> str:
    """*page* with everything between its marks written anew."""
    for name, (language, part) in PARTS.items():
        body = f"```{language}\n{part()}\n```" if language else part()
        mark = re.compile(rf"(<!-- generated: {name} -->\n).*?(\n<!-- end -->)", re.DOTALL)
        page, found = mark.subn(lambda m, body=body: m[1] + body + m[2], page)  # type: ignore[misc]
        if found != 1:
            raise ValueError(f"the page has {found} places for {name}")
    return page


# ---- all of them

PAGES: dict[str, Callable[[], str]] = {
    "errors.md": lambda: errors("en"),
    "errors.zh-CN.md": lambda: errors("zh"),
    "journey.md": journey,
    "wire-format.md": lambda: with_parts((REFERENCE / "wire-format.md").read_text("utf-8")),
}


def main() -> None:
    """Write every page."""
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
