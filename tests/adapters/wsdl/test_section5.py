"""An answer of rpc/encoded without its references: prefixes mean what they meant, and are declared once."""

from __future__ import annotations

import time

from lxml import etree

from adapters.kit.xml_parser import parse_xml
from adapters.kit.xsd.section5 import plain_form

_SCHEMA = "http://www.w3.org/2001/XMLSchema"


def _copy(text: str) -> etree._Element:
    return plain_form(parse_xml(text.encode())[0])


def test_a_copy_costs_what_it_holds_and_not_what_is_in_scope_too() -> None:
    def cost(prefixes: int) -> float:
        declared = " ".join(f'xmlns:a{n}="urn:a{n}"' for n in range(prefixes))
        began = time.thread_time()
        assert len(_copy(f"<r {declared}><y>{'<b/>' * 3000}</y></r>")) == 3000
        return time.thread_time() - began

    assert min(cost(250) for _ in range(3)) < 10 * min(cost(1) for _ in range(3))


def test_prefixes_mean_in_a_copy_what_they_meant() -> None:
    copy = _copy(
        f'<r xmlns:p="urn:outer" xmlns:s="{_SCHEMA}"><y><b>p:one</b><b xmlns:p="urn:inner"><c>p:two</c></b><b>p:three</b>'
        '<b href="#x"/><b href="#x"/><b>p:five</b></y><z xmlns:p="urn:z" id="x"><c>p:four</c><c href="#w"/></z>'
        '<w id="w">p:six</w></r>'
    )
    found = {each.text: each.nsmap["p"] for each in copy.iter("*") if each.text}
    assert found == {
        "p:one": "urn:outer",
        "p:two": "urn:inner",
        "p:three": "urn:outer",
        "p:four": "urn:z",
        "p:five": "urn:outer",
        "p:six": "urn:outer",
    }
    assert [len(each) for each in copy] == [0, 1, 0, 2, 2, 0]


def test_an_array_is_known_by_its_type_under_any_prefix() -> None:
    copy = _copy(
        '<r xmlns:e="http://schemas.xmlsoap.org/soap/encoding/"><y xmlns:i="http://www.w3.org/2001/XMLSchema-instance">'
        '<b i:type="e:Array"><c/></b><b xmlns:e="urn:other" i:type="e:Array"><c/></b></y></r>'
    )
    assert [str(each[0].tag) for each in copy] == ["item", "c"]
