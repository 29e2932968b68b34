"""The files of a drafted adapter, as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from textwrap import indent
from typing import Literal

from adapters.kit.draft.choice import Choice
from adapters.kit.draft.faults import DraftFault, fault_lines
from adapters.kit.draft.fields import DraftRecord, camel, snake
from adapters.kit.draft.literals import IMPORTS
from adapters.kit.draft.proof import proven
from adapters.kit.draft.texts import in_words, quoted, wrapped

WIDTH = 120
_READINGS = (
    *("as_base64", "as_decimal", "as_number", "as_text", "as_truth", "as_whole", "as_words", "riga_time", "write_time"),
)


@dataclass(frozen=True, slots=True)
class Subject:
    """A kind of key that records have."""

    type: str
    """A class of ``schema.terms``."""
    words: str
    sample: str
    """Of somebody invented."""
    some: str
    """An expression of ``number``."""


SUBJECTS = {
    "person-code": Subject("PersonCode", "personal code", "39100000011", 'PersonCode(f"391{number:08}")'),
    "registration-number": Subject(
        "RegistrationNumber", "registration number", "40000000011", 'RegistrationNumber(f"400{number:08}")'
    ),
    "address-code": Subject("AddressCode", "address code", "100000011", 'AddressCode(f"1{number:08}")'),
}


@dataclass(slots=True)
class Draft:
    """Everything that the files are made of."""

    name: str
    kind: Literal["SOAP", "REST"]
    municipal: bool
    operation: str
    contract: str
    """The main file, from the folder: ``contract/...``."""
    subject: Subject
    record: DraftRecord
    choice: Choice
    request: str
    """The expression of what is asked, of ``keys``."""
    key_expression: str
    """Of ``subject``: how it stands on the wire."""
    sample_on_the_wire: str
    """The sample's key there."""
    batch_size: int
    knows_absent: bool
    xroad: bool
    join: str | None
    """The field of a person; None: a person decides."""
    wrapped: bool = False
    """Of REST: the answer is a list, which the record has as ``items``."""
    not_found: bool = False
    """Of REST: status 404 says that somebody is not on record."""
    key_undecided: str | None = None
    """The statement of ``key_of`` where nobody can say how the key stands on the wire; ``key_expression`` is an
    invented one then, for the recorded answers."""
    key_note: str = ""
    """What a person has to decide of the key before all else."""
    asked_beside: tuple[str, ...] = ()
    """Invented values of the request, each with its place."""
    tables: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Codes of the record by the name of the table that reads them."""
    faults: tuple[DraftFault, ...] = ()
    """Of SOAP: the register's own."""
    absent: str = ""
    """What a person should know of how the register answers about somebody unknown."""

    @property
    def quoted_operation(self) -> str:
        """The operation's name as Python and TOML write it."""
        return quoted(self.operation)

    @property
    def operation_in_words(self) -> str:
        """The operation's name within a text."""
        return in_words(self.operation)

    @property
    def contract_in_words(self) -> str:
        """The contract's file within a text."""
        return in_words(self.contract)

    @property
    def own_names(self) -> frozenset[str]:
        """What its files call of their own."""
        return frozenset({self.adapter, self.mapping, self.record.name, *(each.name for each in self.record.parts())})

    @property
    def adapter(self) -> str:
        """The class of the adapter."""
        return camel(self.name)

    @property
    def mapping(self) -> str:
        """The record's mapping."""
        return f"to_{snake(self.record.name)}"


def python_files(draft: Draft, *, decided: bool = False) -> dict[str, str]:
    """The folder's Python files by name, each of the form that drafts have. Raises: UnsafeDraftError.

    Args:
        decided: as for :func:`mapping_module`.
    """
    texts = {
        "__init__.py": f'"""{draft.name}: {draft.operation_in_words}."""\n',
        "mapping.py": mapping_module(draft, decided=decided),
        "adapter.py": adapter_module(draft),
        "test_adapter.py": test_module(draft),
    }
    return {name: proven(name, text, draft.own_names) for name, text in texts.items()}


def mapping_module(draft: Draft, *, decided: bool = False) -> str:
    """``mapping.py``.

    Args:
        decided: make an invented key where a person has to decide, as the recorded answers have it.
    """
    body = _record_of(draft.record, draft)
    reads = [name for name in _READINGS if name in body]
    kinds = [name for name in ("each", "maybe", "one") if f"{name}(" in body]
    records = sorted({draft.record.name, *(each.name for each in draft.record.parts())})
    lines = [f'"""What {draft.name} says, as a record."""', "", "from __future__ import annotations", ""]
    lines += ["from collections.abc import Sequence"]
    wanted = dict.fromkeys(each for sign, each in IMPORTS.items() if sign in draft.request or sign in _reads_in(body))
    lines += [each for each in wanted if "adapters" not in each]
    lines += ["from typing import Any", ""]
    lines += ["from adapters.kit.items import Items"] * (draft.choice.item_key is not None)
    lines += [f"from adapters.kit.record_of import RecordOf, {', '.join(kinds)}"]
    lines += [f"from adapters.kit.wire_values import {', '.join(reads)}"] * bool(reads)
    lines += [each for each in wanted if "adapters" in each]
    lines += [f"from schema.records.{draft.name} import {', '.join(records)}"]
    lines += [f"from schema.terms import {draft.subject.type}", ""]
    for name, codes in draft.tables.items():
        lines += [f"{name} = {{{', '.join(f'{quoted(code)}: {quoted(code)}' for code in codes)}}}", ""]
    lines += [f"{draft.mapping} = {body}"]
    lines += [
        f'"""Map an answer of ``{draft.operation_in_words}``.',
        "",
        f"Source: {draft.contract_in_words}.",
        '"""',
        "",
    ]
    if draft.record.left_out:
        names = ", ".join(quoted(each.partition(":")[0].split("/")[-1]) for each in draft.record.left_out)
        said = in_words(f"Not mapped: {'; '.join(draft.record.left_out)}.", 600)
        lines += [f"DARK = ({names},)", '"""' + "\n".join(wrapped(said)) + '"""', ""]
    if draft.choice.item_key is not None:
        where, key = quoted("/".join(draft.choice.items)), quoted("/".join(draft.choice.item_key))
        lines += [f"ITEMS = Items(name={where}, key={key}, to_record={draft.mapping})"]
        lines += ['"""Records by the key that was asked for."""', ""]
    lines += ["", f"def key_of(subject: {draft.subject.type}) -> {_key_type(draft)}:"]
    lines += ['    """The key as it stands on the wire."""', f"    {_key_made(draft, decided=decided)}", "", ""]
    lines += [f"def request_of(keys: Sequence[{_key_type(draft)}]) -> dict[str, Any]:"]
    lines += ['    """What the register is asked. Values beside the keys are invented: a person decides them."""']
    lines += [f"    return {draft.request}"]
    return "\n".join(lines) + "\n"


def _key_made(draft: Draft, *, decided: bool) -> str:
    if draft.key_undecided is None or decided:
        return f"return {draft.key_expression}"
    return f"{draft.key_undecided}  # decide"


def _key_type(draft: Draft) -> str:
    return "int" if draft.key_expression.startswith("int(") else "str"


def _reads_in(body: str) -> str:
    return "Decimal(" if ", Decimal" in body else ""


def _record_of(record: DraftRecord, draft: Draft) -> str:
    lines = ["RecordOf(", f"    {record.name},"]
    for each in record.fields:
        simple = all("/" not in step for step in each.path) and sum(map(len, each.path)) < WIDTH // 2
        path = quoted("/".join(each.path)) if simple else repr(each.path)
        if each.record is not None:
            inner = indent(_record_of(each.record, draft), "        ").lstrip()
            lines.append(f"    {each.name}=each(\n        {path},\n        {inner},\n    ),")
        else:
            read = f", {each.read}" if each.read else ""
            lines.append(f"    {each.name}={each.occurs}({path}{read}),")
    return "\n".join([*lines, ")"])


def adapter_module(draft: Draft) -> str:
    """``adapter.py``."""
    soap, whose = draft.kind == "SOAP", draft.choice.item_key is not None
    service, module = ("SoapService", "soap") if soap else ("RestService", "openapi")
    load, file = ("load_contract", "soap.wsdl") if soap else ("load_openapi", "openapi.document")
    inner = draft.contract.removeprefix("contract/")
    names = [quoted(part) for part in ("contract", *inner.split("/"))]
    root = ', Path(__file__).parent / "contract"' if soap and "/" in inner else "" if soap else ", typed=True"
    lines = [
        f'"""Calls of {draft.name}: operation ``{draft.operation_in_words}``."""',
        "",
        "from __future__ import annotations",
        "",
    ]
    lines += ["from collections.abc import Mapping, Sequence", "from pathlib import Path", "from typing import Any", ""]
    lines += ["from adapters.kit.clock import Clock"]
    lines += ["from adapters.kit.connection import Connection"]
    names_of_errors = ["RegisterError", *["Rejected"] * bool(draft.faults), *["reading"] * (not whose)]
    lines += [f"from adapters.kit.errors import {', '.join(names_of_errors)}"]
    lines += ["from adapters.kit.items import value_at"] * bool(
        (draft.choice.may_be_absent and not whose) or draft.faults
    )
    lines += (
        []
        if soap
        else [f"from adapters.kit.{file} import {load}", f"from adapters.kit.{module}.service import {service}"]
    )
    lines += ["from adapters.kit.ports import CallContext"]
    lines += ["from adapters.kit.soap.envelope import Fault"] * bool(draft.faults)
    lines += (
        [f"from adapters.kit.{module}.service import {service}", f"from adapters.kit.{file} import {load}"]
        if soap
        else []
    )
    lines += ["from adapters.kit.wire import Wire"]
    lines += ["from adapters.kit.xroad import XRoad"] * (draft.xroad or not soap)
    lines += [
        f"from schema.records.{draft.name} import {draft.record.name}",
        f"from schema.terms import {draft.subject.type}",
    ]
    used = ["ITEMS", "key_of", "request_of"] if whose else ["key_of", "request_of", draft.mapping]
    lines += ["", f"from .mapping import {', '.join(used)}", "", f'NAME = "{draft.name}"']
    lines += [f"CONTRACT = {load}(Path(__file__).parent / {' / '.join(names)}{root})"]
    if draft.not_found:
        lines += ["NOT_ON_RECORD = frozenset({404})"]
        lines += ['"""With the body that the contract has for it; any other 404 is an error."""']
    lines += ["", ""]
    lines += [f"class {draft.adapter}:", f'    """Reads {draft.record.name} by {draft.subject.words}."""', ""]
    lines += [f"    def __init__(self, service: {service}) -> None:", "        self._service = service", ""]
    lines += ["    async def read("]
    lines += [f"        self, record_type: type[Any], subjects: Sequence[{draft.subject.type}], context: CallContext"]
    lines += [
        f"    ) -> Mapping[{draft.subject.type}, {draft.record.name} | RegisterError]:",
        '        """See ``Reads.read``."""',
    ]
    lines += [*_read(draft), *(fault_lines(draft.faults) if draft.faults else ()), "", ""]
    lines += [f"def connect(connection: Connection, wire: Wire, clock: Clock) -> {draft.adapter}:"]
    lines += ['    """The adapter at one address."""']
    lines += ["    xroad = connection.xroad or XRoad.development(NAME)"] * (draft.xroad or not soap)
    given = "xroad" if draft.xroad or not soap else "None"
    also = ", classify=classify" if draft.faults else ""
    lines += [f"    return {draft.adapter}({service}(NAME, CONTRACT, connection, wire, xroad={given}{also}))"]
    return "\n".join(lines) + "\n"


def _read(draft: Draft) -> list[str]:
    operation, soap = draft.quoted_operation, draft.kind == "SOAP"
    lines = []
    if draft.choice.item_key is None:
        lines, keys = ["        [subject] = subjects"], "[key_of(subject)]"
    else:
        lines, keys = ["        asked = {key_of(subject): subject for subject in subjects}"], "list(asked)"
    if draft.choice.item_key is not None:
        absent = ", absent=NOT_ON_RECORD" if draft.not_found else ""
        given = (
            f"request_of({keys}), context, ITEMS, asked"
            if soap
            else f"context, ITEMS, asked, **request_of({keys}){absent}"
        )
        return [*lines, f"        return await self._service.records({operation}, {given})"]
    if soap:
        lines += [f"        answer = await self._service.call({operation}, request_of({keys}), context)"]
    else:
        also = ", read=NOT_ON_RECORD" if draft.not_found else ""
        lines += [f"        answer = await self._service.call({operation}, context, **request_of({keys}){also})"]
    if draft.not_found:
        lines += ["        if answer.status in NOT_ON_RECORD:", "            return {}"]
    if draft.choice.may_be_absent:
        lines += [f"        found = value_at(answer, {quoted('/'.join(draft.choice.items))})"]
        lines += ["        if not isinstance(found, Mapping):", "            return {}"]
    value = (
        "found"
        if draft.choice.may_be_absent
        else "answer"
        if soap
        else '{"items": answer.body}'
        if draft.wrapped
        else "answer.body"
    )
    return [
        *lines,
        '        with reading(NAME, "the answer is not what the contract says"):',
        f"            return {{subject: {draft.mapping}({value})}}",
    ]


def manifest_file(draft: Draft, digest: str) -> str:
    """``manifest.toml``."""
    return f'''name = "{draft.name}"
title = {{ lv = "{draft.name}", en = "{draft.name}" }} # decide: what people call the register
owner = "" # decide: who keeps it
contact = "" # decide: to whom an outage is reported, an e-mail address or an address of the web
kind = "{draft.kind}"
level = "{"MUNICIPAL" if draft.municipal else "NATIONAL"}"
tier = "DRAFT"
legal_basis = "" # decide: what allows it to be read
source = {quoted(draft.contract)}
contract_sha256 = "{digest}"

[reads.{draft.record.name}]
operation = {draft.quoted_operation}
batch_size = {draft.batch_size}
fresh_for = "PT0S" # decide: how long an answer may be used again
'''


def test_module(draft: Draft) -> str:
    """``test_adapter.py``."""
    lines = ['"""The adapter holds what every adapter has to hold."""', "", "from __future__ import annotations", ""]
    lines += [
        "from pathlib import Path",
        *(["from typing import Any"] * (draft.key_expression != "subject.digits")),
        "",
    ]
    lines += [
        "from adapters.kit.contract_test import AdapterContract",
        f"from schema.terms import {draft.subject.type}",
    ]
    lines += ["", "from .mapping import key_of"] * (draft.key_expression != "subject.digits")
    lines += [
        "",
        "",
        f"class Test{draft.adapter}(AdapterContract):",
        '    """Recorded replies, failures, damage."""',
        "",
    ]
    lines += ["    folder = Path(__file__).parent"]
    lines += ["    knows_absent = False"] * (not draft.knows_absent)
    lines += ["    says_whose = False"] * (draft.choice.item_key is None)
    lines += ["", f"    def subject(self, text: str) -> {draft.subject.type}:", '        """Digits."""']
    lines += [
        f"        return {draft.subject.type}(text)",
        "",
        f"    def some_subject(self, number: int) -> {draft.subject.type}:",
    ]
    lines += ['        """Invented, another for each number."""', f"        return {draft.subject.some}"]
    if draft.key_expression != "subject.digits":
        lines += ["", "    def digits(self, subject: Any) -> str:", '        """As it stands on the wire."""']
        lines += ["        return str(key_of(subject))"]
    return "\n".join(lines) + "\n"


def case_file(draft: Draft, what: str, reply: str, records: dict[str, object]) -> str:
    """``cases/*.case.json``."""
    case = {
        "what": what,
        "record_type": draft.record.name,
        "ask": [draft.subject.sample],
        **({} if draft.sample_on_the_wire == draft.subject.sample else {"ask_on_the_wire": [draft.sample_on_the_wire]}),
        "reply": reply,
        "records": records,
    }
    return json.dumps(case, ensure_ascii=False, indent=2) + "\n"
