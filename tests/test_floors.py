# SPDX-License-Identifier: Apache-2.0
"""
The floors hold: imports go down only, each third-party package has one home, and below the edge
there is no clock, randomness, file, socket or environment.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[1]
PACKAGES = ("exchange", "adapters", "cli", "schemas", "routing_tables")

# From the ground up. A module stands on the floor of the longest name that begins its own; it may import
# from its own floor and from those below.
FLOORS = (
    ("exchange.errors", "exchange.texts"),
    ("exchange.model",),
    ("exchange.codec",),
    ("exchange.edge", "exchange.adapter", "exchange.converter", "exchange.detector"),
    ("exchange.role", "exchange.files", "exchange"),  # `exchange` gathers the integrator's names
    ("cli", "adapters", "exchange.testing"),
)

# What adapters may know of the bus: the integrator's names, files, and how to say a sentence.
FOR_ADAPTERS = {"exchange", "exchange.files", "exchange.texts"}

HOMES = {
    "pika": ("exchange.edge.rabbit",),
    "sqlalchemy": ("exchange.edge",),
    "lxml": (
        "exchange.codec.xmlform",
        "exchange.codec.schema",
        "exchange.codec.signature",
        "exchange.codec.routing_xml",
        "adapters.conversion.xml_parts",  # XML that comes inside documents
        "adapters.conversion.structured.xslt",  # what XML alone cannot do
    ),
    "xmlschema": ("exchange.codec.schema",),
    "zstandard": ("exchange.codec.compression",),
    "cryptography": (
        "exchange.codec.suite_intl",
        "exchange.codec.signature",
        "exchange.edge.keystore",
        "exchange.edge.anchors",  # reads certificates and builds their chains
        "exchange.edge.authority",  # issues them
        "exchange.edge.server_certificate",  # a private node's own
        "adapters.conversion.ceb.triple_des",  # a cipher of old documents
    ),
    "prometheus_client": ("exchange.edge.metrics",),
    "click": ("cli",),
    "openpyxl": ("adapters.conversion.structured.xlsx_form",),
    "pypdfium2": (
        "adapters.conversion.ceb.opening",
        "adapters.conversion.comparing",
        "adapters.conversion.detection.pages",
        "adapters.conversion.office.texts",
        "adapters.conversion.ofd_writing.source",
        "adapters.conversion.reconstruction.reading",
    ),
    "pdfminer": ("adapters.conversion.ofd_writing", "adapters.conversion.reconstruction.reading"),
    "asn1crypto": ("adapters.conversion.seals.der",),
    "uno": ("adapters.conversion.office.worker",),  # a script for the system's Python
    "fontTools": (
        "adapters.conversion.ofd.fonts",
        "adapters.conversion.ofd.painting.font_files",
        "adapters.conversion.ofd_writing.programs",
        "adapters.conversion.ofd_writing.type1",
    ),
    "PIL": (
        "adapters.conversion.comparing",  # pictures of pages
        "adapters.conversion.ofd.painting.pictures",
        "adapters.conversion.ofd_writing.images",
        "adapters.conversion.ofd_writing.source",  # a page as PDFium draws it
        "adapters.conversion.ofd_writing.unpacking",  # rows that are a PNG file's
        "adapters.conversion.ofd_writing.conversion",  # its parts
    ),
    "olefile": ("adapters.conversion.detection.compound",),
}

SIDE_EFFECTS = {
    "asyncio", "fcntl", "glob", "http", "logging", "multiprocessing", "os", "pathlib", "random",
    "secrets", "select", "selectors", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess",
    "sys", "tempfile", "time", "urllib", "uuid",
}  # fmt: skip
# The schemas and the sentences are part of the program, like its code; reading them is importing them.
READS_THE_PROGRAM = {"importlib.resources": {"exchange.codec.schema"}, "importlib": {"exchange.texts"}}

# Where anything that is raised may be caught and not raised again, and why.
CATCHES_ALL = {
    "cli/main.py": "the last line before a person: no stack trace without --debug",
    "exchange/role/collecting.py": "around the adapter's call: an adapter is somebody else's code",
    "exchange/role/handover.py": "around the adapter's call: an adapter is somebody else's code",
    "exchange/role/loop.py": "the settlement of a thread: its process must hear how it ended",
    "exchange/role/hub_service.py": "the settlement of a thread: its process must hear how it ended",
    "exchange/role/preparing.py": "what a thread was to make is raised where it is asked for",
    "exchange/edge/rabbit/connection.py": "the settlement of a thread: its users must hear how it ended",
    "adapters/conversion/office/worker.py": "around the office's call: LibreOffice raises what it likes",
    "exchange/edge/conversion_child.py": "around the converter's call: a converter is somebody else's code",
    "exchange/edge/conversion_process.py": "the loading of a converter: a converter is somebody else's code",
}

FUNCTION_LINES = 60
MODULE_LINES = 500
# Longer ones, and why they are still one thing.
LONG: dict[str, str] = {}
ASKS_THE_CLOCK = re.compile(r"\b(?:datetime|date)\.(?:now|utcnow|today)\(")
OPENS_A_FILE = re.compile(r"(?<![\w.])(?<!def )open\(|\.(?:read_bytes|read_text|write_bytes|write_text)\(")


@cache
def modules() -> dict[str, Path]:
    found = {}
    for package in PACKAGES:
        for file in sorted((PROJECT / package).rglob("*.py")):
            parts = file.relative_to(PROJECT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


@cache
def imports(module: str) -> tuple[str, ...]:
    """What *module* imports, each as the module that holds it."""
    return tuple(_imports(module))


def _imports(module: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(modules()[module].read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports by dots"
            assert node.module is not None
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in modules() else node.module


def under(module: str, names: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(f"{name}.") for name in names)


def floor(module: str) -> int:
    fitting = [(len(name), i) for i, names in enumerate(FLOORS) for name in names if under(module, (name,))]
    return max(fitting)[1]


def ours(name: str) -> bool:
    return name.split(".")[0] in ("exchange", "adapters", "cli")


@pytest.mark.parametrize("module", modules())
def test_imports_go_down_only(module: str) -> None:
    if module.startswith(("schemas", "routing_tables")):
        assert imports(module) == (), "they hold documents"
        return
    assert [name for name in imports(module) if ours(name) and floor(name) > floor(module)] == []


@pytest.mark.parametrize("module", [name for name in modules() if name.startswith("adapters")])
def test_adapters_know_the_bus_by_its_front_door(module: str) -> None:
    seen = {name for name in imports(module) if name.startswith("exchange")}
    assert seen <= FOR_ADAPTERS


@pytest.mark.parametrize("package", HOMES)
def test_a_package_from_elsewhere_has_one_home(package: str) -> None:
    users = [module for module in modules() if any(under(name, (package,)) for name in imports(module))]
    assert [module for module in users if not under(module, HOMES[package])] == []


def test_no_package_from_elsewhere_is_without_a_home() -> None:
    import sys  # its list of what is no package from elsewhere

    known = {*sys.stdlib_module_names, *HOMES, *PACKAGES}
    foreign = {name.split(".")[0] for module in modules() for name in imports(module)} - known
    assert foreign == set()


@pytest.mark.parametrize(
    "module", [name for name in modules() if name.startswith("exchange") and floor(name) < 3]
)
def test_below_the_edge_nothing_reaches_out(module: str) -> None:
    code = ast.unparse(ast.parse(modules()[module].read_text()))
    assert {name.split(".")[0] for name in imports(module)} & SIDE_EFFECTS == set()
    assert ASKS_THE_CLOCK.findall(code) == []
    assert OPENS_A_FILE.findall(code) == []


@pytest.mark.parametrize("module", modules())
def test_a_module_says_whose_it_is_and_what_it_owns(module: str) -> None:
    text = modules()[module].read_text()
    assert text.startswith("# SPDX-License-Identifier: Apache-2.0\n")
    assert ast.get_docstring(ast.parse(text)), "no docstring"


@pytest.mark.parametrize("word", ["util", "common", "helper", "manager", "base", "misc"])
def test_what_has_no_subject_has_no_module(word: str) -> None:
    assert [name for name in modules() if re.search(rf"(^|[._]){word}s?($|[._])", name)] == []


@pytest.mark.parametrize("door", READS_THE_PROGRAM)
def test_below_the_edge_only_the_program_itself_is_read(door: str) -> None:
    users = {m for m in modules() if m.startswith("exchange") and floor(m) < 3 and under_exactly(m, door)}
    assert users <= READS_THE_PROGRAM[door]


def under_exactly(module: str, name: str) -> bool:
    return any(found == name for found in imports(module))


@cache
def trees() -> tuple[tuple[str, ast.Module], ...]:
    return tuple((str(file.relative_to(PROJECT)), ast.parse(file.read_text())) for file in modules().values())


def catches_all(handler: ast.ExceptHandler) -> bool:
    """Whether *handler* catches anything and does not raise it again."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    broad = any(kind is None or getattr(kind, "id", "") in ("Exception", "BaseException") for kind in kinds)
    last = handler.body[-1]
    return broad and not (isinstance(last, ast.Raise) and last.exc is None)


def test_anything_is_caught_only_where_somebody_elses_code_is_called() -> None:
    places = {
        where
        for where, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and catches_all(node)
    }
    assert places - set(CATCHES_ALL) == set()
    assert set(CATCHES_ALL) - places == set(), "these no longer need to"


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{where}:{node.lineno} {node.name}"
        for where, tree in trees()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        if (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES
    }
    assert long == set()


def test_no_module_is_longer_than_it_can_be_read_at_once() -> None:
    long = {
        str(file.relative_to(PROJECT))
        for file in modules().values()
        if len(file.read_text().splitlines()) > MODULE_LINES
    }
    assert long - set(LONG) == set()
    assert all(LONG.values())
