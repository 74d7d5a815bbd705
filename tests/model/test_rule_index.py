# SPDX-License-Identifier: Apache-2.0
"""The index finds everything that was added, also where hashes agree in part or in whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.model import rule_index
from exchange.model.rule_index import HashIndex, Names

# Few upper halves, few lower halves: probing meets, halves agree, whole hashes agree.
hashes = st.builds(lambda high, low: (high << 32) + low, st.integers(-3, 3), st.integers(0, 5)) | st.integers(
    -(2**63), 2**63 - 1
)


@given(st.lists(hashes))
def test_all_numbers_of_a_hash_are_found_in_order(added: list[int]) -> None:
    index = HashIndex()
    for number, key_hash in enumerate(added):
        index.add(key_hash, number)
    index.freeze()
    for key_hash in {*added, 7}:
        found = list(index.find(key_hash))
        wanted = [number for number, other in enumerate(added) if other == key_hash]
        assert found == sorted(found)
        assert [number for number in found if added[number] == key_hash] == wanted
        assert all(added[number] >> 32 == key_hash >> 32 for number in found)


def test_an_index_without_entries_finds_nothing() -> None:
    assert list(HashIndex().find(1)) == []


def test_a_name_that_stands_twice_is_found_with_its_places() -> None:
    names = Names()
    for name, place in (("a", 3), ("b", 5), ("a", 9)):
        names.add(name, place)
    assert names.twice() == ("a", 3, 9)


def test_names_that_share_a_hash_are_still_two_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rule_index, "hash", lambda _: 1, raising=False)
    names = Names()
    for place, name in enumerate(("a", "b", "c")):
        names.add(name, place)
    assert names.twice() is None
    names.add("b", 7)
    assert names.twice() == ("b", 1, 7)
