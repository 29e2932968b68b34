"""Any SOAP contract as a register of the sandbox: requests are checked against it, answers are generated from it."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from pathlib import Path

from lxml import etree

from adapters.sandbox.contracts.echoing import canonical, echo, texts, without_one
from adapters.sandbox.contracts.envelopes import MEDIA, NAMESPACES, Envelope, fault, open_envelope, write_envelope
from adapters.sandbox.contracts.errors import ContractError
from adapters.sandbox.contracts.instances import typical
from adapters.sandbox.contracts.operations import Declaration, OperationReading, SoapVersion
from adapters.sandbox.contracts.published import Published
from adapters.sandbox.contracts.reading import ContractReading, read_contract
from adapters.sandbox.contracts.recorded import Recorded
from adapters.sandbox.exchange import Asked, Call, Kind, Reply, Twist
from adapters.sandbox.invented import invented
from adapters.sandbox.soap import IDENTIFIERS, XROAD, Element, SoapError

_XROAD_FAMILIES = (
    XROAD,
    "http://x-road.eu/xsd/representation.xsd",
    "http://x-road.ee/xsd/x-road.xsd",
    "http://x-tee.riik.ee/xsd/xtee.xsd",
)
"""Namespaces of headers that come back as they were sent: X-Road 4.0 with its extension, and what was before it."""
_XROAD_NEEDED = ("client", "service", "id", "protocolVersion")
_OTHERS = 12
_UNDERSTOOD = re.compile(r"wss-wssecurity-secext|ws-addressing|/addressing")
"""Headers whose standards every server behind a published contract speaks; nothing here depends on what they say."""


def simulated_desk(
    name: str, contract: Path, cases: Path | None = None, kinds: Mapping[str, Kind] | None = None
) -> SimulatedDesk:
    """A register that answers every operation of a contract.

    Args:
        name: the register's name, first step of its address.
        contract: the main WSDL.
        cases: an adapter's folder of recorded cases, whose replies come before generated ones.
        kinds: what operations do, where they do not read.

    Raises:
        ContractError: the contract cannot be read, or has no operation that can.
    """
    reading = read_contract(contract)
    if not reading.operations:
        why = next(iter(reading.left_out.values()), "it has none")
        raise ContractError(f"{contract.name}: no operation can be used: {why}")
    return SimulatedDesk(name, reading, Recorded(cases), kinds or {})


class SimulatedDesk:
    """A register that speaks SOAP 1.1 or 1.2, as its contract says.

    The same request has the same answer, whatever its prefixes and headers.
    """

    def __init__(self, name: str, reading: ContractReading, recorded: Recorded, kinds: Mapping[str, Kind]) -> None:
        self.name = name
        self.operations: Mapping[str, Kind] = {key: kinds.get(key, Kind.READ) for key in reading.operations}
        self.left_out: Mapping[str, str] = reading.left_out
        self._reading = reading
        self.cases = recorded.cases
        self._recorded = recorded
        self._published = Published(reading.documents, reading.path)

    def publish(self, call: Call) -> Reply | None:
        """The WSDL, and each file it names."""
        if call.method not in ("GET", "HEAD") or call.path.strip("/"):
            return None
        number = call.query.get("xsd", "0")
        host = call.headers.get("host", "")
        here = f"http://{host}/{self.name}" if re.fullmatch(r"[0-9A-Za-z.:\[\]-]+", host) else f"/{self.name}"
        content = self._published.file(int(number), here) if re.fullmatch("[0-9]{1,4}", number) else None
        return None if content is None else Reply(200, f"{MEDIA['1.1']}; charset=utf-8", content)

    def open(self, call: Call) -> Asked | Reply:
        """Take the envelope apart; the body's element is the operation, the action where several share it."""
        if call.path.strip("/"):
            return Reply(404, "text/plain; charset=utf-8", b"Not Found")
        if call.method != "POST":
            return Reply(405, "text/plain; charset=utf-8", b"Method Not Allowed", {"Allow": "GET, POST"})
        media = call.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media not in MEDIA.values():
            return Reply(415, "text/plain; charset=utf-8", b"Unsupported Media Type")
        sent: SoapVersion = "1.1" if media == MEDIA["1.1"] else "1.2"
        try:
            envelope = open_envelope(call)
            if envelope.version != sent:
                raise SoapError("invalid", "the media type is another SOAP version's than the envelope")
            key = self._operation(envelope)
        except SoapError as refused:
            return self._refusal(sent, refused, ())
        return Asked(key, call, envelope)

    def answer(self, asked: Asked, twist: Twist) -> Reply:
        """Check headers and body; answer with a recorded reply, else with a generated one."""
        envelope: Envelope = asked.payload
        operation = self._reading.operations[asked.operation]
        try:
            headers = self._check(envelope, operation)
        except SoapError as refused:
            return self._refusal(envelope.version, refused, ())
        echoed = self._headers_out(asked, operation, headers)
        if twist in (Twist.REJECT, Twist.DECLARED_FAULT):
            return self._declared_fault(asked.operation, envelope, echoed)
        if operation.answer is None:
            return Reply(202, self._media(envelope.version), b"")
        body = self._body(asked.operation, operation.answer, envelope, twist)
        status = 500 if any(etree.QName(one).localname == "Fault" for one in body) else 200
        return self._reply(status, envelope.version, echoed, body)

    def failure(self, status: int) -> Reply:
        """A fault that says "not now"."""
        version = next(iter(self._reading.operations.values())).soap_version or "1.1"
        refused = SoapError("unavailable", "not available for now (CANARY-7f3a)")
        return Reply(status, self._media(version), self._refusal(version, refused, ()).body)

    def _operation(self, envelope: Envelope) -> str:
        if len(envelope.body) > 1:
            raise SoapError("invalid", "more than one element in the body")
        name = str(envelope.body[0].tag) if envelope.body else ""
        found = [key for key, one in self._reading.operations.items() if one.request.name == name]
        exact = [key for key in found if self._reading.operations[key].soap_action == envelope.action]
        if not found or (len(found) > 1 and not exact):
            raise SoapError("invalid", "no such operation")
        key = (exact or found)[0]
        bound = self._reading.operations[key].soap_version
        if bound is not None and bound != envelope.version:
            raise SoapError("VersionMismatch", f"the contract binds SOAP {bound}")
        return key

    def _check(self, envelope: Envelope, operation: OperationReading) -> dict[str, Element]:
        """The headers by name. Raises: SoapError."""
        declared = {one.name for one in operation.headers_in}
        headers: dict[str, Element] = {}
        soap = NAMESPACES[envelope.version]
        for one in envelope.headers:
            name = str(one.tag)
            family = etree.QName(one).namespace or ""
            if name in declared:
                if name in headers or not self._reading.schema.validate(_bare(one)):
                    raise SoapError("invalid", f"header {etree.QName(one).localname} is not as the contract says")
            elif one.get(f"{{{soap}}}mustUnderstand") in ("1", "true") and not (
                family in _XROAD_FAMILIES or _UNDERSTOOD.search(family)
            ):
                raise SoapError("MustUnderstand", "a header is not understood")
            headers[name] = one
        _check_x_road(headers, declared, operation.name)
        if envelope.body and not operation.request.encoded and not self._reading.schema.validate(envelope.body[0]):
            raise SoapError("invalid", "the body is not as the contract says")
        return headers

    def _headers_out(self, asked: Asked, operation: OperationReading, headers: Mapping[str, Element]) -> list[Element]:
        declared = {one.name: one for one in operation.headers_out}
        echoed = [
            deepcopy(one)
            for name, one in headers.items()
            if (etree.QName(one).namespace or "") in _XROAD_FAMILIES or name in declared
        ]
        if any(one.name.startswith(f"{{{XROAD}}}") for one in (*operation.headers_in, *operation.headers_out)):
            digest = etree.Element(f"{{{XROAD}}}requestHash", nsmap={"xroad": XROAD})
            digest.set("algorithmId", "http://www.w3.org/2001/04/xmlenc#sha512")
            digest.text = base64.b64encode(hashlib.sha512(asked.call.body).digest()).decode()
            echoed = [one for one in echoed if one.tag != digest.tag] + [digest]
        for name, declaration in declared.items():
            if name not in headers and etree.QName(name).namespace not in _XROAD_FAMILIES:
                made = typical(self._reading, asked.operation, declaration)
                echoed += [] if made is None else [made]
        return echoed

    def _body(self, key: str, answer: Declaration, envelope: Envelope, twist: Twist) -> Sequence[Element]:
        request = next(iter(envelope.body), None)
        said = {} if request is None else texts(request)
        recorded = self._recorded.find(said, answer.name)
        if recorded is not None and twist not in (Twist.WRONG_PERSON, Twist.TWO_PERSONS, Twist.MISSING_FIELD):
            return recorded
        allows = self._reading.schema.validate if not answer.encoded else _anything
        made = self._generated(key, request, "") if recorded is None else recorded[0]
        if made is None:
            return []
        if recorded is None and request is not None and twist is not Twist.WRONG_PERSON:
            echo(made, request, allows)
        if twist is Twist.WRONG_PERSON:
            return [self._another(key, request, said)]
        if twist is Twist.TWO_PERSONS:
            return [made, self._another(key, request, said)]
        return [without_one(made, allows)] if twist is Twist.MISSING_FIELD else [made]

    def _generated(self, key: str, request: Element | None, salt: str) -> Element | None:
        digest = hashlib.sha256(salt.encode() + (b"" if request is None else canonical(request))).digest()
        made = typical(self._reading, key, "answer", int.from_bytes(digest[:8], "big"))
        for one in () if made is None else made.iter(etree.Element):
            before = one.text
            one.text = invented(before) if before else before
            if one.text != before and made is not None and not self._reading.schema.validate(made):
                one.text = before
        return made

    def _another(self, key: str, request: Element | None, said: Mapping[str, Sequence[str]]) -> Element:
        """An answer about somebody else: nothing that was asked stands in it, where the contract leaves a choice."""
        asked = {text for values in said.values() for text in values}
        for number in range(_OTHERS):
            made = self._generated(key, request, f"another {number}")
            if made is None or not asked & {text for values in texts(made).values() for text in values}:
                break
        assert made is not None, "an operation whose answer is empty is answered before"
        return made

    def _declared_fault(self, key: str, envelope: Envelope, headers: Sequence[Element]) -> Reply:
        """The first fault that the contract declares for the operation; a plain one where it declares none."""
        declared = next(iter(self._reading.operations[key].faults.values()), None)
        detail = None if declared is None else typical(self._reading, key, declared)
        made = fault(envelope.version, "unavailable", "refused (CANARY-7f3a)", detail)
        return self._reply(500, envelope.version, headers, [made])

    def _refusal(self, version: SoapVersion, refused: SoapError, headers: Sequence[Element]) -> Reply:
        # SOAP 1.2 over HTTP has a status of its own for what the sender got wrong.
        status = 400 if version == "1.2" and refused.reason == "invalid" else 500
        return self._reply(status, version, headers, [fault(version, refused.reason, refused.text, None)])

    def _reply(self, status: int, version: SoapVersion, headers: Sequence[Element], body: Sequence[Element]) -> Reply:
        return Reply(status, self._media(version), write_envelope(version, headers, body))

    @staticmethod
    def _media(version: SoapVersion) -> str:
        return f"{MEDIA[version]}; charset=utf-8"


def _check_x_road(headers: Mapping[str, Element], declared: set[str], operation: str) -> None:
    """What a security server refuses before a register sees the call. Raises: SoapError."""
    for part in _XROAD_NEEDED:
        if f"{{{XROAD}}}{part}" in declared - headers.keys():
            raise SoapError("invalid", f"header {part} is missing")
    service, version = headers.get(f"{{{XROAD}}}service"), headers.get(f"{{{XROAD}}}protocolVersion")
    if service is not None and service.findtext(f"{{{IDENTIFIERS}}}serviceCode") != operation:
        raise SoapError("invalid", "header service names another operation")
    if version is not None and (version.text or "").strip() != "4.0":
        raise SoapError("invalid", "header protocolVersion is not 4.0")


def _anything(element: Element) -> bool:
    return True


def _bare(header: Element) -> Element:
    """The header without SOAP's own attributes, which its schema does not name."""
    copy = deepcopy(header)
    for name in [str(name) for name in copy.attrib]:
        if etree.QName(name).namespace in NAMESPACES.values():
            del copy.attrib[name]
    return copy
