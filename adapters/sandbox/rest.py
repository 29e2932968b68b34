"""The REST side: reads an OpenAPI file, refuses what it does not allow, leaves content to the register's answers."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import orjson
import yaml
from jsonschema import Draft202012Validator, FormatChecker

from adapters.sandbox.exchange import Asked, Call, Kind, Reply, Twist, json_reply

# The safe loader in C where PyYAML was built with it: ten times as fast, and the start of the sandbox shows it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FORMATS = FormatChecker(formats=("date",))


@_FORMATS.checks("date-time", raises=ValueError)
def _is_instant(value: object) -> bool:
    return not isinstance(value, str) or datetime.fromisoformat(value).tzinfo is not None


@dataclass(frozen=True, slots=True)
class Question:
    """A checked call: its JSON body (None for GET), query, idempotency key, municipality of its address, headers."""

    body: Any
    query: Mapping[str, str]
    key: str
    atvk: str | None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Names in lower case."""


Answer = tuple[int, Any]
Answering = Callable[[Question, Twist], Answer]


@dataclass(frozen=True, slots=True)
class _Operation:
    name: str
    method: str
    path: str
    parameters: tuple[dict[str, Any], ...]
    body: Draft202012Validator | None


class OpenApi:
    """The contract file, read for serving: operations by method and path, validators for bodies.

    Args:
        path: an OpenAPI 3.0 file in YAML with all references inside it.
    """

    def __init__(self, path: Path) -> None:
        self.text = path.read_bytes()
        self._document = _with_null(yaml.load(self.text, Loader=_LOADER))  # noqa: S506 - one of the safe loaders
        self.operations: dict[tuple[str, str], _Operation] = {}
        for where, methods in self._document["paths"].items():
            for method, one in methods.items():
                parameters = tuple(self._resolved(parameter) for parameter in one.get("parameters", ()))
                body = one.get("requestBody")
                self.operations[method.upper(), where] = _Operation(
                    one["operationId"], method.upper(), where, parameters, self._validator(body) if body else None
                )

    def response(self, operation: str, status: int) -> Draft202012Validator:
        """Validator of what the contract promises, for tests of the sandbox itself."""
        for methods in self._document["paths"].values():
            for one in methods.values():
                if one["operationId"] == operation:
                    return self._validator(self._resolved(one["responses"][str(status)]))
        raise KeyError(operation)

    def _resolved(self, node: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in node:
            return node
        found: Any = self._document
        for step in node["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return dict(found)

    def _validator(self, content: dict[str, Any]) -> Draft202012Validator:
        schema = self._resolved(content)["content"]["application/json"]["schema"]
        return Draft202012Validator({**schema, "components": self._document["components"]}, format_checker=_FORMATS)


def _with_null(node: Any) -> Any:
    """Say ``nullable`` of OpenAPI 3.0 in words of JSON Schema."""
    if isinstance(node, list):
        return [_with_null(one) for one in node]
    if not isinstance(node, dict):
        return node
    converted = {key: _with_null(value) for key, value in node.items() if key != "nullable"}
    return {"anyOf": [converted, {"type": "null"}]} if node.get("nullable") is True else converted


class RestDesk:
    """A register that speaks REST, with X-Road headers unless told otherwise.

    Args:
        name: the register's name.
        contract: its OpenAPI file.
        operations: what each ``operationId`` does and how it is answered.
        places: municipalities whose code is the first step of the path; None: the register has no such step.
        repeats: headers of a request that its answer repeats, in lower case and as they are written; None: X-Road's,
            with the digest of the request.
        key: the header that has a message's id, in lower case.
    """

    def __init__(
        self,
        name: str,
        contract: Path,
        operations: Mapping[str, tuple[Kind, Answering, str]],
        places: Mapping[str, str] | None = None,
        *,
        repeats: Mapping[str, str] | None = None,
        key: str = "idempotency-key",
    ) -> None:
        self.name = name
        self.contract = OpenApi(contract)
        self.operations: Mapping[str, Kind] = {operation: kind for operation, (kind, _, _) in operations.items()}
        self._answering = operations
        self._places = places
        self._repeats = repeats
        self._key = key

    def publish(self, call: Call) -> Reply | None:
        """The OpenAPI file, under the base address and as ``openapi.yaml``."""
        place, path = self._split(call.path)
        if call.method not in ("GET", "HEAD") or path not in ("", "/", "/openapi.yaml"):
            return None
        if place is not None and self._places is not None and place not in self._places:
            return _wrong(404, "NAV_ATRASTS", "Tādas pašvaldības nav")
        return Reply(200, "application/yaml", self.contract.text)

    def open(self, call: Call) -> Asked | Reply:
        """Find the operation by method and path."""
        place, path = self._split(call.path)
        if self._places is not None and place not in self._places:
            return _wrong(404, "NAV_ATRASTS", "Tādas pašvaldības nav")
        found = self.contract.operations.get((call.method, path))
        if found is not None:
            return Asked(found.name, call, (found, place))
        if any(where == path for _, where in self.contract.operations):
            return _wrong(405, "METODE", "Tādas metodes šeit nav")
        return _wrong(404, "NAV_ATRASTS", "Tādas adreses nav")

    def answer(self, asked: Asked, twist: Twist) -> Reply:
        """Check headers, query and body; then let the register answer."""
        operation, place = asked.payload
        call = asked.call
        refusal = _parameters_refused(operation, call)
        if refusal is not None:
            return refusal
        body = None
        if operation.body is not None:
            if call.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
                return _wrong(415, "SATURA_VEIDS", "Saturam jābūt application/json")
            try:
                body = orjson.loads(call.body)
            except orjson.JSONDecodeError:
                return _wrong(400, "NEDERIGS_PIEPRASIJUMS", "Saturs nav JSON")
            slip = next(operation.body.iter_errors(body), None)
            if slip is not None:
                where = "/".join(str(step) for step in slip.absolute_path)
                return _wrong(400, "NEDERIGS_PIEPRASIJUMS", f"Saturs neatbilst shēmai: /{where}")
        if twist is Twist.DECLARED_FAULT:
            return self.failure(503)
        _, answering, mandatory = self._answering[operation.name]
        question = Question(body, call.query, call.headers.get(self._key, ""), place, call.headers)
        status, content = answering(question, twist)
        if twist is Twist.MISSING_FIELD and status < 400:
            content = _without(content, mandatory)
        if self._repeats is not None:
            return json_reply(status, content, **{shown: call.headers[name] for name, shown in self._repeats.items()})
        digest = base64.b64encode(hashlib.sha512(call.body).digest()).decode()
        return json_reply(status, content, X_Road_Id=call.headers["x-road-id"], X_Road_Request_Hash=digest)

    def failure(self, status: int) -> Reply:
        """The contract's error body."""
        return _wrong(status, "ISLAICIGI_NEPIEEJAMS", "Serviss īslaicīgi nav pieejams (CANARY-7f3a)")

    def _split(self, path: str) -> tuple[str | None, str]:
        if self._places is None:
            return None, path
        place, slash, rest = path.removeprefix("/").partition("/")
        return place, slash + rest


def _parameters_refused(operation: _Operation, call: Call) -> Reply | None:
    for parameter in operation.parameters:
        name = str(parameter["name"])
        value = call.query.get(name) if parameter["in"] == "query" else call.headers.get(name.lower())
        if value is None:
            if parameter["required"]:
                return _wrong(400, "NEDERIGS_PIEPRASIJUMS", f"Trūkst {name}")
            continue
        schema = parameter["schema"]
        fits = schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 1000)
        if not fits or not re.search(schema.get("pattern", ""), value):
            return _wrong(400, "NEDERIGS_PIEPRASIJUMS", f"Nederīgs {name}")
    return None


def _without(content: Any, mandatory: str) -> Any:
    """The answer less one mandatory field, wherever it stands; where it stands nowhere, less everything."""
    if mandatory not in _keys(content):
        return {}
    return _dropped(content, mandatory)


def _keys(content: Any) -> set[str]:
    if isinstance(content, list):
        return set().union(*(_keys(one) for one in content))
    if isinstance(content, dict):
        return set(content).union(*(_keys(one) for one in content.values()))
    return set()


def _dropped(content: Any, name: str) -> Any:
    if isinstance(content, list):
        return [_dropped(one, name) for one in content]
    if isinstance(content, dict):
        return {key: _dropped(value, name) for key, value in content.items() if key != name}
    return content


def _wrong(status: int, code: str, message: str) -> Reply:
    return json_reply(status, {"kods": code, "zinojums": message})
