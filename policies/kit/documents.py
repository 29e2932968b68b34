"""Policy files as bytes, text and typed data; every slip carries its file and line."""

from __future__ import annotations

import codecs
import hashlib
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from policies.kit.errors import PolicyError
from policies.kit.plain_toml import plain_toml
from schema.slips import with_choices

Shape = TypeVar("Shape")

MOST_BYTES = 1024 * 1024
"""Of one file: the largest of the checkout has 40 KB."""

_TOML_PLACE = re.compile(r"\(at line (\d+), column \d+\)")
_PATH = re.compile(r"`\$([^`]*)`")
_PATH_PART = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")
_NAMED_FIELD = re.compile(r"unknown field `([^`]+)`")


_TOO_DEEP = "lists and tables stand in one another too deeply"


def files_in(folder: Path) -> list[Path]:
    """What is in a folder of policies, by name, but for what editors put there while somebody writes (``.x.swp``,
    ``x~``): nobody ever means that. Raises: PolicyError where the folder cannot be read."""
    try:
        return sorted(each for each in folder.iterdir() if not (each.name.startswith(".") or each.name.endswith("~")))
    except OSError as error:
        raise PolicyError(folder, 1, f"cannot be read: {error.strerror or 'no such folder'}") from None


@dataclass(frozen=True, slots=True)
class Document:
    """One file, read once: what is checked is what is hashed."""

    file: Path
    content: bytes

    @classmethod
    def read(cls, file: Path) -> Document:
        """Raises: PolicyError where the file is missing, cannot be read, is no file or is larger than any such file."""
        try:
            # A pipe is never opened: whoever opens one waits for somebody to write.
            if file.exists() and not file.is_file():
                raise PolicyError(file, 1, "cannot be read: no file")
            with file.open("rb") as opened:
                content = opened.read(MOST_BYTES + 1)
        except OSError as error:
            raise PolicyError(file, 1, f"cannot be read: {error.strerror or 'no such file'}") from None
        if len(content) > MOST_BYTES:
            raise PolicyError(file, 1, f"larger than {MOST_BYTES // 1024} KiB")
        return cls(file, content)

    @property
    def text(self) -> str:
        """Without the mark that some editors write first. Raises: PolicyError where the bytes are not UTF-8."""
        try:
            return self.content.removeprefix(codecs.BOM_UTF8).decode("utf-8")
        except UnicodeDecodeError as error:
            line = self.content[: error.start].count(b"\n") + 1
            raise PolicyError(self.file, line, "not UTF-8") from None

    @classmethod
    def read_folder(cls, folder: Path, data: Sequence[str]) -> dict[str, Document]:
        """Every file of a folder of rules by its name: ``*.cedar``, and the data files, which have to be there.

        Raises: PolicyError where a data file is missing, or there is a file that nobody reads.
        """
        found: dict[str, Document] = {}
        for file in files_in(folder):
            if file.name == "README.md":
                continue
            if file.suffix != ".cedar" and file.name not in data:
                raise PolicyError(file, 1, f"nobody reads this file; here are *.cedar, {', '.join(data)}")
            found[file.name] = cls.read(file)
        return found | {name: cls.read(folder / name) for name in data if name not in found}

    def toml(self) -> dict[str, Any]:
        """Raises: PolicyError where the text is not TOML."""
        try:
            read = plain_toml(self.text)
            return tomllib.loads(self.text) if read is None else read
        except tomllib.TOMLDecodeError as error:
            place = _TOML_PLACE.search(str(error))
            raise PolicyError(self.file, int(place[1]) if place else 1, f"not TOML: {error}") from None
        except RecursionError:
            raise PolicyError(self.file, 1, _TOO_DEEP) from None

    def toml_as(self, shape: type[Shape]) -> Shape:
        """The text as ``shape``, unknown keys refused. Raises: PolicyError."""
        return self.convert(self.toml(), shape)

    def convert(self, data: Mapping[str, Any], shape: type[Shape]) -> Shape:
        """``data``, which was read from this file, as ``shape``. Raises: PolicyError."""
        try:
            return msgspec.convert(data, shape)
        except msgspec.ValidationError as error:
            raise PolicyError(self.file, self._line_of(str(error)), with_choices(error, shape)) from None

    def json(self) -> Any:
        """Raises: PolicyError where the text is not JSON."""
        try:
            return msgspec.json.decode(self.text)
        except msgspec.DecodeError as error:
            raise PolicyError(self.file, 1, f"not JSON: {error}") from None
        except RecursionError:
            raise PolicyError(self.file, 1, _TOO_DEEP) from None

    def line_of_row(self, table: str, index: int) -> int:
        """Line of the ``index``-th ``[[table]]`` header, counted from 0."""
        return self.line_of_key(f"[[{table}]]", occurrence=index)

    def line_of_key(self, start: str, occurrence: int = 0) -> int:
        """Line of the ``occurrence``-th line that starts with ``start``; 1 where there is none."""
        lines = _lines_with(self.text, start)
        return lines[occurrence] if 0 <= occurrence < len(lines) else 1

    def _line_of(self, message: str) -> int:
        lines = self.text.splitlines()
        at = 0
        path = _PATH.search(message)
        named = _NAMED_FIELD.search(message)
        parts = _PATH_PART.findall(path[1]) if path else []
        if named:
            parts.append((named[1], ""))
        for position, (key, _) in enumerate(parts):
            if not key:
                continue
            following = parts[position + 1][1] if position + 1 < len(parts) else ""
            if following and any(line.startswith(f"[[{key}]]") for line in lines):
                at = self.line_of_row(key, int(following)) - 1
                continue
            pattern = re.compile(rf"\s*(\[?\"?{re.escape(key)}\"?\s*=|\[{re.escape(key)}\])")
            at = next((number for number in range(at, len(lines)) if pattern.match(lines[number])), at)
        return at + 1


@lru_cache(maxsize=4)
def _lines_with(text: str, start: str) -> tuple[int, ...]:
    """Asked for row after row of one file."""
    return tuple(number for number, line in enumerate(text.splitlines(), 1) if line.lstrip().startswith(start))


def digest(documents: Iterable[tuple[str, bytes]]) -> str:
    """16 hexadecimal digits over names and contents, in the order of the names; any byte changes them."""
    whole = hashlib.sha256()
    for name, content in sorted(documents):
        for part in (name.encode(), content):
            whole.update(len(part).to_bytes(8, "big"))
            whole.update(part)
    return whole.hexdigest()[:16]
