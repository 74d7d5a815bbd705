# SPDX-License-Identifier: Apache-2.0
"""The pages about seals, CEB and records say what is so."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from adapters.conversion.structured.codes import code_tables
from adapters.conversion.structured.mapping import read_mapping
from exchange.edge.settings import load_adapter
from exchange.texts.seals import TEXTS

DOCS = Path(__file__).parents[2] / "docs"
SEALS = (DOCS / "reference" / "seals.md").read_text("utf-8")
CEB = (DOCS / "reference" / "ceb.md").read_text("utf-8")
RECORDS = (DOCS / "how-to" / "map-records.md").read_text("utf-8")
NO_REASONS = {
    *["valid", "invalid", "not-verifiable", "because", "and", "and-more", "the-maker", "the-signer"],
    *["not-verified", "no-anchor-file"],  # said of a conversion, not of a seal
}
LEAST = '[participant]\nid = "440500.finance"\n[broker]\nurls = ["amqps://h:1/v"]\nca = "x"\n'


def fences(page: str) -> list[str]:
    return re.findall(r"^```toml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)


def test_every_reason_and_remark_of_a_seal_stands_on_its_page() -> None:
    named = set(re.findall(r"`([a-z0-9-]+)`", SEALS))
    reasons = {key.removeprefix("seals.") for key in TEXTS} - NO_REASONS
    assert reasons - named == set()


def test_the_mapping_on_the_page_is_one() -> None:
    mapping = read_mapping(fences(RECORDS)[0])
    assert [column.name for column in mapping.columns] == ["id", "sex", "members"]


def test_the_settings_on_the_pages_are_read(tmp_path: Path) -> None:
    for fence in (fences(RECORDS)[1], fences(CEB)[0]):
        assert tomllib.loads(fence)
        (tmp_path / "adapter.toml").write_text(LEAST + fence, encoding="utf-8")
        load_adapter(tmp_path / "adapter.toml", {})


def test_the_page_names_every_code_table_with_its_extent() -> None:
    for name, table in code_tables().items():
        said = {"whole": "whole", "excerpt": "an excerpt", "dated": "of one day"}[table.kind]
        assert f"`{name}` ({table.standard}, {said}, {len(table.names)} codes)" in RECORDS
