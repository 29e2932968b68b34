"""The body of a request -> what is to be executed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gateway import strict_json
from gateway.edge.answers import Refused
from schema.terms import ErrorCode

_SHAPE = "Send a JSON object with query and, where needed, variables and operationName."


class GraphQLRequest(msgspec.Struct, frozen=True):
    """One operation to run, as the caller sent it."""

    query: str
    variables: Mapping[str, Any]
    operation_name: str | None


def read_request(body: bytes, *, max_depth: int) -> GraphQLRequest:
    """Read a body of GraphQL over HTTP.

    Args:
        body: the whole body.
        max_depth: how deep arrays and objects may lie in one another.

    Raises:
        Refused: with status 400, whatever is wrong.
    """
    try:
        document = strict_json.loads(body, max_depth=max_depth)
    except strict_json.NotStrictJson as error:
        raise Refused(400, f"The body cannot be read: {error}.", _SHAPE) from None
    if isinstance(document, list):
        raise Refused(400, "Batches are not supported.", "Send one operation in each request.")
    if not isinstance(document, dict):
        raise Refused(400, "The body is not a JSON object.", _SHAPE)
    query, variables = document.get("query"), document.get("variables")
    name, extensions = document.get("operationName"), document.get("extensions")
    if extensions is not None and not isinstance(extensions, dict):
        raise Refused(400, "extensions is not an object.", "Leave extensions out.")
    if extensions and "persistedQuery" in extensions:
        raise Refused(
            400, "Persisted queries are not supported.", "Send the document as query, without persistedQuery."
        )
    if query is None:
        raise Refused(400, "query is missing.", _SHAPE)
    if not isinstance(query, str):
        raise Refused(400, "query is not a string.", _SHAPE)
    if variables is not None and not isinstance(variables, dict):
        raise Refused(400, "variables is not an object.", _SHAPE, code=ErrorCode.VARIABLES)
    if name is not None and not isinstance(name, str):
        raise Refused(400, "operationName is not a string.", _SHAPE)
    return GraphQLRequest(query, variables or {}, name)
