"""The headers of a request, walked once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import chain

LINE_BYTES = 4
"""The colon, the space and the line's end, as they come over the wire."""
_NONE: frozenset[bytes] = frozenset()


class Head(dict[bytes, bytes]):
    """The first value of each header, by name in lower case.

    Args:
        lines: names and values as the server hands them over.

    Attributes:
        repeated: names that have several values; :meth:`all` gives them.
        size: bytes of all of them.
    """

    __slots__ = ("_lines", "repeated", "size")

    def __init__(self, lines: Sequence[tuple[bytes, bytes]]) -> None:
        super().__init__(reversed(lines))
        self._lines = lines
        self.repeated = _NONE if len(self) == len(lines) else _repeated(lines)
        self.size = sum(map(len, chain.from_iterable(lines))) + LINE_BYTES * len(lines)

    def __repr__(self) -> str:
        return f"Head({len(self)} headers)"  # One of them is a token.

    def all(self, name: bytes) -> list[str]:
        """Every value of a name, in order."""
        if name in self.repeated:
            return [value.decode("latin-1") for found, value in self._lines if found == name]
        return [self[name].decode("latin-1")] if name in self else []

    def first(self, name: bytes) -> str:
        """The first value of a name; empty where there is none."""
        return self.get(name, b"").decode("latin-1")


def _repeated(lines: Sequence[tuple[bytes, bytes]]) -> frozenset[bytes]:
    return frozenset(name for name, times in Counter(name for name, _ in lines).items() if times > 1)
