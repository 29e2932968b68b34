"""The WSDL side of a contract: which elements stand in the body, the headers and the faults of each operation."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal, cast

from lxml import etree

from adapters.sandbox.contracts.documents import Document
from adapters.sandbox.contracts.errors import ContractError
from adapters.sandbox.contracts.names import WSDL, WSDL_MIME, WSDL_SOAP, XS, children, clark, local, qname, split
from adapters.sandbox.soap import Element

SoapVersion = Literal["1.1", "1.2"]


@dataclass(frozen=True, slots=True)
class Declaration:
    """One element that a message holds.

    Args:
        name: in Clark's notation; empty where the body stays empty.
        part: the message's part that names it; of an rpc wrapper, the message.
        encoded: written by SOAP section 5, which no XML Schema describes: what is generated for it cannot be validated.
    """

    name: str
    part: str
    encoded: bool = False


@dataclass(frozen=True, slots=True)
class OperationReading:
    """One operation of a port type.

    Args:
        name: as the port type has it.
        soap_version: None where no SOAP binding names the operation.
        answer: None: one-way.
        headers_in: of the request, in the binding's order.
        headers_out: of the answer.
        faults: by the fault's name.
    """

    name: str
    port_type: str
    soap_action: str
    soap_version: SoapVersion | None
    style: Literal["document", "rpc"]
    use: Literal["literal", "encoded"]
    request: Declaration
    answer: Declaration | None
    headers_in: tuple[Declaration, ...]
    headers_out: tuple[Declaration, ...]
    faults: Mapping[str, Declaration]


@dataclass(slots=True)
class _Bound:
    """What a binding adds to an operation; without one, document/literal."""

    node: Element | None
    version: SoapVersion | None
    style: str


class ReadOperations:
    """All operations of all definitions of a contract.

    Args:
        definitions: the main WSDL first.
    """

    def __init__(self, definitions: Sequence[tuple[Path, Element]]) -> None:
        self._definitions = [root for _, root in definitions]
        self._made: dict[tuple[str, str], Document] = {}
        self._encoded: set[tuple[str, str]] = set()
        self.operations: dict[str, OperationReading] = {}
        self.left_out: dict[str, str] = {}
        bindings = self._bindings()
        for root in self._definitions:
            for port_type in children(root, WSDL, "portType"):
                name = clark(root.get("targetNamespace"), port_type.get("name") or "")
                self._port_type(port_type, bindings.get(name))

    @property
    def wrappers(self) -> list[tuple[Document, bool]]:
        """Schemas of the elements that only the WSDL describes, and whether section 5 writes them."""
        return [(document, key in self._encoded) for key, document in self._made.items()]

    def _bindings(self) -> dict[str, Element]:
        """The binding of each port type: SOAP before others, then the one that the first port uses, else the first."""
        found = [one for root in self._definitions for one in children(root, WSDL, "binding")]
        ports = [
            _named(port, "binding")
            for root in self._definitions
            for service in children(root, WSDL, "service")
            for port in children(service, WSDL, "port")
        ]

        def rank(binding: Element) -> tuple[bool, int]:
            parent = cast(Element, binding.getparent())
            name = clark(parent.get("targetNamespace"), binding.get("name") or "")
            return _soap(binding, "binding") is None, ports.index(name) if name in ports else len(ports)

        chosen: dict[str, Element] = {}
        for binding in sorted(found, key=rank):
            chosen.setdefault(_named(binding, "type"), binding)
        return chosen

    def _port_type(self, port_type: Element, binding: Element | None) -> None:
        kind = port_type.get("name") or ""
        soap = None if binding is None else _soap(binding, "binding")
        for operation in children(port_type, WSDL, "operation"):
            name = key = operation.get("name") or ""
            if key in self.operations or key in self.left_out:
                key = f"{kind}.{name}"
                number = sum(one.startswith(f"{key}.") or one == key for one in (*self.operations, *self.left_out))
                key = f"{key}.{number + 1}" if number else key
            bound = _Bound(None, None, "document")
            if binding is not None and soap is None:
                self.left_out[key] = f"port type {kind}: is bound to something else than SOAP"
                continue
            if binding is not None:
                found = next((one for one in children(binding, WSDL, "operation") if one.get("name") == name), None)
                version = cast(
                    "SoapVersion | None", None if soap is None else WSDL_SOAP[etree.QName(soap).namespace or ""]
                )
                bound = _Bound(found, version, "document" if soap is None else soap.get("style", "document"))
            try:
                self.operations[key] = self._operation(operation, kind, bound, key)
            except ContractError as refused:
                self.left_out[key] = str(refused)

    def _operation(self, operation: Element, port_type: str, bound: _Bound, key: str) -> OperationReading:
        name = operation.get("name") or ""
        soap = None if bound.node is None else _soap(bound.node, "operation")
        style = bound.style if soap is None else soap.get("style", bound.style)
        request = next(children(operation, WSDL, "input"), None)
        answer = next(children(operation, WSDL, "output"), None)
        if request is None:
            raise ContractError(f"operation {name}: has no input")
        ways = {way: _way(bound.node, way) for way in ("input", "output")}
        body = _body(ways["input"])
        use = "literal" if body is None else body.get("use", "literal")
        faults: dict[str, Declaration] = {}
        for fault in children(operation, WSDL, "fault"):
            self._try(f"{key}, fault {fault.get('name')}", partial(self._fault, fault, faults))
        return OperationReading(
            name,
            port_type,
            "" if soap is None else soap.get("soapAction", ""),
            bound.version,
            cast("Literal['document', 'rpc']", style),
            cast("Literal['literal', 'encoded']", use),
            self._message(request, ways["input"], style, name),
            None if answer is None else self._message(answer, ways["output"], style, f"{name}Response"),
            self._headers(key, ways["input"]),
            self._headers(key, ways["output"]),
            faults,
        )

    def _fault(self, node: Element, faults: dict[str, Declaration]) -> None:
        parts = self._parts(node, node.get("message") or "")
        if len(parts) != 1:
            raise ContractError("its message has not one part")
        faults[node.get("name") or ""] = self._part(parts[0], "")

    def _headers(self, key: str, way: Element | None) -> tuple[Declaration, ...]:
        found: list[Declaration] = []
        for header in _inside(way, "header"):
            place = f"{key}, header {header.get('part')}"
            self._try(place, partial(self._header, header, found))
        return tuple(found)

    def _header(self, node: Element, found: list[Declaration]) -> None:
        for part in self._parts(node, node.get("message") or ""):
            if part.get("name") == node.get("part"):
                found.append(self._part(part, node.get("namespace", "")))
                return
        raise ContractError(f"its message has no part {node.get('part')}")

    def _try(self, place: str, read: Callable[[], None]) -> None:
        try:
            read()
        except ContractError as refused:
            self.left_out.setdefault(place, str(refused))

    def _message(self, node: Element, way: Element | None, style: str, wrapper: str) -> Declaration:
        body = _body(way)
        message = node.get("message") or ""
        parts = self._parts(node, message)
        if body is not None and body.get("parts") is not None:
            named = (body.get("parts") or "").split()
            parts = [one for one in parts if one.get("name") in named]
        else:
            elsewhere = {
                header.get("part")
                for header in _inside(way, "header")
                if qname(header, header.get("message") or "") == qname(node, message)
            }
            elsewhere |= set() if way is None else {one.get("part") for one in way.iter(f"{{{WSDL_MIME}}}content")}
            parts = [one for one in parts if one.get("name") not in elsewhere]
        if style == "rpc":
            encoded = body is not None and body.get("use") == "encoded"
            return self._wrapper(parts, "" if body is None else body.get("namespace", ""), wrapper, message, encoded)
        if len(parts) > 1:
            raise ContractError(f"message {message}: {len(parts)} parts stand in the body of a document")
        return self._part(parts[0], "") if parts else Declaration("", "")

    def _parts(self, node: Element, message: str) -> list[Element]:
        name = qname(node, message)
        for root in self._definitions:
            for one in children(root, WSDL, "message"):
                if clark(root.get("targetNamespace"), one.get("name") or "") == name:
                    return list(children(one, WSDL, "part"))
        raise ContractError(f"message {message}: is not in the contract")

    def _part(self, part: Element, namespace: str) -> Declaration:
        name = part.get("name") or ""
        if part.get("element"):
            return Declaration(qname(part, part.get("element") or ""), name)
        made = _schema(namespace)
        _element(made, name, part)
        self._made.setdefault(
            (clark(namespace, name), part.get("type") or ""), Document(f"part {name}", namespace, made)
        )
        return Declaration(clark(namespace, name), name)

    def _wrapper(self, parts: Sequence[Element], namespace: str, name: str, message: str, encoded: bool) -> Declaration:
        made = _schema(namespace)
        wrapper = etree.SubElement(made, clark(XS, "element"), name=name)
        content = etree.SubElement(etree.SubElement(wrapper, clark(XS, "complexType")), clark(XS, "sequence"))
        for part in parts:
            _element(content, part.get("name") or "", part)
        key = (clark(namespace, name), message)
        self._made.setdefault(key, Document(f"wrapper {name}", namespace, made))
        if encoded:
            self._encoded.add(key)
        return Declaration(clark(namespace, name), message, encoded)


def _schema(namespace: str) -> Element:
    made = etree.Element(clark(XS, "schema"), nsmap={"xs": XS})
    if namespace:
        made.set("targetNamespace", namespace)
    return made


def _element(parent: Element, name: str, part: Element) -> None:
    text = part.get("element") or part.get("type") or ""
    namespace, rest = split(qname(part, text))
    prefixes = {"p": namespace} if namespace else {}
    made = etree.SubElement(parent, clark(XS, "element"), nsmap=prefixes)
    if not part.get("element"):
        made.set("name", name)
    made.set("ref" if part.get("element") else "type", f"p:{rest}" if namespace else rest)


def _named(node: Element, attribute: str) -> str:
    """What an attribute names; empty where its prefix is not declared, so that only what uses it is lost."""
    try:
        return qname(node, node.get(attribute) or "")
    except ContractError:
        return ""


def _way(operation: Element | None, name: str) -> Element | None:
    return None if operation is None else next(children(operation, WSDL, name), None)


def _inside(way: Element | None, name: str) -> Iterator[Element]:
    """SOAP's elements of this name in a binding's input or output, also within a MIME part."""
    for one in () if way is None else way.iter():
        if local(one) == name and etree.QName(one).namespace in WSDL_SOAP:
            yield one


def _body(way: Element | None) -> Element | None:
    return next(_inside(way, "body"), None)


def _soap(node: Element, name: str) -> Element | None:
    return next((one for one in node if local(one) == name and etree.QName(one).namespace in WSDL_SOAP), None)
