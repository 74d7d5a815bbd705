# SPDX-License-Identifier: Apache-2.0
"""
How rules, versions of the routing table and their differences are shown, to people and to programs.

Owns the wording; which rules are shown is the business of `cli.route`.
"""

from __future__ import annotations

from cli.context import local, show, show_json, show_table, tell, words
from exchange.edge.routing_store import Version
from exchange.model import instant
from exchange.model.decision import Decision, Query
from exchange.model.route import Rule
from exchange.model.route_difference import Change, ChangeKind, Difference
from exchange.model.route_explanation import delivery_documents
from exchange.model.route_simulation import Shift
from exchange.texts import Phrase

_SIGNS = {ChangeKind.ADDED: "+", ChangeKind.REMOVED: "-", ChangeKind.CHANGED: "~"}


def told_import(found: Difference, version: Version | None, *, as_json: bool) -> None:
    """What an import has changed, or would change where there is no *version*."""
    facts = difference_facts(found)
    if as_json:
        show_json({"version": None if version is None else version.number, **facts})
        return
    if version is None:
        show("route.would-change", **counts(found))
    else:
        show("route.in-force", version=version.number, rules=version.rules, **counts(found))
    show_changes(found)


def counts(found: Difference) -> dict[str, object]:
    """How much a difference is, to fill a sentence."""
    order = Phrase("route.order.changed" if found.reordered else "route.order.kept")
    return {"added": found.added, "removed": found.removed, "changed": found.changed, "order": order}


def show_changes(found: Difference) -> None:
    """Each change in a line; at the end how many were left out."""
    for change in found.changes:
        show("route.change", sign=_SIGNS[change.kind], id=change.id, what=_what_changed(change))
    more = found.added + found.removed + found.changed - len(found.changes)
    if more:
        tell("route.more-changes", more=more)


def _what_changed(change: Change) -> str:
    """For a changed rule its fields before and after; else the rule in short."""
    if change.before is None or change.after is None:
        rule = change.before or change.after
        assert rule is not None  # there is no change without a rule
        return "  ".join(filter(None, cells(rule)[1:]))
    before, after = _flat(change.before), _flat(change.after)
    return "; ".join(
        f"{words(f'route.column.{name}')}: {before[name] or '-'} -> {after[name] or '-'}"
        for name in before
        if before[name] != after[name]
    )


def show_rule(rule: Rule) -> None:
    """One rule, field by field."""
    rows = [(words(f"route.column.{name}"), value) for name, value in _flat(rule).items() if value]
    show_table([words("route.column.id"), rule.id], rows)


def cells(rule: Rule) -> list[str]:
    """A rule in a line of a table."""
    flat = _flat(rule)
    terms = [flat[name] for name in ("deadline-seconds", "grant") if flat[name]]
    if flat["valid-from"] or flat["valid-until"]:
        terms.append(f"{flat['valid-from']} … {flat['valid-until']}")
    if flat["priority-floor"]:
        terms.append(f">= {flat['priority-floor']}")
    if flat["priority-ceiling"]:
        terms.append(f"<= {flat['priority-ceiling']}")
    if not rule.enabled:
        terms.append(words("route.disabled"))
    deliver = f"-> {rule.gateway}" if rule.gateway else flat["deliver"]
    return [rule.id, rule.type, rule.sender, rule.to, flat["attributes"], deliver, ", ".join(terms)]


def _flat(rule: Rule) -> dict[str, str]:
    """What a person reads of *rule*, by column; "" where it says nothing."""
    return {
        "type": rule.type,
        "from": rule.sender,
        "to": rule.to,
        "attributes": "; ".join(f"{name}={value}" for name, value in rule.attributes),
        "deliver": words("route.as-addressed") if rule.is_addressed else " ".join(map(str, rule.deliver)),
        "gateway": rule.gateway or "",
        "priority-floor": rule.priority_floor.value if rule.priority_floor else "",
        "priority-ceiling": rule.priority_ceiling.value if rule.priority_ceiling else "",
        "deadline-seconds": "" if rule.deadline_seconds is None else f"{rule.deadline_seconds} s",
        "grant": rule.grant or "",
        "enabled": words("route.yes" if rule.enabled else "route.no"),
        "valid-from": local(rule.valid_from) if rule.valid_from else "",
        "valid-until": local(rule.valid_until) if rule.valid_until else "",
        "comment": rule.comment,
    }


def searched(rule: Rule) -> str:
    """All of a rule that a person may look for."""
    receivers = " ".join(map(str, rule.deliver))
    return f"{rule.id} {rule.type} {rule.sender} {rule.to} {receivers} {rule.gateway} {rule.comment}"


def asked(query: Query) -> str:
    """A question in short."""
    to = ", ".join(map(str, query.to)) or "*"
    tests = "".join(f" {name}={value}" for name, value in query.attributes.items())
    return f"{query.type} {query.sender} -> {to}{tests}"


def went(decision: Decision | None) -> object:
    """Where a message goes, to fill a sentence."""
    if decision is None:
        return Phrase("route.refused")
    return ", ".join(f"{to} ({rule})" for to, rule in zip(decision.deliveries, decision.rules, strict=True))


# ---- facts for programs


def facts(rule: Rule) -> dict[str, object]:
    """A rule as JSON has it."""
    return {
        "id": rule.id,
        "type": rule.type,
        "from": rule.sender,
        "to": rule.to,
        "attributes": dict(rule.attributes),
        "addressed": rule.is_addressed,
        "deliver": [str(address) for address in rule.deliver],
        "gateway": rule.gateway,
        "priority_floor": rule.priority_floor.value if rule.priority_floor else None,
        "priority_ceiling": rule.priority_ceiling.value if rule.priority_ceiling else None,
        "deadline_seconds": rule.deadline_seconds,
        "grant": rule.grant,
        "enabled": rule.enabled,
        "valid_from": instant.spell(rule.valid_from) if rule.valid_from else None,
        "valid_until": instant.spell(rule.valid_until) if rule.valid_until else None,
        "comment": rule.comment,
    }


def version_facts(version: Version) -> dict[str, object]:
    """A version as JSON has it."""
    return {
        "version": version.number,
        "author": version.author,
        "at": instant.spell(version.at),
        "comment": version.comment,
        "digest": str(version.digest),
        "rules": version.rules,
    }


def difference_facts(found: Difference) -> dict[str, object]:
    """A difference as JSON has it."""
    return {
        "added": found.added,
        "removed": found.removed,
        "changed": found.changed,
        "reordered": found.reordered,
        "changes": [
            {
                "kind": change.kind.value,
                "id": change.id,
                "before": facts(change.before) if change.before else None,
                "after": facts(change.after) if change.after else None,
            }
            for change in found.changes
        ],
    }


def shift_facts(shift: Shift) -> dict[str, object]:
    """One shift of a simulation as JSON has it."""
    query = shift.query
    return {
        "kind": shift.kind.value,
        "type": query.type,
        "from": str(query.sender),
        "to": [str(address) for address in query.to],
        "attributes": dict(query.attributes),
        "before": delivery_documents(shift.before) if shift.before else None,
        "after": delivery_documents(shift.after) if shift.after else None,
    }
