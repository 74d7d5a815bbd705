# SPDX-License-Identifier: Apache-2.0
"""The commands say what is so, name what is wrong, and exit as they should."""

from __future__ import annotations

import base64
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from cli.ledger import ledger
from exchange.edge import keystore
from exchange.edge.anchors import read_certificate, to_pem
from exchange.edge.authority import Authority
from exchange.edge.registry import Registry
from exchange.errors import ConfigInvalid, NotFound
from exchange.model.digest import Digest
from exchange.model.directory import Participant
from exchange.model.ledger_audit import FlawKind
from exchange.model.ledger_head import LedgerHead, SignedHead
from exchange.model.merkle import verify_inclusion
from exchange.model.receipt import HUB
from exchange.texts import LANGUAGES, say
from tests.ledgers import Desk, receipts

NOW = datetime.now(UTC)

CONFIGURATION = """
[broker]
urls = ["amqps://localhost:5671/govbus"]
ca = "trust/anchors.pem"
"""


class HubFolder:
    """What `hub init` leaves: configuration, keys, anchors, a registry that lists the hub; and a ledger."""

    def __init__(self, folder: Path) -> None:
        self.config = folder / "hub.toml"
        self.database = folder / "hub.sqlite"
        self.config.write_text(CONFIGURATION)
        self._authority = Authority.make(folder / "authority", "a small authority", at=NOW)
        (folder / "trust").mkdir()
        (folder / "trust" / "anchors.pem").write_bytes(to_pem([self._authority.certificate]))
        self._keys = folder / "keys"
        self.desk = Desk(str(self.database))
        self._registry = Registry(self.desk.engine, lambda: NOW)
        self._registry.create()
        self.renew()

    def renew(self) -> None:
        """Give the hub a new key and certificate; what the old one signed stays."""
        keystore.make_folder(self._keys)
        key = keystore.make_signing_key(self._keys)
        certificate = self._authority.issue(key.public_key(), HUB, at=NOW)
        keystore.install(self._keys, [certificate])
        listed = (read_certificate(certificate),)
        self._registry.enrol(Participant(HUB, "the hub", "", "intl-1", listed))

    def sign(self) -> SignedHead:
        signer = keystore.load_signer(self._keys)
        size = self.desk.ledger.size()
        head = LedgerHead(size, self.desk.ledger.root(size), NOW + timedelta(seconds=size))
        signed = SignedHead(head, signer.sign(head.to_bytes()), signer.certificate)
        self.desk.ledger.publish(self.desk.fence, signed)
        return signed

    def forge(self, statement: str) -> None:
        with closing(sqlite3.connect(self.database, isolation_level=None)) as raw:
            raw.execute(statement)

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(ledger, [*arguments, "--config", str(self.config)])


@pytest.fixture
def hub(tmp_path: Path) -> HubFolder:
    """A hub whose ledger has 20 entries with heads at 10 and 20."""
    hub = HubFolder(tmp_path)
    for _ in range(2):
        hub.desk.grow(10)
        hub.sign()
    return hub


# ---- verify


def test_verify_says_that_a_sound_ledger_is_sound(hub: HubFolder):
    result = hub.run("verify")
    assert (result.exit_code, result.exception) == (0, None)
    assert say("ledger.sound", entries=20, start=0, held=20) in result.stdout


def test_verify_says_how_many_entries_are_under_no_head_yet(hub: HubFolder):
    hub.desk.grow(3)
    result = hub.run("verify")
    assert result.exit_code == 0
    assert say("ledger.unsigned", count=3) in result.stdout


def test_verify_names_the_entry_that_was_altered_and_exits_1(hub: HubFolder):
    hub.forge("UPDATE ledger_entry SET body = x'00' WHERE id = 14")
    result = hub.run("verify")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        say("ledger.flaw.entry-altered", number=13),
        say("ledger.unsound", flaws=1, entries=20),
    ]


def test_verify_as_json_is_one_document_and_nothing_else(hub: HubFolder):
    hub.forge("UPDATE ledger_entry SET body = x'00' WHERE id = 14")
    result = hub.run("verify", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "sound": False,
        "start": 0,
        "size": 20,
        "held": 20,
        "flaw_count": 1,
        "flaws": [
            {
                "kind": "entry-altered",
                "number": 13,
                "first": 13,
                "last": 13,
                "text": say("ledger.flaw.entry-altered", number=13),
            }
        ],
    }


def test_verify_shows_its_progress_on_standard_error(hub: HubFolder):
    result = hub.run("verify", "--json")
    assert say("ledger.verifying") in result.stderr
    assert json.loads(result.stdout)["sound"] is True


def test_verify_shows_the_first_hundred_flaws_and_counts_the_rest(hub: HubFolder):
    hub.desk.grow(200)
    hub.forge("UPDATE ledger_entry SET body = x'00'")
    result = hub.run("verify")
    assert result.exit_code == 1
    assert result.stdout.count("what it says is not what was recorded") == 100
    assert say("ledger.more", count=120) in result.stdout
    assert say("ledger.unsound", flaws=220, entries=220) in result.stdout


def test_verify_goes_on_from_the_last_clean_incremental_run(hub: HubFolder):
    assert hub.run("verify", "--incremental").exit_code == 0
    hub.desk.grow(2)
    found = json.loads(hub.run("verify", "--incremental", "--json").stdout)
    assert (found["start"], found["size"]) == (20, 22)


def test_a_run_that_found_something_is_not_gone_on_from(hub: HubFolder):
    hub.forge("UPDATE ledger_entry SET body = x'00' WHERE id = 14")
    assert hub.run("verify", "--incremental").exit_code == 1
    assert hub.run("verify", "--incremental").exit_code == 1


def test_heads_from_before_a_renewal_of_the_hubs_key_still_hold(hub: HubFolder):
    hub.renew()
    hub.desk.grow(1)
    hub.sign()
    assert hub.run("verify").exit_code == 0


def test_a_head_by_a_key_that_is_not_the_hubs_is_named(hub: HubFolder):
    hub.desk.grow(1)
    hub.desk.sign()
    result = hub.run("verify")
    assert result.exit_code == 1
    assert say("ledger.flaw.head-signature", number=21) in result.stdout


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("kind", FlawKind)
def test_every_kind_of_flaw_has_its_sentence(kind: FlawKind, lang: str):
    sentence = say(f"ledger.flaw.{kind.value}", lang, number=1, first=2, last=3)
    assert "<" not in sentence


def test_what_is_said_is_said_in_the_language_that_was_asked_for(hub: HubFolder):
    @click.group
    @click.option("--lang")
    def govbus(lang: str) -> None:
        pass

    govbus.add_command(ledger)
    result = CliRunner().invoke(govbus, ["--lang", "zh", "ledger", "verify", "--config", str(hub.config)])
    assert say("ledger.sound", "zh", entries=20, start=0, held=20) in result.stdout


def test_a_configuration_that_is_not_there_is_named(tmp_path: Path):
    result = CliRunner().invoke(ledger, ["verify", "--config", str(tmp_path / "none.toml")])
    assert isinstance(result.exception, ConfigInvalid)


# ---- head


def test_head_shows_the_latest_signed_head(hub: HubFolder):
    signed = hub.desk.ledger.head()
    assert signed is not None
    hub.desk.enter(*receipts(2))
    result = hub.run("head", "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert (found["size"], found["verified"], found["waiting"]) == (20, True, 2)
    assert Digest.parse(found["root"]) == signed.root
    assert base64.b64decode(found["signature"]) == signed.signature


def test_head_tells_people_the_time_with_its_offset(hub: HubFolder):
    result = hub.run("head")
    assert result.exit_code == 0
    local = (NOW + timedelta(seconds=20)).astimezone().isoformat(" ", "milliseconds")
    assert f"{say('ledger.field.at')}: {local}" in result.stdout
    assert f"{say('ledger.field.verified')}: {say('ledger.yes')}" in result.stdout


def test_a_head_that_was_altered_is_shown_as_such_and_exits_1(hub: HubFolder):
    hub.forge("UPDATE ledger_head SET at = at + 1 WHERE size = 20")
    result = hub.run("head")
    assert result.exit_code == 1
    assert f"{say('ledger.field.verified')}: {say('ledger.no')}" in result.stdout


def test_without_a_head_the_answer_is_no(tmp_path: Path):
    result = HubFolder(tmp_path).run("head")
    assert isinstance(result.exception, NotFound)
    assert result.exception.exit_code == 1


# ---- proof


def test_proof_of_a_number_can_be_checked_without_the_ledger(hub: HubFolder):
    result = hub.run("proof", "13", "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    (proof,) = found["proofs"]
    assert base64.b64decode(proof["body"]) == b"body 13"
    assert verify_inclusion(
        bytes.fromhex(proof["leaf"]),
        proof["number"],
        size=found["head"]["size"],
        path=[bytes.fromhex(each) for each in proof["path"]],
        root=Digest.parse(found["head"]["root"]),
    )


def test_proof_of_a_message_proves_all_that_is_recorded_about_it(hub: HubFolder):
    found = json.loads(hub.run("proof", "message-6", "--json").stdout)
    assert [each["number"] for each in found["proofs"]] == [12, 13]
    assert all(each["verified"] for each in found["proofs"])


def test_proof_can_be_had_under_an_earlier_head(hub: HubFolder):
    found = json.loads(hub.run("proof", "3", "--size", "10", "--json").stdout)
    assert found["head"]["size"] == 10
    assert found["proofs"][0]["verified"] is True


def test_proof_tells_people_what_it_proves(hub: HubFolder):
    result = hub.run("proof", "13")
    assert result.exit_code == 0
    assert f"{say('ledger.field.subject')}: message-6" in result.stdout
    assert result.stdout.count(say("ledger.field.verified")) == 2


def test_what_is_under_no_head_yet_is_said_and_exits_1(hub: HubFolder):
    hub.desk.grow(2)
    result = hub.run("proof", "21")
    assert result.exit_code == 1
    assert say("ledger.uncovered", number=21) in result.stderr


def test_proof_of_an_altered_entry_does_not_hold(hub: HubFolder):
    hub.forge("UPDATE ledger_entry SET body = x'00' WHERE id = 14")
    result = hub.run("proof", "13", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["proofs"][0]["verified"] is False


@pytest.mark.parametrize("arguments", [["99"], ["message-99"], ["3", "--size", "11"]])
def test_what_is_not_there_has_no_proof(hub: HubFolder, arguments: list[str]):
    result = hub.run("proof", *arguments)
    assert isinstance(result.exception, NotFound)
    assert result.exception.exit_code == 1
