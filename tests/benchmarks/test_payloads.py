# SPDX-License-Identifier: Apache-2.0
"""What the benchmark sends."""

from __future__ import annotations

import xml.etree.ElementTree as ET
import zlib
from pathlib import Path

from benchmarks.payloads import random_file, records, text_file


def test_records_are_a_document_of_nearly_the_size_asked_for() -> None:
    text = records(4096)
    assert 4096 - 250 < len(text.encode()) <= 4096
    assert ET.fromstring(text.encode()).tag == "records"


def test_the_same_bytes_are_made_again(tmp_path: Path) -> None:
    assert records(4096) == records(4096)
    one, two = random_file(tmp_path / "1", 3_000_000), random_file(tmp_path / "2", 3_000_000)
    assert one.read_bytes() == two.read_bytes()


def test_a_random_file_does_not_compress(tmp_path: Path) -> None:
    data = random_file(tmp_path / "random", 1_500_001).read_bytes()
    assert len(data) == 1_500_001
    assert len(zlib.compress(data)) > len(data)


def test_a_text_file_compresses_as_text_does(tmp_path: Path) -> None:
    data = text_file(tmp_path / "text", 2_500_001).read_bytes()
    assert len(data) == 2_500_001
    assert 2 < len(data) / len(zlib.compress(data, 1)) < 10
