"""zeep and the generated codec read every recorded SOAP case alike: two readers of one contract.

Known differences, where zeep is the looser reader: an element that is nil or absent is None to zeep, a list element
without items too, and an empty text is None; the codec keeps these apart.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from zeep.helpers import serialize_object

from adapters.kit.contract_test import Case, cases_of
from adapters.kit.soap.envelope import Fault, unwrap
from adapters.kit.soap.wsdl import load_contract
from adapters.kit.xml_parser import parse_xml
from adapters.kit.xsd.decode import decode
from adapters.kit.xsd.types import NIL
from tests.adapters.oracle import load_zeep

REGISTERS = Path(__file__).parents[2] / "adapters" / "registers"
WSDLS = {"natural_persons": "fpr.wsdl", "vies": "checkVatService.wsdl"}
CASES = [(name, case) for name in WSDLS for case in cases_of(REGISTERS / name)]


@pytest.mark.parametrize(("name", "case"), CASES, ids=[f"{name}-{case.name}" for name, case in CASES])
def test_zeep_and_the_codec_read_a_recorded_reply_alike(name: str, case: Case) -> None:
    path = REGISTERS / name / "contract" / WSDLS[name]
    root = unwrap(case.body).body
    assert not isinstance(root, Fault)
    [operation] = [o for o in load_contract(path).operations.values() if o.response.tag == root.tag]
    document: Any = load_zeep(path)
    [binding] = document.bindings.values()
    envelope = parse_xml(case.body)
    read: Any = serialize_object
    theirs = read(binding.get(operation.name).process_reply(envelope), dict)
    body = theirs.get("body", theirs) if isinstance(theirs, dict) else theirs
    assert _loose(_unwrapped(operation.response, decode(operation.response, root), body)) == _loose(body)


def _unwrapped(element: Any, ours: Any, theirs: Any) -> Any:
    """zeep gives the content of an answer that has one element, where the codec gives the answer."""
    [*names] = [inner.name for inner in element.type.elements]
    whole = isinstance(theirs, dict) and set(names) <= set(theirs)
    return ours if whole else ours.get(names[0])


def _loose(value: Any) -> Any:
    if isinstance(value, dict):
        inner = {name: _loose(item) for name, item in value.items()}
        return {name: item for name, item in inner.items() if item is not None} or None
    if isinstance(value, list):
        return [_loose(item) for item in value] or None
    return None if value is NIL or value == "" else value
