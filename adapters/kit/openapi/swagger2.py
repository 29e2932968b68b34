"""Operations of Swagger 2.0, said as OpenAPI 3.0 says them, each value in its place in the text."""

from __future__ import annotations

from typing import Any

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.openapi.forms import MULTIPART, URL_ENCODED
from adapters.kit.openapi.nodes import Row, Table

_SCHEMA = frozenset(
    {"type", "format", "items", "default", "maximum", "exclusiveMaximum", "minimum", "exclusiveMinimum", "maxLength"}
    | {"minLength", "pattern", "maxItems", "minItems", "uniqueItems", "enum", "multipleOf", "x-nullable"}
)
_STYLES = {
    "csv": (None, False),
    "ssv": ("spaceDelimited", False),
    "tsv": ("tabDelimited", False),
    "pipes": ("pipeDelimited", False),
    "multi": (None, True),
}
_FORM_DELIMITERS = {"csv": ",", "ssv": " ", "tsv": "\t", "pipes": "|"}
DELIMITERS = "x-delimiters"
"""Of a body made here: between the values of a list that stands in one field of a form."""


def parameter(node: Table) -> Table:
    """A parameter outside the body, or a header of an answer."""
    if "schema" in node or ("type" not in node and "content" in node):
        return node  # Written as 3.0 has it, in a 2.0 file; there is one way to read it.
    schema = node.like(**{key: value for key, value in node.items() if key in _SCHEMA})
    made = {key: value for key, value in node.items() if key not in _SCHEMA}
    if "array" in (node.get("type"),):
        said = node.get("collectionFormat", "csv")
        if said not in _STYLES:
            raise UnsupportedConstruct("collectionFormat", node.at("collectionFormat"))
        style, explode = _STYLES[said]
        made |= {"explode": explode} | ({"style": style} if style else {})
    return node.like(**made, schema=schema)


def body(parameters: list[Table], consumes: list[str], where: Table) -> Table | None:
    """The request's body, of its ``body`` parameter or its ``formData`` parameters; None: it has none."""
    held = [node for node in parameters if node.get("in") == "body"]
    fields = [node for node in parameters if node.get("in") == "formData"]
    if len(held) > 1 or (held and fields):
        raise UnsupportedConstruct("two bodies", held[0].where)
    if held:
        schema = held[0].get("schema", True)
        content = {media: where.like(schema=schema) for media in consumes or ["application/json"]}
        return held[0].like(content=where.like(**content), required=held[0].get("required") is True)
    if not fields:
        return None
    return _form(fields, consumes, where)


def _form(fields: list[Table], consumes: list[str], where: Table) -> Table:
    properties, required, delimiters = where.like(), Row(where.file, where.line), where.like()
    for node in fields:
        name = node.get("name")
        if not isinstance(name, str):
            raise UnsupportedConstruct("a parameter without name", node.where)
        schema = node.like(**{key: value for key, value in node.items() if key in _SCHEMA})
        if schema.get("type") == "file":
            schema["type"], schema["format"] = "string", "binary"
        said = node.get("collectionFormat", "csv")
        if schema.get("type") == "array" and said != "multi":
            if said not in _FORM_DELIMITERS:
                raise UnsupportedConstruct("collectionFormat", node.at("collectionFormat"))
            delimiters[name] = _FORM_DELIMITERS[said]
        properties[name] = schema
        if node.get("required") is True:
            required.append(name)
    schema = where.like(type="object", properties=properties, required=required)
    has_file = any(node.get("type") == "file" for node in fields)
    forms = [media for media in consumes if media in (MULTIPART, URL_ENCODED)]
    content = {
        media: where.like(schema=schema, **{DELIMITERS: delimiters})
        for media in ([MULTIPART] if has_file else forms or [URL_ENCODED])
    }
    return where.like(content=where.like(**content), required=bool(required))


def response(node: Table, produces: list[str]) -> Table:
    """An answer."""
    made: dict[str, Any] = {"description": node.get("description", "")}
    if "schema" in node:
        schema = node["schema"]
        if isinstance(schema, Table) and schema.get("type") == "file":
            schema = schema.like(type="string", format="binary")
        made["content"] = node.like(**{media: node.like(schema=schema) for media in produces or ["application/json"]})
    if isinstance(node.get("headers"), Table):
        headers = node["headers"]
        made["headers"] = headers.like(
            **{name: parameter(inner) if isinstance(inner, Table) else inner for name, inner in headers.items()}
        )
    return node.like(**made)
