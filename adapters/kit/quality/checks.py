"""What a machine can tell by reading an adapter's folder: for each rule, why it does not hold yet, or nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from lxml import etree

from adapters.kit.cases import Case, cases_of
from adapters.kit.contracts import inspect_contract
from adapters.kit.manifest import Manifest
from adapters.kit.openapi.document import load_openapi
from adapters.kit.quality.pin import contract_digest
from adapters.kit.quality.source_code import SourceCode
from adapters.kit.soap.wsdl import load_contract
from adapters.kit.xml_parser import parse_xml
from schema.terms import DeliveryStrategy, RegisterKind

_PLACEHOLDER = re.compile(
    r"\W*|<.*|\W*(none|nav|unknown|placeholder|fill in|(todo|tbd|fixme|xxx)\b.*)\W*", re.IGNORECASE
)
_CONTACT = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|https://\S+|tel:\+?[\d ]+|\+371[\d ]+")
_PERSON = re.compile(rb"(?<!\d)(?!39)(?:[0-2]\d|3[0-2])(?:\d{9}|\d{4}-\d{5})(?!\d)")
"""A personal code that somebody may have: a day of birth first, or 32; with or without its hyphen."""
_DAY = timedelta(days=1)
_SHOWN = 3
_ENVELOPE = frozenset({"Envelope", "Header", "Body"})


@dataclass(frozen=True)
class Folder:
    """One adapter's folder, read as far as a check asks."""

    path: Path
    manifest: Manifest

    @cached_property
    def mapping(self) -> SourceCode:
        """``mapping.py``."""
        return SourceCode(self.path / "mapping.py")

    @cached_property
    def adapter(self) -> SourceCode:
        """``adapter.py``."""
        return SourceCode(self.path / "adapter.py")

    @cached_property
    def test(self) -> SourceCode:
        """``test_adapter.py``."""
        return SourceCode(self.path / "test_adapter.py")

    @cached_property
    def cases(self) -> list[Case]:
        """Raises: CaseError."""
        return cases_of(self.path)

    @cached_property
    def operations(self) -> frozenset[str]:
        """Of the contract. Raises: what its reader raises."""
        path, root = self.path / self.manifest.source, self.path / "contract"
        # A WSDL may lie deep in its folder, and import what lies beside or above it there.
        loaded: Any = load_contract(path, root) if self.manifest.kind is RegisterKind.SOAP else load_openapi(path)
        return frozenset(loaded.operations)

    @cached_property
    def answered(self) -> frozenset[str]:
        """Names of everything that answers to what the manifest reads can hold, by the contract."""
        contract = inspect_contract(str(self.path / self.manifest.source))
        types = {each.name: each for each in contract.types}
        wanted = {entry.operation for entry in self.manifest.reads.values()}
        answers = [
            each for operation in contract.operations if operation.name in wanted for each in operation.responses
        ]
        # Of REST an answer is named by its status; what a refusal says is not mapped.
        left = [each.type for each in answers if not each.name.isdecimal() or each.name.startswith("2")]
        names: set[str] = set()
        seen: set[str] = set()
        while left:
            shape = types.get(name := left.pop())
            if shape is None or name in seen:
                continue
            seen.add(name)
            names |= {member.name.removeprefix("@") for member in shape.members if not member.name.startswith("#")}
            left += [member.type for member in shape.members]
        return frozenset(names)


Check = Callable[[Folder], Iterator[str]]
"""Gives each thing that is missing, in words that begin a sentence in the middle."""


def _manifest_complete(folder: Folder) -> Iterator[str]:
    manifest = folder.manifest
    said = {"title.lv": manifest.title.lv, "title.en": manifest.title.en, "owner": manifest.owner}
    said |= {"legal_basis": manifest.legal_basis, "source": manifest.source}
    for name, text in said.items():
        if _PLACEHOLDER.fullmatch(text.strip()):
            yield f"{name} says nothing"


def _contract_there(folder: Folder) -> Iterator[str]:
    manifest = folder.manifest
    path = (folder.path / manifest.source).resolve()
    if not path.is_relative_to(folder.path.resolve() / "contract") or not path.is_file():
        yield "source names no file of contract/"
        return
    wanted = {each.operation for each in manifest.reads.values()}
    wanted |= {each.operation for each in manifest.receives.values()}
    if missing := sorted(wanted - folder.operations):
        yield f"the contract has no operation {', '.join(missing)}"


def _contract_pinned(folder: Folder) -> Iterator[str]:
    digest = contract_digest(folder.path)
    if not folder.manifest.contract_sha256:
        yield f'write contract_sha256 = "{digest}" into manifest.toml'
    elif folder.manifest.contract_sha256 != digest:
        yield f"contract/ was changed since it was pinned; its digest is now {digest}"


def _mapping_pure(folder: Folder) -> Iterator[str]:
    if not folder.mapping.text:
        yield "there is no mapping.py"
    yield from (f"mapping.py, {each}" for each in folder.mapping.impurities())


def _unknown_codes(folder: Folder) -> Iterator[str]:
    yield from (f"mapping.py, {each}" for each in folder.mapping.defaults())


def _through_the_wire(folder: Folder) -> Iterator[str]:
    yield from (f"adapter.py, {each}" for each in folder.adapter.own_ways_out())


def _invented_people(folder: Folder) -> Iterator[str]:
    for path in sorted((folder.path / "cases").glob("*")):
        if path.is_file() and _PERSON.search(path.read_bytes()):
            yield f"cases/{path.name} has a personal code that does not begin with 39"


def _case_found(folder: Folder) -> Iterator[str]:
    for name in folder.manifest.reads:
        if not any(case.records for case in folder.cases if case.record_type == name):
            yield f"no case of {name} finds somebody"


def _case_absent(folder: Folder) -> Iterator[str]:
    for name in folder.manifest.reads:
        if not any(set(case.ask) - set(case.records) for case in folder.cases if case.record_type == name):
            yield f"no case of {name} asks for somebody whom the register does not know"


def _contract_test(folder: Folder) -> Iterator[str]:
    bases = folder.test.bases()
    for wanted, base in ((folder.manifest.reads, "AdapterContract"), (folder.manifest.receives, "ReceiverContract")):
        if wanted and base not in bases:
            yield f"no class of test_adapter.py inherits {base}"


def _contact_named(folder: Folder) -> Iterator[str]:
    if not _CONTACT.fullmatch(folder.manifest.contact):
        yield "contact is no e-mail address, telephone number or address of the web"


def _everything_named(folder: Folder) -> Iterator[str]:
    named = folder.mapping.strings() | folder.adapter.strings()
    recorded = {name for case in folder.cases for name in _names(case.body)}
    there = sorted((recorded | folder.answered) - named)
    if there:
        more = f" and {len(there) - _SHOWN} more" if len(there) > _SHOWN else ""
        yield f"nobody names {', '.join(there[:_SHOWN])}{more}"


def _faults_told_apart(folder: Folder) -> Iterator[str]:
    if folder.manifest.kind is RegisterKind.SOAP and not folder.adapter.gives("classify"):
        yield "adapter.py gives no classify"


def _source_said(folder: Folder) -> Iterator[str]:
    if "Source:" not in folder.mapping.text:
        yield "mapping.py has no line Source:"


def _fresh_within_a_day(folder: Folder) -> Iterator[str]:
    for name, entry in folder.manifest.reads.items():
        if entry.fresh_for > _DAY:
            yield f"{name} may be used again for longer"


def _no_blind_delivery(folder: Folder) -> Iterator[str]:
    for code, entry in folder.manifest.receives.items():
        if entry.strategy is DeliveryStrategy.MANUAL:
            yield f"{code} is delivered by hand"


def _in_batches(folder: Folder) -> Iterator[str]:
    for name, entry in folder.manifest.reads.items():
        if entry.batch_size == 1:
            yield f"{name} is read one by one"


def _typed(folder: Folder) -> Iterator[str]:
    for source in (folder.mapping, folder.adapter):
        yield from (f"{source.path.name}, {each}" for each in source.untyped())


def _readme(folder: Folder) -> Iterator[str]:
    if not (folder.path / "README.md").is_file():
        yield "there is no README.md"


CHECKS: Mapping[str, Check] = {
    "manifest-complete": _manifest_complete,
    "contract-there": _contract_there,
    "contract-pinned": _contract_pinned,
    "mapping-pure": _mapping_pure,
    "unknown-codes-are-errors": _unknown_codes,
    "calls-through-the-wire": _through_the_wire,
    "invented-people": _invented_people,
    "case-found": _case_found,
    "case-absent": _case_absent,
    "contract-test": _contract_test,
    "contact-named": _contact_named,
    "everything-named": _everything_named,
    "faults-told-apart": _faults_told_apart,
    "source-said": _source_said,
    "fresh-within-a-day": _fresh_within_a_day,
    "no-blind-delivery": _no_blind_delivery,
    "asks-in-batches": _in_batches,
    "typed": _typed,
    "readme": _readme,
}
"""By the rule's id."""


def _names(body: bytes) -> Iterator[str]:
    """Names of elements, attributes or members of a reply."""
    if not body.lstrip().startswith(b"<"):
        yield from _members(json.loads(body))
        return
    root = parse_xml(body)
    content = root[-1] if etree.QName(root).localname in _ENVELOPE and len(root) else root
    for node in content.iter("*"):
        name = etree.QName(node).localname
        # What holds the answer as a whole says nothing of its own.
        if node is not content and node.getparent() is not content:
            yield name


def _members(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _members(inner)
