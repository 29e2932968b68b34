"""What one call of an operation sends: its address, headers and body, all checked before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import msgspec

from adapters.kit.openapi.document import RestOperation
from adapters.kit.openapi.parameters import Parameter

_TEMPLATE = re.compile(r"\{([^{}]*)\}")
_NOTHING: Mapping[str, Any] = {}


class Written(msgspec.Struct, frozen=True):
    """The parts of a request. Its ``repr`` shows none of them: they name people."""

    target: str
    """Path and query, percent-encoded."""
    headers: Mapping[str, str]
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
    by_place = operation.by_place
    steps = _known(by_place["path"], path)
    target = _TEMPLATE.sub(lambda found: by_place["path"][found[1]].segment(steps[found[1]]), operation.path)
    if "{" in operation.path and set(steps) - set(_TEMPLATE.findall(operation.path)):
        raise KeyError("a parameter that the path does not have")
    pairs: list[str] = []
    for name, value in _known(by_place["query"], query).items():
        pairs += [f"{key}={text}" for key, text in by_place["query"][name].texts(value)]
    said = {name: _header(by_place["header"], name, value) for name, value in (headers or _NOTHING).items()}
    lower = given | {name.lower() for name in said}
    if any(parameter.required and name not in lower for name, parameter in by_place["header"].items()):
        raise KeyError("a header that has to be there")
    crumbs = [
        f"{name}={text}"
        for key, value in _known(by_place["cookie"], cookies).items()
        for name, text in by_place["cookie"][key].texts(value)
    ]
    if crumbs:
        said["Cookie"] = "; ".join(crumbs)
    content = _body(operation, body, said)
    return Written(f"{target}?{'&'.join(pairs)}" if pairs else target, said, content)


def _known(parameters: Mapping[str, Parameter], values: Mapping[str, Any] | None) -> Mapping[str, Any]:
    values = values or _NOTHING
    if values.keys() - parameters.keys():
        raise KeyError("a parameter that the contract does not have")
    if any(parameter.required and name not in values for name, parameter in parameters.items()):
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
    said = next((value for name, value in headers.items() if name.lower() == "content-type"), None)
    codec = operation.bodies[0].codec
    for each in operation.bodies:
        if said is not None and each.media.partition(";")[0] == said.partition(";")[0]:
            codec = each.codec
    media, content = codec.encode(body)
    headers["Content-Type"] = media
    return content
