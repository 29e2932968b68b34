"""Makes one ``XMLSchema`` of all documents of a contract, so that an element of any of its namespaces can be checked.

libxml2 takes one document a namespace and no more, and wants every namespace imported where it is used; contracts
spread a namespace over several documents and WSDL lets its schemas see each other. So each namespace gets a wrapper
that includes its documents, each document imports the wrappers, and all are served from memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Any, cast

from lxml import etree

from adapters.sandbox.contracts.documents import Document
from adapters.sandbox.contracts.errors import ContractError
from adapters.sandbox.contracts.names import XML_NAMESPACE, XS, clark, local, split
from adapters.sandbox.soap import Element, hardened_parser, parse

_MEMORY = "memory:/"
_ROUNDS = 100
_DIRECTIVES = ("include", "import")
_STUBS = {
    "complexType": '<xs:complexType mixed="true"><xs:sequence><xs:any processContents="lax" minOccurs="0"'
    ' maxOccurs="unbounded"/></xs:sequence><xs:anyAttribute processContents="lax"/></xs:complexType>',
    "simpleType": '<xs:simpleType><xs:restriction base="xs:string"/></xs:simpleType>',
    "element": "<xs:element/>",
    "attribute": "<xs:attribute/>",
    "group": "<xs:group><xs:sequence/></xs:group>",
    "attributeGroup": "<xs:attributeGroup/>",
}

SCHEMA_ELEMENT = clark(XS, "schema")
"""A schema within a message, which .NET puts before the rows of a data set."""
_SCHEMA_STUB = (
    '<xs:element><xs:complexType><xs:sequence><xs:any namespace="##other" processContents="skip" minOccurs="0"'
    ' maxOccurs="unbounded"/></xs:sequence><xs:attribute name="id" type="xs:NCName"/></xs:complexType></xs:element>'
)


class _Memory(etree.Resolver):
    def __init__(self, texts: dict[str, bytes]) -> None:
        super().__init__()
        self._texts = texts

    def resolve(self, system_url: str, public_id: str, context: Any) -> Any:  # type: ignore[override]  # The stubs lack it.
        text = self._texts.get(system_url)
        # An empty document is a failure to parse: nothing is ever looked for elsewhere.
        return cast(Any, self).resolve_string(text if text is not None else b"", context, base_url=system_url)


def stub(kind: str, name: str) -> Document:
    """A document that declares one component which the contract names and nobody has: it allows anything."""
    namespace, rest = split(name)
    root = parse(
        f'<xs:schema xmlns:xs="{XS}">{_SCHEMA_STUB if name == SCHEMA_ELEMENT else _STUBS[kind]}</xs:schema>'.encode()
    )
    if namespace:
        root.set("targetNamespace", namespace)
    root[0].set("name", rest)
    return Document(f"stub of {kind} {rest}", namespace, root)


def compile_schema(documents: Sequence[Document]) -> tuple[etree.XMLSchema, tuple[str, ...]]:
    """The schema, and what had to be changed so that libxml2 takes it.

    Raises:
        ContractError: it does not, whatever is changed.
    """
    repairs = _drop_doubles(documents)
    for _ in range(_ROUNDS):
        texts = _texts(documents)
        parser = hardened_parser()
        parser.resolvers.add(_Memory(texts))
        root = etree.fromstring(texts[_MEMORY + "all"], parser, base_url=_MEMORY + "all")
        try:
            return etree.XMLSchema(root), tuple(repairs)
        except etree.XMLSchemaParseError as refused:
            change = _mend(refused.error_log, documents, texts)
            if change is None:
                raise ContractError(f"XML Schema: {_first(refused)}") from None
            repairs.append(change)
    raise ContractError("XML Schema: too much of it cannot be compiled")


def _first(refused: etree.XMLSchemaParseError) -> str:
    for entry in refused.error_log:
        return str(entry.message).strip()
    return str(refused)


def _texts(documents: Sequence[Document]) -> dict[str, bytes]:
    namespaces = dict.fromkeys(document.namespace for document in documents)
    wrappers = {namespace: f"{_MEMORY}namespace{number}" for number, namespace in enumerate(namespaces)}
    addresses = {id(document): f"{_MEMORY}document{number}" for number, document in enumerate(documents)}
    texts = {}
    for document in documents:
        texts[addresses[id(document)]] = etree.tostring(_linked(document, wrappers, addresses), encoding="UTF-8")
    for namespace, address in wrappers.items():
        root = etree.Element(f"{{{XS}}}schema", nsmap={"xs": XS})
        if namespace:
            root.set("targetNamespace", namespace)
        for document in documents:
            if document.namespace == namespace and not document.redefined:
                etree.SubElement(root, f"{{{XS}}}include").set("schemaLocation", addresses[id(document)])
        texts[address] = etree.tostring(root, encoding="UTF-8")
    # A schema that imports must not have the namespace it imports, so the one above all has a namespace of its own.
    root = etree.Element(f"{{{XS}}}schema", nsmap={"xs": XS})
    root.set("targetNamespace", "urn:csc-gateway:all")
    root.extend(_import(namespace, address) for namespace, address in wrappers.items())
    return texts | {_MEMORY + "all": etree.tostring(root, encoding="UTF-8")}


def _linked(document: Document, wrappers: dict[str, str], addresses: dict[int, str]) -> Element:
    root = deepcopy(document.root)
    for one, (_, meant) in zip(root.iterchildren(f"{{{XS}}}redefine"), document.redefines, strict=False):
        one.set("schemaLocation", addresses[id(meant)])
    used = {one.get("namespace") or "" for one in root.iterchildren(f"{{{XS}}}import")} | {XML_NAMESPACE}
    used |= {namespace or "" for one in root.iter() for namespace in one.nsmap.values()}
    for one in [*root]:
        if local(one) in _DIRECTIVES:
            root.remove(one)
    known = [namespace for namespace in wrappers if namespace in used and namespace != document.namespace]
    root[0:0] = [_import(namespace, wrappers[namespace]) for namespace in known]
    etree.indent(root)  # One component a line: an error's line says which one is meant.
    return root


def _import(namespace: str, address: str) -> Element:
    made = etree.Element(f"{{{XS}}}import", nsmap={"xs": XS})
    if namespace:
        made.set("namespace", namespace)
    made.set("schemaLocation", address)
    return made


def _drop_doubles(documents: Iterable[Document]) -> list[str]:
    """The same component in two documents of a namespace is an error to libxml2, and common in published contracts."""
    repairs = []
    seen: dict[tuple[str, str], bytes] = {}
    for document in documents:
        for one in [] if document.redefined else [*document.root]:
            name = one.get("name")
            if name is None:
                continue
            kind = "type" if local(one).endswith("Type") else local(one)
            key, text = (kind, clark(document.namespace, name)), etree.tostring(one, method="c14n", exclusive=True)
            if key not in seen:
                seen[key] = text
                continue
            document.root.remove(one)
            if seen[key] != text:
                repairs.append(f"{document.place}: {kind} {name} is declared twice and differs; the first is used")
    return repairs


def _mend(log: Iterable[etree._LogEntry], documents: Sequence[Document], texts: dict[str, bytes]) -> str | None:
    """Take out the smallest thing that libxml2 refuses: a pattern it cannot compile, else one global component.

    What refers to it is refused in a later round, and taken out too.
    """
    for entry in log:
        number = re.fullmatch(rf"{_MEMORY}document(\d+)", entry.filename or "")
        if number is None:
            continue
        document = documents[int(number[1])]
        linked = etree.fromstring(texts[f"{_MEMORY}document{number[1]}"], hardened_parser())
        at = next((one for one in linked.iter() if one.sourceline == entry.line), None)
        if at is None:
            continue
        shift = sum(local(one) in _DIRECTIVES for one in linked) - sum(local(o) in _DIRECTIVES for o in document.root)
        meant = _same_place(at, linked, document.root, shift)
        parent = None if meant is None else meant.getparent()
        if meant is None or parent is None:
            continue
        if local(meant) == "pattern":
            parent.remove(meant)
            return f"{document.place}: pattern {meant.get('value', '')} is none to libxml2; left out"
        if "determinist" in (entry.message or "") and _narrow(meant):
            return (
                f"{document.place}: {local(meant)} {meant.get('name', '')} can be read in two ways at its xs:any; "
                "the wildcard is narrowed to other namespaces"
            )
        while parent.getparent() is not None and local(parent) != "redefine":
            meant, parent = parent, cast(Element, parent.getparent())
        parent.remove(meant)
        why = " ".join((entry.message or "").replace(f"{{{XS}}}", "xs:").split())
        return f"{document.place}: {local(meant)} {meant.get('name', '')} is left out: {why}"
    return None


def _narrow(component: Element) -> bool:
    """Let wildcards no longer match what a declared element beside them matches too (Unique Particle Attribution)."""
    wild = [one for one in component.iter(f"{{{XS}}}any") if one.get("namespace", "##any") == "##any"]
    for one in wild:
        one.set("namespace", "##other")
    return bool(wild)


def _same_place(at: Element, linked: Element, root: Element, shift: int) -> Element | None:
    steps = []
    while at is not linked:
        parent = at.getparent()
        if parent is None:
            return None
        steps.append(parent.index(at) - (shift if parent is linked else 0))
        at = parent
    for step in reversed(steps):
        if not 0 <= step < len(root):
            return None
        root = root[step]
    return root
