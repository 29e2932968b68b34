"""The headers of a request, walked once."""

from __future__ import annotations

from collections.abc import Sequence

LINE_BYTES = 4
"""The colon, the space and the line's end, as they come over the wire."""


class Head:
    """Headers by name, in lower case.

    Args:
        lines: names and values as the server hands them over.
    """

    __slots__ = ("_by_name", "_lines")

    def __init__(self, lines: Sequence[tuple[bytes, bytes]]) -> None:
        self._lines = lines
        self._by_name = dict(lines)

    def __contains__(self, name: bytes) -> bool:
        return name in self._by_name

    def size(self) -> int:
        """Bytes of all of them."""
        return sum([len(name) + len(value) for name, value in self._lines]) + LINE_BYTES * len(self._lines)

    def all(self, name: bytes) -> list[str]:
        """Every value of a name, in order."""
        value = self._by_name.get(name)
        if value is None:
            return []
        if len(self._by_name) == len(self._lines):
            return [value.decode("latin-1")]
        return [each.decode("latin-1") for found, each in self._lines if found == name]

    def first(self, name: bytes) -> str:
        """The first value of a name; empty where there is none."""
        if name not in self._by_name:
            return ""
        return self.all(name)[0]
