# SPDX-License-Identifier: Apache-2.0
"""
An OFD package as a test sees it: its parts, its objects, and whether its structure is the standard's.

The rules of GB/T 33190 that are checked here were written from the standard, apart from the writer.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from adapters.conversion.ofd_writing import PdfToOfd
from exchange import Report

NS = "{http://www.ofdspec.org/2016}"
_NUMBERS = re.compile(r"-?\d+(\.\d+)?( -?\d+(\.\d+)?)*")
_DELTAS = re.compile(r"(-?\d+(\.\d+)?|g \d+ -?\d+(\.\d+)?)( (-?\d+(\.\d+)?|g \d+ -?\d+(\.\d+)?))*")
_PATH = re.compile(
    r"M -?[\d.]+ -?[\d.]+( ([ML]( -?[\d.]+){2}|Q( -?[\d.]+){4}|B( -?[\d.]+){6}|A( -?[\d.]+){7}|C))*"
)

# What an element may hold, in the order of the standard's schema; attributes that it must have.
CHILDREN = {
    "OFD": ("DocBody",),
    "DocBody": ("DocInfo", "DocRoot", "Versions", "Signatures"),
    "DocInfo": (
        *("DocID", "Title", "Author", "Subject", "Abstract", "CreationDate", "ModDate", "DocUsage", "Cover"),
        *("Keywords", "Creator", "CreatorVersion", "CustomDatas"),
    ),
    "Keywords": ("Keyword",),
    "Document": (
        *("CommonData", "Pages", "Outlines", "Permissions", "Actions", "VPreferences", "Bookmarks"),
        *("Annotations", "CustomTags", "Attachments", "Extensions"),
    ),
    "CommonData": ("MaxUnitID", "PageArea", "PublicRes", "DocumentRes", "TemplatePage", "DefaultCS"),
    "PageArea": ("PhysicalBox", "ApplicationBox", "ContentBox", "BleedBox"),
    "Pages": ("Page",),
    "Outlines": ("OutlineElem",),
    "OutlineElem": ("Actions", "OutlineElem"),
    "Actions": ("Action",),
    "Action": ("Region", "Goto"),
    "Goto": ("Dest",),
    "Res": ("ColorSpaces", "DrawParams", "Fonts", "MultiMedias", "CompositeGraphicUnits"),
    "Fonts": ("Font",),
    "Font": ("FontFile",),
    "MultiMedias": ("MultiMedia",),
    "MultiMedia": ("MediaFile",),
    "Attachments": ("Attachment",),
    "Attachment": ("FileLoc",),
    "Area": ("PhysicalBox", "ApplicationBox", "ContentBox", "BleedBox", "Path", "Text"),
    "Content": ("Layer",),
    "Layer": ("TextObject", "PathObject", "ImageObject", "PageBlock"),
    "TextObject": ("Actions", "Clips", "FillColor", "StrokeColor", "CGTransform", "TextCode"),
    "PathObject": ("Actions", "Clips", "StrokeColor", "FillColor", "AbbreviatedData"),
    "ImageObject": ("Actions", "Clips", "Border"),
    "Path": ("Actions", "Clips", "StrokeColor", "FillColor", "AbbreviatedData"),
    "Clips": ("Clip",),
    "Clip": ("Area",),
    "FillColor": ("Pattern", "AxialShd", "RadialShd"),
    "StrokeColor": ("Pattern", "AxialShd", "RadialShd"),
    "AxialShd": ("Segment",),
    "RadialShd": ("Segment",),
    "Segment": ("Color",),
}
FREE_ORDER = {"Layer", "Area"}
NEEDS = {
    "OFD": ("Version", "DocType"),
    "TextObject": ("ID", "Boundary", "Font", "Size"),
    "PathObject": ("ID", "Boundary"),
    "ImageObject": ("ID", "Boundary", "CTM", "ResourceID"),
    "Layer": ("ID",),
    "Font": ("ID", "FontName"),
    "MultiMedia": ("ID", "Type"),
    "Attachment": ("ID", "Name"),
    "OutlineElem": ("Title",),
    "Dest": ("Type", "PageID"),
    "AxialShd": ("StartPoint", "EndPoint"),
    "RadialShd": ("StartPoint", "EndPoint", "EndRadius"),
    "Path": ("Boundary",),
}


class Written:
    """An OFD package that was written."""

    def __init__(self, file: Path) -> None:
        self.file = file
        with zipfile.ZipFile(file) as archive:
            assert archive.testzip() is None
            self.parts = {name: archive.read(name) for name in archive.namelist()}

    def xml(self, place: str) -> ElementTree.Element:
        return ElementTree.fromstring(self.parts[place])

    def page(self, number: int = 0) -> ElementTree.Element:
        return self.xml(f"Doc_0/Pages/Page_{number}/Content.xml")

    def objects(self, kind: str, number: int = 0) -> list[ElementTree.Element]:
        return list(self.page(number).iter(f"{NS}{kind}"))

    def texts(self, number: int = 0) -> list[str]:
        return [code.text or "" for code in self.page(number).iter(f"{NS}TextCode")]

    def resource(self, identity: str) -> bytes:
        """The file of the font or picture *identity*."""
        for place in ("Doc_0/PublicRes.xml", "Doc_0/DocumentRes.xml"):
            for each in self.xml(place).iter() if place in self.parts else ():
                if each.get("ID") == identity:
                    file = each.find(f"{NS}FontFile")
                    named = file if file is not None else each.find(f"{NS}MediaFile")
                    assert named is not None
                    return self.parts[f"Doc_0/Res/{named.text}"]
        raise KeyError(identity)


def losses(report: Report) -> tuple[str, ...]:
    """What a report says was lost, in English."""
    return tuple(str(loss) for loss in report.losses)


def converted(data: bytes, folder: Path) -> tuple[Written, Report]:
    """The package that a PDF becomes, whose structure has been checked, and what was said about it."""
    source, target = folder / "source.pdf", folder / "target.ofd"
    source.write_bytes(data)
    target.unlink(missing_ok=True)
    report = PdfToOfd().convert(source, target)
    written = Written(target)
    assert list(defects(written)) == []
    return written, report


def defects(written: Written) -> Iterator[str]:
    """Where the package is not as GB/T 33190 wants it."""
    roots = {
        name: ElementTree.fromstring(part) for name, part in written.parts.items() if name.endswith(".xml")
    }
    for name, root in roots.items():
        for element in root.iter():
            yield from (f"{name}: {each}" for each in _element_defects(element))
    yield from _number_defects(roots)
    yield from _reference_defects(written, roots)


def _element_defects(element: ElementTree.Element) -> Iterator[str]:
    if not element.tag.startswith(NS):
        yield f"{element.tag} is outside of the namespace"
        return
    label = element.tag.removeprefix(NS)
    children = [child.tag.removeprefix(NS) for child in element]
    if label not in ("Page", "Extend"):
        allowed = CHILDREN.get(label, ())
        yield from (f"{child} in {label}" for child in children if child not in allowed)
        places = [allowed.index(child) for child in children if child in allowed]
        if places != sorted(places) and label not in FREE_ORDER:
            yield f"the children of {label} are in disorder: {children}"
    yield from (f"{label} without {each}" for each in NEEDS.get(label, ()) if each not in element.attrib)
    for attribute in ("Boundary", "CTM", "DashPattern", "Value", "StartPoint", "EndPoint"):
        value = element.get(attribute)
        if value is not None and not _NUMBERS.fullmatch(value):
            yield f"{label} has {attribute}={value!r}"
    for attribute in ("DeltaX", "DeltaY"):
        if not _DELTAS.fullmatch(element.get(attribute, "0")):
            yield f"{label} has {attribute}={element.get(attribute)!r}"
    if label == "AbbreviatedData" and not _PATH.fullmatch(element.text or ""):
        yield f"no path: {element.text!r}"
    if label == "TextCode":
        yield from _step_defects(element)


def _step_defects(element: ElementTree.Element) -> Iterator[str]:
    words, count = element.get("DeltaX", "").split(), 0
    while words:
        repeated = words[0] == "g"
        count += int(words[1]) if repeated else 1
        del words[: 3 if repeated else 1]
    length = len(element.text or "")
    if element.get("DeltaX") is not None and count != length - 1:
        yield f"{count} steps between {length} characters"


def _number_defects(roots: dict[str, ElementTree.Element]) -> Iterator[str]:
    numbers = [
        int(each.attrib["ID"]) for root in roots.values() for each in root.iter() if "ID" in each.attrib
    ]
    if len(numbers) != len(set(numbers)):
        yield "an ID is given twice"
    stated = roots["Doc_0/Document.xml"].findtext(f"{NS}CommonData/{NS}MaxUnitID")
    if numbers and int(stated or 0) < max(numbers):
        yield f"MaxUnitID {stated} is below {max(numbers)}"


def _reference_defects(written: Written, roots: dict[str, ElementTree.Element]) -> Iterator[str]:
    kinds: dict[str, set[str]] = {"Font": set(), "MultiMedia": set(), "Page": set()}
    for root in roots.values():
        for kind, known in kinds.items():
            known |= {each.attrib["ID"] for each in root.iter(f"{NS}{kind}") if "ID" in each.attrib}
    wanted = (
        ("TextObject", "Font", "Font"),
        ("ImageObject", "ResourceID", "MultiMedia"),
        ("Dest", "PageID", "Page"),
    )
    for root in roots.values():
        for label, attribute, kind in wanted:
            for each in root.iter(f"{NS}{label}"):
                if each.get(attribute) not in kinds[kind]:
                    yield f"{label} refers to {attribute} {each.get(attribute)}"
    yield from _place_defects(written, roots)


def _place_defects(written: Written, roots: dict[str, ElementTree.Element]) -> Iterator[str]:
    document = roots["Doc_0/Document.xml"]
    places = {f"Doc_0/{each.attrib['BaseLoc']}" for each in document.iter(f"{NS}Page")}
    places |= {
        f"Doc_0/{each.text}"
        for kind in ("PublicRes", "DocumentRes", "Attachments")
        for each in document.iter(f"{NS}{kind}")
    }
    for name, root in roots.items():
        home = posixpath.join(posixpath.dirname(name), root.get("BaseLoc", ""))
        for kind in ("FontFile", "MediaFile", "FileLoc"):
            places |= {f"{home}/{each.text}".replace("//", "/") for each in root.iter(f"{NS}{kind}")}
    places |= {"OFD.xml", "Doc_0/Document.xml"}
    yield from (f"{place} is not there" for place in places - set(written.parts))
    yield from (f"{place} is named nowhere" for place in set(written.parts) - places)
