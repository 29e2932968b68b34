"""Answers that stand in the plain form, read without a tree: three times as fast as one.

Most registers write their answers in one way: each element with the same prefix, no attribute but ``xsi:nil``, no
entity, no comment, no declaration inside. The language of such answers is regular where no type contains itself, so a
contract becomes a regular expression that finds every value while it checks names, order, occurrence and form.
Whatever does not match, broken or only written in another way, is read by the walker over the tree
(:mod:`adapters.kit.xsd.decode`), which also says what is wrong. So the plain form may be narrower than the contract,
and must not be wider: tests compare both readers.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.kit.generated import applied
from adapters.kit.xsd.plain_spelling import BLANK, Spelling, is_plain, namespaces_of, without_groups
from adapters.kit.xsd.plain_types import plain_text
from adapters.kit.xsd.types import NIL, ComplexType, Element, SimpleType

_SLIPS = (ValueError, KeyError, ArithmeticError)
_SPELLINGS_KEPT = 8

Reading = Callable[[str], Any]


class PlainReader:
    """Reads the content of one element.

    Args:
        element: of a body.
    """

    def __init__(self, element: Element) -> None:
        self._element = element
        self._namespaces = namespaces_of(element)
        self._made: dict[Spelling, Reading] = {}

    def reading(self, nsmap: Mapping[str | None, str]) -> Reading | None:
        """What reads the element's content.

        Args:
            nsmap: prefixes that are declared there.

        Returns:
            A function of what stands between the element's tags. It gives what ``decode`` would give, or None where the
            content is not in the plain form. None where no content of this element is.
        """
        if not isinstance(self._element.type, ComplexType) or not is_plain(self._element):
            return None
        spelling = Spelling.of(self._namespaces, nsmap)
        made = self._made.get(spelling)
        if made is None and len(self._made) < _SPELLINGS_KEPT:
            made = self._made[spelling] = _forgiving(_Generator(spelling).reading(self._element.type))
        return made

    def source(self, nsmap: Mapping[str | None, str]) -> str:
        """The generated code, for people."""
        assert isinstance(self._element.type, ComplexType)
        generator = _Generator(Spelling.of(self._namespaces, nsmap))
        generator.reading(self._element.type)
        return "\n".join(generator.lines)


def _forgiving(reading: Reading) -> Reading:
    def read(content: str) -> Any:
        try:
            return reading(content)
        except _SLIPS:
            return None

    return read


@dataclass
class _Generator:
    """Code for one way of writing prefixes."""

    spelling: Spelling
    lines: list[str] = field(default_factory=list)
    known: dict[str, Any] = field(default_factory=lambda: {"NIL": NIL})
    within: list[int] = field(default_factory=list)
    """Types that are being generated: what contains itself is left out."""

    def reading(self, kind: ComplexType) -> Reading:
        """A function of the content of an element of this type; it gives None where it does not match."""
        [*elements] = kind.elements
        if (
            len(elements) == 1
            and elements[0].repeats
            and isinstance(elements[0].type, ComplexType)
            and is_plain(elements[0])
        ):
            return self._batch(elements[0], elements[0].type)
        pattern, read = self._compiled(kind)
        everything = re.compile(f"{BLANK}{pattern}")

        def whole(content: str) -> Any:
            match = everything.fullmatch(content)
            return None if match is None else read(match.groups())

        return whole

    def _batch(self, element: Element, kind: ComplexType) -> Reading:
        pattern, read = self._compiled(kind)
        tag = self.spelling.tag(element)
        item = re.compile(f"<{tag}>{BLANK}{pattern}</{tag}>{BLANK}") if tag is not None else re.compile("(?!)")
        blank = re.compile(BLANK)
        low, high, name = element.min_occurs, element.max_occurs, element.name

        def batch(content: str) -> Any:
            start = blank.match(content)
            at, end, found = start.end() if start else 0, len(content), list[Any]()
            match_at, append = item.match, found.append
            while at < end:
                match = match_at(content, at)
                if match is None:
                    return None
                append(read(match.groups()))
                at = match.end()
            return {name: found} if low <= len(found) and (high is None or len(found) <= high) else None

        return batch

    def _compiled(self, kind: ComplexType) -> tuple[str, Callable[[tuple[str | None, ...]], Any]]:
        """The pattern of a type's content, and a function of its groups."""
        name = f"read_{len(self.known)}"
        self.known[name] = None
        groups: list[str] = []
        self.within.append(id(kind))
        pattern, body = self._content(kind, groups, "wire")
        self.within.pop()
        unpacked = f"    ({', '.join(groups)},) = groups" if groups else "    del groups"
        self.lines += [f"def {name}(groups):  # {kind.name}", unpacked, *(f"    {line}" for line in body)]
        self.lines += ["    return wire", ""]
        scope = self.known
        exec("\n".join(self.lines[-len(body) - 4 :]), scope)  # noqa: S102 - made of the contract, names by repr
        return pattern, scope[name]

    def _content(self, kind: ComplexType, groups: list[str], into: str) -> tuple[str, list[str]]:
        pattern, body, fixed = "", [f"{into} = {{"], []
        for element in kind.elements:
            part, always, code = self._element(element, groups, into)
            pattern += part
            body += [f"    {line}," for line in always]
            fixed += code
        return pattern, [*body, "}", *fixed]

    def _element(self, element: Element, groups: list[str], into: str) -> tuple[str, list[str], list[str]]:
        """Pattern, entries of the dictionary, and statements after it."""
        tag, key = self.spelling.tag(element), repr(element.name)
        if tag is None or id(element.type) in self.within or not is_plain(element):
            # It cannot stand here in the plain form, so it is either absent or somebody else's work.
            absent = "" if element.min_occurs == 0 else "(?!)"
            return absent, [f"{key}: []"] if element.repeats else [], []
        if element.repeats:
            return self._list(element, tag, groups)
        many = "?+" if element.min_occurs == 0 else ""
        if isinstance(element.type, SimpleType):
            text = plain_text(element.type)
            group = _group(groups)
            value = applied(text.read, group, self.known)
            pattern, nil = f">({text.pattern})</{tag}>", ""
            if element.nillable:
                nil = _group(groups)
                pattern = f"(?:{pattern}|(?:{self.spelling.nil()})()(?:/>|></{tag}>))"
            pattern = f"(?:<{tag}{pattern}{BLANK}){many}" if many else f"<{tag}{pattern}{BLANK}"
            if not many and not nil:
                return pattern, [f"{key}: {value}"], []
            code = [f"if {group} is not None:", f"    {into}[{key}] = {value}"]
            if nil:
                code += [f"elif {nil} is not None:", f"    {into}[{key}] = NIL"]
            return pattern, [], code
        marker, inner = _group(groups), f"{into}_{len(groups)}"
        self.within.append(id(element.type))
        content, body = self._content(element.type, groups, inner)
        self.within.pop()
        code = [f"if {marker} is not None:", *(f"    {line}" for line in body), f"    {into}[{key}] = {inner}"]
        return f"(?:<{tag}>(){BLANK}{content}</{tag}>{BLANK}){many}", [], code

    def _list(self, element: Element, tag: str, groups: list[str]) -> tuple[str, list[str], list[str]]:
        group = _group(groups)
        if isinstance(element.type, SimpleType):
            text = plain_text(element.type)
            one = f"<{tag}>({text.pattern})</{tag}>{BLANK}"
            found = f"{self._named(re.compile(one).findall)}({group})"
            if text.read is not None:
                found = f"[{applied(text.read, 'text', self.known)} for text in {found}]"
        else:
            content, read = self._compiled(element.type)
            one = f"<{tag}>{BLANK}{content}</{tag}>{BLANK}"
            each = self._named(_each(re.compile(one), read))
            found = f"list({each}({group}))"
        high = "" if element.max_occurs is None else element.max_occurs
        pattern = f"((?:{without_groups(one)}){{{element.min_occurs},{high}}}+)"
        return pattern, [f"{element.name!r}: {found} if {group} else []"], []

    def _named(self, value: Any) -> str:
        name = f"{getattr(value, '__name__', 'call').strip('<>').strip('_')}_{len(self.known)}"
        self.known[name] = value
        return name


def _each(item: re.Pattern[str], read: Callable[[tuple[str | None, ...]], Any]) -> Callable[[str], Iterator[Any]]:
    def items(block: str) -> Iterator[Any]:
        return (read(match.groups()) for match in item.finditer(block))

    return items


def _group(groups: list[str]) -> str:
    groups.append(f"g{len(groups)}")
    return groups[-1]
