"""A published OpenAPI 3.0 description, read once from disk, and what its operations carry.

Request and reply bodies are JSON objects, checked against the description both ways. Numbers with decimals become
``Decimal``; a name that stands twice in an object is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.openapi.plain_checks import Checks
from adapters.kit.openapi.plain_json import Check
from adapters.kit.xsd.decode import BadReplyError
from adapters.kit.xsd.types import Broken

_METHODS = frozenset({"get", "post", "put", "delete", "patch"})
_KNOWN = frozenset(
    {"$ref", "additionalProperties", "allOf", "description", "enum", "example", "format", "items", "maxItems"}
    | {"maxLength", "maximum", "minItems", "minLength", "minimum", "nullable", "pattern", "properties", "required"}
    | {"title", "type"}
)
_FORMATS = FormatChecker(formats=())
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_LAST_ANCHOR = re.compile(r"(?<!\\)\$$")


@_FORMATS.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    return not isinstance(value, str) or bool(_DATE.fullmatch(value) and date.fromisoformat(value))


@_FORMATS.checks("date-time")
def _is_date_time(value: object) -> bool:
    return not isinstance(value, str) or _DATE_TIME.fullmatch(value) is not None


@dataclass(frozen=True, slots=True)
class RestOperation:
    """One operation: POST with a JSON body, or GET with a query."""

    name: str
    method: str
    path: str
    request: Draft202012Validator | None
    responses: Mapping[int, Draft202012Validator]
    """Of 2xx answers, by status."""
    plain_request: Check
    plain_responses: Mapping[int, Check]
    """The same schemas, for what can be told quickly."""


@dataclass(frozen=True, slots=True)
class RestContract:
    """What one description says."""

    operations: Mapping[str, RestOperation]
    names: frozenset[str]
    """Every property name of the contract: only these are repeated in errors."""

    def check(self, validator: Draft202012Validator, value: Any) -> None:
        """Raises: BadReplyError with the path of the first slip, never a value."""
        for error in validator.iter_errors(value):
            raise self._bad(error)

    def read(self, validator: Draft202012Validator, value: Any) -> Any:
        """The value, if it is as the contract says.

        A broken item of a list directly in it becomes a :class:`Broken` in its place: one must not hide the others.

        Raises: BadReplyError.
        """
        broken: dict[tuple[str, int], str] = {}
        for error in validator.iter_errors(value):
            match list(error.absolute_path):
                case [str() as name, int() as at, *_] if isinstance(value[name][at], dict):
                    broken.setdefault((name, at), str(self._bad(error)))
                case _:
                    raise self._bad(error)
        if not broken:
            return value
        return {
            name: [Broken(broken[name, at], inner) if (name, at) in broken else inner for at, inner in enumerate(items)]
            if isinstance(items, list)
            else items
            for name, items in value.items()
        }

    def _bad(self, error: ValidationError) -> BadReplyError:
        path = "/".join(self._step(step) for step in error.absolute_path) or "body"
        return BadReplyError(path, f"not as the contract says ({error.validator})")

    def _step(self, step: str | int) -> str:
        return str(step) if isinstance(step, int) or step in self.names else "?"


def load_openapi(path: Path) -> RestContract:
    """Read a description. Raises: UnsupportedConstruct, ValueError, KeyError."""
    document = yaml.safe_load(path.read_text("utf-8"))
    if not str(document.get("openapi", "")).startswith("3.0."):
        raise UnsupportedConstruct("other than OpenAPI 3.0", path.name)
    names: set[str] = set()
    schemas = {
        name: _json_schema(schema, name, names)
        for name, schema in document.get("components", {}).get("schemas", {}).items()
    }
    checks = Checks(schemas, {"date": _is_day, "date-time": _is_date_time})
    root = {"components": {"schemas": schemas}}
    operations = {operation.name: operation for operation in _operations(document, root, names, checks)}
    return RestContract(operations, frozenset(names))


def read_json(content: bytes) -> Any:
    """Read a JSON text. Raises: ValueError; the message repeats nothing of the content."""
    try:
        return json.loads(
            content.decode("utf-8"), parse_float=Decimal, parse_constant=_refuse, object_pairs_hook=_object
        )
    except (ValueError, RecursionError):
        pass
    raise ValueError("not well-formed JSON")


def _refuse(name: str) -> Any:
    raise ValueError(name)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a name stands twice")
    return made


def _is_day(value: str) -> bool:
    try:
        return _is_date(value)
    except ValueError:
        return False


def _operations(document: Any, root: Mapping[str, Any], names: set[str], checks: Checks) -> Iterator[RestOperation]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method not in _METHODS:
                raise UnsupportedConstruct(f"path item {method}", path)
            name = operation["operationId"]
            body = operation.get("requestBody")
            request = None if body is None else _validator(body["content"], root, name, names)
            responses = {
                int(status): _validator(response["content"], root, name, names)
                for status, response in operation["responses"].items()
                if status.startswith("2")
            }
            yield RestOperation(
                name=name,
                method=method.upper(),
                path=path,
                request=request,
                responses=responses,
                plain_request=checks.of({"type": "null"} if request is None else request.schema),
                plain_responses={status: checks.of(validator.schema) for status, validator in responses.items()},
            )


def _validator(content: Any, root: Mapping[str, Any], where: str, names: set[str]) -> Draft202012Validator:
    if set(content) != {"application/json"}:
        raise UnsupportedConstruct("a body that is not application/json", where)
    schema = _json_schema(content["application/json"]["schema"], where, names)
    Draft202012Validator.check_schema({**root, **schema})
    return Draft202012Validator({**root, **schema}, format_checker=_FORMATS)


def _json_schema(schema: Any, where: str, names: set[str]) -> dict[str, Any]:
    """OpenAPI 3.0's dialect as JSON Schema 2020-12: ``nullable`` becomes a type, and ``$`` the end of the text."""
    if unknown := set(schema) - _KNOWN:
        raise UnsupportedConstruct(", ".join(sorted(unknown)), where)
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    made = {key: value for key, value in schema.items() if key not in ("nullable", "description", "example", "title")}
    if "properties" in made:
        names.update(made["properties"])
        made["properties"] = {
            name: _json_schema(inner, f"{where}.{name}", names) for name, inner in made["properties"].items()
        }
    if "items" in made:
        made["items"] = _json_schema(made["items"], where, names)
    if "allOf" in made:
        made["allOf"] = [_json_schema(inner, where, names) for inner in made["allOf"]]
    if "pattern" in made:
        made["pattern"] = _LAST_ANCHOR.sub(r"\\Z", made["pattern"])
    return {"anyOf": [made, {"type": "null"}]} if schema.get("nullable") else made
