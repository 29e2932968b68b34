"""Content models: which elements may follow each other, read with one element of foresight.

XML Schema allows only models where the next element's name says which part of the model it is of (unique particle
attribution), so nothing is ever read twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from lxml import etree

from adapters.kit.xsd.types import ComplexType, Element, Group, Particle, Wildcard, Xml

Read = Callable[[etree._Element], Any]
ReaderOf = Callable[[Element], Read]
Open = Callable[[Wildcard, etree._Element], Xml]
ReadItem = Callable[[Element, etree._Element], Any]
Match = Callable[[Sequence[etree._Element], int, dict[str, Any]], int]
"""From the children, where the particle begins, and what is found there, to where it ends."""


class BadReplyError(ValueError):
    """An element is not what the contract says.

    Args:
        path: names of elements as the contract has them, from the body's element down; never a value.
        what: the slip.
    """

    def __init__(self, path: str, what: str) -> None:
        super().__init__(path, what)
        self.path = path
        self.what = what

    def __str__(self) -> str:
        return f"{self.path}: {self.what}"

    def under(self, name: str) -> BadReplyError:
        """The same, seen from the element around it."""
        self.path = f"{name}/{self.path}" if self.path else name
        return self


class Bad(BadReplyError):  # noqa: N818 - raised where the path is not known yet
    """The element being read is wrong; the path grows on the way out."""

    def __init__(self, what: str, path: str = "") -> None:
        super().__init__(path, what)


class Content:
    """Reads the children of an element of one type."""

    def __init__(self, kind: ComplexType, reader_of: ReaderOf, read_open: Open) -> None:
        self._reader_of = reader_of
        self._read_open = read_open
        self._match = None if kind.content is None else self._group(kind.content)
        self._direct = self._tolerated(kind)
        self._known: dict[Any, str] = {} if kind.content is None else dict(_names(kind.content))

    def read(self, children: list[etree._Element], found: dict[str, Any], read_item: ReadItem | None = None) -> None:
        """Put the values of the children into ``found``.

        Args:
            read_item: reads items of a list directly among them; None: as everything else.

        Raises: BadReplyError.
        """
        position = 0
        if read_item is not None and self._direct:
            self._items(children, found, read_item)
            return
        if self._match is not None:
            position = self._match(children, 0, found)
        self._at_end(children, position)

    def _at_end(self, children: list[etree._Element], position: int) -> None:
        if position < len(children):
            tag = children[position].tag
            if tag in self._known:
                raise Bad("too many, or in another place", self._known[tag])
            raise Bad("an element that the contract does not have here")

    def _tolerated(self, kind: ComplexType) -> tuple[Element, ...]:
        """Where a type is a plain sequence that has lists of records, its elements."""
        return kind.elements if any(e.repeats and isinstance(e.type, ComplexType) for e in kind.elements) else ()

    def _items(self, children: list[etree._Element], found: dict[str, Any], read_item: ReadItem) -> None:
        position = 0
        for element in self._direct:
            if element.repeats and isinstance(element.type, ComplexType):
                read: Read = lambda node, element=element: read_item(element, node)  # type: ignore[misc]  # noqa: E731
                position = self._element(element, read)(children, position, found)
            else:
                position = self._element(element)(children, position, found)
        self._at_end(children, position)

    def _particle(self, particle: Particle) -> Match:
        if isinstance(particle, Element):
            return self._element(particle)
        return self._wildcard(particle) if isinstance(particle, Wildcard) else self._group(particle)

    def _element(self, element: Element, read: Read | None = None) -> Match:
        read = read or self._reader_of(element)
        tag, name, low, high = element.tag, element.name, element.min_occurs, element.max_occurs

        def one(children: Sequence[etree._Element], at: int, found: dict[str, Any]) -> int:
            if at < len(children) and children[at].tag == tag:
                try:
                    found[name] = read(children[at])
                except BadReplyError as error:
                    raise error.under(name) from None
                return at + 1
            if low:
                raise Bad("missing, or in another place", name)
            return at

        def many(children: Sequence[etree._Element], at: int, found: dict[str, Any]) -> int:
            values: list[Any] = []
            end = len(children)
            try:
                while at < end and len(values) != high and children[at].tag == tag:
                    values.append(read(children[at]))
                    at += 1
            except BadReplyError as error:
                raise error.under(name) from None
            if len(values) < low:
                raise Bad("missing, or in another place", name)
            found[name] = values
            return at

        return many if element.repeats else one

    def _wildcard(self, wildcard: Wildcard) -> Match:
        read, high, low = self._read_open, wildcard.max_occurs, wildcard.min_occurs

        def match(children: Sequence[etree._Element], at: int, found: dict[str, Any]) -> int:
            values: list[Xml] = []
            while at < len(children) and len(values) != high and wildcard.allows(str(children[at].tag)):
                values.append(read(wildcard, children[at]))
                at += 1
            if len(values) < low:
                raise Bad("missing, or in another place", wildcard.name)
            if wildcard.repeats:
                found[wildcard.name] = values
            elif values:
                found[wildcard.name] = values[0]
            return at

        return match

    def _group(self, group: Group) -> Match:
        once = {"sequence": self._sequence, "choice": self._choice, "all": self._all}[group.kind](group)
        low, high, name, starts, empty = (
            group.min_occurs,
            group.max_occurs,
            group.name,
            starts_of(group),
            may_be_empty(group),
        )

        def optional(children: Sequence[etree._Element], at: int, found: dict[str, Any]) -> int:
            return once(children, at, found) if at < len(children) and starts(children[at].tag) else at

        def many(children: Sequence[etree._Element], at: int, found: dict[str, Any]) -> int:
            values: list[dict[str, Any]] = []
            while at < len(children) and len(values) != high and starts(children[at].tag):
                value: dict[str, Any] = {}
                after = once(children, at, value)
                if after == at:
                    break
                values.append(value)
                at = after
            if len(values) < low and not empty:
                raise Bad("missing, or in another place", name)
            found[name] = values
            return at

        if group.repeats and len(group.particles) == 1 and group.kind != "all":
            single = group.particles[0]
            if isinstance(single, Element) and single.repeats:
                return self._in_turns(group, single)
        if group.repeats:
            return many
        return once if low else optional

    def _in_turns(self, group: Group, element: Element) -> Match:
        """A group that repeats, of one element that repeats: only the whole count says how often the group stands."""
        read, tag, name = self._reader_of(element), element.tag, element.name
        least, most = element.min_occurs, element.max_occurs

        def match(children: Sequence[etree._Element], at: int, found: dict[str, Any]) -> int:
            values: list[Any] = []
            end = len(children)
            limit = None if most is None or group.max_occurs is None else most * group.max_occurs
            try:
                while at < end and len(values) != limit and children[at].tag == tag:
                    values.append(read(children[at]))
                    at += 1
            except BadReplyError as error:
                raise error.under(name) from None
            turns = group.min_occurs if least else 0
            if values:
                turns = max(group.min_occurs, 1 if most is None else -(-len(values) // most))
            if len(values) < turns * least:
                raise Bad("missing, or in another place", name)
            share, more = divmod(len(values), turns) if turns else (0, 0)
            sizes = [share + (turn < more) for turn in range(turns)]
            rest = iter(values)
            found[group.name] = [{name: list(islice(rest, size))} for size in sizes]
            return at

        return match

    def _sequence(self, group: Group) -> Match:
        parts = [self._particle(particle) for particle in group.particles]

        def match(children: Sequence[etree._Element], at: int, found: dict[str, Any]) -> int:
            for part in parts:
                at = part(children, at, found)
            return at

        return match

    def _choice(self, group: Group) -> Match:
        branches = [(starts_of(particle), self._particle(particle)) for particle in group.particles]
        empty = any(may_be_empty(particle) for particle in group.particles)

        def match(children: Sequence[etree._Element], at: int, found: dict[str, Any]) -> int:
            if at < len(children):
                tag = children[at].tag
                for starts, branch in branches:
                    if starts(tag):
                        return branch(children, at, found)
            if not empty:
                raise Bad("none of the elements of which one has to stand here")
            return at

        return match

    def _all(self, group: Group) -> Match:
        parts = [
            (starts_of(particle), may_be_empty(particle), particle.name, self._particle(particle))
            for particle in group.particles
        ]

        def match(children: Sequence[etree._Element], at: int, found: dict[str, Any]) -> int:
            left = list(parts)
            while at < len(children):
                part = next((each for each in left if each[0](children[at].tag)), None)
                if part is None:
                    break
                left.remove(part)
                at = part[3](children, at, found)
            for _, empty, name, _ in left:
                if not empty:
                    raise Bad("missing, or in another place", name)
            return at

        return match


def _names(group: Group) -> Iterator[tuple[str, str]]:
    for particle in group.particles:
        if isinstance(particle, Group):
            yield from _names(particle)
        elif isinstance(particle, Element):
            yield particle.tag, particle.name


def may_be_empty(particle: Particle) -> bool:
    """Whether nothing at all is enough for it."""
    if particle.min_occurs == 0:
        return True
    if not isinstance(particle, Group):
        return False
    each = (may_be_empty(inner) for inner in particle.particles)
    return any(each) if particle.kind == "choice" else all(each)


def starts_of(particle: Particle) -> Callable[[Any], bool]:
    """Tells whether an element of a name can be the first of it."""
    tags, wildcards = set[str](), list[Wildcard]()
    _collect(particle, tags, wildcards)
    if not wildcards:
        return frozenset(tags).__contains__
    return lambda tag: tag in tags or any(wildcard.allows(str(tag)) for wildcard in wildcards)


def _collect(particle: Particle, tags: set[str], wildcards: list[Wildcard]) -> None:
    if isinstance(particle, Element):
        tags.add(particle.tag)
    elif isinstance(particle, Wildcard):
        wildcards.append(particle)
    else:
        for inner in particle.particles:
            _collect(inner, tags, wildcards)
            if particle.kind == "sequence" and not may_be_empty(inner):
                break
