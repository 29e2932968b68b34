"""The body of a request as it arrives: JSON, uncompressed, bounded, in time."""

from __future__ import annotations

from starlette.types import Receive

from gateway.edge.answers import Refused
from gateway.edge.head import Head
from gateway.edge.media import is_json_request
from gateway.edge.timeouts import Timeout
from schema.terms import ErrorCode
from schema.text import Text

SEND_AGAIN = Text("Send it again.", "Sūtiet vēlreiz.")
_CONTENT_TYPE = b"content-type"
DRAIN_BYTES = 8 * 1024 * 1024
"""How much of a body that is too long is read and thrown away, so that its sender gets to read the answer."""


def check_is_json(head: Head) -> None:
    """Raises: Refused where the headers announce anything but plain JSON in UTF-8."""
    if b"content-encoding" in head:
        raise Refused(
            415,
            Text("Compressed bodies are not accepted.", "Saspiests saturs netiek pieņemts."),
            Text("Send the body as it is.", "Sūtiet saturu nesaspiestu."),
        )
    content_type = head.get(_CONTENT_TYPE)
    if content_type is None or _CONTENT_TYPE in head.repeated or not is_json_request(content_type.decode("latin-1")):
        raise Refused(
            415,
            Text("The body's media type is not accepted.", "Šāds satura veids netiek pieņemts."),
            Text(
                "Send Content-Type: application/json, in UTF-8.",
                "Sūtiet Content-Type: application/json, UTF-8 kodējumā.",
            ),
        )


class Body:
    """Reads bodies.

    Args:
        limit: bytes, at most.
        seconds: from the head to the end of the body, at most.
    """

    def __init__(self, limit: int, seconds: float) -> None:
        self._limit = limit
        self._receiving = Timeout(seconds)

    async def read(self, head: Head, receive: Receive) -> bytes:
        """The whole body. Raises: Refused."""
        limit = self._limit
        declared = head.get(b"content-length", b"")
        too_long = declared.isdigit() and (len(declared) > 18 or int(declared) > limit)
        if too_long and (b"expect" in head or len(declared) > 18 or int(declared) > DRAIN_BYTES):
            raise self._too_long()
        try:
            return await self._receiving.of(self._read(receive, limit))
        except TimeoutError:
            raise Refused(
                408,
                Text("The body did not arrive in time.", "Pieprasījuma saturs nepienāca laikā."),
                SEND_AGAIN,
                code=ErrorCode.DEADLINE_EXCEEDED,
                headers={"connection": "close"},
            ) from None

    async def _read(self, receive: Receive, limit: int) -> bytes:
        body = bytearray()
        length = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Refused(400, Text("The body ended early.", "Pieprasījuma saturs aprāvās."), SEND_AGAIN)
            chunk: bytes = message.get("body", b"")
            if not length and len(chunk) <= limit and not message.get("more_body", False):
                return chunk  # the usual body comes in one piece
            length += len(chunk)
            if length <= limit:
                body += chunk
            else:
                body.clear()
            if length > DRAIN_BYTES or (length > limit and not message.get("more_body", False)):
                raise self._too_long()
            if not message.get("more_body", False):
                return bytes(body)

    def _too_long(self) -> Refused:
        return Refused(
            413,
            Text("The body is longer than {most} bytes.", "Pieprasījuma saturs ir garāks par {most} baitiem.").filled(
                most=self._limit
            ),
            Text("Send less in one request.", "Vienā pieprasījumā sūtiet mazāk."),
            headers={"connection": "close"},
        )
