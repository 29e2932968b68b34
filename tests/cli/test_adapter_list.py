"""``gateway adapter list``, ``gateway doctor`` and a start with adapters that are broken."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from gateway.cli import app
from gateway.examination import examine
from gateway.settings import load
from tests.conftest import StartsGateway

BROKEN = "print('said while it is imported')\nimport no_such_library\n"
MANIFEST = """
name = "{name}"
title = {{ lv = "Svešs", en = "Foreign" }}
owner = "Somebody"
kind = "REST"
level = "NATIONAL"
tier = "BRONZE"
legal_basis = "none"
source = "contract/openapi.yaml"

[reads.VehicleFleet]
operation = "find"
batch_size = 2
fresh_for = "PT1M"

[quality.exempt]
no-such-rule = "it is not there"
"""
WHOLE = """
class Foreign:
    async def read(self, record_type, subjects, context):
        return {}


def connect(connection, wire, clock):
    return Foreign()
"""
FAILS_AT_CONNECT = "def connect(connection, wire, clock):\n    raise KeyError('find')\n"


def _folder(parent: Path, name: str, adapter: str) -> None:
    folder = parent / name
    folder.mkdir(parents=True)
    (folder / "manifest.toml").write_text(MANIFEST.format(name=name))
    (folder / "__init__.py").write_text("")
    (folder / "adapter.py").write_text(adapter)


@pytest.fixture
def agency(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Three adapters of an agency: one that works, one that cannot be imported, one that cannot be connected."""
    for name, adapter in (("roads", WHOLE), ("rails", BROKEN), ("ships", FAILS_AT_CONNECT)):
        _folder(tmp_path / "agency", name, adapter)
    monkeypatch.setenv("ADAPTERS_PATH", str(tmp_path / "agency"))
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "agency"


def _listed(*arguments: str) -> Any:
    result = CliRunner().invoke(app, ["adapter", "list", *arguments])
    assert result.exit_code == 0
    assert "Traceback" not in result.output
    return result


def test_every_built_in_adapter_is_listed_with_what_it_does_and_the_tier_it_declares() -> None:
    rows = {row["name"]: row for row in json.loads(_listed("--json").stdout)["adapters"]}
    assert {"addresses", "natural_persons", "revenue", "social_assistance", "vies"} <= set(rows)
    revenue = rows["revenue"]
    assert revenue["state"] == "installed"
    assert revenue["found"] == "built in"
    assert (revenue["kind"], revenue["level"]) == ("REST", "NATIONAL")
    assert revenue["reads"] == ["IncomeHistory", "TaxBookRecord"]
    assert revenue["receives"] == ["annual-income-declaration"]
    assert revenue["tier"] == {"declared": "BRONZE", "earned": "BRONZE"}
    assert {each["tier"] for each in revenue["missing"]} <= {"SILVER", "GOLD"}


def test_broken_adapters_are_listed_with_what_is_wrong_and_what_to_do(agency: Path) -> None:
    result = _listed("--json")
    rows = {row["name"]: row for row in json.loads(result.stdout)["adapters"]}
    assert "said while it is imported" in result.stderr
    assert {name: rows[name]["state"] for name in ("roads", "rails", "ships")} == {
        "roads": "installed",
        "rails": "quarantined",
        "ships": "quarantined",
    }
    assert rows["rails"]["found"] == f"folder {agency}"
    assert "line 2: ModuleNotFoundError" in rows["rails"]["problem"]
    assert "environment" in rows["rails"]["remedy"]
    assert "cannot be connected: adapter.py, line 2: KeyError" in rows["ships"]["problem"]


def test_people_read_a_table_and_after_it_what_they_have_to_do(agency: Path) -> None:
    shown = _listed().stdout
    assert "Valsts adrešu reģistrs" in shown
    assert f"rails is set aside (folder {agency}): adapter.py, line 2: ModuleNotFoundError" in shown
    assert "What to do: Install what it needs" in shown
    assert "roads declares BRONZE and has earned DRAFT:" in shown
    assert "BRONZE contract-there: source names no file of contract/" in shown
    assert "roads has no-such-rule under [quality], which is no rule" in shown
    assert "addresses declares" not in shown


def test_only_those_that_are_named_are_listed_and_a_name_of_none_is_a_wrong_call(agency: Path) -> None:
    rows = json.loads(_listed("rails", "vies", "--json").stdout)["adapters"]
    assert [row["name"] for row in rows] == ["rails", "vies"]
    wrong = CliRunner().invoke(app, ["adapter", "list", "rals"])
    assert wrong.exit_code == 2
    assert "no adapter is called rals" in wrong.stderr
    assert wrong.stdout == ""


def test_the_doctor_names_every_adapter_that_is_set_aside(agency: Path) -> None:
    findings = {finding.check: finding for finding in examine(None)}
    assert findings["adapters"].holds
    for name in ("rails", "ships"):
        assert not findings[f"adapter {name}"].holds
        assert findings[f"adapter {name}"].remedy
    assert "adapter roads" not in findings


def test_the_gateway_starts_with_broken_adapters_and_says_so_once(agency: Path, fresh_gateway: StartsGateway) -> None:
    connected = {f"GATEWAY_REGISTERS__{name}__URL": "http://127.0.0.1:9" for name in ("ROADS", "RAILS", "SHIPS")}
    running = fresh_gateway(GATEWAY_ADAPTERS_PATH=str(agency), **connected)
    _, answer = running.post("{ registers { id } }", persona="ministry-it")
    listed = {register["id"] for register in answer["data"]["registers"]}
    assert {"roads", "addresses", "vies"} <= listed
    assert not {"rails", "ships"} & listed
    lines = (running.data / "gateway.log").read_text(encoding="utf-8").splitlines()
    log = [json.loads(line) for line in lines if "adapter.quarantined" in line]
    assert {each["adapter"] for each in log} == {"rails", "ships"}
    assert len(log) == 2
    assert all(each["reason"] and each["remedy"] and each["where"] for each in log)
    assert "Traceback" not in running.printed()


def test_a_setting_of_a_register_in_a_folder_that_is_gone_does_not_stop_the_gateway(
    tmp_path: Path, fresh_gateway: StartsGateway
) -> None:
    gone = {"GATEWAY_ADAPTERS_PATH": str(tmp_path / "gone"), "GATEWAY_REGISTERS__ROADS__URL": "http://127.0.0.1:9"}
    _, answer = fresh_gateway(**gone).post("{ registers { id } }", persona="ministry-it")
    assert "addresses" in {register["id"] for register in answer["data"]["registers"]}


@pytest.mark.parametrize("variable", ["ADAPTERS_PATH", "GATEWAY_ADAPTERS_PATH"])
def test_folders_are_separated_as_in_path(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(variable, os.pathsep.join(["a", "", "b/c"]))
    assert load().adapters_path == (Path("a"), Path("b/c"))


def test_the_prefixed_variable_wins_and_a_file_gives_a_list_or_a_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('adapters_path = ["a", "b"]')
    assert load(file).adapters_path == (Path("a"), Path("b"))
    file.write_text('adapters_path = "a"')
    assert load(file).adapters_path == (Path("a"),)
    monkeypatch.setenv("ADAPTERS_PATH", "c")
    assert load(file).adapters_path == (Path("c"),)
    monkeypatch.setenv("GATEWAY_ADAPTERS_PATH", "d")
    assert load(file).adapters_path == (Path("d"),)
    assert load().adapters_path == (Path("d"),)
