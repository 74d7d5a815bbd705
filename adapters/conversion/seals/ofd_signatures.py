# SPDX-License-Identifier: Apache-2.0
"""
What an OFD package says of its signatures: the list, and each one's description.

Reads OFD.xml, Signatures.xml and Signature.xml; namespaces and the spelling of paths are forgiven, as
real files need it. It verifies nothing, and it also finds the files of signatures that no list names.

Source: GB/T 33190-2016 18.
"""

from __future__ import annotations

import base64
import binascii
import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass

from adapters.conversion.containers import Container, joined
from adapters.conversion.seals.verdicts import Stamp
from adapters.conversion.unreadable import Unreadable
from adapters.conversion.xml_parts import Element, attribute, child, children, descendants, parse, text_of
from exchange.texts import Phrase

DEFAULT_CHECK = "MD5"  # the standard's, where References names no method
SIGNATURES_MOST = 1_000  # of one document
_OURS = re.compile(r"(^|/)(signature\.xml|seal\.esl|sign(ed)?value\.dat)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Listed:
    """
    A signature as Signatures.xml lists it.

    folder: of the list, against which the path is meant; document: the entry of the root of the document
    whose signatures are listed.
    """

    id: str
    kind: str  # Seal or Sign; Seal where nothing is said
    path: str
    folder: str
    document: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A protected file and its digest."""

    path: str
    digest: bytes | None  # None: what stands there is no base64


@dataclass(frozen=True, slots=True)
class Description:
    """A Signature.xml."""

    path: str  # the entry's name
    data: bytes
    method: str
    told_at: str
    check: str
    references: tuple[Reference, ...]
    stamps: tuple[Stamp, ...]
    seal_path: str  # "" where the seal is no file of its own
    value_path: str

    @property
    def folder(self) -> str:
        """Where it lies."""
        return posixpath.dirname(self.path)


@dataclass(frozen=True, slots=True)
class Damaged:
    """A list of signatures that cannot be read, or not all of it, and why."""

    path: str
    why: Phrase


def listed_in(package: Container) -> Iterator[Listed | Damaged]:
    """
    Every signature that the package lists, in its order, and every list that cannot be read.

    Raises:
        Unreadable: OFD.xml is missing or cannot be read.
    """
    root = parse(package.read("OFD.xml"), what="OFD.xml")
    for body in descendants(root, "DocBody"):
        document = found_in(package, "", text_of(child(body, "DocRoot")))
        for element in children(body, "Signatures"):
            if text_of(element):
                yield from _listed(package, found_in(package, "", text_of(element)), document)


def _listed(package: Container, path: str, document: str) -> Iterator[Listed | Damaged]:
    try:
        root = parse(package.read(path), what=path)
    except Unreadable as e:
        yield Damaged(path, Phrase("seals.list-unreadable", {"what": path, "reason": e.reason}))
        return
    for number, element in enumerate(children(root, "Signature")):
        if number == SIGNATURES_MOST:
            yield Damaged(path, Phrase("seals.too-many", {"limit": SIGNATURES_MOST}))
            return
        yield Listed(
            id=attribute(element, "ID"),
            kind=attribute(element, "Type") or "Seal",
            path=attribute(element, "BaseLoc"),
            folder=posixpath.dirname(path),
            document=document,
        )


def described(package: Container, listed: Listed) -> Description:
    """
    The description of *listed*.

    Raises:
        Unreadable: it is missing or cannot be read.
    """
    path = found_in(package, listed.folder, listed.path)
    data = package.read(path)
    root = parse(data, what=path)
    info = child(root, "SignedInfo")
    references = child(info, "References")
    check = attribute(references, "CheckMethod", DEFAULT_CHECK) if references is not None else DEFAULT_CHECK
    return Description(
        path=package.find(path) or path,
        data=data,
        method=text_of(child(info, "SignatureMethod")),
        told_at=text_of(child(info, "SignatureDateTime")),
        check=check,
        references=tuple(_references(references)),
        stamps=tuple(_stamp(each) for each in children(info, "StampAnnot")),
        seal_path=text_of(child(child(info, "Seal"), "BaseLoc")),
        value_path=text_of(child(root, "SignedValue")),
    )


def found_in(package: Container, folder: str, written: str) -> str:
    """
    The entry that *written* in a part in *folder* means.

    Makers write paths from the root without the slash; where nothing lies at the place that is meant, the
    root is tried.
    """
    meant = joined(folder, written)
    return package.find(meant) or package.find(written) or meant


def shown_by(package: Container, document: str) -> tuple[str, ...]:
    """
    The entries that decide what the pages of *document* show: itself, its pages and their templates.

    Raises:
        Unreadable: it is missing or cannot be read.
    """
    root = parse(package.read(document), what=document)
    parts = (each for each in descendants(root, "Page", "TemplatePage") if attribute(each, "BaseLoc"))
    folder = posixpath.dirname(document)
    return (document, *(found_in(package, folder, attribute(each, "BaseLoc")) for each in parts))


def unlisted(package: Container, known: set[str]) -> tuple[str, ...]:
    """The files of signatures that none of the *known* entries is or lies beside."""
    folders = {posixpath.dirname(each) for each in known}
    return tuple(
        name
        for name in package.names
        if _OURS.search(name) and name not in known and posixpath.dirname(name) not in folders
    )


def _references(element: Element | None) -> Iterator[Reference]:
    for each in children(element, "Reference"):
        yield Reference(attribute(each, "FileRef"), _base64(text_of(child(each, "CheckValue"))))


def _base64(text: str) -> bytes | None:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except binascii.Error:
        return None


def _stamp(element: Element) -> Stamp:
    return Stamp(
        page=attribute(element, "PageRef"),
        boundary=_numbers(attribute(element, "Boundary")),
        clip=_numbers(attribute(element, "Clip")),
    )


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(each) for each in text.split())
    except ValueError:
        return ()
