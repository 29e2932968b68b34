"""Between JSON texts and values, as one schema says."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

import orjson

from adapters.kit.openapi.json_reader import Readers
from adapters.kit.openapi.json_text import as_json, read_json, write_json
from adapters.kit.openapi.plain_checks import Checks
from adapters.kit.openapi.plain_json import NOT_PLAIN, Check, read_plain
from adapters.kit.openapi.plain_values import Conversions
from adapters.kit.openapi.scalar_readers import Read, Slip
from adapters.kit.openapi.shapes import Handle, Shape
from adapters.kit.xsd.decode import BadReplyError
from adapters.kit.xsd.types import Broken

_MANY_STEPS = 100


class JsonCodec:
    """Reads and writes the values of one schema.

    Args:
        typed: values are dates, bytes, decimals and tagged objects; else what stands in the JSON text, after the same
            checks, with a ``Decimal`` for a number that has a fraction.
    """

    def __init__(self, readers: Readers, handle: Handle, *, typed: bool) -> None:
        self.handle = handle
        self.typed = typed
        self._names = readers.names
        self._read: Read = readers.of(handle)
        self._readers = readers

    @cached_property
    def plain(self) -> Check:
        """Tells quickly that a value is as the schema says; False where it cannot."""
        return Checks(self._readers).of(self.handle)

    @cached_property
    def _convert(self) -> Callable[[Any], Any] | None:
        return Conversions(self._readers).of(self.handle) if self.typed else None

    @property
    def shape(self) -> Shape:
        """What the schema allows."""
        return self._readers.shape(self.handle)

    def below(self, handle: Handle) -> Shape:
        """What a schema in it allows."""
        return self._readers.shape(handle)

    def inner(self, handle: Handle) -> JsonCodec:
        """The codec of a schema in it."""
        return JsonCodec(self._readers, handle, typed=self.typed)

    def is_valid(self, value: Any) -> bool:
        """Whether a JSON value is as the schema says."""
        try:
            self._strictly(value)
        except Slip:
            return False
        return True

    def check(self, value: Any) -> None:
        """Raises: BadReplyError with the path of the first slip, never a value."""
        try:
            self._strictly(value)
        except Slip as slip:
            error = self._bad(slip)
        else:
            return
        raise error

    def read(self, value: Any) -> Any:
        """The value of a JSON value.

        A broken item of a list directly in it becomes a :class:`Broken` in its place: one must not hide the others.

        Raises: BadReplyError.
        """
        try:
            made = self._strictly(value)
            return made if self.typed else value
        except Slip as slip:
            error = self._bad(slip)
            at_item = len(slip.steps) > 1 and isinstance(slip.steps[-2], int)
        made = self._around_broken(value) if at_item and isinstance(value, dict) else None
        if made is None:
            raise error
        return made

    def decode(self, content: bytes) -> Any:
        """The value of a JSON text. Raises: BadReplyError."""
        made = self.decode_plain(content)
        return self.decode_strict(content) if made is NOT_PLAIN else made

    def decode_plain(self, content: bytes) -> Any:
        """The value, where it is of the usual kind and quickly read; else ``NOT_PLAIN``, broken texts included."""
        value = read_plain(content, self.plain)
        if value is NOT_PLAIN or self._convert is None:
            return value
        return self._convert(value)

    def decode_strict(self, content: bytes) -> Any:
        """The value, by the whole contract. Raises: BadReplyError."""
        try:
            value = read_json(content)
        except ValueError:
            value = NOT_PLAIN
        if value is NOT_PLAIN:
            raise BadReplyError("body", "no JSON")
        return self.read(value)

    def to_json(self, value: Any) -> Any:
        """The JSON value that stands for a value. Raises: BadReplyError, ValueError, TypeError."""
        made = as_json(value)
        self.check(made)
        return made

    def encode(self, value: Any) -> bytes:
        """The JSON text of a value; what is a date in it may be a ``date`` or its text.

        Raises:
            BadReplyError, ValueError, TypeError: the value is not what the contract takes.
        """
        if self.plain(value):
            try:
                return orjson.dumps(value)
            except TypeError:
                pass  # A whole number of more than 64 bits, which takes another way.
        return write_json(self.to_json(value))

    def _strictly(self, value: Any, read: Read | None = None) -> Any:
        try:
            return (read or self._read)(value, {})
        except (RecursionError, OverflowError):
            pass
        raise Slip("depth")

    def _around_broken(self, value: dict[str, Any]) -> dict[str, Any] | None:
        """The value with a mark in place of each broken item; None where it is broken beside them too."""
        shape = self._readers.shape(self.handle)
        left = {
            name: self._marked(shape, name, inner) if isinstance(inner, list) else inner
            for name, inner in value.items()
        }
        try:
            made = self._strictly(left)
        except Slip:
            return None
        return made if self.typed else left

    def _marked(self, shape: Shape, name: str, items: list[Any]) -> list[Any]:
        listed = self._readers.shape(self._readers.under(shape, name, shape.properties.get(name, ())))
        first = [self._readers.of(handle) for handle in listed.prefix]
        others = self._readers.of(listed.items)
        made = []
        for at, item in enumerate(items):
            marked = item
            if type(item) is dict:
                try:
                    self._strictly(item, first[at] if at < len(first) else others)
                except Slip as slip:
                    slip.steps += [at, name]
                    marked = Broken(str(self._bad(slip)), item, item)
            made.append(marked)
        return made

    def _bad(self, slip: Slip) -> BadReplyError:
        path = "/".join(map(self._step, slip.steps[::-1][:_MANY_STEPS])) or "body"
        return BadReplyError(path, f"not as the contract says ({slip.keyword})")

    def _step(self, step: str | int) -> str:
        return str(step) if isinstance(step, int) or step in self._names else "?"
