# SPDX-License-Identifier: Apache-2.0
"""
ofd.js in Chromium: a reader of OFD that shares no line with ours, for comparing pictures.

    with Reference() as reference:
        pictures = reference.render(Path("document.ofd"))  # a PNG a page, 5 pixels a millimetre

ofd.js 0.2.6 (Apache-2.0, the last release in plain JavaScript) is fetched from the npm registry,
pinned by its digest. Later releases draw through a closed WebAssembly core with a licence key and a
watermark, so they are no reference.

What it does not draw, so that nobody looks for it here: clips, even-odd filling, glyph ids
(CGTransform), gradients (one flat colour), dash patterns of more than two lengths, several template
pages. It loads no embedded font: here each font file of the document is given to the browser under a
name of its own, so glyphs are the document's own and the browser's font sanitiser judges the files.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import posixpath
import re
import shutil
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from tests.adapters.conversion.reference.browser import Browser, folder

CHECKOUT = Path(__file__).parents[4]
PIXELS_PER_MM = 5  # the most that ofd.js draws
_FONT = re.compile(r"<(?:\w+:)?Font\b(?:[^>]*/>|[^>]*>.*?</(?:\w+:)?Font>)", re.DOTALL)
_FACE = "govbus{}"


class Reference:
    """
    One browser with ofd.js loaded; renders any number of documents.

    refused_fonts: of the last document, the embedded fonts that the browser would not load.
    """

    def __init__(self, library: Path | None = None) -> None:
        self._library = corrected((library or fetched()).read_text(encoding="utf-8"))
        self._browser = Browser()
        self.refused_fonts: list[str] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._browser.close()

    def render(self, document: Path) -> list[bytes]:
        """A PNG of each page of *document*, in order."""
        named, faces = with_named_fonts(document.read_bytes())
        page = self._browser
        page.evaluate("document.open(); document.write('<body style=\"margin:0\"></body>'); document.close()")
        page.evaluate(self._library)
        self.refused_fonts = page.evaluate(_faces(faces))
        sizes = page.evaluate(_OPEN.replace("DOCUMENT", json.dumps(base64.b64encode(named).decode())))
        return [self._picture(number, *size) for number, size in enumerate(sizes)]

    def _picture(self, number: int, width: float, height: float) -> bytes:
        self._browser.evaluate(_SHOW.replace("NUMBER", str(number)))
        return self._browser.picture(round(width), round(height))


def render(document: Path) -> list[bytes]:
    """A PNG of each page of *document*, by a browser started for it alone."""
    with Reference() as reference:
        return reference.render(document)


# ---- the package


def fetched(cache: Path | None = None) -> Path:
    """The library's one file, fetched by npm into *cache* unless it lies there, and as it was pinned."""
    wanted = json.loads((folder() / "package.json").read_text())
    (name, version), integrity = next(iter(wanted["dependencies"].items())), wanted["integrity"]
    place = cache or CHECKOUT / ".pytest_cache" / f"reference-{name}-{version}"
    library = place / "ofd.umd.min.js"
    if not library.exists():
        assert shutil.which("npm"), "npm is wanted, to fetch the reference reader"
        place.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=place) as work:
            order = ["npm", "pack", f"{name}@{version}", "--silent", "--pack-destination", work]
            subprocess.run(order, check=True, capture_output=True, cwd=work)
            archive = next(Path(work).glob("*.tgz")).read_bytes()
            _verify(archive, integrity[name])
            fresh = Path(work) / library.name
            fresh.write_bytes(_member(archive, f"package/lib/{library.name}"))
            fresh.rename(library)
    _verify(library.read_bytes(), integrity[library.name])
    return library


def corrected(library: str) -> str:
    """
    The library with its one wrong constant put right.

    It scales pictures as if a millimetre had 96 / 25.4 pixels, whatever the page is drawn at.
    """
    assert library.count("/.2642") >= 4, "the library draws pictures in another way than was pinned"
    return library.replace("/.2642", f"/{1 / PIXELS_PER_MM}")


def _verify(archive: bytes, integrity: str) -> None:
    algorithm, _, digest = integrity.partition("-")
    found = base64.b64encode(hashlib.new(algorithm, archive).digest()).decode()
    assert found == digest, f"the package is another one than was pinned: {found}"


def _member(archive: bytes, name: str) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        found = tar.extractfile(name)
        assert found is not None
        return found.read()


# ---- fonts


def with_named_fonts(document: bytes) -> tuple[bytes, dict[str, bytes]]:
    """The document with each embedded font under a name of its own, and the fonts by that name."""
    faces: dict[str, bytes] = {}
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(document)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name.lower().endswith(".xml") and b"FontFile" in content:
                content = _renamed(content.decode("utf-8"), name, old, faces).encode()
            new.writestr(name, content)
    return out.getvalue(), faces


def _renamed(xml: str, name: str, package: zipfile.ZipFile, faces: dict[str, bytes]) -> str:
    place = posixpath.dirname(name)
    stated = re.search(r'BaseLoc="([^"]*)"', xml)
    home = posixpath.join(place, stated[1]) if stated else place

    def one(match: re.Match[str]) -> str:
        element = match[0]
        file = re.search(r"FontFile>\s*(.*?)\s*</", element)
        identity = re.search(r'\bID="(\d+)"', element)
        content = None if file is None else _read(package, home, place, file[1])
        if content is None or identity is None:
            return element
        face = _FACE.format(identity[1])
        faces[face] = content
        bare = re.sub(r'\s(?:FontName|FamilyName)="[^"]*"', "", element, count=2)
        return bare.replace("Font ", f'Font FontName="{face}" FamilyName="{face}" ', 1)

    return _FONT.sub(one, xml)


def _read(package: zipfile.ZipFile, home: str, place: str, file: str) -> bytes | None:
    for candidate in _candidates(home, place, file):
        if candidate in package.namelist():
            return package.read(candidate)
    return None


def _candidates(home: str, place: str, file: str) -> Iterator[str]:
    yield posixpath.normpath(posixpath.join(home, file))
    yield posixpath.normpath(posixpath.join(place, file))
    yield file.lstrip("/")


def _faces(faces: dict[str, bytes]) -> str:
    sources = {name: base64.b64encode(content).decode() for name, content in faces.items()}
    return _LOAD.replace("FACES", json.dumps(sources))


_LOAD = """
(async () => {
  const refused = [];
  document.fonts.clear();
  for (const [name, source] of Object.entries(FACES)) {
    const bytes = Uint8Array.from(atob(source), c => c.charCodeAt(0));
    const face = new FontFace(name, bytes.buffer);
    try { await face.load(); document.fonts.add(face); } catch (e) { refused.push(name); }
  }
  return refused;
})()
"""

_OPEN = """
new Promise((done, fail) => {
  const bytes = Uint8Array.from(atob(DOCUMENT), c => c.charCodeAt(0));
  const failed = e => fail(new Error(String(e && e.stack || e)));
  ofd.parseOfdDocument({ofd: bytes.buffer, fail: failed, success: documents => {
    try {
      window.pages = documents.flatMap(one => one.pages.flatMap(page => {
        const json = page[Object.keys(page)[0]].json;
        const box = json['ofd:Area'] || one.document['ofd:CommonData']['ofd:PageArea'];
        const width = parseFloat(box['ofd:PhysicalBox'].split(' ')[2]);
        return ofd.renderOfd(width * 5 + 10, Object.assign({}, one, {pages: [page]}));
      }));
      done(window.pages.map(page => [parseFloat(page.style.width), parseFloat(page.style.height)]));
    } catch (e) { fail(e); }
  }});
})
"""

_SHOW = """
(async () => {
  const page = window.pages[NUMBER];
  page.style.marginBottom = '0'; page.style.overflow = 'hidden';
  document.body.replaceChildren(page);
  await Promise.all([...page.querySelectorAll('image')].map(each => {
    const image = new Image(); image.src = each.href.baseVal; return image.decode().catch(() => null);
  }));
  await document.fonts.ready;
  await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)));
})()
"""

__all__ = ["PIXELS_PER_MM", "Reference", "fetched", "render", "with_named_fonts"]
