"""Operations of a description, each with what it takes and gives, said in the dialect of the judge."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from adapters.sandbox.descriptions.addresses import Place
from adapters.sandbox.descriptions.dialect import Dialect
from adapters.sandbox.descriptions.documents import DescriptionError, Documents

_METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_MAX_NAME = 200
_STYLES = {"ssv": "spaceDelimited", "tsv": "tabDelimited", "pipes": "pipeDelimited"}
_SCHEMA_OF_PARAMETER = frozenset(
    {"type", "format", "items", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength", "minLength"}
    | {"pattern", "maxItems", "minItems", "uniqueItems", "enum", "multipleOf", "x-nullable"}
)


@dataclass(frozen=True, slots=True)
class Content:
    """One body: its media type and its schema; None: it has none."""

    media: str
    schema: Any
    fields: Mapping[str, Any] = field(default_factory=dict)
    """Of a form: the schema of each field, without references."""
    delimiters: Mapping[str, str] = field(default_factory=dict)
    """Of a form's lists that stand in one field."""

    @property
    def file_fields(self) -> frozenset[str]:
        """Fields that hold bytes."""
        binary = {
            name
            for name, schema in self.fields.items()
            if "binary" in (schema.get("format"), (schema.get("items") or {}).get("format"))
        }
        return frozenset(binary)

    @property
    def is_json(self) -> bool:
        """Whether it is written as JSON."""
        name = self.media.partition(";")[0].strip().lower()
        return name == "application/json" or name.endswith("+json") or "*" in name


@dataclass(frozen=True, slots=True)
class Described:
    """One operation."""

    name: str
    method: str
    path: str
    places: tuple[Place, ...]
    bodies: tuple[Content, ...]
    body_required: bool
    answers: Mapping[str, tuple[Content, ...]]
    """By status."""
    headers: Mapping[str, Mapping[str, Any]]
    """Of answers: schemas of their headers by status and name."""


class Description:
    """A contract, read for serving.

    Args:
        path: the main file. Raises: DescriptionError.
    """

    def __init__(self, path: Path) -> None:
        self.text = path.read_bytes()
        self.documents = Documents(path)
        self.requests = Dialect(self.documents, request=True)
        self.answers = Dialect(self.documents, request=False)
        self.left_out: dict[str, str] = {}
        self._names: set[str] = set()
        self.operations: dict[str, Described] = {one.name: one for one in self._operations()}

    def _operations(self) -> Iterator[Described]:
        root = self.documents.root
        for path, item in (root.get("paths") or {}).items():
            for method in _METHODS:
                try:
                    held, file = self.documents.followed(item, self.documents.main)
                    if method in held:
                        yield self._operation(held[method], path, method, held, file)
                except (DescriptionError, KeyError, TypeError, AttributeError) as error:
                    self.left_out[f"{method} {path}"] = str(error)

    def _operation(self, node: dict[str, Any], path: str, method: str, item: dict[str, Any], file: str) -> Described:
        parts = (part for part in (method, *re.split(r"[^0-9A-Za-z]+", path)) if part)
        parameters: dict[tuple[str, str], dict[str, Any]] = {}
        for one in (*item.get("parameters", ()), *node.get("parameters", ())):
            held, _ = self.documents.followed(one, file)
            parameters[held["name"], held["in"]] = held
        listed = list(parameters.values())
        bodies, needed = self._bodies(node, listed, file)
        for content in bodies:
            self.requests.check(content.schema)
        answers: dict[str, tuple[Content, ...]] = {}
        headers: dict[str, dict[str, Any]] = {}
        for status, one in node.get("responses", {}).items():
            try:
                held, where = self.documents.followed(one, file)
                contents = tuple(self._contents(held, node, where, "produces", self.answers))
                for content in contents:
                    self.answers.check(content.schema)
                answers[status] = contents
                headers[status] = self._headers(held, where)
            except DescriptionError as error:
                self.left_out[f"{status} of {method} {path}"] = str(error)
        places = tuple(self._places([one for one in listed if one["in"] not in ("body", "formData")], file))
        ignored = ("accept", "content-type")
        places = tuple(one for one in places if one.location != "header" or one.name.lower() not in ignored)
        named = node.get("operationId")
        made = "_".join(parts)[:_MAX_NAME]
        name = named if isinstance(named, str) and named and named not in self._names else made
        self._names.add(name)
        return Described(name, method.upper(), path, places, bodies, needed, answers, headers)

    def _headers(self, held: dict[str, Any], file: str) -> dict[str, Any]:
        made = {}
        for name, one in (held.get("headers") or {}).items():
            node, where = self.documents.followed(one, file)
            schema = node.get("schema", node if "type" in node else None)
            if schema is not None:
                made[name] = self.answers.schema(schema, where)
                self.answers.check(made[name])
        return made

    def _places(self, nodes: list[dict[str, Any]], file: str) -> Iterator[Place]:
        for node in nodes:
            place = self._place(node, file)
            try:
                self.requests.check(place.schema)
            except DescriptionError as error:
                if place.required:
                    raise
                self.left_out[f"{place.location} {place.name}"] = str(error)
                continue
            yield place

    def _place(self, node: dict[str, Any], file: str) -> Place:
        location = node["in"]
        content = node.get("content")
        if content:
            schema = next(iter(content.values())).get("schema", {})
        elif "schema" in node:
            schema = node["schema"]
        else:
            schema = {key: value for key, value in node.items() if key in _SCHEMA_OF_PARAMETER} or {"type": "string"}
        said = self.requests.schema(schema, file)
        style = node.get("style", "form" if location in ("query", "cookie") else "simple")
        explode = node.get("explode", style == "form")
        if "swagger" in self.documents.root and "schema" not in node:
            style = _STYLES.get(node.get("collectionFormat", "csv"), style)
            explode = node.get("collectionFormat") == "multi"
        kinds, below = self._outline(said), self._below(said, self.requests)
        items = self._outline(below.get("items", {}))
        members = {name: self._outline(inner) for name, inner in below.get("properties", {}).items()}
        required = node.get("required") is True
        return Place(node["name"], location, required, style, explode, said, bool(content), kinds, items, members)

    def _below(self, schema: Any, dialect: Dialect) -> dict[str, Any]:
        """The schema that says something, behind its references."""
        for _ in range(20):
            if not isinstance(schema, dict):
                return {}
            listed = schema.get("allOf") or schema.get("anyOf") or ()
            if "$ref" in schema:
                schema = dialect.named(schema["$ref"])
            elif "type" not in schema and "properties" not in schema and listed:
                schema = listed[0]
            else:
                return schema
        return {}

    def _outline(self, schema: Any) -> frozenset[str]:
        found = self._below(schema, self.requests)
        said = found.get("type")
        if said is None and "enum" in found:
            return frozenset({"string"})
        if said is None:
            return frozenset({"object"}) if "properties" in found else frozenset()
        return frozenset([said] if isinstance(said, str) else said) - {"null"}

    def _bodies(
        self, node: dict[str, Any], parameters: list[dict[str, Any]], file: str
    ) -> tuple[tuple[Content, ...], bool]:
        if "swagger" in self.documents.root:
            media = self._media(node, "consumes")
            for one in parameters:
                if one["in"] == "body":
                    schema = self.requests.schema(one.get("schema", {}), file)
                    return tuple(Content(each, schema) for each in media), one.get("required") is True
            return self._form([one for one in parameters if one["in"] == "formData"], media, file)
        if "requestBody" not in node:
            return (), False
        held, file = self.documents.followed(node["requestBody"], file)
        return tuple(self._contents(held, node, file, "consumes", self.requests)), held.get("required") is True

    def _media(self, node: dict[str, Any], key: str) -> list[str]:
        listed = node.get(key, self.documents.root.get(key, ["application/json"]))
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            raise DescriptionError(f"{key} that is no list of media types")
        return listed

    def _form(self, fields: list[dict[str, Any]], media: list[str], file: str) -> tuple[tuple[Content, ...], bool]:
        if not fields:
            return (), False
        properties = {
            one["name"]: {key: value for key, value in one.items() if key in _SCHEMA_OF_PARAMETER} for one in fields
        }
        has_file = any(one.get("type") == "file" for one in fields)
        for one in fields:
            if one.get("type") == "file":
                properties[one["name"]] = {"type": "string", "format": "binary"}
        required = [one["name"] for one in fields if one.get("required") is True]
        said = self.requests.schema({"type": "object", "properties": properties, "required": required}, file)
        marks = {"csv": ",", "ssv": " ", "tsv": "\t", "pipes": "|"}
        lists = [one for one in fields if one.get("type") == "array" and one.get("collectionFormat") != "multi"]
        delimiters = {one["name"]: marks[one.get("collectionFormat", "csv")] for one in lists}
        usual = "multipart/form-data" if has_file else "application/x-www-form-urlencoded"
        chosen = [each for each in media if each in ("multipart/form-data", "application/x-www-form-urlencoded")]
        held = self._fields(said, self.requests)
        medias = [usual] if has_file else chosen or [usual]
        return tuple(Content(each, said, held, delimiters) for each in medias), bool(required)

    def _contents(
        self, held: dict[str, Any], node: dict[str, Any], file: str, key: str, dialect: Dialect
    ) -> Iterator[Content]:
        if "swagger" in self.documents.root:
            if "schema" in held:
                for media in self._media(node, key):
                    yield Content(media, dialect.schema(held["schema"], file))
            return
        for media, one in (held.get("content") or {}).items():
            if "schema" not in one:
                yield Content(media, None)
                continue
            said = dialect.schema(one["schema"], file)
            yield Content(media, said, self._fields(said, dialect), _delimiters(one.get("encoding") or {}))

    def _fields(self, schema: Any, dialect: Dialect) -> Mapping[str, Any]:
        properties = self._below(schema, dialect).get("properties", {})
        return {name: self._below(inner, dialect) for name, inner in properties.items()}


def _delimiters(encoding: Mapping[str, Any]) -> Mapping[str, str]:
    marks = {"form": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
    return {
        name: marks[one.get("style", "form")]
        for name, one in encoding.items()
        if ("style" in one or "explode" in one) and one.get("explode", one.get("style", "form") == "form") is not True
    }
