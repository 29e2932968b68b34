"""TOML as policies are written, read line by line in a fraction of the time.

What is read here is what ``tomllib`` reads; a line of a shape that is not below is left to it, or the whole file.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

_STRING = r'"[^"\\\x00-\x1f\x7f]*"'
_STRINGS = rf"\[(?:{_STRING}(?:, {_STRING})*)?\]"
_SIMPLE = rf"{_STRING}|true|false|{_STRINGS}"
_PAIR = re.compile(rf"([A-Za-z0-9_-]+) = ({_SIMPLE})")
_TABLE_IN_LINE = re.compile(rf"\{{ [A-Za-z0-9_-]+ = (?:{_SIMPLE})(?:, [A-Za-z0-9_-]+ = (?:{_SIMPLE}))* \}}")
_LINE = re.compile(r"([A-Za-z0-9_-]+) = (.+)", re.DOTALL)
_HEADER = re.compile(r"(\[\[?)([A-Za-z0-9_-]+)(\]\]?)")
_COMMENT = re.compile(r"#[^\x00-\x1f\x7f]*")
_WHOLE_SIMPLE = re.compile(_SIMPLE)
_EACH_STRING = re.compile(_STRING)


def plain_toml(text: str) -> dict[str, Any] | None:
    """What the text says; None where it takes ``tomllib`` to tell, also whether it is TOML at all."""
    root: dict[str, Any] = {}
    rows: dict[str, list[dict[str, Any]]] = {}
    table = root
    lines = iter(text.split("\n"))
    for line in lines:
        if line.endswith(" = ["):
            # A list over several lines: complete by itself, or not read here.
            line = "\n".join([line, *_until_it_ends(lines)])
        if pair := _LINE.fullmatch(line):
            key, written = pair.groups()
            try:
                value = _value(key, written, line)
            except ValueError:
                return None
            if key in table:
                return None
            table[key] = value
        elif header := _HEADER.fullmatch(line):
            opening, name, closing = header.groups()
            if len(opening) != len(closing):
                return None
            table = {}
            if len(opening) == 2 and name in rows:
                rows[name].append(table)
            elif name in root:
                return None
            elif len(opening) == 2:
                root[name] = rows[name] = [table]
            else:
                root[name] = table
        elif line and not _COMMENT.fullmatch(line):
            return None
    return root


def _until_it_ends(lines: Iterator[str]) -> Iterator[str]:
    for line in lines:
        yield line
        if line == "]":
            return


def _value(key: str, written: str, line: str) -> Any:
    """Raises: ValueError where a line is none by itself, or none at all."""
    if _WHOLE_SIMPLE.fullmatch(written):
        return _simple(written)
    if _TABLE_IN_LINE.fullmatch(written):
        pairs = _PAIR.findall(written)
        value = {name: _simple(each) for name, each in pairs}
        if len(value) == len(pairs):
            return value
    alone = tomllib.loads(line)
    if list(alone) != [key]:
        raise ValueError("more than one")
    return alone[key]


def _simple(written: str) -> Any:
    if written[0] == '"':
        return written[1:-1]
    if written[0] == "[":
        return [each[1:-1] for each in _EACH_STRING.findall(written)]
    return written == "true"
