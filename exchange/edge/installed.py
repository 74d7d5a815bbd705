# SPDX-License-Identifier: Apache-2.0
"""
Which adapters are installed: the entry points of the group `govbus.adapters`.

Owns the looking up by name, and the making of the one that a configuration names. What an adapter
does is its own business.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

from exchange.adapter import Adapter
from exchange.edge import spool
from exchange.edge.configuration import Source
from exchange.edge.settings import AdapterSettings
from exchange.errors import GovbusError, Halt, Reject
from exchange.texts import Phrase

ADAPTERS = "govbus.adapters"


def installed_adapters() -> dict[str, EntryPoint]:
    """Every installed adapter by the name that a configuration gives; none is loaded."""
    return {found.name: found for found in entry_points(group=ADAPTERS)}


def load_adapter_class(name: str) -> type[Adapter]:
    """
    The class of the adapter *name*.

    Raises:
        Reject: EX-916, there is none of that name, or it cannot be loaded.
    """
    found = installed_adapters()
    if name not in found:
        reason = Phrase("adapter.unknown", {"known": ", ".join(sorted(found)) or "-"})
        raise Reject("EX-916", found=name, reason=reason)
    try:
        loaded = found[name].load()
    except (ImportError, AttributeError) as e:
        raise Reject("EX-916", found=name, reason=f"{type(e).__name__}: {e}") from e
    if not (isinstance(loaded, type) and issubclass(loaded, Adapter)):
        raise Reject("EX-916", found=name, reason=Phrase("adapter.not-one", {"found": found[name].value}))
    return loaded


def make_adapter(settings: AdapterSettings, application: str, folder: Path) -> Adapter:
    """
    The adapter of *application*, not opened yet; *folder* is its own, durable, and made here.

    Raises:
        ConfigInvalid: EX-903, there is no such adapter, or its settings do not fit.
    """
    _configured(settings, application)  # a configuration that cannot work leaves no folder behind
    spool.make_folders(folder)
    return _made(settings, application, folder)


def _made(settings: AdapterSettings, application: str, folder: Path) -> Adapter:
    cls = _configured(settings, application)
    return cls(_typed(settings, application, cls), application=application, folder=folder)


def _typed(settings: AdapterSettings, application: str, cls: type[Adapter]) -> Any:
    """The adapter's own settings; where it has a language and none is named, the daemon's."""
    typed: Any = settings.typed(application, cls.Settings)
    named = settings.applications[application].settings
    if "lang" in named or "lang" not in {one.name for one in dataclasses.fields(cls.Settings)}:
        return typed
    return dataclasses.replace(typed, lang=settings.participant.lang)


def adapter_concerns(settings: AdapterSettings, folder: Path) -> Iterator[tuple[str, Phrase | Halt]]:
    """
    What each application's adapter says that a person should look at; nothing is made or changed.

    A Halt is what its `open` would be refused with.

    folder: where the adapters have their own folders.
    """
    for application in settings.applications:
        try:
            adapter = _made(settings, application, folder / application)
        except GovbusError:
            continue  # that is a fault, and told as one
        try:
            for concern in adapter.concerns():
                yield application, concern
        except Halt as refusal:
            yield application, refusal


def adapter_faults(settings: AdapterSettings) -> Iterator[tuple[str, GovbusError]]:
    """Each application whose adapter could not be made, with the reason."""
    for application in settings.applications:
        try:
            settings.typed(application, _configured(settings, application).Settings)
        except GovbusError as e:
            yield application, e


def _configured(settings: AdapterSettings, application: str) -> type[Adapter]:
    try:
        return load_adapter_class(settings.applications[application].adapter)
    except Reject as e:
        source = Source(settings.file, settings.file.read_text(encoding="utf-8"))
        at = ("applications", application, "adapter")
        raise source.fault(at, "settings.fault", text=Phrase(e.code, e.values)) from e
