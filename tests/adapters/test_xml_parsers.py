"""XML from outside becomes a tree in one place, and that place is hardened."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from adapters.kit.xml_parser import parse_xml

ADAPTERS = Path(__file__).parents[2] / "adapters"
ONLY_HERE = ADAPTERS / "kit" / "xml_parser.py"
PARSERS = frozenset({"XMLParser", "ETCompatXMLParser", "HTMLParser", "fromstring", "XML", "iterparse", "XMLPullParser"})
MODULES = ("xml", "lxml.html", "lxml.objectify", "lxml.sax", "html.parser", "bs4")


def _offences(source: str) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and (
            node.attr in PARSERS
            or (node.attr == "parse" and isinstance(node.value, ast.Name) and node.value.id == "etree")
        ):
            found.append(node.attr)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(MODULES):
            found.append(node.module or "")
        if isinstance(node, ast.ImportFrom) and node.module == "lxml.etree":
            found += [alias.name for alias in node.names if alias.name in PARSERS | {"parse"}]
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.partition(".")[0] == "xml"]
    return found


def test_no_other_place_in_adapters_makes_an_xml_parser() -> None:
    others = [path for path in ADAPTERS.rglob("*.py") if path != ONLY_HERE and "sandbox" not in path.parts]
    assert others
    assert {
        str(path): _offences(path.read_text("utf-8")) for path in others if _offences(path.read_text("utf-8"))
    } == {}


@pytest.mark.parametrize(
    "source",
    [
        "etree.fromstring(x)",
        "etree.parse(x)",
        "lxml.etree.XMLParser()",
        "import xml.sax",
        "from lxml.etree import parse",
    ],
)
def test_the_search_finds_other_parsers(source: str) -> None:
    assert _offences(source)


def test_an_external_entity_a_parameter_entity_and_a_document_type_are_refused(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("CANARY")
    for document in (
        f'<!DOCTYPE a [<!ENTITY x SYSTEM "{secret.as_uri()}">]><a>&x;</a>',
        f'<!DOCTYPE a [<!ENTITY % x SYSTEM "{secret.as_uri()}"> %x;]><a/>',
        f'<!DOCTYPE a SYSTEM "{secret.as_uri()}"><a/>',
        "<!DOCTYPE a><a/>",
        '<!DOCTYPE a [<!ATTLIST a b CDATA "CANARY">]><a/>',
    ):
        with pytest.raises(ValueError, match=r"document type|well-formed") as caught:
            parse_xml(document.encode())
        assert "CANARY" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"  ", b"<a>", b"<a/><b/>", b"\xff\xfe", b"<a>&nbsp;</a>", b'{"a": 1}'])
def test_what_is_no_xml_is_a_value_error(content: bytes) -> None:
    with pytest.raises(ValueError, match="well-formed"):
        parse_xml(content)


def test_a_tree_that_is_too_deep_is_refused() -> None:
    with pytest.raises(ValueError, match="well-formed"):
        parse_xml(b"<a>" * 1000 + b"</a>" * 1000)
