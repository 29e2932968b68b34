"""The files of a description, as plain values: numbers with a fraction are decimals, other scalars as in YAML 1.2."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import Any
from urllib.parse import unquote, urldefrag

import yaml

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
URI = "http://contract.invalid/"
_MAX_STEPS = 40


class DescriptionError(ValueError):
    """The description cannot be served; the message says why."""


class _Loader(_LOADER):  # type: ignore[misc] # whichever of the two safe loaders there is
    """The safe loader with the scalars of JSON only."""


_Loader.yaml_implicit_resolvers = {}
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(null|Null|NULL|~|)\Z"), ["n", "N", "~", ""])
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"(true|True|TRUE|false|False|FALSE)\Z"), list("tTfF")
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?[0-9]+\Z"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float",
    re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?\Z"),
    list("-+.0123456789"),
)
_Loader.add_implicit_resolver("tag:yaml.org,2002:merge", re.compile(r"<<\Z"), ["<"])
_Loader.add_constructor("tag:yaml.org,2002:float", lambda loader, node: Decimal(node.value))
_Loader.add_constructor("tag:yaml.org,2002:int", lambda loader, node: int(node.value))


def read_file(path: Path) -> Any:
    """Raises: DescriptionError."""
    content = path.read_text("utf-8-sig")
    try:
        if content.lstrip().startswith("{"):
            try:
                return json.loads(content, parse_float=Decimal)
            except ValueError:
                pass
        return _with_names(yaml.load(content, Loader=_Loader))  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError, RecursionError):
        raise DescriptionError(f"{path.name} is neither JSON nor YAML") from None


def _with_names(value: Any) -> Any:
    """Keys as texts: a status is often written as a number."""
    if isinstance(value, dict):
        return {str(key): _with_names(inner) for key, inner in value.items()}
    return [_with_names(inner) for inner in value] if isinstance(value, list) else value


class Documents:
    """A description and the files beside it.

    Args:
        path: of the description. Raises: DescriptionError.
    """

    def __init__(self, path: Path) -> None:
        self._folder = path.resolve().parent
        self.main = path.name
        self.held: dict[str, Any] = {path.name: read_file(path)}
        catalog = self._folder / "catalog.json"
        self._urls: Mapping[str, str] = json.loads(catalog.read_bytes()) if catalog.is_file() else {}
        if not isinstance(self.root, dict) or not ({"openapi", "swagger"} & self.root.keys()):
            raise DescriptionError(f"{path.name} is no OpenAPI description")
        self._read_all()

    @property
    def root(self) -> Any:
        """The description itself."""
        return self.held[self.main]

    @property
    def old(self) -> bool:
        """Whether schemas are of OpenAPI 3.0 or Swagger 2.0."""
        return not str(self.root.get("openapi", "")).startswith("3.1")

    def place(self, reference: str, file: str) -> tuple[str, str]:
        """The file and the pointer that a reference in ``file`` names."""
        base, pointer = urldefrag(reference)
        if not base:
            return file, pointer
        return self._urls.get(base) or normpath(join(dirname(file), unquote(base))), pointer

    def find(self, file: str, pointer: str) -> Any:
        """Raises: DescriptionError where nothing is there."""
        found = self.held.get(file)
        for step in pointer.removeprefix("/").split("/") if pointer else ():
            step = unquote(step).replace("~1", "/").replace("~0", "~")
            try:
                found = found[int(step)] if isinstance(found, list) else found[step]  # type: ignore[index] # caught
            except (KeyError, IndexError, ValueError, TypeError):
                raise DescriptionError(f"{file} has nothing at {pointer[:200]}") from None
        return found

    def followed(self, node: Any, file: str) -> tuple[dict[str, Any], str]:
        """The object after its references, and its file. Raises: DescriptionError."""
        for _ in range(_MAX_STEPS):
            if not isinstance(node, dict):
                break
            if not isinstance(node.get("$ref"), str):
                return node, file
            file, pointer = self.place(node["$ref"], file)
            node = self.find(file, pointer)
        raise DescriptionError(f"a reference in {file} leads to no object")

    def _read_all(self) -> None:
        waiting = [self.main]
        while waiting:
            file = waiting.pop()
            for reference in _references(self.held[file]):
                other, _ = self.place(reference, file)
                path = (self._folder / other).resolve()
                if other not in self.held and path.is_relative_to(self._folder) and path.is_file():
                    self.held[other] = read_file(path)
                    waiting.append(other)


def _references(value: Any) -> list[str]:
    found, left = [], [value]
    while left:
        one = left.pop()
        if isinstance(one, dict):
            if isinstance(one.get("$ref"), str):
                found.append(one["$ref"])
            left += one.values()
        elif isinstance(one, list):
            left += one
    return found
