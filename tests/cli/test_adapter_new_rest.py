"""``gateway adapter new`` of OpenAPI descriptions: what it writes runs green, and what it cannot draft it says."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.commands.adapter import new
from tests.cli.simulating import ROOT

CONTRACTS = Path(__file__).parent / "contracts"
RESIDENTS, COMPANIES = CONTRACTS / "residents-3.1.yaml", CONTRACTS / "companies-2.0.json"
COPIED = ("adapters", "gateway", "policies", "schema")


class Tree:
    """A checkout of one's own, to write adapters into."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for name in COPIED:
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "contract_test"))
        shutil.copy(ROOT / "pyproject.toml", root)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Python in the tree."""
        environment = {**os.environ, "PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(
            [sys.executable, *arguments], cwd=self.root, env=environment, capture_output=True, text=True, check=False
        )

    def mapping(self, folder: str) -> str:
        """Of a folder of adapters."""
        return (self.root / "adapters" / folder / "mapping.py").read_text("utf-8")

    def draft(self, name: str, *arguments: str) -> str:
        """What the command printed about a draft that is green."""
        ran = self.run("-m", "gateway", "adapter", "new", name, *arguments)
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Tree:
    return Tree(tmp_path_factory.mktemp("checkout"))


@pytest.fixture(scope="module")
def many(tree: Tree) -> str:
    """Of a batch by codes in a body."""
    return tree.draft(
        *("many", "--contract", str(RESIDENTS), "--operation", "findResidents"),
        *("--items", "residents", "--item-key", "code"),
    )


@pytest.fixture(scope="module")
def single(tree: Tree) -> str:
    """Of one person by a header, of a municipality."""
    return tree.draft(
        *("single", "--contract", str(RESIDENTS), "--operation", "readResident"),
        *("--municipal", "--join", "at_home", "--record", "AtHomeRecord"),
    )


@pytest.fixture(scope="module")
def officers(tree: Tree) -> str:
    """Of a list by a public number in the path, by Swagger 2.0."""
    return tree.draft("officers", "--contract", str(COMPANIES), "--subject", "registration-number")


@pytest.fixture
def refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Refused:
    return Refused(tmp_path, monkeypatch)


class Refused:
    """Drafts that cannot be, in an empty tree."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._root = root
        monkeypatch.setattr(new, "_ROOT", root)
        (root / "schema" / "records").mkdir(parents=True)

    def said(self, code: int, *arguments: str, contract: Path = RESIDENTS, name: str = "draft") -> str:
        """The one sentence; nothing is left behind."""
        result = CliRunner().invoke(app, ["adapter", "new", name, "--contract", str(contract), *arguments])
        assert result.exit_code == code, result.output
        left = [path for path in self._root.rglob("*") if path.is_file()]
        assert left == [], "something of the draft was left behind"
        [line] = result.stderr.strip().splitlines()
        return line.removeprefix("gateway: ")


def test_a_batch_by_codes_in_a_body_is_green_at_once(tree: Tree, many: str) -> None:
    assert "53 passed" in many
    mapping = (tree.root / "adapters" / "registers" / "many" / "mapping.py").read_text("utf-8")
    assert '"codes": list(keys), "purpose": "' in mapping
    assert "remark" not in mapping
    assert "X-Road" not in mapping
    manifest = (tree.root / "adapters" / "registers" / "many" / "manifest.toml").read_text("utf-8")
    assert 'tier = "DRAFT"' in manifest
    assert "batch_size = 40" in manifest


def test_every_value_has_an_attribute_of_its_type_and_what_has_none_is_named(tree: Tree, many: str) -> None:
    lines = (tree.root / "schema" / "records" / "many.py").read_text("utf-8").splitlines()
    found = dict(line.strip().partition(": Annotated[")[::2] for line in lines if ": Annotated[" in line)
    assert {name: text.partition(", Meta(")[0] for name, text in found.items()} == {
        "code": "str",
        "name": "str",
        "income": "Decimal",
        "children": "int | None",
        "plot": "Decimal | None",
        "alive": "bool | None",
        "born": "date | None",
        "changed": "datetime | None",
        "photo": "str | None",
        "class_": "str | None",
        "languages": "tuple[str, ...]",
        "standing": "str | None",
        "rights": "tuple[str, ...]",
        "full": "str | None",
        "floor": "int | None",
        "pensions": "tuple[ManyPensions, ...]",
        "sum": "Decimal",
        "since": "date | None",
        "number": "str | None",
        "colour": "str | None",
        "issued": "date | None",
        "pages": "int | None",
        "chip": "bool | None",
    }
    assert 'Meta(description="Vārds un uzvārds.")' in found["name"]
    for left_out in (
        *("parent: it holds itself", "labels/*: names that the contract leaves open"),
        *("place: a list whose places differ", "anything: it may be anything", "page: it stands beside the records"),
    ):
        assert left_out in many


def test_listed_codes_are_read_by_a_table_and_what_is_none_of_them_is_an_error(tree: Tree, many: str) -> None:
    mapping = tree.mapping("registers/many")
    for line in (
        'STANDING_BY_CODE = {"AWAY": "AWAY", "HERE": "HERE"}',
        'RIGHTS_BY_CODE = {"DRIVE": "DRIVE", "VOTE": "VOTE"}',
        'COLOUR_BY_CODE = {"BLUE": "BLUE", "RED": "RED"}',
    ):
        assert line in mapping
    assert "codes: mapping.py, RIGHTS_BY_CODE: DRIVE, VOTE stand for themselves" in many
    script = """
from pathlib import Path
from adapters.kit.errors import Malformed
from adapters.kit.on_trial import OnTrial
from adapters.kit.recorded import a_context, answering
from schema.terms import PersonCode
import json
trial, asked = OnTrial(Path("adapters/registers/many")), PersonCode("39100000011")
def read(**values):
    resident = {"code": asked.digits, "name": "Anna", "income": 1, **values}
    wire = answering(200, json.dumps({"residents": [resident], "page": 1}).encode())
    return trial.read(wire, "ManyRecord", [asked], a_context())[asked]
assert (read(standing="HERE").standing, read(standing=None).standing, read(rights=["VOTE"]).rights) == ("HERE", None, ("VOTE",))
for values in ({"standing": "GONE"}, {"rights": ["VOTE", "FLY"]}, {"rights": [{}]}, {"standing": []}):
    assert type(read(**values)) is Malformed, values
"""
    ran = tree.run("-c", script)
    assert ran.returncode == 0, ran.stderr


def test_one_person_by_a_header_is_green_at_once_and_404_is_told_from_a_wrong_address(tree: Tree, single: str) -> None:
    assert "42 passed" in single
    assert "status 404 with the body that the contract has for it is taken for 'not on record'" in single
    assert '"Person-Code": keys[0]' in tree.mapping("municipal/single")
    assert 'f"{subject.digits[:6]}-{subject.digits[6:]}"' in single
    script = """
from pathlib import Path
from adapters.kit.errors import Rejected
from adapters.kit.on_trial import OnTrial
from adapters.kit.recorded import a_context, answering
from schema.terms import PersonCode
trial, asked = OnTrial(Path("adapters/municipal/single")), PersonCode("39100000011")
def read(body):
    wire = answering(404, body)
    found = trial.read(wire, "AtHomeRecord", [asked], a_context())
    assert wire.requests[0].headers["Person-Code"] == "391000-00011"
    return found
assert read(b'{"reason": "NOT_ON_RECORD"}') == {}
for body in (b"", b"<html/>", b"{}", b'{"message": "no Route matched"}'):
    assert type(read(body)[asked]) is Rejected, body
"""
    ran = tree.run("-c", script)
    assert ran.returncode == 0, ran.stderr


def test_a_public_number_may_stand_in_the_path_and_a_list_without_keys_is_one_record(tree: Tree, officers: str) -> None:
    assert "42 passed" in officers
    case = json.loads((tree.root / "adapters/registers/officers/cases/found.case.json").read_text("utf-8"))
    assert list(case["records"]["40000000011"]) == ["items"]
    assert '"path": {"number": keys[0]}' in tree.mapping("registers/officers")


def test_drafted_files_are_as_the_house_has_them(tree: Tree, many: str, single: str, officers: str) -> None:
    drafted = [
        *("adapters/registers/many", "adapters/municipal/single", "adapters/registers/officers"),
        *(f"schema/records/{name}.py" for name in ("many", "single", "officers")),
    ]
    if importlib.util.find_spec("ruff") is not None:
        for how in (("check", "--no-cache"), ("format", "--check", "--no-cache")):
            ran = tree.run("-m", "ruff", *how, *drafted)
            assert ran.returncode == 0, ran.stdout
    if importlib.util.find_spec("mypy") is None:
        pytest.skip("not run: mypy is missing")
    ran = tree.run("-m", "mypy", "--strict", "--follow-imports=silent", "--config-file=", *drafted)
    assert ran.returncode == 0, ran.stdout


def test_a_person_is_never_named_in_an_address(refused: Refused) -> None:
    for how in ((), ("--key", "code"), ("--key", "path/code"), ("--subject", "address-code")):
        said = refused.said(1, "--operation", "residentByAddress", *how)
        assert "takes a key only in its address (path/code)" in said
        assert "Ask the owner for an operation that takes it in the body or in a header" in said


def test_what_writes_by_http_s_own_words_is_no_reading(refused: Refused) -> None:
    assert "is a PUT, which changes" in refused.said(1, "--operation", "replaceResident")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("--operation", "none"), "the contract has no operation none"),
        ((), "say which --operation reads: findResidents, readResident"),
        (
            ("--operation", "findResidents", "--key", "none"),
            "no none in the request; there is body/codes, body/purpose",
        ),
        (("--operation", "findResidents", "--items", "none"), "no list none in the answer; there is residents"),
        (("--operation", "findResidents", "--items", "residents", "--item-key", "no"), "no text no in a record"),
        (
            ("--operation", "findResidents", "--items", "residents", "--item-key", "plot"),
            "plot of a record cannot hold",
        ),
        (("--operation", "findResidents", "--join", "vehicles"), "Person has a field vehicles already; --join names"),
        (("--operation", "findResidents", "--join", "given_name"), "Person has a field givenName already"),
        (("--operation", "findResidents", "--join", "given-name"), "--join given-name is no name for a field"),
        (("--operation", "findResidents", "--record", "a b"), "--record is no name for a class"),
        (("--operation", "findResidents", "--subject", "shoe-size"), "--subject shoe-size is none of person-code"),
    ],
)
def test_a_wrong_option_is_one_sentence(refused: Refused, wrong: tuple[str, ...], said: str) -> None:
    assert said in refused.said(2, *wrong)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("class", "class is a word of Python's own"),
        ("import", "import is a word of Python's own"),
        ("x", "x is no name for a folder: 2 to 41 small letters, digits and underscores, a letter first"),
        ("a" * 42, "is no name for a folder: 2 to 41 small letters"),
        ("Dogs", "Dogs is no name for a folder: 2 to 41 small letters"),
    ],
)
def test_a_name_that_no_module_can_have_is_refused_at_once(refused: Refused, name: str, said: str) -> None:
    assert said in refused.said(2, "--operation", "findResidents", name=name)


@pytest.mark.parametrize(("there", "option"), [("registers", ("--municipal",)), ("municipal", ())])
def test_a_name_is_taken_by_whichever_kind_of_adapter_has_it(
    refused: Refused, tmp_path: Path, there: str, option: tuple[str, ...]
) -> None:
    (tmp_path / "adapters" / there / "revenue").mkdir(parents=True)
    said = refused.said(2, "--operation", "findResidents", *option, name="revenue")
    assert said == f"adapters/{there}/revenue is there already; choose another name, or remove it"


def test_a_contract_that_is_not_there_is_told_as_inspect_tells_it(refused: Refused, tmp_path: Path) -> None:
    for contract in (tmp_path / "none.yaml", tmp_path, tmp_path / ("a" * 300)):
        inspected = CliRunner().invoke(app, ["adapter", "inspect", str(contract)])
        assert refused.said(2, contract=contract) == inspected.stderr.strip().removeprefix("gateway: ")
        assert inspected.exit_code == 2
    assert "Errno" not in inspected.stderr


def test_what_answers_nothing_of_use_is_said(refused: Refused, tmp_path: Path) -> None:
    answers = {
        "answers status 200 without JSON": {"201": {"description": "made"}},
        "neither an object nor a list": _answering({"type": "string"}),
        "names that the contract leaves open": _answering(
            {"type": "object", "additionalProperties": {"type": "string"}}
        ),
    }
    for said, responses in answers.items():
        operation = {"operationId": "ask", "responses": responses}
        operation["parameters"] = [{"name": "Code", "in": "header", "required": True, "schema": {"type": "string"}}]
        text = {"openapi": "3.0.3", "info": {"title": "x", "version": "1"}, "paths": {"/a": {"get": operation}}}
        contract = tmp_path.parent / f"{tmp_path.name}.json"
        contract.write_text(json.dumps(text), "utf-8")
        assert said in refused.said(1, contract=contract)


def _answering(schema: Mapping[str, object]) -> dict[str, object]:
    return {"200": {"description": "it", "content": {"application/json": {"schema": schema}}}}


def test_a_code_of_another_form_is_not_passed_over_for_a_free_text(tree: Tree, tmp_path: Path) -> None:
    """A free text may be the asking user's: whose data is read would then stand in the register's log as who read."""
    asked = {"user": {"type": "string"}, "citizen": {"type": "string", "pattern": "^[0-9]{12}$"}}
    contract = _asking(tmp_path, {"type": "object", "required": list(asked), "properties": asked})
    contract = contract.rename(tmp_path / f"{'a-name-that-no-line-of-a-terminal-holds' * 4}.json")
    ran = tree.run("-m", "gateway", "adapter", "new", "long", "--contract", str(contract))
    assert ran.returncode == 1
    assert ran.stderr == "gateway: say with --key which names the subject: body/citizen, body/user\n"
    said = tree.draft("long", "--contract", str(contract), "--key", "citizen")
    assert "  1. key on the wire: body/citizen takes no personal code as it is: write key_of in mapping.py" in said
    assert f"contract/{contract.name}\n" in said
    assert "Contract test: not run" in said
    mapping = (tree.root / "adapters/registers/long/mapping.py").read_text("utf-8")
    assert 'raise ValueError("decide how a personal code stands in body/citizen")' in mapping
    assert (tree.root / "adapters/registers/long/cases/found.case.json").is_file()


def test_a_key_that_takes_a_part_of_a_code_is_said_before_all_else(tree: Tree, tmp_path: Path) -> None:
    asked = {"user": {"type": "string"}, "citizen": {"type": "string", "pattern": "^[0-9]{9}$"}}
    contract = _asking(tmp_path, {"type": "object", "required": list(asked), "properties": asked})
    said = tree.draft("short", "--contract", str(contract))
    assert "  1. key on the wire: body/citizen takes no personal code, only a part of one" in said
    assert '"citizen": keys[0]' in tree.mapping("registers/short")
    assert "request_of:\n       body/user: " in said


def _asking(folder: Path, schema: Mapping[str, object]) -> Path:
    """A contract whose one operation is asked with such a body."""
    answer = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    operation: dict[str, object] = {
        "operationId": "ask",
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": _answering(answer),
    }
    text = {"openapi": "3.0.3", "info": {"title": "x", "version": "1"}, "paths": {"/a": {"post": operation}}}
    contract = folder / "contract.json"
    contract.write_text(json.dumps(text), "utf-8")
    return contract
