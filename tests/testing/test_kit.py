# SPDX-License-Identifier: Apache-2.0
"""The certification kit passes what keeps the promises, and names the promise that is broken."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from exchange import Adapter, Content, Delivery, Outcome, Outgoing, Reject, Retry
from exchange.testing import HOSTILE_NAMES, a_delivery, adapter_tests
from exchange.testing.samples import LandRegistry

_numbers = count()


class Drawer(Adapter):
    """A correct adapter of a few lines: one file per delivery and per thing to send."""

    name = "drawer"

    @dataclass(frozen=True)
    class Settings(Adapter.Settings):
        path: str

    def __init__(self, settings: Any, **other: Any) -> None:
        super().__init__(settings, **other)
        self.inside, self.leaving = Path(settings.path) / "in", Path(settings.path) / "out"

    def open(self) -> None:
        for each in (self.inside, self.leaving):
            each.mkdir(parents=True, exist_ok=True)

    def collect(self) -> Iterable[Outgoing]:
        for path in sorted(self.leaving.iterdir()):
            yield Outgoing(key=path.name, type="file.any.v1", parts=[Content(path.name, path)])

    def stored(self, key: str) -> None:
        (self.leaving / key).unlink(missing_ok=True)

    def deliver(self, delivery: Delivery) -> Outcome | None:
        if not self.inside.is_dir():
            raise Retry
        if delivery.type == "unwanted.v1":
            raise Reject("EX-502", reason="unwanted")
        path = self.inside / delivery.message_id
        if not path.exists():
            delivery.body.save(path)
        return None


def held(folder: Path) -> int:
    return len(list((folder / "in").iterdir()))


def offer(folder: Path) -> None:
    (folder / "out" / f"{next(_numbers)}").write_text("x")


@contextmanager
def away(folder: Path) -> Iterator[None]:
    (folder / "in").rename(folder / "gone")
    yield
    (folder / "gone").rename(folder / "in")


def certified(adapter: type[Adapter]) -> Any:
    return adapter_tests(
        adapter, settings={"path": "{folder}"}, stored=held, offer=offer, away=away,
        refused=a_delivery(type="unwanted.v1"),
    )  # fmt: skip


TestDrawer = certified(Drawer)

TestLandRegistryAsShipped = adapter_tests(
    LandRegistry,
    settings={"database": "{folder}/registry.db", "to": "440500.tax/registry"},
    refused=a_delivery(b"\xff\xfe"),
)


# ---- what the kit finds


class Forgetful(Drawer):
    def deliver(self, delivery: Delivery) -> None:
        delivery.body.save(self.inside / f"{next(_numbers)}")


class Confused(Drawer):
    def deliver(self, delivery: Delivery) -> Any:
        super().deliver(delivery)
        return "stored"


class Careless(Drawer):
    def deliver(self, delivery: Delivery) -> None:
        path = self.inside / delivery.body.name.replace("\0", "").replace("\n", "")[:60]
        if not path.exists() or path.is_dir():
            delivery.body.save(path)


class Escaping(Drawer):
    def deliver(self, delivery: Delivery) -> None:
        (self.inside / delivery.message_id).touch()
        if "escaped" in delivery.body.name and delivery.body.name.startswith("../"):
            (self.inside / "../../escaped").touch()


class Greedy(Drawer):
    def deliver(self, delivery: Delivery) -> None:
        with delivery.body.open() as reading:
            (self.inside / delivery.message_id).write_bytes(reading.read())


class Impatient(Drawer):
    def deliver(self, delivery: Delivery) -> Outcome | None:
        if not self.inside.is_dir():
            raise Reject("EX-502", reason="away")
        return super().deliver(delivery)


class Obliging(Drawer):
    def deliver(self, delivery: Delivery) -> None:
        (self.inside / delivery.message_id).touch()


class Hesitant(Drawer):
    def deliver(self, delivery: Delivery) -> Outcome | None:
        if delivery.type != "file.any.v1":
            raise Retry
        return super().deliver(delivery)


class Repeating(Drawer):
    def stored(self, key: str) -> None:
        pass


class Renaming(Drawer):
    def collect(self) -> Iterable[Outgoing]:
        for path in self.leaving.iterdir():
            yield Outgoing(key=f"{path.name}-{next(_numbers)}", type="x.v1", parts=[Content("x", path)])


class Hasty(Drawer):
    def collect(self) -> Iterable[Outgoing]:
        for path in self.leaving.iterdir():
            yield Outgoing(key=path.name, type="x.v1", parts=[Content("x", path.read_bytes())])
            path.unlink()


class Nameless(Drawer):
    name = "A Drawer"


class Loose(Drawer):
    @dataclass
    class Settings:  # type: ignore[misc]
        path: str


class Typeless(Drawer):
    def collect(self) -> Iterable[Outgoing]:
        for path in self.leaving.iterdir():
            yield Outgoing(key=path.name, type="Type", parts=[Content("x", path)])


class Brittle(Drawer):
    def stored(self, key: str) -> None:
        (self.leaving / key).unlink()


class Stubborn(Drawer):
    closed = False

    def close(self) -> None:
        if self.closed:
            raise ValueError("closed already")
        self.closed = True


BROKEN: list[tuple[type[Drawer], str, str]] = [
    (Forgetful, "test_what_is_delivered_twice_is_stored_once", "holds 2 deliveries, not 1"),
    (Forgetful, "test_what_is_delivered_again_after_a_restart_is_stored_once", "holds 2 deliveries, not 1"),
    (Confused, "test_what_is_delivered_twice_is_stored_once", "Outcome or None"),
    (Careless, "test_two_messages_with_the_same_content_and_name_are_stored_as_two", "holds 1 deliveries"),
    (Escaping, "test_a_hostile_name_is_stored_or_refused_and_leads_nowhere", "outside its folder"),
    (Greedy, "test_a_part_larger_than_memory_is_stored_or_refused_without_being_held", "in blocks"),
    (Impatient, "test_while_the_application_is_away_it_says_retry_and_then_stores_once", "Retry was wanted"),
    (Obliging, "test_what_can_never_pass_is_rejected_every_time_and_not_stored", "Reject was wanted"),
    (Hesitant, "test_an_unknown_type_is_stored_or_refused", "does not help"),
    (Repeating, "test_the_same_thing_comes_under_the_same_key_until_it_is_stored", "came again"),
    (Renaming, "test_the_same_thing_comes_under_the_same_key_until_it_is_stored", "came again as"),
    (Renaming, "test_what_was_not_stored_comes_again_after_a_restart_under_its_key", "came again as"),
    (Hasty, "test_the_same_thing_comes_under_the_same_key_until_it_is_stored", "nothing appeared"),
    (Nameless, "test_it_has_a_name_and_settings_that_cannot_change", "is not one like land-registry"),
    (Loose, "test_it_has_a_name_and_settings_that_cannot_change", "not frozen"),
    (Typeless, "test_what_it_offers_is_well_formed", "message type is spelled 'Type'"),
    (Brittle, "test_a_key_that_it_does_not_know_is_no_error", "No such file"),
    (Stubborn, "test_closing_twice_is_no_error", "closed already"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("adapter", "name", "sentence"), BROKEN, ids=[f"{a.__name__}-{n}" for a, n, _ in BROKEN]
)
def test_a_broken_promise_is_named(adapter: type[Drawer], name: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(Exception, match=re.escape(sentence)):
        run(certified(adapter), name, tmp_path)


def run(tests: Any, name: str, folder: Path) -> None:
    method: Callable[..., None] = getattr(tests(), name)
    if name == "test_it_has_a_name_and_settings_that_cannot_change":
        method()
    else:
        method(folder)


def test_what_an_adapter_does_not_do_is_not_tested() -> None:
    class Deaf(Adapter):
        name = "deaf"

    names = {name for name in dir(adapter_tests(Deaf, settings=Deaf.Settings())) if name.startswith("test_")}
    assert "test_closing_twice_is_no_error" in names
    assert not any("deliver" in name or "offers" in name for name in names)


def test_settings_may_be_a_value_a_mapping_or_a_callable(tmp_path: Path) -> None:
    for settings in (Drawer.Settings(str(tmp_path)), {"path": "{folder}"}, lambda f: Drawer.Settings(str(f))):
        tests = adapter_tests(Drawer, settings=settings, stored=held)
        tests().test_two_messages_with_the_same_content_and_name_are_stored_as_two(tmp_path)
        for path in (tmp_path / "in").iterdir():
            path.unlink()


def test_the_class_is_named_after_its_adapter_and_says_what_it_is() -> None:
    assert certified(Drawer).__name__ == "TestDrawer"
    assert "owes the bus" in certified(Drawer).__doc__


def test_hostile_names_are_all_different_and_not_empty() -> None:
    assert len(set(HOSTILE_NAMES)) == len(HOSTILE_NAMES)
    assert all(HOSTILE_NAMES)
