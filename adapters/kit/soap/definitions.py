"""The parts of a WSDL 1.1, over all its files: messages, port types, bindings, and what binds them together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from lxml import etree

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.soap.parts import SoapVersion, Style
from adapters.kit.xsd.builtins import XSD, local_of
from adapters.kit.xsd.documents import Document, Documents, NotFoundError
from adapters.kit.xsd.schema import Schema

WSDL = "http://schemas.xmlsoap.org/wsdl/"
SOAPS: dict[str, SoapVersion] = {
    "http://schemas.xmlsoap.org/wsdl/soap/": "1.1",
    "http://schemas.xmlsoap.org/wsdl/soap12/": "1.2",
}
MIME = "http://schemas.xmlsoap.org/wsdl/mime/"
_HTTP = "http://schemas.xmlsoap.org/soap/http"
_MTOM = "http://schemas.xmlsoap.org/ws/2004/09/policy/optimizedmimeserialization"


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a message."""

    name: str
    element: str | None
    """``{namespace}name`` of a global element."""
    type: str | None
    """``{namespace}name`` of a type, where it names no element."""
    where: str


@dataclass(frozen=True, slots=True)
class Header:
    """One header of an input or output."""

    name: str
    part: Callable[[], Part]
    """Raises: UnsupportedConstruct: it names a message or part that is not there."""
    required: bool


@dataclass(frozen=True, slots=True)
class Side:
    """An operation's input or output."""

    body: tuple[Part, ...]
    headers: tuple[Header, ...]
    attachments: tuple[str, ...]
    use: Literal["literal", "encoded"]
    namespace: str
    """Of the wrapper, in rpc style."""
    where: str


@dataclass(frozen=True, slots=True)
class Binding:
    """How a port type is spoken."""

    name: str
    soap_version: SoapVersion
    declared: bool
    """False where the contract has none for the port type."""


@dataclass(frozen=True, slots=True)
class BoundOperation:
    """One operation of a port type, as its binding has it spoken."""

    name: str
    port_type: str
    binding: Binding
    style: Style
    soap_action: str
    input: Side | None
    output: Side | None
    faults: tuple[tuple[str, tuple[Part, ...], str], ...]
    """Name, parts, place."""
    mtom: bool
    documentation: str
    where: str
    input_name: str = ""
    """What tells operations of one name apart."""
    problem: UnsupportedConstruct | None = None
    """Why it cannot be used, where something is wrong with it already."""


@dataclass(frozen=True, slots=True, eq=False)
class _Node:
    node: etree._Element
    document: Document

    @property
    def where(self) -> str:
        return self.document.place(self.node)


@dataclass(slots=True)
class _Tables:
    messages: dict[str, _Node] = field(default_factory=dict)
    port_types: dict[str, _Node] = field(default_factory=dict)
    bindings: dict[str, _Node] = field(default_factory=dict)
    ports: list[str] = field(default_factory=list)
    """Names of bindings that ports of a service have, in their order."""


class Definitions:
    """Every definition of one WSDL and of those it imports.

    Args:
        first: the file that everything begins with.

    Raises:
        UnsupportedConstruct: it is no WSDL 1.1.
    """

    def __init__(self, documents: Documents, first: Document) -> None:
        if first.root.tag != f"{{{WSDL}}}definitions":
            what = "WSDL 2.0" if "ns/wsdl" in str(first.root.tag) else "a file that is no WSDL 1.1"
            raise UnsupportedConstruct(what, first.place(first.root))
        self.schema = Schema(documents)
        self.first = first
        self._documents = documents
        self._tables = _Tables()
        self._seen: set[str] = set()
        self._missing: list[tuple[str, str]] = []
        self._refused: list[UnsupportedConstruct] = []
        self._take(first)

    def missing(self) -> list[tuple[str, str]]:
        """Imports that are not there: location, and the place that asks."""
        return [*self._missing, *self.schema.missing]

    def refused(self) -> list[UnsupportedConstruct]:
        """Files that could not be read."""
        return [*self._refused, *self.schema.refused]

    def documents(self) -> list[Document]:
        """Every file."""
        return list(self._documents)

    def operations(self) -> Iterator[BoundOperation]:
        """Each operation of each port type once, by the binding that the first port has, or the first binding."""
        bound: set[str] = set()
        in_order = [*self._tables.ports, *self._tables.bindings]
        for tag in dict.fromkeys(in_order):
            binding = self._tables.bindings.get(tag)
            if binding is None:
                continue
            soap = _soap_of(binding.node)
            port_type = _name(binding.node.get("type", ""), binding.node)
            if soap is None or port_type in bound:
                continue
            bound.add(port_type)
            yield from self._bound(binding, soap, port_type)
        for tag, node in self._tables.port_types.items():
            if tag not in bound and not self._spoken_otherwise(tag):
                yield from self._unbound(tag, node)

    def _spoken_otherwise(self, port_type: str) -> bool:
        """Whether every binding of it is another than SOAP's: HTTP GET and the like."""
        return any(_name(each.node.get("type", ""), each.node) == port_type for each in self._tables.bindings.values())

    def _take(self, document: Document) -> None:
        if document.location in self._seen:
            return
        self._seen.add(document.location)
        namespace = document.root.get("targetNamespace", "")
        tables = {
            "message": self._tables.messages,
            "portType": self._tables.port_types,
            "binding": self._tables.bindings,
        }
        for node in document.root.iterchildren("*"):
            local = etree.QName(node).localname
            if etree.QName(node).namespace != WSDL:
                continue
            if local in tables:
                tag = f"{{{namespace}}}{node.get('name')}" if namespace else node.get("name", "")
                tables[local].setdefault(tag, _Node(node, document))
            elif local == "types":
                for schema in node.iterchildren(f"{{{XSD}}}schema"):
                    self.schema.add(schema, document)
            elif local == "service":
                self._tables.ports += [_name(p.get("binding", ""), p) for p in node.iterchildren(f"{{{WSDL}}}port")]
            elif local in ("import", "include"):
                self._import(node, document)

    def _import(self, node: etree._Element, document: Document) -> None:
        location = node.get("location")
        if location is None:
            return
        try:
            found = self._documents.imported(location, document)
        except NotFoundError:
            self._missing.append((location, document.place(node)))
        except UnsupportedConstruct as error:
            self._refused.append(
                UnsupportedConstruct(error.construct, f"{error.where}, imported at {document.place(node)}")
            )
        else:
            if found.root.tag == f"{{{XSD}}}schema":
                self.schema.add(found.root, found)
            else:
                self._take(found)

    def _bound(self, binding: _Node, soap: etree._Element, port_type: str) -> Iterator[BoundOperation]:
        version = SOAPS[etree.QName(soap).namespace or ""]
        transport = soap.get("transport", _HTTP)
        how = Binding(binding.node.get("name", ""), version, declared=True)
        mtom = any(node.tag == f"{{{_MTOM}}}OptimizedMimeSerialization" for node in binding.document.nodes)
        abstract = self._tables.port_types.get(port_type)
        for node in binding.node.iterchildren(f"{{{WSDL}}}operation"):
            name = node.get("name", "")
            own = next((each for each in node.iterchildren("*") if _is_soap(each, "operation")), None)
            style = (None if own is None else own.get("style")) or soap.get("style") or "document"
            source = None if abstract is None else _operation_named(abstract.node, name, node)
            where, problem = binding.document.place(node), None
            if abstract is None or source is None:
                problem = UnsupportedConstruct("an operation that no port type has", where)
            elif style not in ("document", "rpc"):
                problem = UnsupportedConstruct(f"style {style}", where)
            elif not transport.startswith("http://schemas.xmlsoap.org/soap/http") and not transport.endswith("/HTTP/"):
                problem = UnsupportedConstruct("a transport other than HTTP", where)
            yield self._made(
                name,
                local_of(port_type),
                how,
                "rpc" if style == "rpc" else "document",
                "" if own is None else own.get("soapAction", ""),
                None if source is None or abstract is None else _Node(source, abstract.document),
                _Node(node, binding.document),
                mtom,
                problem,
            )

    def _unbound(self, tag: str, port_type: _Node) -> Iterator[BoundOperation]:
        how = Binding("", "1.1", declared=False)
        for node in port_type.node.iterchildren(f"{{{WSDL}}}operation"):
            source = _Node(node, port_type.document)
            name = node.get("name", "")
            yield self._made(name, local_of(tag), how, "document", "", source, None, False, None)

    def _made(
        self,
        name: str,
        port_type: str,
        how: Binding,
        style: Style,
        action: str,
        source: _Node | None,
        bound: _Node | None,
        mtom: bool,
        problem: UnsupportedConstruct | None,
    ) -> BoundOperation:
        where = (bound or source).where if bound or source else ""  # type: ignore[union-attr]
        input_ = output = None
        faults: list[tuple[str, tuple[Part, ...], str]] = []
        documentation = ""
        if source is not None and problem is None:
            found = source.node.find(f"{{{WSDL}}}documentation")
            documentation = "" if found is None else " ".join("".join(str(t) for t in found.itertext()).split())
            try:
                input_ = self._side("input", source, bound, style)
                output = self._side("output", source, bound, style)
            except UnsupportedConstruct as error:
                problem = error
            faults = list(self._faults(source))
        own = None if source is None else source.node.find(f"{{{WSDL}}}input")
        input_name = "" if own is None else own.get("name", "")
        parts = (name, port_type, how, style, action, input_, output, tuple(faults), mtom, documentation, where)
        return BoundOperation(*parts, input_name, problem)

    def _faults(self, source: _Node) -> Iterator[tuple[str, tuple[Part, ...], str]]:
        for node in source.node.iterchildren(f"{{{WSDL}}}fault"):
            where = source.document.place(node)
            try:
                parts = tuple(self._parts(node.get("message", ""), node, where).values())
            except UnsupportedConstruct:
                parts = ()
            yield node.get("name", ""), parts, where

    def _side(self, which: str, source: _Node, bound: _Node | None, style: Style) -> Side | None:
        node = source.node.find(f"{{{WSDL}}}{which}")
        if node is None:
            return None
        where = source.document.place(node)
        parts = self._parts(node.get("message", ""), node, where)
        spoken = None if bound is None else bound.node.find(f"{{{WSDL}}}{which}")
        if spoken is None or bound is None:
            return Side(tuple(parts.values()), (), (), "literal", "", where)
        body = next((each for each in spoken.iter("*") if _is_soap(each, "body")), None)
        headers = [each for each in spoken.iter("*") if _is_soap(each, "header")]
        attached = tuple(
            each.get("part", "") for each in spoken.iter(f"{{{MIME}}}content") if each.get("part") in parts
        )
        elsewhere = {header.get("part") for header in headers if self._same_message(header, node)} | set(attached)
        chosen = None if body is None else body.get("parts")
        names = [name for name in parts if name not in elsewhere] if chosen is None else chosen.split()
        if unknown := [name for name in names if name not in parts]:
            raise UnsupportedConstruct(f"part {unknown[0]}, which the message does not have", where)
        use = "literal" if body is None else body.get("use", "literal")
        return Side(
            tuple(parts[name] for name in names),
            tuple(self._header(each, bound.document) for each in headers),
            tuple(dict.fromkeys(attached)),
            "encoded" if use == "encoded" else "literal",
            "" if body is None else body.get("namespace", ""),
            where,
        )

    @staticmethod
    def _same_message(header: etree._Element, node: etree._Element) -> bool:
        return _name(header.get("message", ""), header) == _name(node.get("message", ""), node)

    def _header(self, node: etree._Element, document: Document) -> Header:
        name, where = node.get("part", ""), document.place(node)

        def part() -> Part:
            parts = self._parts(node.get("message", ""), node, where)
            if name not in parts:
                raise UnsupportedConstruct(f"part {name}, which the message does not have", where)
            return parts[name]

        return Header(name, part, node.get(f"{{{WSDL}}}required") in ("true", "1"))

    def _parts(self, text: str, node: etree._Element, where: str) -> dict[str, Part]:
        message = self._tables.messages.get(_name(text, node))
        if message is None:
            raise UnsupportedConstruct(f"message {text.rpartition(':')[2]}, which is declared nowhere", where)
        made = {}
        for part in message.node.iterchildren(f"{{{WSDL}}}part"):
            element, kind = part.get("element"), part.get("type")
            made[part.get("name", "")] = Part(
                part.get("name", ""),
                None if element is None else _name(element, part),
                None if kind is None else _name(kind, part),
                message.document.place(part),
            )
        return made


def _name(text: str, node: etree._Element) -> str:
    prefix, _, local = text.strip().rpartition(":")
    namespace = node.nsmap.get(prefix or None)
    return f"{{{namespace}}}{local}" if namespace else local


def _is_soap(node: etree._Element, local: str) -> bool:
    name = etree.QName(node)
    return name.namespace in SOAPS and name.localname == local


def _soap_of(binding: etree._Element) -> etree._Element | None:
    return next((each for each in binding.iterchildren("*") if _is_soap(each, "binding")), None)


def _operation_named(port_type: etree._Element, name: str, bound: etree._Element) -> etree._Element | None:
    """The port type's operation; of several of one name, the one whose input is named alike."""
    found = [each for each in port_type.iterchildren(f"{{{WSDL}}}operation") if each.get("name") == name]
    spoken = bound.find(f"{{{WSDL}}}input")
    if len(found) > 1 and spoken is not None and spoken.get("name"):
        for each in found:
            given = each.find(f"{{{WSDL}}}input")
            if given is not None and given.get("name") == spoken.get("name"):
                return each
    return found[0] if found else None
