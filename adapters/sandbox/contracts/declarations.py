"""Builds the model of all schemas of a contract, straight from their document trees."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from adapters.sandbox.contracts.builtin import builtin
from adapters.sandbox.contracts.documents import Document
from adapters.sandbox.contracts.errors import ContractError
from adapters.sandbox.contracts.model import (
    AttributeUse,
    ComplexType,
    ElementDeclaration,
    Group,
    Particle,
    SimpleType,
    Type,
    Wildcard,
)
from adapters.sandbox.contracts.names import ENCODING, WSDL, XS, children, clark, local, qname, split
from adapters.sandbox.contracts.simple_types import read_simple
from adapters.sandbox.soap import Element

ANY_TYPE = clark(XS, "anyType")
_MODEL_GROUPS = ("sequence", "choice", "all")
_KINDS = {"complexType": "type", "simpleType": "type"}
_REDEFINED = "*"
"""Put before the name of a component that was redefined: only its redefinition may still ask for it."""


class Declarations:
    """All global components of a contract by kind and name.

    Args:
        documents: every schema of the contract.
    """

    def __init__(self, documents: Sequence[Document]) -> None:
        self._nodes: dict[tuple[str, str], tuple[Element, Document]] = {}
        self._types: dict[str, Type] = {}
        self._elements: dict[str, ElementDeclaration] = {}
        self._building: set[str] = set()
        for document in sorted(documents, key=lambda one: not one.redefined):
            self._enter(document)
        self._substitutes = self._substitution_groups()
        self._derived = self._derivations()

    @property
    def element_names(self) -> list[str]:
        """The names of all global elements."""
        return [name for kind, name in self._nodes if kind == "element"]

    @property
    def type_names(self) -> list[str]:
        """The names of all named types."""
        return [name for kind, name in self._nodes if kind == "type" and not name.startswith(_REDEFINED)]

    def missing(self) -> Iterator[tuple[str, str, str]]:
        """What is referred to and not declared: kind (as its declaration's tag), name, and the document that asks."""
        for node, document in self._nodes.values():
            for one in node.iter(f"{{{XS}}}*"):
                for kind, name in _readable(one):
                    known = (_KINDS.get(kind, kind), name) in self._nodes
                    if not known and not (kind in _KINDS and (name == ANY_TYPE or _builtin(name))):
                        yield kind, name, document.place

    def element(self, name: str) -> ElementDeclaration:
        """A global element. Raises: ContractError."""
        if name not in self._elements:
            self._elements[name] = self._element(*self._node("element", name), is_global=True)
        return self._elements[name]

    def type(self, name: str) -> Type:
        """A named type, of the contract or of XML Schema. Raises: ContractError."""
        if name not in self._types:
            found: Type | None = _builtin(name)
            if name == ANY_TYPE:
                content = Particle(0, None, Wildcard("##any", "lax", ""))
                found = ComplexType(name, mixed=True, content=content, any_attribute=Wildcard("##any", "lax", ""))
            if found is None:
                if name in self._building:
                    raise ContractError(f"type {split(name)[1]}: is derived from itself")
                self._building.add(name)
                try:
                    node, document = self._node("type", name)
                    found = self._type(node, document, name.removeprefix(_REDEFINED))
                finally:
                    self._building.discard(name)
            self._types[name] = found
        return self._types[name]

    def substitutes(self, name: str) -> list[ElementDeclaration]:
        """The elements that may stand for a global element, directly or over others."""
        return [self.element(one) for one in self._substitutes.get(name, ())]

    def derived(self, name: str) -> list[ComplexType]:
        """The named complex types that extend or restrict a type, directly or over others; abstract ones left out."""
        found = [self.type(one) for one in self._derived.get(name, ())]
        return [one for one in found if isinstance(one, ComplexType) and not one.abstract]

    def _enter(self, document: Document) -> None:
        redefinitions = [one for node, _ in document.redefines for one in children(node, XS)]
        for one in [*children(document.root, XS), *redefinitions]:
            name = one.get("name")
            if name is None:
                continue
            key = (_KINDS.get(local(one), local(one)), clark(document.namespace, name))
            if one in redefinitions and key in self._nodes:
                self._nodes[key[0], _REDEFINED + key[1]] = self._nodes[key]
                self._nodes[key] = (one, document)
            else:
                self._nodes.setdefault(key, (one, document))

    def _node(self, kind: str, name: str) -> tuple[Element, Document]:
        found = self._nodes.get((kind, name))
        if found is None:
            raise ContractError(f"{kind} {split(name)[1]}: is not declared in namespace {split(name)[0] or '(none)'}")
        return found

    def _base(self, node: Element, text: str, own: str | None) -> str:
        """What a base names; a redefinition that names itself means what it redefines."""
        name = qname(node, text)
        return _REDEFINED + name if name == own and ("type", _REDEFINED + name) in self._nodes else name

    def _substitution_groups(self) -> Mapping[str, list[str]]:
        direct: dict[str, list[str]] = {}
        for (kind, name), (node, _) in self._nodes.items():
            if kind == "element":
                heads = [meant for role, meant in _readable(node) if role == "element"]
                for head in heads if node.get("substitutionGroup") else ():
                    direct.setdefault(head, []).append(name)
        return {head: _closure(head, direct) for head in direct}

    def _derivations(self) -> Mapping[str, list[str]]:
        direct: dict[str, list[str]] = {}
        for (kind, name), (node, _) in self._nodes.items():
            if kind == "type" and local(node) == "complexType" and not name.startswith(_REDEFINED):
                bases = [base for one in _derivation(node) for _, base in _readable(one)]
                for base in bases:
                    direct.setdefault(base, []).append(name)
        return {base: _closure(base, direct) for base in direct}

    def _element(self, node: Element, document: Document, *, is_global: bool = False) -> ElementDeclaration:
        form = node.get("form") or document.root.get("elementFormDefault", "unqualified")
        qualified = is_global or form == "qualified"
        return ElementDeclaration(
            clark(document.namespace if qualified else "", node.get("name") or ""),
            lambda: self._type_of(node, document),
            nillable=_true(node.get("nillable")),
            abstract=_true(node.get("abstract")),
            default=node.get("default"),
            fixed=node.get("fixed"),
            is_global=is_global,
            block=node.get("block") or document.root.get("blockDefault") or "",
        )

    def _type_of(self, node: Element, document: Document) -> Type:
        if node.get("type"):
            return self.type(qname(node, node.get("type") or ""))
        for one in children(node, XS, "complexType", "simpleType"):
            return self._type(one, document, None)
        if node.get("substitutionGroup"):
            return self.element(qname(node, node.get("substitutionGroup") or "")).type
        return self.type(ANY_TYPE)

    def _type(self, node: Element, document: Document, name: str | None) -> Type:
        if local(node) == "simpleType":
            return read_simple(node, name, self._simple_named)
        return self._complex(node, document, name)

    def _simple_named(self, node: Element, text: str, own: str | None) -> SimpleType:
        found = self.type(self._base(node, text, own))
        if isinstance(found, ComplexType):
            raise ContractError(f"simple type {split(own or '')[1]}: its base {text} is no simple type")
        return found

    def _complex(self, node: Element, document: Document, name: str | None) -> ComplexType:
        made = ComplexType(name, abstract=_true(node.get("abstract")), mixed=_true(node.get("mixed")))
        derivation = next(_derivation(node), None)
        if derivation is None:
            made.content = self._content(node, document)
            self._attributes(node, document, made)
            return made
        base_name = self._base(derivation, derivation.get("base") or "", name)
        base = self.type(base_name)
        content = cast(Element, derivation.getparent())
        if isinstance(base, ComplexType):
            made.attributes = dict(base.attributes)
            made.any_attribute = base.any_attribute if local(derivation) == "extension" else None
        if local(content) == "simpleContent":
            made.simple = self._simple_content(derivation, base)
        else:
            made.mixed = _true(content.get("mixed", node.get("mixed")))
            own = self._content(derivation, document)
            inherited = base.content if isinstance(base, ComplexType) and local(derivation) == "extension" else None
            if local(derivation) == "extension" and isinstance(base, ComplexType) and own is None:
                made.mixed = made.mixed or base.mixed
            both = [one for one in (inherited, own) if one is not None]
            made.content = Particle(1, 1, Group("sequence", both)) if len(both) > 1 else both[0] if both else None
            if base_name == clark(ENCODING, "Array"):
                self._array(derivation, made)
        self._attributes(derivation, document, made)
        return made

    def _array(self, derivation: Element, made: ComplexType) -> None:
        """An array of section 5: any number of items, of the type that is named or stands in it."""
        item = _array_type(derivation)
        made.array_of, made.mixed, made.any_attribute = item or ANY_TYPE, False, None
        if item is not None:
            made.content = Particle(0, None, ElementDeclaration("item", lambda: self.type(item)))
        elif made.content is None:
            raise ContractError("an array of section 5 does not say of what")

    def _simple_content(self, derivation: Element, base: Type) -> SimpleType:
        simple = base if isinstance(base, SimpleType) else base.simple
        inner = next(children(derivation, XS, "simpleType"), None)
        if inner is not None:
            simple = read_simple(inner, None, self._simple_named)
        if simple is None:
            raise ContractError("simpleContent: its base has no text")
        if local(derivation) == "restriction":
            return read_simple(derivation, None, self._simple_named, base=simple)
        return simple

    def _content(self, node: Element, document: Document) -> Particle | None:
        for one in children(node, XS, "group", *_MODEL_GROUPS):
            return self._particle(one, document)
        return None

    def _particle(self, node: Element, document: Document) -> Particle | None:
        low = _times(node, "minOccurs")
        high = None if node.get("maxOccurs") == "unbounded" else _times(node, "maxOccurs")
        if high == 0:
            return None
        term: ElementDeclaration | Group | Wildcard
        kind = local(node)
        if kind == "element":
            reference = node.get("ref")
            term = self.element(qname(node, reference)) if reference else self._element(node, document)
        elif kind == "any":
            term = _wildcard(node, document)
        elif kind == "group":
            name = qname(node, node.get("ref") or "")
            inner_node, inner_document = self._node("group", name)
            if document is not inner_document or inner_node not in node.iterancestors():
                inner = self._content(inner_node, inner_document)
            else:  # A redefinition that contains what it redefines.
                inner = self._content(*self._node("group", _REDEFINED + name))
            if inner is None:
                return None
            term = Group("sequence", [inner])
        else:
            parts = [
                self._particle(one, document) for one in children(node, XS, "element", "any", "group", *_MODEL_GROUPS)
            ]
            term = Group(kind, [one for one in parts if one is not None])  # type: ignore[arg-type]  # one of three
        return Particle(low, high, term)

    def _attributes(self, node: Element, document: Document, made: ComplexType) -> None:
        for one in children(node, XS, "attribute", "attributeGroup", "anyAttribute"):
            if local(one) == "anyAttribute":
                made.any_attribute = _wildcard(one, document)
            elif local(one) == "attributeGroup":
                name = qname(one, one.get("ref") or "")
                group, where = self._node("attributeGroup", name)
                if group in one.iterancestors():
                    group, where = self._node("attributeGroup", _REDEFINED + name)
                self._attributes(group, where, made)
            else:
                self._attribute(one, document, made)

    def _attribute(self, node: Element, document: Document, made: ComplexType) -> None:
        declared, where, name = node, document, node.get("name") or ""
        if node.get("ref"):
            full = qname(node, node.get("ref") or "")
            if full == clark(ENCODING, "arrayType"):
                return  # Written by section 5 itself.
            declared, where = self._node("attribute", full)
        else:
            form = node.get("form") or document.root.get("attributeFormDefault", "unqualified")
            full = clark(where.namespace if form == "qualified" else "", name)
        if node.get("use") == "prohibited":
            made.attributes.pop(full, None)
            return
        simple = self._attribute_type(declared)
        fixed = node.get("fixed", declared.get("fixed"))
        made.attributes[full] = AttributeUse(full, simple, node.get("use") == "required", fixed)

    def attribute(self, name: str) -> SimpleType:
        """The type of a global attribute. Raises: ContractError."""
        return self._attribute_type(self._node("attribute", name)[0])

    def _attribute_type(self, node: Element) -> SimpleType:
        for inner in children(node, XS, "simpleType"):
            return read_simple(inner, None, self._simple_named)
        return self._simple_named(node, node.get("type") or "", None) if node.get("type") else ANY_SIMPLE

    @property
    def attribute_names(self) -> list[str]:
        """The names of all global attributes."""
        return [name for kind, name in self._nodes if kind == "attribute"]


ANY_SIMPLE = cast(SimpleType, builtin("anySimpleType"))


def _builtin(name: str) -> SimpleType | None:
    namespace, rest = split(name)
    return builtin(rest) if namespace in (XS, ENCODING) else None


def _times(node: Element, name: str) -> int:
    text = node.get(name, "1").strip()
    if not text.isdecimal():
        raise ContractError(f"{local(node)} {node.get('name', '')}: its {name} is no number")
    return int(text)


def _readable(node: Element) -> list[tuple[str, str]]:
    """What a node refers to; nothing where a prefix in it is not declared, which the schema's own check says."""
    try:
        return list(_references(node))
    except ContractError:
        return []


def _true(text: str | None) -> bool:
    return (text or "").strip() in ("true", "1")


def _derivation(node: Element) -> Iterator[Element]:
    for content in children(node, XS, "complexContent", "simpleContent"):
        yield from children(content, XS, "extension", "restriction")


def _closure(start: str, direct: Mapping[str, list[str]]) -> list[str]:
    found: list[str] = []
    todo = list(direct.get(start, ()))
    while todo:
        one = todo.pop(0)
        if one not in found and one != start:
            found.append(one)
            todo += direct.get(one, ())
    return found


def _wildcard(node: Element, document: Document) -> Wildcard:
    return Wildcard(node.get("namespace", "##any"), node.get("processContents", "strict"), document.namespace)


def _array_type(derivation: Element) -> str | None:
    for one in children(derivation, XS, "attribute"):
        text = one.get(clark(WSDL, "arrayType"))
        if text:
            return qname(one, text.partition("[")[0])
    return None


def _references(node: Element) -> Iterator[tuple[str, str]]:
    """Kind and name of everything that one node of a schema refers to."""
    tag = local(node)
    if node.get("type") and tag in ("element", "attribute"):
        yield ("complexType" if tag == "element" else "simpleType"), qname(node, node.get("type") or "")
    if node.get("ref") and tag in ("element", "attribute", "group", "attributeGroup"):
        yield tag, qname(node, node.get("ref") or "")
    if node.get("substitutionGroup"):
        yield "element", qname(node, node.get("substitutionGroup") or "")
    if node.get("base"):
        parent = node.getparent()
        complex_content = parent is not None and local(parent) == "complexContent"
        yield ("complexType" if complex_content else "simpleType"), qname(node, node.get("base") or "")
    if node.get("itemType"):
        yield "simpleType", qname(node, node.get("itemType") or "")
    for one in (node.get("memberTypes") or "").split():
        yield "simpleType", qname(node, one)
