"""``gateway adapter inspect``: files and URLs, whole, broken and hostile; nothing is read that was not asked for."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from gateway.cli import app
from tests.adapters.loopback import saying, serving
from tests.running_gateway import ROOT

FPR = ROOT / "adapters" / "registers" / "natural_persons" / "contract" / "fpr.wsdl"
VIES = ROOT / "adapters" / "registers" / "vies" / "contract" / "checkVatService.wsdl"
REVENUE = ROOT / "adapters" / "registers" / "revenue" / "contract" / "openapi.yaml"
SHAPES = ROOT / "tests" / "adapters" / "wsdl" / "shapes.wsdl"


def inspect(*given: str) -> Result:
    return CliRunner().invoke(app, ["adapter", "inspect", *given])


def as_json(*given: str) -> tuple[int, Any]:
    done = inspect(*given, "--json")
    return done.exit_code, json.loads(done.stdout)


@pytest.mark.parametrize(("path", "kind"), [(FPR, "WSDL"), (VIES, "WSDL"), (REVENUE, "OPENAPI")])
def test_a_contract_is_shown_as_programs_rely_on_it(path: Path, kind: str) -> None:
    code, found = as_json(str(path))
    assert (code, found["kind"], found["loads"]) == (0, kind, True)
    assert all(each["loads"] is True and each["reason"] is None for each in found["operations"])
    assert found["refused"] == []
    assert found["types"]


def test_a_tree_names_everything_that_a_request_and_an_answer_hold() -> None:
    shown = inspect(str(FPR), "--operation", "PersonasDati").stdout
    for said in (
        "✓ PersonasDati  SOAP 1.1 document/literal",
        "PersonasKods",
        "Berni?",
        "nillable",
        "headers",
        "faults",
    ):
        assert said in shown
    assert "PersonuDati " not in shown


def test_open_and_recursive_types_are_hazards_with_their_line() -> None:
    _, found = as_json(str(SHAPES))
    hazards = {(each["kind"], each["where"].rpartition(":")[0]) for each in found["hazards"]}
    assert {("recursive-type", "shapes.wsdl"), ("any", "shapes.wsdl")} <= hazards


def test_one_bad_operation_is_left_out_by_name_and_the_others_work(tmp_path: Path) -> None:
    text = VIES.read_text("utf-8").replace('element="types:checkVatApprox"', 'element="types:nothing"')
    (tmp_path / "vies.wsdl").write_text(text, "utf-8")
    code, found = as_json(str(tmp_path / "vies.wsdl"))
    assert code == 0
    assert {each["name"]: each["loads"] for each in found["operations"]} == {"checkVat": True, "checkVatApprox": False}
    [left_out] = [each for each in found["operations"] if not each["loads"]]
    assert "element nothing, which is declared nowhere (vies.wsdl:" in left_out["reason"]
    assert [each["construct"] for each in found["refused"]] == ["element nothing, which is declared nowhere"]


@pytest.mark.parametrize(
    ("content", "construct"),
    [
        (b"<definitions", "not well-formed XML"),
        (b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/hostname">]><d>&x;</d>', "a document type is declared"),
        (b'<description xmlns="http://www.w3.org/ns/wsdl"/>', "WSDL 2.0"),
        (b"<html/>", "a file that is no WSDL 1.1"),
        (b'<definitions xmlns="http://schemas.xmlsoap.org/wsdl/"/>', "a contract without operation"),
        (b"openapi: 3.0.0\n", "a description without operation"),
        (b"\x00\x01\x02", ""),
        (b"", ""),
    ],
)
def test_what_is_no_contract_is_refused_with_construct_and_place(
    tmp_path: Path, content: bytes, construct: str
) -> None:
    path = tmp_path / "contract.wsdl"
    path.write_bytes(content)
    code, found = as_json(str(path))
    assert (code, found["loads"]) == (1, False)
    assert construct in found["refused"][0]["construct"]
    assert found["refused"][0]["where"].startswith("contract.wsdl")


def test_a_wrong_call_is_one_sentence(tmp_path: Path) -> None:
    for given in (str(tmp_path / "nothing.wsdl"), str(tmp_path)):
        done = inspect(given)
        assert done.exit_code == 2
        assert "Traceback" not in done.output


async def test_imports_from_the_network_are_made_only_from_hosts_that_are_allowed(tmp_path: Path) -> None:
    schema = b'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:other"/>'
    async with serving(saying("200 OK", schema)) as other:
        imported = f'<import xmlns="http://www.w3.org/2001/XMLSchema" namespace="urn:other" schemaLocation="{other.url}/o.xsd"/>'
        text = SHAPES.read_text("utf-8").replace(
            '<xs:simpleType name="Words">', f'{imported}<xs:simpleType name="Words">'
        )
        (tmp_path / "shapes.wsdl").write_text(text, "utf-8")
        _, found = await asyncio.to_thread(as_json, str(tmp_path / "shapes.wsdl"))
        assert other.heads == []
        assert found["loads"]
        assert [each["construct"] for each in found["refused"]] == ["an import that is not there"]
        async with serving(saying("200 OK", text.encode())) as server:
            _, found = await asyncio.to_thread(as_json, f"{server.url}/shapes?wsdl")
            assert other.heads == []
            assert found["loads"]
            _, found = await asyncio.to_thread(as_json, f"{server.url}/shapes?wsdl", "--allow-host", "127.0.0.1")
        assert len(other.heads) == 1
        assert found["refused"] == []


async def test_redirects_are_not_followed(tmp_path: Path) -> None:
    async with serving(saying("200 OK", b"<x/>")) as canary:
        for target in (f"{canary.url}/x", "file:///etc/hostname"):
            async with serving(saying(f"307 Temporary Redirect\r\nLocation: {target}")) as server:
                done = await asyncio.to_thread(inspect, f"{server.url}/x.wsdl")
                assert done.exit_code == 1
                assert "redirects are not followed" in done.output
        assert canary.heads == []


@pytest.mark.parametrize("location", ["file:///etc/hostname", "/etc/hostname", "../../../../../../../etc/hostname"])
def test_no_file_of_the_machine_is_read(tmp_path: Path, location: str) -> None:
    include = f'<xs:include schemaLocation="{location}"/><xs:simpleType name="Words">'
    (tmp_path / "shapes.wsdl").write_text(
        SHAPES.read_text("utf-8").replace('<xs:simpleType name="Words">', include), "utf-8"
    )
    _, found = as_json(str(tmp_path / "shapes.wsdl"))
    assert found["loads"]
    assert found["refused"][0]["construct"].startswith("an import")


@pytest.mark.parametrize("coding", ["utf-8-sig", "utf-16"])
def test_a_description_is_no_wsdl_because_of_how_an_editor_saved_it(tmp_path: Path, coding: str) -> None:
    file = tmp_path / "a description.yaml"
    text = 'openapi: "3.0.3"\ninfo: {title: Rīga, version: "1"}\npaths:\n  /a:\n    get:\n      operationId: read\n'
    text += "      responses: {'200': {description: it}}\n"
    file.write_bytes(text.replace("\n", "\r\n").encode(coding))
    shown = CliRunner().invoke(app, ["adapter", "inspect", str(file)])
    assert shown.stdout.startswith("a description.yaml  OPENAPI, 1 of 1 operations can be used"), shown.output


def test_a_wsdl_of_another_ending_is_told_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "vies.wsdl.txt").write_bytes(VIES.read_bytes())
    shown = CliRunner().invoke(app, ["adapter", "inspect", str(tmp_path / "vies.wsdl.txt")])
    assert "a file of a contract in XML whose name ends neither in .wsdl nor .xsd" in shown.stdout
