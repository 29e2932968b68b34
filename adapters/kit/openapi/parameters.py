"""Parameters of an operation, written into its address, its headers and its cookies in the style that each has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

from adapters.kit.openapi.json_codec import JsonCodec
from adapters.kit.openapi.json_text import write_json
from adapters.kit.openapi.scalars import from_text, to_text
from adapters.kit.openapi.shapes import Shape
from adapters.kit.xsd.decode import BadReplyError

Location = Literal["path", "query", "header", "cookie"]
STYLES: Mapping[str, frozenset[str]] = {
    "path": frozenset({"simple", "label", "matrix"}),
    "query": frozenset({"form", "spaceDelimited", "pipeDelimited", "tabDelimited", "deepObject"}),
    "header": frozenset({"simple"}),
    "cookie": frozenset({"form"}),
}
"""The first of :data:`DEFAULT_STYLE` is what a parameter has that names none. ``tabDelimited`` is Swagger's ``tsv``."""
DEFAULT_STYLE = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}
_DELIMITERS = {"spaceDelimited": " ", "pipeDelimited": "|", "tabDelimited": "\t"}
_RESERVED_KEPT = ":/?@!$'()*;"
"""Of RFC 3986's reserved characters, those that cannot be taken for the query's own marks."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter."""

    name: str
    location: Location
    required: bool
    style: str
    explode: bool
    allow_reserved: bool
    codec: JsonCodec
    shape: Shape
    as_json: bool
    """Written as a JSON text, whatever its style: ``content: application/json``."""
    where: str
    deprecated: bool = False

    def texts(self, value: Any) -> Iterator[tuple[str, str]]:
        """Names and texts as they stand in a query, percent-encoded.

        Raises: BadReplyError, ValueError, TypeError: the contract does not take the value.
        """
        made = self._json(value)
        if isinstance(made, dict) and self.style == "deepObject":
            for key, inner in made.items():
                for each in inner if isinstance(inner, list) else [inner]:
                    yield f"{self._quoted(self.name)}%5B{self._quoted(key)}%5D", self._quoted(to_text(each))
        elif isinstance(made, dict) and self.explode:
            for key, inner in made.items():
                yield self._quoted(key), self._quoted(to_text(inner))
        elif isinstance(made, list) and self.explode:
            for inner in made:
                yield self._quoted(self.name), self._quoted(to_text(inner))
        elif isinstance(made, list | dict):
            if made:
                yield self._quoted(self.name), self._delimited(_flat(made))
        else:
            yield self._quoted(self.name), self._quoted(to_text(made))

    def segment(self, value: Any) -> str:
        """What stands in the path for its template, percent-encoded. Raises: see :meth:`texts`."""
        made = self._json(value)
        lead = {"simple": "", "label": ".", "matrix": ";"}[self.style]
        between = {"simple": ",", "label": ".", "matrix": ";"}[self.style] if self.explode else ","
        named = f"{self._quoted(self.name)}=" if self.style == "matrix" else ""
        if isinstance(made, dict) and self.explode:
            held = between.join(f"{self._quoted(key)}={self._quoted(to_text(inner))}" for key, inner in made.items())
            named = ""
        elif isinstance(made, list | dict):
            parts = [self._quoted(to_text(inner)) for inner in _flat(made)]
            held = (between + named).join(parts) if self.explode else between.join(parts)
        else:
            held = self._quoted(to_text(made))
        text = f"{lead}{named}{held}"
        if not held or text in (".", ".."):
            raise ValueError("a step of a path that would be another path")
        return text

    def header(self, value: Any) -> str:
        """What a header holds. Raises: see :meth:`texts`."""
        made = self._json(value)
        if isinstance(made, dict) and self.explode:
            return ",".join(f"{_bare(key, '=,')}={_bare(to_text(inner), ',')}" for key, inner in made.items())
        if isinstance(made, list | dict):
            return ",".join(_bare(to_text(inner), ",") for inner in _flat(made))
        return _bare(to_text(made), "")

    def read_header(self, text: str) -> Any:
        """The value of a header of an answer. Raises: BadReplyError."""
        try:
            return self.codec.read(self._of_header(text))
        except BadReplyError:
            raise
        except ValueError:
            pass
        raise BadReplyError(self.name, "not as the contract says (header)")

    def _of_header(self, text: str) -> Any:
        kinds = self.shape.kinds
        if kinds & {"array", "object"} and not kinds & {"string"}:
            parts = [part.strip() for part in text.split(",")] if text.strip() else []
            if "array" in kinds:
                items = self.codec.below(self.shape.items)
                return [from_text(part, items) for part in parts]
            pairs = [part.partition("=")[::2] for part in parts] if self.explode else _pairs(parts)
            return {
                name: from_text(value, self.codec.below(self.shape.properties.get(name, ()))) for name, value in pairs
            }
        return from_text(text.strip(), self.shape)

    def _json(self, value: Any) -> Any:
        made = self.codec.to_json(value)
        return write_json(made).decode() if self.as_json else made

    def _delimited(self, values: list[Any]) -> str:
        mark = _DELIMITERS.get(self.style)
        texts = [to_text(value) for value in values]
        if mark is None:
            return ",".join(quote(text, safe="") for text in texts)
        if any(mark in text for text in texts):
            raise ValueError("a value that holds the mark between values")
        return quote(mark, safe="").join(self._quoted(text) for text in texts)

    def _quoted(self, text: str) -> str:
        return quote(text, safe=_RESERVED_KEPT if self.allow_reserved and self.location == "query" else "")


def _flat(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [each for pair in value.items() for each in pair]


def _pairs(parts: list[str]) -> list[tuple[str, str]]:
    if len(parts) % 2:
        raise ValueError("a name without its value")
    return list(zip(parts[::2], parts[1::2], strict=True))


def _bare(text: str, marks: str) -> str:
    # A header has no way to say that a mark is part of a value.
    if any(mark in text for mark in marks) or (marks and text != text.strip()):
        raise ValueError("a value that holds the mark between values")
    if not (text.isascii() and (text.isprintable() or not text)):
        raise ValueError("a value that a header cannot hold")
    return text
