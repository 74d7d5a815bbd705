# SPDX-License-Identifier: Apache-2.0
"""Metrics in the form that Prometheus reads."""

from __future__ import annotations

import pytest
from prometheus_client.parser import text_string_to_metric_families

from exchange.edge.metrics import METRICS, Measure, exposition
from exchange.texts import TEXTS


def read(*measures: Measure) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    return {
        (sample.name, tuple(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(exposition(measures).decode())
        for sample in family.samples
    }


def test_a_measure_is_told_with_its_labels() -> None:
    found = read(
        Measure("govbus_dead_letters", 3),
        Measure("govbus_waiting", 1, {"where": "leaving"}),
        Measure("govbus_waiting", 2, {"where": "owed"}),
    )
    assert found["govbus_dead_letters", ()] == 3
    assert found["govbus_waiting", (("where", "leaving"),)] == 1
    assert found["govbus_waiting", (("where", "owed"),)] == 2


def test_the_process_tells_of_itself() -> None:
    assert read()["process_resident_memory_bytes", ()] > 0


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_is_explained(name: str) -> None:
    assert all(TEXTS[f"metric.{name}"])


@pytest.mark.parametrize("labels", [{}, {"place": "x"}, {"where": "x", "more": "y"}])
def test_labels_that_are_not_the_metrics_own_are_a_mistake(labels: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="has the labels"):
        Measure("govbus_waiting", 1, labels)
