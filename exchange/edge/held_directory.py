# SPDX-License-Identifier: Apache-2.0
"""
A participant's own view of the directory: as the hub last signed it, kept across restarts.

Owns the trust files that enrolment writes and what replaces them: a new version must be signed by
a certificate of the hub that the held version lists, must not go backwards, and must not list keys
under our name that are not ours. How a version gets here is the daemon's business.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from exchange.codec.directory_form import claimed_certificate, open_directory
from exchange.codec.suite_intl import INTL
from exchange.edge.anchor_files import AnchorFiles
from exchange.edge.anchors import Anchors, certificates_in, read_file, to_pem, verifier_of
from exchange.edge.keystore import is_ours, load_decryption_keys
from exchange.edge.settings import AdapterTrust
from exchange.edge.spool import replace
from exchange.edge.trust import Trust
from exchange.errors import Reject
from exchange.model.digest import sha256
from exchange.model.directory import Directory
from exchange.model.receipt import HUB


class HeldDirectory:
    """
    The view that is in use, and the files behind it.

    Args:
        files: where they are.
        keys: the folder of our own keys.

    Raises:
        Halt: EX-904, a file is missing or damaged; Reject: EX-2xx, what it holds is not believed.
    """

    def __init__(self, files: AdapterTrust, keys: Path, clock: Callable[[], datetime]) -> None:
        self._files = files
        self._keys = keys
        self._clock = clock
        self._anchors = AnchorFiles(files.anchors, files.crl)
        anchors, document = self._anchors.current, read_file(files.directory)
        self._trust = Trust(_opened(document, files.hub, anchors, clock()), anchors, clock)

    @property
    def trust(self) -> Trust:
        """What is in use now."""
        return self._trust

    def take(self, document: bytes) -> Trust:
        """
        Let the signed *document* take the place of the held view; what is in use from here on.

        The same version again is taken too: it says that it is still current.

        Raises:
            Reject: EX-201 to EX-214, not signed by the hub as we know it, for another, older, or out of date.
            Halt: EX-212, it lists keys under our name that are not ours. Nothing was replaced.
        """
        verifier = self._trust.verifier(HUB, claimed_certificate(document))
        fresh = open_directory(document, verifier)
        fresh.check_follows(self._trust.directory, at=self._clock())
        self._check_own(fresh)
        if fresh.participant(HUB).certificates != self._trust.participant(HUB).certificates:
            self._keep_hub(fresh)
        replace(self._files.directory, document)
        self._trust = self._trust.renewed(fresh)
        return self._trust

    def reload_anchors(self) -> bool:
        """Read anchors and revocation lists again, where an operator has put newer ones there; whether so."""
        anchors = self._anchors.newer()
        if anchors is None:
            return False
        self._trust = self._trust.renewed(self._trust.directory, anchors)
        return True

    def _check_own(self, fresh: Directory) -> None:
        keys = {key.public_raw for key in load_decryption_keys(self._keys)}
        fresh.check_own(is_ours=lambda c: is_ours(self._keys, c.der), encryption_keys=keys)

    def _keep_hub(self, fresh: Directory) -> None:
        """The hub's new certificates beside the old: the file verifies the view on disk at any moment."""
        held = certificates_in(read_file(self._files.hub), str(self._files.hub))
        new = tuple(c.der for c in fresh.participant(HUB).certificates if c.der not in held)
        replace(self._files.hub, to_pem((*held, *new)))


def _opened(document: bytes, hub: Path, anchors: Anchors, at: datetime) -> Directory:
    claimed = claimed_certificate(document)
    for der in certificates_in(read_file(hub), str(hub)):
        if sha256(der) == claimed:
            anchors.check(der, HUB, at=at)
            return open_directory(document, verifier_of(der, INTL.name, HUB))
    raise Reject("EX-202", found=claimed, who=HUB)


def first_view(document: bytes, hub: bytes, anchors: Anchors, *, holder: str, at: datetime) -> Directory:
    """
    The view that came with a grant, signed with the certificate *hub* (DER).

    Raises:
        Reject: EX-2xx, it is not signed with it, or nobody vouches for it; EX-208, it is another's view.
    """
    if claimed_certificate(document) != sha256(hub):
        raise Reject("EX-202", found=claimed_certificate(document), who=HUB)
    anchors.check(hub, HUB, at=at)
    view = open_directory(document, verifier_of(hub, INTL.name, HUB))
    if view.holder != holder:
        raise Reject("EX-208", found=f"for {view.holder or HUB}", wanted=f"one for {holder}")
    return view
