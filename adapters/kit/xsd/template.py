"""Requests written into a template: what is constant was made once of the contract, values are escaped into it.

The bytes mean the same as the tree that :mod:`adapters.kit.xsd.encode` makes; tests compare both. What is more than
elements in order is written by way of the tree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from operator import methodcaller
from typing import Any

from lxml import etree

from adapters.kit.xsd.decode import XSI
from adapters.kit.xsd.encode import encode
from adapters.kit.xsd.plain_types import plain_text
from adapters.kit.xsd.types import NIL, WITH_NAMES, ComplexType, Element, Kind, SimpleType, is_bare
from adapters.kit.xsd.values import write_value

# What XML 1.0 cannot carry at all.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ESCAPED = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
WORD = re.compile(r"[A-Za-z0-9_.:/-]*", re.ASCII)
"""Texts, and of texts as many as one likes after one another, that stand between tags as they are."""
_escape_end = methodcaller("replace", ">", "&gt;")

Write = Callable[[Any], str]


def escape(text: str) -> str:
    """The text as it stands between tags. Raises: ValueError: XML cannot carry it."""
    if WORD.fullmatch(text):
        return text
    if _NO_XML.search(text):
        raise ValueError("a text that XML cannot carry")
    return text.translate(_ESCAPED)


class Template:
    """Writes one element of a body.

    Args:
        element: of the contract; types may contain themselves.
    """

    def __init__(self, element: Element) -> None:
        if not all_flat(element):
            self.write: Write = lambda value: etree.tostring(encode(element, value), encoding="unicode")
            """The element with its value.

            Raises:
                ValueError, TypeError, KeyError: the value is not what the contract asks for.
            """
            return
        self._prefixes: dict[str, str] = {}
        for namespace in dict.fromkeys(_namespaces(element)):
            self._prefixes[namespace] = f"m{len(self._prefixes) or ''}:" if namespace else ""
        quoted = {uri: escape(uri).replace('"', "&quot;") for uri in self._prefixes}
        declared = [f'xmlns:{prefix[:-1]}="{quoted[uri]}"' for uri, prefix in self._prefixes.items() if uri]
        self._attributes = " ".join(["", *declared, f'xmlns:xsi="{XSI}"'])
        self.write = self._element(element, self._attributes)

    def _element(self, element: Element, attributes: str = "") -> Write:
        before, after = self._tags(element, attributes)
        kind, nil = element.type, f'{before[:-1]} xsi:nil="true"/>' if element.nillable else None
        content = _text(kind) if isinstance(kind, SimpleType) else self._content(kind)

        def write(value: Any) -> str:
            if value is NIL:
                if nil is None:
                    raise ValueError(f"{element.name} is not nillable")
                return nil
            return f"{before}{content(value)}{after}"

        return write

    def _tags(self, element: Element, attributes: str = "") -> tuple[str, str]:
        name = etree.QName(element.tag)
        tag = f"{self._prefixes[name.namespace or '']}{name.localname}"
        return f"<{tag}{attributes}>", f"</{tag}>"

    def _every(self, element: Element) -> Callable[[Sequence[Any]], str]:
        one = self._element(element)
        whole = _whole(element.type) if isinstance(element.type, SimpleType) else None
        opening, closing = self._tags(element)

        def write(values: Sequence[Any]) -> str:
            if whole is not None and {*map(type, values)} == {str} and all(map(whole.fullmatch, values)):
                return f"{opening}{f'{closing}{opening}'.join(map(_escape_end, values))}{closing}"
            return "".join(map(one, values))

        return write

    def _content(self, kind: ComplexType) -> Write:
        parts: list[tuple[Element, bool, Callable[[Sequence[Any]], str]]] = []
        names = frozenset(element.name for element in kind.elements)

        def write(wire: Any) -> str:
            if not parts:  # Made when first needed, since a type may contain itself.
                parts.extend((element, element.repeats, self._every(element)) for element in kind.elements)
            if not wire.keys() <= names:
                raise ValueError(f"{kind.name} has no {', '.join(sorted(wire.keys() - names))}")
            written = []
            for element, repeats, every in parts:
                name = element.name
                values = wire.get(name, ()) if repeats else (wire[name],) if name in wire else ()
                low, high = element.min_occurs, element.max_occurs
                if len(values) < low or (high is not None and len(values) > high):
                    raise ValueError(f"{kind.name} has {len(values)} of {name}")
                written.append(every(values))
            return "".join(written)

        return write


def _text(simple: SimpleType) -> Write:
    whole = _whole(simple)
    if whole is None:
        return lambda value: escape(write_value(simple, value))

    def write(value: Any) -> str:
        if type(value) is str and whole.fullmatch(value):
            return value.replace(">", "&gt;")
        return escape(write_value(simple, value))

    return write


def _whole(simple: SimpleType) -> re.Pattern[str] | None:
    """Tells texts of the type that hold nothing to be escaped but ``>``; None where no pattern does."""
    plain = plain_text(simple)
    return re.compile(plain.pattern) if simple.kind is Kind.STRING and plain.read is None else None


def all_flat(element: Element) -> bool:
    """Whether nothing in the element is more than elements in order, and texts that say nothing of names."""
    seen: set[int] = set()
    waiting = [element]
    while waiting:
        each = waiting.pop()
        if not is_bare(each):
            return False
        if isinstance(each.type, SimpleType):
            if each.type.kind in WITH_NAMES:
                return False
        elif id(each.type) not in seen:
            seen.add(id(each.type))
            if not each.type.flat:
                return False
            waiting += each.type.elements
    return True


def _namespaces(element: Element) -> Iterator[str]:
    seen: set[int] = set()
    waiting = [element]
    while waiting:
        each = waiting.pop()
        yield etree.QName(each.tag).namespace or ""
        if isinstance(each.type, ComplexType) and id(each.type) not in seen:
            seen.add(id(each.type))
            waiting += each.type.elements
