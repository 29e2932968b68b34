"""Contracts spread over many documents are read whole; what cannot be used is left out by name."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from adapters.sandbox.contracts.errors import ContractError
from adapters.sandbox.contracts.instances import generate
from adapters.sandbox.contracts.reading import read_contract
from tests.sandbox.contracts.reading_of import FIXTURES, wsdl_around

MAIN = FIXTURES / "several" / "main.wsdl"
ASK = "{urn:example:several}"


def test_schemas_that_see_each_other_include_redefine_and_come_by_catalogue_are_one() -> None:
    reading = read_contract(MAIN)
    made = generate(reading, "Ask", "request", 20)
    assert made.dropped == 0
    assert made.covered == made.options
    for one in made.elements:
        reading.schema.assertValid(one)
        assert one.find(f"{ASK}same/unqualified") is not None
        assert one.findtext(f"{ASK}chameleon/{ASK}colour") in ("red", "green")
        assert [each.tag for each in one.find("{urn:example:other}thing")] == ["code", "more"]  # type: ignore[union-attr]
        assert 1 <= len(one.findtext(f"{ASK}redefined") or "") <= 4


def test_an_operation_that_cannot_be_used_is_left_out_by_name_and_the_others_stay() -> None:
    reading = read_contract(MAIN)
    assert list(reading.operations) == ["Ask", "Second.Ask"]
    assert "m:nowhere" in reading.left_out["Lost"]
    assert "Nowhere" in reading.left_out["Absent"]
    assert any("Nowhere" in note for note in reading.notes)


def test_a_contract_without_a_binding_is_read_from_its_port_types() -> None:
    operation = read_contract(MAIN).operations["Ask"]
    assert (operation.soap_version, operation.style, operation.use) == (None, "document", "literal")


def test_an_import_that_is_neither_on_disk_nor_in_the_catalogue_is_named_and_never_fetched(tmp_path: Path) -> None:
    shutil.copytree(MAIN.parent, tmp_path / "several")
    (tmp_path / "several" / "catalog.json").write_text("{}")
    reading = read_contract(tmp_path / "several" / "main.wsdl")
    assert any("http://schemas.invalid/published/other.xsd is not in the catalogue" in note for note in reading.notes)
    assert "is not in the contract" in reading.left_out["Ask"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "not well-formed"),
        ("<a/>", "not a WSDL"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "document type"),
        ('<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"/>', "not a WSDL"),
    ],
)
def test_what_is_no_contract_is_refused_and_says_why(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "contract.wsdl"
    path.write_text(text)
    with pytest.raises(ContractError, match=why):
        read_contract(path)
    with pytest.raises(ContractError, match="cannot be read"):
        read_contract(tmp_path / "nowhere.wsdl")


def test_a_schema_that_xml_schema_does_not_allow_is_refused(tmp_path: Path) -> None:
    path = wsdl_around("choice", tmp_path)
    schema = tmp_path / "schema.xsd"
    schema.write_text(schema.read_text().replace('name="code" type="xs:string"', 'name="code" minOccurs="many"'))
    with pytest.raises(ContractError):
        read_contract(path)


def test_a_catalogue_that_is_no_object_is_refused(tmp_path: Path) -> None:
    (tmp_path / "catalog.json").write_text("[")
    with pytest.raises(ContractError, match="catalog"):
        read_contract(wsdl_around("choice", tmp_path))
