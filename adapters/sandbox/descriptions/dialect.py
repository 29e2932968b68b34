"""Schemas of OpenAPI said as JSON Schema 2020-12, for one direction, so that ``jsonschema`` can judge by them."""

from __future__ import annotations

import re
from datetime import date, datetime
from types import NoneType
from typing import Any
from urllib.parse import unquote

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import SchemaError
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from adapters.sandbox.descriptions.documents import URI, DescriptionError, Documents

_MAPS = frozenset({"properties", "patternProperties", "$defs", "definitions", "schemas", "dependentSchemas"})
_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_ONE = frozenset(
    {"items", "additionalProperties", "not", "if", "then", "else", "contains", "propertyNames", "schema"}
    | {"unevaluatedProperties"}
)
_VALUES = frozenset({"enum", "const", "default", "example", "examples"})
_BOUNDS = {"int32": 2**31, "int64": 2**63}
HEIR = "x-heir"
"""Marks a condition that stands for a discriminator."""
FORMATS = FormatChecker(formats=("ipv4", "ipv6"))


@FORMATS.checks("date", raises=ValueError)
def _is_date(value: object) -> bool:
    return not isinstance(value, str) or bool(re.fullmatch(r"\d{4}-\d\d-\d\d", value) and date.fromisoformat(value))


@FORMATS.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    if not isinstance(value, str):
        return True
    found = re.fullmatch(r"(\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d)(?:\.\d+)?([Zz]|[+-]\d\d:\d\d)", value)
    zone = "+00:00" if found is None or found[2] in "Zz" else found[2]
    return found is not None and datetime.fromisoformat(found[1].upper() + zone).tzinfo is not None


@FORMATS.checks("uuid")
def _is_uuid(value: object) -> bool:
    return not isinstance(value, str) or bool(
        re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", value)
    )


@FORMATS.checks("byte")
@FORMATS.checks("base64")
def _is_base64(value: object) -> bool:
    return not isinstance(value, str) or bool(
        re.fullmatch(r"([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?", value)
    )


class Dialect:
    """The schemas of one contract in one direction.

    Args:
        request: what is read only need not be sent, what is write only does not come back.
    """

    def __init__(self, documents: Documents, *, request: bool) -> None:
        self._documents = documents
        self._excused = "readOnly" if request else "writeOnly"
        self._done: set[int] = set()
        self._checked: dict[int, Any] = {}
        self._targets: list[tuple[str, str]] = []
        self._said: dict[str, Any] = {file: self._any(held, file) for file, held in documents.held.items()}
        self._reach()
        self._registry: Registry[Any] = Registry().with_resources(
            (URI + file, DRAFT202012.create_resource(held)) for file, held in self._said.items()
        )

    def schema(self, node: Any, file: str) -> Any:
        """A schema of the text, said so."""
        said = self._schema(node, file)
        self._reach()
        return said

    def validator(self, schema: Any) -> Draft202012Validator:
        """The judge of a schema that :meth:`schema` gave."""
        return Draft202012Validator(schema, registry=self._registry, format_checker=FORMATS)

    def named(self, reference: str) -> Any:
        """What a reference in such a schema names. Raises: DescriptionError where it names nothing."""
        file, _, pointer = reference.removeprefix(URI).partition("#")
        try:
            found = self._said[file]
            for step in pointer.removeprefix("/").split("/") if pointer else ():
                step = step.replace("~1", "/").replace("~0", "~")
                found = found[int(step)] if isinstance(found, list) else found[step]
        except (LookupError, ValueError, TypeError):
            raise DescriptionError("a reference that names nothing") from None
        return found

    def check(self, schema: Any) -> None:
        """Raises: DescriptionError where it, or what it refers to at any depth, is no schema."""
        left: list[Any] = [schema]
        while left:
            one = left.pop()
            if id(one) in self._checked or isinstance(one, bool | NoneType):
                continue
            self._checked[id(one)] = one
            try:
                Draft202012Validator.check_schema(one)
                left += [self.named(reference) for reference in _references(one)]
            except (LookupError, ValueError, TypeError, SchemaError):
                raise DescriptionError("a schema that is none, or a reference that names nothing") from None

    def _any(self, node: Any, file: str) -> Any:
        """Of the document: its schemas, wherever they stand."""
        if isinstance(node, list):
            return [self._any(one, file) for one in node]
        if not isinstance(node, dict):
            return node
        made: dict[str, Any] = {}
        for key, value in node.items():
            if key == "schema":
                made[key] = self._schema(value, file)
            elif key in ("schemas", "definitions") and isinstance(value, dict):
                said = {name: self._schema(inner, file) for name, inner in value.items()}
                made[key] = {name: self._with_heirs(name, inner, value, file) for name, inner in said.items()}
            else:
                made[key] = value if key in ("example", "examples") else self._any(value, file)
        return made

    def _reach(self) -> None:
        """Say the schemas that only references tell to be schemas: files beside the description hold them anywhere."""
        while self._targets:
            file, pointer = self._targets.pop()
            try:
                node = self._documents.find(file, pointer)
            except DescriptionError:
                continue  # It is told where the reference is needed.
            if not isinstance(node, dict) or id(node) in self._done:
                continue
            said = self._schema(node, file)
            steps = [
                step.replace("~1", "/").replace("~0", "~") for step in pointer.removeprefix("/").split("/") if pointer
            ]
            held = self._said if not steps else self._said[file]
            for step in steps[:-1]:
                held = held[int(step)] if isinstance(held, list) else held[step]
            last: Any = file if not steps else int(steps[-1]) if isinstance(held, list) else steps[-1]
            held[last] = said

    def _with_heirs(self, name: str, said: Any, components: dict[str, Any], file: str) -> Any:
        """A schema whose discriminator leads to those that contain it, with every value that does so."""
        if not isinstance(said, dict) or "discriminator" not in said or {"oneOf", "anyOf"} & said.keys():
            return said
        heirs, before = {name}, set[str]()
        while heirs != before:
            before = set(heirs)
            heirs |= {
                other
                for other, node in components.items()
                for part in (node.get("allOf", ()) if isinstance(node, dict) else ())
                if isinstance(part, dict) and str(part.get("$ref", "")).rsplit("/", 1)[-1] in before
            }
        if heirs == {name} and not (isinstance(said["discriminator"], dict) and said["discriminator"].get("mapping")):
            return said
        told = (
            said["discriminator"]
            if isinstance(said["discriminator"], dict)
            else {"propertyName": said["discriminator"]}
        )
        named = {heir: self._absolute(heir, file) for heir in sorted(heirs)}
        return {**said, "discriminator": {**told, "mapping": {**named, **(told.get("mapping") or {})}}}

    def _led(self, file: str, pointer: str) -> list[Any]:
        """What a reference to a schema with a discriminator asks of the schemas that its values lead to."""
        parent, _, name = pointer.rpartition("/")
        try:
            node, components = self._documents.find(file, pointer), self._documents.find(file, parent)
        except DescriptionError:
            return []
        if not isinstance(node, dict) or "discriminator" not in node or not isinstance(components, dict):
            return []
        told = dict(node)
        if isinstance(node["discriminator"], dict):
            mapping = node["discriminator"].get("mapping") or {}
            absolute = {value: self._absolute(str(target), file) for value, target in mapping.items()}
            told["discriminator"] = {**node["discriminator"], "mapping": absolute}
        found = self._with_heirs(unquote(name), told, components, file)["discriminator"]
        if not isinstance(found, dict):
            return []
        own, name = f"{URI}{file}#{pointer}", found["propertyName"]
        mapping = found.get("mapping") or {}
        led: list[Any] = [
            {
                HEIR: True,
                "if": {"properties": {name: {"const": value}}, "required": [name]},
                "then": {"$ref": target},
            }
            for value, target in mapping.items()
            if target != own
        ]
        # What is no object has no discriminator; an object has one of its values.
        known = {"properties": {name: {"enum": list(mapping)}}, "required": [name]}
        return [*led, {HEIR: True, **known}] if mapping else []

    def _schema(self, node: Any, file: str, *, within: bool = False) -> Any:
        if not isinstance(node, dict):
            return node
        self._done.add(id(node))
        old = self._documents.old
        if isinstance(node.get("$ref"), str):
            found, pointer = self._documents.place(node["$ref"], file)
            self._targets.append((found, pointer))
            reference: dict[str, Any] = {"$ref": f"{URI}{found}#{pointer}"}
            led = [] if within else self._led(found, pointer)
            if led:
                reference["allOf"] = led
            return (
                reference
                if old
                else {**self._schema({k: v for k, v in node.items() if k != "$ref"}, file), **reference}
            )
        made: dict[str, Any] = {}
        for key, value in node.items():
            if key in _VALUES:
                made[key] = value
            elif key in _MAPS and isinstance(value, dict):
                made[key] = {name: self._schema(inner, file) for name, inner in value.items()}
            elif key in _LISTS and isinstance(value, list):
                made[key] = [self._schema(inner, file, within=key == "allOf") for inner in value]
            elif key in _ONE:
                made[key] = self._schema(value, file)
            elif key == "pattern" and isinstance(value, str):
                said = pattern(value)
                if _compiles(said):
                    made[key] = said
            elif key not in ("nullable", "x-nullable"):
                made[key] = value
        self._required(node, made, file)
        if old:
            _old_bounds(made)
            if made.get("type") == "file":
                made["type"] = "string"
        if isinstance(made.get("discriminator"), dict):
            # Where its values lead has to be told later from any file.
            mapping = made["discriminator"].get("mapping") or {}
            told = {value: self._absolute(str(target), file) for value, target in mapping.items()}
            made["discriminator"] = {**made["discriminator"], "mapping": told}
        if made.get("format") in _BOUNDS and made.get("type") == "integer":
            bound = _BOUNDS[made["format"]]
            made["allOf"] = [*made.get("allOf", ()), {"minimum": -bound, "maximum": bound - 1}]
        if made.get("contentEncoding") == "base64":
            made.setdefault("format", "byte")
        if old and (node.get("nullable") is True or node.get("x-nullable") is True):
            return {"anyOf": [made, {"type": "null"}]}
        return made

    def _absolute(self, target: str, file: str) -> str:
        if "#" not in target and "/" not in target and "." not in target:
            holder = "definitions" if "swagger" in self._documents.root else "components/schemas"
            target = f"#/{holder}/{target}"
        found, pointer = self._documents.place(target, file)
        return f"{URI}{found}#{pointer}"

    def _required(self, node: dict[str, Any], made: dict[str, Any], file: str) -> None:
        if not isinstance(node.get("required"), list):
            made.pop("required", None)
            return
        properties = node.get("properties") or {}
        made["required"] = [name for name in node["required"] if not self._is_excused(properties.get(name), file, 0)]

    def _is_excused(self, node: Any, file: str, depth: int) -> bool:
        if not isinstance(node, dict) or depth > 20:
            return False
        if isinstance(node.get("$ref"), str):
            try:
                node, file = self._documents.followed(node, file)
            except DescriptionError:
                return False
        if node.get(self._excused) is True:
            return True
        return any(self._is_excused(part, file, depth + 1) for part in node.get("allOf", ()))


def _references(schema: Any) -> list[str]:
    found, left = [], [schema]
    while left:
        node = left.pop()
        if isinstance(node, list):
            left += node
        elif isinstance(node, dict):
            if isinstance(node.get("$ref"), str):
                found.append(node["$ref"])
            left += [value for key, value in node.items() if key not in _VALUES]
    return found


def _old_bounds(made: dict[str, Any]) -> None:
    for low, flag in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if made.pop(flag, None) is True and low in made:
            made[flag] = made.pop(low)


def _compiles(text: str) -> bool:
    try:
        re.compile(text)
    except (re.error, OverflowError, RecursionError):
        return False
    return True


def pattern(text: str) -> str:
    """A pattern of ECMA in Python's words, as far as descriptions go: ``$`` is the end, classes are of ASCII."""
    made, inside, at = "", False, 0
    while at < len(text):
        one = text[at]
        if one == "\\":
            pair = text[at : at + 2]
            at += 2
            made += {"\\d": "0-9" if inside else "[0-9]", "\\w": "0-9A-Za-z_" if inside else "[0-9A-Za-z_]"}.get(
                pair, pair
            )
            continue
        if one == "[":
            made += "\\[" if inside else "["
            inside = True
        elif one == "]":
            inside = False
            made += one
        elif one == "$" and not inside:
            made += r"\Z"
        else:
            made += one
        at += 1
    return made
