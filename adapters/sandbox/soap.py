"""The SOAP side: checks envelopes against the contract's XSD with lxml and answers in kind."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Container, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from types import MappingProxyType

from lxml import etree

from adapters.sandbox.exchange import XML, Asked, Call, Kind, Reply, Twist

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
XROAD = "http://x-road.eu/xsd/xroad.xsd"
IDENTIFIERS = "http://x-road.eu/xsd/identifiers"
REPRESENTATION = "http://x-road.eu/xsd/representation.xsd"
NIL = etree.QName("http://www.w3.org/2001/XMLSchema-instance", "nil")
XS = "http://www.w3.org/2001/XMLSchema"
_REQUIRED = ("client", "service", "userId", "id", "protocolVersion")
_LIMIT = 1024 * 1024

Element = etree._Element
"""The type of lxml's elements, which has no public name."""
Answering = Callable[[Element, Twist, str], Sequence[Element]]
"""From the body's element, what a fault does to it, and the municipality of the address (else empty) to the answer."""
FaultDetail = Callable[[str, str], tuple[str, Element | None]]
"""From a reason and a text to the faultstring and its typed detail."""


class SoapError(Exception):
    """The request gets a fault; ``reason`` is ``invalid``, ``refused`` (for good) or ``unavailable``."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = text


def parse(text: bytes) -> Element:
    """Parse without entities, network or document type. Raises: SoapError."""
    try:
        root = etree.fromstring(text, hardened_parser())
    except etree.XMLSyntaxError:
        raise SoapError("invalid", "nav XML") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise SoapError("invalid", "dokumenta tipa deklarācija nav atļauta")
    return root


def hardened_parser() -> etree.XMLParser:
    """The one way XML is read here: no entities, no network, no document type, no huge trees."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def element(namespace: str, name: str, text: str | None = None, *children: Element) -> Element:
    """An element of the register's namespace."""
    made = etree.Element(etree.QName(namespace, name))
    made.text = text
    made.extend(children)
    return made


def schema_of_file(path: Path) -> etree.XMLSchema:
    """The schema of an XSD file; imports are files beside it."""
    return etree.XMLSchema(etree.parse(str(path), hardened_parser()))


def schema_inside(wsdl: Path) -> etree.XMLSchema:
    """The one schema written inside a WSDL."""
    tree = etree.parse(str(wsdl), hardened_parser())
    found = next(tree.iter(f"{{{XS}}}schema"))
    # Written out and read again, so that the prefixes declared around it come along.
    return etree.XMLSchema(etree.fromstring(etree.tostring(found), hardened_parser()))


class SoapDesk:
    """A register that speaks SOAP 1.1, document/literal.

    Args:
        name: the register's name.
        wsdl: the contract's WSDL file; files beside it are served too.
        namespace: of the elements in the body.
        schema: what bodies are checked against.
        operations: by the name of the request's element, which is the operation's: how it is answered, and the
            mandatory element that a ``missing_field`` fault drops.
        fault: the register's own fault text and detail.
        xroad: whether X-Road headers are required, checked and echoed.
        kinds: of operations that do otherwise than read.
        places: municipalities whose code follows the register's name in the address; None: there is one server.
    """

    def __init__(
        self,
        name: str,
        wsdl: Path,
        namespace: str,
        schema: etree.XMLSchema,
        operations: Mapping[str, tuple[Answering, str]],
        fault: FaultDetail,
        *,
        xroad: bool,
        kinds: Mapping[str, Kind] = MappingProxyType({}),
        places: Container[str] | None = None,
    ) -> None:
        self.name = name
        self.operations: Mapping[str, Kind] = dict.fromkeys(operations, Kind.READ) | dict(kinds)
        self._places = places
        self._wsdl = wsdl
        self._namespace = namespace
        self._schema = schema
        self._answering = operations
        self._fault_detail = fault
        folder = wsdl.parent
        self._headers = (
            {XROAD: schema_of_file(folder / "xroad.xsd"), REPRESENTATION: schema_of_file(folder / "representation.xsd")}
            if xroad
            else {}
        )

    def publish(self, call: Call) -> Reply | None:
        """The WSDL under the base address (``?wsdl`` by custom), and each schema file under its name."""
        if call.method not in ("GET", "HEAD"):
            return None
        place, name = self._split(call)
        if place is None:
            return None
        files = {path.name: path for path in self._wsdl.parent.iterdir() if path.suffix in (".wsdl", ".xsd")}
        path = self._wsdl if not name else files.get(name)
        if path is None:
            return None
        if name:
            return Reply(200, XML, path.read_bytes())
        return Reply(200, XML, self._located(call.headers.get("host", ""), f"{self.name}/{place}".rstrip("/")))

    def open(self, call: Call) -> Asked | Reply:
        """Parse the envelope; the name of the body's element is the operation."""
        place, more = self._split(call)
        if place is None or more:
            return Reply(404, "text/plain; charset=utf-8", b"Not Found")
        if call.method != "POST":
            return Reply(405, "text/plain; charset=utf-8", b"Method Not Allowed", {"Allow": "GET, POST"})
        if call.headers.get("content-type", "").partition(";")[0].strip().lower() != "text/xml":
            return Reply(415, "text/plain; charset=utf-8", b"Unsupported Media Type")
        try:
            if len(call.body) > _LIMIT:
                raise SoapError("invalid", "pieprasījums ir par lielu")
            root = parse(call.body)
            bodies = root.findall(f"{{{ENVELOPE}}}Body")
            if root.tag != f"{{{ENVELOPE}}}Envelope" or len(bodies) != 1:
                raise SoapError("invalid", "nav SOAP 1.1 aploksnes")
            content = [one for one in bodies[0] if isinstance(one.tag, str)]
            operation = etree.QName(content[0]).localname if len(content) == 1 else ""
            if operation not in self._answering or etree.QName(content[0]).namespace != self._namespace:
                raise SoapError("invalid", "tādas darbības nav")
        except SoapError as refused:
            return self._refusal(refused, (), None)
        return Asked(operation, call, (root, content[0], place))

    def answer(self, asked: Asked, twist: Twist) -> Reply:
        """Check headers and body against the schemas; then let the register answer."""
        root, content, place = asked.payload
        headers = root.findall(f"{{{ENVELOPE}}}Header/*")
        answering, mandatory = self._answering[asked.operation]
        try:
            self._check_headers(headers, asked.operation)
            if not self._schema.validate(content):
                raise SoapError("invalid", "pieprasījums neatbilst shēmai")
            if twist is Twist.DECLARED_FAULT:
                raise SoapError("unavailable", "serviss īslaicīgi nav pieejams (CANARY-7f3a)")
            answer = answering(content, twist, place)
        except SoapError as refused:
            return self._refusal(refused, headers, asked.call.body)
        if twist is Twist.MISSING_FIELD:
            for made in answer:
                for one in [*made.iter(etree.QName(self._namespace, mandatory))]:
                    parent = one.getparent()
                    if parent is not None:
                        parent.remove(one)
        return Reply(200, XML, self._envelope(answer, headers, asked.call.body))

    def failure(self, status: int) -> Reply:
        """A fault that says "not now"."""
        refused = SoapError("unavailable", "serviss īslaicīgi nav pieejams (CANARY-7f3a)")
        return Reply(status, XML, self._refusal(refused, (), None).body)

    def _split(self, call: Call) -> tuple[str | None, str]:
        """The municipality (empty where there is one server, None where it is none of ours) and what follows."""
        path = call.path.strip("/")
        if self._places is None:
            return "", path
        place, _, more = path.partition("/")
        return (place if place in self._places else None), more

    def _located(self, host: str, where: str) -> bytes:
        """The WSDL, with its schemas and its service where this server has them."""
        text = self._wsdl.read_text(encoding="utf-8")
        text = re.sub(r'schemaLocation="([^"/]+)"', rf'schemaLocation="{where.rpartition("/")[2]}/\1"', text)
        here = f"http://{host}/{where}" if re.fullmatch(r"[0-9A-Za-z.:\[\]-]+", host) else f"/{where}"
        return re.sub(r'(?<=<soap:address location=")[^"]*', here, text).encode()

    def _check_headers(self, headers: Sequence[Element], operation: str) -> None:
        seen: set[str] = set()
        for header in headers:
            name = etree.QName(header)
            schema = self._headers.get(name.namespace or "")
            if schema is None:
                if header.get(f"{{{ENVELOPE}}}mustUnderstand") == "1":
                    raise SoapError("invalid", "nesaprotama galvene ar mustUnderstand")
                continue
            if name.localname in seen or not schema.validate(_bare(header)):
                raise SoapError("invalid", f"nederīga X-Road galvene {name.localname}")
            seen.add(name.localname)
        if not self._headers:
            return
        missing = [name for name in _REQUIRED if name not in seen]
        if missing:
            raise SoapError("invalid", f"trūkst X-Road galvenes {missing[0]}")
        by_name = {etree.QName(one).localname: one for one in headers}
        if by_name["service"].findtext(f"{{{IDENTIFIERS}}}serviceCode") != operation:
            raise SoapError("invalid", "X-Road galvenē cits serviceCode")
        if by_name["protocolVersion"].text != "4.0":
            raise SoapError("invalid", "cita X-Road protokola versija")

    def _envelope(self, content: Sequence[Element], headers: Sequence[Element], request: bytes | None) -> bytes:
        root = etree.Element(f"{{{ENVELOPE}}}Envelope", nsmap={"soap": ENVELOPE, "lv": self._namespace})
        echoed = [deepcopy(one) for one in headers if (etree.QName(one).namespace or "") in self._headers]
        if self._headers and request is not None and echoed:
            header = etree.SubElement(root, f"{{{ENVELOPE}}}Header")
            header.extend(echoed)
            digest = etree.SubElement(header, f"{{{XROAD}}}requestHash", nsmap={"xroad": XROAD})
            digest.set("algorithmId", "http://www.w3.org/2001/04/xmlenc#sha512")
            digest.text = base64.b64encode(hashlib.sha512(request).digest()).decode()
        etree.SubElement(root, f"{{{ENVELOPE}}}Body").extend(content)
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")

    def _refusal(self, refused: SoapError, headers: Sequence[Element], request: bytes | None) -> Reply:
        text, detail = self._fault_detail(refused.reason, refused.text)
        fault = etree.Element(f"{{{ENVELOPE}}}Fault", nsmap={"soap": ENVELOPE})
        etree.SubElement(fault, "faultcode").text = "soap:Server" if refused.reason == "unavailable" else "soap:Client"
        etree.SubElement(fault, "faultstring").text = text
        if detail is not None:
            etree.SubElement(fault, "detail").append(detail)
        return Reply(500, XML, self._envelope([fault], headers, request))


def _bare(header: Element) -> Element:
    """The header without SOAP's own attributes, which its schema does not name."""
    copy = deepcopy(header)
    for name in [name for name in copy.attrib if str(name).startswith(f"{{{ENVELOPE}}}")]:
        del copy.attrib[name]
    return copy
