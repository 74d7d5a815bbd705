# SPDX-License-Identifier: Apache-2.0
"""
Who may log in to the broker and what they may do there, and how the broker is.

Owns the contract `BrokerAdmin` and its two ways: the control tool of a private node, and the
management interface of any other RabbitMQ. Users have no password: they log in by certificate
alone. Queues and exchanges are declared over AMQP, not here; which names and rights a participant
has is not known here either.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from exchange.edge.private_node import PrivateNode
from exchange.edge.settings import HubSettings
from exchange.errors import BrokerDown, Halt
from exchange.model.topology import VHOST, Rights

ACTOR = "govbus"  # who did it, in the broker's own log
ANSWER_SECONDS = 30.0
REGISTERED_SECONDS = 2.0  # four times what RabbitMQ takes


@dataclass(frozen=True, slots=True)
class QueueDepth:
    """What waits in one queue: messages in all, those not handed out yet, their bytes; and who listens."""

    messages: int
    ready: int
    size_bytes: int
    consumers: int


class BrokerAdmin(Protocol):
    """
    The administrator's side of a broker. Every verb may be repeated: it says how things shall be.

    Raises:
        BrokerDown: EX-901, it cannot be reached, or refused for now.
        Halt: EX-901, it does not take us for an administrator.
    """

    def ensure_user(self, name: str, rights: Rights, *, max_connections: int, max_channels: int) -> None:
        """A user with exactly these rights in the vhost and these limits; without a password."""

    def delete_user(self, name: str) -> bool:
        """No such user any more; False when there was none. Its connections are closed."""

    def close_connections(self, name: str, reason: str) -> int:
        """Close every connection of a user at once, telling it *reason*; how many there were."""

    def users(self) -> Mapping[str, Rights]:
        """Who has rights in the vhost, and which."""

    def settle(self) -> None:
        """
        Queues declared before this call outlive a crash of the broker after it.

        RabbitMQ registers a new quorum queue on disk half a second late: killed meanwhile, it comes
        back with a queue that never answers again, and what it had confirmed is lost (3.10).
        """

    def alarms(self) -> tuple[str, ...]:
        """What makes the broker refuse publishers now: "memory", "disk", or nothing."""

    def queue_depths(self) -> Mapping[str, QueueDepth]:
        """What waits, by queue; the broker's own figures, some five seconds old."""

    def disk_free_bytes(self) -> int:
        """Room on the broker's disk; of several nodes, on the fullest."""

    def version(self) -> str:
        """Of RabbitMQ, such as "3.10.8"."""


@dataclass(frozen=True, slots=True)
class PrivateNodeAdmin:
    """Administration of a private node by its control tool: one call a verb, 0.3 to 0.7 s each."""

    node: PrivateNode
    vhost: str = VHOST

    def ensure_user(self, name: str, rights: Rights, *, max_connections: int, max_channels: int) -> None:
        user, vhost, actor = _erlang(name), _erlang(self.vhost), _erlang(ACTOR)
        regexes = ", ".join(_erlang(regex) for regex in (rights.configure, rights.write, rights.read))
        limits = f'#{{<<"max-connections">> => {max_connections:d}, <<"max-channels">> => {max_channels:d}}}'
        self.node.evaluate(
            f"rabbit_auth_backend_internal:put_user(#{{name => {user}, password_hash => <<>>, tags => <<>>}},"
            f" {actor}),"
            f"ok = rabbit_auth_backend_internal:set_permissions({user}, {vhost}, {regexes}, {actor}),"
            f"ok = rabbit_auth_backend_internal:set_user_limits({user}, {limits}, {actor}), true"
        )

    def delete_user(self, name: str) -> bool:
        user = _erlang(name)
        there = self.node.evaluate(
            f"case rabbit_auth_backend_internal:exists({user}) of"
            f" true -> rabbit_auth_backend_internal:delete_user({user}, {_erlang(ACTOR)}),"
            f" {_close(user, 'user deleted')}, true; false -> false end"
        )
        return bool(there)

    def close_connections(self, name: str, reason: str) -> int:
        return int(self.node.evaluate(_close(_erlang(name), reason)))

    def users(self) -> Mapping[str, Rights]:
        rows = self.node.evaluate(
            "[maps:with([user, configure, write, read], maps:from_list(R))"
            f" || R <- rabbit_auth_backend_internal:list_vhost_permissions({_erlang(self.vhost)})]"
        )
        return {row["user"]: _rights(row) for row in rows}

    def settle(self) -> None:
        self.node.evaluate("[ok = dets:sync(Register) || Register <- dets:all()], true")

    def alarms(self) -> tuple[str, ...]:
        found = self.node.evaluate(
            "[atom_to_binary(Kind) || {{resource_limit, Kind, _}, _} <- rabbit_alarm:get_alarms()]"
        )
        return tuple(sorted(found))

    def queue_depths(self) -> Mapping[str, QueueDepth]:
        # What the nodes of quorum queues report of themselves, every five seconds.
        rows = self.node.evaluate(
            f"Vhost = {_erlang(self.vhost)},"
            " Measured = maps:from_list("
            "[{N, P} || {{resource, V, queue, N}, P, _} <- ets:tab2list(queue_metrics), V =:= Vhost]),"
            " [begin {value, {_, {resource, _, _, N}}, I} = lists:keytake(name, 1, Q),"
            " All = I ++ maps:get(N, Measured, []),"
            " #{name => N, messages => proplists:get_value(messages, All, 0),"
            " messages_ready => proplists:get_value(messages_ready, All, 0),"
            " message_bytes => proplists:get_value(message_bytes, All, 0),"
            " consumers => proplists:get_value(consumers, All, 0)} end"
            " || Q <- rabbit_amqqueue:info_all(Vhost, [name, messages, messages_ready, consumers])]"
        )
        return {row["name"]: _depth(row) for row in rows}

    def disk_free_bytes(self) -> int:
        return int(self.node.evaluate("rabbit_disk_monitor:get_disk_free()"))

    def version(self) -> str:
        return str(self.node.evaluate("list_to_binary(rabbit_misc:version())"))


@dataclass(frozen=True, slots=True)
class ManagementAdmin:
    """
    Administration of any RabbitMQ through its management interface.

    url: `https://user:password@host:port`, of a user with the administrator tag; the password never
    shows in an error. ca_file: the authority of the interface's certificate; None means the system's.
    """

    url: str = field(repr=False)
    vhost: str = VHOST
    ca_file: Path | None = None

    def ensure_vhost(self) -> None:
        """The vhost, made when it is missing."""
        self._ask("PUT", f"vhosts/{_quoted(self.vhost)}", {})

    def ensure_user(self, name: str, rights: Rights, *, max_connections: int, max_channels: int) -> None:
        user = _quoted(name)
        self._ask("PUT", f"users/{user}", {"password_hash": "", "tags": ""})
        self._ask(
            "PUT",
            f"permissions/{_quoted(self.vhost)}/{user}",
            {"configure": rights.configure, "write": rights.write, "read": rights.read},
        )
        self._ask("PUT", f"user-limits/{user}/max-connections", {"value": max_connections})
        self._ask("PUT", f"user-limits/{user}/max-channels", {"value": max_channels})

    def delete_user(self, name: str) -> bool:
        there = self._ask("DELETE", f"users/{_quoted(name)}", missing=False) is not False
        if there:
            self.close_connections(name, "user deleted")
        return there

    def close_connections(self, name: str, reason: str) -> int:
        path = f"connections/username/{_quoted(name)}"
        count = len(self._ask("GET", path, missing=[]))
        self._ask("DELETE", path, headers={"X-Reason": reason}, missing=None)
        return count

    def users(self) -> Mapping[str, Rights]:
        rows = self._ask("GET", f"vhosts/{_quoted(self.vhost)}/permissions", missing=[])
        return {row["user"]: _rights(row) for row in rows}

    def settle(self) -> None:
        time.sleep(REGISTERED_SECONDS)  # the interface has no such verb

    def alarms(self) -> tuple[str, ...]:
        # Not /api/nodes: its figures are some seconds old. This one answers 503 when there is an alarm.
        answer = self._ask("GET", "health/checks/alarms", alarmed=True)
        return tuple(sorted({alarm["resource"].split()[0] for alarm in answer.get("alarms", ())}))

    def queue_depths(self) -> Mapping[str, QueueDepth]:
        rows = self._ask("GET", f"queues/{_quoted(self.vhost)}", missing=[])
        return {row["name"]: _depth(row) for row in rows}

    def disk_free_bytes(self) -> int:
        return min((int(node["disk_free"]) for node in self._nodes()), default=0)

    def version(self) -> str:
        return str(self._ask("GET", "overview")["rabbitmq_version"])

    def _nodes(self) -> list[dict[str, Any]]:
        return [node for node in self._ask("GET", "nodes") if node.get("running")]

    def _ask(
        self,
        verb: str,
        path: str,
        body: Mapping[str, object] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        missing: Any = ...,
        alarmed: bool = False,
    ) -> Any:
        """The answer's JSON; *missing* where the thing does not exist. *alarmed*: 503 is an answer too."""
        where, authorization = _address(self.url)
        request = urllib.request.Request(  # noqa: S310  (the scheme was checked with the address)
            f"{where}/api/{path}",
            method=verb,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json", **authorization, **(headers or {})},
        )
        try:
            with self._opener().open(request, timeout=ANSWER_SECONDS) as answer:
                text = answer.read()
        except urllib.error.HTTPError as e:
            if e.code == http.client.NOT_FOUND and missing is not ...:
                return missing
            said = _document(e)
            if alarmed and e.code == http.client.SERVICE_UNAVAILABLE and "alarms" in said:
                return said
            kind = Halt if e.code in (http.client.UNAUTHORIZED, http.client.FORBIDDEN) else BrokerDown
            raise kind(
                "EX-901", where=where, reason=f"{verb} {path}: {e.code} {said.get('reason', e.reason)}"
            ) from e
        except (OSError, http.client.HTTPException) as e:
            raise BrokerDown("EX-901", where=where, reason=getattr(e, "reason", None) or e) from e
        return json.loads(text) if text else None

    def _opener(self) -> urllib.request.OpenerDirector:
        context = ssl.create_default_context(cafile=None if self.ca_file is None else str(self.ca_file))
        # Without the proxies of the environment: the broker is inside, and the password is in the request.
        return urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )


def administration(settings: HubSettings) -> BrokerAdmin | None:
    """The administration of the broker that *settings* name; None where they name none."""
    section = settings.broker_admin
    vhost = urllib.parse.unquote(urllib.parse.urlsplit(settings.broker.urls[0]).path[1:]) or VHOST
    if section.node is not None:
        return PrivateNodeAdmin(PrivateNode(section.node), vhost)
    return ManagementAdmin(settings.broker_admin_url, vhost, section.ca) if section.url else None


def _address(url: str) -> tuple[str, dict[str, str]]:
    """Where the interface is, without the password; and the password as a header."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Halt("EX-901", where=parts.hostname or "?", reason="wanted https://user:password@host:port")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    where = f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "") + parts.path.rstrip("/")
    if parts.username is None:
        return where, {}
    pair = ":".join(urllib.parse.unquote(word or "") for word in (parts.username, parts.password))
    return where, {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}


def _document(error: urllib.error.HTTPError) -> dict[str, Any]:
    """RabbitMQ says more in the body than in the status line."""
    try:
        said = json.loads(error.read())
    except (ValueError, OSError, http.client.HTTPException):
        return {}
    return said if isinstance(said, dict) else {}


def _quoted(name: str) -> str:
    return urllib.parse.quote(name, safe="")


def _erlang(text: str) -> str:
    """An Erlang expression for *text*; in base64, so that no name can become code."""
    return f'base64:decode("{base64.b64encode(text.encode()).decode()}")'


def _close(user: str, reason: str) -> str:
    """Closes a user's connections; the expression's value is how many there were."""
    return (
        f"begin Open = length(rabbit_connection_tracking:list_of_user({user})),"
        f" rabbit_networking:close_all_user_connections({user}, {_erlang(reason)}), Open end"
    )


def _rights(row: Mapping[str, str]) -> Rights:
    return Rights(configure=row["configure"], write=row["write"], read=row["read"])


def _depth(row: Mapping[str, int]) -> QueueDepth:
    """A queue that is just starting has no figures yet."""
    return QueueDepth(
        messages=row.get("messages", 0),
        ready=row.get("messages_ready", 0),
        size_bytes=row.get("message_bytes", 0),
        consumers=row.get("consumers", 0),
    )
