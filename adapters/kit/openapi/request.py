"""What one call of an operation sends: its address, headers and body, all checked before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from adapters.kit.openapi.bodies import media_name
from adapters.kit.openapi.document import RestOperation
from adapters.kit.openapi.parameters import Location, Parameter

_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_NOTHING: Mapping[str, Any] = {}


class Written(msgspec.Struct, frozen=True):
    """The parts of a request. Its ``repr`` shows none of them: they name people."""

    target: str
    """Path and query, percent-encoded."""
    headers: dict[str, str]
    body: bytes | None

    def __repr__(self) -> str:
        return "Written()"


def write_request(
    operation: RestOperation,
    *,
    path: Mapping[str, Any] | None = None,
    query: Mapping[str, Any] | None = None,
    headers: Mapping[str, Any] | None = None,
    cookies: Mapping[str, Any] | None = None,
    body: Any = None,
    given: frozenset[str] = frozenset(),
) -> Written:
    """Write a request.

    Args:
        headers: by name; one that the contract does not have goes as it is.
        given: names of headers that somebody else writes, in lower case.

    Raises:
        ValueError, TypeError, KeyError: the contract does not take it; the message holds no value.
    """
    target = operation.path
    if path or "{" in target:
        target = _path(operation, path)
    if query or operation.required["query"]:
        pairs = list(_pairs(operation, "query", query))
        target = f"{target}?{'&'.join(pairs)}" if pairs else target
    said: dict[str, str] = {}
    if headers:
        known = operation.by_place["header"]
        said = {name: _header(known, name, value) for name, value in headers.items()}
    needed = operation.required["header"]
    if needed and not needed <= given and not needed <= given | {name.lower() for name in said}:
        raise KeyError("a header that has to be there")
    if cookies or operation.required["cookie"]:
        said["Cookie"] = "; ".join(_pairs(operation, "cookie", cookies))
    only = operation.only_json
    if only is None or body is None:
        return Written(target, said, _body(operation, body, said))
    content = only.codec.encode(body)
    said["Content-Type"] = only.media
    return Written(target, said, content)


def _path(operation: RestOperation, values: Mapping[str, Any] | None) -> str:
    known = operation.by_place["path"]
    steps = _known(operation, "path", values)
    if len(steps) > len(set(_TEMPLATE.findall(operation.path))):
        raise KeyError("a parameter that the path does not have")
    return _TEMPLATE.sub(lambda found: known[found[1]].segment(steps[found[1]]), operation.path)


def _pairs(operation: RestOperation, place: Location, values: Mapping[str, Any] | None) -> Iterator[str]:
    known = operation.by_place[place]
    for name, value in _known(operation, place, values).items():
        for key, text in known[name].texts(value):
            yield f"{key}={text}"


def _known(operation: RestOperation, place: Location, values: Mapping[str, Any] | None) -> Mapping[str, Any]:
    values = values or _NOTHING
    if values.keys() - operation.by_place[place].keys():
        raise KeyError("a parameter that the contract does not have")
    if operation.required[place] - values.keys():
        raise KeyError("a parameter that has to be there")
    return values


def _header(parameters: Mapping[str, Parameter], name: str, value: Any) -> str:
    parameter = parameters.get(name.lower())
    if parameter is not None:
        return parameter.header(value)
    if not isinstance(value, str):
        raise TypeError("a header that is no text")
    return value


def _body(operation: RestOperation, body: Any, headers: dict[str, str]) -> bytes | None:
    if not operation.bodies:
        if body is not None and operation.request is None:
            raise TypeError("a body where the contract has none")
        return None
    if body is None and not operation.body_required and operation.request is None:
        return None
    codec = operation.bodies[0].codec
    if len(operation.bodies) > 1:
        said = next((value for name, value in headers.items() if name.lower() == "content-type"), "")
        wanted = [each.codec for each in operation.bodies if media_name(each.media) == media_name(said)]
        codec = wanted[0] if wanted else codec
    media, content = codec.encode(body)
    headers["Content-Type"] = media
    return content
