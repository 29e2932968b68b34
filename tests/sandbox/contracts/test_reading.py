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


@pytest.mark.parametrize(
    "slip",
    ['name="code" minOccurs="many"', 'name="code" type="none:string"', 'name="" type="xs:string"', 'type="xs:string"'],
)
def test_a_component_that_xml_schema_does_not_allow_is_left_out_with_what_needs_it(tmp_path: Path, slip: str) -> None:
    path = wsdl_around("choice", tmp_path)
    schema = tmp_path / "schema.xsd"
    schema.write_text(schema.read_text().replace('name="code" type="xs:string"', slip))
    reading = read_contract(path)
    assert list(reading.left_out) == ["Ask"]
    assert any(note.startswith("schema.xsd: element ask is left out: ") for note in reading.notes)
    assert reading.declarations.element("{urn:example:case}told").name == "{urn:example:case}told"


def test_a_port_type_that_is_bound_to_something_else_than_soap_is_left_out(tmp_path: Path) -> None:
    path = wsdl_around("choice", tmp_path)
    path.write_text(
        path.read_text().replace("http://schemas.xmlsoap.org/wsdl/soap/", "http://schemas.xmlsoap.org/wsdl/http/")
    )
    reading = read_contract(path)
    assert reading.operations == {}
    assert "something else than SOAP" in reading.left_out["Ask"]


def test_of_two_bindings_the_one_of_the_first_port_counts(tmp_path: Path) -> None:
    path = wsdl_around("choice", tmp_path)
    text = path.read_text()
    binding = text[text.index("<w:binding") : text.index("<w:service")]
    newer = binding.replace('"CaseSoap"', '"CaseSoap12"').replace("s:", "s12:").replace("urn:ask", "urn:ask:12")
    text = text.replace(binding, newer + binding)
    path.write_text(
        text.replace("<w:definitions", '<w:definitions xmlns:s12="http://schemas.xmlsoap.org/wsdl/soap12/"')
    )
    assert read_contract(path).operations["Ask"].soap_version == "1.1"
    path.write_text(path.read_text().replace('binding="w1:CaseSoap"', 'binding="w1:CaseSoap12"'))
    operation = read_contract(path).operations["Ask"]
    assert (operation.soap_version, operation.soap_action) == ("1.2", "urn:ask:12")


def test_a_schema_within_a_message_holds_anything(tmp_path: Path) -> None:
    path = wsdl_around("choice", tmp_path)
    schema = tmp_path / "schema.xsd"
    schema.write_text(schema.read_text().replace('name="code" type="xs:string"', 'ref="xs:schema"'))
    reading = read_contract(path)
    made = generate(reading, "Ask", "request", 20)
    assert made.dropped == 0
    assert any(one.find("{http://www.w3.org/2001/XMLSchema}schema") is not None for one in made.elements)


def test_a_catalogue_that_is_no_object_is_refused(tmp_path: Path) -> None:
    (tmp_path / "catalog.json").write_text("[")
    with pytest.raises(ContractError, match="catalog"):
        read_contract(wsdl_around("choice", tmp_path))
