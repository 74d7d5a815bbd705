# SPDX-License-Identifier: Apache-2.0
"""One frame a slice, of exactly the size that was promised, whatever the frame says."""

from __future__ import annotations

import threading

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from exchange.codec.compression import PROBE_BYTES, compress, decompress, pays
from exchange.model.limits import SEGMENT_BYTES_MOST
from tests.refusals import refusal, verdict
from tests.wire import noise

TEXT = "汕头市财政局关于拨付专项资金的通知。".encode() * 500


@given(st.binary(max_size=5000))
def test_what_was_compressed_comes_out_again(data: bytes) -> None:
    assert decompress(compress(data), len(data)) == data


def test_a_frame_declares_its_size() -> None:
    assert zstandard.frame_content_size(compress(TEXT)) == len(TEXT)


@pytest.mark.parametrize("size", [len(TEXT) - 1, len(TEXT) + 1, 0])
def test_a_frame_of_another_size_is_refused(size: int) -> None:
    assert refusal(decompress, compress(TEXT), size) == "EX-406"


@pytest.mark.parametrize("size", [-1, SEGMENT_BYTES_MOST + 1])
def test_a_size_that_no_slice_has_is_refused_whatever_the_frame(size: int) -> None:
    assert refusal(decompress, compress(TEXT), size) == "EX-406"


def test_a_frame_that_does_not_declare_its_size_is_refused() -> None:
    frame = zstandard.ZstdCompressor(write_content_size=False).compress(TEXT)
    assert refusal(decompress, frame, len(TEXT)) == "EX-406"


def test_bytes_behind_the_frame_are_refused() -> None:
    assert refusal(decompress, compress(TEXT) + b"x", len(TEXT)) == "EX-406"


def test_a_second_frame_is_refused() -> None:
    assert refusal(decompress, compress(TEXT) + compress(b"more"), len(TEXT)) == "EX-406"


def hand_made(window_log: int, declared: int, blocks: bytes) -> bytes:
    """A frame by RFC 8878, section 3.1.1: magic, descriptor, window, a size of four bytes, blocks."""
    return b"\x28\xb5\x2f\xfd\x80" + bytes([window_log - 10 << 3]) + declared.to_bytes(4, "little") + blocks


def run_of(byte: bytes, size: int, *, last: bool) -> bytes:
    """One block that stands for *size* times *byte*."""
    return (size << 3 | 1 << 1 | last).to_bytes(3, "little") + byte


def test_a_frame_made_by_hand_is_read_like_any_other() -> None:
    assert decompress(hand_made(17, 1000, run_of(b"x", 1000, last=True)), 1000) == b"x" * 1000


def test_a_frame_that_holds_more_than_it_declares_is_refused() -> None:
    bomb = run_of(b"x", 1 << 17, last=False) * 1000 + run_of(b"x", 1 << 17, last=True)
    assert refusal(decompress, hand_made(17, 1000, bomb), 1000) == "EX-406"


def test_a_frame_that_holds_less_than_it_declares_is_refused() -> None:
    assert refusal(decompress, hand_made(17, 1000, run_of(b"x", 999, last=True)), 1000) == "EX-406"


def test_a_frame_that_declares_gigabytes_takes_no_memory() -> None:
    assert refusal(decompress, hand_made(31, (1 << 32) - 1, run_of(b"x", 9, last=True)), 9) == "EX-406"


def test_a_frame_that_wants_a_huge_window_is_read_without_one() -> None:
    """Decompressed at once, into a buffer of the wanted size, a frame needs no window beside it."""
    assert verdict(decompress, hand_made(31, 1000, run_of(b"x", 1000, last=True)), 1000) == ""


def test_a_frame_with_a_bit_altered_gives_the_size_or_is_refused() -> None:
    frame = compress(TEXT)
    for place in range(len(frame)):
        altered = bytearray(frame)
        altered[place] ^= 0x40
        assert verdict(decompress, bytes(altered), len(TEXT)) in ("", "EX-406")


@given(st.binary(max_size=200), st.integers(0, 300))
def test_any_bytes_give_the_size_or_are_refused(frame: bytes, size: int) -> None:
    assert verdict(decompress, frame, size) in ("", "EX-406")


def test_the_refusal_names_the_segment() -> None:
    with pytest.raises(Exception, match="segment 7"):
        decompress(b"", 10, 7)


def test_text_pays() -> None:
    assert pays(TEXT)


def test_noise_does_not_pay() -> None:
    assert not pays(noise("noise", 100_000))


def test_what_is_very_small_does_not_pay() -> None:
    assert not pays(b"a" * 128)
    assert not pays(b"")


def test_the_middle_of_the_data_is_probed() -> None:
    head = noise("head", PROBE_BYTES)
    assert pays(head + b"a" * PROBE_BYTES + head)
    assert not pays(b"a" * PROBE_BYTES + head + b"a" * PROBE_BYTES)


def test_many_threads_compress_at_once() -> None:
    wrong: list[int] = []

    def work(number: int) -> None:
        for turn in range(50):
            data = noise(f"{number} {turn}", 2000) + TEXT
            if decompress(compress(data), len(data)) != data:
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
