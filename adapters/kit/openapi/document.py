"""A published OpenAPI description, read once from disk, and what its operations carry."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.inspection import Refusal
from adapters.kit.openapi.bodies import JsonBody
from adapters.kit.openapi.files import Files
from adapters.kit.openapi.json_codec import JsonCodec
from adapters.kit.openapi.json_text import read_json
from adapters.kit.openapi.operations import Answer, Body, OperationRead, OperationReader
from adapters.kit.openapi.parameters import Location, Parameter
from adapters.kit.openapi.plain_json import Check

__all__ = ["RestContract", "RestOperation", "load_openapi", "read_json"]


@dataclass(frozen=True, slots=True)
class RestOperation:
    """One operation."""

    name: str
    method: str
    path: str
    request: JsonCodec | None
    """Of its JSON body; None: it has none."""
    responses: Mapping[int, JsonCodec]
    """Of JSON bodies of 2xx answers, by status."""
    plain_request: Check
    plain_responses: Mapping[int, Check]
    """The same schemas, for what can be told quickly."""
    parameters: tuple[Parameter, ...] = ()
    bodies: tuple[Body, ...] = ()
    body_required: bool = False
    answers: Mapping[str, Answer] = field(default_factory=dict)
    """By status as the contract writes it, ``2XX`` and ``default`` too."""

    by_place: Mapping[Location, Mapping[str, Parameter]] = field(init=False)
    """Parameters by location and name; of headers the name in lower case."""
    required: Mapping[Location, frozenset[str]] = field(init=False)
    """Names of those that have to be there."""
    only_json: JsonBody | None = field(init=False)
    """The one body that a request may have, where it is JSON."""
    accepts: dict[str, str] = field(init=False)
    """The header that says what we can read, in the contract's words."""

    def __post_init__(self) -> None:
        places: dict[Location, dict[str, Parameter]] = {"path": {}, "query": {}, "header": {}, "cookie": {}}
        for parameter in self.parameters:
            key = parameter.name.lower() if parameter.location == "header" else parameter.name
            places[parameter.location][key] = parameter
        object.__setattr__(self, "by_place", places)
        required = {
            place: frozenset(name for name, parameter in held.items() if parameter.required)
            for place, held in places.items()
        }
        object.__setattr__(self, "required", required)
        only = self.bodies[0].codec if len(self.bodies) == 1 else None
        object.__setattr__(self, "only_json", only if isinstance(only, JsonBody) else None)
        media: dict[str, None] = {}
        for status, answer in self.answers.items():
            if status[0] in "2d":
                media |= dict.fromkeys(body.media for body in answer.bodies)
        object.__setattr__(self, "accepts", {"Accept": ", ".join(media) or "application/json"})

    def answer(self, status: int) -> Answer | None:
        """What the contract says of a status; None: nothing."""
        return self.answers.get(str(status)) or self.answers.get(f"{status // 100}XX") or self.answers.get("default")


@dataclass(frozen=True, slots=True)
class RestContract:
    """What one description says."""

    operations: Mapping[str, RestOperation]
    unusable: Mapping[str, Refusal]
    """Operations that are left out, by name."""
    refused: tuple[Refusal, ...]
    """Parts of operations that are left out."""
    typed: bool = False

    def operation(self, name: str) -> RestOperation:
        """An operation by its name. Raises: UnsupportedConstruct for one that is left out, KeyError."""
        if name in self.unusable:
            raise UnsupportedConstruct(self.unusable[name].construct, self.unusable[name].where)
        return self.operations[name]

    def check(self, codec: JsonCodec, value: Any) -> None:
        """Raises: BadReplyError with the path of the first slip, never a value."""
        codec.check(value)

    def read(self, codec: JsonCodec, value: Any) -> Any:
        """See ``JsonCodec.read``."""
        return codec.read(value)


def load_openapi(path: Path, *, typed: bool = False, operations: Collection[str] = ()) -> RestContract:
    """Read a description: OpenAPI 3.0 or 3.1, Swagger 2.0; YAML or JSON, with the files beside it that it refers to.

    Args:
        typed: values are what they stand for (see ``adapters.kit.openapi.json_reader``); else they are the JSON values.
        operations: names that have to be usable.

    Raises:
        UnsupportedConstruct: the file as a whole, or one of ``operations``, cannot be used; construct and place.
        KeyError: the description has no operation of such a name.
        OSError: there is no such file.
    """
    found = OperationReader(Files(path), typed=typed).read()
    contract = RestContract(
        {read.name: _operation(read) for read in found.operations},
        {name: why for name, _, why in found.unusable},
        tuple(found.refused),
        typed,
    )
    for name in operations:
        contract.operation(name)
    return contract


def _operation(read: OperationRead) -> RestOperation:
    request = _json(read.bodies)
    responses = {
        int(status): codec
        for status, answer in read.answers.items()
        if status.startswith("2") and status.isdigit() and len(answer.bodies) == 1
        if (codec := _json(answer.bodies)) is not None
    }
    return RestOperation(
        name=read.name,
        method=read.method,
        path=read.path,
        request=request,
        responses=responses,
        plain_request=_nothing if request is None else request.plain,
        plain_responses={status: codec.plain for status, codec in responses.items()},
        parameters=read.parameters,
        bodies=read.bodies,
        body_required=read.body_required,
        answers=read.answers,
    )


def _json(bodies: tuple[Body, ...]) -> JsonCodec | None:
    return next((body.codec.codec for body in bodies if isinstance(body.codec, JsonBody)), None)


def _nothing(value: Any) -> bool:
    return value is None
