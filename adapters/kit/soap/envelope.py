"""SOAP 1.1 and 1.2 around a body: envelope out, envelope or fault in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lxml import etree

from adapters.kit.soap.bounds import DEFAULT_ROOM, check_bounds, check_prefixes
from adapters.kit.soap.faults import Fault as Fault
from adapters.kit.soap.faults import read_fault
from adapters.kit.soap.parts import SoapVersion
from adapters.kit.xml_parser import parse_xml


@dataclass(frozen=True, slots=True)
class Soap:
    """What differs between the versions."""

    namespace: str
    media_type: str
    true: str
    """How ``mustUnderstand`` is said."""
    role: str
    """The attribute that says for whom a header is."""
    ours: frozenset[str]
    """Its values that mean us."""

    def must(self, header: etree._Element) -> bool:
        """Whether a header of an answer is for us and has to be understood; one that says so in no known way is too."""
        said = (header.get(f"{{{self.namespace}}}mustUnderstand") or "").strip()
        return said not in ("", "0", "false") and (header.get(self.role) or "").strip() in self.ours

    def http_headers(self, action: str) -> dict[str, str]:
        """Of a request."""
        if self is SOAP_12:
            said = f'; action="{action}"' if action else ""
            return {"Content-Type": f"{self.media_type}; charset=utf-8{said}"}
        return {"Content-Type": f"{self.media_type}; charset=utf-8", "SOAPAction": f'"{action}"'}


SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
_SOAP_12 = "http://www.w3.org/2003/05/soap-envelope"
SOAP_11 = Soap(
    namespace=SOAP,
    media_type="text/xml",
    true="1",
    role=f"{{{SOAP}}}actor",
    ours=frozenset({"", "http://schemas.xmlsoap.org/soap/actor/next"}),
)
SOAP_12 = Soap(
    namespace=_SOAP_12,
    media_type="application/soap+xml",
    true="true",
    role=f"{{{_SOAP_12}}}role",
    ours=frozenset({"", f"{_SOAP_12}/role/next", f"{_SOAP_12}/role/ultimateReceiver"}),
)
VERSIONS: dict[SoapVersion, Soap] = {"1.1": SOAP_11, "1.2": SOAP_12}


class OtherVersionError(ValueError):
    """An envelope of another version than was spoken."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An envelope that came back."""

    headers: tuple[etree._Element, ...] = field(repr=False)
    body: etree._Element | Fault | None = field(repr=False)
    """None: the body is empty, where it may be."""


def wrap(headers: Sequence[etree._Element], body: etree._Element, soap: Soap = SOAP_11) -> bytes:
    """The envelope as UTF-8 with XML declaration."""
    envelope = etree.Element(f"{{{soap.namespace}}}Envelope", nsmap={"soap": soap.namespace})
    if headers:
        etree.SubElement(envelope, f"{{{soap.namespace}}}Header").extend(headers)
    etree.SubElement(envelope, f"{{{soap.namespace}}}Body").append(body)
    return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8")


def unwrap(content: bytes, soap: Soap = SOAP_11, *, room: int = DEFAULT_ROOM, may_be_empty: bool = False) -> Answer:
    """Read an envelope in UTF-8.

    Args:
        soap: the version that was spoken, and has to be answered in.
        room: see :func:`adapters.kit.soap.bounds.room_of`.
        may_be_empty: whether a body without element is one.

    Raises:
        OtherVersionError: an envelope of the other version.
        TooLargeError: it is not read for what it would cost.
        ValueError: no SOAP envelope with exactly one element in its body.
    """
    check_bounds(content, room)
    envelope = parse_xml(content)
    check_prefixes(content, envelope)
    namespace = soap.namespace
    if envelope.tag != f"{{{namespace}}}Envelope":
        if any(envelope.tag == f"{{{other.namespace}}}Envelope" for other in VERSIONS.values()):
            raise OtherVersionError("an envelope of another version of SOAP")
        raise ValueError("no SOAP envelope")
    parts = [child for child in envelope if child.tag in (f"{{{namespace}}}Header", f"{{{namespace}}}Body")]
    if [etree.QName(part).localname for part in parts] not in (["Body"], ["Header", "Body"]) or len(parts) != len(
        envelope
    ):
        raise ValueError("an envelope is a header, or none, and a body")
    headers = tuple(parts[0]) if len(parts) == 2 else ()
    content_elements = list(parts[-1])
    if not content_elements and may_be_empty and not (parts[-1].text or "").strip():
        return Answer(headers, None)
    if len(content_elements) != 1:
        raise ValueError("a body has one element")
    element = content_elements[0]
    return Answer(headers, read_fault(element) if element.tag == f"{{{namespace}}}Fault" else element)
