"""Names and texts of a contract are values in what is drafted of it: whatever they are, none of them runs."""

from __future__ import annotations

import ast
import json
import tomllib
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
import typer
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.kit.draft import files
from adapters.kit.draft.choice import ChoiceError
from adapters.kit.draft.proof import UnsafeDraftError, proven
from adapters.kit.draft.record_file import record_module
from adapters.kit.draft.soap_draft import Drafted, Wishes
from adapters.kit.draft.texts import in_words, quoted
from adapters.kit.errors import UnsupportedConstruct
from gateway.commands.adapter import new

RUNS = 'open("/PWNED","a").close()'
HOSTILE = (
    f'x"""+{RUNS}+"""',
    f'l"+{RUNS}+"',
    f"l'+{RUNS}+'",
    f"x\\\n{RUNS}\n",
    f'")\n{RUNS}\n("',
    f"{{{RUNS}}}",
    '\\"""',
    'a"',
    "\x7f\x1b[2J",
)
NAMES = st.sampled_from(HOSTILE) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\x00/"), min_size=1, max_size=20
)
WISHES = Wishes("draft", False, files.SUBJECTS["person-code"], "draft", None, None, None, None)
REFUSED = (ChoiceError, UnsafeDraftError, UnsupportedConstruct, typer.Exit)
WSDL = """
<definitions targetNamespace="urn:t" xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:t"
    xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <types><xs:schema targetNamespace="urn:t" elementFormDefault="qualified">
    <xs:element name="Ask"><xs:complexType><xs:sequence>
      <xs:element name="Code"><xs:simpleType><xs:restriction base="xs:string"><xs:pattern value="[0-9]{{11}}"/>
      </xs:restriction></xs:simpleType></xs:element>
      <xs:element name="Why"><xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value={value}/>
      </xs:restriction></xs:simpleType></xs:element>
    </xs:sequence></xs:complexType></xs:element>
    <xs:element name="Answer"><xs:complexType><xs:sequence>
      <xs:element name="Item" maxOccurs="9" minOccurs="0"><xs:complexType><xs:sequence>
        <xs:element name="Code" type="xs:string"/>
        <xs:element name="What"><xs:annotation><xs:documentation>{text}</xs:documentation></xs:annotation>
        <xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value={value}/></xs:restriction>
        </xs:simpleType></xs:element>
      </xs:sequence></xs:complexType></xs:element>
    </xs:sequence></xs:complexType></xs:element>
  </xs:schema></types>
  <message name="I"><part name="p" element="t:Ask"/></message>
  <message name="O"><part name="p" element="t:Answer"/></message>
  <portType name="P"><operation name={name}><input message="t:I"/><output message="t:O"/></operation></portType>
  <binding name="B" type="t:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name={name}><soap:operation soapAction=""/><input><soap:body use="literal"/></input>
    <output><soap:body use="literal"/></output></operation></binding>
  <service name="S"><port name="P" binding="t:B"><soap:address location="http://127.0.0.1:9/"/></port></service>
</definitions>
"""


def _soap(folder: Path, operation: str, text: str) -> Drafted:
    contract = folder / "contract" / "c.wsdl"
    contract.parent.mkdir(exist_ok=True)
    contract.write_text(WSDL.format(name=quoteattr(operation), value=quoteattr(text), text=escape(text)), "utf-8")
    return new._soap(folder, "c.wsdl", WISHES, operation)


def _rest(folder: Path, operation: str, member: str) -> Drafted:
    item = {"type": "object", "required": ["code", member], "properties": {"code": {"type": "string"}, member: {}}}
    item["properties"] |= {f"{member}s": {"type": "string", "description": member, "enum": [member]}}  # type: ignore[operator]
    answer = {"type": "object", "required": [member], "properties": {member: {"type": "array", "items": item}}}
    asked = {
        "type": "object",
        "required": ["code", member],
        "properties": {"code": {"type": "string", "pattern": "^[0-9]{11}$"}, member: {"type": "string"}},
    }
    content = {
        "openapi": "3.1.0",
        "info": {"title": "x", "version": "1"},
        "paths": {
            "/a": {
                "post": {
                    "operationId": operation,
                    "requestBody": {"required": True, "content": {"application/json": {"schema": asked}}},
                    "responses": {"200": {"description": "x", "content": {"application/json": {"schema": answer}}}},
                }
            }
        },
    }
    contract = folder / "contract" / "c.json"
    contract.parent.mkdir(exist_ok=True)
    contract.write_text(json.dumps(content), "utf-8")
    return new._rest(folder, "c.json", WISHES, operation)


def _values(drafted: Drafted) -> set[str]:
    """Every text in the files, which are read as code: none of what is hostile is called in them."""
    found: set[str] = set()
    texts = {**files.python_files(drafted.draft), "record": record_module(drafted.draft)}
    for name, text in texts.items():
        tree = ast.parse(text.encode())
        named = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        assert not named & {"open", "exec", "eval", "__import__"}, name
        found |= {each.value for each in ast.walk(tree) if isinstance(each, ast.Constant) and type(each.value) is str}
    manifest = tomllib.loads(files.manifest_file(drafted.draft, ""))
    assert set(manifest) <= {
        *("name", "title", "owner", "kind", "level", "tier", "legal_basis", "source", "contract_sha256", "contact"),
        "reads",
    }
    [entry] = manifest["reads"].values()
    assert entry["operation"] == drafted.draft.operation
    return found


@given(member=NAMES)
@example(member=HOSTILE[0])
@example(member=HOSTILE[1])
@settings(max_examples=40, deadline=None)
def test_a_member_of_any_name_is_a_value_in_what_is_drafted(
    tmp_path_factory: pytest.TempPathFactory, member: str
) -> None:
    try:
        values = _values(_rest(tmp_path_factory.mktemp("rest"), "ask", member))
    except REFUSED:
        assert member not in HOSTILE[:2], "what a contract may name is drafted"
        return
    assert any(member in each for each in values)


@given(text=NAMES.filter(str.isprintable))
@example(text=HOSTILE[0])
@example(text=HOSTILE[6])
@settings(max_examples=20, deadline=None)
def test_a_documentation_or_value_of_any_words_is_a_value_in_what_is_drafted(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    try:
        values = _values(_soap(tmp_path_factory.mktemp("soap"), "Ask", text))
    except REFUSED:
        assert text not in HOSTILE, "what a contract may say is drafted"
        return
    assert text in values or " ".join(text.split()) in values


@pytest.mark.parametrize("name", [*HOSTILE[:4], HOSTILE[7]])
def test_an_operation_whose_name_quotes_or_escapes_is_refused(
    tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for make in (_soap, _rest):
        with pytest.raises(REFUSED):
            make(tmp_path, name, "x")
        said = capsys.readouterr().err
        assert '"""' not in said
        assert "\n" not in said.strip()


@given(text=st.text(max_size=200) | NAMES)
def test_a_quoted_text_is_itself_for_python_and_toml_and_in_words_it_ends_nothing(text: str) -> None:
    assert ast.literal_eval(quoted(text)) == tomllib.loads(f"a = {quoted(text)}")["a"]
    assert ast.literal_eval(f'"""{in_words(text)}."""') == f"{in_words(text)}."
    quoted(text).encode()


@pytest.mark.parametrize(
    "line",
    [
        "open('x')",
        "A = open('x')",
        "import os",
        "from os import path",
        "A = each(input())",
        "A = B.__class__",
        "A = B['x']()",
        "if A:\n    B = 1",
        "A = lambda: 1",
        "from . import other",
        "A = \x00",
        "def a(b=print(1)): ...",
        "@exit\ndef a(): ...",
    ],
)
def test_code_that_is_no_draft_is_not_written(line: str) -> None:
    with pytest.raises(UnsafeDraftError):
        proven("mapping.py", f'"""A mapping."""\n\n{line}\n')
