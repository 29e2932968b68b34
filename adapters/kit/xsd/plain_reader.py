"""Answers that stand in the plain form, read without a tree: three times as fast as one.

Most registers write their answers in one way: each element with the same prefix, attributes in the contract's order, no
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
from functools import partial
from typing import Any

from adapters.kit.generated import applied
from adapters.kit.xsd.builtins import is_name
from adapters.kit.xsd.content import may_be_empty
from adapters.kit.xsd.plain_spelling import BLANK, Spelling, is_regular, namespaces_of, without_groups
from adapters.kit.xsd.plain_types import plain_text
from adapters.kit.xsd.types import NIL, ComplexType, Element, Group, Particle, SimpleType
from adapters.kit.xsd.values import read_value

_SLIPS = (ValueError, KeyError, ArithmeticError)
_SPELLINGS_KEPT = 8
_QUOTED = '[^"<&\\x00-\\x1f\\ufffe\\uffff]*+'
"""An attribute's text: white space but blanks would be read as blanks."""

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
        kind = self._element.type
        if not isinstance(kind, ComplexType) or not is_regular(self._element) or kind.attributes or kind.text:
            return None  # The element's own attributes are not of its content.
        spelling = Spelling.of(self._namespaces, nsmap)
        made = self._made.get(spelling)
        if made is None and len(self._made) < _SPELLINGS_KEPT:
            made = self._made[spelling] = _generated(spelling, kind)
        return made

    def source(self, nsmap: Mapping[str | None, str]) -> str:
        """The generated code, for people."""
        assert isinstance(self._element.type, ComplexType)
        generator = _Generator(Spelling.of(self._namespaces, nsmap))
        generator.reading(self._element.type)
        return "\n".join(generator.lines)


def _generated(spelling: Spelling, kind: ComplexType) -> Reading:
    try:
        return _forgiving(_Generator(spelling).reading(kind))
    except (SyntaxError, RecursionError, OverflowError, re.error):
        return lambda content: None  # Nested deeper than code can be.


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
        if len(elements) == 1 and elements[0].repeats and isinstance(elements[0].type, ComplexType):
            if is_regular(elements[0]):
                return self._batch(elements[0], elements[0].type)
            return lambda content: None
        _, pattern, read = self._compiled(kind)
        everything = re.compile(f"{BLANK}{pattern}")

        def whole(content: str) -> Any:
            match = everything.fullmatch(content)
            return None if match is None else read(match.groups())

        return whole

    def _batch(self, element: Element, kind: ComplexType) -> Reading:
        attributes, pattern, read = self._compiled(kind)
        tag = self.spelling.tag(element)
        one = "(?!)" if tag is None else f"<{tag}{attributes}>{pattern}</{tag}>{BLANK}"
        item, blank = re.compile(one), re.compile(BLANK)
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

    def _compiled(self, kind: ComplexType) -> tuple[str, str, Callable[[tuple[str | None, ...]], Any]]:
        """Patterns of a type's attributes and content, and a function of their groups."""
        name = f"read_{len(self.known)}"
        self.known[name] = None
        groups: list[str] = []
        self.within.append(id(kind))
        attributes, pattern, body = self._type(kind, groups, "wire")
        self.within.pop()
        unpacked = f"    ({', '.join(groups)},) = groups" if groups else "    del groups"
        self.lines += [
            f"def {name}(groups):{f'  # {kind.name}' if is_name(kind.name) else ''}",
            unpacked,
            *(f"    {line}" for line in body),
        ]
        self.lines += ["    return wire", ""]
        scope = self.known
        exec("\n".join(self.lines[-len(body) - 4 :]), scope)  # noqa: S102 - made of the contract, names by repr
        return attributes, pattern, scope[name]

    def _type(self, kind: ComplexType, groups: list[str], into: str) -> tuple[str, str, list[str]]:
        """Patterns of attributes and content, with what stands around it, and the code that makes the dictionary."""
        attributes, given, later = "", list[str](), list[str]()
        for attribute in kind.attributes:
            group, key = _group(groups), repr(attribute.name)
            one = f' {re.escape(attribute.tag)}="({_QUOTED})"'
            value = applied(partial(_attribute, attribute.type), group, self.known)
            attributes += one if attribute.required else f"(?:{one})?+"
            if attribute.required:
                given.append(f"{key}: {value}")
            else:
                later += [f"if {group} is not None:", f"    {into}[{key}] = {value}"]
        pattern = BLANK
        if kind.text is not None:
            text = plain_text(kind.text)
            pattern = f"({text.pattern})"
            given.append(f"'#text': {applied(text.read, _group(groups), self.known)}")
        elif kind.content is not None:
            content, always, code = self._group(kind.content, groups, into, certain=True)
            pattern += content
            given += always
            later += code
        return attributes, pattern, [f"{into} = {{", *(f"    {line}," for line in given), "}", *later]

    def _particle(
        self, particle: Particle, groups: list[str], into: str, *, certain: bool
    ) -> tuple[str, list[str], list[str]]:
        """Pattern, entries of the dictionary, and statements after it.

        Args:
            certain: it stands in every content, so that what is required of it is there.
        """
        if isinstance(particle, Group):
            return self._group(particle, groups, into, certain=certain)
        assert isinstance(particle, Element)
        return self._element(particle, groups, into, certain=certain)

    def _group(self, group: Group, groups: list[str], into: str, *, certain: bool) -> tuple[str, list[str], list[str]]:
        choice = group.kind == "choice"
        certain = certain and not choice and group.min_occurs == 1
        patterns, given, later = list[str](), list[str](), list[str]()
        for particle in group.particles:
            pattern, always, code = self._particle(particle, groups, into, certain=certain)
            patterns.append(pattern)
            given += always
            later += code
        whole = f"(?:{'|'.join(patterns)})" if choice else "".join(patterns)
        optional = group.min_occurs == 0 or (choice and may_be_empty(group))
        return f"(?:{whole})?+" if optional else whole, given, later

    def _element(
        self, element: Element, groups: list[str], into: str, *, certain: bool
    ) -> tuple[str, list[str], list[str]]:
        tag, key = self.spelling.tag(element), repr(element.name)
        if tag is None or id(element.type) in self.within or not is_regular(element):
            # It cannot stand here in the plain form, so it is either absent or somebody else's work.
            if element.min_occurs > 0:
                return "(?!)", [], []
            if not element.repeats or certain:
                return "", [f"{key}: []"] if element.repeats else [], []
            return "()", [], [f"if {_group(groups)} is not None:", f"    {into}[{key}] = []"]
        if element.repeats:
            return self._list(element, tag, groups, into, certain=certain)
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
            if certain and not many and not nil:
                return pattern, [f"{key}: {value}"], []
            code = [f"if {group} is not None:", f"    {into}[{key}] = {value}"]
            if nil:
                code += [f"elif {nil} is not None:", f"    {into}[{key}] = NIL"]
            return pattern, [], code
        marker, inner = _group(groups), f"{into}_{len(groups)}"
        self.within.append(id(element.type))
        attributes, content, body = self._type(element.type, groups, inner)
        self.within.pop()
        code = [f"if {marker} is not None:", *(f"    {line}" for line in body), f"    {into}[{key}] = {inner}"]
        return f"(?:<{tag}(){attributes}>{content}</{tag}>{BLANK}){many}", [], code

    def _list(
        self, element: Element, tag: str, groups: list[str], into: str, *, certain: bool
    ) -> tuple[str, list[str], list[str]]:
        group, key = _group(groups), repr(element.name)
        if isinstance(element.type, SimpleType):
            text = plain_text(element.type)
            one = f"<{tag}>({text.pattern})</{tag}>{BLANK}"
            found = f"{self._named(re.compile(one).findall)}({group})"
            if text.read is not None:
                found = f"[{applied(text.read, 'text', self.known)} for text in {found}]"
        else:
            attributes, content, read = self._compiled(element.type)
            one = f"<{tag}{attributes}>{content}</{tag}>{BLANK}"
            each = self._named(_each(re.compile(one), read))
            found = f"list({each}({group}))"
        high = "" if element.max_occurs is None else element.max_occurs
        pattern = f"((?:{without_groups(one)}){{{element.min_occurs},{high}}}+)"
        if certain:
            return pattern, [f"{key}: {found} if {group} else []"], []
        return pattern, [], [f"if {group} is not None:", f"    {into}[{key}] = {found} if {group} else []"]

    def _named(self, value: Any) -> str:
        name = f"{getattr(value, '__name__', 'call').strip('<>').strip('_')}_{len(self.known)}"
        self.known[name] = value
        return name


def _attribute(simple: SimpleType, text: str) -> Any:
    return read_value(simple, text)


def _each(item: re.Pattern[str], read: Callable[[tuple[str | None, ...]], Any]) -> Callable[[str], Iterator[Any]]:
    def items(block: str) -> Iterator[Any]:
        return (read(match.groups()) for match in item.finditer(block))

    return items


def _group(groups: list[str]) -> str:
    groups.append(f"g{len(groups)}")
    return groups[-1]
