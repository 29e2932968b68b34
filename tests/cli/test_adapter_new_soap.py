"""Drafts of WSDLs: what may be the record, and how an answer says that nobody is on record."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.kit.draft.choice import ChoiceError
from adapters.kit.draft.files import SUBJECTS, python_files
from adapters.kit.draft.soap_draft import Drafted, Wishes
from gateway.commands.adapter import new

WSDL = """
<definitions targetNamespace="urn:t" xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:t="urn:t"
    xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xs="http://www.w3.org/2001/XMLSchema">
  <types><xs:schema targetNamespace="urn:t" elementFormDefault="qualified">
    <xs:complexType name="Driver"><xs:sequence>DRIVER</xs:sequence></xs:complexType>
    <xs:complexType name="Nobody"><xs:sequence><xs:element name="Text" type="xs:string"/></xs:sequence></xs:complexType>
    <xs:element name="Ask"><xs:complexType><xs:sequence>ASKED</xs:sequence></xs:complexType></xs:element>
    <xs:element name="Answer"><xs:complexType>ANSWER</xs:complexType></xs:element>
  </xs:schema></types>
  <message name="I"><part name="p" element="t:Ask"/></message>
  <message name="O"><part name="p" element="t:Answer"/></message>
  <portType name="P"><operation name="Read"><input message="t:I"/><output message="t:O"/></operation></portType>
  <binding name="B" type="t:P"><soap:binding transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="Read"><soap:operation soapAction=""/><input><soap:body use="literal"/></input>
    <output><soap:body use="literal"/></output></operation></binding>
  <service name="S"><port name="P" binding="t:B"><soap:address location="http://127.0.0.1:9/"/></port></service>
</definitions>
"""
CODE = '<xs:element name="Code" type="xs:string"/>'
NAME = '<xs:element name="Name" type="xs:string"/>'
MAYBE = '<xs:sequence><xs:element name="Driver" type="t:Driver" minOccurs="0"/></xs:sequence>'
EITHER = '<xs:choice><xs:element name="Driver" type="t:Driver"/><xs:element name="None" type="t:Nobody"/></xs:choice>'


def drafted(
    folder: Path,
    *,
    wsdl: str = WSDL,
    asked: str = CODE,
    driver: str = NAME,
    answer: str = MAYBE,
    key: str = "",
    items: str = "",
) -> Drafted:
    contract = folder / "contract" / "c.wsdl"
    contract.parent.mkdir()
    text = wsdl.replace("ASKED", asked).replace("DRIVER", driver).replace("ANSWER", answer)
    contract.write_text(text, "utf-8")
    wishes = Wishes("drivers", False, SUBJECTS["person-code"], "drivers", None, key or None, items or None, None)
    return new._soap(folder, "c.wsdl", wishes, "Read")


@pytest.mark.parametrize("driver", [NAME, CODE + NAME])
def test_what_an_answer_may_lack_is_the_record_and_its_lack_says_that_nobody_is_on_record(
    tmp_path: Path, driver: str
) -> None:
    made = drafted(tmp_path, driver=driver)
    assert made.draft.choice.items == ("Driver",)
    assert {each.occurs for each in made.draft.record.fields} == {"one"}
    assert made.draft.knows_absent
    assert made.absent is not None
    assert b"Driver" not in made.absent
    assert b"Driver" in made.found
    assert "Driver" in python_files(made.draft)["mapping.py" if "Code" in driver else "adapter.py"]


def test_a_record_in_a_list_is_not_taken_for_one_that_may_be_absent(tmp_path: Path) -> None:
    many = MAYBE.replace('minOccurs="0"', 'minOccurs="0" maxOccurs="9"')
    made = drafted(tmp_path, driver=CODE + NAME, answer=many)
    assert made.draft.choice.items_repeat
    assert not made.draft.choice.may_be_absent


def test_one_of_several_answers_is_a_persons_to_choose(tmp_path: Path) -> None:
    made = drafted(tmp_path, answer=EITHER)
    assert made.draft.absent.startswith("the answer is one of Driver, None")
    (tmp_path / "told").mkdir()
    told = drafted(tmp_path / "told", answer=EITHER, items="Driver")
    assert [(each.name, each.occurs) for each in told.draft.record.fields] == [("name", "one")]
    assert told.draft.absent.startswith("an answer without Driver is taken for 'not on record'")
    assert told.draft.record.left_out == ["None: it stands beside the records"]


FAULT = """
    <xs:element name="Fault"><xs:complexType><xs:sequence><xs:element name="Kind"><xs:simpleType>
      <xs:restriction base="xs:string"><xs:enumeration value="NO_RIGHT"/><xs:enumeration value="CLOSED"/></xs:restriction>
    </xs:simpleType></xs:element></xs:sequence></xs:complexType></xs:element>
  </xs:schema>"""


def test_each_code_of_a_declared_fault_is_a_row_that_a_person_decides(tmp_path: Path) -> None:
    answer, port, bound = '<output message="t:O"/>', '<fault name="Refused" message="t:F"/>', "</output></operation>"
    text = WSDL.replace("  </xs:schema>", FAULT).replace(answer, answer + port)
    text = text.replace(
        bound, '</output><fault name="Refused"><soap:fault name="Refused" use="literal"/></fault></operation>'
    )
    text = text.replace("<portType", '<message name="F"><part name="f" element="t:Fault"/></message><portType')
    made = drafted(tmp_path, wsdl=text)
    adapter = python_files(made.draft)["adapter.py"]
    for row in ('("Refused", "CLOSED"): Rejected,', '("Refused", "NO_RIGHT"): Rejected,', '"Refused": "Kind",'):
        assert row in adapter
    assert "xroad=None, classify=classify" in adapter


def test_listed_codes_are_read_by_a_table_and_what_else_is_asked_is_listed_a_value_a_line(tmp_path: Path) -> None:
    listed = (
        '<xs:element name="Kind"><xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="IED"/>'
        '<xs:enumeration value="INV"/></xs:restriction></xs:simpleType></xs:element>'
    )
    asked = '<xs:element name="Code"><xs:simpleType><xs:restriction base="xs:string"><xs:pattern value="[0-9]{11}"/>'
    asked += "</xs:restriction></xs:simpleType></xs:element>"
    made = drafted(tmp_path, asked=asked + NAME, driver=listed + NAME)
    mapping = python_files(made.draft)["mapping.py"]
    assert 'KIND_BY_CODE = {"IED": "IED", "INV": "INV"}\n' in mapping
    assert 'kind=one("Kind", KIND_BY_CODE)' in mapping
    [other] = made.draft.asked_beside
    assert other.startswith("Name: ")


def test_the_asking_users_code_is_never_a_guess(tmp_path: Path) -> None:
    with pytest.raises(ChoiceError, match="say with --key which names the subject: User, Name"):
        drafted(tmp_path, asked=CODE.replace("Code", "User") + NAME, driver=CODE)
