"""How each construct of XML Schema looks as a value; and that nothing else is taken for it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from adapters.kit.soap.wsdl import load_contract
from adapters.kit.xml_parser import parse_xml
from adapters.kit.xsd.decode import BadReplyError, decode
from adapters.kit.xsd.encode import encode
from adapters.kit.xsd.types import NIL, QName, Xml

HERE = Path(__file__).parent
NS = "urn:csc:shapes"
FIXTURES = sorted((HERE.parents[1] / "sandbox" / "contracts" / "fixtures").glob("*.wsdl"))
ANSWER = load_contract(HERE / "shapes.wsdl").operations["shapes"].response
assert ANSWER is not None


def read(inner: str, attributes: str = "") -> Any:
    body = (
        f'<answer xmlns="{NS}" xmlns:t="{NS}" xmlns:xs="http://www.w3.org/2001/XMLSchema" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"{attributes}>{inner}</answer>'
    )
    assert ANSWER is not None
    value = decode(ANSWER, parse_xml(body.encode()))
    assert decode(ANSWER, parse_xml(etree.tostring(encode(ANSWER, value)))) == value
    return {key: each for key, each in value.items() if each != []}


@pytest.mark.parametrize(
    ("inner", "value"),
    [
        ("<left>1</left>", {"left": 1}),
        ("<right>1</right><more>2</more>", {"right": 1, "more": 2}),
        ("<up>1</up><down>2</down><up>3</up>", {"#choice": [{"up": 1}, {"down": 2}, {"up": 3}]}),
        ("<amount>1.50</amount>", {"amount": {"@currency": "EUR", "#text": Decimal("1.50")}}),
        ('<amount currency="USD">2</amount>', {"amount": {"@currency": "USD", "#text": Decimal(2)}}),
        (
            '<shape xsi:type="t:Circle"><name>c</name><radius>1.5</radius></shape>',
            {"shape": {"name": "c", "radius": 1.5, "#type": QName(f"{{{NS}}}Circle")}},
        ),
        ("<words> a  b\nc </words>", {"words": ("a", "b", "c")}),
        (
            "<either>007</either><either>2026-01-31</either><either>1e5</either>",
            {"either": [7, date(2026, 1, 31), "1e5"]},
        ),
        ("<mail>a@example.org</mail>", {"mail": "a@example.org"}),
        ('<kept xsi:nil="true"/>', {"kept": NIL}),
        ('<kept xsi:nil="1" why="lost"/>', {"kept": {"#nil": True, "@why": "lost"}}),
        ("<kept><part/></kept>", {"kept": {"part": ""}}),
        (
            "<tree><label>a</label><branch><label>b</label></branch></tree>",
            {"tree": {"label": "a", "branch": [{"label": "b", "branch": []}]}},
        ),
        ("<version>2</version>", {"version": 2}),
        ("<version/>", {"version": 2}),
        ("<country/>", {"country": "LV"}),
        ("<anything><b>x</b>y</anything>", {"anything": Xml(f'<anything xmlns="{NS}"><b>x</b>y</anything>')}),
        (
            '<anything xsi:type="xs:int">7</anything>',
            {"anything": {"#type": QName("{http://www.w3.org/2001/XMLSchema}int"), "#text": 7}},
        ),
        ('<o:x xmlns:o="urn:other">7</o:x>', {"#any": [Xml('<o:x xmlns:o="urn:other">7</o:x>')]}),
    ],
)
def test_a_construct_is_this_value_and_comes_back(inner: str, value: dict[str, Any]) -> None:
    assert read(inner) == value


def test_attributes_stand_beside_elements_and_open_ones_are_kept() -> None:
    value = read("", ' id="7" xml:lang="lv" xmlns:o="urn:other" o:extra="0012"')
    assert value == {"@id": 7, "@xml:lang": "lv", "@{urn:other}extra": "0012"}


@pytest.mark.parametrize(
    ("inner", "path"),
    [
        ("<left>1</left><right>2</right>", "answer/right"),
        ("<more>2</more>", "answer/more"),
        ("<shape><name>c</name></shape>", "answer/shape"),
        ('<shape xsi:type="t:Money">1</shape>', "answer/shape"),
        ('<shape xsi:type="t:Circle"><name>c</name><side>1</side></shape>', "answer/shape/radius"),
        ("<contact>x</contact>", "answer"),
        ("<version>3</version>", "answer/version"),
        ('<amount currency="EUR" other="1">1</amount>', "answer/amount"),
        ("<amount>1,50</amount>", "answer/amount"),
        ("<known>7</known>", "answer"),
        ("<either/>" * 4, "answer/either"),
    ],
)
def test_what_the_schema_does_not_allow_is_an_error_with_its_path(inner: str, path: str) -> None:
    with pytest.raises(BadReplyError) as caught:
        read(inner)
    assert caught.value.path == path


@pytest.mark.parametrize(
    "value",
    [
        {"left": 1, "right": 2},
        {"#choice": [{"up": 1, "down": 2}]},
        {"#choice": [{}]},
        {"shape": {"name": "c"}},
        {"shape": {"name": "c", "#type": f"{{{NS}}}Money"}},
        {"version": 3},
        {"anything": Xml("<other/>")},
        {"amount": Decimal(1)},
        {"@unknown": "1"},
        {"kept": {"part": ""}, "kept#2": {}},
        {"#any": [Xml('<o:a xmlns:o="urn:other"/>')] * 3},
        {"#any": [Xml(f'<known xmlns="{NS}">7</known>')]},
    ],
)
def test_what_the_schema_does_not_allow_is_not_written(value: dict[str, Any]) -> None:
    assert ANSWER is not None
    with pytest.raises((ValueError, TypeError)):
        encode(ANSWER, value)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_every_construct_that_the_sandbox_knows_goes_there_and_back(path: Path) -> None:
    from tests.adapters.wsdl.round_trip import passages

    found = list(passages(path.name, path, path.parent, 12))
    assert [(each.operation, each.message, each.slips[0]) for each in found if each.slips] == []
    assert found
