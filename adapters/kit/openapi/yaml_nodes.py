"""YAML text of a contract, read with the line of every value, by the rules of YAML 1.2's core schema.

Those rules are what OpenAPI asks for: ``no`` and ``2026-01-10`` are texts. Events come from the parser in C; values are
made here without recursion, so that neither depth nor aliases cost more than they may.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.openapi.json_nodes import number_of
from adapters.kit.openapi.nodes import MAX_DEPTH, MAX_NODES, Row, Table

# Where PyYAML was built without its parser in C, the one in Python gives the same events, only slower.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o([0-7]+)")
_HEXADECIMAL = re.compile(r"0x([0-9a-fA-F]+)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None} | {
    spelled: value
    for word, value in (("true", True), ("false", False))
    for spelled in (word, word.title(), word.upper())
}
_KEY_NUMBER = re.compile(r"0|[1-9][0-9]*")
_TAGS = {f"tag:yaml.org,2002:{name}" for name in ("str", "map", "seq", "int", "float", "bool", "null")}
_MAX_DIGITS = 100
_NOTHING = object()


def read_yaml_nodes(text: str, file: str) -> Any:
    """Read one document of it. Raises: UnsupportedConstruct with ``file:line``."""
    try:
        return _Composer(file).whole(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise UnsupportedConstruct("a text that is no YAML", f"{file}:{mark.line + 1 if mark else 1}") from None
    except (yaml.YAMLError, RecursionError):
        raise UnsupportedConstruct("a text that is no YAML", file) from None


class _Open:
    """A collection that is being read."""

    __slots__ = ("anchor", "key", "key_line", "made", "merged", "size")

    def __init__(self, made: Table | Row, anchor: str | None) -> None:
        self.made = made
        self.anchor = anchor
        self.key: Any = _NOTHING
        self.key_line = 0
        self.merged: list[Table] = []
        self.size = 1


class _Composer:
    def __init__(self, file: str) -> None:
        self._file = file
        self._anchored: dict[str, tuple[Any, int]] = {}
        """Value and size by anchor; a collection that is not whole yet has size 0."""
        self._stack: list[_Open] = []
        self._root: Any = None
        self._documents = 0

    def whole(self, text: str) -> Any:
        for event in yaml.parse(text, Loader=_LOADER):
            line = event.start_mark.line + 1 if event.start_mark is not None else 1
            where = f"{self._file}:{line}"
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event, where)
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                self._start(event, where)
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                self._end(where)
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event, where)
            elif isinstance(event, yaml.DocumentStartEvent):
                self._documents += 1
                if self._documents > 1:
                    raise UnsupportedConstruct("a second document in one file", where)
        return self._root

    def _start(self, event: Any, where: str) -> None:
        if event.tag is not None and event.tag not in _TAGS:
            raise UnsupportedConstruct("a tag", where)
        if len(self._stack) > MAX_DEPTH:
            raise UnsupportedConstruct("nesting too deep", where)
        if self._awaits_key():
            raise UnsupportedConstruct("a key that is no text", where)
        line = event.start_mark.line + 1
        made = Table(self._file, line) if isinstance(event, yaml.MappingStartEvent) else Row(self._file, line)
        if event.anchor:
            self._anchored[event.anchor] = (made, 0)
        self._stack.append(_Open(made, event.anchor))

    def _end(self, where: str) -> None:
        done = self._stack.pop()
        if isinstance(done.made, Table):
            for other in done.merged:
                for name, value in other.items():
                    if name not in done.made:
                        done.made[name] = value
                        done.made.lines[name] = other.lines[name]
        if done.anchor:
            self._anchored[done.anchor] = (done.made, done.size)
        self._put(done.made, done.size, where)

    def _alias(self, event: Any, where: str) -> None:
        value, size = self._anchored.get(event.anchor, (None, -1))
        if size < 0:
            raise UnsupportedConstruct("an alias without its anchor", where)
        if size == 0:
            raise UnsupportedConstruct("an alias that contains itself", where)
        if self._awaits_key():
            raise UnsupportedConstruct("a key that is no text", where)
        self._put(value, size, where)

    def _scalar(self, event: Any, where: str) -> None:
        if event.tag is not None and event.tag not in _TAGS and event.tag != "!":
            raise UnsupportedConstruct("a tag", where)
        plain = event.implicit[0] and event.tag is None
        if self._awaits_key():
            top = self._stack[-1]
            top.key = self._key(event.value, plain, where)
            top.key_line = event.start_mark.line + 1
            return
        value = _value(event.value, where) if plain else event.value
        if event.anchor:
            self._anchored[event.anchor] = (value, 1)
        self._put(value, 1, where)

    def _awaits_key(self) -> bool:
        if not self._stack:
            return False
        top = self._stack[-1]
        return isinstance(top.made, Table) and top.key is _NOTHING

    def _key(self, text: str, plain: bool, where: str) -> str:
        if plain and text == "<<":
            return text
        # A status is written without quotes by most, and nobody means a number by it.
        if plain and not _KEY_NUMBER.fullmatch(text) and not isinstance(_value(text, where), str):
            raise UnsupportedConstruct("a key that is no text", where)
        made = self._stack[-1].made
        if isinstance(made, Table) and text in made:
            raise UnsupportedConstruct("a name that stands twice", where)
        return text

    def _put(self, value: Any, size: int, where: str) -> None:
        if not self._stack:
            self._root = value
            return
        top = self._stack[-1]
        top.size += size
        if top.size > MAX_NODES:
            raise UnsupportedConstruct("too many values", where)
        if isinstance(top.made, Row):
            top.made.append(value)
            return
        if top.key == "<<":
            others = value if isinstance(value, Row) else [value]
            if not all(isinstance(other, Table) for other in others):
                raise UnsupportedConstruct("a merge of what is no object", where)
            top.merged.extend(others)
        else:
            top.made[top.key] = value
            top.made.lines[top.key] = top.key_line
        top.key = _NOTHING


def _value(text: str, where: str) -> Any:
    if text in _WORDS:
        return _WORDS[text]
    first = text[0]
    if first not in "+-.0123456789":
        return text
    if _NO_NUMBER.fullmatch(text):
        raise UnsupportedConstruct("NaN or infinity", where)
    if _INTEGER.fullmatch(text):
        return number_of(text, where)
    for form, base in ((_OCTAL, 8), (_HEXADECIMAL, 16)):
        if (found := form.fullmatch(text)) is not None and len(text) <= _MAX_DIGITS:
            return int(found.group(1), base)
    return number_of(text, where) if _FLOAT.fullmatch(text) else text
