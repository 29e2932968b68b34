"""Answers that the edge gives itself."""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from gateway.answer_bytes import answer_bytes
from gateway.edge.language import DEFAULT, VARY
from gateway.edge.media import Media
from gateway.identity.tokens import Unauthenticated
from schema.terms import ErrorCode
from schema.text import Language, Text


class Refused(Exception):
    """The request is not one that can be executed.

    Args:
        status: HTTP status: 4xx, or 5xx where the gateway cannot.
        message: what is wrong, without anything of the request.
        remedy: what the caller can do; both are a :class:`~schema.text.Text` where people are who asks.
        code: of the documented list.
        headers: further headers of the answer.
    """

    def __init__(
        self,
        status: int,
        message: str,
        remedy: str,
        *,
        code: ErrorCode = ErrorCode.INVALID,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.remedy = remedy
        self.code = code
        self.headers = dict(headers or {})

    def response(self, media: Media = Media.JSON, language: Language = DEFAULT) -> Response:
        """The answer: one error, no data."""
        body = error_body(self.message, self.code, language, remedy=self.remedy)
        stated = {"content-type": media.content_type, "content-language": language.value, VARY[0].decode(): _VARIES}
        return Response(body, self.status, self.headers | stated)


_VARIES = VARY[1].decode()


def error_body(
    message: str, code: ErrorCode, language: Language, *, null_data: bool = False, **extensions: Any
) -> bytes:
    """A GraphQL answer that holds one error; ``data`` is null where execution had begun, and is missing otherwise."""
    error = {"message": message, "extensions": {"code": code.value, **extensions}}
    return answer_bytes({"errors": [error], "data": None} if null_data else {"errors": [error]}, language)


def unauthenticated(error: Unauthenticated) -> Refused:
    """HTTP 401 with the challenge of RFC 6750."""
    challenge = 'Bearer realm="csc-gateway"'
    if not error.missing:
        challenge += f', error="invalid_token", error_description="{error.message}"'
    return Refused(
        401, error.message, error.remedy, code=ErrorCode.UNAUTHENTICATED, headers={"www-authenticate": challenge}
    )


def method_not_allowed(allow: str) -> Refused:
    """HTTP 405."""
    message = Text("This address takes {allow} only.", "Šī adrese pieņem tikai {allow}.")
    remedy = Text("Send {allow}.", "Sūtiet {allow}.")
    return Refused(405, message.filled(allow=allow), remedy.filled(allow=allow), headers={"allow": allow})
