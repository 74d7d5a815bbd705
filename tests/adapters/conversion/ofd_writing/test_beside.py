# SPDX-License-Identifier: Apache-2.0
"""What a PDF holds beside its pages: title and dates, bookmarks, attached files."""

from __future__ import annotations

from pathlib import Path

from tests.adapters.conversion.ofd_writing.packages import NS, Written, converted
from tests.adapters.conversion.ofd_writing.pdfs import Pdf


def utf16(text: str) -> str:
    return f"<feff{text.encode('utf-16-be').hex()}>"


def information(written: Written) -> dict[str, str]:
    found = written.xml("OFD.xml").find(f"{NS}DocBody/{NS}DocInfo")
    assert found is not None
    return {child.tag.removeprefix(NS): child.text or "" for child in found}


def test_title_author_and_dates_come_along(tmp_path: Path) -> None:
    pdf = Pdf()
    pdf.page("")
    info = pdf.add(
        f"<< /Title {utf16('关于数据交换的通知')} /Author (Office) /CreationDate (D:20261121083000+08'00') "
        "/ModDate (D:20261122) /Keywords (one, two) /Creator (Writer) >>"
    )
    pdf.trailer = f"/Info {info}"
    written, _ = converted(pdf.bytes(), tmp_path)
    said = information(written)
    words = [each.text for each in written.xml("OFD.xml").iter(f"{NS}Keyword")]
    assert said["Title"] == "关于数据交换的通知"
    assert (said["Author"], said["Creator"]) == ("Office", "Writer")
    assert (said["CreationDate"], said["ModDate"]) == ("2026-11-21", "2026-11-22")
    assert words == ["one", "two"]
    assert len(said["DocID"]) == 32


def test_a_date_that_is_none_is_left_out(tmp_path: Path) -> None:
    pdf = Pdf()
    pdf.page("")
    pdf.trailer = f"/Info {pdf.add('<< /CreationDate (D:20269999) /ModDate (yesterday) >>')}"
    written, _ = converted(pdf.bytes(), tmp_path)
    assert not {"CreationDate", "ModDate"} & set(information(written))


def test_the_same_pdf_makes_the_same_package(tmp_path: Path) -> None:
    pdf = Pdf()
    pdf.page("0 0 9 9 re f")
    first, _ = converted(pdf.bytes(), tmp_path)
    before = first.file.read_bytes()
    second, _ = converted(pdf.bytes(), tmp_path)
    assert second.file.read_bytes() == before


def test_bookmarks_become_outlines_that_lead_to_their_pages(tmp_path: Path) -> None:
    pdf = Pdf()
    first, second = (pdf.page("", size=(720, 720)) for _ in range(2))
    child = pdf.add(f"<< /Title (inner) /Parent 0 R /A << /S /GoTo /D [{second} /XYZ 0 648 0] >> >>")
    top = pdf.add(
        f"<< /Title {utf16('第一章')} /Dest [{first} /Fit] /First {child} /Last {child} /Count -1 >>"
    )
    outlines = pdf.add(f"<< /Type /Outlines /First {top} /Last {top} >>")
    pdf.catalogue = f"/Outlines {outlines}"
    written, _ = converted(pdf.bytes(), tmp_path)
    document = written.xml("Doc_0/Document.xml")
    pages = [each.attrib["ID"] for each in document.iter(f"{NS}Page")]
    entries = list(document.iter(f"{NS}OutlineElem"))
    leads = [entry.find(f"{NS}Actions/{NS}Action/{NS}Goto/{NS}Dest") for entry in entries]
    assert [entry.get("Title") for entry in entries] == ["第一章", "inner"]
    assert [lead.get("PageID") for lead in leads if lead is not None] == pages
    assert leads[1] is not None
    assert leads[1].get("Top") == "25.4"
    assert entries[0].get("Expanded") == "false"


def test_bookmarks_that_go_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    pdf = Pdf()
    pdf.page("")
    number = int(pdf.add("<< >>").split()[0])
    loop = f"{number + 1} 0 R"
    pdf.add(f"<< /Title (loop) /Next {loop} /First {loop} >>")
    pdf.catalogue = f"/Outlines {pdf.add(f'<< /First {loop} >>')}"
    written, _ = converted(pdf.bytes(), tmp_path)
    assert len(list(written.xml("Doc_0/Document.xml").iter(f"{NS}OutlineElem"))) == 1


def test_a_file_attached_to_a_place_on_a_page_is_attached_once(tmp_path: Path) -> None:
    pdf = Pdf()
    file = pdf.stream(b"amounts", "/Type /EmbeddedFile")
    specification = pdf.add(f"<< /Type /Filespec /UF (a.txt) /EF << /F {file} >> >>")
    note = f"<< /Type /Annot /Subtype /FileAttachment /Rect [0 0 9 9] /FS {specification} >>"
    pdf.page("", more=f"/Annots [{note} {note}]")
    written, _ = converted(pdf.bytes(), tmp_path)
    (found,) = written.xml("Doc_0/Attachs/Attachments.xml").iter(f"{NS}Attachment")
    assert found.get("Name") == "a.txt"


def test_attached_files_are_attached_under_names_of_ours(tmp_path: Path) -> None:
    pdf = Pdf()
    pdf.page("")
    file = pdf.stream(b"amounts", "/Type /EmbeddedFile")
    name = utf16("../../附件.xlsx")
    specification = pdf.add(f"<< /Type /Filespec /F (a) /UF {name} /EF << /F {file} >> >>")
    pdf.catalogue = f"/Names << /EmbeddedFiles << /Names [(a) {specification}] >> >>"
    written, _ = converted(pdf.bytes(), tmp_path)
    (found,) = written.xml("Doc_0/Attachs/Attachments.xml").iter(f"{NS}Attachment")
    place = found.findtext(f"{NS}FileLoc") or ""
    assert found.get("Name") == "../../附件.xlsx"
    assert place == f"attachment_{found.get('ID')}.xlsx"
    assert written.parts[f"Doc_0/Attachs/{place}"] == b"amounts"
