"""One operation's messages: a request as text, an answer as a value, by the shortest way that is exact."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, TypeVar

from adapters.kit.errors import Malformed
from adapters.kit.items import Items
from adapters.kit.ports import CallContext
from adapters.kit.soap.envelope import CONTENT_TYPE, SOAP, Fault, unwrap
from adapters.kit.soap.frame import Frame, Nsmap, texts_of
from adapters.kit.soap.wsdl import Operation
from adapters.kit.xroad import SoapHeaders, XRoad
from adapters.kit.xsd.plain_reader import PlainReader
from adapters.kit.xsd.plain_records import PlainRecords
from adapters.kit.xsd.template import Template

_BEFORE = f'<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="{SOAP}">'
_DECLARED = re.compile(rb"""<\?xml version=["']1\.0["'](?: encoding=["'](?i:utf-8)["'])?\s*\?>""")
_FRAMES_KEPT = 8
_PROBES = (b"probe-of-the-id", b"probe-of-the-user", b"probe-of-the-issue", b"99999999999")
"""Texts of a call that nobody makes."""
_READINGS_KEPT = 64

K = TypeVar("K")


class SoapCodec:
    """The messages of one operation.

    Args:
        xroad: None for a service that is reached without X-Road.
    """

    def __init__(self, register: str, operation: Operation, xroad: XRoad | None) -> None:
        self.operation = operation
        self.http_headers = {"Content-Type": CONTENT_TYPE, "SOAPAction": f'"{operation.soap_action}"'}
        self._register = register
        self._headers = None if xroad is None else SoapHeaders(xroad, operation.name)
        self._template = Template(operation.request)
        self._reader = PlainReader(operation.response)
        self._name = operation.response.name.encode()
        name = re.escape(self._name)
        self._start = re.compile(rb"<(?:[A-Za-z_][A-Za-z0-9_.-]*:)?%b(?:\s[^<>]*)?(?<!/)>" % name)
        self._end = re.compile(rb"</(?:[A-Za-z_][A-Za-z0-9_.-]*:)?%b\s*>" % name)
        self._taken = frozenset() if self._headers is None else self._headers.texts
        self._frames: list[Frame] = []
        self._readers: dict[Items[Any], PlainRecords] = {}

    def write(self, body: Mapping[str, Any], message_id: str, context: CallContext) -> bytes:
        """A whole request. Raises: ValueError, TypeError, KeyError: the contract does not take it."""
        content = self._template.write(body)
        headers = ""
        if self._headers is not None:
            headers = f"<soap:Header>{self._headers.write(message_id, context)}</soap:Header>"
        return f"{_BEFORE}{headers}<soap:Body>{content}</soap:Body></soap:Envelope>".encode()

    def check_echo(self, message_id: str, headers: Any) -> None:
        """See :meth:`SoapHeaders.check`."""
        if self._headers is not None:
            self._headers.check(self._register, message_id, headers)

    def read_plain(self, content: bytes, message_id: str, context: CallContext) -> Any:
        """The value of a whole answer in the plain form; None for every other: ``decode`` has to read it.

        The answer is cut in two. The frame, which is everything but what the body's element holds, is read as XML; what
        was cut out is well-formed and declares nothing, or it does not match. So both together are well-formed too.

        Raises:
            Malformed: the headers answer another request.
        """
        found = self._opened(content, message_id, context)
        if found is None:
            return None
        frame, start, stop = found
        if frame.values is None:
            frame.values = self._reader.reading(frame.nsmap)
        reading = frame.values
        try:
            return None if reading is None else reading(content[start:stop].decode())
        except UnicodeDecodeError:
            return None

    def read_records(
        self, content: bytes, message_id: str, context: CallContext, items: Items[Any], asked: Mapping[str, K]
    ) -> dict[K, Any] | None:
        """The record of each subject by the same way; None where there is anything to be said against the answer.

        Raises:
            Malformed: the headers answer another request.
        """
        found = self._opened(content, message_id, context)
        if found is None:
            return None
        frame, start, stop = found
        reading = frame.records.get((items, context.wanted))
        if reading is None:
            reading = self._records_reader(items).reading(frame.nsmap, context.wanted)
            if reading is None:
                return None
            if len(frame.records) >= _READINGS_KEPT:
                frame.records.clear()
            frame.records[items, context.wanted] = reading
        return reading(content, start, stop, asked)

    def _records_reader(self, items: Items[Any]) -> PlainRecords:
        reader = self._readers.get(items)
        if reader is None:
            reader = self._readers[items] = PlainRecords(self.operation.response, items)
        return reader

    def _opened(self, content: bytes, message_id: str, context: CallContext) -> tuple[Frame, int, int] | None:
        """The frame, where it is what it should be, and where what the body's element holds begins and ends."""
        texts = texts_of(message_id, context, self._taken)
        if texts is not None:
            for frame in self._frames:
                span = frame.span(content, texts)
                if span is not None:
                    return frame, *span
        first = content.find(self._name)
        start = self._start.match(content, max(content.rfind(b"<", 0, first), 0)) if first >= 0 else None
        if start is None:
            return None
        close = content.rfind(b"</", 0, content.rfind(b"</", 0, content.rfind(b"</")))
        end = self._end.match(content, close) if close >= start.end() else None
        if end is None:
            return None
        head, tail = content[: start.end()], content[close:]
        nsmap = self._read_frame(head + tail, message_id)
        if nsmap is None:
            return None
        learned = None if texts is None else Frame.learned(head, tail, texts, nsmap)
        if learned is not None and self._would_notice(learned):
            self._frames = [learned, *self._frames[: _FRAMES_KEPT - 1]]
        return learned or Frame.once(head, tail, nsmap), start.end(), close

    def _would_notice(self, frame: Frame) -> bool:
        """Whether the frame has this call's texts nowhere but where another call's would stand.

        A register may write an id in another way than we do: with blanks around it, or a reference for a letter.
        """
        try:
            return self._read_frame(frame.written(_PROBES), _PROBES[0].decode()) is not None
        except Malformed:
            return False

    def _read_frame(self, frame: bytes, message_id: str) -> Nsmap | None:
        declared = _DECLARED.match(frame)
        # A "<" within anything but a tag would make the cut a lie.
        if b"<!" in frame or b"<?" in frame[declared.end() if declared else 0 :]:
            return None
        try:
            answer = unwrap(frame)
        except ValueError:
            return None
        body = answer.body
        if isinstance(body, Fault) or body.tag != self.operation.response.tag:
            return None
        if len(body) or body.text or body.attrib:
            return None
        self.check_echo(message_id, answer.headers)
        return dict(body.nsmap)
