"""One example of an operation: what it is asked with and what it answers, as a reader expects them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.sandbox.descriptions.dialect import Dialect
from adapters.sandbox.descriptions.documents import DescriptionError
from adapters.sandbox.descriptions.instances import Instances
from adapters.sandbox.descriptions.operations import Content, Description
from adapters.sandbox.descriptions.written import json_text


@dataclass(frozen=True, slots=True)
class Example:
    """JSON values, and the answer's text."""

    parameters: Mapping[str, Any]
    """By name, whatever their place."""
    body: Any
    """None: the request has none, or none that is JSON or a form."""
    status: int
    answer: Any
    content: bytes
    """The answer as it stands on the wire."""


def example(path: Path, operation: str, seed: int = 0) -> Example:
    """An example of one operation. Raises: DescriptionError."""
    description = Description(path)
    described = description.operations.get(operation)
    if described is None:
        raise DescriptionError(f"{path.name} has no operation {operation[:100]}")
    succeeds = [status for status in described.answers if status[0] == "2"] or ["default"]
    answered = next((status for status in succeeds if _told(described.answers.get(status, ()))), succeeds[0])
    try:
        parameters = {
            place.name: typical_or_any(description.requests, seed, place.schema, expressible=True)
            for place in described.places
        }
        asked, told = _told(described.bodies), _told(described.answers.get(answered, ()))
        body = None if asked is None else typical_or_any(description.requests, seed, asked.schema)
        answer = None if told is None else typical_or_any(description.answers, seed, told.schema)
    except LookupError:
        raise DescriptionError(f"no example of {operation[:100]} could be made") from None
    content = b"" if told is None else json_text(answer).encode()
    return Example(parameters, body, int(answered) if answered.isdigit() else 200, answer, content)


def typical_or_any(dialect: Dialect, seed: int, schema: Any, *, expressible: bool = False) -> Any:
    """A typical instance, or any where none is found. Raises: LookupError where there is none at all."""
    for typical in (True, False):
        for made in Instances(dialect, seed, expressible=expressible, typical=typical).some(schema, 1):
            return made
    raise LookupError("no instance found")


def _told(contents: tuple[Content, ...]) -> Content | None:
    return next((content for content in contents if content.is_json and content.schema is not None), None)
