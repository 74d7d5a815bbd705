# SPDX-License-Identifier: Apache-2.0
"""Adapters are found by their entry points, and one that cannot be used is named."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from adapters.directory import DirectoryAdapter
from exchange.edge import installed
from exchange.edge.installed import ADAPTERS, installed_adapters, load_adapter_class
from exchange.errors import Reject


@pytest.fixture
def entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Besides the real ones, adapters that cannot be used."""
    odd = {
        "absent": "nowhere.at_all:Thing",
        "nameless": "adapters.directory:Nothing",
        "number": "exchange.adapter:BODY",
        "stranger": "pathlib:Path",
    }
    points = [EntryPoint(name, value, ADAPTERS) for name, value in odd.items()]
    monkeypatch.setattr(installed, "entry_points", lambda group: points)


def test_the_hot_folder_is_installed() -> None:
    assert "directory" in installed_adapters()
    assert load_adapter_class("directory") is DirectoryAdapter


def test_an_unknown_name_is_told_with_the_known_ones() -> None:
    with pytest.raises(Reject, match="EX-916") as refused:
        load_adapter_class("direktory")
    assert "direktory" in refused.value.text()
    assert "there are:" in refused.value.text()
    assert "directory" in refused.value.text("zh")


@pytest.mark.usefixtures("entry")
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("absent", "ModuleNotFoundError"),
        ("nameless", "AttributeError"),
        ("number", "exchange.adapter:BODY is not a class made from exchange.Adapter"),
        ("stranger", "pathlib:Path is not a class made from exchange.Adapter"),
    ],
)
def test_one_that_cannot_be_used_is_told_with_its_reason(name: str, reason: str) -> None:
    with pytest.raises(Reject, match="EX-916") as refused:
        load_adapter_class(name)
    assert reason in refused.value.text()
