"""An owner's system that speaks SOAP, as tests meet it: takes messages, keeps their ids, and can be asked by them."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field

from lxml import etree

from adapters.kit.owner import Owner
from adapters.kit.soap.envelope import SOAP
from adapters.kit.wire import WireReply, WireRequest
from adapters.kit.xml_parser import NotXmlError, parse_xml

_XROAD = "http://x-road.eu/xsd/xroad.xsd"


@dataclass
class SoapOwner(Owner):
    """One that makes a case of each message that arrives, be it the same again: it knows no key.

    An answer's element is called as the request's, with ``Atbilde`` after it.
    """

    namespace: str = ""
    """Of the elements of bodies."""
    look_up: str = ""
    """The operation that finds messages."""
    further: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """What an operation's answer holds beside the case's number."""

    async def request(self, request: WireRequest) -> WireReply:
        """See ``Wire.request``."""
        self.requests.append(request)
        envelope = parse_xml(request.body or b"")
        [content] = envelope.iterfind(f"{{{SOAP}}}Body/*")
        operation, message_id = etree.QName(content).localname, content.findtext(f"{{*}}{self.message_id_name}") or ""
        if operation == self.look_up:
            known = [message_id] if message_id in self.cases else []
            numbers = {each: self.cases[each][0] for each in known}
            return self._reply(self._found(numbers), envelope, request.body or b"")
        number = f"CASE-{len(self.cases) + 1}"
        self.cases[message_id if message_id not in self.cases else f"{message_id}, again"] = (
            number,
            request.body or b"",
        )
        answer = self._element(f"{operation}Atbilde")
        answer.append(self._element(self.reference_name, number))
        answer.extend(self._element(name, text) for name, text in self.further.get(operation, {}).items())
        return self._reply(answer, envelope, request.body or b"")

    def found(self, *message_ids: str) -> bytes:
        """The body of a look-up's answer that has these messages, as ``RecordedWire`` takes it."""
        header = (
            f'<x:id xmlns:x="{_XROAD}">{{{{message-id}}}}</x:id><x:requestHash xmlns:x="{_XROAD}" '
            'algorithmId="http://www.w3.org/2001/04/xmlenc#sha512">{{request-hash}}</x:requestHash>'
        )
        body = etree.tostring(self._found(dict.fromkeys(message_ids, "CASE-9"), message_ids), encoding="unicode")
        return (
            f'<e:Envelope xmlns:e="{SOAP}"><e:Header>{header}</e:Header><e:Body>{body}</e:Body></e:Envelope>'.encode()
        )

    def says_not_there(self, body: bytes) -> bool:
        """See ``Owner.says_not_there``."""
        try:
            answers = list(parse_xml(body).iter(f"{{{self.namespace}}}{self.look_up}Atbilde"))
        except NotXmlError:
            return False
        return len(answers) == 1 and not len(answers[0])

    def _found(self, numbers: Mapping[str, str], message_ids: tuple[str, ...] | None = None) -> etree._Element:
        answer = self._element(f"{self.look_up}Atbilde")
        for message_id in message_ids or numbers:
            item = self._element(self.list_name)
            item.append(self._element(self.message_id_name, message_id))
            item.append(self._element(self.reference_name, numbers[message_id]))
            answer.append(item)
        return answer

    def _element(self, name: str, text: str | None = None) -> etree._Element:
        made = etree.Element(f"{{{self.namespace}}}{name}")
        made.text = text
        return made

    def _reply(self, answer: etree._Element, request: etree._Element, sent: bytes) -> WireReply:
        envelope = etree.Element(f"{{{SOAP}}}Envelope")
        asked = request.find(f"{{{SOAP}}}Header")
        if asked is not None and asked.find(f"{{{_XROAD}}}id") is not None:
            header = deepcopy(asked)
            digest = etree.SubElement(header, f"{{{_XROAD}}}requestHash")
            digest.set("algorithmId", "http://www.w3.org/2001/04/xmlenc#sha512")
            digest.text = base64.b64encode(hashlib.sha512(sent).digest()).decode()
            envelope.append(header)
        etree.SubElement(envelope, f"{{{SOAP}}}Body").append(answer)
        return WireReply(200, {"content-type": "text/xml"}, etree.tostring(envelope))
