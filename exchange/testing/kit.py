# SPDX-License-Identifier: Apache-2.0
"""
The certification kit: what every adapter owes the bus, as tests.

`adapter_tests(LandRegistry, settings=…)` makes a test class for pytest, and that is the adapter's
whole test file. The kit sees an application through the callables that its author gives; what
cannot be seen without them is not tested, so give them. pytest itself is not imported: the methods
take a fresh folder as `tmp_path`, and anybody may call them.
"""

from __future__ import annotations

import re
import tracemalloc
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, is_dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from exchange.adapter import Adapter, Content, Delivery, Outcome, Outgoing, Settled
from exchange.errors import Reject, Retry
from exchange.model import identity
from exchange.model.priority import Priority
from exchange.testing.deliveries import BLOCK_BYTES, HOSTILE_NAMES, LargePart, a_delivery

CALLS = 50  # of collect, within which what was offered has to appear
MEMORY_BYTES = 2 * BLOCK_BYTES  # what a delivery of any size may take
OTHER_ID = "01936000-0000-7000-8000-000000000002"
KINDS = ("accepted", "rejected", "delivered", "returned", "signed-for", "expired", "recalled")


def adapter_tests(
    adapter: type[Adapter],
    *,
    settings: Any,
    message_type: str = "file.any.v1",
    body: bytes = b"content",
    stored: Callable[[Path], int] | None = None,
    offer: Callable[[Path], object] | None = None,
    away: Callable[[Path], AbstractContextManager[object]] | None = None,
    refused: Delivery | None = None,
) -> Any:
    """
    The test class of *adapter*; give it a name that begins with `Test`.

    Every test has a fresh folder, which each callable receives.

    Args:
        settings: an instance of the adapter's Settings, or its fields in a mapping in which
            `{folder}` stands for the folder, or a callable that makes either.
        message_type: one that the application takes.
        body: the content of a message that it takes.
        stored: how many deliveries the application holds.
        offer: gives the application one more thing to send; called again, another one.
        away: a context within which the application cannot be reached.
        refused: a delivery that the application must refuse for good.
    """
    promises: list[type[_Promises]] = [_Lives]
    if adapter.deliver is not Adapter.deliver:
        promises += [_Takes, *([_Waits] if away else ()), *([_Refuses] if refused else ())]
    if adapter.collect is not Adapter.collect and offer:
        promises.append(_Gives)
    case = _Case(adapter, settings, message_type, body, stored, offer, away, refused)
    return type(f"Test{adapter.__name__}", tuple(promises), {"case": case, "__doc__": _Promises.__doc__})


def promise(kept: bool, sentence: str) -> None:
    """
    Nothing, when *kept*.

    Raises:
        AssertionError: with *sentence*; also under `python -O`.
    """
    if not kept:
        raise AssertionError(sentence)


@dataclass(frozen=True)
class _Case:
    """What the adapter's author told the kit."""

    adapter: type[Adapter]
    settings: Any
    message_type: str
    body: bytes
    stored: Callable[[Path], int] | None
    offer: Callable[[Path], object] | None
    away: Callable[[Path], AbstractContextManager[object]] | None
    refused: Delivery | None

    @contextmanager
    def opened(self, folder: Path) -> Iterator[Adapter]:
        own = folder / "own"
        own.mkdir(exist_ok=True)
        adapter = self.adapter(self._settings(folder), application="certified", folder=own)
        try:
            adapter.open()
            yield adapter
        finally:
            adapter.close()

    def _settings(self, folder: Path) -> Any:
        given = self.settings(folder) if callable(self.settings) else self.settings
        if not isinstance(given, Mapping):
            return given
        filled = {k: v.format(folder=folder) if isinstance(v, str) else v for k, v in given.items()}
        return self.adapter.Settings(**filled)

    def delivery(self, **other: Any) -> Delivery:
        return a_delivery(**({"body": self.body, "type": self.message_type} | other))

    def holds(self, folder: Path, wanted: int) -> None:
        if self.stored:
            found = self.stored(folder)
            promise(found == wanted, f"the application holds {found} deliveries, not {wanted}")


class _Promises:
    """What an adapter owes the bus; see exchange.testing."""

    case: ClassVar[_Case]


class _Lives(_Promises):
    def test_it_has_a_name_and_settings_that_cannot_change(self) -> None:
        name, settings = getattr(self.case.adapter, "name", ""), self.case.adapter.Settings
        promise(bool(identity.APPLICATION.fullmatch(name)), f"name {name!r} is not one like land-registry")
        promise(is_dataclass(settings), "Settings is not a dataclass")
        promise(settings.__dataclass_params__.frozen, "Settings is not frozen")  # type: ignore[attr-defined]

    def test_it_opens_and_closes_again_and_again(self, tmp_path: Path) -> None:
        for _ in range(3):
            with self.case.opened(tmp_path):
                pass

    def test_closing_twice_is_no_error(self, tmp_path: Path) -> None:
        with self.case.opened(tmp_path) as adapter:
            adapter.close()

    def test_a_key_that_it_does_not_know_is_no_error(self, tmp_path: Path) -> None:
        with self.case.opened(tmp_path) as adapter:
            adapter.stored("a key from another life")
            for kind in KINDS:
                adapter.settled("a key from another life", _receipt(kind))


class _Takes(_Promises):
    def test_what_is_delivered_twice_is_stored_once(self, tmp_path: Path) -> None:
        with self.case.opened(tmp_path) as adapter:
            outcomes = [adapter.deliver(self.case.delivery()) for _ in range(2)]
        self.case.holds(tmp_path, 1)
        promise(all(isinstance(each, Outcome | None) for each in outcomes), "deliver gives Outcome or None")

    def test_what_is_delivered_again_after_a_restart_is_stored_once(self, tmp_path: Path) -> None:
        for _ in range(2):
            with self.case.opened(tmp_path) as adapter:
                adapter.deliver(self.case.delivery())
        self.case.holds(tmp_path, 1)

    def test_two_messages_with_the_same_content_and_name_are_stored_as_two(self, tmp_path: Path) -> None:
        with self.case.opened(tmp_path) as adapter:
            adapter.deliver(self.case.delivery())
            adapter.deliver(self.case.delivery(message_id=OTHER_ID, key="row 2"))
        self.case.holds(tmp_path, 2)

    def test_a_hostile_name_is_stored_or_refused_and_leads_nowhere(self, tmp_path: Path) -> None:
        with self.case.opened(_below(tmp_path)) as adapter:
            for number, name in enumerate(HOSTILE_NAMES):
                message = self.case.delivery(name=name, message_id=f"{OTHER_ID[:-4]}{number:04x}")
                _stored_or_refused(adapter, message)
        strays = [str(path) for path in tmp_path.iterdir() if path.name != "application"]
        promise(not strays, f"files outside its folder: {strays}")

    def test_an_unknown_type_is_stored_or_refused(self, tmp_path: Path) -> None:
        with self.case.opened(tmp_path) as adapter:
            taken = _stored_or_refused(adapter, self.case.delivery(type="nobody.knows.this.v1"))
        self.case.holds(tmp_path, int(taken))

    def test_an_empty_part_is_stored_or_refused(self, tmp_path: Path) -> None:
        with self.case.opened(tmp_path) as adapter:
            taken = _stored_or_refused(adapter, self.case.delivery(body=b""))
        self.case.holds(tmp_path, int(taken))

    def test_a_part_larger_than_memory_is_stored_or_refused_without_being_held(self, tmp_path: Path) -> None:
        message = replace(self.case.delivery(), parts=(LargePart(),))
        with self.case.opened(tmp_path) as adapter:
            tracemalloc.start()
            try:
                _stored_or_refused(adapter, message)
                _, peak_bytes = tracemalloc.get_traced_memory()
            finally:
                tracemalloc.stop()
        promise(peak_bytes <= MEMORY_BYTES, f"it took {peak_bytes} bytes of memory: read the part in blocks")


class _Waits(_Promises):
    def test_while_the_application_is_away_it_says_retry_and_then_stores_once(self, tmp_path: Path) -> None:
        assert self.case.away is not None
        with self.case.opened(tmp_path) as adapter:
            with self.case.away(tmp_path):
                said = _raised(adapter, self.case.delivery())
            promise(isinstance(said, Retry), f"Retry was wanted while the application is away, not {said!r}")
            adapter.deliver(self.case.delivery())
        self.case.holds(tmp_path, 1)


class _Refuses(_Promises):
    def test_what_can_never_pass_is_rejected_every_time_and_not_stored(self, tmp_path: Path) -> None:
        assert self.case.refused is not None
        with self.case.opened(tmp_path) as adapter:
            for _ in range(2):
                said = _raised(adapter, self.case.refused)
                promise(isinstance(said, Reject), f"Reject was wanted, not {said!r}")
        self.case.holds(tmp_path, 0)


class _Gives(_Promises):
    def test_what_it_offers_is_well_formed(self, tmp_path: Path) -> None:
        with self.case.opened(tmp_path) as adapter:
            _well_formed(self._offered(adapter, tmp_path))

    def test_the_same_thing_comes_under_the_same_key_until_it_is_stored(self, tmp_path: Path) -> None:
        with self.case.opened(tmp_path) as adapter:
            first = self._offered(adapter, tmp_path)
            second = _appeared(adapter)
            promise(second.key == first.key, f"it was {first.key!r} and came again as {second.key!r}")
            promise(_contents(second) == _contents(first), f"{first.key!r} came again with other content")
            adapter.stored(first.key)
            promise(_collected(adapter) is None, f"{first.key!r} was stored and came again")

    def test_what_was_not_stored_comes_again_after_a_restart_under_its_key(self, tmp_path: Path) -> None:
        with self.case.opened(tmp_path) as adapter:
            first = self._offered(adapter, tmp_path)
        with self.case.opened(tmp_path) as adapter:
            again = _appeared(adapter)
        promise(again.key == first.key, f"it was {first.key!r} and came again as {again.key!r}")

    def test_two_things_have_two_keys(self, tmp_path: Path) -> None:
        with self.case.opened(tmp_path) as adapter:
            first = self._offered(adapter, tmp_path)
            adapter.stored(first.key)
            second = self._offered(adapter, tmp_path)
        promise(second.key != first.key, f"two things came under the key {first.key!r}")

    def test_every_receipt_is_taken_and_may_come_twice(self, tmp_path: Path) -> None:
        good = [_receipt("accepted", "open"), _receipt("delivered"), _receipt("signed-for")]
        bad = [_receipt("accepted", "open"), _receipt("returned", "failed")]
        for receipts in (good, bad):
            with self.case.opened(tmp_path) as adapter:
                outgoing = self._offered(adapter, tmp_path)
                adapter.stored(outgoing.key)
                for receipt in receipts * 2:
                    adapter.settled(outgoing.key, receipt)
                promise(_collected(adapter) is None, f"{outgoing.key!r} was settled and came again")

    def _offered(self, adapter: Adapter, folder: Path) -> Outgoing:
        assert self.case.offer is not None
        self.case.offer(folder)
        return _appeared(adapter)


def _below(folder: Path) -> Path:
    own = folder / "application"
    own.mkdir()
    return own


def _raised(adapter: Adapter, message: Delivery) -> Exception | None:
    try:
        adapter.deliver(message)
    except (Retry, Reject) as e:
        return e
    return None


def _stored_or_refused(adapter: Adapter, message: Delivery) -> bool:
    said = _raised(adapter, message)
    promise(not isinstance(said, Retry), f"to come back later does not help: {said}")
    return said is None


def _collected(adapter: Adapter) -> Outgoing | None:
    for _ in range(CALLS):
        if found := list(adapter.collect()):
            return found[0]
    return None


def _appeared(adapter: Adapter) -> Outgoing:
    found = _collected(adapter)
    if found is None:
        raise AssertionError(f"nothing appeared within {CALLS} calls of collect")
    return found


def _well_formed(outgoing: Outgoing) -> None:
    promise(0 < len(outgoing.key) <= 255, f"the key {outgoing.key!r} has not 1 to 255 characters")
    identity.message_type(outgoing.type)
    for address in outgoing.to:
        identity.Address.parse(address)
    if outgoing.priority is not None:
        Priority(outgoing.priority)
    promise(len(outgoing.parts) > 0, "it has no parts")
    for part in outgoing.parts:
        promise(0 < len(part.name) <= 255, f"the part's name {part.name!r} has not 1 to 255 characters")
    flat = all(isinstance(v, str) for pair in outgoing.attributes.items() for v in pair)
    promise(flat, f"attributes {outgoing.attributes!r} are not texts")


def _contents(outgoing: Outgoing) -> list[bytes]:
    return [_content(part) for part in outgoing.parts]


def _content(part: Content) -> bytes:
    return part.source.read_bytes() if isinstance(part.source, Path) else part.source


def _receipt(kind: str, state: str = "delivered") -> Settled:
    code = "EX-502" if re.fullmatch("rejected|returned|expired|recalled", kind) else ""
    who = identity.Address("440500.tax", "registry")
    at = datetime(2026, 11, 21, 12, tzinfo=UTC)
    return Settled(OTHER_ID, kind, who, who.participant, at, code, "a sentence", state, b"<receipt/>")
