"""What import contracts cannot see: who names clock, environment and parser; what words and mappings may import."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.sources import PACKAGES, ROOT, Module, modules

COMPOSITION_ROOTS = {Path("gateway/clock.py"), Path("adapters/sandbox/server.py")}
"""The only modules that take the time of day from the machine; everybody else is handed a clock."""

WALL_CLOCK = {
    "datetime.date.today",
    "datetime.datetime.now",
    "datetime.datetime.today",
    "datetime.datetime.utcnow",
    "time.localtime",
    "time.gmtime",
    "time.time",
    "time.time_ns",
}
IMPURE = {
    "asyncio",
    "http",
    "multiprocessing",
    "os",
    "random",
    "secrets",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "time",
    "urllib",
}
"""Standard library modules with a world behind them."""

VALUES_OF_THE_KIT = (
    *(
        "adapters.kit.ckan_values",
        "adapters.kit.items",
        "adapters.kit.ports",
        "adapters.kit.record_of",
        "adapters.kit.wire_values",
    ),
    "adapters.kit.xsd.types",
)
"""What the kit hands to a mapping and takes from it: plain values, nothing that calls a register."""


def _offences(found: Iterator[Module], forbidden: set[str]) -> list[str]:
    return [
        f"{module.path}:{line} names {name}"
        for module in found
        for name, line in module.named()
        if any(name == entry or name.startswith(f"{entry}.") for entry in forbidden)
    ]


def test_only_the_settings_read_the_environment() -> None:
    elsewhere = (module for module in modules(*PACKAGES) if module.path != Path("gateway/settings.py"))
    assert _offences(elsewhere, {"os.environ", "os.environb", "os.getenv", "os.putenv"}) == []


def test_only_composition_roots_take_the_time_of_day_from_the_machine() -> None:
    elsewhere = (module for module in modules(*PACKAGES) if module.path not in COMPOSITION_ROOTS)
    assert _offences(elsewhere, WALL_CLOCK) == []


def test_words_and_policies_name_no_clock_no_network_and_no_chance() -> None:
    assert _offences(modules("schema", "policies"), WALL_CLOCK | IMPURE) == []


def test_the_words_import_the_standard_library_only() -> None:
    words = next(module for module in modules("schema") if module.path == Path("schema/terms.py"))
    assert {name.partition(".")[0] for name in words.imported} <= sys.stdlib_module_names


def test_a_mapping_imports_words_plain_values_and_pure_standard_library_only() -> None:
    allowed = (sys.stdlib_module_names - IMPURE) | {"schema"}
    offences = [
        f"{module.path} imports {name}"
        for module in modules("adapters")
        if module.path.name == "mapping.py"
        for name in module.imported
        if name.partition(".")[0] not in allowed
        and not name.startswith((*VALUES_OF_THE_KIT, ".".join(module.path.parts[:-1])))
    ]
    assert offences == []


def test_xml_is_parsed_by_the_one_hardened_parser() -> None:
    """An ``XMLParser`` made elsewhere, or a parse without one, resolves entities and fetches what a document names.

    The sandbox stands apart from the adapters and has its own, also in one place.
    """
    parsing = {"lxml.etree." + name for name in ("fromstring", "parse", "XML", "HTML", "fromstringlist", "XMLID")}
    made: dict[str, set[Path]] = {"adapters": set(), "sandbox": set()}
    offences = []
    for module in modules(*PACKAGES):
        side = "sandbox" if module.path.parts[:2] == ("adapters", "sandbox") else "adapters"
        called = {name for name, _ in module.named()}
        if called & {"lxml.etree.XMLParser", "lxml.etree.XMLPullParser", "lxml.etree.HTMLParser"}:
            made[side].add(module.path)
        if called & {"lxml.etree.iterparse"}:
            offences.append(f"{module.path} uses iterparse, which takes no parser")
        if called & parsing:
            offences += [f"{module.path}:{line} parses without the hardened parser" for line in _without_parser(module)]
    assert offences == []
    assert all(len(places) <= 1 for places in made.values()), made


def _without_parser(module: Module) -> Iterator[int]:
    aliases = {"etree"} | {name.rpartition(".")[2] for name in module.imported if name.startswith("lxml.etree.")}
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call) or len(node.args) > 1 or any(word.arg == "parser" for word in node.keywords):
            continue
        called = node.func
        if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id in aliases:
            if called.attr in {"fromstring", "parse", "XML", "HTML", "fromstringlist", "XMLID"}:
                yield node.lineno
        elif isinstance(called, ast.Name) and called.id in aliases & {"fromstring", "XML", "HTML", "fromstringlist"}:
            yield node.lineno


def test_nothing_is_decided_by_a_url_that_host_or_path_can_poison() -> None:
    """``request.url`` is put together from the Host header; ``scope["path"]`` is what was asked."""
    offences = [
        f"{module.path}:{node.lineno} reads request.url"
        for module in modules("gateway")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute)
        and node.attr in {"url", "base_url"}
        and isinstance(node.value, ast.Name)
        and node.value.id in {"request", "connection", "conn"}
    ]
    assert offences == []


def test_no_test_replaces_our_own_classes_by_mocks() -> None:
    mocking = [
        str(path.relative_to(ROOT))
        for folder in ("tests", *PACKAGES)
        for path in (ROOT / folder).rglob("*.py")
        if "node_modules" not in path.parts
        if any(
            name.startswith(("unittest.mock", "mock."))
            for name in Module(path.relative_to(ROOT), ast.parse(path.read_text(encoding="utf-8"))).imported
        )
    ]
    assert mocking == []


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("from datetime import datetime\nclock = datetime.now", "datetime.datetime.now"),
        ("import datetime as d\nd.datetime.now()", "datetime.datetime.now"),
        ("from time import time as t\nt()", "time.time"),
        ("from os import environ\nenviron['A']", "os.environ"),
        ("import os.path\nos.environ", "os.environ"),
    ],
)
def test_a_name_is_recognised_however_it_was_imported(code: str, expected: str) -> None:
    module = Module(Path("gateway/offence.py"), ast.parse(code))
    assert _offences(iter([module]), {expected}) != []
