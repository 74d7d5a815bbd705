# SPDX-License-Identifier: Apache-2.0
"""The hot folder passes the kit that integrators use; as any adapter's test file, this is all of it."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from adapters.directory import DirectoryAdapter
from exchange.testing import adapter_tests

_numbers = count()


def stored(folder: Path) -> int:
    return len(list((folder / "hot/in").glob("[!.]*")))


def offer(folder: Path) -> None:
    (folder / "hot/out" / f"{next(_numbers)}.txt").write_text("content")


TestDirectoryAdapter = adapter_tests(
    DirectoryAdapter,
    settings=lambda folder: DirectoryAdapter.Settings(
        folder / "hot", type="file.any.v1", poll_seconds=0.0, meta="never"
    ),
    stored=stored,
    offer=offer,
)
