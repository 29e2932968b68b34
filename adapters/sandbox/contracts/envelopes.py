"""SOAP envelopes of both versions: taken apart and put together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from adapters.sandbox.contracts.operations import SoapVersion
from adapters.sandbox.exchange import Call
from adapters.sandbox.soap import ENVELOPE, Element, SoapError, parse

ENVELOPE_12 = "http://www.w3.org/2003/05/soap-envelope"
NAMESPACES: dict[SoapVersion, str] = {"1.1": ENVELOPE, "1.2": ENVELOPE_12}
MEDIA: dict[SoapVersion, str] = {"1.1": "text/xml", "1.2": "application/soap+xml"}
_LIMIT = 1024 * 1024
_CODES = {"invalid": ("Client", "Sender"), "unavailable": ("Server", "Receiver")}
_CODES |= {one: (one, one) for one in ("MustUnderstand", "VersionMismatch")}


@dataclass(frozen=True, slots=True)
class Envelope:
    """What came in: the version, the header's elements and the body's."""

    version: SoapVersion
    headers: list[Element]
    body: list[Element]
    action: str


def open_envelope(call: Call) -> Envelope:
    """Take an envelope apart.

    Raises:
        SoapError: it is none; its reason is a key of the fault codes here.
    """
    if len(call.body) > _LIMIT:
        raise SoapError("invalid", "the request is too large")
    root = parse(call.body)
    version = next((one for one, namespace in NAMESPACES.items() if root.tag == f"{{{namespace}}}Envelope"), None)
    if version is None:
        raise SoapError("VersionMismatch", "no envelope of SOAP 1.1 or 1.2")
    namespace = NAMESPACES[version]
    bodies = root.findall(f"{{{namespace}}}Body")
    if len(bodies) != 1:
        raise SoapError("invalid", "not one body")
    headers = [one for one in root.findall(f"{{{namespace}}}Header/*") if isinstance(one.tag, str)]
    return Envelope(version, headers, [one for one in bodies[0] if isinstance(one.tag, str)], _action(call, version))


def _action(call: Call, version: SoapVersion) -> str:
    if version == "1.1":
        return call.headers.get("soapaction", "").strip().strip('"')
    for part in call.headers.get("content-type", "").split(";")[1:]:
        name, _, value = part.strip().partition("=")
        if name.lower() == "action":
            return value.strip().strip('"')
    return ""


def write_envelope(version: SoapVersion, headers: Sequence[Element], body: Sequence[Element]) -> bytes:
    """An envelope as bytes; the header stands only where it has something in it."""
    namespace = NAMESPACES[version]
    root = etree.Element(f"{{{namespace}}}Envelope", nsmap={"soap": namespace})
    if headers:
        etree.SubElement(root, f"{{{namespace}}}Header").extend(headers)
    etree.SubElement(root, f"{{{namespace}}}Body").extend(body)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def fault(version: SoapVersion, reason: str, text: str, detail: Element | None) -> Element:
    """A fault. ``reason``: ``invalid``, ``unavailable``, ``MustUnderstand`` or ``VersionMismatch``."""
    namespace = NAMESPACES[version]
    made = etree.Element(f"{{{namespace}}}Fault", nsmap={"soap": namespace})
    if version == "1.1":
        etree.SubElement(made, "faultcode").text = f"soap:{_CODES[reason][0]}"
        etree.SubElement(made, "faultstring").text = text
        if detail is not None:
            etree.SubElement(made, "detail").append(detail)
        return made
    code = etree.SubElement(made, f"{{{namespace}}}Code")
    etree.SubElement(code, f"{{{namespace}}}Value").text = f"soap:{_CODES[reason][1]}"
    said = etree.SubElement(etree.SubElement(made, f"{{{namespace}}}Reason"), f"{{{namespace}}}Text")
    said.set("{http://www.w3.org/XML/1998/namespace}lang", "en")
    said.text = text
    if detail is not None:
        etree.SubElement(made, f"{{{namespace}}}Detail").append(detail)
    return made
