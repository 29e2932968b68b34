"""The generated SOAP codec: what goes out comes back; what is not of the contract is said by path, never by value."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.soap.wsdl import load_contract
from adapters.kit.xml_parser import parse_xml
from adapters.kit.xsd.calendar import in_utc
from adapters.kit.xsd.decode import BadReplyError, decode
from adapters.kit.xsd.encode import encode
from adapters.kit.xsd.types import NIL, Broken

CONTRACTS = Path(__file__).parent / "contracts"
ANSWER = load_contract(CONTRACTS / "every.wsdl").operations["Ask"].response
NS = "urn:test:every"
HOSTILE = [
    "{env.HOME}",
    "{{x}}",
    "</a><b>",
    "]]>",
    "&amp;&lt;",
    "007",
    " a  b ",
    "\u2028",
    "ā",
    "",
    "a\tb\nc",
    "\r",
    "'\"<!--",
]

# What XML 1.0 can carry at all; lxml refuses the rest, and an adapter answers Rejected.
xml_text = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"))
texts = st.one_of(st.sampled_from(HOSTILE), xml_text)
optional_parts: dict[str, st.SearchStrategy[Any]] = {
    "Code": st.one_of(st.just(NIL), st.from_regex(r"[0-9]{1,4}", fullmatch=True), st.just("^x$")),
    "Amount": st.decimals(-1000000, 10**12, places=2),
    "Big": st.integers(-(10**40), 10**40),
    "Small": st.integers(-(2**31), 2**31 - 1),
    "Yes": st.booleans(),
    "Day": st.one_of(st.just(NIL), st.dates()),
    "Moment": st.datetimes(timezones=st.just(UTC)),
    "Bytes": st.binary(),
    "Kind": st.sampled_from(["A B", "C"]),
}
flat = st.fixed_dictionaries({"Text": texts, "Several": st.lists(texts, max_size=3)}, optional=optional_parts)
items = st.recursive(
    flat, lambda inner: st.builds(lambda outer, nested: {**outer, "Inner": nested}, flat, inner), max_leaves=3
)


@settings(max_examples=150, deadline=None)
@given(st.lists(items, max_size=3))
def test_whatever_is_written_is_read_back_equal(values: list[dict[str, Any]]) -> None:
    wire = {"Item": values}
    assert decode(ANSWER, parse_xml(etree.tostring(encode(ANSWER, wire)))) == wire


@pytest.mark.parametrize("text", HOSTILE)
def test_a_hostile_text_arrives_as_that_text_in_a_foreign_reader(text: str) -> None:
    sent = etree.tostring(encode(ANSWER, {"Item": [{"Text": text, "Several": []}]}))
    root = parse_xml(sent)
    assert [node.tag for node in root.iter("*")] == [f"{{{NS}}}{name}" for name in ("Answer", "Item", "Text")]
    assert (root[0][0].text or "") == text


def _read(inner: str) -> Any:
    body = f'<Answer xmlns="{NS}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><Item>{inner}</Item></Answer>'
    return decode(ANSWER, parse_xml(body.encode()))["Item"][0]


def test_absent_nil_and_empty_are_three_answers() -> None:
    assert "Code" not in _read("<Text/>")
    assert _read('<Text/><Code xsi:nil="true"/>')["Code"] is NIL
    assert _read("<Text/>")["Text"] == ""


def test_numbers_days_and_moments_keep_every_digit() -> None:
    read = _read(
        "<Text>007</Text><Amount> +00.30 </Amount><Big>39100000011</Big><Small>-2147483648</Small><Yes>1</Yes>"
        "<Day>1990-05-17+02:00</Day><Moment>2026-11-23T01:30:00.25+02:00</Moment>"
    )
    assert read["Text"] == "007"
    assert (read["Amount"], read["Big"], read["Small"], read["Yes"]) == (Decimal("0.30"), 39100000011, -(2**31), True)
    assert read["Day"] == date(1990, 5, 17)
    assert read["Moment"] == datetime(2026, 11, 22, 23, 30, 0, 250000, tzinfo=UTC)
    assert (read["Day"].zone, read["Moment"].utcoffset()) == ("+02:00", timedelta(hours=2))


def test_a_moment_without_zone_is_read_as_one_and_makes_no_record() -> None:
    read = _read("<Text/><Moment>2026-11-23T01:30:00</Moment>")["Moment"]
    assert read == datetime(2026, 11, 23, 1, 30)  # noqa: DTZ001 - that it has no zone is what is tested
    with pytest.raises(ValueError, match="without zone"):
        in_utc(read)


@pytest.mark.parametrize(
    ("inner", "path"),
    [
        ("<Text/><Day>1990-00-00</Day>", "Answer/Item/Day"),
        ("<Text/><Day/>", "Answer/Item/Day"),
        ("<Text/><Day>17.05.1990</Day>", "Answer/Item/Day"),
        ("<Text/><Moment>2026-11-23T25:30:00Z</Moment>", "Answer/Item/Moment"),
        ("<Text/><Amount>0.301</Amount>", "Answer/Item/Amount"),
        ("<Text/><Amount>1e3</Amount>", "Answer/Item/Amount"),
        ("<Text/><Amount>-1000000.01</Amount>", "Answer/Item/Amount"),
        ("<Text/><Amount>NaN</Amount>", "Answer/Item/Amount"),
        ("<Text/><Small>2147483648</Small>", "Answer/Item/Small"),
        ("<Text/><Big>1.0</Big>", "Answer/Item/Big"),
        ("<Text/><Big>١</Big>", "Answer/Item/Big"),
        ("<Text/><Yes>yes</Yes>", "Answer/Item/Yes"),
        ("<Text/><Kind>D</Kind>", "Answer/Item/Kind"),
        ("<Text/><Code>12345</Code>", "Answer/Item/Code"),
        ("<Text/><Code>12a</Code>", "Answer/Item/Code"),
        ("<Text/><Code></Code>", "Answer/Item/Code"),
        ('<Text/><Code xsi:nil="true">1</Code>', "Answer/Item/Code"),
        ('<Text xsi:nil="true"/>', "Answer/Item/Text"),
        ('<Text xsi:type="xs:dateTime" xmlns:xs="http://www.w3.org/2001/XMLSchema"/>', "Answer/Item/Text"),
        ('<Text xsi:type="Nothing"/>', "Answer/Item/Text"),
        ('<Text other="1"/>', "Answer/Item/Text"),
        ("<Text><b/></Text>", "Answer/Item/Text"),
        ("<Text/><Text/>", "Answer/Item/Text"),
        ("", "Answer/Item/Text"),
        ("<Amount>1</Amount><Text/>", "Answer/Item/Text"),
        ("<Text/><Stranger/>", "Answer/Item"),
        ('<Text/><Amount xmlns="urn:other">1</Amount>', "Answer/Item"),
        ("<Text/>loose", "Answer/Item"),
        ("<Text/>" + "<Several/>" * 4, "Answer/Item/Several"),
        ("<Text/><Inner><Text/><Yes>2</Yes></Inner>", "Answer/Item/Inner/Yes"),
    ],
)
def test_what_the_contract_does_not_say_is_an_error_with_its_path(inner: str, path: str) -> None:
    read = _read(inner)
    assert isinstance(read, Broken)
    assert read.what.partition(":")[0] == path


def test_one_broken_item_leaves_the_others_and_what_could_be_read_of_it() -> None:
    body = f'<Answer xmlns="{NS}"><Item><Text>a</Text></Item><Item><Text>b</Text><Yes>2</Yes></Item></Answer>'
    whole, broken = decode(ANSWER, parse_xml(body.encode()))["Item"]
    assert whole == {"Text": "a", "Several": []}
    assert isinstance(broken, Broken)
    assert broken.known["Text"] == "b"
    assert "b" not in broken.what.split()


def test_another_root_is_no_answer() -> None:
    with pytest.raises(BadReplyError):
        decode(ANSWER, parse_xml(f'<Question xmlns="{NS}"/>'.encode()))


@pytest.mark.parametrize(
    "wire", [{"Item": [{}]}, {"Item": [{"Text": None}]}, {"Item": [{"Text": "a", "No": 1}]}, {"Item": [{"Text": NIL}]}]
)
def test_what_the_contract_does_not_take_is_not_written(wire: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError)):
        encode(ANSWER, wire)


@pytest.mark.parametrize(
    ("declared", "construct"),
    [
        ('<xs:sequence/><xs:assert test="true()"/>', "xsd:assert"),
        ("<xs:openContent><xs:any/></xs:openContent><xs:sequence/>", "xsd:openContent"),
        ('<xs:sequence><xs:element name="A" type="Nothing"/></xs:sequence>', "type Nothing"),
        ('<xs:sequence><xs:element ref="Nothing"/></xs:sequence>', "element Nothing"),
        ('<xs:sequence><xs:element name="A" type="no:Prefix"/></xs:sequence>', "the prefix no"),
        ('<xs:sequence/><xs:attribute ref="nothing"/>', "attribute nothing"),
        ('<xs:sequence/><xs:attribute name="a" type="Pair"/>', "an attribute of a complex type"),
        ('<xs:sequence maxOccurs="lots"><xs:element name="A" type="xs:string"/></xs:sequence>', "occurrence"),
        ('<xs:sequence><xs:element ref="Head"/></xs:sequence>', "an abstract element"),
        ('<xs:complexContent><xs:extension base="Own"/></xs:complexContent>', "type Own"),
        (
            '<xs:sequence><xs:element name="A"><xs:simpleType><xs:restriction base="xs:string">'
            '<xs:pattern value="["/></xs:restriction></xs:simpleType></xs:element></xs:sequence>',
            "xsd:pattern",
        ),
        (
            '<xs:sequence><xs:element name="A"><xs:simpleType><xs:restriction base="xs:duration">'
            '<xs:maxInclusive value="P1D"/></xs:restriction></xs:simpleType></xs:element></xs:sequence>',
            "xsd:maxInclusive on duration",
        ),
    ],
)
def test_a_construct_without_codec_is_refused_by_name(tmp_path: Path, declared: str, construct: str) -> None:
    with pytest.raises(UnsupportedConstruct) as caught:
        load_contract(_changed(tmp_path, declared))
    assert caught.value.construct.startswith(construct)
    assert re.fullmatch(r"every\.(xsd|wsdl):[0-9]+", caught.value.where)


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1:9/x.xsd", "../outside.xsd", "file:///etc/hostname", "missing.xsd"]
)
def test_a_contract_reads_nothing_but_its_own_folder(tmp_path: Path, location: str) -> None:
    folder = tmp_path / "contract"
    folder.mkdir()
    (tmp_path / "outside.xsd").write_text("<x/>")
    wsdl = (CONTRACTS / "every.wsdl").read_text().replace("every.xsd", location)
    (folder / "every.wsdl").write_text(wsdl)
    with pytest.raises(Exception, match=r"import|external|External"):
        load_contract(folder / "every.wsdl")


def _changed(folder: Path, declared: str) -> Path:
    shutil.copy(CONTRACTS / "every.wsdl", folder)
    (folder / "every.xsd").write_text(
        f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{NS}" targetNamespace="{NS}">'
        f'<xs:element name="Question"><xs:complexType>{declared}</xs:complexType></xs:element>'
        '<xs:element name="Answer"><xs:complexType><xs:sequence/></xs:complexType></xs:element>'
        '<xs:element name="Head" type="xs:string" abstract="true"/>'
        '<xs:complexType name="Pair"><xs:sequence/></xs:complexType></xs:schema>'
    )
    return folder / "every.wsdl"
