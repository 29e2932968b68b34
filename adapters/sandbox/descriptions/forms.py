"""Forms that came in, read to the JSON values that their schema judges."""

from __future__ import annotations

import json
from email import policy
from email.parser import BytesParser
from typing import Any
from urllib.parse import parse_qsl

from adapters.sandbox.descriptions.operations import Content

FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


def read_form(content: bytes, content_type: str, form: Content) -> dict[str, Any]:
    """The fields; a file is an empty text, since its bytes are no part of what a schema can judge.

    Raises: ValueError.
    """
    found: dict[str, list[str]] = {}
    for name, text in _fields(content, content_type):
        found.setdefault(name, []).append("" if name in form.file_fields else text)
    made: dict[str, Any] = {}
    for name, texts in found.items():
        schema = form.fields.get(name, {})
        repeats = schema.get("type") == "array"
        if name in form.delimiters:
            texts = texts[0].split(form.delimiters[name]) if texts[0] else []
        values = [_value(text, schema.get("items", {}) if repeats else schema) for text in texts]
        if len(values) > 1 and not repeats:
            raise ValueError("a field that stands twice")
        made[name] = values if repeats else values[0]
    return made


def _fields(content: bytes, content_type: str) -> list[tuple[str, str]]:
    if not content_type.lower().startswith("multipart/"):
        return parse_qsl(content.decode("ascii"), keep_blank_values=True, strict_parsing=bool(content))
    head = f"Content-Type: {content_type}\r\n\r\n".encode("latin-1")
    message = BytesParser(policy=policy.HTTP).parsebytes(head + content)
    if not message.is_multipart():
        raise ValueError("no form")
    made = []
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        held = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(held, bytes):
            raise ValueError("a part without name")
        is_file = part.get_filename() is not None
        made.append((name.replace("%22", '"'), "" if is_file else held.decode("utf-8")))
    return made


def _value(text: str, schema: dict[str, Any]) -> Any:
    kind = schema.get("type")
    if kind in ("object", "array", "integer", "number", "boolean") or "properties" in schema:
        try:
            return json.loads(text)
        except ValueError:
            return text  # The judge says what is wrong with it.
    return text
