# SPDX-License-Identifier: Apache-2.0
"""
Merkle trees as RFC 9162 has them: one hash that stands for many leaves, and short proofs.

Two kinds of tree have one definition here. A payload's `Tree` is built once from all its leaves and
asked for many paths. The ledger's tree only grows: a `Frontier` holds its right edge, and proofs are
put together from the hashes of complete subtrees that a store keeps under their *position*.

This module does not know what a leaf says nor where nodes are kept. Its rule: a proof holds exactly
or not at all; a hash too many, too few or too short is a refusal.

    RFC 9162, section 2.1.1: "The hash of an empty list is the hash of an empty string: MTH({}) = HASH().
    The hash of a list with one entry (also known as a leaf hash) is: MTH({d[0]}) = HASH(0x00 || d[0]).
    For n > 1, let k be the largest power of two smaller than n […]. The Merkle Tree Hash of an n-element
    list D[n] is then defined recursively as: MTH(D[n]) = HASH(0x01 || MTH(D[0:k]) || MTH(D[k:n]))".
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from typing import Any

from exchange.errors import Reject
from exchange.model.digest import Digest

SHA256 = "sha256"
_HASHES: Mapping[str, Callable[[bytes], Any]] = {SHA256: hashlib.sha256}  # SM3 joins with suite gm-1

_LEAF = b"\x00"
_NODE = b"\x01"  # "this domain separation is required to give second preimage resistance" (2.1.1)

Nodes = Callable[[Sequence[int]], Mapping[int, bytes]]  # positions of complete subtrees -> their hashes


def leaf_hash(*pieces: bytes | bytearray | memoryview, algorithm: str = SHA256) -> bytes:
    """
    The hash of the leaf whose content is *pieces* one after the other, without joining them.

    A caller that gives a salt and then data must give salts of one length, or two leaves could be one.
    """
    state = _hash_of(algorithm)(_LEAF)
    for piece in pieces:
        state.update(piece)
    digest: bytes = state.digest()
    return digest


def empty_root(algorithm: str = SHA256) -> Digest:
    """The root of a tree without leaves."""
    return Digest(algorithm, _hash_of(algorithm)(b"").digest())


def parent_hash(left: bytes, right: bytes, *, algorithm: str = SHA256) -> bytes:
    """The hash over two subtrees."""
    digest: bytes = _hash_of(algorithm)(_NODE + left + right).digest()
    return digest


def _hash_of(algorithm: str) -> Callable[[bytes], Any]:
    if algorithm not in _HASHES:
        raise Reject("EX-112", found=algorithm[:80])
    return _HASHES[algorithm]


class Tree:
    """
    A tree over leaves that are all known: built once, 64 bytes a leaf, every path by look-up.

    Level 0 holds the leaf hashes; each level above holds the hashes of pairs, and a last one
    without a partner moves up as it is, which is RFC 9162's tree seen from below.

    Args:
        leaves: leaf hashes in order, as `leaf_hash` gives them.
    """

    __slots__ = ("_levels", "_width", "algorithm")

    def __init__(self, leaves: Iterable[bytes], *, algorithm: str = SHA256) -> None:
        self.algorithm = algorithm
        self._width = len(empty_root(algorithm).value)
        self._levels = [_joined(leaves, self._width)]
        while len(self._levels[-1]) > self._width:
            self._levels.append(_paired(self._levels[-1], self._width, algorithm))

    @classmethod
    def restore(cls, joined: bytes, *, algorithm: str = SHA256) -> Tree:
        """The tree whose leaf hashes, one after the other, are *joined*: what `leaves` gave."""
        width = len(empty_root(algorithm).value)
        return cls((joined[at : at + width] for at in range(0, len(joined), width)), algorithm=algorithm)

    def __len__(self) -> int:
        return len(self._levels[0]) // self._width

    @property
    def leaves(self) -> bytes:
        """All leaf hashes, one after the other."""
        return self._levels[0]

    @property
    def root(self) -> Digest:
        return Digest(self.algorithm, self._levels[-1]) if len(self) else empty_root(self.algorithm)

    def leaf(self, index: int) -> bytes:
        """The leaf hash at *index*, 0 .. len - 1."""
        self._covers(index)
        return self._at(0, index)

    def path(self, index: int) -> tuple[bytes, ...]:
        """
        What proves, with the leaf at *index*, the root: the siblings from the leaf upwards.

        Source: RFC 9162, section 2.1.3.1.
        """
        self._covers(index)
        siblings = ((level, index >> level ^ 1) for level in range(len(self._levels) - 1))
        return tuple(node for level, sibling in siblings if (node := self._at(level, sibling)))

    def _covers(self, index: int) -> None:
        if not 0 <= index < len(self):
            raise IndexError(f"leaf {index} of a tree of {len(self)}")

    def _at(self, level: int, index: int) -> bytes:
        """The hash at *index* of *level*; empty where the level has ended."""
        return self._levels[level][index * self._width : (index + 1) * self._width]


def _joined(leaves: Iterable[bytes], width: int) -> bytes:
    joined = bytearray()
    for leaf in leaves:
        if len(leaf) != width:
            raise ValueError(f"a leaf hash of {len(leaf)} bytes, wanted {width}")
        joined += leaf
    return bytes(joined)


def _paired(level: bytes, width: int, algorithm: str) -> bytes:
    hashed, pair = _hash_of(algorithm), 2 * width
    whole = len(level) // pair * pair
    above = [hashed(_NODE + level[at : at + pair]).digest() for at in range(0, whole, pair)]
    return b"".join(above) + level[whole:]


def verify_path(leaf: bytes, index: int, *, count: int, path: Sequence[bytes], root: Digest) -> bool:
    """
    Whether *path* proves that *leaf* is number *index* of the *count* leaves under *root*.

    The algorithm is the root's; *leaf* is a leaf hash.
    """
    # RFC 9162, section 2.1.3.2, step 1: "Compare leaf_index […] against tree_size […]. If leaf_index is
    # greater than or equal to tree_size, then fail the proof verification."
    if not 0 <= index < count or not _all_of_width(root, leaf, *path):
        return False
    hashed = _hash_of(root.algorithm)
    here, last, reached = index, count - 1, leaf  # the RFC's fn, sn and r
    for sibling in path:
        if last == 0:
            return False  # 4a: "If sn is 0, then stop the iteration and fail the proof verification."
        if here & 1 or here == last:
            reached = hashed(_NODE + sibling + reached).digest()
            here, last = _risen(here, last)
        else:
            reached = hashed(_NODE + reached + sibling).digest()
        here, last = here >> 1, last >> 1
    # Step 5: "If sn is equal to 0 and r and root_hash are equal, then the log has proven the inclusion".
    return last == 0 and reached == root.value


def _risen(here: int, last: int) -> tuple[int, int]:
    # 4b.ii: "If LSB(fn) is not set, then right-shift both fn and sn equally until either LSB(fn) is set
    # or fn is 0." A node without a partner moves up through these levels as it is.
    while here and not here & 1:
        here, last = here >> 1, last >> 1
    return here, last


def _all_of_width(root: Digest, *hashes: bytes) -> bool:
    width = len(root.value)
    return all(len(each) == width for each in hashes)


# ---- the tree that only grows


def position(level: int, index: int) -> int:
    """
    The number under which the complete subtree *index* of *level* is kept.

    Subtrees are numbered in the order in which they become complete, so that a growing tree's
    store is only ever appended to. It covers the leaves [index << level, (index + 1) << level).
    """
    last_leaf = ((index + 1) << level) - 1
    return node_count(last_leaf) + level


def node_count(size: int) -> int:
    """How many complete subtrees a tree of *size* leaves has, the leaves included."""
    return 2 * size - size.bit_count()


def subtrees(leaves: range) -> tuple[int, ...]:
    """
    The positions of the fewest complete subtrees that make up *leaves*, from the left.

    *leaves* begins at a multiple of its largest subtree, as every part of an RFC 9162 tree does.
    """
    found, start = [], leaves.start
    for level in reversed(range(len(leaves).bit_length())):
        if len(leaves) >> level & 1:
            found.append(position(level, start >> level))
            start += 1 << level
    return tuple(found)


class Frontier:
    """
    The right edge of a growing tree: enough to append leaves and to tell the root, and no more.

    Args:
        size: leaves so far.
        edge: the hashes at `subtrees(range(size))`.
    """

    __slots__ = ("_edge", "algorithm", "size")

    def __init__(self, size: int = 0, edge: Iterable[bytes] = (), *, algorithm: str = SHA256) -> None:
        self.size = size
        self.algorithm = algorithm
        self._edge = list(edge)
        if len(self._edge) != size.bit_count() or not _all_of_width(empty_root(algorithm), *self._edge):
            raise ValueError(f"{len(self._edge)} hashes are not the edge of a tree of {size}")

    def append(self, leaf: bytes) -> list[bytes]:
        """
        Take one more leaf hash.

        Returns:
            The subtrees that it completes, itself first; their positions follow each other from
            what `node_count(size)` was before.
        """
        hashed, full, node = _HASHES[self.algorithm], self.size, leaf
        completed = [leaf]
        while full & 1:
            node = hashed(_NODE + self._edge.pop() + node).digest()
            completed.append(node)
            full >>= 1
        self._edge.append(node)
        self.size += 1
        return completed

    @property
    def edge(self) -> tuple[bytes, ...]:
        """The hashes at `subtrees(range(size))`."""
        return tuple(self._edge)

    @property
    def root(self) -> Digest:
        return peaks_root(self._edge, algorithm=self.algorithm)


def peaks_root(peaks: Sequence[bytes], *, algorithm: str = SHA256) -> Digest:
    """The root over complete subtrees that get smaller from left to right, as an edge is."""
    if not peaks:
        return empty_root(algorithm)
    return Digest(algorithm, _folded(peaks, algorithm))


def _folded(peaks: Sequence[bytes], algorithm: str) -> bytes:
    hashed = _hash_of(algorithm)
    return reduce(lambda right, left: hashed(_NODE + left + right).digest(), reversed(peaks))


def root_at(size: int, nodes: Nodes, *, algorithm: str = SHA256) -> Digest:
    """The root that the tree had when it was *size* leaves long."""
    peaks = subtrees(range(size))
    found = nodes(peaks)
    return peaks_root([found[each] for each in peaks], algorithm=algorithm)


def inclusion_path(index: int, size: int, *, nodes: Nodes, algorithm: str = SHA256) -> tuple[bytes, ...]:
    """
    What proves that the leaf at *index* is in the tree of *size* leaves; `verify_path` checks it.

    *nodes* is called once, with every position that is needed.

    Source: RFC 9162, section 2.1.3.1.
    """
    if not 0 <= index < size:
        raise IndexError(f"leaf {index} of a tree of {size}")
    siblings, whole = [], range(size)
    while len(whole) > 1:
        left, right = _split(whole)
        # "for m < k, PATH(m, D_n) = PATH(m, D[0:k]) : MTH(D[k:n]); and
        #  for m >= k, PATH(m, D_n) = PATH(m - k, D[k:n]) : MTH(D[0:k])"
        whole, sibling = (left, right) if index in left else (right, left)
        siblings.append(sibling)
    return _gathered(siblings[::-1], nodes, algorithm)


def consistency_path(old: int, new: int, *, nodes: Nodes, algorithm: str = SHA256) -> tuple[bytes, ...]:
    """
    What proves that the tree of *new* leaves begins with the tree of *old* leaves.

    Empty when there is nothing to prove: the sizes are equal, or the old tree was empty.

    Source: RFC 9162, section 2.1.4.1.
    """
    if not 0 <= old <= new:
        raise IndexError(f"a tree of {old} does not come before one of {new}")
    if old in (0, new):
        return ()
    siblings, whole, known = [], range(new), True
    while whole.stop != old:
        left, right = _split(whole)
        # "if m <= k, […] SUBPROOF(m, D_n, b) = SUBPROOF(m, D[0:k], b) : MTH(D[k:n]). If m > k, […]
        #  SUBPROOF(m, D_n, b) = SUBPROOF(m - k, D[k:n], false) : MTH(D[0:k])."
        if old <= left.stop:
            whole, sibling = left, right
        else:
            whole, sibling, known = right, left, False
        siblings.append(sibling)
    # "The subproof for m = n is empty if m is the value for which PROOF was originally requested […]:
    #  SUBPROOF(m, D_m, true) = {}. Otherwise, […] SUBPROOF(m, D_m, false) = {MTH(D_m)}"
    return _gathered(([] if known else [whole]) + siblings[::-1], nodes, algorithm)


def _split(leaves: range) -> tuple[range, range]:
    # "let k be the largest power of two smaller than n"
    middle = leaves.start + (1 << (len(leaves) - 1).bit_length() - 1)
    return range(leaves.start, middle), range(middle, leaves.stop)


def _gathered(parts: Sequence[range], nodes: Nodes, algorithm: str) -> tuple[bytes, ...]:
    plan = [subtrees(part) for part in parts]
    found = nodes([each for positions in plan for each in positions])
    return tuple(_folded([found[each] for each in positions], algorithm) for positions in plan)


def verify_inclusion(leaf: bytes, index: int, *, size: int, path: Sequence[bytes], root: Digest) -> bool:
    """Whether *path* proves that *leaf* is number *index* of a ledger of *size* under *root*."""
    return verify_path(leaf, index, count=size, path=path, root=root)


def verify_consistency(
    old_size: int, old_root: Digest, *, new_size: int, new_root: Digest, path: Sequence[bytes]
) -> bool:
    """
    Whether *path* proves that what *old_root* stood for is the beginning of what *new_root* stands for.

    Roots of two algorithms are never consistent: nothing in the proof could tie them.
    """
    if not 0 <= old_size <= new_size or old_root.algorithm != new_root.algorithm:
        return False
    if not _all_of_width(new_root, *path):
        return False
    if old_size == new_size:
        return not path and old_root == new_root
    if old_size == 0:
        return not path and old_root == empty_root(old_root.algorithm)
    return _consistent(old_size, old_root, new_size=new_size, new_root=new_root, path=path)


def _consistent(
    old_size: int, old_root: Digest, *, new_size: int, new_root: Digest, path: Sequence[bytes]
) -> bool:
    # RFC 9162, section 2.1.4.2, step 1: "If consistency_path is an empty array, then stop and fail".
    if not path:
        return False
    # 2: "If first is an exact power of 2, then prepend first_hash to the consistency_path array."
    start, *rest = [old_root.value, *path] if old_size.bit_count() == 1 else path
    hashed = _hash_of(new_root.algorithm)
    here, last = old_size - 1, new_size - 1
    # 4: "If LSB(fn) is set, then right-shift both fn and sn equally until LSB(fn) is not set."
    while here & 1:
        here, last = here >> 1, last >> 1
    old, new = start, start  # 5: "Set both fr and sr to the first value in the consistency_path array."
    for sibling in rest:
        if last == 0:
            return False
        if here & 1 or here == last:
            old = hashed(_NODE + sibling + old).digest()
            new = hashed(_NODE + sibling + new).digest()
            here, last = _risen(here, last)
        else:
            new = hashed(_NODE + new + sibling).digest()
        here, last = here >> 1, last >> 1
    # 7: "verify that the fr calculated is equal to the first_hash supplied, that the sr calculated is
    # equal to the second_hash supplied, and that sn is 0."
    return last == 0 and (old, new) == (old_root.value, new_root.value)
