"""Adapters are found in the checkout, by entry point and in folders; a broken one stops nobody else."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import schema.records
from adapters.kit.broken import AdapterBroken
from adapters.kit.catalog import Catalog, Quarantined, discover, examined, install, record_classes
from adapters.kit.connection import Connection
from adapters.kit.contract_test import a_clock, a_context, answering
from adapters.kit.manifest import ManifestError, load_manifest
from adapters.kit.places import Found, at
from schema.joined import RecordsBroken
from schema.records.registered_address import RegisteredAddress
from tests.adapters.fakes import address, all_of, codes

MANIFEST = """
name = "{name}"
title = {{ lv = "Svešs", en = "Foreign" }}
owner = "Somebody"
kind = "REST"
level = "NATIONAL"
tier = "DRAFT"
legal_basis = "none"
source = "none"

[reads.RegisteredAddress]
operation = "find"
batch_size = 2
fresh_for = "PT1M"
"""
ADAPTER = """
from .mapping import made
from schema.terms import AddressCode


class Foreign:
    async def read(self, record_type, subjects, context):
        return {code: made(code) for code in subjects}


def connect(connection, wire, clock):
    return Foreign()
"""
MAPPING = "from tests.adapters.fakes import address as made\n"
CONTRACT = "from adapters.kit.openapi.document import load_openapi\nfrom pathlib import Path\n"
UNSUPPORTED = """
from adapters.kit.errors import UnsupportedConstruct
raise UnsupportedConstruct("xsd:any", "type Persona")
"""


def _folder(parent: Path, name: str, *, manifest: str = MANIFEST, adapter: str = ADAPTER) -> Path:
    folder = parent / name
    folder.mkdir(parents=True)
    (folder / "manifest.toml").write_text(manifest.format(name=name))
    (folder / "__init__.py").write_text("")
    (folder / "adapter.py").write_text(adapter)
    (folder / "mapping.py").write_text(MAPPING)
    return folder


def _entry_point(site: Path, name: str, value: str) -> None:
    info = site / f"{name}_of_an_agency-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}-of-an-agency\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[csc_gateway.adapters]\n{name} = {value}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that Python looks for packages in."""
    folder = tmp_path / "site"
    folder.mkdir()
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    for name in set(sys.modules) - before:
        del sys.modules[name]


def _report(catalog: Catalog, name: str) -> Quarantined:
    (found,) = [each for each in catalog.quarantined if each.name == name]
    return found


def test_every_adapter_of_this_checkout_is_installed_and_can_be_connected() -> None:
    catalog = examined(discover())
    assert {"natural_persons", "addresses", "revenue", "vies", "social_assistance"} <= set(catalog.installed)
    assert catalog.quarantined == ()
    assert {each.where for each in catalog.installed.values()} == {"built in"}


async def test_an_adapter_in_a_folder_of_somebody_else_works_like_ours(tmp_path: Path) -> None:
    _folder(tmp_path, "foreign_one")
    catalog = discover(tmp_path)
    register = catalog.connect("foreign_one", Connection("http://127.0.0.1:9"), answering(200, b""), a_clock())
    assert await register.read(RegisteredAddress, codes(3), a_context()) == all_of(codes(3))
    assert address(codes(1)[0])
    assert catalog.installed["foreign_one"].where == f"folder {tmp_path}"


async def test_an_adapter_that_is_installed_as_a_package_works_like_ours(site: Path) -> None:
    _folder(site / "agency", "roads")
    _entry_point(site, "roads", "agency.roads")
    catalog = discover()
    register = catalog.connect("roads", Connection("http://127.0.0.1:9"), answering(200, b""), a_clock())
    assert await register.read(RegisteredAddress, codes(3), a_context()) == all_of(codes(3))
    assert catalog.installed["roads"].where == "entry point roads of roads-of-an-agency"


@pytest.mark.parametrize(
    ("change", "problem", "remedy"),
    [
        ({"adapter": "\nraise RuntimeError('broken on import')"}, "adapter.py, line 2: RuntimeError: broken", "line"),
        ({"adapter": "raise RuntimeError"}, "says nothing", "line"),
        ({"adapter": "raise RuntimeError('\\x1b[31mred' + 'x' * 999)"}, "?[31mredxxx", "line"),
        ({"adapter": "def wrong syntax"}, "adapter.py, line 1: is not Python", "line"),
        ({"adapter": "import sys\nsys.exit(3)"}, "adapter.py, line 2: it ends the program", "SystemExit"),
        ({"adapter": "class Own(BaseException): pass\nraise Own('own')"}, "line 2: Own: own", "line"),
        ({"adapter": "def deeper(): deeper()\ndeeper()"}, "RecursionError", "line"),
        ({"adapter": "import no_such_library"}, "line 1: ModuleNotFoundError", "Install"),
        ({"adapter": CONTRACT + "load_openapi(Path(__file__).parent / 'contract' / 'x.yaml')"}, "line 3", "contract"),
        ({"adapter": UNSUPPORTED}, "line 3: the contract cannot be used: xsd:any at type Persona", "inspect"),
        ({"adapter": "x = 1"}, "no connect", "connect(connection"),
        ({"manifest": MANIFEST.replace("RegisteredAddress", "NoSuchRecord")}, "NoSuchRecord", "NaturalPerson"),
        ({"manifest": MANIFEST.replace("RegisteredAddress", "IncomeLine")}, "IncomeLine", "IncomeHistory"),
        (
            {"manifest": MANIFEST.replace('owner = "Somebody"', 'owner = "x"\ncolour = "red"')},
            "colour",
            "manifest.toml",
        ),
        ({"manifest": MANIFEST.replace('"{name}"', '"another"')}, "folder", "manifest.toml"),
        ({"manifest": MANIFEST.replace("batch_size = 2", "batch_size = 0")}, "batch_size", "manifest.toml"),
        ({"manifest": "not toml"}, "manifest.toml", "manifest.toml"),
    ],
)
def test_a_broken_adapter_is_set_aside_with_what_where_and_what_to_do(
    tmp_path: Path, change: dict[str, str], problem: str, remedy: str
) -> None:
    _folder(tmp_path, "broken_one", **change)
    _folder(tmp_path, "whole_one")
    catalog = discover(tmp_path)
    report = _report(catalog, "broken_one")
    assert problem in report.problem
    assert remedy in report.remedy
    assert len(report.problem) < 400
    assert "\n" not in report.problem
    assert "Traceback" not in f"{report}"
    assert {"addresses", "whole_one"} <= set(catalog.installed)


def test_only_a_person_stops_the_search(tmp_path: Path) -> None:
    _folder(tmp_path, "interrupted", adapter="raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        discover(tmp_path)


def test_an_adapter_that_was_mended_is_read_again(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "mended_one", adapter="from .mapping import made\nraise RuntimeError")
    assert _report(discover(tmp_path), "mended_one")
    (folder / "adapter.py").write_text(ADAPTER)
    (folder / "mapping.py").write_text(MAPPING + "# mended\n")
    assert "mended_one" in discover(tmp_path).installed


def test_two_folders_of_one_name_are_not_mixed_up(tmp_path: Path) -> None:
    first = _folder(tmp_path / "a", "same_name")
    second = _folder(tmp_path / "b", "same_name", adapter=ADAPTER + "\nSECOND = True\n")
    assert install(first).module is not install(second).module
    assert hasattr(install(second).module, "SECOND")
    catalog = discover(tmp_path / "a", tmp_path / "b")
    assert catalog.installed["same_name"].folder == first
    assert f"folder {tmp_path / 'a'}" in _report(catalog, "same_name").problem


def test_a_name_that_is_taken_is_not_taken_over(tmp_path: Path, site: Path) -> None:
    _folder(tmp_path / "own", "addresses")
    _folder(site / "agency", "vies")
    _entry_point(site, "vies", "agency.vies")
    catalog = discover(tmp_path / "own")
    for name in ("addresses", "vies"):
        assert "built in" in _report(catalog, name).problem
        assert catalog.installed[name].folder.parent.name == "registers"
    assert {"addresses", "vies"} <= catalog.names


def test_a_state_register_and_a_municipal_one_of_one_name_are_no_two_adapters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [at(_folder(tmp_path / level, "ovals")) for level in ("registers", "municipal")]
    both = [Found(each.name, each.folder, each.package, "built in") for each in found]
    monkeypatch.setattr("adapters.kit.catalog.look", lambda _: iter(both))
    catalog = discover()
    assert catalog.installed["ovals"].folder == tmp_path / "registers" / "ovals"
    assert _report(catalog, "ovals").problem == "another adapter is called 'ovals': registers/ovals"


def test_a_manifest_that_a_windows_editor_saved_is_read_as_any_other(tmp_path: Path) -> None:
    manifest = _folder(tmp_path, "ovals") / "manifest.toml"
    manifest.write_text(manifest.read_text("utf-8").replace("\n", "\r\n"), "utf-8-sig")
    assert load_manifest(manifest).name == "ovals"


def test_a_name_stays_its_first_owners_also_where_that_one_is_broken(tmp_path: Path) -> None:
    _folder(tmp_path / "a", "same_name", adapter="raise RuntimeError")
    _folder(tmp_path / "b", "same_name")
    catalog = discover(tmp_path / "a", tmp_path / "b")
    assert "same_name" not in catalog.installed
    assert [each.where for each in catalog.quarantined] == [f"folder {tmp_path / 'a'}", f"folder {tmp_path / 'b'}"]


@pytest.mark.parametrize("name", ["With Blank", "Capital", "1st", "a-b", "a__b", "_a", "a_", "class", "ā", "x" * 61])
def test_a_name_that_settings_or_python_cannot_have_is_set_aside(tmp_path: Path, name: str) -> None:
    _folder(tmp_path, name)
    report = _report(discover(tmp_path), name)
    assert "name" in report.problem
    assert "Rename the folder" in report.remedy


def test_folders_that_hold_no_adapter_are_left_alone_and_half_an_adapter_is_named(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "adapter.py").write_text(ADAPTER)
    (tmp_path / "file.txt").write_text("")
    catalog = discover(tmp_path)
    assert [each.name for each in catalog.quarantined] == ["half"]
    assert "manifest.toml" in _report(catalog, "half").problem
    assert catalog.complete


@pytest.mark.parametrize("needed", ["__init__.py", "adapter.py"])
def test_a_file_that_every_adapter_has_is_named_where_it_is_missing(tmp_path: Path, needed: str) -> None:
    (_folder(tmp_path, "without") / needed).unlink()
    assert needed in _report(discover(tmp_path), "without").problem


def test_a_folder_that_is_not_there_is_named_and_the_others_are_found(tmp_path: Path) -> None:
    _folder(tmp_path / "there", "foreign_two")
    catalog = discover(tmp_path / "gone", tmp_path / "there")
    assert "foreign_two" in catalog.installed
    assert "ADAPTERS_PATH" in _report(catalog, "gone").remedy
    assert not catalog.complete


def test_who_names_the_adapter_in_place_of_the_folder_above_is_told(tmp_path: Path) -> None:
    folder = _folder(tmp_path, "foreign_three")
    catalog = discover(folder)
    assert "folder above" in _report(catalog, "foreign_three").remedy


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("agency.roads:connect", "is no package"),
        ("no_such_agency.roads", "No module named"),
        ("agency.no_such_roads", "there is no package"),
        ("agency.empty", "no manifest.toml"),
        ("agency.streets", "the folder's is 'streets'"),
        ("exploding.roads", "it ends the program"),
    ],
)
def test_an_entry_point_that_leads_nowhere_is_set_aside(site: Path, value: str, problem: str) -> None:
    _folder(site / "agency", "streets")
    (site / "agency" / "empty").mkdir()
    (site / "agency" / "empty" / "__init__.py").write_text("")
    (site / "exploding").mkdir()
    (site / "exploding" / "__init__.py").write_text("raise SystemExit")
    _entry_point(site, "roads", value)
    catalog = discover()
    assert problem in _report(catalog, "roads").problem
    assert "addresses" in catalog.installed


@pytest.mark.parametrize(
    ("adapter", "problem"),
    [
        ("def connect(connection, wire, clock):\n    raise KeyError('checkVat')", "line 2: KeyError"),
        ("def connect(connection, wire, clock):\n    raise SystemExit", "it ends the program"),
        ("def connect():\n    return None", "TypeError"),
        ("def connect(connection, wire, clock):\n    return object()", "no read"),
    ],
)
def test_an_adapter_that_cannot_be_connected_is_set_aside_before_it_has_an_address(
    tmp_path: Path, adapter: str, problem: str
) -> None:
    _folder(tmp_path, "unconnectable", adapter=adapter)
    catalog = examined(discover(tmp_path))
    assert problem in _report(catalog, "unconnectable").problem
    assert "unconnectable" not in catalog.installed
    with pytest.raises(AdapterBroken):
        install(tmp_path / "unconnectable").connect(Connection("x"), answering(200, b""), a_clock())


def test_one_folder_can_be_read_alone_or_says_why_not(tmp_path: Path) -> None:
    assert install(_folder(tmp_path, "alone")).manifest.name == "alone"
    with pytest.raises(AdapterBroken, match="no connect"):
        install(_folder(tmp_path, "not_alone", adapter="x = 1"))


def test_parts_of_records_are_no_record_types() -> None:
    assert {"NaturalPerson", "IncomeHistory"} <= set(record_classes())
    assert not {"HouseholdLink", "IncomeLine"} & set(record_classes())


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('kind = "SOAPY"', "Invalid enum value 'SOAPY' - at `$.kind`; it is one of REST, SOAP"),
        ('tires = "DRAFT"', "Object contains unknown field `tires`; it has announces, contact, "),
        (
            '[receives.x]\nstrategy = "AGAIN"',
            "at `$.receives[...].strategy`; it is one of IDEMPOTENCY_KEY, LOOKUP_BEFORE_RESEND, MANUAL",
        ),
        ("[reads.X]\nbatch = 1", "`batch` - at `$.reads[...]`; it has batch_size, fresh_for, operation, "),
        ('[announces]\nkind = "ALL"', "at `$.announces.kind`; it is one of PROTECTION, REPRESENTATION"),
        ("[quality]\nexempt = 1", "Expected `object`, got `int` - at `$.quality.exempt`"),
        ("[dagr]\nneeds = [1]", "Expected `str`, got `int` - at `$.dagr.needs[0]`"),
        ("kind", "manifest.toml: "),
    ],
)
def test_a_slip_in_a_manifest_is_told_with_what_could_stand_there(tmp_path: Path, written: str, said: str) -> None:
    (tmp_path / "manifest.toml").write_text(f'name = "x"\n{written}\n')
    with pytest.raises(ManifestError, match=re.escape(said)):
        load_manifest(tmp_path / "manifest.toml")


def test_a_manifest_that_cannot_be_read_says_why_in_words(tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match=r"^manifest\.toml cannot be read: No such file or directory$"):
        load_manifest(tmp_path / "manifest.toml")


def test_a_manifest_that_does_nothing_or_receives_no_claim_type_is_refused(tmp_path: Path) -> None:
    head = MANIFEST.partition("[reads")[0]
    for tail in ("", '[receives."No Type"]\noperation = "x"\nstrategy = "MANUAL"'):
        (tmp_path / "manifest.toml").write_text((head + tail).format(name=tmp_path.name))
        with pytest.raises(ManifestError):
            load_manifest(tmp_path / "manifest.toml")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import msgspec\ngarbage(\n", "schema/records/slips.py, line 2: is not Python. "),
        ("x = 1\ny = x + z\n", "schema/records/slips.py, line 2: NameError: name 'z' is not defined. "),
        (
            "from __future__ import annotations\nimport msgspec\nclass Dog(msgspec.Struct):\n    weight: decimal\n",
            "schema/records/slips.py: NameError: name 'decimal' is not defined. ",
        ),
    ],
)
def test_a_slip_in_a_record_is_named_with_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    (tmp_path / "slips.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(schema.records, "__path__", [*schema.records.__path__, str(tmp_path)])
    monkeypatch.delitem(sys.modules, "schema.records.slips", raising=False)
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    try:
        with pytest.raises(RecordsBroken, match=re.escape(said + "Correct it, or take the file away.")):
            record_classes()
    finally:
        sys.modules.pop("schema.records.slips", None)
