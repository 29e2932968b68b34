"""Checks of JSON values, generated from the schemas of a contract as code: a few comparisons a member."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from adapters.kit.openapi.plain_json import Check, without_fractions

_KNOWN = frozenset(
    {"$ref", "additionalProperties", "allOf", "anyOf", "components", "enum", "format", "items", "maxItems", "maxLength"}
    | {"maximum", "minItems", "minLength", "minimum", "pattern", "properties", "required", "type"}
)
_REFERENCE = "#/components/schemas/"
_NEVER = "False"


class Checks:
    """Checks of one contract's schemas.

    Args:
        schemas: JSON Schema 2020-12 by name, as ``$ref`` names them.
        formats: by name; what is not here is not checked.
    """

    def __init__(self, schemas: Mapping[str, Any], formats: Mapping[str, Check]) -> None:
        self._schemas = schemas
        self._formats = formats
        self._scope: dict[str, Any] = {"ABSENT": object(), "without_fractions": without_fractions}
        self._named: dict[str, str] = {}

    def of(self, schema: Mapping[str, Any] | bool) -> Check:
        """The check of a schema."""
        check: Check = self._scope[self._function([f"return {self._told(schema)}"])]
        return check

    def _told(self, schema: Mapping[str, Any] | bool) -> str:
        """The expression that tells whether ``x`` is as the schema says."""
        if isinstance(schema, bool):
            return "without_fractions(x)" if schema else _NEVER
        if set(schema) - _KNOWN:
            return _NEVER
        if "$ref" in schema:
            return self._reference(schema["$ref"])
        every = [self._told(each) for each in schema.get("allOf", ())]
        if "anyOf" in schema:
            every.append(f"({' or '.join(self._told(each) for each in self._nothing_first(schema['anyOf']))})")
        if "enum" in schema:
            # A number is equal to a truth value in Python and not in JSON.
            texts = frozenset(each for each in schema["enum"] if isinstance(each, str))
            every.append(f"type(x) is str and x in {self._named_value(texts)}")
        if "type" in schema:
            every.append(self._typed(schema))
        elif set(schema) - {"allOf", "anyOf", "components", "enum"}:
            return _NEVER
        return " and ".join(every) if every else "without_fractions(x)"

    def _nothing_first(self, schemas: list[Any]) -> list[Any]:
        return sorted(schemas, key=lambda schema: schema != {"type": "null"})

    def _reference(self, reference: str) -> str:
        name = reference.removeprefix(_REFERENCE)
        if name not in self._schemas:
            return _NEVER
        if name not in self._named:
            self._named[name] = f"named_{len(self._named)}"  # Before its code, since a schema may contain itself.
            self._function([f"return {self._told(self._schemas[name])}"], self._named[name])
        return f"{self._named[name]}(x)"

    def _typed(self, schema: Mapping[str, Any]) -> str:
        match schema["type"]:
            case "object":
                return f"{self._object(schema)}(x)"
            case "array":
                return f"{self._array(schema)}(x)"
            case "string":
                return self._string(schema)
            case "integer" | "number":
                return " and ".join(["type(x) is int", *_bounds("x", schema.get("minimum"), schema.get("maximum"))])
            case "boolean":
                return "(x is True or x is False)"
            case "null":
                return "x is None"
        return _NEVER

    def _object(self, schema: Mapping[str, Any]) -> str:
        members, required = schema.get("properties", {}), frozenset(schema.get("required", ()))
        lines = ["if type(x) is not dict:", "    return False", "members, known = x, 0"]
        for name, inner in members.items():
            lines += [
                f"x = members.get({name!r}, ABSENT)",
                "if x is not ABSENT:",
                f"    if not ({self._told(inner)}):",
                "        return False",
                "    known += 1",
                *(["else:", "    return False"] if name in required else []),
            ]
        if unnamed := required - members.keys():
            lines += [f"if not members.keys() >= {self._named_value(unnamed)}:", "    return False"]
        lines += [
            "if known < len(members):",
            "    for name, x in members.items():",
            f"        if name not in {self._named_value(frozenset(members))} and not "
            f"({self._told(schema.get('additionalProperties', True))}):",
            "            return False",
            "return True",
        ]
        return self._function(lines)

    def _array(self, schema: Mapping[str, Any]) -> str:
        size = _bounds("len(x)", schema.get("minItems"), schema.get("maxItems"))
        lines = [
            f"if not ({' and '.join(['type(x) is list', *size])}):",
            "    return False",
            "for x in x:",
            f"    if not ({self._told(schema.get('items', True))}):",
            "        return False",
            "return True",
        ]
        return self._function(lines)

    def _string(self, schema: Mapping[str, Any]) -> str:
        every = ["type(x) is str", *_bounds("len(x)", schema.get("minLength"), schema.get("maxLength"))]
        if "pattern" in schema:
            every.append(f"{self._named_value(re.compile(schema['pattern']).search)}(x) is not None")
        form = self._formats.get(schema.get("format", ""))
        if form is not None:
            every.append(f"{self._named_value(form)}(x)")
        return " and ".join(every)

    def _named_value(self, value: Any) -> str:
        name = f"value_{len(self._scope)}"
        self._scope[name] = value
        return name

    def _function(self, lines: list[str], name: str | None = None) -> str:
        name = name or f"check_{len(self._scope)}"
        code = "\n".join([f"def {name}(x):", *(f"    {line}" for line in lines)])
        exec(code, self._scope)  # noqa: S102 - made of the contract, names by repr
        return name


def _bounds(what: str, low: float | None, high: float | None) -> list[str]:
    return [*([] if low is None else [f"{what} >= {low!r}"]), *([] if high is None else [f"{what} <= {high!r}"])]
