"""The files of one contract: the description, and what it names by ``$ref``. Nothing comes from a network."""

from __future__ import annotations

import json
import os
import posixpath
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urldefrag

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.openapi.json_nodes import NoJsonError, read_json_nodes
from adapters.kit.openapi.nodes import MAX_BYTES, Row, Table
from adapters.kit.openapi.yaml_nodes import read_yaml_nodes

_MAX_FILES = 200
_MAX_STEPS = 50
_CATALOG = "catalog.json"
_MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig"))


def read_nodes(path: Path, name: str) -> Any:
    """The values of one file, YAML or JSON. Raises: UnsupportedConstruct, OSError."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        content = file.read(size + 1) if size <= MAX_BYTES else b""
    if size > MAX_BYTES or len(content) > size:
        raise UnsupportedConstruct(f"a file over {MAX_BYTES // 1024 // 1024} MiB", name)
    charset = next((charset for mark, charset in _MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(charset)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnsupportedConstruct("a text that is not UTF-8", f"{name}:{line}") from None
    if text.lstrip().startswith("{"):
        try:
            return read_json_nodes(text, name)
        except NoJsonError as error:
            where = f"{name}:{error.line}"
        try:
            return read_yaml_nodes(text, name)
        except UnsupportedConstruct:
            raise UnsupportedConstruct("a text that is no JSON", where) from None
    return read_yaml_nodes(text, name)


class Files:
    """The description and the files beside it.

    Args:
        path: of the description. Files that it names are read from its folder and below; ``catalog.json`` beside it
            maps URLs to such files.

    Raises:
        UnsupportedConstruct: the description cannot be read.
        OSError: there is no such file.
    """

    def __init__(self, path: Path) -> None:
        self._folder = path.resolve().parent
        self.name = path.name
        self._read: dict[str, Any] = {}
        self._urls = self._catalog()
        self.root = self._file(self.name, self.name)

    def resolve(self, reference: str, at: Table) -> Any:
        """What a ``$ref`` that stands in ``at`` names.

        Raises: UnsupportedConstruct with the place of the reference.
        """
        where = at.at("$ref")
        base, fragment = urldefrag(reference)
        value = self._file(self._named(base, at.file, where), where) if base else self._read[at.file]
        if not fragment:
            return value
        if not fragment.startswith("/"):
            raise UnsupportedConstruct(f"$ref to an anchor ({fragment[:80]})", where)
        for step in fragment[1:].split("/"):
            step = unquote(step).replace("~1", "/").replace("~0", "~")
            if isinstance(value, Table) and step in value:
                value = value[step]
            elif isinstance(value, Row) and step.isascii() and step.isdigit() and int(step[:9]) < len(value):
                value = value[int(step)]
            else:
                raise UnsupportedConstruct(f"$ref to nothing ({reference[:200]})", where)
        return value

    def followed(self, value: Any, what: str, where: str) -> tuple[Table, str]:
        """The object, after following its references, and the name that the last of them ends in.

        Raises: UnsupportedConstruct.
        """
        name = ""
        for _ in range(_MAX_STEPS):
            if not isinstance(value, Table):
                raise UnsupportedConstruct(f"{what} that is no object", where)
            reference = value.get("$ref")
            if not isinstance(reference, str):
                return value, name
            where, name = value.at("$ref"), last_step(reference)
            value = self.resolve(reference, value)
        raise UnsupportedConstruct("$ref that leads to itself", where)

    def _named(self, base: str, file: str, where: str) -> str:
        if base in self._urls:
            return self._urls[base]
        if ":" in base.split("/")[0] or base.startswith("/"):
            raise UnsupportedConstruct(f"$ref outside the folder ({base[:200]})", where)
        return posixpath.normpath(posixpath.join(posixpath.dirname(file), unquote(base)))

    def _file(self, name: str, where: str) -> Any:
        if name not in self._read:
            if len(self._read) >= _MAX_FILES:
                raise UnsupportedConstruct("$ref to too many files", where)
            self._read[name] = read_nodes(self._path(name, where), name)
        return self._read[name]

    def _path(self, name: str, where: str) -> Path:
        if name == self.name:
            return self._folder / name
        try:
            path = (self._folder / name).resolve()
            within, there = path.is_relative_to(self._folder), path.is_file()
        except (OSError, ValueError, RuntimeError):
            within, there = True, False  # A name that no file can have.
        if not within:
            raise UnsupportedConstruct(f"$ref outside the folder ({name[:200]})", where)
        if not there:
            raise UnsupportedConstruct(f"$ref to a missing file ({name[:200]})", where)
        return path

    def _catalog(self) -> Mapping[str, str]:
        path = self._folder / _CATALOG
        if not path.is_file() or path.stat().st_size > MAX_BYTES:
            return {}
        try:
            found = json.loads(path.read_bytes())
        except (ValueError, RecursionError):
            raise UnsupportedConstruct("a catalogue that is no JSON", _CATALOG) from None
        if not isinstance(found, dict):
            raise UnsupportedConstruct("a catalogue that is no object", _CATALOG)
        return {url: file for url, file in found.items() if isinstance(file, str)}


def last_step(reference: str) -> str:
    """The name that a reference ends in."""
    return unquote(reference.rstrip("/").rsplit("/", 1)[-1]).replace("~1", "/").replace("~0", "~")
