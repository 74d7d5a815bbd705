# SPDX-License-Identifier: Apache-2.0
"""
The trees, held against RFC 9162's definition written out once more, as the recursion that it is,
and against the vectors that certificate transparency's implementations share.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange.errors import Reject
from exchange.model.digest import Digest
from exchange.model.merkle import (
    Frontier,
    Tree,
    consistency_path,
    empty_root,
    inclusion_path,
    leaf_hash,
    node_count,
    position,
    root_at,
    subtrees,
    verify_consistency,
    verify_inclusion,
    verify_path,
)

SIZES = range(71)

# Leaves and roots of the sizes 0 to 8: the vectors that certificate transparency's own tests share.
CT_LEAVES = [
    *["", "00", "10", "2021", "3031", "40414243"],
    *["5051525354555657", "606162636465666768696a6b6c6d6e6f"],
]
CT_ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
CT_INCLUSION = {
    (0, 1): [],
    (0, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (5, 8): [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}
CT_CONSISTENCY = {
    (1, 8): [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ],
    (2, 5): [
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    ],
    (6, 8): [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ],
}


# ---- RFC 9162, section 2.1, as it is written there: the reference


def _sha(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def _split(count: int) -> int:
    k = 1
    while k * 2 < count:
        k *= 2
    return k


def reference_root(leaves: Sequence[bytes]) -> bytes:
    """MTH over leaf hashes."""
    if not leaves:
        return _sha(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = _split(len(leaves))
    return _sha(b"\x01" + reference_root(leaves[:k]) + reference_root(leaves[k:]))


def reference_path(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH."""
    if len(leaves) == 1:
        return []
    k = _split(len(leaves))
    if m < k:
        return [*reference_path(m, leaves[:k]), reference_root(leaves[k:])]
    return [*reference_path(m - k, leaves[k:]), reference_root(leaves[:k])]


def reference_consistency(m: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PROOF."""

    def subproof(m: int, part: Sequence[bytes], known: bool) -> list[bytes]:
        if m == len(part):
            return [] if known else [reference_root(part)]
        k = _split(len(part))
        if m <= k:
            return [*subproof(m, part[:k], known), reference_root(part[k:])]
        return [*subproof(m - k, part[k:], False), reference_root(part[:k])]

    return subproof(m, leaves, True) if m else []


# ---- builders


def some_leaves(count: int) -> list[bytes]:
    return [leaf_hash(b"leaf %d" % number) for number in range(count)]


LEAVES = some_leaves(max(SIZES))


def digest(value: bytes) -> Digest:
    return Digest("sha256", value)


def rooted(leaves: Sequence[bytes]) -> Digest:
    return digest(reference_root(leaves))


def grown(leaves: Sequence[bytes]) -> tuple[Frontier, list[bytes]]:
    """A frontier that took *leaves*, and everything that it ever completed, in order."""
    frontier, store = Frontier(), list[bytes]()
    for leaf in leaves:
        store += frontier.append(leaf)
    return frontier, store


def looked_up(store: Sequence[bytes]) -> Callable[[Sequence[int]], Mapping[int, bytes]]:
    return lambda positions: {each: store[each] for each in positions}


def flipped(data: bytes) -> bytes:
    return bytes([data[0] ^ 1]) + data[1:]


# ---- leaves and roots


def test_a_leaf_is_hashed_under_its_own_prefix():
    assert leaf_hash(b"ab") == _sha(b"\x00ab")


def test_a_leaf_in_pieces_is_the_leaf_in_one():
    assert leaf_hash(b"salt", memoryview(b"data"), bytearray(b"!")) == leaf_hash(b"saltdata!")


def test_an_algorithm_that_is_not_there_is_refused_by_name():
    with pytest.raises(Reject, match="digest md5 is not a known algorithm"):
        leaf_hash(b"", algorithm="md5")


def test_the_shared_vectors_give_the_shared_roots():
    leaves = [leaf_hash(bytes.fromhex(each)) for each in CT_LEAVES]
    assert [Tree(leaves[:size]).root.value.hex() for size in range(9)] == CT_ROOTS
    assert [grown(leaves[:size])[0].root.value.hex() for size in range(9)] == CT_ROOTS


def test_the_shared_vectors_give_the_shared_proofs():
    leaves = [leaf_hash(bytes.fromhex(each)) for each in CT_LEAVES]
    nodes = looked_up(grown(leaves)[1])
    for (index, size), path in CT_INCLUSION.items():
        assert [each.hex() for each in inclusion_path(index, size, nodes=nodes)] == path
    for (old, new), path in CT_CONSISTENCY.items():
        assert [each.hex() for each in consistency_path(old, new, nodes=nodes)] == path


# ---- the payload's tree


@pytest.mark.parametrize("size", SIZES)
def test_a_tree_is_the_tree_of_the_rfc(size: int):
    tree = Tree(LEAVES[:size])
    assert tree.root == rooted(LEAVES[:size])
    for index in range(size):
        assert list(tree.path(index)) == reference_path(index, LEAVES[:size])
        assert verify_path(LEAVES[index], index, count=size, path=tree.path(index), root=tree.root)


def test_a_tree_gives_back_its_leaves_and_can_be_restored_from_them():
    tree = Tree(LEAVES)
    again = Tree.restore(tree.leaves)
    assert (len(again), again.root, again.leaf(69)) == (70, tree.root, LEAVES[69])


def test_a_leaf_hash_of_another_length_makes_no_tree():
    with pytest.raises(ValueError, match="31 bytes, wanted 32"):
        Tree([bytes(32), bytes(31)])


def test_leaves_that_were_cut_off_make_no_tree():
    with pytest.raises(ValueError, match="5 bytes, wanted 32"):
        Tree.restore(bytes(37))


@pytest.mark.parametrize("index", [-1, 3])
def test_a_tree_has_no_path_for_a_leaf_that_it_does_not_have(index: int):
    tree = Tree(LEAVES[:3])
    with pytest.raises(IndexError, match="of a tree of 3"):
        tree.path(index)
    with pytest.raises(IndexError):
        tree.leaf(index)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 3000), st.data())
def test_any_leaf_of_a_larger_tree_is_proven(size: int, data: st.DataObject):
    leaves = some_leaves(size)
    tree, index = Tree(leaves), data.draw(st.integers(0, size - 1))
    assert tree.root == rooted(leaves)
    assert verify_path(leaves[index], index, count=size, path=tree.path(index), root=tree.root)


@settings(deadline=None)
@given(st.integers(1, 300), st.data())
def test_a_path_with_anything_changed_proves_nothing(size: int, data: st.DataObject):
    leaves = some_leaves(size)
    tree, index = Tree(leaves), data.draw(st.integers(0, size - 1))
    leaf, path, root = leaves[index], list(tree.path(index)), tree.root

    def holds(
        leaf: bytes = leaf, index: int = index, path: Sequence[bytes] = path, root: Digest = root
    ) -> bool:
        return verify_path(leaf, index, count=size, path=path, root=root)

    other = data.draw(st.integers(-2, size + 2).filter(lambda each: each != index))
    assert holds()
    assert not holds(leaf=flipped(leaf))
    assert not holds(index=other)
    assert not holds(root=digest(flipped(root.value)))
    assert not holds(path=[*path, bytes(32)])
    assert not holds(path=[bytes(32), *path])
    if path:
        at = data.draw(st.integers(0, len(path) - 1))
        assert not holds(path=[*path[:at], flipped(path[at]), *path[at + 1 :]])
        assert not holds(path=path[:-1])
        assert not holds(path=path[1:])


def test_a_path_of_another_tree_size_is_refused_when_its_length_differs():
    path = Tree(LEAVES[:8]).path(2)
    assert not verify_path(LEAVES[2], 2, count=3, path=path, root=rooted(LEAVES[:8]))
    assert not verify_path(LEAVES[2], 2, count=17, path=path, root=rooted(LEAVES[:8]))


def test_a_byte_moved_from_one_hash_to_the_next_is_refused():
    (sibling,) = Tree(LEAVES[:2]).path(0)
    longer, shorter = LEAVES[0] + sibling[:1], sibling[1:]
    assert not verify_path(longer, 0, count=2, path=[shorter], root=rooted(LEAVES[:2]))


def test_the_only_leaf_needs_no_path():
    assert verify_path(LEAVES[0], 0, count=1, path=(), root=rooted(LEAVES[:1]))
    assert not verify_path(LEAVES[0], 0, count=0, path=(), root=rooted(LEAVES[:1]))


# ---- the tree that grows


def test_a_store_of_complete_subtrees_is_only_ever_appended_to():
    for size in SIZES:
        assert len(grown(LEAVES[:size])[1]) == node_count(size)


def test_a_position_is_where_the_complete_subtree_was_stored():
    _, store = grown(LEAVES)
    for level in range(7):
        for index in range(70 >> level):
            covered = LEAVES[index << level : (index + 1) << level]
            assert store[position(level, index)] == reference_root(covered)


def test_a_range_is_made_of_the_fewest_subtrees_from_the_left():
    assert subtrees(range(0)) == ()
    assert subtrees(range(4)) == (position(2, 0),)
    assert subtrees(range(8, 15)) == (position(2, 2), position(1, 6), position(0, 14))


@pytest.mark.parametrize("size", SIZES)
def test_a_frontier_has_the_root_of_the_rfc(size: int):
    frontier, store = grown(LEAVES[:size])
    assert frontier.root == rooted(LEAVES[:size]) == root_at(size, looked_up(store))
    assert frontier.size == size


@pytest.mark.parametrize("size", SIZES)
def test_a_frontier_taken_up_from_its_store_goes_on_as_if_it_had_never_stopped(size: int):
    _, store = grown(LEAVES)
    frontier = Frontier(size, (store[each] for each in subtrees(range(size))))
    for leaf in LEAVES[size:]:
        first = node_count(frontier.size)
        completed = frontier.append(leaf)
        assert completed == store[first : first + len(completed)]
    assert frontier.root == rooted(LEAVES)


def test_hashes_that_cannot_be_an_edge_are_refused():
    with pytest.raises(ValueError, match="1 hashes are not the edge of a tree of 3"):
        Frontier(3, [bytes(32)])
    with pytest.raises(ValueError, match="not the edge"):
        Frontier(2, [bytes(31)])


def test_every_earlier_size_is_still_provable_from_the_store():
    nodes = looked_up(grown(LEAVES)[1])
    for size in SIZES:
        for index in range(size):
            path = inclusion_path(index, size, nodes=nodes)
            assert list(path) == reference_path(index, LEAVES[:size])
            root = rooted(LEAVES[:size])
            assert verify_inclusion(LEAVES[index], index, size=size, path=path, root=root)


def test_every_two_sizes_are_provably_consistent():
    nodes = looked_up(grown(LEAVES)[1])
    roots = [rooted(LEAVES[:size]) for size in SIZES]
    for new in SIZES:
        for old in range(new + 1):
            path = consistency_path(old, new, nodes=nodes)
            assert list(path) == reference_consistency(old, LEAVES[:new])
            assert verify_consistency(old, roots[old], new_size=new, new_root=roots[new], path=path)


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 2000), st.data())
def test_a_consistency_proof_with_anything_changed_proves_nothing(new: int, data: st.DataObject):
    leaves = some_leaves(new)
    old = data.draw(st.integers(1, new - 1))
    first, second = rooted(leaves[:old]), rooted(leaves)
    path = list(consistency_path(old, new, nodes=looked_up(grown(leaves)[1])))

    def holds(path: Sequence[bytes] = path, first: Digest = first, second: Digest = second) -> bool:
        return verify_consistency(old, first, new_size=new, new_root=second, path=path)

    at = data.draw(st.integers(0, len(path) - 1))
    assert holds()
    assert not holds(first=digest(flipped(first.value)))
    assert not holds(second=digest(flipped(second.value)))
    assert not holds(path=[*path[:at], flipped(path[at]), *path[at + 1 :]])
    assert not holds(path=[*path[:at], path[at][:31], *path[at + 1 :]])
    assert not holds(path=[*path, bytes(32)])
    assert not holds(path=path[:-1])
    assert not holds(path=[])


@settings(deadline=None, max_examples=60)
@given(st.integers(2, 300), st.data())
def test_a_history_that_was_rewritten_has_no_consistency_proof(new: int, data: st.DataObject):
    leaves = some_leaves(new)
    old = data.draw(st.integers(1, new - 1))
    altered = data.draw(st.integers(0, old - 1))
    rewritten = [*leaves[:altered], flipped(leaves[altered]), *leaves[altered + 1 :]]
    path = consistency_path(old, new, nodes=looked_up(grown(rewritten)[1]))
    was, now = rooted(leaves[:old]), rooted(rewritten)
    assert not verify_consistency(old, was, new_size=new, new_root=now, path=path)


def test_a_ledger_is_consistent_with_itself_and_only_without_a_proof():
    root = rooted(LEAVES[:5])
    assert verify_consistency(5, root, new_size=5, new_root=root, path=[])
    assert not verify_consistency(5, root, new_size=5, new_root=root, path=[bytes(32)])
    assert not verify_consistency(5, root, new_size=5, new_root=rooted(LEAVES[:4]), path=[])


def test_everything_begins_with_the_empty_ledger():
    root, empty = rooted(LEAVES[:5]), empty_root()
    assert verify_consistency(0, empty, new_size=5, new_root=root, path=[])
    assert not verify_consistency(0, root, new_size=5, new_root=root, path=[])
    assert not verify_consistency(0, empty, new_size=5, new_root=root, path=[bytes(32)])


def test_a_ledger_never_shrinks():
    nodes = looked_up(grown(LEAVES)[1])
    path = consistency_path(3, 7, nodes=nodes)
    assert not verify_consistency(7, rooted(LEAVES[:7]), new_size=3, new_root=rooted(LEAVES[:3]), path=path)
    assert not verify_consistency(-1, empty_root(), new_size=3, new_root=rooted(LEAVES[:3]), path=path)
    with pytest.raises(IndexError, match="7 does not come before one of 3"):
        consistency_path(7, 3, nodes=nodes)


def test_roots_of_two_algorithms_are_never_consistent():
    root = rooted(LEAVES[:5])
    other = Digest("sm3", root.value)
    assert not verify_consistency(5, root, new_size=5, new_root=other, path=[])


def test_what_is_not_in_the_ledger_has_no_inclusion_path():
    with pytest.raises(IndexError, match="leaf 4 of a tree of 4"):
        inclusion_path(4, 4, nodes=looked_up(grown(LEAVES)[1]))


def test_a_proof_asks_its_store_once_and_for_no_more_than_its_depth_squared():
    asked: list[int] = []
    size = 1_000_000

    def nodes(positions: Sequence[int]) -> Mapping[int, bytes]:
        asked.append(len(positions))
        return dict.fromkeys(positions, bytes(32))

    inclusion_path(123_456, size, nodes=nodes)
    consistency_path(123_456, size, nodes=nodes)
    assert len(asked) == 2
    assert max(asked) <= 2 * size.bit_length()
