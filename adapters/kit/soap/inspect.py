"""What a WSDL says, for people: operations, types, hazards, and what is left out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path

from lxml import etree

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.inspection import (
    Hazard,
    InspectedOperation,
    Inspection,
    Member,
    Refusal,
    TypeShape,
    refused_whole,
)
from adapters.kit.names import is_legal, legal_name
from adapters.kit.soap.wsdl import Operation, SoapContract, read_contract
from adapters.kit.xsd.builtins import XSD, local_of
from adapters.kit.xsd.documents import Fetch
from adapters.kit.xsd.types import Attribute, ComplexType, Element, Group, Particle, SimpleType, Wildcard

_POLICY = re.compile(r"(?i)\{[^}]*(?:ws-securitypolicy|ws-sx)[^}]*\}(?:\w*Binding|\w*Token|SignedParts|EncryptedParts)")
_IDENTITY = frozenset({f"{{{XSD}}}{local}" for local in ("unique", "key", "keyref")})


def inspect_wsdl(path: Path | str, root: Path, fetch: Fetch | None = None) -> Inspection:
    """Read a WSDL, whatever is wrong with it.

    Args:
        path: a file, or a URL that ``fetch`` gives.
        root: the folder that holds the contract.
        fetch: for imports from the network; None: none is made.
    """
    name = path.name if isinstance(path, Path) else path
    try:
        contract = read_contract(path, root, fetch)
    except UnsupportedConstruct as error:
        return refused_whole("WSDL", name, [Refusal(error.construct, error.where, "the file is left out")])
    types = _Types(contract)
    operations = [_operation(key, operation, types) for key, operation in contract.operations.items()]
    operations += [
        InspectedOperation(key, loads=False, reason=f"{refusal.construct} ({refusal.where})")
        for key, refusal in contract.left_out.items()
    ]
    unusable = types.name_all()
    shapes = types.shapes()
    return Inspection(
        "WSDL",
        name,
        loads=bool(contract.operations),
        operations=tuple(operations),
        refused=(*contract.refused, *contract.missing, *unusable),
        hazards=tuple(dict.fromkeys(_hazards(contract, shapes, types))),
        types=shapes,
    )


def _operation(key: str, operation: Operation, types: _Types) -> InspectedOperation:
    how = f"SOAP {operation.soap_version} {operation.style}/{operation.use}"
    if operation.response is None:
        how += ", one-way"
    if not operation.bound:
        how += ", no binding"
    ins = {part.name: part for part in operation.headers_in}
    outs = {part.name: part for part in operation.headers_out}
    headers = []
    for name in {**ins, **outs}:
        part = ins.get(name) or outs[name]
        note = "in and out" if name in ins and name in outs else "in" if name in ins else "out"
        headers.append(types.member(part.element, note))
    return InspectedOperation(
        key,
        loads=True,
        reason=None,
        call=f"{how}, action {operation.soap_action!r}" if operation.soap_action else how,
        request=(types.member(operation.request),),
        responses=() if operation.response is None else (types.member(operation.response),),
        headers=tuple(headers),
        faults=tuple(types.member(part.element, part.name) for part in operation.faults),
    )


class _Types:
    """Every type that the operations need, each with a name of its own."""

    def __init__(self, contract: SoapContract) -> None:
        self._contract = contract
        self._names: dict[object, str] = {}
        self._taken: set[str] = set()
        self._waiting: list[tuple[ComplexType | SimpleType | Group, str]] = []
        self._holder = ""
        self.recursive: set[str] = set()

    def member(self, element: Element, note: str = "", low: int | None = None) -> Member:
        """An element as people read it."""
        notes = [note] if note else []
        if element.default is not None:
            notes.append(f'default "{element.default}"')
        if element.fixed is not None:
            notes.append(f'fixed "{element.fixed}"')
        least = element.min_occurs if low is None else min(low, element.min_occurs)
        kind = self.name(element.type, element.name)
        return Member(element.name, kind, least, element.max_occurs, element.nillable, ", ".join(notes))

    def name(self, kind: ComplexType | SimpleType, element: str) -> str:
        """The name of a type; one without name is called by the element that has it."""
        if kind.tag.startswith(f"{{{XSD}}}"):
            return f"xsd:{local_of(kind.tag)}"
        key: object = kind if isinstance(kind, ComplexType) else kind.tag or kind
        if key not in self._names:
            wish = local_of(kind.tag) if kind.tag else f"{element} (nameless)"
            name = (
                wish
                if wish not in self._taken
                else f"{wish} of {etree.QName(kind.tag).namespace}"
                if kind.tag
                else wish
            )
            if name in self._taken:
                name = next(each for each in _numbered(wish) if each not in self._taken)
            self._taken.add(name)
            self._names[key] = name
            self._waiting.append((kind, name))
        return self._names[key]

    def name_all(self) -> list[Refusal]:
        """Take in the types that no operation needs too. Returns: those that cannot be made."""
        schema = self._contract.schema
        refused = []
        for tag in () if schema is None else schema.types():
            try:
                kind = schema.type(tag, "") if schema is not None else None
                if isinstance(kind, ComplexType) and schema is not None:
                    schema.good(kind)
            except UnsupportedConstruct as error:
                refused.append(Refusal(error.construct, error.where, f"type {local_of(tag)} is left out"))
            else:
                if kind is not None:
                    self.name(kind, local_of(tag))
        return refused

    def shapes(self) -> tuple[TypeShape, ...]:
        """All types, in the order in which they are met."""
        made = []
        while self._waiting:
            kind, name = self._waiting.pop(0)
            self._holder = name
            if isinstance(kind, Group):
                made.append(self._occurrence(kind, name))
            else:
                made.append(self._simple(kind, name) if isinstance(kind, SimpleType) else self._complex(kind, name))
        return tuple(made)

    def _named(self, group: Group, wish: str) -> str:
        """The name of one occurrence of a group that repeats."""
        if group not in self._names:
            name = next(each for each in _numbered(wish) if each not in self._taken)
            self._taken.add(name)
            self._names[group] = name
            self._waiting.append((group, name))
        return self._names[group]

    def _occurrence(self, group: Group, name: str) -> TypeShape:
        once = replace(group, min_occurs=1, max_occurs=1)
        return TypeShape(name, "choice" if group.kind == "choice" else "object", tuple(self._particles(once, None, "")))

    def _simple(self, kind: SimpleType, name: str) -> TypeShape:
        values = tuple(sorted(kind.enumeration)) if kind.enumeration is not None else ()
        if kind.values is not None:
            values = tuple(map(str, kind.values))
        members: tuple[Member, ...] = ()
        if kind.item is not None:
            members = (Member("item", self.name(kind.item, name), 0, None),)
        if kind.members:
            members = tuple(Member(f"{n}", self.name(each, name)) for n, each in enumerate(kind.members, 1))
        return TypeShape(name, kind.kind.value, members, values, _facets(kind))

    def _complex(self, kind: ComplexType, name: str) -> TypeShape:
        members = [self._attribute(attribute) for attribute in kind.attributes]
        if kind.any_attribute is not None:
            members.append(Member("@*", "any attribute", 0, None))
        if kind.text is not None:
            members.append(Member("#text", self.name(kind.text, name)))
        if kind.content is not None:
            members += self._particles(kind.content, low=None, within="")
        what = [word for word, holds in (("abstract", kind.abstract), ("mixed", kind.mixed)) if holds]
        base = kind.base
        if isinstance(base, ComplexType) and not base.anything:
            what.append(f"made of {self.name(base, name)}")
        schema = self._contract.schema
        if schema is not None and kind.tag and (narrower := schema.narrower(kind)):
            what.append(f"xsi:type may say {', '.join(local_of(tag) for tag in narrower)}")
        return TypeShape(name, "object", tuple(members), (), "; ".join(what), kind.where)

    def _attribute(self, attribute: Attribute) -> Member:
        notes = [f'default "{attribute.default}"'] if attribute.default is not None else []
        notes += [f'fixed "{attribute.fixed}"'] if attribute.fixed is not None else []
        low = int(attribute.required)
        return Member(attribute.name, self.name(attribute.type, attribute.name), low, 1, False, ", ".join(notes))

    def _particles(self, particle: Particle, low: int | None, within: str) -> Iterator[Member]:
        if isinstance(particle, Element):
            yield self.member(particle, within, low)
        elif isinstance(particle, Wildcard):
            least = particle.min_occurs if low is None else 0
            yield Member(particle.name, "any XML", least, particle.max_occurs, False, particle.process)
        else:
            yield from self._group(particle, low, within)

    def _group(self, group: Group, low: int | None, within: str) -> Iterator[Member]:
        if group.repeats:
            inner = self._named(group, f"{self._holder} {group.name}")
            yield Member(group.name, inner, group.min_occurs, group.max_occurs, False, within)
            return
        optional = 0 if group.min_occurs == 0 or group.kind == "choice" else low
        for number, each in enumerate(group.particles, 1):
            note = f"choice, branch {number}" if group.kind == "choice" else within
            yield from self._particles(each, optional, note)


def _numbered(wish: str) -> Iterator[str]:
    yield wish
    yield from (f"{wish} {number}" for number in count(2))


def _facets(kind: SimpleType) -> str:
    said = []
    if kind.min_length is not None or kind.max_length is not None:
        said.append(f"length {kind.min_length or 0}..{'' if kind.max_length is None else kind.max_length}")
    said += [f"pattern {pattern.pattern}" for pattern in kind.patterns if len(pattern.pattern) < 80]
    for word, bound in (
        (">=", kind.minimum),
        ("<=", kind.maximum),
        (">", kind.minimum_exclusive),
        ("<", kind.maximum_exclusive),
    ):
        if bound is not None:
            said.append(f"{word} {bound}")
    if kind.fraction_digits is not None:
        said.append(f"{kind.fraction_digits} decimals")
    if kind.total_digits is not None:
        said.append(f"{kind.total_digits} digits")
    return ", ".join(said)


def _hazards(contract: SoapContract, shapes: Iterable[TypeShape], types: _Types) -> Iterator[Hazard]:
    shapes = list(shapes)
    by_name = {shape.name: shape for shape in shapes}
    for shape in shapes:
        if _reaches(shape.name, by_name):
            yield Hazard("recursive-type", shape.where, f"{shape.name} holds itself")
        for member in shape.members:
            plain = member.name.lstrip("@#").rpartition("}")[2]
            if member.type == "any XML":
                yield Hazard("any", shape.where, f"{shape.name} is open: it may hold any XML")
            elif member.type == "xsd:anyType":
                yield Hazard("any", shape.where, f"{shape.name}/{member.name} may hold anything")
            elif not member.name.startswith("#") and member.name != "@*" and not is_legal(plain):
                yield Hazard(
                    "name-not-graphql", shape.where, f"{shape.name}/{member.name}: {legal_name(plain)} in GraphQL"
                )
        if bad := [value for value in shape.values if not is_legal(value)]:
            yield Hazard(
                "enum-value-not-graphql", shape.where, f"{shape.name}: {len(bad)} of {len(shape.values)} values"
            )
        if "mixed" in shape.facets.split("; "):
            yield Hazard("mixed", shape.where, f"{shape.name} mixes text and elements: it is kept as XML")
    for key, operation in contract.operations.items():
        yield from _of_operation(key, operation)
    for refusal in contract.missing:
        yield Hazard("missing-import", refusal.where, refusal.reason)
    if contract.definitions is not None:
        for document in contract.definitions.documents():
            for node in document.nodes:
                if node.tag in _IDENTITY:
                    yield Hazard("identity-constraint", document.place(node), "xsd:key and its kin are not checked")
                elif _POLICY.match(str(node.tag)):
                    yield Hazard("security", document.place(node), f"WS-SecurityPolicy {etree.QName(node).localname}")


def _of_operation(key: str, operation: Operation) -> Iterator[Hazard]:
    if operation.use == "encoded":
        yield Hazard("rpc-encoded", operation.where, f"{key} is rpc/encoded")
    if operation.response is None:
        yield Hazard("one-way", operation.where, f"{key} answers nothing")
    if not operation.bound:
        yield Hazard("no-binding", operation.where, f"{key} has no binding: SOAP 1.1, document/literal is assumed")
    if operation.mtom or operation.mime_parts:
        yield Hazard("attachment", operation.where, f"{key} may answer with attachments")
    if not is_legal(key):
        yield Hazard("name-not-graphql", operation.where, f"{key}: {legal_name(key)} in GraphQL")


def _reaches(name: str, by_name: dict[str, TypeShape]) -> bool:
    seen: set[str] = set()
    waiting = [member.type for member in by_name[name].members]
    while waiting:
        each = waiting.pop()
        if each == name:
            return True
        if each not in seen and each in by_name:
            seen.add(each)
            waiting += [member.type for member in by_name[each].members]
    return False
