# SPDX-License-Identifier: Apache-2.0
"""The health page, over HTTP as monitors and people ask for it."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import pytest

from exchange.edge.health import Line, Told, serving
from exchange.edge.metrics import Measure
from exchange.errors import ConfigInvalid, StoreDown

GOOD = Line("disk", "good", "76 GiB free")
SOON = Line("certificates", "warning", "ends in 20 days", "renew it")
BAD = Line("<b>disk", "bad", "full", "make room & wait")


@dataclass
class Page:
    """A health page that says what a test wants."""

    lines: Sequence[Line] = (GOOD,)
    lang: str = "en"
    port: int = 0
    error: Exception | None = None
    measures: list[Measure] = field(default_factory=lambda: [Measure("govbus_dead_letters", 3)])

    def told(self) -> Told:
        return Told("440500.finance", self.lang, self._lines, lambda: self.measures)

    def _lines(self) -> Sequence[Line]:
        if self.error is not None:
            raise self.error
        return self.lines

    def get(self, path: str) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        connection.request("GET", path)
        response = connection.getresponse()
        answer = response.status, response.headers["Content-Type"], response.read().decode()
        connection.close()
        return answer


@pytest.fixture
def page() -> Iterator[Page]:
    made = Page()
    told = Told("440500.finance", "en", lambda: made._lines(), lambda: made.measures)
    with serving(("127.0.0.1", 0), told, file="adapter.toml") as made.port:
        yield made


def test_all_well_is_200_with_every_finding(page: Page) -> None:
    page.lines = (GOOD, SOON)
    status, kind, body = page.get("/health")
    assert (status, kind) == (200, "application/json; charset=utf-8")
    found = json.loads(body)
    assert (found["good"], found["who"]) == (True, "440500.finance")
    assert found["findings"][1] == {
        "name": "certificates", "verdict": "warning", "what": "ends in 20 days", "next": "renew it",
    }  # fmt: skip


@pytest.mark.parametrize("path", ["/health", "/"])
def test_something_wrong_is_503(page: Page, path: str) -> None:
    page.lines = (GOOD, BAD)
    assert page.get(path)[0] == 503


def test_people_get_a_page_that_escapes_what_it_shows(page: Page) -> None:
    page.lines = (BAD,)
    _, kind, body = page.get("/")
    assert kind == "text/html; charset=utf-8"
    assert "&lt;b&gt;disk" in body
    assert "make room &amp; wait" in body
    assert "<b>disk" not in body


def test_prometheus_gets_the_measures(page: Page) -> None:
    status, kind, body = page.get("/metrics")
    assert status == 200
    assert kind.startswith("text/plain")
    assert "govbus_dead_letters 3.0" in body


def test_a_database_that_is_away_is_503_with_its_code(page: Page) -> None:
    page.error = StoreDown("EX-902", where="db", reason="x")
    status, _, body = page.get("/health")
    assert (status, json.loads(body)["code"]) == (503, "EX-902")


@pytest.mark.parametrize("path", ["/x", "/metrics/", "/../etc/passwd"])
def test_nothing_else_is_there(page: Page, path: str) -> None:
    assert page.get(path)[0] == 404


def test_without_an_address_nothing_is_served() -> None:
    with serving(None, Page().told(), file="adapter.toml") as port:
        assert port == 0


def test_an_address_that_is_taken_is_wrong_settings() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        address = taken.getsockname()
        with (
            pytest.raises(ConfigInvalid, match=r"health\.listen"),
            serving(address, Page().told(), file="adapter.toml"),
        ):
            pass


def test_it_speaks_chinese_where_the_settings_do() -> None:
    made = Page(lines=(BAD,), lang="zh")
    with serving(("127.0.0.1", 0), made.told(), file="adapter.toml") as made.port:
        assert "存在异常" in made.get("/")[2]
