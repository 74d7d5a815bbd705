# SPDX-License-Identifier: Apache-2.0
"""
Metrics in Prometheus's text form; prometheus_client is imported here and nowhere else.

Owns the list of metrics, their labels, and the form. What each one means to people stands in
`exchange.texts.metrics`, and the reference page is made from both. Values come in from the roles.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from prometheus_client import PROCESS_COLLECTOR, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from exchange.texts import say

# name: its labels; all are gauges, since all is counted in stores that also forget
DAEMON_METRICS: Mapping[str, tuple[str, ...]] = {
    "govbus_waiting": ("where",),
    "govbus_waiting_oldest_seconds": ("where",),
    "govbus_deliveries": ("direction", "state"),
    "govbus_held_receivers": (),
    "govbus_failing_handovers": (),
    "govbus_troubled_threads": (),
    "govbus_ledger_alarm": (),
    "govbus_ledger_size": (),
}
HUB_METRICS: Mapping[str, tuple[str, ...]] = {
    "govbus_deliveries": ("direction", "state"),
    "govbus_held_receivers": (),
    "govbus_overdue_deliveries": (),
    "govbus_dead_letters": (),
    "govbus_ledger_size": (),
    "govbus_ledger_waiting": (),
    "govbus_ledger_head_age_seconds": (),
    "govbus_workers": (),
    "govbus_participants": ("standing",),
    "govbus_routing_version": (),
}
SHARED_METRICS: Mapping[str, tuple[str, ...]] = {
    "govbus_up": ("version", "who"),
    "govbus_directory_version": (),
    "govbus_directory_age_seconds": (),
    "govbus_certificate_end_seconds": ("who",),
    "govbus_disk_free_bytes": (),
}
METRICS: Mapping[str, tuple[str, ...]] = {**SHARED_METRICS, **DAEMON_METRICS, **HUB_METRICS}

CONTENT_TYPE = CONTENT_TYPE_LATEST


@dataclass(frozen=True, slots=True)
class Measure:
    """One value of one metric."""

    name: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if tuple(self.labels) != METRICS[self.name]:
            raise ValueError(f"{self.name} has the labels {METRICS[self.name]}, not {tuple(self.labels)}")


def exposition(measures: Iterable[Measure]) -> bytes:
    """*measures*, with this process's own CPU, memory and files, as Prometheus reads them."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Once(measures))
    registry.register(PROCESS_COLLECTOR)
    return generate_latest(registry)


class _Once(Collector):
    """The measures of one look."""

    def __init__(self, measures: Iterable[Measure]) -> None:
        self._measures = measures

    def collect(self) -> Iterator[Metric]:
        families: dict[str, GaugeMetricFamily] = {}
        for one in self._measures:
            family = families.get(one.name)
            if family is None:
                family = families[one.name] = GaugeMetricFamily(
                    one.name, say(f"metric.{one.name}"), labels=METRICS[one.name]
                )
            family.add_metric(tuple(one.labels.values()), one.value)
        yield from families.values()
