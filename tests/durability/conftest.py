# SPDX-License-Identifier: Apache-2.0
"""What these tests share: the recorder, compiled once, and one recorded run of the offices."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.durability.journal import compile_recorder
from tests.durability.recording import DEPARTMENTS, Recording, record


@pytest.fixture(scope="session")
def recorder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_recorder(tmp_path_factory.mktemp("recorder"))


@pytest.fixture(scope="session")
def memory() -> Iterator[Path]:
    """A folder in memory, where there is one: what a power cut leaves is the double's business."""
    there = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(dir=there if os.access(there, os.W_OK) else None)).resolve()
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def recording(recorder: Path, memory: Path) -> Recording:
    """The offices' whole journey, as it was recorded."""
    return record(memory / "run", recorder)


@pytest.fixture(scope="session")
def services(recorder: Path, memory: Path) -> Recording:
    """A journey through the services as they are, from founding and enrolment on."""
    return record(memory / "services", recorder, scene=DEPARTMENTS)


@pytest.fixture
def work(memory: Path) -> Iterator[Path]:
    """A place for what a power cut left; it may be made anew again and again."""
    yield memory / "left"
    shutil.rmtree(memory / "left", ignore_errors=True)
