# SPDX-License-Identifier: Apache-2.0
"""Code tables: what is shipped, how a code is called, and which names are understood."""

from __future__ import annotations

import pytest

from adapters.conversion.structured.codes import CodeTable, code_table, code_tables
from adapters.conversion.unreadable import Unreadable

DIVISIONS = ("GB/T 2260", "GB/T 2260-2007")


def test_the_shipped_tables_say_their_standard_and_extent() -> None:
    tables = code_tables()
    assert list(tables) == [*DIVISIONS, "GB/T 2261.1", "GB/T 2261.2", "GB/T 3304", "GB/T 4658"]
    assert [table.kind for table in tables.values()] == [
        "dated",
        "dated",
        "whole",
        "whole",
        "whole",
        "excerpt",
    ]
    assert all(table.standard.startswith(name) and table.extent for name, table in tables.items())


def test_a_code_has_a_name_and_a_name_its_code() -> None:
    assert code_table("GB/T 3304").code_of("回族") == "03"
    assert len(code_table("GB/T 3304").names) == 56
    assert code_table("GB/T 4658").name_of("99") == "99"


@pytest.mark.parametrize("name", list(code_tables()))
def test_every_name_that_is_written_is_read_as_its_code(name: str) -> None:
    table = code_table(name)
    assert {table.code_of(said): said for said in table.names.values()} == dict(table.names)


@pytest.mark.parametrize("name", DIVISIONS)
def test_every_province_every_prefecture_and_the_counties_are_there(name: str) -> None:
    codes = code_table(name).names
    assert sum(code.endswith("0000") for code in codes) == 34
    assert all(code[:2] + "0000" in codes for code in codes)
    assert sum(not code.endswith("00") for code in codes) > 2_800


@pytest.mark.parametrize("name", DIVISIONS)
def test_a_division_is_called_with_those_above_it(name: str) -> None:
    table = code_table(name)
    assert table.name_of("440500") == "广东省汕头市"
    assert table.name_of("440507") == "广东省汕头市龙湖区"
    assert table.name_of("110105") == "北京市朝阳区"
    assert table.name_of("429004") == "湖北省仙桃市"


@pytest.mark.parametrize("said", ["龙湖区", "汕头市龙湖区", "广东省龙湖区", "广东省汕头市龙湖区"])
def test_levels_may_be_left_out_where_nothing_else_can_be_meant(said: str) -> None:
    assert code_table("GB/T 2260").code_of(said) == "440507"


def test_a_name_of_several_divisions_stays_as_it_is() -> None:
    table = code_table("GB/T 2260")
    assert table.code_of("鼓楼区") == "鼓楼区"
    assert table.code_of("江苏省南京市鼓楼区") == "320106"


def test_what_an_edition_does_not_have_is_allowed_and_stays_a_code() -> None:
    now, before = (code_table(name) for name in DIVISIONS)
    assert before.name_of("341400") == "安徽省巢湖市"
    assert now.name_of("341400") == "341400"
    assert now.allows("341400")
    assert not code_table("GB/T 2261.1").allows("3")


@pytest.mark.parametrize(
    "text",
    [
        *["", "1,a\n", "# x; half; y\n1,a\n", "# x; whole; y\n1\n", "# x; whole; y\n1,a\n2,a\n"],
        *["# x; whole; y\n# levels; a\n1,a\n", "# x; whole; y\n# levels 2 b\n1,a\n"],
    ],
)
def test_a_table_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        CodeTable.read("x", text)
