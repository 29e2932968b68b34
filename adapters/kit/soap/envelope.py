"""SOAP 1.1 around a body: envelope out, envelope or fault in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from adapters.kit.xml_parser import parse_xml

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
CONTENT_TYPE = "text/xml; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Fault:
    """A SOAP fault. Its texts are a register's words: compared with known codes, never repeated."""

    code: str
    """Local part of the fault code: ``Client``, ``Server``, ..."""
    text: str = field(repr=False)
    detail: etree._Element | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Answer:
    """An envelope that came back."""

    headers: tuple[etree._Element, ...] = field(repr=False)
    body: etree._Element | Fault = field(repr=False)


def wrap(headers: Sequence[etree._Element], body: etree._Element) -> bytes:
    """The envelope as UTF-8 with XML declaration."""
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"soap": SOAP})
    if headers:
        etree.SubElement(envelope, f"{{{SOAP}}}Header").extend(headers)
    etree.SubElement(envelope, f"{{{SOAP}}}Body").append(body)
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def unwrap(content: bytes) -> Answer:
    """Read an envelope.

    Raises:
        ValueError: no SOAP 1.1 envelope with exactly one element in its body.
    """
    envelope = parse_xml(content)
    if envelope.tag != f"{{{SOAP}}}Envelope":
        raise ValueError("no SOAP envelope")
    parts = [child for child in envelope if child.tag in (f"{{{SOAP}}}Header", f"{{{SOAP}}}Body")]
    if [etree.QName(part).localname for part in parts] not in (["Body"], ["Header", "Body"]) or len(parts) != len(
        envelope
    ):
        raise ValueError("an envelope is a header, or none, and a body")
    headers = tuple(parts[0]) if len(parts) == 2 else ()
    content_elements = list(parts[-1])
    if len(content_elements) != 1:
        raise ValueError("a body has one element")
    element = content_elements[0]
    return Answer(headers, _fault(element) if element.tag == f"{{{SOAP}}}Fault" else element)


def _fault(node: etree._Element) -> Fault:
    # Some servers qualify the parts of a fault although SOAP 1.1 does not.
    parts = {etree.QName(child).localname: child for child in node}
    code = (parts["faultcode"].text or "") if "faultcode" in parts else ""
    text = (parts["faultstring"].text or "") if "faultstring" in parts else ""
    detail = parts.get("detail")
    return Fault(code.strip().rpartition(":")[2], text.strip(), detail)
