"""Every public contract: it loads or says what is missing, and its messages go there and back."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import time
from copy import deepcopy
from pathlib import Path
from random import Random

import pytest
from lxml import etree

from adapters.kit.ports import CallContext
from adapters.kit.soap.codec import SoapCodec
from adapters.kit.soap.envelope import SOAP, unwrap
from adapters.kit.soap.inspect import inspect_wsdl
from adapters.kit.soap.wsdl import read_contract
from adapters.kit.xml_parser import parse_xml
from adapters.kit.xsd.decode import BadReplyError, decode
from adapters.sandbox.contracts import reading as sandbox
from adapters.sandbox.contracts.instances import instances
from tests.adapters.wsdl.round_trip import CONTRACTS, contracts, passages, same
from tests.machine import requires_folder

INSTANCES = 4
MOST_SECONDS = 2.0
NOT_THERE = {
    "ee-maakataster-xtee": {"legacy1"},
    "ee-xroad5-legacy": {
        *("isikuteList", "isikOtsing", "listMethods", "testSystem", "unitValid", "unitRepresent"),
        *("loadClassification", "fileDownload", "fileDownloadMTOM", "fileUpload", "fileUploadMTOM", "changeAddress"),
    },
}
"""Operations whose types stand in a file that nobody has: each says which."""
KNOWN_OF_ZEEP = re.compile(r".*(?:zeep NoneType|datetime, zeep str|: \d+ items)")
"""Where zeep is known to be wrong: values that it cannot read become None, and items of repeated groups get lost."""


@pytest.fixture(params=contracts() or [None], ids=lambda each: each[0] if each else "none")
def contract(request: pytest.FixtureRequest) -> tuple[str, Path, Path]:
    requires_folder(CONTRACTS)
    found: tuple[str, Path, Path] = request.param
    return found


def test_every_message_of_every_operation_goes_there_and_back(contract: tuple[str, Path, Path]) -> None:
    name, path, folder = contract
    found = list(passages(name, path, folder, INSTANCES))
    lost = {each.operation for each in found if each.reason}
    assert lost <= NOT_THERE.get(name, set())
    assert [(each.operation, each.message, each.slips[0]) for each in found if each.slips] == []
    assert found


def test_zeep_reads_the_same_where_it_is_not_known_to_be_wrong(contract: tuple[str, Path, Path]) -> None:
    name, path, folder = contract
    unlike = [said for each in passages(name, path, folder, INSTANCES) for said in each.unlike]
    assert [said for said in unlike if not KNOWN_OF_ZEEP.fullmatch(said)] == []


def test_what_cannot_be_used_is_named_with_its_line(contract: tuple[str, Path, Path]) -> None:
    name, path, folder = contract
    inspection = inspect_wsdl(path, folder)
    left_out = {each.name: each.reason for each in inspection.operations if not each.loads}
    assert left_out.keys() == NOT_THERE.get(name, set())
    for reason in left_out.values():
        assert re.search(r"declared nowhere \(imports not read: http://\S+\) \(\S+:\d+\)", reason or "")
    for refusal in inspection.refused:
        assert re.search(r":\d+", refusal.where)
    json.dumps(inspection.as_json())


def test_no_contract_takes_long_to_load(contract: tuple[str, Path, Path]) -> None:
    _, path, folder = contract
    start = time.process_time()
    read_contract(path, folder)
    assert time.process_time() - start < MOST_SECONDS


def test_a_damaged_contract_is_read_in_part_or_refused_by_name(
    contract: tuple[str, Path, Path], tmp_path: Path
) -> None:
    _, path, folder = contract
    shutil.copytree(folder, tmp_path / "contract")
    files = [each for each in (tmp_path / "contract").rglob("*") if each.suffix in (".wsdl", ".xsd", ".xml")]
    random = Random(f"{folder.name}")
    for _ in range(6):
        file = random.choice(files)
        whole = file.read_bytes()
        file.write_bytes(_damaged(whole, random))
        inspection = inspect_wsdl(tmp_path / "contract" / path.relative_to(folder), tmp_path / "contract")
        assert inspection.loads or inspection.refused
        file.write_bytes(whole)


def _damaged(content: bytes, random: Random, *, whole: bool = False) -> bytes:
    if not whole and random.random() < 0.2:
        at = random.randrange(len(content))
        return content[:at] if random.random() < 0.5 else content[:at] + b"&<" + content[at + 2 :]
    root = etree.fromstring(content)
    for _ in range(random.randint(1, 3)):
        node = random.choice([each for each in root.iter("*") if each is not root] or [root])
        parent = node.getparent()
        match random.randrange(6):
            case 0 if parent is not None:
                parent.remove(node)
            case 1 if node.attrib:
                del node.attrib[random.choice(list(node.attrib))]
            case 2 if node.attrib:
                node.set(random.choice(list(node.attrib)), random.choice(["", "no:such", "-1", "unbounded", "\u20ac"]))
            case 3 if parent is not None:
                parent.append(deepcopy(node))
            case 4:
                node.tag = random.choice(["{http://www.w3.org/2001/XMLSchema}all", "{urn:x}y", str(node.tag) + "s"])
            case 5:
                node.append(deepcopy(random.choice(list(root.iter("*"))) if len(root) < 50 else node))
    return etree.tostring(root)


def test_a_damaged_message_is_a_value_or_a_bad_reply(contract: tuple[str, Path, Path]) -> None:
    name, path, folder = contract
    read, other = read_contract(path, folder), sandbox.read_contract(path)
    random = Random(name)
    for key, operation in list(read.operations.items())[:6]:
        if operation.response is None or key not in other.operations:
            continue
        for node in instances(other, key, "answer", 3):
            for _ in range(15):
                try:
                    damaged = parse_xml(_damaged(etree.tostring(node), random))
                except ValueError:
                    continue
                with contextlib.suppress(BadReplyError):
                    decode(operation.response, damaged)


def test_the_quick_form_reads_what_the_walker_reads(contract: tuple[str, Path, Path]) -> None:
    name, path, folder = contract
    read, other = read_contract(path, folder), sandbox.read_contract(path)
    context = CallContext("r", "i", "u", "self", None, 0.0)
    random = Random(name)
    for key, operation in list(read.operations.items())[:8]:
        reading = other.operations.get(key)
        if operation.response is None or reading is None or reading.answer is None or operation.soap_version != "1.1":
            continue
        codec = SoapCodec(name, operation, None)
        for node in instances(other, key, reading.answer, 6):
            for one in (node, etree.fromstring(_damaged(etree.tostring(node), random, whole=True))):
                envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"s": SOAP})
                etree.SubElement(envelope, f"{{{SOAP}}}Body").append(deepcopy(one))
                content = etree.tostring(envelope, encoding="UTF-8")
                quick = codec.read_plain(content, "id", context)
                if quick is not None:
                    assert same(quick, decode(operation.response, unwrap(content).body))
