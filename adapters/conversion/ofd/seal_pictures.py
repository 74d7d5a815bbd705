# SPDX-License-Identifier: Apache-2.0
"""
The picture of an electronic seal, found in a SignedValue or a seal file without judging either.

GB/T 38540 and GM/T 0031 put it into SES_ESPictrueInfo ::= SEQUENCE { type IA5String, data OCTET STRING,
width INTEGER, height INTEGER }; both versions, and makers' own containers around them, are searched for
that one shape. Whether the seal is genuine is another module's question.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

NODES = 50_000  # looked at in one structure
DEPTH = 40

_INTEGER, _OCTETS, _IA5, _UTF8, _PRINTABLE = 0x02, 0x04, 0x16, 0x0C, 0x13
_CONSTRUCTED = 0x20


@dataclass(frozen=True, slots=True)
class SealPicture:
    """What a seal looks like: *kind* as it is declared (PNG, GIF, OFD, ...), its size in millimetres."""

    kind: str
    data: bytes
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class _Node:
    tag: int
    body: memoryview


def seal_picture(data: bytes) -> SealPicture | None:
    """The first picture in the DER structure *data*; None: there is none, or it is no DER."""
    left = [NODES]
    return _searched(memoryview(data), 0, left)


def _searched(data: memoryview, depth: int, left: list[int]) -> SealPicture | None:
    nodes = list(_nodes(data, left))
    found = _picture(nodes)
    if found is not None:
        return found
    for node in nodes:
        if depth < DEPTH and (node.tag & _CONSTRUCTED or _may_hold(node)):
            found = _searched(node.body, depth + 1, left)
            if found is not None:
                return found
    return None


def _may_hold(node: _Node) -> bool:
    """Some makers wrap the whole seal into an OCTET STRING."""
    return node.tag == _OCTETS and len(node.body) > 64 and node.body[0] == 0x30


def _picture(nodes: list[_Node]) -> SealPicture | None:
    kinds = [node.tag for node in nodes[:4]]
    if (
        len(kinds) < 4
        or kinds[0] not in (_IA5, _UTF8, _PRINTABLE)
        or kinds[1:4] != [_OCTETS, _INTEGER, _INTEGER]
    ):
        return None
    kind = bytes(nodes[0].body[:20]).decode("ascii", "replace")
    width, height = (float(int.from_bytes(node.body[:4], "big")) for node in nodes[2:4])
    return SealPicture(kind.upper(), bytes(nodes[1].body), width, height) if nodes[1].body else None


def _nodes(data: memoryview, left: list[int]) -> Iterator[_Node]:
    at = 0
    while at + 2 <= len(data) and left[0] > 0:
        left[0] -= 1
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            count = length & 0x7F
            if count == 0 or count > 4 or at + count > len(data):
                return
            length, at = int.from_bytes(data[at : at + count], "big"), at + count
        if at + length > len(data) or tag & 0x1F == 0x1F:
            return
        yield _Node(tag, data[at : at + length])
        at += length
