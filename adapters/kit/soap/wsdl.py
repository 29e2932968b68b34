"""A published WSDL, read once from disk, and what its operations carry.

Each operation is read on its own: one that cannot be used is left out by name, with the construct and its line, and the
others work. Load before serving, or in a thread: it blocks.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain, count
from pathlib import Path
from typing import Literal

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.inspection import Refusal
from adapters.kit.soap.definitions import BoundOperation, Definitions, Part, Side
from adapters.kit.soap.parts import FaultPart, HeaderPart, SoapVersion, Style
from adapters.kit.xsd.builtins import is_name
from adapters.kit.xsd.documents import Documents, Fetch
from adapters.kit.xsd.schema import Schema
from adapters.kit.xsd.types import ComplexType, Element, Group, SimpleType


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation."""

    name: str
    soap_action: str
    request: Element
    response: Element | None
    """None: nothing is answered."""
    soap_version: SoapVersion = "1.1"
    style: Style = "document"
    use: Literal["literal", "encoded"] = "literal"
    headers_in: tuple[HeaderPart, ...] = ()
    headers_out: tuple[HeaderPart, ...] = ()
    faults: tuple[FaultPart, ...] = ()
    mtom: bool = False
    """Whether binary elements may come as parts of their own."""
    mime_parts: tuple[str, ...] = ()
    """Names of the attachments that an answer brings, in their order."""
    documentation: str = ""
    bound: bool = True
    """Whether a binding says how it is spoken; without one it is taken to be SOAP 1.1, document/literal."""
    where: str = ""


@dataclass(frozen=True, slots=True)
class SoapContract:
    """What one WSDL says."""

    operations: Mapping[str, Operation]
    left_out: Mapping[str, Refusal] = field(default_factory=dict)
    """Operations that cannot be used, by name."""
    refused: tuple[Refusal, ...] = ()
    """Everything that was left out: operations, headers, faults, files."""
    missing: tuple[Refusal, ...] = ()
    """Imports that are not there; of no matter to the operations that are."""
    schema: Schema | None = field(default=None, repr=False)
    definitions: Definitions | None = field(default=None, repr=False)


def load_contract(path: Path, root: Path | None = None) -> SoapContract:
    """Read a WSDL and make the types of all its operations.

    Args:
        path: the WSDL.
        root: the folder that holds it and what it imports; None: its own.

    Raises:
        UnsupportedConstruct: no operation of it can be used, or it is no WSDL.
    """
    contract = read_contract(path, root or path.parent)
    if not contract.operations:
        first = next(iter(contract.refused), None)
        raise UnsupportedConstruct(
            "a contract without operation" if first is None else first.construct, "" if first is None else first.where
        )
    return contract


def read_contract(path: Path | str, root: Path, fetch: Fetch | None = None) -> SoapContract:
    """Read a WSDL, whatever is wrong with it.

    Args:
        path: a file, or a URL that ``fetch`` gives.
        root: the folder that holds the contract.
        fetch: for imports from the network; None: none is made.

    Raises:
        UnsupportedConstruct: the file itself cannot be read, or is no WSDL.
    """
    documents = Documents(root, fetch)
    first = documents.first(path) if isinstance(path, Path) else documents.fetched(path)
    return _Reader(Definitions(documents, first)).read()


class _Reader:
    """Makes the operations of one WSDL."""

    def __init__(self, definitions: Definitions) -> None:
        self._definitions = definitions
        self._schema = definitions.schema
        self._refused: list[Refusal] = []

    def read(self) -> SoapContract:
        """Every operation that can be used, and the others."""
        operations: dict[str, Operation] = {}
        left_out: dict[str, Refusal] = {}
        for name, bound in self._names():
            try:
                operations[name] = self._operation(name, bound)
            except UnsupportedConstruct as error:
                left_out[name] = Refusal(error.construct, error.where, f"operation {name} is left out")
        files = [Refusal(e.construct, e.where, "the file is left out") for e in self._definitions.refused()]
        missing = [
            Refusal("an import that is not there", where, location) for location, where in self._definitions.missing()
        ]
        if not operations and not left_out:
            first = self._definitions.first
            files.append(Refusal("a contract without operation", first.place(first.root), "there is nothing to call"))
        return SoapContract(
            operations,
            left_out,
            (*files, *left_out.values(), *self._refused),
            tuple(missing),
            self._schema,
            self._definitions,
        )

    def _names(self) -> Iterator[tuple[str, BoundOperation]]:
        """Each operation once: a second one of the same name is called by its port type too, a third by its input's."""
        taken: set[str] = set()
        for bound in self._definitions.operations():
            wishes = (
                bound.name,
                f"{bound.port_type}.{bound.name}",
                f"{bound.port_type}.{bound.name}.{bound.input_name}",
            )
            numbered = (f"{wishes[1]}#{number}" for number in count(2))
            name = next(wish for wish in chain(wishes, numbered) if wish not in taken)
            taken.add(name)
            yield name, bound

    def _operation(self, name: str, bound: BoundOperation) -> Operation:
        binding = bound.binding
        if bound.problem is not None:
            raise bound.problem
        if bound.input is None:
            raise UnsupportedConstruct("an operation that only the other side begins", bound.where)
        request = self._body(bound, bound.input, bound.name)
        response = None if bound.output is None else self._body(bound, bound.output, f"{bound.name}Response")
        return Operation(
            name=name,
            soap_action=bound.soap_action,
            request=request,
            response=response,
            soap_version=binding.soap_version,
            style=bound.style,
            use=bound.input.use,
            headers_in=tuple(self._headers(name, bound.input)),
            headers_out=() if bound.output is None else tuple(self._headers(name, bound.output)),
            faults=tuple(self._faults(name, bound)),
            mtom=bound.mtom,
            mime_parts=() if bound.output is None else bound.output.attachments,
            documentation=bound.documentation,
            bound=binding.declared,
            where=bound.where,
        )

    def _body(self, bound: BoundOperation, side: Side, wrapper: str) -> Element:
        if bound.style == "rpc":
            return self._wrapped(bound, side, wrapper)
        parts = side.body
        if len(parts) != 1:
            what = "a body without part" if not parts else "a body of several parts"
            raise UnsupportedConstruct(what, side.where)
        [part] = parts
        if part.element is None:
            raise UnsupportedConstruct("a body part that names a type, not an element", part.where)
        element = self._schema.element(part.element, part.where)
        self._schema.check(element)
        return element

    def _wrapped(self, bound: BoundOperation, side: Side, wrapper: str) -> Element:
        elements = []
        for part in (Part(wrapper, None, None, side.where), *side.body):
            if not is_name(part.name):
                raise UnsupportedConstruct("an operation or part whose name is none", part.where)
        for part in side.body:
            if part.element is not None:
                made = self._schema.element(part.element, part.where)
            else:
                kind = self._schema.type(part.type or "", part.where)
                made = Element(part.name, part.name, kind, 0, 1, nillable=True, named=self._schema.named)
                if side.use == "literal":
                    made = Element(part.name, part.name, kind, 1, 1, nillable=False, named=self._schema.named)
            self._schema.check(made)
            elements.append(made)
        content = Group("sequence", tuple(elements)) if elements else None
        kind = ComplexType(wrapper, content, where=side.where)
        tag = f"{{{side.namespace}}}{wrapper}" if side.namespace else wrapper
        made = Element(wrapper, tag, kind, 1, 1, nillable=False, named=self._schema.named)
        return replace(made, encoded=side.use == "encoded")

    def _headers(self, name: str, side: Side) -> Iterator[HeaderPart]:
        for header in side.headers:
            try:
                part = header.part()
                if part.element is None:
                    raise UnsupportedConstruct("a header part that names a type, not an element", part.where)
                element = self._schema.element(part.element, part.where)
                self._schema.check(element)
            except UnsupportedConstruct as error:
                self._left_out(error, f"header {header.name} of operation {name}")
            else:
                yield HeaderPart(part.name, element, header.required)

    def _faults(self, name: str, bound: BoundOperation) -> Iterator[FaultPart]:
        for fault, parts, where in bound.faults:
            try:
                if len(parts) != 1:
                    raise UnsupportedConstruct("a fault of other than one part", where)
                [part] = parts
                element = self._fault_element(part.element, part.type, part.name, part.where)
            except UnsupportedConstruct as error:
                self._left_out(error, f"fault {fault} of operation {name}")
            else:
                yield FaultPart(fault, element)

    def _fault_element(self, element: str | None, type_: str | None, name: str, where: str) -> Element:
        if element is not None:
            made = self._schema.element(element, where)
        else:
            kind: ComplexType | SimpleType = self._schema.type(type_ or "", where)
            made = Element(name, name, kind, 1, 1, nillable=True, named=self._schema.named)
        self._schema.check(made)
        return made

    def _left_out(self, error: UnsupportedConstruct, what: str) -> None:
        refusal = Refusal(error.construct, error.where, f"{what} is left out")
        if refusal not in self._refused:
            self._refused.append(refusal)
