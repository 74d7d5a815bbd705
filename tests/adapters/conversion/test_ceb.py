# SPDX-License-Identifier: Apache-2.0
"""CEB to PDF: both layers taken off without loss, the external command, and every refusal with its reason."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.conversion.ceb import (
    CebSettings,
    CebToPdf,
    PdfToCeb,
    WrappingKey,
    decode,
)
from adapters.conversion.ceb.ciphers import body_key_stream, without_body_cipher, without_cfb, without_ofb
from adapters.conversion.ceb.opening import pages_of
from adapters.conversion.formats import CEB, CEBX
from adapters.conversion.unreadable import Unreadable
from exchange import Converter, Halt, Reject
from exchange.edge.conversion_process import ConversionProcess, known_converters
from exchange.texts import Phrase
from tests.adapters.conversion.ceb_documents import (
    CFB,
    CFB_ALGORITHM,
    EXPONENT,
    KEY,
    MODULUS,
    OFB,
    OFB_ALGORITHM,
    STREAM_KEY,
    VERSION_3,
    VERSION_250,
    WRAPPED,
    Configured,
    ceb,
    chained,
    document,
    pdf,
    with_body_cipher,
    wrapped,
)

C = TypeVar("C", CebToPdf, PdfToCeb)
WRAPPING = WrappingKey(MODULUS, EXPONENT)
COPY = (
    sys.executable,
    "-c",
    "import shutil, sys; shutil.copy(sys.argv[1], sys.argv[2])",
    "{source}",
    "{target}",
)


def converted(data: bytes, folder: Path, converter: Converter | None = None) -> bytes:
    source, target = folder / "source", folder / "target"
    source.write_bytes(data)
    (converter or CebToPdf()).convert(source, target)
    return target.read_bytes()


def configured(kind: type[C], settings: CebSettings) -> C:
    """A converter of *kind* with *settings*, its own."""
    return type(kind.__name__, (kind,), {"settings": settings})()


def refusal(data: bytes, folder: Path, converter: Converter | None = None) -> str:
    """The name of the reason, and that of the reason within it."""
    with pytest.raises(Reject) as caught:
        converted(data, folder, converter)
    assert caught.value.code == "EX-311"
    return names_of(caught.value.values["reason"])


def names_of(reason: object) -> str:
    assert isinstance(reason, Phrase)
    inner = reason.values.get("reason")
    return reason.key + (f" {names_of(inner)}" if isinstance(inner, Phrase) else "")


# ---- the ciphers


@pytest.mark.parametrize(
    ("key", "stream"),
    [
        (b"key", "213a9a0e08743cf6536c9b40a485d84b40d04ead032ac26875c7d2bdbe3be683"),
        (
            bytes.fromhex("a1e7f815671f82812870e2315352f156"),
            "52be918b84e8454a21be38e8c272b1be6b9ebb406efbd2a64f46199e80b72a98",
        ),
    ],
)
def test_the_key_stream_is_the_published_one(key: bytes, stream: str) -> None:
    """Two key streams of a description that was held against eighteen real files."""
    assert body_key_stream(key, 32).hex() == stream


def test_the_key_stream_decays_as_that_of_real_files() -> None:
    stream = body_key_stream(bytes.fromhex("a1e7f815671f82812870e2315352f156"))
    assert round(100 * stream.count(0x45) / len(stream), 2) == 97.33


@settings(max_examples=20)
@given(data=st.binary(max_size=2000), key=st.binary(min_size=1, max_size=16))
def test_the_bodys_cipher_comes_off(data: bytes, key: bytes) -> None:
    assert without_body_cipher(with_body_cipher(data, key), key) == data


def test_the_bodys_cipher_begins_again_every_64_kib() -> None:
    data = bytes(range(256)) * 520
    assert without_body_cipher(with_body_cipher(data), KEY) == data


@given(data=st.binary(max_size=1100), key=st.binary(min_size=24, max_size=24))
def test_the_streams_ciphers_come_off(data: bytes, key: bytes) -> None:
    assert without_ofb(chained(OFB, key)(data), key) == data
    assert without_cfb(chained(CFB, key)(data), key) == data


# ---- documents


@pytest.mark.parametrize("magic", [VERSION_3, VERSION_250])
@pytest.mark.parametrize("indirect", [False, True])
@pytest.mark.parametrize(
    ("mode", "algorithm", "stream_key"),
    [
        (None, 0, None),
        (None, 0, STREAM_KEY),
        (OFB, OFB_ALGORITHM, STREAM_KEY),
        (CFB, CFB_ALGORITHM, STREAM_KEY),
        (OFB, None, STREAM_KEY),
        (CFB, None, STREAM_KEY),
        (None, None, STREAM_KEY),
    ],
)
def test_the_pdf_inside_comes_out_whole(
    mode: type[CFB] | type[OFB] | None,
    algorithm: int | None,
    stream_key: bytes | None,
    magic: bytes,
    indirect: bool,
    tmp_path: Path,
) -> None:
    data = document(mode=mode, algorithm=algorithm, stream_key=stream_key, magic=magic, indirect=indirect)
    made = converted(data, tmp_path)
    plain = pdf(indirect=indirect)
    assert len(made) - len(plain) == (len(b"/Encrypt 1 0 R") if mode else 0)
    assert made.replace(b" " * len(b"/Encrypt 1 0 R"), b"")[: len(plain) - 40] == plain[: len(plain) - 40]
    assert pages_of(tmp_path / "target") == 2


@pytest.mark.parametrize("mode", [OFB, CFB])
@pytest.mark.parametrize("order", ["little", "big"])
def test_a_wrapped_key_is_opened_by_the_configured_one(
    mode: type[CFB] | type[OFB], order: str, tmp_path: Path
) -> None:
    algorithm = WRAPPED | (OFB_ALGORITHM if mode is OFB else CFB_ALGORITHM)
    data = document(mode=mode, algorithm=algorithm, stream_key=wrapped(order=order))
    converter = configured(CebToPdf, CebSettings(wrapping_key=WRAPPING))
    assert converted(data, tmp_path, converter).startswith(b"%PDF-1.4")


def test_types_of_sections_are_not_believed(tmp_path: Path) -> None:
    data = document(mode=OFB, algorithm=OFB_ALGORITHM, stream_key=STREAM_KEY, types=(2, 183, 0, 34))
    assert converted(data, tmp_path).startswith(b"%PDF-1.4")


def test_an_empty_section_that_calls_itself_the_document_is_passed_over() -> None:
    data = ceb([(2, with_body_cipher(pdf())), (4, KEY), (16, bytes(4))], empty_at_end=True)
    assert decode(data).pdf == pdf()


def test_a_document_without_any_cipher_is_taken_as_it_is() -> None:
    assert decode(ceb([(3, pdf())])).pdf == pdf()


def test_what_was_decoded_says_how() -> None:
    made = decode(document(mode=CFB, algorithm=CFB_ALGORITHM, stream_key=STREAM_KEY, magic=VERSION_250))
    assert (made.algorithm, made.version) == (CFB_ALGORITHM, "2.50")


# ---- refusals

KEYED = document(mode=OFB, algorithm=WRAPPED | OFB_ALGORITHM, stream_key=wrapped())


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"", "ceb.not-a-ceb"),
        (b"%PDF-1.4", "ceb.not-a-ceb"),
        (VERSION_3, "ceb.truncated"),
        (document()[:0x30], "ceb.truncated"),
        (ceb([]), "ceb.no-sections"),
        (ceb([(1, b"")]), "ceb.no-sections"),
        (VERSION_3.ljust(0x14, b"\0") + b"\xff\xff".ljust(2000), "ceb.too-many-sections"),
        (ceb([(3, with_body_cipher(pdf()))]), "ceb.no-key"),
        (ceb([(3, with_body_cipher(pdf())), (4, KEY[::-1])]), "ceb.key-does-not-fit"),
        (document(mode=OFB, algorithm=OFB_ALGORITHM), "ceb.no-stream-key"),
        (document(mode=OFB, algorithm=CFB_ALGORITHM, stream_key=STREAM_KEY), "ceb.key-does-not-fit"),
        (document(mode=OFB, algorithm=OFB_ALGORITHM, stream_key=STREAM_KEY[::-1]), "ceb.key-does-not-fit"),
        (document(mode=OFB, algorithm=9, stream_key=STREAM_KEY), "ceb.algorithm-unknown"),
        (KEYED, "ceb.key-wanted"),
    ],
)
def test_what_cannot_be_decoded_is_refused_with_its_reason_and_that_there_is_no_command(
    data: bytes, name: str, tmp_path: Path
) -> None:
    assert refusal(data, tmp_path) == f"ceb.and-no-command {name}"


def test_a_configured_key_that_is_not_the_vendors_is_said(tmp_path: Path) -> None:
    converter = configured(CebToPdf, CebSettings(wrapping_key=WrappingKey(MODULUS, 3)))
    assert refusal(KEYED, tmp_path, converter) == "ceb.and-no-command ceb.wrapping-key-wrong"


def test_a_result_that_does_not_open_is_refused(tmp_path: Path) -> None:
    assert refusal(ceb([(3, b"%PDF-1.4 and nothing more")]), tmp_path) == "ceb.result-does-not-open"


def test_a_file_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.conversion.ceb.converters.CEB_BYTES", 100)
    assert refusal(document(), tmp_path) == "ceb.too-large"


@settings(max_examples=200)
@given(place=st.integers(0, 400), byte=st.integers(0, 255), end=st.integers(0, 4000))
def test_a_damaged_document_gives_a_pdf_or_a_reason(place: int, byte: int, end: int) -> None:
    whole = document(mode=OFB, algorithm=OFB_ALGORITHM, stream_key=STREAM_KEY)
    try:
        made = decode((whole[:place] + bytes([byte]) + whole[place + 1 :])[:end], WRAPPING).pdf
    except Unreadable:
        return
    assert b"%PDF-" in made


# ---- the external command


def commanded(*words: str) -> CebToPdf:
    return configured(CebToPdf, CebSettings(command=words))


def test_what_cannot_be_decoded_goes_to_the_external_command(tmp_path: Path) -> None:
    result = tmp_path / "made.pdf"
    result.write_bytes(pdf(3))
    script = "import shutil, sys; shutil.copy(sys.argv[1], sys.argv[2])"
    converter = commanded(sys.executable, "-c", script, str(result), "{target}", "{source}")
    assert converted(KEYED, tmp_path, converter) == pdf(3)


def test_what_is_decoded_loses_nothing_and_what_a_command_made_is_not_known_to(tmp_path: Path) -> None:
    (tmp_path / "a.ceb").write_bytes(document())
    (tmp_path / "b.ceb").write_bytes(KEYED)
    (tmp_path / "made.pdf").write_bytes(pdf(3))
    report = CebToPdf().convert(tmp_path / "a.ceb", tmp_path / "a.pdf")
    assert (report.lost, report.pages_before, report.pages) == (0, 2, 2)
    script = "import shutil, sys; shutil.copy(sys.argv[1], sys.argv[2])"
    words = (sys.executable, "-c", script, str(tmp_path / "made.pdf"), "{target}", "{source}")
    report = commanded(*words).convert(tmp_path / "b.ceb", tmp_path / "b.pdf")
    assert (report.lost, report.pages_before, report.pages) == (None, None, 3)


def test_what_can_be_decoded_does_not_go_there(tmp_path: Path) -> None:
    assert converted(document(), tmp_path, commanded("/nonexistent", "{source}", "{target}")) == pdf()


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("/nonexistent", "{source}", "{target}"), "ceb.command-not-started"),
        ((sys.executable, "-c", "pass", "{source}", "{target}"), "ceb.command-failed"),
        ((sys.executable, "-c", "raise SystemExit('no')", "{source}", "{target}"), "ceb.command-failed"),
        (COPY, "ceb.result-does-not-open"),
    ],
)
def test_a_command_that_makes_no_pdf_is_said(words: tuple[str, ...], name: str, tmp_path: Path) -> None:
    assert refusal(KEYED, tmp_path, commanded(*words)) == name


def test_a_command_that_does_not_end_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(CebToPdf, "limit_seconds", 10.5)
    converter = commanded(sys.executable, "-c", "import time; time.sleep(3600)", "{source}", "{target}")
    assert refusal(KEYED, tmp_path, converter) == "ceb.command-late"


def test_cebx_goes_to_the_external_command_alone(tmp_path: Path) -> None:
    result = tmp_path / "made.pdf"
    result.write_bytes(pdf())
    converter = commanded(sys.executable, "-c", COPY[2], str(result), "{target}", "{source}")
    assert converted(b"@XDA and more", tmp_path, converter) == pdf()


def test_cebx_without_a_command_is_refused_with_its_name(tmp_path: Path) -> None:
    assert refusal(b"@XDA and more", tmp_path) == "ceb.and-no-command ceb.cebx-wants-a-command"
    with pytest.raises(Reject, match=CEBX):
        converted(b"@XDA and more", tmp_path)


def test_ceb_as_a_target_is_made_by_a_command_alone(tmp_path: Path) -> None:
    assert refusal(pdf(), tmp_path, PdfToCeb()) == "ceb.target-wants-a-command"
    converter = configured(PdfToCeb, CebSettings(command_to_ceb=COPY))
    assert refusal(pdf(), tmp_path, converter) == "ceb.not-a-ceb"
    assert converted(document(), tmp_path, converter) == document()


def test_ceb_as_a_target_is_there_where_its_command_is() -> None:
    assert str(PdfToCeb.trouble()) == str(Phrase("ceb.target-wants-a-command"))
    assert configured(PdfToCeb, CebSettings(command_to_ceb=COPY)).trouble() is None


def test_ceb_works_here() -> None:
    assert CebToPdf.trouble() is None


# ---- settings

COMMAND = ["x", "{source}", "{target}"]


def key_file(folder: Path, text: str) -> str:
    (folder / "ceb.key").write_text(text)
    return str(folder / "ceb.key")


def test_settings_are_read_from_their_table(tmp_path: Path) -> None:
    key = key_file(tmp_path, 'modulus = "00 ff"\nexponent = "3"\n')
    made = CebSettings.of({"command": COMMAND, "command_to_ceb": COMMAND, "key": key})
    assert made == CebSettings(tuple(COMMAND), tuple(COMMAND), WrappingKey(255, 3))
    assert CebSettings.of({}) == CebSettings()


def test_a_key_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Halt, match="EX-904") as caught:
        CebSettings.of({"key": str(tmp_path / "nothing")})
    assert str(tmp_path / "nothing") in caught.value.text()


@pytest.mark.parametrize(
    "text", ["", "modulus = 'ff'", "modulus = 'secret'\nexponent = '3'", "modulus = '0'\nexponent = '3'", "="]
)
def test_a_key_file_that_holds_no_key_is_refused_and_not_shown(text: str, tmp_path: Path) -> None:
    with pytest.raises(Halt, match="EX-904") as caught:
        CebSettings.of({"key": key_file(tmp_path, text)})
    assert names_of(caught.value.values["reason"]) == "ceb.key-form"
    assert "secret" not in str(caught.value)


def test_the_key_is_never_shown(tmp_path: Path) -> None:
    made = CebSettings.of({"key": key_file(tmp_path, "modulus = 'abcdef'\nexponent = '10001'")})
    assert made.wrapping_key == WrappingKey(0xABCDEF, 0x10001)
    for shown in (repr(made), repr(made.wrapping_key)):
        assert "abcdef" not in shown
        assert "11259375" not in shown


def test_settings_reach_the_process_that_converts(tmp_path: Path) -> None:
    """From the daemon's settings to the child behind its walls."""
    script = "import shutil, sys; shutil.copy(sys.argv[1], sys.argv[2])"
    (tmp_path / "made.pdf").write_bytes(pdf(3))
    words = [sys.executable, "-c", script, str(tmp_path / "made.pdf"), "{target}", "{source}"]
    Configured.configure({"command": words})
    (tmp_path / "source").write_bytes(KEYED)
    with ConversionProcess() as process:
        process.convert(Configured(), tmp_path / "source", tmp_path / "target", from_format=CEB)
    assert (tmp_path / "target").read_bytes() == pdf(3)


def test_the_installed_converters_take_their_section(tmp_path: Path) -> None:
    with pytest.raises(Halt, match="nothing"):
        known_converters({"ceb": {"key": str(tmp_path / "nothing")}})
