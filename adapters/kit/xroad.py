"""X-Road message protocol 4.0: who asks which service on whose behalf, in SOAP and in REST headers.

Source: X-Road: Message Protocol v4.0 (PR-MESS), its extensions for a targeted security server (PR-TARGETSS) and for
third party representation, and Message Protocol for REST v1 (PR-REST).
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, unquote

from lxml import etree

from adapters.kit.errors import Malformed
from adapters.kit.ports import CallContext
from adapters.kit.xroad_errors import error_of_code
from adapters.kit.xsd.template import WORD, escape

XROAD = "http://x-road.eu/xsd/xroad.xsd"
_IDENTIFIERS = "http://x-road.eu/xsd/identifiers"
_REPRESENTATION = "http://x-road.eu/xsd/representation.xsd"
_NAMESPACES = {"xro": XROAD, "iden": _IDENTIFIERS, "repr": _REPRESENTATION}
_MEMBER_PARTS = ("xRoadInstance", "memberClass", "memberCode", "subsystemCode")
_SERVER_PARTS = ("xRoadInstance", "memberClass", "memberCode", "serverCode")
NAMESPACES = frozenset({XROAD, _REPRESENTATION})
"""Of the headers that are written here."""
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
class SecurityServer:
    """One security server, where a service is on several and a certain one is meant."""

    instance: str
    member_class: str
    code: str
    server: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read ``INSTANCE/CLASS/CODE/SERVER``. Raises: ValueError on any other form."""
        parts = text.split("/")
        if len(parts) != 4 or not all(parts):
            raise ValueError("an X-Road security server is INSTANCE/CLASS/CODE/SERVER")
        return cls(*parts)

    @property
    def parts(self) -> tuple[str, ...]:
        """The four parts, in order."""
        return (self.instance, self.member_class, self.code, self.server)


@dataclass(frozen=True, slots=True)
class XRoad:
    """Identifiers of one register's connection: settings."""

    client: Member
    provider: Member
    service_version: str | None = "v1"
    """Of a SOAP service; None: it has none."""
    service_code: str | None = None
    """Of a REST service, as it is registered; a SOAP service's code is the operation's name."""
    security_server: SecurityServer | None = None
    """None: X-Road chooses."""

    @classmethod
    def development(cls, register: str) -> Self:
        """Identifiers of an instance that exists nowhere but in tests and the sandbox."""
        return cls(Member("LV-DEV", "GOV", "90000028508", "CSC"), Member("LV-DEV", "GOV", "90000028508", register))


def soap_headers(xroad: XRoad, operation: str, message_id: str, context: CallContext) -> list[etree._Element]:
    """Header elements of one call, in the order of the protocol: the other way to make what :class:`SoapHeaders` makes,
    with which tests compare it."""
    headers = [*_fixed(xroad, operation)]
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


class SoapHeaders:
    """The headers of one operation, as text.

    Everything but who asks and why is the same for each call, so it is made once, as a tree, and kept as text.
    """

    def __init__(self, xroad: XRoad, operation: str) -> None:
        fixed = _fixed(xroad, operation)
        self._before = "".join(etree.tostring(node, encoding="unicode") for node in fixed) + _open("userId")
        self._expected = {str(node.tag): _content(node) for node in fixed}
        version = f"{{{XROAD}}}protocolVersion"
        self._expected[version] = ((version, PROTOCOL_VERSION),)
        self.texts = frozenset(text for content in self._expected.values() for _, text in content)
        """What the headers consist of that are the same for each call."""

    def write(self, message_id: str, context: CallContext) -> str:
        """Header elements of one call. Raises: ValueError: a text that XML cannot carry."""
        party = ""
        if context.represented_party is not None:
            party = _PARTY.format(THIRD_PARTY_CLASS, escape(context.represented_party.digits))
        user, issue = context.user, context.issue
        if not WORD.fullmatch(f"{user}{message_id}{issue}"):  # Nearly always there is nothing to escape.
            user, message_id, issue = escape(user), escape(message_id), escape(issue)
        return f"{self._before}{user}{_AFTER_USER}{message_id}{_AFTER_ID}{issue}{_AFTER_ISSUE}{party}"

    def check(
        self, register: str, message_id: str, answered: Iterable[etree._Element], sent: bytes | None = None
    ) -> None:
        """Compare the headers of an answer with those of the request, where the answer has them.

        Args:
            sent: the request as it went out, of which ``requestHash`` is the digest; None: it is not at hand, and the
                digest is not compared.

        Raises:
            Malformed: client, service, security server, id, version or digest is another's, so the answer is to
                another question.
        """
        for header in answered:
            tag = str(header.tag)
            if tag == REQUEST_HASH:
                if sent is not None and not _is_hash(header, sent):
                    raise Malformed(register, "header requestHash answers another request")
            elif tag in _ECHOED:
                expected = self._expected.get(tag) or ((tag, message_id),)
                if _content(header) != expected:
                    raise Malformed(register, f"header {etree.QName(tag).localname} answers another request")


_DIGEST_BYTES = hashlib.sha512().digest_size
REQUEST_HASH = f"{{{XROAD}}}requestHash"
_HASHES = {
    "http://www.w3.org/2001/04/xmlenc#sha256": hashlib.sha256,
    "http://www.w3.org/2001/04/xmldsig-more#sha384": hashlib.sha384,
    "http://www.w3.org/2001/04/xmlenc#sha512": hashlib.sha512,
}


def request_hash(algorithm: str, sent: bytes) -> bytes | None:
    """What ``requestHash`` of an answer says: the digest over the bytes of the envelope that was sent, in Base64.

    Args:
        algorithm: its ``algorithmId``.

    Returns:
        None: an algorithm that proves nothing, or that we do not have.
    """
    made = _HASHES.get(algorithm)
    return None if made is None else binascii.b2a_base64(made(sent).digest(), newline=False)


def hash_algorithm(answered: Iterable[etree._Element]) -> str | None:
    """``algorithmId`` of the digest among the headers of an answer; None where there is none."""
    return next((header.get("algorithmId") for header in answered if str(header.tag) == REQUEST_HASH), None)


def _is_hash(header: etree._Element, sent: bytes) -> bool:
    expected = request_hash(header.get("algorithmId") or "", sent)
    found = "".join((header.text or "").split())
    return expected is not None and not len(header) and hmac.compare_digest(found.encode(), expected)


def _open(name: str) -> str:
    return f'<xro:{name} xmlns:xro="{XROAD}">'


_AFTER_USER = f"</xro:userId>{_open('id')}"
_AFTER_ID = f"</xro:id>{_open('issue')}"
_AFTER_ISSUE = f"</xro:issue>{_open('protocolVersion')}{PROTOCOL_VERSION}</xro:protocolVersion>"
_PARTY = (
    f'<repr:representedParty xmlns:repr="{_REPRESENTATION}"><repr:partyClass>{{}}</repr:partyClass>'
    "<repr:partyCode>{}</repr:partyCode></repr:representedParty>"
)
_ECHOED = frozenset(f"{{{XROAD}}}{name}" for name in ("client", "service", "securityServer", "id", "protocolVersion"))
HEADER_TAGS = frozenset(
    {f"{{{_REPRESENTATION}}}representedParty", REQUEST_HASH}
    | {f"{{{XROAD}}}{name}" for name in ("userId", "issue")}
    | _ECHOED
)
"""Headers of an answer that are understood."""


def _content(header: etree._Element) -> tuple[tuple[str, str], ...]:
    return tuple((str(node.tag), (node.text or "").strip()) for node in header.iter("*"))


def _fixed(xroad: XRoad, operation: str) -> tuple[etree._Element, ...]:
    fixed = (_client(xroad), _service(xroad, operation))
    return fixed if xroad.security_server is None else (*fixed, _security_server(xroad.security_server))


def _client(xroad: XRoad) -> etree._Element:
    node = etree.Element(f"{{{XROAD}}}client", nsmap=_NAMESPACES)
    kind = "MEMBER" if xroad.client.subsystem is None else "SUBSYSTEM"
    node.set(f"{{{_IDENTIFIERS}}}objectType", kind)
    _identify(node, _MEMBER_PARTS, xroad.client.parts)
    return node


def _service(xroad: XRoad, operation: str) -> etree._Element:
    node = etree.Element(f"{{{XROAD}}}service", nsmap=_NAMESPACES)
    node.set(f"{{{_IDENTIFIERS}}}objectType", "SERVICE")
    _identify(node, _MEMBER_PARTS, xroad.provider.parts)
    etree.SubElement(node, f"{{{_IDENTIFIERS}}}serviceCode").text = operation
    if xroad.service_version is not None:
        etree.SubElement(node, f"{{{_IDENTIFIERS}}}serviceVersion").text = xroad.service_version
    return node


def _security_server(server: SecurityServer) -> etree._Element:
    node = etree.Element(f"{{{XROAD}}}securityServer", nsmap=_NAMESPACES)
    node.set(f"{{{_IDENTIFIERS}}}objectType", "SERVER")
    _identify(node, _SERVER_PARTS, server.parts)
    return node


def _identify(node: etree._Element, names: Iterable[str], parts: Iterable[str]) -> None:
    for name, value in zip(names, parts, strict=False):
        etree.SubElement(node, f"{{{_IDENTIFIERS}}}{name}").text = value


def _text(name: str, value: str) -> etree._Element:
    node = etree.Element(f"{{{XROAD}}}{name}", nsmap=_NAMESPACES)
    node.text = value
    return node


# ------------------------------------------------------------ REST


class RestHeaders:
    """The same as HTTP headers. Which service is asked stands in the address."""

    def __init__(self, xroad: XRoad) -> None:
        self._xroad = xroad
        self._fixed = {"X-Road-Client": _path(xroad.client.parts)}
        if xroad.security_server is not None:
            self._fixed["X-Road-Security-Server"] = _path(xroad.security_server.parts)

    def write(self, message_id: str, context: CallContext) -> dict[str, str]:
        """Headers of one call."""
        headers = {
            **self._fixed,
            "X-Road-Id": message_id,
            "X-Road-UserId": context.user,
            "X-Road-Issue": context.issue,
        }
        if context.represented_party is not None:
            headers["X-Road-Represented-Party"] = f"{THIRD_PARTY_CLASS}/{context.represented_party.digits}"
        return headers

    def check(self, register: str, message_id: str, answered: Mapping[str, str]) -> None:
        """Compare the headers of an answer with those of the request, where the answer has them.

        The digest in ``X-Road-Request-Hash`` is over headers that the security servers add on the way, so that only
        they can compare it; here it has to be a digest.

        Args:
            message_id: ``X-Road-Id`` of the request.
            answered: names in lower case.

        Raises:
            RegisterError: X-Road itself says that it failed (``X-Road-Error``); Malformed where client, service or id
                is another's, so that the answer is to another question.
        """
        error = answered.get("x-road-error")
        if error is not None:
            raise error_of_code(register, error.strip()) or Malformed(register, "X-Road: an error of an unknown kind")
        if answered.get("x-road-id", message_id).strip() != message_id:
            raise Malformed(register, "header X-Road-Id answers another request")
        client = answered.get("x-road-client")
        if client is not None and _parts(client) != self._xroad.client.parts:
            raise Malformed(register, "header X-Road-Client answers another request")
        service = answered.get("x-road-service")
        if service is not None and not self._is_ours(_parts(service)):
            raise Malformed(register, "header X-Road-Service answers another request")
        digest = answered.get("x-road-request-hash")
        if digest is not None and not _is_digest(digest.strip()):
            raise Malformed(register, "header X-Road-Request-Hash is no digest")

    def _is_ours(self, service: tuple[str, ...]) -> bool:
        code = self._xroad.service_code
        return service[:-1] == self._xroad.provider.parts and (code is None or service[-1] == code)


def _path(parts: Iterable[str]) -> str:
    return "/".join(quote(part, safe="") for part in parts)


def _parts(path: str) -> tuple[str, ...]:
    return tuple(unquote(part) for part in path.strip().split("/"))


def _is_digest(text: str) -> bool:
    try:
        return len(binascii.a2b_base64(text, strict_mode=True)) == _DIGEST_BYTES
    except ValueError:
        return False
