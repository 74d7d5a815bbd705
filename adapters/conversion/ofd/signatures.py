# SPDX-License-Identifier: Apache-2.0
"""
The signatures of an OFD package, laid open for whoever checks them, and their stamps for whoever draws.

Gives the raw bytes (Signature.xml, SignedValue, each protected file) and says nothing about their
worth: cryptography has its own module, and a seal is drawn whether it is valid or not.
"""

from __future__ import annotations

import base64
import binascii
import posixpath
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from adapters.conversion.ofd.geometry import Box, box
from adapters.conversion.ofd.losses import Losses
from adapters.conversion.ofd.package import Document, Package
from adapters.conversion.ofd.seal_pictures import SealPicture, seal_picture
from adapters.conversion.ofd.values import Part
from adapters.conversion.unreadable import Unreadable
from adapters.conversion.xml_parts import Element, attribute, child, children, descendants, text_of
from exchange.texts import Phrase

SIGNATURES = 200  # of one document
STAMPS = 20_000  # of one signature: a seal across the edges stamps every page
_VALUE_BYTES = 32 << 20


@dataclass(frozen=True, slots=True)
class Stamp:
    """Where a signature shows its seal."""

    page: str  # identifier of the page
    boundary: Box
    clip: Box | None = None  # what of the seal is seen, in the space of the boundary


@dataclass(frozen=True, slots=True)
class Protected:
    """A file that a signature protects: its name as written, where it is, the digest it must have."""

    name: str
    part: Part | None  # None: it is not in the package
    digest: bytes


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature as it lies in the package."""

    identifier: str
    kind: str  # Seal or Sign
    document: int  # which DocBody, from 0
    description: Part  # Signature.xml, whose digest the signed value protects
    value: Part | None
    seal: Part | None
    digest_method: str  # as written: SM3, 1.2.156.10197.1.401, SHA1, ...
    signature_method: str
    provider: str
    signed_at: str
    protected: tuple[Protected, ...]
    stamps: tuple[Stamp, ...]

    def signed_value(self) -> bytes:
        """
        The bytes of the SignedValue.

        Raises:
            Unreadable: there are none.
        """
        if self.value is None:
            raise Unreadable(Phrase("conversion.ofd.no-signed-value", {"name": self.identifier or "-"}))
        return self.value.read(_VALUE_BYTES)

    def picture(self) -> SealPicture | None:
        """What the seal looks like, from the signed value, else from the seal beside it."""
        for part in (self.value, self.seal):
            with suppress(Unreadable):
                found = seal_picture(part.read(_VALUE_BYTES)) if part is not None else None
                if found is not None:
                    return found
        return None


def signatures_of(source: Path | bytes) -> list[Signature]:
    """
    Every signature of the package *source*; its parts can be read as long as one of them is held.

    Raises:
        Unreadable: it is no OFD package.
    """
    return list(signatures(Package(source, Losses())))


def signatures(package: Package) -> Iterator[Signature]:
    """Every signature of an open package; what cannot be read is among its losses."""
    for number, document in enumerate(package.documents):
        listed = package.locate(text_of(child(document.body, "Signatures")), "", document.folder)
        if listed is None:
            continue
        entries = list(children(_root(package, listed), "Signature"))
        if len(entries) > SIGNATURES:
            values = {"found": len(entries), "limit": SIGNATURES}
            package.losses.add(Phrase("conversion.ofd.too-many-signatures", values))
        for entry in entries[:SIGNATURES]:
            found = _signature(package, entry, posixpath.dirname(listed.name), number, document)
            if found is not None:
                yield found


def _signature(
    package: Package, entry: Element, folder: str, number: int, document: Document
) -> Signature | None:
    name = attribute(entry, "BaseLoc")
    part = package.locate(name, folder, document.folder)
    root = _root(package, part) if part is not None else None
    if part is None or root is None:
        package.losses.add(Phrase("conversion.container.missing", {"what": name or "Signature"}))
        return None
    own = posixpath.dirname(part.name)
    places = (own, document.folder, folder)
    info = child(root, "SignedInfo")
    references = child(info, "References")
    return Signature(
        identifier=attribute(entry, "ID"),
        kind=attribute(entry, "Type", "Seal"),
        document=number,
        description=part,
        value=package.locate(text_of(child(root, "SignedValue")), *places),
        seal=package.locate(text_of(child(child(info, "Seal"), "BaseLoc")), *places),
        digest_method=attribute(references, "CheckMethod", "MD5") if references is not None else "",
        signature_method=text_of(child(info, "SignatureMethod")),
        provider=_provider(child(info, "Provider")),
        signed_at=text_of(child(info, "SignatureDateTime")),
        protected=tuple(_protected(package, each, places) for each in children(references, "Reference")),
        stamps=tuple(_stamps(info)),
    )


def _provider(element: Element | None) -> str:
    return attribute(element, "ProviderName") or text_of(element) if element is not None else ""


def _protected(package: Package, each: Element, places: tuple[str, ...]) -> Protected:
    name = attribute(each, "FileRef")
    try:
        digest = base64.b64decode(text_of(child(each, "CheckValue")))
    except (binascii.Error, ValueError):
        digest = b""
    return Protected(name, package.locate(name, *places), digest)


def _stamps(info: Element | None) -> Iterator[Stamp]:
    if info is None:
        return
    for _, each in zip(range(STAMPS), descendants(info, "StampAnnot"), strict=False):
        boundary = box(attribute(each, "Boundary"))
        if boundary is not None and not boundary.is_empty:
            yield Stamp(attribute(each, "PageRef"), boundary, box(attribute(each, "Clip")))


def _root(package: Package, part: Part) -> Element | None:
    try:
        return package.xml(part)
    except Unreadable as e:
        package.losses.add(e.reason)
        return None
