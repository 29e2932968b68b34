"""X-Road message protocol 4.0: who asks which service on whose behalf, in SOAP and in REST headers.

Source: X-Road: Message Protocol v4.0 (PR-MESS), Third Party Representation Extension (PR-TARGETSS), and
Message Protocol for REST v1 (PR-REST).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from lxml import etree

from adapters.kit.errors import Malformed
from adapters.kit.ports import CallContext
from adapters.kit.xsd.template import escape

_XROAD = "http://x-road.eu/xsd/xroad.xsd"
_IDENTIFIERS = "http://x-road.eu/xsd/identifiers"
_REPRESENTATION = "http://x-road.eu/xsd/representation.xsd"
_NAMESPACES = {"xro": _XROAD, "iden": _IDENTIFIERS, "repr": _REPRESENTATION}
_MEMBER_PARTS = ("xRoadInstance", "memberClass", "memberCode", "subsystemCode")
PROTOCOL_VERSION = "4.0"
THIRD_PARTY_CLASS = "COM"
"""Member class under which third parties, all of them legal persons, are represented."""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of X-Road, or one of its subsystems."""

    instance: str
    member_class: str
    code: str
    subsystem: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``INSTANCE/CLASS/CODE`` or ``INSTANCE/CLASS/CODE/SUBSYSTEM``. Raises: ValueError on any other form."""
        parts = text.split("/")
        if len(parts) not in (3, 4) or not all(parts):
            raise ValueError("an X-Road member is INSTANCE/CLASS/CODE or INSTANCE/CLASS/CODE/SUBSYSTEM")
        return cls(*parts)

    def __str__(self) -> str:
        return "/".join(self.parts)

    @property
    def parts(self) -> tuple[str, ...]:
        """The three or four parts, in order."""
        parts = (self.instance, self.member_class, self.code)
        return parts if self.subsystem is None else (*parts, self.subsystem)


@dataclass(frozen=True, slots=True)
class XRoad:
    """Identifiers of one register's connection: settings."""

    client: Member
    provider: Member
    service_version: str | None = "v1"

    @classmethod
    def development(cls, register: str) -> Self:
        """Identifiers of an instance that exists nowhere but in tests and the sandbox."""
        return cls(Member("LV-DEV", "GOV", "90000028508", "CSC"), Member("LV-DEV", "GOV", "90000028508", register))


def soap_headers(xroad: XRoad, operation: str, message_id: str, context: CallContext) -> list[etree._Element]:
    """Header elements of one call, in the order of the protocol."""
    headers = [_client(xroad), _service(xroad, operation)]
    headers += [
        _text("userId", context.user),
        _text("id", message_id),
        _text("issue", context.issue),
        _text("protocolVersion", PROTOCOL_VERSION),
    ]
    if context.represented_party is not None:
        party = etree.Element(f"{{{_REPRESENTATION}}}representedParty", nsmap=_NAMESPACES)
        etree.SubElement(party, f"{{{_REPRESENTATION}}}partyClass").text = THIRD_PARTY_CLASS
        etree.SubElement(party, f"{{{_REPRESENTATION}}}partyCode").text = context.represented_party.digits
        headers.append(party)
    return headers


class RestHeaders:
    """The same as HTTP headers. Which service is asked stands in the address."""

    def __init__(self, xroad: XRoad) -> None:
        self._client = str(xroad.client)

    def write(self, message_id: str, context: CallContext) -> dict[str, str]:
        """Headers of one call."""
        headers = {
            "X-Road-Client": self._client,
            "X-Road-Id": message_id,
            "X-Road-UserId": context.user,
            "X-Road-Issue": context.issue,
        }
        if context.represented_party is not None:
            headers["X-Road-Represented-Party"] = f"{THIRD_PARTY_CLASS}/{context.represented_party.digits}"
        return headers


class SoapHeaders:
    """The headers of one operation, as text.

    Everything but who asks and why is the same for each call, so it is made once, of the tree of :func:`soap_headers`.
    """

    def __init__(self, xroad: XRoad, operation: str) -> None:
        fixed = (_client(xroad), _service(xroad, operation))
        self._before = "".join(etree.tostring(node, encoding="unicode") for node in fixed) + _open("userId")
        self._expected = {str(node.tag): _content(node) for node in fixed}
        self.texts = frozenset(text for content in self._expected.values() for _, text in content)
        """What client and service consist of."""

    def write(self, message_id: str, context: CallContext) -> str:
        """Header elements of one call. Raises: ValueError: a text that XML cannot carry."""
        party = ""
        if context.represented_party is not None:
            party = _PARTY.format(THIRD_PARTY_CLASS, escape(context.represented_party.digits))
        return (
            f"{self._before}{escape(context.user)}{_AFTER_USER}{escape(message_id)}{_AFTER_ID}{escape(context.issue)}"
            f"{_AFTER_ISSUE}{party}"
        )

    def check(self, register: str, message_id: str, answered: Iterable[etree._Element]) -> None:
        """Compare the headers of an answer with those of the request, where the answer has them.

        Raises:
            Malformed: client, service or id is another's, so the answer is to another question.
        """
        for header in answered:
            tag = str(header.tag)
            if tag in _ECHOED:
                expected = self._expected.get(tag) or ((tag, message_id),)
                if _content(header) != expected:
                    raise Malformed(register, f"header {etree.QName(tag).localname} answers another request")


def _open(name: str) -> str:
    return f'<xro:{name} xmlns:xro="{_XROAD}">'


_AFTER_USER = f"</xro:userId>{_open('id')}"
_AFTER_ID = f"</xro:id>{_open('issue')}"
_AFTER_ISSUE = f"</xro:issue>{_open('protocolVersion')}{PROTOCOL_VERSION}</xro:protocolVersion>"
_PARTY = (
    f'<repr:representedParty xmlns:repr="{_REPRESENTATION}"><repr:partyClass>{{}}</repr:partyClass>'
    "<repr:partyCode>{}</repr:partyCode></repr:representedParty>"
)
_ECHOED = frozenset(f"{{{_XROAD}}}{name}" for name in ("client", "service", "id"))


def _content(header: etree._Element) -> tuple[tuple[str, str], ...]:
    return tuple((str(node.tag), (node.text or "").strip()) for node in header.iter("*"))


def _client(xroad: XRoad) -> etree._Element:
    node = etree.Element(f"{{{_XROAD}}}client", nsmap=_NAMESPACES)
    kind = "MEMBER" if xroad.client.subsystem is None else "SUBSYSTEM"
    node.set(f"{{{_IDENTIFIERS}}}objectType", kind)
    _identify(node, xroad.client)
    return node


def _service(xroad: XRoad, operation: str) -> etree._Element:
    node = etree.Element(f"{{{_XROAD}}}service", nsmap=_NAMESPACES)
    node.set(f"{{{_IDENTIFIERS}}}objectType", "SERVICE")
    _identify(node, xroad.provider)
    etree.SubElement(node, f"{{{_IDENTIFIERS}}}serviceCode").text = operation
    if xroad.service_version is not None:
        etree.SubElement(node, f"{{{_IDENTIFIERS}}}serviceVersion").text = xroad.service_version
    return node


def _identify(node: etree._Element, member: Member) -> None:
    for name, value in zip(_MEMBER_PARTS, member.parts, strict=False):
        etree.SubElement(node, f"{{{_IDENTIFIERS}}}{name}").text = value


def _text(name: str, value: str) -> etree._Element:
    node = etree.Element(f"{{{_XROAD}}}{name}", nsmap=_NAMESPACES)
    node.text = value
    return node
