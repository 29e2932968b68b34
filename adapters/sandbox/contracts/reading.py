"""What a contract offers: its operations with the elements that stand in body, header and fault, and its schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from lxml import etree

from adapters.sandbox.contracts.compiled import SCHEMA_ELEMENT, compile_schema, stub
from adapters.sandbox.contracts.declarations import Declarations
from adapters.sandbox.contracts.documents import Document, Documents, collect
from adapters.sandbox.contracts.errors import ContractError
from adapters.sandbox.contracts.names import clark, split
from adapters.sandbox.contracts.operations import Declaration, OperationReading, ReadOperations
from adapters.sandbox.contracts.survey import Survey
from adapters.sandbox.contracts.values import Values
from adapters.sandbox.contracts.walk import reached

__all__ = ["ContractReading", "Declaration", "OperationReading", "read_contract"]


@dataclass(frozen=True, slots=True)
class ContractReading:
    """A contract as read.

    Args:
        path: the main WSDL.
        operations: by name; where a name repeats, the later ones are ``port type.name``.
        schema: checks any global element of any of the contract's namespaces.
        declarations: everything the schemas declare.
        left_out: operations, headers and faults that cannot be used, and why.
        notes: imports that are nowhere on disk, and what was changed or stood in for so that the schema compiles.
        documents: the files it was read from.
        values: texts by simple type, found when first needed.
        surveys: what instances can be, by element, made when first needed.
    """

    path: Path
    operations: Mapping[str, OperationReading]
    schema: etree.XMLSchema
    declarations: Declarations
    left_out: Mapping[str, str]
    notes: tuple[str, ...]
    documents: Documents
    values: Values = field(default_factory=Values, repr=False, compare=False)
    surveys: dict[str, Survey] = field(default_factory=dict, repr=False, compare=False)


def read_contract(path: Path) -> ContractReading:
    """Read a WSDL 1.1 and all it imports, from disk only.

    Args:
        path: the main WSDL; ``catalog.json`` beside it, or in a folder above, maps absolute addresses to files.

    Raises:
        ContractError: it cannot be read at all. Operations that cannot be read are in ``left_out``.
    """
    documents = collect(path)
    read = ReadOperations(documents.definitions)
    wanted = {(kind, name): place for kind, name, place in Declarations(documents.schemas).missing()}
    stubs = [stub(kind, name) for kind, name in wanted]
    plain = [made for made, encoded in read.wrappers if not encoded]
    schema, repairs = _compiled([*documents.schemas, *stubs, *plain], encoded=len(plain) < len(read.wrappers))
    declarations = Declarations([*documents.schemas, *stubs, *(made for made, _ in read.wrappers)])
    wanted = {(kind, name): place for (kind, name), place in wanted.items() if name != SCHEMA_ELEMENT}
    absent = {f"{kind} {name}" for kind, name in wanted}
    left_out = dict(read.left_out)
    operations = {
        key: kept
        for key, operation in read.operations.items()
        if (kept := _usable(key, operation, declarations, absent, left_out)) is not None
    }
    notes = (
        *documents.missing,
        *(f"{place}: {kind} {split(name)[1]} is nowhere" for (kind, name), place in wanted.items()),
    )
    return ContractReading(path, operations, schema, declarations, left_out, (*notes, *repairs), documents)


def _compiled(documents: list[Document], *, encoded: bool) -> tuple[etree.XMLSchema, tuple[str, ...]]:
    try:
        return compile_schema(documents)
    except ContractError as refused:
        if not encoded:
            raise
        # Types written for section 5 need not be ones that XML Schema allows, and nothing is validated against them.
        schema, _ = compile_schema([stub("element", clark("urn:csc-gateway:none", "none"))])
        return schema, (f"{refused}; its operations are written by SOAP section 5, so none is checked",)


def _usable(
    key: str, operation: OperationReading, declarations: Declarations, absent: set[str], left_out: dict[str, str]
) -> OperationReading | None:
    """The operation without the headers and faults that cannot be used; None where request or answer cannot."""

    def reason(declaration: Declaration) -> str | None:
        try:
            gone = reached(declarations, declaration.name) & absent if declaration.name else set()
        except ContractError as refused:
            return str(refused)
        return f"{_said(min(gone))} is not in the contract" if gone else None

    for one in (operation.request, operation.answer):
        why = None if one is None else reason(one)
        if why is not None:
            left_out[key] = why
            return None
    kept: dict[str, list[Declaration]] = {"headers_in": [], "headers_out": []}
    for way, headers in (("headers_in", operation.headers_in), ("headers_out", operation.headers_out)):
        for one in headers:
            why = reason(one)
            if why is None:
                kept[way].append(one)
            else:
                left_out[f"{key}, header {one.part}"] = why
    faults = {}
    for name, one in operation.faults.items():
        why = reason(one)
        if why is None:
            faults[name] = one
        else:
            left_out[f"{key}, fault {name}"] = why
    return replace(
        operation, headers_in=tuple(kept["headers_in"]), headers_out=tuple(kept["headers_out"]), faults=faults
    )


def _said(component: str) -> str:
    kind, _, name = component.partition(" ")
    return f"{kind} {split(name)[1]}"
