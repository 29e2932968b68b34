"""Values of a contract's text that know the line they stand on."""

from __future__ import annotations

from typing import Any

from adapters.kit.errors import UnsupportedConstruct

MAX_BYTES = 16 * 1024 * 1024
"""Of one file: the largest published description known is a quarter of it."""
MAX_NODES = 2_000_000
"""Of one file, with every alias counted as often as it stands for something."""
MAX_DEPTH = 200


class Table(dict[str, Any]):
    """An object of the text.

    Args:
        file: name of the file, as it is said in reports.
        line: of its beginning, from 1.
    """

    __slots__ = ("file", "line", "lines")

    def __init__(self, file: str, line: int) -> None:
        super().__init__()
        self.file = file
        self.line = line
        self.lines: dict[str, int] = {}
        """Of each key."""

    @property
    def where(self) -> str:
        """``file:line``."""
        return f"{self.file}:{self.line}"

    def at(self, key: str) -> str:
        """``file:line`` of a key, or of the object where it has no such key."""
        return f"{self.file}:{self.lines.get(key, self.line)}"

    def like(self, **values: Any) -> Table:
        """Another object, said to stand in the same place."""
        made = Table(self.file, self.line)
        made.lines = self.lines
        made.update(values)
        return made

    def __hash__(self) -> int:  # type: ignore[override] # by identity: it is a place, not only a value
        return id(self)


class Row(list[Any]):
    """A list of the text."""

    __slots__ = ("file", "line")

    def __init__(self, file: str, line: int) -> None:
        super().__init__()
        self.file = file
        self.line = line

    @property
    def where(self) -> str:
        """``file:line``."""
        return f"{self.file}:{self.line}"

    def __hash__(self) -> int:  # type: ignore[override] # by identity, as of a table
        return id(self)


def table(value: Any, what: str, where: str) -> Table:
    """The value, which has to be an object. Raises: UnsupportedConstruct."""
    if not isinstance(value, Table):
        raise UnsupportedConstruct(f"{what} that is no object", where)
    return value


def row(value: Any, what: str, where: str) -> Row:
    """The value, which has to be a list. Raises: UnsupportedConstruct."""
    if not isinstance(value, Row):
        raise UnsupportedConstruct(f"{what} that is no list", where)
    return value


def text(value: Any, what: str, where: str) -> str:
    """The value, which has to be a text. Raises: UnsupportedConstruct."""
    if not isinstance(value, str):
        raise UnsupportedConstruct(f"{what} that is no text", where)
    return value


def plain(value: Any, depth: int = 0) -> Any:
    """The same value without places; a value that contains itself is cut. For examples and defaults."""
    if depth > MAX_DEPTH:
        return None
    if isinstance(value, Table):
        return {name: plain(inner, depth + 1) for name, inner in value.items()}
    if isinstance(value, Row):
        return [plain(inner, depth + 1) for inner in value]
    return value
