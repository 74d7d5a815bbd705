# SPDX-License-Identifier: Apache-2.0
"""Trust anchors and revocation lists that are replaced while a process runs."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import pytest

from exchange.edge.anchor_files import AnchorFiles
from exchange.edge.anchors import to_pem
from exchange.errors import Halt
from tests.identities import FINANCE, NOON, Town


@dataclass
class Files:
    """An authority's certificate and its revocation list, as an operator puts them somewhere."""

    town: Town
    anchors: Path
    crl: Path
    certificate: bytes

    def revoke(self, *certificates: bytes) -> None:
        self.crl.write_bytes(self.town.authority.revocation_list(dict.fromkeys(certificates, NOON), at=NOON))


@pytest.fixture
def files(tmp_path: Path) -> Files:
    town = Town(tmp_path / "town")
    made = Files(
        town, tmp_path / "anchors.pem", tmp_path / "crl.pem", town.party(FINANCE).identity.certificate
    )
    made.anchors.write_bytes(to_pem([town.authority.certificate]))
    made.revoke()
    return made


@pytest.fixture
def read(files: Files) -> AnchorFiles:
    return AnchorFiles(files.anchors, files.crl)


def test_files_that_did_not_change_are_not_read_again(read: AnchorFiles) -> None:
    assert read.newer() is None


def test_a_newer_list_counts_from_the_next_look_on(files: Files, read: AnchorFiles) -> None:
    assert not read.current.has_revoked(files.certificate)
    files.revoke(files.certificate)
    newer = read.newer()
    assert newer is not None
    assert newer.has_revoked(files.certificate)
    assert read.current is newer
    assert read.newer() is None


def test_newer_anchors_count_too(files: Files, read: AnchorFiles, tmp_path: Path) -> None:
    other = Town(tmp_path / "other").authority.certificate
    files.anchors.write_bytes(to_pem([files.town.authority.certificate, other]))
    newer = read.newer()
    assert newer is not None
    assert other in newer.roots


@pytest.mark.parametrize("content", [b"", b"half a li", b"-----BEGIN X509 CRL-----\nAAAA\n"])
def test_a_damaged_list_changes_nothing_and_is_said_once(
    files: Files, read: AnchorFiles, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    files.revoke(files.certificate)
    read.newer()
    files.crl.write_bytes(content)
    assert [read.newer(), read.newer()] == [None, None]
    assert read.current.has_revoked(files.certificate)
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 1


def test_a_list_that_no_anchor_signed_changes_nothing(
    files: Files, read: AnchorFiles, tmp_path: Path
) -> None:
    stranger = Town(tmp_path / "stranger").authority
    files.crl.write_bytes(stranger.revocation_list({files.certificate: NOON}, at=NOON))
    assert read.newer() is None
    assert not read.current.has_revoked(files.certificate)


def test_a_list_that_was_damaged_and_is_whole_again_counts(files: Files, read: AnchorFiles) -> None:
    files.crl.write_bytes(b"half a li")
    assert read.newer() is None
    files.revoke(files.certificate)
    newer = read.newer()
    assert newer is not None
    assert newer.has_revoked(files.certificate)


def test_a_list_that_is_gone_changes_nothing(files: Files, read: AnchorFiles) -> None:
    files.revoke(files.certificate)
    read.newer()
    files.crl.unlink()
    assert read.newer() is None
    assert read.current.has_revoked(files.certificate)


def test_without_a_list_there_is_none_to_look_for(files: Files) -> None:
    assert AnchorFiles(files.anchors, None).newer() is None


def test_at_the_first_reading_a_damaged_list_is_an_error(files: Files) -> None:
    files.crl.write_bytes(b"half a li")
    with pytest.raises(Halt, match="EX-904"):
        AnchorFiles(files.anchors, files.crl)
