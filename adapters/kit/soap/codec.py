"""One operation's messages: a request as text, an answer as a value, by the shortest way that is exact."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, TypeVar

from lxml import etree

from adapters.kit.errors import Malformed
from adapters.kit.items import Items
from adapters.kit.ports import CallContext
from adapters.kit.soap.bounds import DEFAULT_ROOM, has_long_text
from adapters.kit.soap.envelope import VERSIONS, Answer, Fault, unwrap
from adapters.kit.soap.frame import Frame, Nsmap, texts_of
from adapters.kit.soap.headers import check_understood, ours, write_headers
from adapters.kit.soap.kept_names import KEPT_NAMES
from adapters.kit.soap.parts import Speakable, Spoken
from adapters.kit.soap.security import SECURITY, WSSE, InsecureError, WsSecurity
from adapters.kit.xroad import HEADER_TAGS, NAMESPACES, SoapHeaders, XRoad, hash_algorithm
from adapters.kit.xsd.plain_reader import PlainReader
from adapters.kit.xsd.plain_records import PlainRecords
from adapters.kit.xsd.template import Template

_DECLARED = re.compile(rb"""<\?xml version=["']1\.0["'](?: encoding=["'](?i:utf-8)["'])?\s*\?>""")
_FRAMES_KEPT = 8
_FRAME_BYTES = 64 * 1024
_PROBES = (b"probe-of-the-id", b"probe-of-the-user", b"probe-of-the-issue", b"99999999999")
"""Texts of a call that nobody makes."""
_READINGS_KEPT = 64
_WIDE = (b"\xf0", b"\xf1", b"\xf2", b"\xf3", b"\xf4")
"""What characters begin with that make the whole text four times as large. Each is looked for by itself: a pattern for
all of them takes ten times as long, in which nobody else computes."""
_LIGHT_BYTES = 1_000_000
"""Of an answer that may hold whatever it likes."""

K = TypeVar("K")


class SoapCodec:
    """The messages of one operation.

    Args:
        xroad: None for a service that is reached without X-Road.
        security: None for one that wants no security header.
        room: for the tree of an answer; see :func:`adapters.kit.soap.bounds.room_of`.
    """

    def __init__(
        self,
        register: str,
        operation: Speakable,
        xroad: XRoad | None,
        *,
        security: WsSecurity | None = None,
        room: int = DEFAULT_ROOM,
    ) -> None:
        self.operation = Spoken.of(operation)
        self.soap = VERSIONS[self.operation.soap_version]
        self.http_headers = self.soap.http_headers(self.operation.soap_action)
        self._register = register
        self._room = room
        self._security = security
        self._headers = None if xroad is None else SoapHeaders(xroad, self.operation.name)
        self._before = f'<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="{self.soap.namespace}">'
        elsewhere = frozenset({WSSE} if xroad is None else {WSSE, *NAMESPACES})
        self._parts = ours(self.operation.headers_in, elsewhere)
        self._must_say = any(part.required for part in self._parts)
        self._understood = frozenset(part.element.tag for part in self.operation.headers_out)
        if xroad is not None:
            self._understood |= HEADER_TAGS
        if security is not None:
            self._understood |= {SECURITY}
        self._template = Template(self.operation.request)
        self._reader = None if self.operation.response is None else PlainReader(self.operation.response)
        self._name = b"" if self.operation.response is None else self.operation.response.name.encode()
        name = re.escape(self._name)
        self._start = re.compile(rb"<(?:[A-Za-z_][A-Za-z0-9_.-]*:)?%b(?:\s[^<>]*)?(?<!/)>" % name)
        self._end = re.compile(rb"</(?:[A-Za-z_][A-Za-z0-9_.-]*:)?%b\s*>" % name)
        self._taken = frozenset() if self._headers is None else self._headers.texts
        self._frames: list[Frame] = []
        self._readers: dict[Items[Any], PlainRecords] = {}

    def write(
        self,
        body: Mapping[str, Any],
        message_id: str,
        context: CallContext,
        headers: Mapping[str, Any] = MappingProxyType({}),
    ) -> bytes:
        """A whole request.

        Args:
            headers: values of the contract's headers, by the part's name.

        Raises:
            ValueError, TypeError, KeyError: the contract does not take it, or it cannot be signed.
        """
        content = self._template.write(body)
        said = ""
        if self._headers is not None:
            said = self._headers.write(message_id, context)
        if headers or self._must_say:
            said += write_headers(self._parts, headers)
        if self._security is not None:
            said += self._security.header(self.soap)
        if said:
            said = f"<soap:Header>{said}</soap:Header>"
        request = f"{self._before}{said}<soap:Body>{content}</soap:Body></soap:Envelope>".encode()
        return request if self._security is None else self._security.finished(request, self.soap)

    def opened(self, content: bytes) -> Answer:
        """An answer as a tree. Raises: see :func:`adapters.kit.soap.envelope.unwrap`."""
        return unwrap(content, self.soap, room=self._room, may_be_empty=self.operation.response is None)

    def check_echo(self, message_id: str, headers: Sequence[etree._Element], sent: bytes | None = None) -> None:
        """Check the headers of an answer.

        Args:
            sent: the request; None: its digest is not compared.

        Raises:
            Malformed: they answer another request (:meth:`SoapHeaders.check`), are insecure, or one has to be
                understood that is not.
        """
        if self._headers is not None:
            self._headers.check(self._register, message_id, headers, sent)
        try:
            check_understood(headers, self.soap, self._understood)
            if self._security is not None:
                self._security.check(headers, self.soap)
            return
        except InsecureError as error:
            what = str(error)
        except ValueError:
            what = "a header has to be understood, and is not"
        raise Malformed(self._register, what)

    def read_plain(self, content: bytes, message_id: str, context: CallContext, sent: bytes | None = None) -> Any:
        """The value of a whole answer in the plain form; None for every other: ``decode`` has to read it.

        The answer is cut in two. The frame, which is everything but what the body's element holds, is read as XML; what
        was cut out is well-formed and declares nothing, or it does not match. So both together are well-formed too.

        Args:
            sent: the request; None: its digest is not compared.

        Raises:
            Malformed: the headers answer another request.
        """
        found = self._opened(content, message_id, context, sent)
        if found is None or self._reader is None:
            return None
        frame, start, stop = found
        if frame.values is None:
            frame.values = self._reader.reading(frame.nsmap)
        reading = frame.values
        if reading is None or (len(content) > _LIGHT_BYTES and not self._is_light(content)):
            return None
        try:
            return reading(str(memoryview(content)[start:stop], "utf-8"))
        except UnicodeDecodeError:
            return None

    def read_records(
        self,
        content: bytes,
        message_id: str,
        context: CallContext,
        items: Items[Any],
        asked: Mapping[str, K],
        sent: bytes | None = None,
    ) -> dict[K, Any] | None:
        """The record of each subject by the same way; None where there is anything to be said against the answer.

        Raises:
            Malformed: the headers answer another request.
        """
        found = self._opened(content, message_id, context, sent)
        if found is None or (len(content) > _LIGHT_BYTES and not self._is_light(content)):
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

    def _is_light(self, content: bytes) -> bool:
        return not any(wide in content for wide in _WIDE) and not has_long_text(content, self._room)

    def reads_records(self, items: Items[Any]) -> bool:
        """Whether :meth:`read_records` can make these records at all."""
        return (self._readers.get(items) or self._records_reader(items)).possible

    def _records_reader(self, items: Items[Any]) -> PlainRecords:
        reader = self._readers.get(items)
        if reader is None:
            assert self.operation.response is not None  # There is a frame, so there was one.
            reader = self._readers[items] = PlainRecords(self.operation.response, items)
        return reader

    def _opened(
        self, content: bytes, message_id: str, context: CallContext, sent: bytes | None
    ) -> tuple[Frame, int, int] | None:
        """The frame, where it is what it should be, and where what the body's element holds begins and ends."""
        if self.operation.response is None:
            return None
        texts = texts_of(message_id, context, self._taken)
        if texts is not None:
            for frame in self._frames:
                span = frame.span(content, texts, sent)
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
        if start.end() + len(content) - close > _FRAME_BYTES:
            return None
        head, tail = content[: start.end()], content[close:]
        read = self._read_frame(head + tail, message_id, sent)
        if read is None:
            return None
        nsmap, algorithm = read
        # What a security header says is new in each answer, so no other has its frame.
        learned = None
        if texts is not None and self._security is None:
            learned = Frame.learned(head, tail, texts, nsmap, algorithm)
        if learned is not None and self._would_notice(learned):
            self._frames = [learned, *self._frames[: _FRAMES_KEPT - 1]]
        return learned or Frame.once(head, tail, nsmap), start.end(), close

    def _would_notice(self, frame: Frame) -> bool:
        """Whether the frame has this call's texts nowhere but where another call's would stand.

        A register may write an id in another way than we do: with blanks around it, or a reference for a letter.
        """
        try:
            return self._read_frame(frame.written(_PROBES), _PROBES[0].decode(), None) is not None
        except Malformed:
            return False

    def _read_frame(self, frame: bytes, message_id: str, sent: bytes | None) -> tuple[Nsmap, str | None] | None:
        """Prefixes that are declared where the content stands, and the algorithm of the digest."""
        declared = _DECLARED.match(frame)
        # A "<" within anything but a tag would make the cut a lie.
        if b"<!" in frame or b"<?" in frame[declared.end() if declared else 0 :]:
            return None
        if b"\0" in frame or not KEPT_NAMES.admit(frame):
            return None
        try:
            answer = self.opened(frame)
        except ValueError:
            return None
        body = answer.body
        if body is None or isinstance(body, Fault) or self.operation.response is None:
            return None
        if body.tag != self.operation.response.tag or len(body) or body.text or body.attrib:
            return None
        self.check_echo(message_id, answer.headers, sent)
        return dict(body.nsmap), hash_algorithm(answer.headers)
