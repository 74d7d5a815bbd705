# SPDX-License-Identifier: Apache-2.0
"""
The protected files of a signature: each digest taken and compared, and what is not protected said.

A name that two entries of the container have protects nothing: two readers may see two files.
"""

from __future__ import annotations

import hmac
import posixpath
from collections.abc import Iterator, Sequence

from adapters.conversion.containers import Container, joined
from adapters.conversion.seals import libcrypto
from adapters.conversion.seals.algorithms import WEAK_DIGESTS, digest_named
from adapters.conversion.seals.libcrypto import Unsupported
from adapters.conversion.seals.ofd_signatures import Description, Reference, found_in, shown_by
from adapters.conversion.seals.verdicts import Finding, invalid, remark, unproven
from adapters.conversion.unreadable import Missing, Unreadable
from exchange.texts import Phrase

NAMES_SAID = 5  # of files, in one sentence


class Digests:
    """The digests of the entries of one container, each taken once."""

    def __init__(self, package: Container) -> None:
        self.package = package
        self._known: dict[tuple[str, str], bytes] = {}

    def of(self, entry: str, digest: str) -> bytes:
        """
        The digest of *entry* by *digest*.

        Raises:
            Missing, Unreadable: it cannot be read. Unsupported: the machine has no such digest.
        """
        key = (entry, digest)
        if key not in self._known:
            self._known[key] = libcrypto.digest(digest, self.package.read(entry))
        return self._known[key]


def file_findings(description: Description, digests: Digests) -> Iterator[Finding]:
    """What is wrong with the files that *description* protects."""
    if not description.references:
        yield unproven(Phrase("seals.nothing-protected"))
        return
    name = digest_named(description.check)
    if name is None:
        yield unproven(Phrase("seals.digest-unknown", {"digest": description.check}))
        return
    if name in WEAK_DIGESTS:
        yield remark(Phrase("seals.weak-digest", {"digest": name.upper()}))
    for reference in description.references:
        yield from _file(reference, description, digests, name)


def _file(reference: Reference, description: Description, digests: Digests, name: str) -> Iterator[Finding]:
    told = {"what": reference.path}
    entry = found_in(digests.package, description.folder, reference.path)
    if digests.package.find(entry) in digests.package.doubled:
        yield unproven(Phrase("seals.file-doubled", told))
    try:
        found = digests.of(entry, name)
    except Missing:
        yield invalid(Phrase("seals.file-missing", told))
        return
    except Unreadable as e:
        yield invalid(Phrase("seals.file-unreadable", {**told, "reason": e.reason}))
        return
    except Unsupported as e:
        yield unproven(Phrase("seals.no-algorithm", {"lacking": str(e)}))
        return
    if reference.digest is None or not hmac.compare_digest(found, reference.digest):
        yield invalid(Phrase("seals.file-altered", told))


def cover_findings(document: str, package: Container, unprotected: tuple[str, ...]) -> Iterator[Finding]:
    """
    What the *unprotected* files mean: a page among them could show anything.

    Args:
        document: the root of the document that is signed.
    """
    try:
        shown = [package.find(each) or each for each in shown_by(package, document)]
    except Unreadable as e:
        yield unproven(Phrase("seals.document-unreadable", {"what": document, "reason": e.reason}))
        return
    open_pages = [each for each in shown if each in unprotected]
    if open_pages:
        yield unproven(Phrase("seals.pages-unprotected", _counted(open_pages)))
    if unprotected:
        yield remark(Phrase("seals.files-unprotected", _counted(unprotected)))


def _counted(names: Sequence[str]) -> dict[str, object]:
    return {"count": len(names), "names": ", ".join(names[:NAMES_SAID])}


def unprotected_in(description: Description, package: Container) -> tuple[str, ...]:
    """
    The files of the package that *description* does not protect.

    The signature's own folder and the list of signatures, which the next signer lengthens, cannot be.
    """
    protected = {
        package.find(found_in(package, description.folder, each.path)) for each in description.references
    }
    around = posixpath.dirname(description.folder)
    return tuple(
        name
        for name in package.names
        if name not in protected
        and posixpath.dirname(name) != description.folder
        and name.casefold() != joined(around, "Signatures.xml").casefold()
    )
