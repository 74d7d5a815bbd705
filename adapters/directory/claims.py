# SPDX-License-Identifier: Apache-2.0
"""
Claims: files taken out of out/, each set under a key that is fixed before the first of them moves.

A claim is a folder named by its key: `claim.json`, written first and flushed, says which files
belong to it and what is to become of them; `files/` fills by rename. The first file decides: once
it is there, the claim stands and is finished whatever happens; without it nothing has happened.
A claim goes only when its files lie in sent/ or failed/.
"""

from __future__ import annotations

import errno
import json
import mimetypes
import os
import secrets
import time
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from adapters.directory.orders import MANIFEST, Fault, Order, fault
from adapters.directory.scan import Found, type_of_folder
from adapters.directory.settings import Settings
from exchange import BODY, Content, Halt, Outgoing, files

RECORD = "claim.json"  # what is claimed, and for what
PLAN = "plan.json"  # where it goes in the end; there once that is decided


@dataclass(frozen=True, slots=True)
class Claimed:
    """One file of a claim: its role, and its size and time when it was claimed."""

    name: str
    role: str
    media_type: str
    size_bytes: int
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing that was handed to the bus; *folder* holds it until every delivery is final."""

    folder: Path
    source: Path  # the folder its files came from
    subfolder: str  # of out/, "" for out/ itself
    files: tuple[Claimed, ...]
    address: Mapping[str, Any]  # what Outgoing takes besides key and parts
    fault: Fault | None = None

    @property
    def key(self) -> str:
        return self.folder.name

    @property
    def lead(self) -> Claimed:
        return self.files[0]

    @property
    def sent(self) -> tuple[Claimed, ...]:
        """The files that travel."""
        return tuple(each for each in self.files if each.role != MANIFEST)

    def path(self, each: Claimed) -> Path:
        return self.folder / "files" / each.name

    def present(self) -> tuple[Claimed, ...]:
        return tuple(each for each in self.files if os.path.lexists(self.path(each)))

    def outgoing(self) -> Outgoing:
        parts = [
            Content(readable(each.name), self.path(each), media_type=each.media_type, role=each.role)
            for each in self.sent
        ]
        return Outgoing(key=self.key, parts=parts, **self.address)

    def vanished(self) -> tuple[str, ...]:
        """The names of those files that should travel and are here no more."""
        present = self.present()
        return tuple(readable(each.name) for each in self.sent if each not in present)

    def copied(self, each: Claimed) -> Path:
        """The mark that *each* is here as a whole copy, so that its original, as it says, may be removed."""
        return self.folder / f"{self.files.index(each)}.copied"

    def owes(self, each: Claimed) -> bool:
        """Whether *each* still lies where it came from: not yet taken, or copied and not yet removed."""
        try:
            state = (self.source / each.name).lstat()
        except FileNotFoundError:
            return False
        if not os.path.lexists(self.path(each)):
            return True
        mark = self.copied(each)
        return mark.exists() and mark.read_bytes() == _shape(state)  # else it is a new file of that name

    def owed(self) -> tuple[Path, ...]:
        """Where files of this claim still lie."""
        return tuple(self.source / each.name for each in self.files if self.owes(each))

    def changed_since(self) -> Claimed | None:
        """A file that travelled and to which somebody who still held it open wrote after it was claimed."""
        return next((each for each in self.sent if self._has_changed(each)), None)

    def _has_changed(self, each: Claimed) -> bool:
        if self.copied(each).exists():  # nobody else has ever opened a copy
            return False
        try:
            state = self.path(each).stat()
        except FileNotFoundError:
            return False
        return (state.st_size, state.st_mtime_ns) != (each.size_bytes, each.changed_ns)

    def as_taken(self, each: Claimed) -> Claim:
        """The same with the size and time that *each* has here: it may have been locked for a while."""
        state = self.path(each).stat()
        taken = replace(each, size_bytes=state.st_size, changed_ns=state.st_mtime_ns)
        return replace(self, files=tuple(taken if one == each else one for one in self.files))

    def write(self) -> None:
        document = {
            "subfolder": self.subfolder, "files": [asdict(each) for each in self.files],
            "address": dict(self.address), "fault": asdict(self.fault) if self.fault else None,
        }  # fmt: skip
        files.replace(self.folder / RECORD, json.dumps(document, indent=1).encode())


class Claims:
    """The claims in the work folder; *out* is where their files come from."""

    def __init__(self, folder: Path, out: Path, settings: Settings) -> None:
        self._folder = folder
        self._out = out
        self._settings = settings

    def take(self, order: Order) -> Claim | None:
        """
        A claim on what *order* names, written down before anything moves.

        None when one of the files has gone or has changed since it was looked at, or when the first is
        locked by somebody: another look will tell.

        Raises:
            OSError, or Retry EX-506: the disk refuses; what was begun is among `standing`.
        """
        if not all(_unchanged(found) for found, _ in order.files):
            return None
        claim = self._new(order)
        claim.folder.mkdir()
        (claim.folder / "files").mkdir()
        claim.write()
        files.sync_folder(self._folder)
        _take(claim, claim.lead)
        if not claim.present():
            files.forget(claim.folder)
            return None
        return claim

    def complete(self, claim: Claim) -> Claim | None:
        """
        *claim* with all its files; None while one of them is locked where it lies.

        A file that has vanished meanwhile makes it a faulty one.
        """
        begun = claim
        for each in claim.files:
            if _take(claim, each) and each != claim.lead:
                claim = claim.as_taken(each)
        if claim != begun:
            claim.write()
        if claim.owed():
            return None
        missing = [readable(each.name) for each in claim.files if each not in claim.present()]
        if missing and claim.fault is None:
            why = fault(claim.lead.name, "vanished", self._settings.lang, names=", ".join(missing))
            claim = replace(claim, fault=why)
            claim.write()
        return claim

    def standing(self) -> Iterator[Claim]:
        """
        What was begun, by this run or an earlier one, oldest first; what never came to be is removed.

        Raises:
            Halt: EX-904, a claim's record is damaged.
        """
        for folder in sorted(self._folder.iterdir()):
            claim = self._read(folder)
            if claim and (claim.present() or (folder / PLAN).exists()):
                yield claim
            else:
                files.forget(folder)

    def _read(self, folder: Path) -> Claim | None:
        try:
            document = json.loads((folder / RECORD).read_bytes())
            subfolder, why = document["subfolder"], document["fault"]
            claimed = tuple(Claimed(**each) for each in document["files"])
            why = Fault(**why) if why else None
            return Claim(folder, self._out / subfolder, subfolder, claimed, document["address"], why)
        except FileNotFoundError:
            if _is_empty(folder / "files"):
                return None
            raise Halt("EX-904", file=str(folder / RECORD), reason=os.strerror(errno.ENOENT)) from None
        except (ValueError, KeyError, TypeError) as e:
            raise Halt("EX-904", file=str(folder / RECORD), reason=repr(e)) from e

    def _new(self, order: Order) -> Claim:
        lead = order.files[0][0]
        key = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{secrets.token_hex(8)}"
        claimed = tuple(
            Claimed(each.name, role, self._media_type(each, role, order), each.size_bytes, each.changed_ns)
            for each, role in order.files
        )
        address = self._address(order, lead)
        why = order.fault
        if why is None and not address["type"]:
            why = fault(readable(lead.name), "no-type", self._settings.lang)
        return Claim(self._folder / key, self._out / lead.folder, lead.folder, claimed, address, why)

    def _address(self, order: Order, lead: Found) -> dict[str, Any]:
        manifest, settings = order.manifest, self._settings
        return {
            "type": manifest.type or (lead.folder and type_of_folder(lead.folder, settings)) or settings.type,
            "to": list(manifest.to or settings.to),
            "priority": manifest.priority or settings.priority or None,
            "attributes": dict(manifest.attributes),
            "expires_after_seconds": manifest.expires_after_seconds,
            "conversation": manifest.conversation,
            "in_reply_to": manifest.in_reply_to,
            "follows": manifest.follows,
        }

    def _media_type(self, each: Found, role: str, order: Order) -> str:
        if role == BODY and order.manifest.media_type:
            return order.manifest.media_type
        ending = each.path.suffix.lower()
        guess = mimetypes.guess_type(f"x{ending}")[0] or "application/octet-stream"
        return self._settings.media_types.get(ending, guess)


def readable(name: str) -> str:
    """*name* as people read it: one that an old program wrote in GB18030 is read as such."""
    text = os.fsencode(name).decode("gb18030", "replace") if _not_utf_8(name) else name
    return unicodedata.normalize("NFC", text) if text.isprintable() else files.safe_name(text)


def _not_utf_8(name: str) -> bool:
    return any("\udc80" <= character <= "\udcff" for character in name)  # Python's way to show other bytes


def _is_empty(folder: Path) -> bool:
    return not folder.exists() or not any(folder.iterdir())


def _unchanged(found: Found) -> bool:
    try:
        state = found.path.lstat()
    except FileNotFoundError:
        return False
    return (state.st_size, state.st_mtime_ns) == (found.size_bytes, found.changed_ns)


def _shape(state: os.stat_result) -> bytes:
    return f"{state.st_size} {state.st_mtime_ns}".encode()


def _take(claim: Claim, each: Claimed) -> bool:
    """Bring *each* into *claim*, whether it came now; what has gone or is locked on its share stays."""
    source, target = claim.source / each.name, claim.path(each)
    is_new = not os.path.lexists(target)
    if is_new:
        with _unless_locked():
            _bring(claim, each)
        if not os.path.lexists(target):
            return False
        files.sync_folder(target.parent)
        files.sync_folder(source.parent)
    if claim.copied(each).exists() and claim.owes(each):
        with _unless_locked():
            source.unlink()
        files.sync_folder(source.parent)
    return is_new


@contextmanager
def _unless_locked() -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, PermissionError):  # a Windows share answers so for a file that is open there
        return
    except OSError as e:
        if e.errno not in (errno.EBUSY, errno.ETXTBSY):
            raise


def _bring(claim: Claim, each: Claimed) -> None:
    try:
        (claim.source / each.name).rename(claim.path(each))
    except OSError as e:
        if e.errno != errno.EXDEV:
            raise
        _copy(claim, each)


def _copy(claim: Claim, each: Claimed) -> None:
    # From another file system: a whole copy first, then the mark that the original may go, then the name.
    source, copying = claim.source / each.name, claim.folder / "copying"
    before = source.lstat()
    if not os.access(source, os.R_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(source))
    copying.unlink(missing_ok=True)
    files.copy_new(source, copying)
    after = source.lstat()
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise OSError(errno.EBUSY, os.strerror(errno.EBUSY), str(source))
    files.replace(claim.copied(each), _shape(after))
    copying.rename(claim.path(each))
