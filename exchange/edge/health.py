# SPDX-License-Identifier: Apache-2.0
"""
The health page: `/health` for programs, `/` for people, `/metrics` for Prometheus.

Owns the small HTTP server behind `[health] listen`. It reads what the roles tell it at each
request, takes nothing in, and tells nothing about what the bus carries. It should listen where
only the operators are.
"""

from __future__ import annotations

import html
import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

from exchange.edge.metrics import CONTENT_TYPE, Measure, exposition
from exchange.errors import ConfigInvalid, GovbusError
from exchange.texts import say

REQUEST_SECONDS = 10.0  # a client that is slower is let go


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at; verdict: good, warning or bad; next: "" where nothing is to be done."""

    name: str
    verdict: str
    what: str
    next: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What is told, and to whom it belongs; both are asked anew for every request."""

    who: str
    lang: str
    lines: Callable[[], Sequence[Line]]
    measures: Callable[[], Sequence[Measure]]


@contextmanager
def serving(address: tuple[str, int] | None, told: Told, *, file: str) -> Iterator[int]:
    """
    Serve *told* at *address* for the length of the block; the port, 0 where nothing is served.

    Raises:
        ConfigInvalid: EX-903, that address cannot be listened at; *file* says where it was set.
    """
    if address is None:
        yield 0
        return
    handler = type("Handler", (_Handler,), {"told": told})
    try:
        server = ThreadingHTTPServer(address, handler)
    except OSError as e:
        raise ConfigInvalid("EX-903", file=file, line="-", key="health.listen", reason=e.strerror) from e
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.2,), name="health", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join(REQUEST_SECONDS)


class _Handler(BaseHTTPRequestHandler):
    timeout = REQUEST_SECONDS
    server_version = "govbus"
    sys_version = ""
    told: ClassVar[Told]

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        answers = {"/": self._page, "/health": self._health, "/metrics": self._metrics}
        answer = answers.get(path)
        if answer is None:
            self._send(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"/ /health /metrics\n")
            return
        try:
            answer()
        except GovbusError as e:  # the database is away, for one
            text = json.dumps({"good": False, "code": e.code, "text": e.text(self.told.lang)})
            self._send(HTTPStatus.SERVICE_UNAVAILABLE, "application/json", text.encode())

    def _metrics(self) -> None:
        self._send(HTTPStatus.OK, CONTENT_TYPE, exposition(self.told.measures()))

    def _health(self) -> None:
        lines = self.told.lines()
        facts = {"good": _is_good(lines), "who": self.told.who, "findings": [asdict(line) for line in lines]}
        text = json.dumps(facts, ensure_ascii=False, indent=2)
        self._send(_status(lines), "application/json; charset=utf-8", text.encode())

    def _page(self) -> None:
        lines = self.told.lines()
        self._send(_status(lines), "text/html; charset=utf-8", _html(self.told, lines).encode())

    def _send(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
        self.send_header("X-Content-Type-Options", "nosniff")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  its name in http.server
        """A scrape every few seconds is no event."""


def _is_good(lines: Sequence[Line]) -> bool:
    return all(line.verdict != "bad" for line in lines)


def _status(lines: Sequence[Line]) -> HTTPStatus:
    return HTTPStatus.OK if _is_good(lines) else HTTPStatus.SERVICE_UNAVAILABLE


def _html(told: Told, lines: Sequence[Line]) -> str:
    title = html.escape(say("health.title", told.lang, who=told.who))
    summary = say("health.good" if _is_good(lines) else "health.bad", told.lang)
    rows = "\n".join(_html_row(line, told.lang) for line in lines)
    return (
        f'<!doctype html><html lang="{told.lang}"><meta charset="utf-8"><title>{title}</title>'
        "<style>body{font:16px/1.5 sans-serif;margin:2em}td{padding:.2em 1em .2em 0;vertical-align:top}"
        ".bad{color:#b00}.warning{color:#850}.next{color:#555}</style>"
        f"<h1>{title}</h1><p>{html.escape(summary)}</p><table>\n{rows}\n</table></html>\n"
    )


def _html_row(line: Line, lang: str) -> str:
    verdict = html.escape(say(f"check.verdict.{line.verdict}", lang))
    further = f'<br><span class="next">{html.escape(line.next)}</span>' if line.next else ""
    cells = f"<td>{html.escape(line.name)}</td><td>{html.escape(line.what)}{further}</td>"
    return f'<tr><td class="{line.verdict}">{verdict}</td>{cells}</tr>'
