"""Answers in the plain form, read straight to records: no dictionary in between, and nothing that nobody asked for.

It says yes or nothing: an answer about somebody else, a value that cannot be read, whatever is not as it should be, is
left to the walker and :func:`adapters.kit.collect.collect`, which say what is wrong with which record. What is not
asked for is checked by its form alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any, Never

from adapters.kit.errors import SLIPS
from adapters.kit.generated import applied
from adapters.kit.items import Items
from adapters.kit.record_of import Occurs, Part, RecordOf
from adapters.kit.xsd.plain_spelling import BLANK, Spelling, is_plain, namespaces_of, without_groups
from adapters.kit.xsd.plain_types import plain_text
from adapters.kit.xsd.types import ComplexType, Element, SimpleType
from schema.records.not_read import NOT_READ

Reading = Callable[[bytes, int, int, Mapping[str, Any]], dict[Any, Any] | None]
"""From an answer, where in it the content of the element begins and ends, and the key as it stands on the wire to the
subject, to the record of each subject."""

_KEPT = 32
"""Making one takes milliseconds: where callers ask for still other attributes, the whole record is read for them."""
_WHITE = b" \t\r\n"
_PIECE = 32 * 1024
"""Bytes that become a text at a time: memory for a small one has just been used, for a large one it is mapped anew."""
_LARGEST_PIECE = 1_000_000
"""A longer one is not the usual answer, and would be held three times."""

Path = tuple[str, ...]


class PlainRecords:
    """Reads the content of one element, which holds the items and nothing else.

    Args:
        element: of a body.

    Raises:
        LookupError: the items name an element that the contract does not have.
    """

    def __init__(self, element: Element, items: Items[Any]) -> None:
        self._items = items
        self._namespaces = namespaces_of(element)
        inside = element.type.elements if isinstance(element.type, ComplexType) else ()
        direct = len(inside) == 1 and inside[0].name == items.name and "/" not in items.key
        self._item = inside[0] if direct and is_plain(inside[0]) else None
        self._made: dict[tuple[Spelling, frozenset[str] | None], Reading | None] = {}
        self.possible = self._item is not None and isinstance(items.to_record, RecordOf)
        """Whether there are answers that it reads."""

    def reading(self, nsmap: Mapping[str | None, str], wanted: frozenset[str] | None) -> Reading | None:
        """What reads the content; None where nothing can.

        Args:
            nsmap: prefixes that are declared there.
            wanted: attributes of the record that are asked for; None: all.
        """
        if self._item is None or not isinstance(self._items.to_record, RecordOf):
            return None
        key = (Spelling.of(self._namespaces, nsmap), wanted)
        made = self._made.get(key)
        if made is None:
            if len(self._made) >= _KEPT:
                if wanted is not None:
                    return self.reading(nsmap, None)
                self._made.clear()
            try:
                made = _reading(self._item, self._items, self._items.to_record, *key)
            except (SyntaxError, RecursionError, OverflowError, re.error):
                made = None  # Nested deeper than code can be.
            self._made[key] = made
        return made


def _element_at(kind: SimpleType | ComplexType, path: Path) -> Element:
    found = None
    for name in path:
        inside = kind.elements if isinstance(kind, ComplexType) else ()
        found = next((element for element in inside if element.name == name), None)
        if found is None:
            raise LookupError(f"the contract has no element {'/'.join(path)}")
        kind = found.type
    assert found is not None
    return found


def _reading(
    item: Element, items: Items[Any], record: RecordOf[Any], spelling: Spelling, wanted: frozenset[str] | None
) -> Reading | None:
    # Most write either no white space between elements or some everywhere; to look for none is quicker.
    compact = _batch(item, items, record, _Generator(spelling, _within(item), ""), wanted)
    if compact is None:
        return None

    @cache
    def spaced() -> Reading | None:
        return _batch(item, items, record, _Generator(spelling, _within(item), BLANK), wanted)

    def read(content: bytes, start: int, stop: int, asked: Mapping[str, Any]) -> dict[Any, Any] | None:
        if start < stop and content[start] in _WHITE:
            start = stop - len(content[start:stop].lstrip(_WHITE))
        if start < stop and content[stop - 1] in _WHITE:
            stop = start + len(content[start:stop].rstrip(_WHITE))
        found = compact(content, start, stop, asked)
        reading = spaced() if found is None else None
        return found if reading is None else reading(content, start, stop, asked)

    return read


def _within(item: Element) -> ComplexType:
    if not isinstance(item.type, ComplexType):
        raise TypeError(f"{item.name} holds no elements")
    return item.type


def _batch(
    item: Element, items: Items[Any], record: RecordOf[Any], made: _Generator, wanted: frozenset[str] | None
) -> Reading | None:
    tag = made.spelling.tag(item)
    if tag is None:
        return None
    key_path, own_paths = (items.key,), [tuple(path.split("/")) for path in items.own]
    made.kept = {key_path, *own_paths}
    try:
        pattern, expression = made.record(record, wanted)
    except _NotPlainError:
        return None
    key = made.groups.get(key_path)
    if key is None or plain_text(made.simple(key_path)).read is not None:
        return None
    own = " or ".join(made.has(path, key) for path in own_paths) or "True"
    high = "" if item.max_occurs is None else f" <= {item.max_occurs}"
    made.scope |= {
        "SLIPS": SLIPS,
        "PIECE": _PIECE,
        "end_of_piece": partial(_end_of_piece, re.sub(r"\\(.)", r"\1", f"</{tag}>").encode()),
        "match_at": re.compile(f"{made.blank}<{tag}>{made.blank}{pattern}</{tag}>{made.blank}").match,
    }
    lines = [
        "def read(content, start, stop, asked):",
        "    found, count = {}, 0",
        "    try:",
        "        while start < stop:",
        "            piece = content[start : end_of_piece(content, start, stop) if stop - start > PIECE else stop]",
        "            start += len(piece)",
        "            text, at = piece.decode(), 0",
        "            end = len(text)",
        "            while at < end:",
        "                match = match_at(text, at)",
        "                if match is None:",
        "                    return None",
        f"                {', '.join(made.groups.values())}, = match.groups()",
        f"                subject = asked.get({key}) if {own} else None",
        "                if subject is None:",
        "                    return None",
        f"                found[subject] = {expression}",
        "                count += 1",
        "                at = match.end()",
        "    except SLIPS:",
        "        return None",
        f"    return found if {item.min_occurs} <= count == len(found){high} else None",
    ]
    exec("\n".join(lines), made.scope)  # noqa: S102 - made of the contract and a mapping, names by repr
    reading: Reading = made.scope["read"]
    return reading


def _end_of_piece(closing: bytes, content: bytes, start: int, stop: int) -> int:
    """Where a piece of whole items ends, or the content."""
    size = _PIECE
    while start + size < stop:
        end = content.rfind(closing, start, start + size)
        if end >= 0:
            return end + len(closing)
        size *= 2
        if size > _LARGEST_PIECE:
            raise LookupError("no end of an item")
    return stop


class _NotPlainError(Exception):
    """A record that cannot be made of the groups of a regular expression."""


def _missing() -> Never:
    raise LookupError("an element is not there")


@dataclass
class _Generator:
    """Pattern and code of one record."""

    spelling: Spelling
    kind: ComplexType
    blank: str
    """Pattern of what may stand between elements."""
    kept: set[Path] = field(default_factory=set)
    """Elements whose text is needed."""
    scope: dict[str, Any] = field(default_factory=lambda: {"NOT_READ": NOT_READ, "missing": _missing})
    within: list[int] = field(default_factory=list)
    """Types that are being generated: what contains itself is left out."""
    listed: bool = False
    """The groups come from ``findall``, to which a group that is absent is an empty text."""
    groups: dict[Path, str] = field(default_factory=dict)
    """The group that holds an element's text, or the whole of a list."""

    def record(self, record: RecordOf[Any], wanted: frozenset[str] | None) -> tuple[str, str]:
        """The pattern of the item's content, and the expression that makes the record of its groups."""
        parts = {name: part for name, part in record.parts.items() if record.wanted(name, wanted)}
        self.kept |= {part.path for part in parts.values()}
        pattern = self.content(self.kind, ())
        made = f"record_{len(self.scope)}"
        self.scope[made] = record.record
        values = [f"{name}={self._value(parts[name]) if name in parts else 'NOT_READ'}" for name in record.parts]
        return pattern, f"{made}({', '.join(values)})"

    def has(self, path: Path, key: str) -> str:
        """The expression that tells whether an element, or one of a list, is the key."""
        element, group = _element_at(self.kind, path), self.groups.get(path)
        if group is None:
            return "False"
        if not element.repeats:
            return f"{key} == {group}"
        return f"{key} in {self._texts(element)}({group} or '')"

    def simple(self, path: Path) -> SimpleType:
        """The type of an element that holds a text. Raises: TypeError."""
        kind = _element_at(self.kind, path).type
        if not isinstance(kind, SimpleType):
            raise TypeError(f"{'/'.join(path)} holds no text")
        return kind

    def content(self, kind: ComplexType, path: Path) -> str:
        """The pattern of a type's content."""
        self.within.append(id(kind))
        pattern = "".join(self._element(element, (*path, element.name)) for element in kind.elements)
        self.within.pop()
        return pattern

    def _element(self, element: Element, path: Path) -> str:
        tag = self.spelling.tag(element)
        if tag is None or id(element.type) in self.within or not is_plain(element):
            # It cannot stand here in the plain form, so it is either absent or somebody else's work.
            return "" if element.min_occurs == 0 else "(?!)"
        if element.repeats:
            high = "" if element.max_occurs is None else element.max_occurs
            one = without_groups(self._one_of_list(element, tag))
            return f"{self._opened(path)}(?:{one}){{{element.min_occurs},{high}}}+)"
        if isinstance(element.type, ComplexType):
            pattern = f"<{tag}>{self.blank}{self.content(element.type, path)}</{tag}>{self.blank}"
        else:
            text = plain_text(element.type)
            pattern = f">{self._opened(path)}{text.pattern})</{tag}>"
            if element.nillable:
                pattern = f"(?:{pattern}|(?:{self.spelling.nil()})(?:/>|></{tag}>))"
            pattern = f"<{tag}{pattern}{self.blank}"
        return pattern if element.min_occurs else f"(?:{pattern})?+"

    def _opened(self, path: Path) -> str:
        if path not in self.kept:
            return "(?:"
        self.groups[path] = f"g{len(self.groups)}"
        return "("

    def _one_of_list(self, element: Element, tag: str) -> str:
        if isinstance(element.type, SimpleType):
            text = plain_text(element.type)
            return f"<{tag}>({text.pattern})</{tag}>{self.blank}"
        inner = _Generator(self.spelling, element.type, self.blank, within=self.within)
        return f"<{tag}>{self.blank}{inner.content(element.type, ())}</{tag}>{self.blank}"

    def _value(self, part: Part) -> str:
        element, group = _element_at(self.kind, part.path), self.groups.get(part.path)
        if element.repeats is not (part.occurs is Occurs.EACH):
            raise TypeError(f"{'/'.join(part.path)} is a list, or is none")
        text = None if part.occurs is Occurs.EACH else plain_text(self.simple(part.path))
        if group is None:
            return {Occurs.ONE: "missing()", Occurs.MAYBE: "None", Occurs.EACH: "()"}[part.occurs]
        if text is None:
            return f"tuple({self._list(element, part)}) if {group} else ()"
        if self.listed and re.fullmatch(text.pattern, ""):
            raise _NotPlainError
        value = applied(part.read, applied(text.read, group, self.scope), self.scope)
        there = group if self.listed else f"{group} is not None"
        return f"{value} if {there} else {'None' if part.occurs is Occurs.MAYBE else 'missing()'}"

    def _list(self, element: Element, part: Part) -> str:
        group = self.groups[part.path]
        if isinstance(element.type, SimpleType):
            texts = f"{self._texts(element)}({group})"
            value = applied(part.read, applied(plain_text(element.type).read, "text", self.scope), self.scope)
            return texts if value == "text" else f"[{value} for text in {texts}]"
        if not isinstance(part.read, RecordOf):
            raise _NotPlainError
        inner = _Generator(self.spelling, element.type, self.blank, scope=self.scope, within=self.within, listed=True)
        pattern, expression = inner.record(part.read, None)
        tag = self.spelling.tag(element)
        find = f"find_{len(self.scope)}"
        # The empty group is for a record of one attribute: of one group alone, findall makes no tuple.
        self.scope[find] = re.compile(f"<{tag}>{self.blank}{pattern}</{tag}>{self.blank}()").findall
        return f"[{expression} for {', '.join(inner.groups.values())}, _ in {find}({group})]"

    def _texts(self, element: Element) -> str:
        find = f"find_{len(self.scope)}"
        self.scope[find] = re.compile(self._one_of_list(element, self.spelling.tag(element) or "")).findall
        return find
