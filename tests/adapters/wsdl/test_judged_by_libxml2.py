"""What the schema's own judge takes, the codec takes, and nothing else: cases that were once read wrongly."""

from __future__ import annotations

import time
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from lxml import etree

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.xml_parser import parse_xml
from adapters.kit.xsd.decode import BadReplyError, decode
from adapters.kit.xsd.documents import Documents
from adapters.kit.xsd.encode import encode
from adapters.kit.xsd.plain_reader import PlainReader
from adapters.kit.xsd.schema import Schema
from adapters.kit.xsd.template import Template
from adapters.kit.xsd.types import Element

XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"'
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'


def loaded(folder: Path, element: str, **files: str) -> tuple[Schema, Element]:
    for name, text in files.items():
        (folder / f"{name}.xsd").write_text(text, "utf-8")
    documents = Documents(folder)
    first = documents.first(folder / "a.xsd")
    schema = Schema(documents)
    schema.add(first.root, first)
    made = schema.element(element)
    schema.check(made)
    return schema, made


def schema_of(body: str, attributes: str = "") -> str:
    return f"<xs:schema {XS} {attributes}>{body}</xs:schema>"


def of_type(content: str) -> str:
    return schema_of(f'<xs:element name="r"><xs:complexType>{content}</xs:complexType></xs:element>')


def narrowed(base: str, *facets: str) -> str:
    said = "".join(f"<xs:{facet}/>" for facet in facets)
    inner = f'<xs:simpleType><xs:restriction base="xs:{base}">{said}</xs:restriction></xs:simpleType>'
    return of_type(f'<xs:sequence><xs:element name="c">{inner}</xs:element></xs:sequence>')


EXTENDS = (
    '<xs:complexType name="A"><xs:attribute name="p" type="xs:string"/><xs:attribute name="q" type="xs:string"/></xs:complexType>'
    '<xs:element name="r"><xs:complexType><xs:complexContent><xs:extension base="A">'
    '<xs:attribute name="p" use="prohibited"/></xs:extension></xs:complexContent></xs:complexType></xs:element>'
)
TEXT_WITHOUT_ATTRIBUTES = (
    '<xs:complexType name="A"><xs:simpleContent><xs:extension base="xs:string"><xs:anyAttribute processContents="skip"/>'
    "</xs:extension></xs:simpleContent></xs:complexType>"
    '<xs:element name="r"><xs:complexType><xs:simpleContent><xs:restriction base="A"/></xs:simpleContent>'
    "</xs:complexType></xs:element>"
)
ABSTRACT_OR_NOT = (
    '<xs:complexType name="A" abstract="true"><xs:attribute name="q" type="xs:string"/></xs:complexType>'
    '<xs:complexType name="B"><xs:complexContent><xs:extension base="A"/></xs:complexContent></xs:complexType>'
    '<xs:element name="r" type="A" nillable="true"/>'
)
CASES = [
    (narrowed("negativeInteger"), ["<r><c>5</c></r>", "<r><c>0</c></r>", "<r><c>-1</c></r>"]),
    (narrowed("int", 'maxInclusive value="-5"'), ["<r><c>3</c></r>", "<r><c>-3</c></r>", "<r><c>-5</c></r>"]),
    (narrowed("decimal", 'fractionDigits value="30"'), [f"<r><c>0.{'1' * n}</c></r>" for n in (29, 30, 31, 35)]),
    (narrowed("decimal", 'totalDigits value="29"'), [f"<r><c>{'9' * n}</c></r>" for n in (29, 30)]),
    (narrowed("dateTime"), [f"<r><c>2020-01-01T00:00:00{z}</c></r>" for z in ("+14:30", "+14:00", "-13:59", "Z")]),
    (narrowed("string", 'maxLength value="9999999999"'), ["<r><c>a</c></r>"]),
    (
        of_type(
            '<xs:choice maxOccurs="unbounded"><xs:element name="a" type="xs:int" minOccurs="2" maxOccurs="2"/>'
            '<xs:element name="b" type="xs:int"/></xs:choice>'
        ),
        [f"<r>{'<a>1</a>' * n}{'<b>1</b>' * m}</r>" for n in range(6) for m in (0, 1)],
    ),
    (
        of_type(
            '<xs:sequence minOccurs="2" maxOccurs="2"><xs:element name="e" type="xs:int" maxOccurs="3"/></xs:sequence>'
        ),
        [f"<r>{'<e>1</e>' * n}</r>" for n in range(8)],
    ),
    (
        of_type('<xs:sequence maxOccurs="unbounded"><xs:element name="e" minOccurs="0" maxOccurs="3"/></xs:sequence>'),
        [f"<r>{'<e/>' * n}</r>" for n in range(6)],
    ),
    (schema_of(EXTENDS), ['<r p="1"/>', '<r q="1"/>', "<r/>"]),
    (schema_of(TEXT_WITHOUT_ATTRIBUTES), ['<r z="1">a</r>', "<r>a</r>"]),
    (
        schema_of(ABSTRACT_OR_NOT),
        [f'<r {XSI} xsi:nil="true"/>', f'<r {XSI} xsi:nil="true" xsi:type="B" q="1"/>', f'<r {XSI} xsi:type="B"/>'],
    ),
    (
        schema_of(
            '<xs:element name="g" type="xs:int"/><xs:element name="r"><xs:complexType><xs:sequence>'
            '<xs:any processContents="strict" minOccurs="0"/></xs:sequence></xs:complexType></xs:element>'
        ),
        [
            "<r><g>1</g></r>",
            "<r><g>x</g></r>",
            "<r><z>1</z></r>",
            f'<r><z {XSI} {XS} xsi:type="xs:int">zz</z></r>',
        ],
    ),
    (
        schema_of(
            '<xs:element name="g" type="xs:int"/><xs:element name="r"><xs:complexType><xs:sequence>'
            '<xs:any processContents="lax"/></xs:sequence></xs:complexType></xs:element>'
        ),
        ["<r><z><g>1</g></z></r>", "<r><z><g>x</g></z></r>"],
    ),
    (of_type('<xs:sequence><xs:element name="c" type="xs:int"/></xs:sequence>'), ["<r>\u2003<c>1</c>\u00a0</r>"]),
]


@pytest.mark.parametrize(("schema", "documents"), CASES)
def test_the_codec_takes_what_the_judge_takes(tmp_path: Path, schema: str, documents: list[str]) -> None:
    judge = etree.XMLSchema(etree.fromstring(schema))
    _, element = loaded(tmp_path, "r", a=schema)
    for document in documents:
        right = judge.validate(etree.fromstring(document))
        node = parse_xml(document.encode())
        if not right:
            with pytest.raises(BadReplyError):
                decode(element, node)
            continue
        value = decode(element, node)
        written = encode(element, value)
        assert judge.validate(parse_xml(etree.tostring(written)))
        assert decode(element, written) == value
        content = document[document.index(">") + 1 : document.rindex("<")] if not document.endswith("/>") else ""
        reading = PlainReader(element).reading({}) if not node.attrib else None
        assert reading is None or reading(content) in (None, value)


def test_a_file_without_namespace_is_of_each_that_includes_it(tmp_path: Path) -> None:
    shared = schema_of(
        '<xs:complexType name="T"><xs:sequence><xs:element name="x" type="xs:int"/></xs:sequence></xs:complexType>',
        'elementFormDefault="qualified"',
    )
    other = schema_of(
        '<xs:include schemaLocation="c.xsd"/><xs:element name="e" type="T"/>', 'targetNamespace="urn:b" xmlns="urn:b"'
    )
    main = schema_of(
        '<xs:include schemaLocation="c.xsd"/><xs:import namespace="urn:b" schemaLocation="b.xsd"/><xs:element name="r" '
        'type="T"/>',
        'targetNamespace="urn:a" xmlns="urn:a"',
    )
    schema, element = loaded(tmp_path, "{urn:a}r", a=main, b=other, c=shared)
    assert decode(element, parse_xml(b'<r xmlns="urn:a"><x>1</x></r>')) == {"x": 1}
    schema.check(schema.element("{urn:b}e"))
    assert decode(schema.element("{urn:b}e"), parse_xml(b'<e xmlns="urn:b"><x>1</x></e>')) == {"x": 1}


def test_a_name_of_a_contract_never_becomes_code(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    name = f"x&#10;    open({str(canary)!r}, 'w')&#10;    #".replace("'", "&apos;")
    schema = schema_of(
        f"<xs:element name='r'><xs:complexType name='{name}'><xs:sequence><xs:element name='c' type='xs:string'/>"
        "</xs:sequence></xs:complexType></xs:element>"
    )
    _, element = loaded(tmp_path, "r", a=schema)
    reading = PlainReader(element).reading({})
    assert reading is not None
    assert reading("<c>a</c>") == {"c": "a"}
    assert not canary.exists()


def test_a_namespace_with_signs_of_xml_is_written_as_one(tmp_path: Path) -> None:
    schema = of_type('<xs:sequence><xs:element name="c" type="xs:int"/></xs:sequence>').replace(
        "<xs:schema", '<xs:schema targetNamespace="http://x/?a=1&amp;b=2"', 1
    )
    _, element = loaded(tmp_path, "{http://x/?a=1&b=2}r", a=schema)
    assert decode(element, parse_xml(Template(element).write({"c": 1}).encode())) == {"c": 1}


@pytest.mark.parametrize(
    "body",
    [
        '<xs:element name="r" substitutionGroup="b"/><xs:element name="b" substitutionGroup="r"/>',
        '<xs:element name="r" type="T0"/><xs:complexType name="T400"/>'
        + "".join(
            f'<xs:complexType name="T{n}"><xs:complexContent><xs:extension base="T{n + 1}"/></xs:complexContent></xs:complexType>'
            for n in range(400)
        ),
        '<xs:element name="r"><xs:complexType><xs:group ref="g20"/></xs:complexType></xs:element>'
        '<xs:group name="g0"><xs:sequence><xs:element name="e"/></xs:sequence></xs:group>'
        + "".join(
            f'<xs:group name="g{n}"><xs:sequence><xs:group ref="g{n - 1}"/><xs:group ref="g{n - 1}"/></xs:sequence></xs:group>'
            for n in range(1, 21)
        ),
    ],
    ids=["substitutes itself", "deep bases", "doubling groups"],
)
def test_what_has_no_end_is_refused_by_name_and_soon(tmp_path: Path, body: str) -> None:
    start = time.process_time()
    with pytest.raises(UnsupportedConstruct):
        loaded(tmp_path, "r", a=schema_of(body))
    assert time.process_time() - start < 10


def test_deep_types_are_read_by_the_walker_alone(tmp_path: Path) -> None:
    levels = 60
    inner = '<xs:element name="e" type="xs:int"/>'
    for _ in range(levels):
        inner = f'<xs:element name="e" minOccurs="0"><xs:complexType><xs:sequence>{inner}</xs:sequence></xs:complexType></xs:element>'
    _, element = loaded(tmp_path, "r", a=of_type(f"<xs:sequence>{inner}</xs:sequence>"))
    reading = PlainReader(element).reading({})
    assert reading is None or reading("<e></e>") in (None, {"e": {}})


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("([a-z]+)+", "a" * 40 + "!"),
        ("([a-z]{1,9}){1,9}", "a" * 70 + "1"),
        (r"[0-9a-zA-Z]([-.\w]*[0-9a-zA-Z])*@x", "a" * 5000),
    ],
)
def test_a_pattern_takes_time_by_the_length_of_the_text(tmp_path: Path, pattern: str, text: str) -> None:
    _, element = loaded(tmp_path, "r", a=narrowed("string", f'pattern value="{pattern}"'))
    start = time.process_time()
    with pytest.raises(BadReplyError):
        decode(element, parse_xml(f"<r><c>{text}</c></r>".encode()))
    reading = PlainReader(element).reading({})
    assert reading is not None
    assert reading(f"<c>{text}</c>") is None
    assert time.process_time() - start < 2


def test_open_xml_takes_time_by_its_length(tmp_path: Path) -> None:
    _, element = loaded(tmp_path, "r", a=of_type('<xs:sequence><xs:any processContents="skip"/></xs:sequence>'))
    start = time.process_time()
    decode(element, parse_xml(b"<r><x>" + b"a" * 200_000 + b"</x></r>"))
    many = "".join(f'<n{n}:y xmlns:n{n}="urn:{n}"/>' for n in range(3000))
    decode(element, parse_xml(f"<r><x>{many}</x></r>".encode()))
    assert time.process_time() - start < 3


def test_a_type_that_answers_name_first_is_made_once_for_all_threads(tmp_path: Path) -> None:
    parts = "".join(f'<xs:element name="e{n}" type="xs:int" minOccurs="0"/>' for n in range(300))
    body = (
        '<xs:complexType name="A"><xs:sequence/></xs:complexType><xs:complexType name="D"><xs:complexContent>'
        f'<xs:extension base="A"><xs:sequence>{parts}</xs:sequence></xs:extension></xs:complexContent></xs:complexType>'
        '<xs:element name="r" type="A"/>'
    )
    document = f'<r {XSI} xsi:type="D"><e299>1</e299></r>'.encode()
    for trial in range(10):
        folder = tmp_path / str(trial)
        folder.mkdir()
        _, element = loaded(folder, "r", a=schema_of(body))
        together, found = Barrier(4), list[Any]()

        def read(element: Element = element, together: Barrier = together, found: list[Any] = found) -> None:
            together.wait()
            found.append(decode(element, parse_xml(document))["e299"])

        threads = [Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == [1] * 4


_A, _B, _C = (f'<xs:element name="{name}" type="xs:string"/>' for name in "abc")
_MIXED = (
    '<xs:element name="l" minOccurs="0" maxOccurs="unbounded"><xs:complexType mixed="true"><xs:sequence/>'
    "</xs:complexType></xs:element>"
)


@pytest.mark.parametrize(
    "content",
    [
        f"<xs:choice>{_B}<xs:sequence>{_A}{_MIXED}</xs:sequence></xs:choice>",
        f"<xs:choice><xs:sequence>{_MIXED}{_B}</xs:sequence><xs:sequence>{_A}{_MIXED}</xs:sequence></xs:choice>",
        f"<xs:sequence><xs:choice><xs:sequence>{_MIXED}{_A}</xs:sequence>{_C}</xs:choice>{_B}</xs:sequence>",
        f"<xs:sequence>{_A}{_MIXED}{_B}</xs:sequence>",
    ],
)
def test_a_list_that_the_plain_form_cannot_hold_is_empty_there_where_the_tree_says_so(
    content: str, tmp_path: Path
) -> None:
    _, element = loaded(tmp_path, "r", a=of_type(content))
    reading = PlainReader(element).reading({})
    assert reading is not None
    read = 0
    for said in ("", "<a>1</a>", "<b>1</b>", "<a>1</a><b>2</b>", "<c>1</c><b>2</b>", "<l>1</l><b>2</b>"):
        found = reading(said)
        if found is not None:
            assert found == decode(element, parse_xml(f"<r>{said}</r>".encode()))
            read += 1
    assert read
