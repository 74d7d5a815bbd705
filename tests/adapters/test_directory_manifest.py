# SPDX-License-Identifier: Apache-2.0
"""Manifests beside files: what they set, what belongs together, and what a wrong one leads to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.directory.manifest import Manifest, read_manifest
from exchange import Reject
from tests.adapters.hot_folders import THERE, HotFolder, opened, receipt

TOML = """\
type = "document.official.v1"
to = ["440500.tax/registry"]
priority = "urgent"
media_type = "application/pdf"
attachments = ["附件1.xlsx", "附件2.xlsx"]
seal = "公章.png"
expires_after_seconds = 3600
conversation = "c1"
in_reply_to = "m0"
follows = "m1"

[attributes]
year = "2026"
"""
XML = """\
<?xml version="1.0" encoding="UTF-8"?>
<manifest>
  <type>document.official.v1</type>
  <to>440500.tax/registry</to>
  <priority>urgent</priority>
  <media_type>application/pdf</media_type>
  <attachment>附件1.xlsx</attachment>
  <attachment>附件2.xlsx</attachment>
  <seal>公章.png</seal>
  <expires_after_seconds>3600</expires_after_seconds>
  <conversation>c1</conversation>
  <in_reply_to>m0</in_reply_to>
  <follows>m1</follows>
  <attribute name="year">2026</attribute>
</manifest>
"""
SAID = Manifest(
    type="document.official.v1", to=(str(THERE),), priority="urgent", media_type="application/pdf",
    attributes={"year": "2026"}, attachments=("附件1.xlsx", "附件2.xlsx"), seal=("公章.png",),
    expires_after_seconds=3600.0, conversation="c1", in_reply_to="m0", follows="m1",
)  # fmt: skip


@pytest.fixture
def hot(tmp_path: Path) -> Iterator[HotFolder]:
    with opened(tmp_path / "hot", patience_seconds=20) as folder:
        yield folder


# ---- the two spellings


@pytest.mark.parametrize(("name", "text"), [("a.govbus.toml", TOML), ("a.govbus.xml", XML)])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_both_spellings_say_the_same_with_and_without_a_byte_order_mark(
    name: str, text: str, mark: bytes
) -> None:
    assert read_manifest(mark + text.encode(), name=name) == SAID


def test_an_empty_manifest_leaves_everything_to_the_settings() -> None:
    assert read_manifest(b"", name="a.govbus.toml") == Manifest()
    assert read_manifest(b"<manifest/>", name="a.govbus.xml") == Manifest()


WRONG = {
    "toml_broken": ("toml", 'type = "a.v1"\npriority = urgent\n', "line 2, priority"),
    "toml_cut_off": ("toml", '\n\nto = ["440500.tax/reg', "line 3, to"),
    "toml_unknown_key": ("toml", 'type = "a.v1"\n\nreceiver = "x"\n', "line 3, receiver: there is no such"),
    "toml_priority": ("toml", '\npriority = "soon"', "line 2, priority: found soon, wanted one of flash"),
    "toml_type": ("toml", 'type = "Notice"', "line 1, type: message type is spelled 'Notice'"),
    "toml_type_is_number": ("toml", "type = 1", "line 1, type: a text is wanted"),
    "toml_address": ("toml", 'to = ["440500.tax/registry", "tax"]', "line 1, to: address is spelled 'tax'"),
    "toml_attributes": ("toml", "\n[attributes]\nyear = 2026\n", "line 2, attributes: a text is wanted"),
    "toml_attributes_no_table": ("toml", 'attributes = "x"', "line 1, attributes: a table"),
    "toml_path": ("toml", 'attachments = ["../x"]', "line 1, attachments: the name of a file in the same"),
    "toml_named_twice": ("toml", 'attachments = ["x", "X"]', "line 1, attachments: a file is named more"),
    "toml_two_roles": ("toml", 'attachments = ["x"]\nseal = "x"', "line 2, seal: a file is named more"),
    "toml_itself": ("toml", 'attachments = ["A"]', "line 1, attachments: a file is named more"),
    "toml_never": ("toml", "expires_after_seconds = 0", "line 1, expires_after_seconds: a number of"),
    "toml_boolean": ("toml", "expires_after_seconds = true", "line 1, expires_after_seconds: a number of"),
    "toml_word": ("toml", 'expires_after_seconds = "x"', "line 1, expires_after_seconds: a number of"),
    "xml_broken": ("xml", "<manifest>\n<type>a.v1</typo>\n</manifest>", "line 2"),
    "xml_root": ("xml", "<order/>", "line 1, order: the document element is called `manifest`"),
    "xml_twice": ("xml", "<manifest>\n<type>a.v1</type>\n<type>b.v1</type></manifest>", "line 3, type: it"),
    "xml_declared": ("xml", '<?xml version="1.0"?>\n\n<manifest>\n<type>A</type></manifest>', "line 4, type"),
    "xml_priority": ("xml", "<manifest>\n<priority>x</priority></manifest>", "line 2, priority: found x"),
    "xml_attribute_no_name": ("xml", "<manifest><attribute>x</attribute></manifest>", "line 1, attributes"),
    "xml_dtd": ("xml", "<!DOCTYPE m SYSTEM 'file:///etc/hostname'><manifest/>", "<! is not allowed"),
    "toml_not_utf_8": ("toml", b'\ntype = "\xb9\xab"', "line 2, -: it is not UTF-8"),
    "toml_too_long": ("toml", b"#" * 70_000, "at most 65536 bytes"),
}  # fmt: skip


@pytest.mark.parametrize("defect", WRONG)
def test_a_wrong_manifest_is_refused_with_line_and_key(defect: str) -> None:
    ending, text, wanted = WRONG[defect]
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(Reject) as raised:
        read_manifest(data, name=f"a.govbus.{ending}")
    assert raised.value.code == "EX-507"
    assert wanted in raised.value.text()


def test_complaints_come_in_chinese_too() -> None:
    with pytest.raises(Reject) as raised:
        read_manifest(b'priority = "soon"', name="a.govbus.toml")
    assert raised.value.text("zh").startswith("a.govbus.toml：第 1 行，priority：soon 不在")


# ---- in the folder


def test_a_manifest_speaks_for_its_file_and_ends_where_it_ends(hot: HotFolder) -> None:
    hot.put("a.txt.govbus.toml", 'type = "notice.public.v1"\npriority = "flash"\n[attributes]\nyear = "2026"')
    hot.put("a.txt")
    [outgoing] = hot.look(2)
    assert (outgoing.type, outgoing.priority, outgoing.attributes) == (
        "notice.public.v1", "flash", {"year": "2026"},
    )  # fmt: skip
    assert [part.name for part in outgoing.parts] == ["a.txt"]
    hot.adapter.settled(outgoing.key, receipt("delivered", "delivered"))
    assert hot.names("sent") == {"a.txt", "a.txt.govbus.toml"}


def test_a_file_and_its_manifest_keep_the_same_number(hot: HotFolder) -> None:
    (hot.root / "sent/a.txt.govbus.toml").write_text("of an earlier one")
    hot.put("a.txt.govbus.toml", 'priority = "flash"')
    hot.put("a.txt")
    [outgoing] = hot.look(2)
    hot.adapter.settled(outgoing.key, receipt("delivered", "delivered"))
    assert hot.names("sent") == {"a.txt.govbus.toml", "a (2).txt", "a (2).txt.govbus.toml"}


def test_attachments_and_seal_travel_with_their_document_and_stay_together(hot: HotFolder) -> None:
    hot.put(
        "公文.docx.govbus.xml", "<manifest><attachment>附件.xlsx</attachment><seal>章.png</seal></manifest>"
    )
    for name in ("公文.docx", "附件.xlsx", "章.png"):
        hot.put(name, name)
    [outgoing] = hot.look(2)
    assert [(part.name, part.role) for part in outgoing.parts] == [
        ("公文.docx", "body"), ("附件.xlsx", "attachment"), ("章.png", "seal"),
    ]  # fmt: skip
    hot.adapter.settled(outgoing.key, receipt("delivered", "delivered"))
    assert hot.names("sent") == {
        "公文/公文.docx", "公文/附件.xlsx", "公文/章.png", "公文/公文.docx.govbus.xml",
    }  # fmt: skip


def test_names_in_a_manifest_match_files_in_another_case_or_normal_form(hot: HotFolder) -> None:
    hot.put("a.txt.govbus.toml", 'attachments = ["CAFE\u0301.TXT"]')
    hot.put("a.txt")
    hot.put("caf\u00e9.txt")
    [outgoing] = hot.look(2)
    assert [part.name for part in outgoing.parts] == ["a.txt", "caf\u00e9.txt"]


def test_an_attachment_that_comes_late_is_waited_for_and_never_sent_alone(hot: HotFolder) -> None:
    hot.put("a.txt.govbus.toml", 'attachments = ["b.txt"]')
    hot.put("a.txt")
    assert hot.look(4) == []
    hot.put("b.txt")
    assert hot.look() == []
    [outgoing] = hot.look()
    assert [part.name for part in outgoing.parts] == ["a.txt", "b.txt"]


def test_while_a_manifest_is_being_written_nothing_beside_it_is_taken(hot: HotFolder) -> None:
    hot.put("b.txt")
    assert hot.look() == []
    hot.put("a.txt.govbus.toml", 'attachments = ["b.txt"]')
    assert hot.look() == []
    hot.put("a.txt")
    [outgoing] = hot.look(2)
    assert [part.name for part in outgoing.parts] == ["a.txt", "b.txt"]


def test_a_wrong_manifest_takes_its_file_and_what_it_quotes_to_failed(hot: HotFolder) -> None:
    hot.put("a.txt.govbus.toml", 'attachments = ["b.txt"]\npriority = "soon"')
    for name in ("a.txt", "b.txt"):
        hot.put(name)
    assert hot.look(3) == []
    assert hot.names("failed") == {"a/a.txt", "a/a.txt.govbus.toml", "a/b.txt", "a.reason.txt"}
    assert "a.txt.govbus.toml: line 2, priority" in hot.text("failed/a.reason.txt")
    assert hot.names("out") == set()


def test_the_other_files_beside_a_wrong_manifest_go_on(hot: HotFolder) -> None:
    hot.put("a.txt.govbus.toml", "wrong")
    for name in ("a.txt", "b.txt"):
        hot.put(name)
    assert [each.parts[0].name for each in hot.look(2)] == ["b.txt"]


def test_a_manifest_whose_file_is_missing_waits_and_then_says_so(hot: HotFolder) -> None:
    hot.put("a.txt.govbus.toml", 'priority = "flash"')
    assert hot.look(10) == []
    assert hot.names("failed") == set()
    hot.look()
    assert hot.names("failed") == {"a.txt.govbus.toml", "a.txt.govbus.toml.reason.txt"}
    assert "after 20 s there is still no file a.txt" in hot.text("failed/a.txt.govbus.toml.reason.txt")


def test_a_wrong_manifest_without_its_file_waits_and_then_says_so(hot: HotFolder) -> None:
    hot.put("a.txt.govbus.toml", "wrong")
    assert hot.look(10) == []
    assert hot.names("failed") == set()
    hot.look()
    assert hot.names("failed") == {"a.txt.govbus.toml", "a.txt.govbus.toml.reason.txt"}


def test_two_manifests_for_one_file_are_refused(hot: HotFolder) -> None:
    hot.put("a.txt.govbus.toml", 'priority = "flash"')
    hot.put("a.txt.govbus.xml", "<manifest/>")
    hot.put("a.txt")
    assert hot.look(2) == []
    assert hot.names("failed") == {"a.txt", "a.txt.govbus.toml", "a.txt.govbus.xml", "a.txt.reason.txt"}


def test_files_that_differ_in_case_alone_each_go_by_their_own_manifest(hot: HotFolder) -> None:
    for name in ("UPPER.TXT", "upper.txt"):
        hot.put(f"{name}.govbus.toml", f'attributes = {{ of = "{name}" }}')
        hot.put(name)
    found = hot.look(2)
    assert {each.parts[0].name: each.attributes["of"] for each in found} == {
        "UPPER.TXT": "UPPER.TXT", "upper.txt": "upper.txt",
    }  # fmt: skip


@pytest.mark.parametrize("of", ["Upper.txt", "other.txt"])
def test_files_of_which_a_manifest_means_one_that_cannot_be_told_are_not_sent(
    hot: HotFolder, of: str
) -> None:
    """Neither as the manifest's own file nor as its attachment: they end in failed/ with it."""
    hot.put(f"{of}.govbus.toml", "" if of == "Upper.txt" else 'attachments = ["Upper.txt"]')
    names = {"UPPER.TXT", "upper.txt", *({of} - {"Upper.txt"})}
    for name in names:
        hot.put(name)
    assert hot.look(12) == []
    failed = {Path(name).name for name in hot.names("failed")}
    assert {name for name in failed if not name.endswith(".reason.txt")} == {*names, f"{of}.govbus.toml"}
    assert hot.names("out") == set()


def test_a_file_waits_for_the_manifest_that_the_settings_require(tmp_path: Path) -> None:
    with opened(tmp_path / "hot", manifest_required=True, patience_seconds=20) as hot:
        hot.put("alone.txt")
        hot.put("spoken-for.txt")
        assert hot.look(3) == []
        hot.put("spoken-for.txt.govbus.toml", "")
        assert [each.parts[0].name for each in hot.look(6)[:1]] == ["spoken-for.txt"]
        hot.look(6)
        assert hot.names("failed") == {"alone.txt", "alone.txt.reason.txt"}


def test_an_attachment_that_vanishes_while_it_is_claimed_fails_the_whole(
    hot: HotFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from adapters.directory import claims

    hot.put("a.txt.govbus.toml", 'attachments = ["b.txt"]')
    hot.put("a.txt")
    vanishing = hot.put("b.txt")
    bring = claims._bring

    def late(claim: claims.Claim, each: claims.Claimed) -> None:
        vanishing.unlink(missing_ok=True)
        bring(claim, each)

    monkeypatch.setattr(claims, "_bring", late)
    assert hot.look(2) == []
    assert hot.names("failed") == {"a.txt", "a.txt.govbus.toml", "a.txt.reason.txt"}
    assert "b.txt was taken away" in hot.text("failed/a.txt.reason.txt")
