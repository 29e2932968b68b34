"""Our own contract of VIES has the operations, elements and types of the published one."""

from __future__ import annotations

from pathlib import Path

from adapters.kit.soap.wsdl import load_contract
from adapters.kit.xsd.types import ComplexType, Element
from tests.machine import requires_folder

ROOT = Path(__file__).parents[2]
OURS = ROOT / "adapters" / "registers" / "vies" / "contract" / "checkVatService.wsdl"


def _published() -> Path:
    shared = requires_folder(ROOT.parent / "shared")
    return shared / "contracts" / "wsdl" / "eu-vies-checkvat" / "checkVatService.wsdl"


def _spelt(element: Element) -> object:
    inner = element.type
    kind: object = tuple(map(_spelt, inner.elements)) if isinstance(inner, ComplexType) else inner
    return element.tag, element.min_occurs, element.max_occurs, element.nillable, kind


def test_vies_has_the_published_operations_elements_and_types() -> None:
    published, ours = load_contract(_published()).operations, load_contract(OURS).operations
    assert set(ours) == set(published)
    for name, operation in published.items():
        assert ours[name].soap_action == operation.soap_action
        assert _spelt(ours[name].request) == _spelt(operation.request)
        assert _spelt(ours[name].response) == _spelt(operation.response)
