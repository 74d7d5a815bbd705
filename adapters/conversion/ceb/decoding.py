# SPDX-License-Identifier: Apache-2.0
"""
The two layers of a CEB taken off, or the reason why they cannot be.

A result is believed only if it begins like a PDF and its streams can be decompressed: a wrong key gives
bytes as well. What a document says of its algorithm comes first; where it says nothing, what works.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from adapters.conversion.ceb.ciphers import unwrapped, without_body_cipher, without_cfb, without_ofb
from adapters.conversion.ceb.container import (
    STREAM_KEY_BYTES,
    WRAPPED_KEY_BYTES,
    CebContainer,
    read_container,
)
from adapters.conversion.ceb.pdf_streams import share_readable, with_streams
from adapters.conversion.ceb.settings import WrappingKey
from adapters.conversion.unreadable import Unreadable
from exchange.texts import Phrase

WRAPPED = 0x80000000  # in the algorithm: the key of the streams is wrapped
_CIPHERS: dict[int, Callable[[bytes, bytes], bytes]] = {1: without_ofb, 2: without_cfb}
_PDF = b"%PDF-"
_PDF_WITHIN = 1024  # a PDF may have something before its first line


class KeyWanted(Unreadable):
    """The key is in the document, under a key that the configuration does not have."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """
    The PDF inside a CEB.

    algorithm: of its streams, 0 where they had none; version: of the container, as it says.
    """

    pdf: bytes
    algorithm: int
    version: str


def decode(data: bytes, wrapping: WrappingKey | None = None) -> Decoded:
    """
    The PDF inside the CEB *data*.

    Raises:
        KeyWanted: the key of its streams is wrapped, and *wrapping* is not the key for that.
        Unreadable: it is damaged, bound to a licence, or of a variant that is not known.
    """
    container = read_container(data)
    pdf = _body(container)
    if container.algorithm == 0 or (container.algorithm is None and _fits(pdf)):
        return Decoded(pdf, 0, container.version)
    key = _stream_key(container, wrapping)
    return _streams(container, pdf, key)


def _body(container: CebContainer) -> bytes:
    if _is_pdf(container.body):
        return container.body
    if not container.key:
        raise Unreadable(Phrase("ceb.no-key"))
    pdf = without_body_cipher(container.body, container.key)
    if not _is_pdf(pdf):
        raise Unreadable(Phrase("ceb.key-does-not-fit"))
    return pdf


def _stream_key(container: CebContainer, wrapping: WrappingKey | None) -> bytes:
    blob = container.stream_key
    if len(blob) == STREAM_KEY_BYTES:
        return blob
    if len(blob) != WRAPPED_KEY_BYTES:
        raise Unreadable(Phrase("ceb.no-stream-key"))
    if wrapping is None:
        raise KeyWanted(Phrase("ceb.key-wanted"))
    key = unwrapped(blob, wrapping, (STREAM_KEY_BYTES,))
    if key is None:
        raise KeyWanted(Phrase("ceb.wrapping-key-wrong"))
    return key


def _streams(container: CebContainer, pdf: bytes, key: bytes) -> Decoded:
    said = None if container.algorithm is None else container.algorithm & ~WRAPPED
    if said is not None and said not in _CIPHERS:
        raise Unreadable(Phrase("ceb.algorithm-unknown", {"algorithm": said}))
    for number in (said,) if said is not None else _CIPHERS:
        cipher = _CIPHERS[number]
        plain = with_streams(pdf, lambda stream, cipher=cipher: cipher(stream, key))  # type: ignore[misc]
        if _fits(plain):
            return Decoded(plain, number, container.version)
    raise Unreadable(Phrase("ceb.key-does-not-fit"))


def _fits(pdf: bytes) -> bool:
    """Whether most streams that say that they are compressed are; a few may have been found by mistake."""
    readable, tried = share_readable(pdf)
    return 2 * readable >= tried


def _is_pdf(data: bytes) -> bool:
    return _PDF in data[:_PDF_WITHIN]
