"""Answers that the edge gives itself."""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.responses import Response

from gateway.edge.media import Media
from gateway.identity.tokens import Unauthenticated
from schema.terms import ErrorCode


class Refused(Exception):
    """The request is not one that can be executed.

    Args:
        status: HTTP status, 4xx.
        message: what is wrong, without anything of the request.
        remedy: what the caller can do.
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

    def response(self, media: Media = Media.JSON) -> Response:
        """The answer: one error, no data."""
        body = error_body(self.message, self.code, remedy=self.remedy)
        return Response(body, self.status, self.headers | {"content-type": media.content_type})


def error_body(message: str, code: ErrorCode, *, null_data: bool = False, **extensions: Any) -> bytes:
    """A GraphQL answer that holds one error; ``data`` is null where execution had begun, and is missing otherwise."""
    error = {"message": message, "extensions": {"code": code.value, **extensions}}
    return orjson.dumps({"errors": [error], "data": None} if null_data else {"errors": [error]})


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
    return Refused(405, f"This address takes {allow} only.", f"Send {allow}.", headers={"allow": allow})
