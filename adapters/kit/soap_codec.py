"""One operation's messages: a request as text, an answer as a value, by the shortest way that is exact."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from adapters.kit.contract import Operation
from adapters.kit.envelope import SOAP, Fault, unwrap
from adapters.kit.plain_reader import PlainReader, Reading
from adapters.kit.ports import CallContext
from adapters.kit.template import Template
from adapters.kit.xroad import SoapHeaders, XRoad

_BEFORE = f'<?xml version="1.0" encoding="UTF-8"?><soap:Envelope xmlns:soap="{SOAP}">'
_DECLARED = re.compile(r"""<\?xml version=["']1\.0["'](?: encoding=["'](?i:utf-8)["'])?\s*\?>""")
_WORD = re.compile(r"[A-Za-z0-9_.:-]+", re.ASCII)
_DIGEST = re.compile(r"[A-Za-z0-9+/=]+", re.ASCII)
_MARKS = ("\x00", "\x01", "\x02", "\x03", "<!")
_FRAMES_KEPT = 64

Nsmap = Mapping[str | None, str]


class SoapCodec:
    """The messages of one operation.

    Args:
        xroad: None for a service that is reached without X-Road.
    """

    def __init__(self, register: str, operation: Operation, xroad: XRoad | None) -> None:
        self.operation = operation
        self._register = register
        self._headers = None if xroad is None else SoapHeaders(xroad, operation.name)
        self._template = Template(operation.request)
        self._reader = PlainReader(operation.response)
        self._name = operation.response.name
        name = re.escape(self._name)
        self._start = re.compile(rf"<(?:[A-Za-z_][A-Za-z0-9_.-]*:)?{name}(?:\s[^<>]*)?(?<!/)>", re.ASCII)
        self._end = re.compile(rf"</(?:[A-Za-z_][A-Za-z0-9_.-]*:)?{name}\s*>", re.ASCII)
        self._frames: dict[str, Reading] = {}

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
        try:
            text = content.decode()
        except UnicodeDecodeError:
            return None
        start = self._start.match(text, max(text.rfind("<", 0, text.find(self._name)), 0))
        if start is None:
            return None
        close = text.rfind("</", 0, text.rfind("</", 0, text.rfind("</")))
        end = self._end.match(text, close) if close >= start.end() else None
        if end is None:
            return None
        reading = self._framed(f"{text[: start.end()]}{text[close:]}", message_id, context)
        return None if reading is None else reading(text[start.end() : close])

    def _framed(self, frame: str, message_id: str, context: CallContext) -> Reading | None:
        """What reads the content of the body's element, where the frame around it is what it should be.

        Frames of one register differ in a few texts only. With those left out, one that was read need not be read
        again: a word in place of another word between two tags changes nothing that is looked at here.
        """
        key = self._key(frame, message_id, context)
        if key is not None and (known := self._frames.get(key)) is not None:
            return known
        nsmap = self._read_frame(frame, message_id)
        reading = None if nsmap is None else self._reader.reading(nsmap)
        if key is not None and reading is not None:
            if len(self._frames) >= _FRAMES_KEPT:
                self._frames.clear()
            self._frames[key] = reading
        return reading

    def _key(self, frame: str, message_id: str, context: CallContext) -> str | None:
        user, issue = context.user, context.issue
        if not (_WORD.fullmatch(user) and _WORD.fullmatch(issue)) or any(mark in frame for mark in _MARKS):
            return None
        if self._headers is not None and (user in self._headers.texts or issue in self._headers.texts):
            return None  # Left out, it could not be told from a part of client or service.
        key = frame.replace(f">{message_id}<", ">\x00<").replace(f">{user}<", ">\x01<").replace(f">{issue}<", ">\x02<")
        at = key.find("requestHash")
        start = key.find(">", at) + 1
        end = key.find("<", start)
        if at >= 0 and _DIGEST.fullmatch(key, start, end):
            return f"{key[:start]}\x03{key[end:]}"
        return key

    def _read_frame(self, frame: str, message_id: str) -> Nsmap | None:
        declared = _DECLARED.match(frame)
        # A "<" within anything but a tag would make the cut a lie.
        if "<!" in frame or "<?" in frame[declared.end() if declared else 0 :]:
            return None
        try:
            answer = unwrap(frame.encode())
        except ValueError:
            return None
        body = answer.body
        if isinstance(body, Fault) or body.tag != self.operation.response.tag:
            return None
        if len(body) or body.text or body.attrib:
            return None
        self.check_echo(message_id, answer.headers)
        return dict(body.nsmap)
