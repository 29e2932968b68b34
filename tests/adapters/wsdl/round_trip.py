"""Every operation of every public contract, there and back again.

    python -m tests.adapters.wsdl.round_trip [--count 20] [--json FILE] [NAME ...]

For each message of an operation, the sandbox's reading of the contract writes instances that its schema allows. The
kit's codec reads them, writes what it read, the schema is asked again, and the codec reads it back: the values have to
be equal. zeep reads the same, where it can (``oracle``).
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree

from adapters.kit.soap.wsdl import Operation, read_contract
from adapters.kit.xml_parser import parse_xml
from adapters.kit.xsd.decode import XSI, decode
from adapters.kit.xsd.encode import encode
from adapters.kit.xsd.types import Element, Nil, Xml
from adapters.sandbox.contracts import reading as sandbox
from adapters.sandbox.contracts.errors import ContractError
from adapters.sandbox.contracts.instances import instances
from tests.adapters.oracle import load_zeep
from tests.adapters.wsdl.zeep_reads import CannotError, difference, zeep_value

CONTRACTS = Path(__file__).resolve().parents[4] / "shared" / "contracts" / "wsdl"


@dataclass
class Passage:
    """One message of one operation."""

    contract: str
    operation: str
    message: str
    instances: int = 0
    slips: list[str] = field(default_factory=list)
    reason: str = ""
    """Why it was not tried at all."""
    zeep: Counter[str] = field(default_factory=Counter)
    """How often zeep reads ``same``, ``cannot``, or else."""
    unlike: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether all instances came back as they went."""
        return not self.reason and not self.slips


def contracts() -> list[tuple[str, Path, Path]]:
    """Name, main file and folder of each public contract."""
    found = []
    for folder in sorted(CONTRACTS.iterdir()) if CONTRACTS.is_dir() else ():
        lines = (folder / "SOURCE.txt").read_text("utf-8").splitlines()
        main = next(line.removeprefix("main: ").strip() for line in lines if line.startswith("main: "))
        found.append((folder.name, folder / main, folder))
    return found


def passages(name: str, path: Path, folder: Path, count: int) -> Iterator[Passage]:
    """All messages of one contract."""
    contract = read_contract(path, folder)
    other = sandbox.read_contract(path)
    oracle = _oracle(path, folder)
    for key, refusal in contract.left_out.items():
        yield Passage(name, key, "", reason=f"{refusal.construct} ({refusal.where})")
    for key, operation in contract.operations.items():
        for message, element, which in _messages(key, operation, other):
            passage = Passage(name, key, message)
            if which is None:
                passage.reason = f"left out by the sandbox: {other.left_out.get(key, '')}"
            else:
                _try(passage, element, other, which, count, oracle)
            yield passage


def _messages(key: str, operation: Operation, other: Any) -> Iterator[tuple[str, Element, Any]]:
    reading = other.operations.get(key)
    if reading is None or reading.request.name != operation.request.tag:
        # Where names repeat, each reading calls another one by the bare name.
        alike = (each for each in other.operations.values() if each.request.name == operation.request.tag)
        reading = next(alike, reading)
    yield "request", operation.request, None if reading is None else reading.request
    if operation.response is not None:
        yield "answer", operation.response, None if reading is None else reading.answer
    if reading is None:
        return
    for side, parts, declared in (
        ("header in", operation.headers_in, reading.headers_in),
        ("header out", operation.headers_out, reading.headers_out),
    ):
        by_name = {each.name: each for each in declared}
        for part in parts:
            yield f"{side} {part.name}", part.element, by_name.get(part.element.tag)
    for fault in operation.faults:
        by_name = {each.name: each for each in reading.faults.values()}
        yield f"fault {fault.name}", fault.element, by_name.get(fault.element.tag)


def _oracle(path: Path, folder: Path) -> Any:
    try:
        return load_zeep(path, folder)
    except Exception:  # noqa: BLE001 - it cannot read this contract
        return None


def _try(passage: Passage, element: Element, other: Any, which: Any, count: int, oracle: Any) -> None:
    try:
        made = instances(other, next(iter(other.operations)), which, count)
    except ContractError as error:
        passage.reason = f"not generated: {error}"
        return
    passage.instances = len(made)
    for node in made:
        slip = _slip(element, node, None if which.encoded else other.schema)
        if slip:
            passage.slips.append(slip)
        elif not which.encoded:
            said = _beside(oracle, element, node)
            passage.zeep[said if said in ("same", "cannot") else "else"] += 1
            if said not in ("same", "cannot"):
                passage.unlike.append(said)


def _slip(element: Element, node: etree._Element, schema: etree.XMLSchema | None) -> str:
    content = etree.tostring(node)
    try:
        value = decode(element, parse_xml(content))
    except Exception as error:  # noqa: BLE001 - a table of what went wrong
        return f"read: {type(error).__name__}: {error}"
    try:
        written = etree.tostring(encode(element, value))
    except Exception as error:  # noqa: BLE001 - the same
        return f"write: {type(error).__name__}: {error}"
    root = parse_xml(written)
    if schema is not None and not schema.validate(root):
        return f"schema: {schema.error_log.last_error}"
    try:
        again = decode(element, root)
    except Exception as error:  # noqa: BLE001 - the same
        return f"read again: {type(error).__name__}: {error}"
    return "" if same(value, again) else "another value came back"


def _beside(oracle: Any, element: Element, node: etree._Element) -> str:
    if oracle is None:
        return "cannot"
    content = etree.tostring(node)
    try:
        theirs = zeep_value(oracle, element, content)
    except CannotError:
        return "cannot"
    return difference(decode(element, parse_xml(content)), theirs) or "same"


def same(one: Any, other: Any) -> bool:
    """Equal, of equal types, to the last digit; NaN is itself."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, Xml):
        return _canonical(one) == _canonical(other)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one is other if isinstance(one, Nil) else bool(one == other) or repr(one) == repr(other)


def _canonical(text: str) -> str:
    """Equal texts for XML that differs in its prefixes only."""
    return etree.canonicalize(text, rewrite_prefixes=True, qname_aware_attrs=[f"{{{XSI}}}type"])


def table(found: list[Passage]) -> str:
    """Markdown: one line a contract."""
    lines = [
        "| Contract | Operations | Pass | Messages | Instances | zeep: same | else | cannot | What does not pass |",
        "|---" * 9 + "|",
    ]
    total = [0] * 7
    for name in dict.fromkeys(each.contract for each in found):
        own = [each for each in found if each.contract == name]
        operations = dict.fromkeys(each.operation for each in own)
        passing = [key for key in operations if all(each.passed for each in own if each.operation == key)]
        reasons = dict.fromkeys(each.reason or each.slips[0].partition(" at ")[0] for each in own if not each.passed)
        figures = [len(operations), len(passing), len(own), sum(each.instances for each in own)]
        figures += [sum(each.zeep[how] for each in own) for how in ("same", "else", "cannot")]
        total = [a + b for a, b in zip(total, figures, strict=True)]
        lines.append(f"| {name} | {' | '.join(map(str, figures))} | {'; '.join(list(reasons)[:2])[:160]} |")
    lines.append(f"| **all** | {' | '.join(map(str, total))} | |")
    return "\n".join(lines)


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--slips", action="store_true", help="show every slip")
    given = parser.parse_args()
    found: list[Passage] = []
    for name, path, folder in contracts():
        if not given.names or name in given.names:
            sys.stderr.write(f"{name}\n")
            found += passages(name, path, folder, given.count)
    sys.stdout.write(f"{table(found)}\n")
    if given.slips:
        for each in found:
            for slip in [each.reason] if each.reason else [*each.slips, *(f"zeep: {said}" for said in each.unlike)]:
                sys.stdout.write(f"{each.contract} {each.operation} {each.message}: {slip}\n")
    if given.json:
        given.json.write_text(json.dumps([vars(each) for each in found], indent=1))
    return 0 if all(each.passed for each in found) else 1


if __name__ == "__main__":
    sys.exit(main())
