# SPDX-License-Identifier: Apache-2.0
"""docs/how-to/hot-folder.md says what is so."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import tomllib
from pathlib import Path

from adapters.directory.manifest import read_manifest
from adapters.directory.settings import IGNORED, Settings
from exchange.edge.configuration import Source, fill
from tests.adapters.hot_folders import delivery, opened, receipt
from tests.pages import DOCS, blocks

PAGE = "how-to/hot-folder.md"


def test_the_configuration_shown_is_a_right_one() -> None:
    text = blocks(PAGE, "toml")[0]
    application = tomllib.loads(text)["applications"]["files"]
    settings = fill(Settings, application["settings"], Source(Path("adapter.toml"), text))
    assert application["adapter"] == "directory"
    assert settings.folder == Path("/srv/govbus/files")
    assert settings.folders == {"公文": "document.official.v1"}


def test_the_two_manifests_shown_say_the_same() -> None:
    toml = read_manifest(blocks(PAGE, "toml")[1].encode(), name="report.docx.govbus.toml")
    xml = read_manifest(blocks(PAGE, "xml")[0].encode(), name="report.docx.govbus.xml")
    assert toml == xml
    assert toml.attachments == ("附件1.xlsx", "附件2.xlsx")


def test_the_commands_shown_put_a_file_in_that_is_taken(tmp_path: Path) -> None:
    with opened(tmp_path / "files") as hot:
        (tmp_path / "report.docx").write_text("hello")
        subprocess.run(["sh", "-eu", "-c", blocks(PAGE, "sh")[0]], cwd=tmp_path, check=True)
        assert [each.parts[0].name for each in hot.look(2)] == ["report.docx"]


def test_every_setting_is_explained_with_its_default() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (.+?) \| .+ \|$", (DOCS / PAGE).read_text(), re.MULTILINE)
    assert dict(rows) == {field.name: default(field) for field in dataclasses.fields(Settings)}


def default(field: dataclasses.Field[object]) -> str:
    if field.default is not dataclasses.MISSING:
        return f"`{json.dumps(field.default)}`"
    return "needed" if field.default_factory is dataclasses.MISSING else "none"


def test_everything_that_is_ignored_is_listed() -> None:
    text = (DOCS / PAGE).read_text().lower()
    assert [pattern for pattern in IGNORED if pattern != ".*" and f"`{pattern}`" not in text] == []


def test_the_folders_listed_are_those_that_are_made(tmp_path: Path) -> None:
    listed = set(re.findall(r"^\| `([\w.]+)/` \|", (DOCS / PAGE).read_text(), re.MULTILINE))
    with opened(tmp_path / "hot") as hot:
        assert listed == {path.name for path in hot.root.iterdir()}


def test_the_reason_file_shown_is_what_is_written(tmp_path: Path) -> None:
    with opened(tmp_path / "hot", lang="zh") as hot:
        hot.put("report.docx")
        [outgoing] = hot.look(2)
        said = receipt("returned", "failed", code="EX-502", text="缺少公章", message_id="0193")
        hot.adapter.settled(outgoing.key, said)
        written = hot.text("failed/report.docx.reason.txt").splitlines()
    shown = blocks(PAGE, "text")[0].splitlines()
    assert [shown[0], *shown[2:4]] == [written[0], *written[2:4]]
    assert shown[1].replace("files", "registry").split("，")[0] == written[1].split("，")[0]
    assert len(shown) == len(written)


def test_the_names_shown_become_what_is_said(tmp_path: Path) -> None:
    with opened(tmp_path / "hot", meta="never") as hot:
        for number, name in enumerate(["../../etc/passwd", "CON.txt", "report.docx", "Report.docx"]):
            hot.adapter.deliver(delivery(f"m{number}", (name, b"x")))
        assert hot.names("in") == {"passwd", "_CON.txt", "report.docx", "Report (2).docx"}
