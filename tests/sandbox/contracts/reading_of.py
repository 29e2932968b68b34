"""Contracts of the fixtures, put together in a folder of the test's own."""

from __future__ import annotations

import shutil
from pathlib import Path

from lxml import etree

from adapters.sandbox.contracts.instances import generate
from adapters.sandbox.contracts.reading import ContractReading, read_contract

FIXTURES = Path(__file__).parent / "fixtures"
CASE = "{urn:example:case}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
COUNT = 40

Element = etree._Element


def wsdl_around(construct: str, folder: Path) -> Path:
    """A WSDL with operation ``Ask`` whose request is element ``ask`` of a fixture's schema."""
    shutil.copy(FIXTURES / f"{construct}.xsd", folder / "schema.xsd")
    return Path(shutil.copy(FIXTURES / "around.wsdl", folder / "contract.wsdl"))


def asked(construct: str, folder: Path, count: int = COUNT) -> tuple[ContractReading, list[Element]]:
    """The contract, and instances of its request, each one valid and none thrown away."""
    reading = read_contract(wsdl_around(construct, folder))
    made = generate(reading, "Ask", "request", count)
    assert made.dropped == 0
    assert made.covered == made.options
    for one in made.elements:
        reading.schema.assertValid(one)
    return reading, made.elements


def names(element: Element) -> list[str]:
    """The local names of its children."""
    return [etree.QName(one).localname for one in element]


def texts(elements: list[Element], name: str) -> set[str]:
    """All texts of one child or descendant, over all instances."""
    return {one.text or "" for element in elements for one in element.iter(f"{CASE}{name}")}
