# SPDX-License-Identifier: Apache-2.0
"""
What English says otherwise of one thing: `KEY.one`. Chinese says it alike, and is taken from the sentence.
"""

from __future__ import annotations

from exchange.texts import adapter, checkup, directory, enroll, route

_ONE = {
    "check.certificates.good": "{count} certificate, which does not end soon",
    "check.revocations.good": "{count} list, which is not stale",
    "check.logins.good": "{count} user with the rights it should have",
    "check.participants.good": "{count} takes part, and is not suspended",
    "check.participants.suspended": "{count} is enrolled; suspended: {names}",
    "check.hub.good": "runs: {consumers} worker takes from each of its queues",
    "check.hub.stopped": "no hub runs: nobody takes from its queues, {count} document waits there",
    "check.hub.starting": "a hub starts or has just ended: nobody takes from its queues yet, "
    "{count} document waits there",
    "check.hub.partly": "nobody takes from {names}, where {count} document waits",
    "check.topology.missing": "{count} queue is missing on the broker: {names}",
    "check.deliveries.suspended": "{count} delivery waits for {who}, which is suspended, since {since}",
    "check.deliveries.absent": "{count} delivery waits for {who} since {since}: its daemon is not connected",
    "check.deliveries.unanswered": "{count} delivery to {who} is not answered since {since}; its daemon is "
    "connected",
    "check.dead.untaken": "{count} of {who} that was not taken in the last 24 hours, at {newest}: {reason}",
    "check.dead.own": "{count} of {who}'s own documents could not be taken in the last 24 hours, at "
    "{newest}: {reason}",
    "check.queues.good": "reachable, {count} message waits in our queues",
    "check.queues.waiting": "{count} message waits in our queues for the daemon, which does not run",
    "check.queues.untaken": "the daemon runs, but nobody takes from our queues; {count} message waits there",
    "check.outbox.stuck": "{count} message has not reached the hub since {since}",
    "check.outbox.held": "{who} is full or absent: {count} message waits for it since {since}",
    "check.outbox.unaccepted": "the hub has neither accepted nor refused {count} message that its queue has "
    "since {since}",
    "check.outbox.half": "{count} half copy without a message, {size}, {folder}: of a process that was "
    "killed, or that copies right now",
    "check.outbox.silent": "the hub has given no sign since {since}, when {count} message left for it",
    "check.outbox.overdue": "{count} message is past its deadline without a final answer, since {since}",
    "check.outbox.unanswered": "{count} message is not answered by its receivers since {since}",
    "check.inbox.owed": "{count} receipt of ours has not reached the broker since {since}",
    "hot-folder.has-failed": "{count} file lies in {folder}, with its reason beside it in a .reason.txt: "
    "correct it and put it into out/ again, or take it away",
    "enroll.received": "the grant is for {participant}, its directory lists {count} participant",
    "route.in-force": "version {version} is in force, {rules} rule: {added} added, {removed} removed, "
    "{changed} changed{order}",
}

_SENTENCES = {**adapter.TEXTS, **checkup.TEXTS, **directory.TEXTS, **enroll.TEXTS, **route.TEXTS}

TEXTS: dict[str, tuple[str, str]] = {f"{key}.one": (one, _SENTENCES[key][1]) for key, one in _ONE.items()}
