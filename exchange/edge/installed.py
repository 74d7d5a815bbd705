# SPDX-License-Identifier: Apache-2.0
"""
Which adapters are installed: the entry points of the group `govbus.adapters`.

Owns the looking up by name, and the making of the one that a configuration names. What an adapter
does is its own business.
"""

from __future__ import annotations

from importlib.metadata import EntryPoint, entry_points
from pathlib import Path

from exchange.adapter import Adapter
from exchange.edge.configuration import Source
from exchange.edge.settings import AdapterSettings
from exchange.errors import ConfigInvalid

ADAPTERS = "govbus.adapters"


def installed_adapters() -> dict[str, EntryPoint]:
    """Every installed adapter by the name that a configuration gives; none is loaded."""
    return {found.name: found for found in entry_points(group=ADAPTERS)}


def make_adapter(settings: AdapterSettings, application: str, folder: Path) -> Adapter:
    """
    The adapter of *application*, not opened yet; *folder* is its own, durable, and made here.

    Raises:
        ConfigInvalid: EX-903, there is no such adapter, or its settings do not fit.
    """
    cls = _adapter_class(settings, application)
    folder.mkdir(parents=True, exist_ok=True)
    return cls(settings.typed(application, cls.Settings), application=application, folder=folder)


def _adapter_class(settings: AdapterSettings, application: str) -> type[Adapter]:
    name = settings.applications[application].adapter
    found = installed_adapters()
    if name not in found:
        raise _fault(settings, application, "adapter.unknown", found=name, known=", ".join(sorted(found)))
    try:
        loaded = found[name].load()
    except (ImportError, AttributeError) as e:
        reason = f"{type(e).__name__}: {e}"
        raise _fault(settings, application, "adapter.not-loaded", found=name, reason=reason) from e
    if not (isinstance(loaded, type) and issubclass(loaded, Adapter)):
        raise _fault(settings, application, "adapter.not-one", found=found[name].value)
    return loaded


def _fault(settings: AdapterSettings, application: str, sentence: str, **values: object) -> ConfigInvalid:
    source = Source(settings.file, settings.file.read_text(encoding="utf-8"))
    return source.fault(("applications", application, "adapter"), sentence, **values)
