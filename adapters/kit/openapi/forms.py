"""Bodies that are forms: ``application/x-www-form-urlencoded`` and ``multipart/form-data``, in both directions."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import Any
from urllib.parse import parse_qsl, quote_plus

from adapters.kit.openapi.json_codec import JsonCodec
from adapters.kit.openapi.json_text import read_json, write_json
from adapters.kit.openapi.scalars import from_text, to_text
from adapters.kit.openapi.shapes import Shape
from adapters.kit.xsd.decode import BadReplyError

URL_ENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
_MAX_FIELDS = 10_000
_BOUNDARY_BYTES = 16


@dataclass(frozen=True, slots=True)
class _Field:
    """One property of a form, or of its items where it repeats."""

    shape: Shape
    repeats: bool
    is_bytes: bool
    is_json: bool
    delimiter: str | None
    """Between values that stand in one field."""


class FormCodec:
    """Reads and writes forms of one schema, which is of objects.

    A list is a field that repeats, an object in it a JSON text, ``format: binary`` is bytes as they are.

    Args:
        delimiters: by property; for lists that stand in one field (``explode: false``).
    """

    def __init__(self, codec: JsonCodec, media: str, delimiters: Mapping[str, str]) -> None:
        self._codec = codec
        self._media = media
        shape = codec.shape
        self._fields = {
            name: self._field(codec, handle, delimiters.get(name)) for name, handle in shape.properties.items()
        }
        self._other = _Field(Shape(""), repeats=False, is_bytes=False, is_json=False, delimiter=None)

    def _field(self, codec: JsonCodec, handle: Any, delimiter: str | None) -> _Field:
        shape = codec.below(handle)
        repeats = "array" in shape.kinds and not shape.kinds & {"string", "object"}
        inner = codec.below(shape.items) if repeats else shape
        is_bytes = "binary" in inner.formats and inner.kinds <= {"string", "null"} and self._media == MULTIPART
        return _Field(
            inner, repeats, is_bytes, bool(inner.kinds & {"object", "array"}) and "string" not in inner.kinds, delimiter
        )

    def encode(self, value: Any) -> tuple[str, bytes]:
        """The body with its content type. Raises: BadReplyError, ValueError, TypeError."""
        if not isinstance(value, Mapping):
            raise TypeError("a form that is no object")
        files = {name: held for name, held in value.items() if self._fields.get(name, self._other).is_bytes}
        made = self._codec.to_json({**value, **{name: _stand_in(held) for name, held in files.items()}})
        written: list[tuple[str, str | bytes, bool]] = []
        for name, held in made.items():
            field = self._fields.get(name, self._other)
            if field.is_bytes:
                held = files[name]
            if field.repeats and field.delimiter is not None:
                written.append((name, field.delimiter.join(to_text(each) for each in held), False))
                continue
            for each in held if field.repeats or (isinstance(held, list) and not field.is_json) else [held]:
                is_json = field.is_json or isinstance(each, dict | list)
                if isinstance(each, bytes):
                    written.append((name, each, False))
                else:
                    written.append((name, write_json(each).decode() if is_json else to_text(each), is_json))
        if self._media == URL_ENCODED:
            return URL_ENCODED, "&".join(
                f"{quote_plus(name)}={quote_plus(str(text))}" for name, text, _ in written
            ).encode()
        return _multipart(written)

    def decode(self, content: bytes, content_type: str) -> Any:
        """The value of a body. Raises: BadReplyError."""
        try:
            pairs = _read_parts(content, content_type) if self._media == MULTIPART else _read_pairs(content)
            made: dict[str, Any] = {}
            for name, raw in pairs:
                field = self._fields.get(name, self._other)
                each = self._value(field, raw)
                if field.repeats and field.delimiter is not None:
                    made[name] = (
                        [from_text(text, field.shape) for text in raw.decode().split(field.delimiter)] if raw else []
                    )
                elif field.repeats:
                    made.setdefault(name, []).append(each)
                elif name in made:
                    raise ValueError("a field that stands twice")
                else:
                    made[name] = each
            files = {name: held for name, held in made.items() if self._fields.get(name, self._other).is_bytes}
            read = self._codec.read({**made, **{name: _stand_in(held) for name, held in files.items()}})
            return {**read, **files} if files else read
        except BadReplyError:
            raise
        except (ValueError, LookupError):
            pass
        raise BadReplyError("body", "no form")

    def _value(self, field: _Field, raw: bytes) -> Any:
        if field.is_bytes:
            return raw
        if field.is_json:
            return read_json(raw)
        return None if field.delimiter is not None else from_text(raw.decode("utf-8"), field.shape)


def _stand_in(held: Any) -> Any:
    """What the schema is asked about in place of bytes."""
    if isinstance(held, list | tuple):
        return [_stand_in(each) for each in held]
    if not isinstance(held, bytes):
        raise TypeError("a file that is not bytes")
    return ""


def _read_pairs(content: bytes) -> list[tuple[str, bytes]]:
    pairs = parse_qsl(
        content.decode("ascii"),
        keep_blank_values=True,
        strict_parsing=bool(content),
        max_num_fields=_MAX_FIELDS,
        errors="strict",
    )
    return [(name, value.encode()) for name, value in pairs]


def _multipart(written: list[tuple[str, str | bytes, bool]]) -> tuple[str, bytes]:
    boundary = secrets.token_hex(_BOUNDARY_BYTES)
    made = []
    for name, held, is_json in written:
        label = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="{label}"'
        if isinstance(held, bytes):
            head += f'; filename="{label}"\r\nContent-Type: application/octet-stream'
        elif is_json:
            head += "\r\nContent-Type: application/json"
        made.append(head.encode() + b"\r\n\r\n" + (held if isinstance(held, bytes) else held.encode()) + b"\r\n")
    return f"{MULTIPART}; boundary={boundary}", b"".join([*made, f"--{boundary}--\r\n".encode()])


def _read_parts(content: bytes, content_type: str) -> list[tuple[str, bytes]]:
    kind = Message()
    kind["Content-Type"] = content_type
    boundary = kind.get_param("boundary")
    if not isinstance(boundary, str) or not boundary:
        raise ValueError("no boundary")
    mark = b"\r\n--" + boundary.encode("ascii")
    pieces = (b"\r\n" + content).split(mark, _MAX_FIELDS)
    if len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise ValueError("a form without end")
    made = []
    for piece in pieces[1:-1]:
        head, blank, held = piece.partition(b"\r\n\r\n")
        if not blank or not head.startswith(b"\r\n"):
            raise ValueError("a part without head")
        said = Message()
        for line in head.decode("utf-8").split("\r\n")[1:]:
            name, _, value = line.partition(":")
            said[name] = value.strip()
        label = said.get_param("name", header="content-disposition")
        if not isinstance(label, str):
            raise ValueError("a part without name")
        made.append((label.replace("%22", '"').replace("%0D", "\r").replace("%0A", "\n"), held))
    return made
