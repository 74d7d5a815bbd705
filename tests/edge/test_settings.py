# SPDX-License-Identifier: Apache-2.0
"""The hub's and a daemon's settings: defaults, limits, and no secret among them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from exchange.edge.settings import AdapterSettings, HubSettings, load_adapter, load_hub
from exchange.edge.settings_text import adapter_file, hub_file, reference
from exchange.errors import ConfigInvalid
from exchange.model.limits import LIMITS, SEGMENT_BYTES

HUB = '[broker]\nurls = ["amqps://127.0.0.1:5671/govbus"]\nca = "trust/broker.pem"\n'
ADAPTER = (
    '[participant]\nid = "440500.finance"\n'
    + HUB
    + '[applications.files]\nadapter = "directory"\n'
    + '[applications.files.settings]\nfolder = "files"\ncount = 2\n'
)


def hub(folder: Path, text: str = "", **environment: str) -> HubSettings:
    (folder / "hub.toml").write_text(HUB + text, encoding="utf-8")
    return load_hub(folder / "hub.toml", environment)


def adapter(folder: Path, text: str = "", **environment: str) -> AdapterSettings:
    (folder / "adapter.toml").write_text(ADAPTER + text, encoding="utf-8")
    return load_adapter(folder / "adapter.toml", environment)


def test_a_hub_needs_a_broker_and_nothing_else(tmp_path: Path) -> None:
    settings = hub(tmp_path)
    assert settings.limits == LIMITS
    assert settings.database_url == str(tmp_path / "hub.sqlite")
    assert settings.hub.keys == tmp_path / "keys"
    assert settings.trust.anchors == tmp_path / "trust" / "anchors.pem"
    assert settings.health.address is None
    assert settings.file == tmp_path / "hub.toml"


def test_an_adapter_needs_an_id_and_a_broker(tmp_path: Path) -> None:
    settings = adapter(tmp_path)
    assert settings.participant.id == "440500.finance"
    assert settings.broker.certificate == settings.broker.key == tmp_path / "keys" / "identity.pem"
    assert settings.stores.folder == tmp_path / "stores"
    assert settings.sending.segment_bytes == SEGMENT_BYTES
    assert settings.applications["files"].adapter == "directory"


def test_an_application_says_what_it_reads_also_by_type(tmp_path: Path) -> None:
    more = '[applications.archive]\nadapter = "directory"\naccepts = ["pdf"]\nallow_lossy = true\n'
    by_type = '[applications.archive.accepts_by_type]\n"document.official.v1" = ["ofd", "application/pdf"]\n'
    archive = adapter(tmp_path, more + by_type).applications["archive"]
    assert archive.accepts == ("pdf",)
    assert archive.accepts_by_type == {"document.official.v1": ("ofd", "application/pdf")}
    assert archive.allow_lossy


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ('accepts = ["pfd"]\n', 13, "pfd is no format"),
        ('accepts_by_type = { "document.official.v1" = ["pfd"] }\n', 13, "pfd is no format"),
        ('accepts_by_type = { "official" = ["pdf"] }\n', 13, "document.official.v1"),
    ],
)
def test_what_is_no_format_or_type_is_named_by_line(
    tmp_path: Path, text: str, line: int, reason: str
) -> None:
    with pytest.raises(ConfigInvalid) as raised:
        adapter(tmp_path, '[applications.archive]\nadapter = "directory"\n' + text)
    assert raised.value.values["line"] == line
    assert reason in raised.value.text()


@pytest.mark.parametrize("name", ["most_lost", "most_different"])
@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_what_an_application_bears_is_a_share(tmp_path: Path, name: str, share: float) -> None:
    text = f'[applications.archive]\nadapter = "directory"\n{name} = '
    assert getattr(adapter(tmp_path, text + "0.5\n").applications["archive"], name) == 0.5
    with pytest.raises(ConfigInvalid, match=name):
        adapter(tmp_path, text + f"{share}\n")


def test_conversion_has_at_least_one_worker(tmp_path: Path) -> None:
    assert adapter(tmp_path).conversion.workers == 2
    with pytest.raises(ConfigInvalid, match="workers"):
        adapter(tmp_path, "[conversion]\nworkers = 0\n")


def test_converters_get_their_sections_as_plain_values(tmp_path: Path) -> None:
    looks = {"measure": True}
    assert adapter(tmp_path).conversion.sections == {"ceb": {}, "seals": {}, "records": {}, "looks": looks}
    command = '["/opt/x", "{source}", "{target}"]'
    text = f'[conversion.ceb]\ncommand = {command}\nkey = "ceb.key"\n[conversion.seals]\nanchors = "ca.pem"\n'
    text += '[conversion.records]\nmappings = ["a.toml", "b.toml"]\n'
    text = "[conversion]\nmeasure = false\n" + text
    assert adapter(tmp_path, text).conversion.sections == {
        "ceb": {"command": ["/opt/x", "{source}", "{target}"], "key": str(tmp_path / "ceb.key")},
        "seals": {"anchors": str(tmp_path / "ca.pem")},
        "records": {"mappings": [str(tmp_path / "a.toml"), str(tmp_path / "b.toml")]},
        "looks": {"measure": False},
    }


def test_an_external_converter_is_told_both_files(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match=r"conversion.ceb.command: .*\{source\} and \{target\}"):
        adapter(tmp_path, '[conversion.ceb]\ncommand = ["/opt/x", "{source}"]\n')


def test_limits_can_be_lowered(tmp_path: Path) -> None:
    settings = hub(tmp_path, "[limits]\nexpress_segments = 16\n")
    assert settings.limits.express_segments == 16
    assert settings.limits.document == LIMITS.document


def test_health_is_served_where_it_says(tmp_path: Path) -> None:
    assert hub(tmp_path, '[health]\nlisten = "127.0.0.1:9464"\n').health.address == ("127.0.0.1", 9464)
    assert hub(tmp_path, '[health]\nlisten = "[::1]:9464"\n').health.address == ("::1", 9464)


BAD_HUB = {
    "no broker": ("[broker]\nurls = []\nca = 'x'\n", 2, "broker.urls"),
    "a broker that is none": ("[broker]\nurls = ['127.0.0.1']\nca = 'x'\n", 2, "broker.urls"),
    "a password in the broker's address": (
        "[broker]\nurls = ['amqps://u:p@h/v']\nca = 'x'\n", 2, "broker.urls"
    ),
    "a password in the database's": (HUB + "[database]\nurl = 'postgresql://u:p@h/d'\n", 5, "database.url"),
    "a password in the administration's": (
        HUB + "[broker_admin]\nurl = 'https://u:p@h:15671'\n", 5, "broker_admin.url"
    ),
    "two ways of administration": (
        HUB + "[broker_admin]\nnode = 'n'\nurl = 'https://u@h:15671'\n", 6, "broker_admin.url"
    ),
    "an address of the health page that is none": (HUB + "[health]\nlisten = '9464'\n", 5, "health.listen"),
    "a retention of nothing": (HUB + "[retention]\nmessages_days = 0\n", 5, "retention.messages_days"),
    "a watch that never waits": (HUB + "[watch]\nresend_seconds = 0\n", 5, "watch.resend_seconds"),
    "a suite that is not known": (HUB + "[hub]\nsuite = 'rot-13'\n", 5, "hub.suite"),
}  # fmt: skip


@pytest.mark.parametrize("defect", BAD_HUB)
def test_a_hub_is_refused_that_has(defect: str, tmp_path: Path) -> None:
    text, line, key = BAD_HUB[defect]
    (tmp_path / "hub.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigInvalid) as caught:
        load_hub(tmp_path / "hub.toml", {})
    assert (caught.value.values["line"], caught.value.values["key"]) == (line, key)
    assert "u:p@" not in str(caught.value)


BAD_ADAPTER = {
    "an id that is none": (ADAPTER.replace("440500.", ""), "participant.id"),
    "an application name that is none": (ADAPTER.replace(".files", ".Files"), "applications.Files"),
    "segments that are too small": (ADAPTER + "[sending]\nsegment_bytes = 100\n", "sending.segment_bytes"),
    "messages that live for ever": (
        ADAPTER + "[sending]\nexpires_after_seconds = 1e9\n", "sending.expires_after_seconds"
    ),
    "a breathless poll": (ADAPTER + "[sending]\npoll_seconds = 0\n", "sending.poll_seconds"),
    "a spool smaller than a segment": (ADAPTER + "[stores]\nspool_bytes = 1\n", "stores.spool_bytes"),
    "a negative threshold": (
        ADAPTER + "[stores]\ndisk_threshold_bytes = -1\n", "stores.disk_threshold_bytes"
    ),
}  # fmt: skip


@pytest.mark.parametrize("defect", BAD_ADAPTER)
def test_an_adapter_is_refused_that_has(defect: str, tmp_path: Path) -> None:
    text, key = BAD_ADAPTER[defect]
    (tmp_path / "adapter.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigInvalid) as caught:
        load_adapter(tmp_path / "adapter.toml", {})
    assert caught.value.values["key"] == key


@pytest.mark.parametrize(
    ("load", "text", "what"),
    [
        (load_hub, ADAPTER, "a department's settings file, wanted the hub's"),
        (load_adapter, "[hub]\n" + HUB, "the hub's settings file, wanted a department's"),
        (load_hub, "[tool]\nx = 1\n", "no settings file of govbus"),
        (load_adapter, "[tool]\nx = 1\n", "no settings file of govbus"),
    ],
    ids=["a department's for the hub's", "the hub's for a department's", "neither", "neither again"],
)
def test_a_file_of_another_kind_is_called_what_it_is(
    load: Callable[[Path, Mapping[str, str]], object], text: str, what: str, tmp_path: Path
) -> None:
    (tmp_path / "x.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigInvalid) as caught:
        load(tmp_path / "x.toml", {})
    assert (caught.value.code, what in caught.value.text()) == ("EX-903", True)


def test_a_complaint_is_said_in_chinese_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        hub(tmp_path, "[hub]\nkey = 'x'\n")
    assert "第 5 行 hub.key：没有此配置项；是否应为 keys？" in caught.value.text("zh")


# ---- passwords


def test_passwords_come_from_files_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("a/b c@d\n", encoding="utf-8")
    settings = hub(
        tmp_path,
        "[database]\nurl = 'postgresql+psycopg://govbus@db:5432/hub'\npassword_file = 'secret'\n"
        "[broker_admin]\nurl = 'https://root@mq:15671'\npassword_file = 'secret'\n",
    )
    url = make_url(settings.database_url)
    assert (url.password, url.host, url.database) == ("a/b c@d", "db", "hub")
    assert settings.broker_admin_url == "https://root:a%2Fb%20c%40d@mq:15671"


def test_a_missing_password_file_is_named(tmp_path: Path) -> None:
    settings = hub(tmp_path, "[database]\nurl = 'postgresql://u@h/d'\npassword_file = 'gone'\n")
    with pytest.raises(ConfigInvalid, match=r"EX-904.*gone"):
        settings.database_url  # noqa: B018


def test_a_url_without_a_password_stays_as_it_is(tmp_path: Path) -> None:
    assert hub(tmp_path, "[database]\nurl = 'postgresql://u@h/d'\n").database_url == "postgresql://u@h/d"


def test_a_plain_path_is_a_database_beside_the_file(tmp_path: Path) -> None:
    assert hub(tmp_path, "[database]\nurl = 'data/it.db'\n").database_url == str(tmp_path / "data/it.db")


# ---- an adapter's own settings


@dataclass(frozen=True)
class Own:
    """As an integrator writes them."""

    folder: Path
    count: int = 1


def test_an_adapter_s_own_settings_are_made_of_its_section(tmp_path: Path) -> None:
    assert adapter(tmp_path).typed("files", Own) == Own(tmp_path / "files", 2)


def test_what_does_not_fit_them_is_named_by_line(tmp_path: Path) -> None:
    settings = adapter(tmp_path, "colour = 'red'\n")
    with pytest.raises(ConfigInvalid) as caught:
        settings.typed("files", Own)
    assert caught.value.values["line"] == 11
    assert caught.value.values["key"] == "applications.files.settings.colour"


# ---- files and page


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_files_that_are_written_are_read_back(lang: str, tmp_path: Path) -> None:
    broker = {"urls": ("amqps://h:5671/govbus",), "ca": "trust/broker.pem"}
    (tmp_path / "hub.toml").write_text(hub_file({"broker": broker}, lang), encoding="utf-8")
    assert load_hub(tmp_path / "hub.toml", {}) == hub_with(tmp_path, broker["urls"])
    own = {
        "folder": tmp_path / '财政 "files"',
        "type": "document.file.v1",
        "to": (),
        "map": {"a": 1},
        "on": True,
    }
    text = adapter_file(
        {"participant": {"id": "440500.finance"}, "broker": broker},
        {"files": {"adapter": "directory", "settings": own}},
        lang,
    )
    (tmp_path / "adapter.toml").write_text(text, encoding="utf-8")
    settings = load_adapter(tmp_path / "adapter.toml", {})
    assert settings.applications["files"].settings == {**own, "folder": str(own["folder"]), "to": []}


def hub_with(folder: Path, urls: object) -> HubSettings:
    settings = hub(folder, GOVBUS_BROKER_URLS="amqps://h:5671/govbus")
    assert settings.broker.urls == urls
    return settings


DEFAULT = re.compile(r"(?:# )?(?:\[.*\]|[a-z_]+ = .+)")


@pytest.mark.parametrize("text", [hub_file({}, "en"), adapter_file({}, {}, "en")], ids=["hub", "adapter"])
def test_what_is_commented_out_is_the_default(text: str, tmp_path: Path) -> None:
    shown = [line.removeprefix("# ") for line in text.splitlines() if DEFAULT.fullmatch(line)]
    needed = '[broker]\nurls = ["amqps://h:1/v"]\nca = "x"\n'
    bare = "\n".join(shown).replace("[broker]", needed)
    if "[participant]" in bare:
        bare = bare.replace("[participant]", '[participant]\nid = "440500.finance"')
        least = '[participant]\nid = "440500.finance"\n' + needed
        assert loaded(load_adapter, tmp_path, bare) == loaded(load_adapter, tmp_path, least)
    else:
        assert loaded(load_hub, tmp_path, bare) == loaded(load_hub, tmp_path, needed)


def loaded(load: Callable[[Path, Mapping[str, str]], object], folder: Path, text: str) -> object:
    (folder / "it.toml").write_text(text, encoding="utf-8")
    return load(folder / "it.toml", {})


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_lists_every_key(lang: str) -> None:
    page = reference(lang)
    for key in ("`urls`", "`express_segments`", "`segment_bytes`", "`accepts`", "`password_file`"):
        assert key in page
    assert "`GOVBUS_APPLICATIONS_NAME_ADAPTER`" in page


def test_the_page_in_the_docs_is_the_current_one() -> None:
    page = Path(__file__).parents[2] / "docs" / "reference" / "settings.md"
    assert page.read_text(encoding="utf-8") == reference("en"), "run: python -m docs.settings_page"
