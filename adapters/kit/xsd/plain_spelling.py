"""How the names of a contract are written in one answer: which prefix stands for which namespace."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from lxml import etree

from adapters.kit.xsd.decode import XSI
from adapters.kit.xsd.types import ComplexType, Element, is_bare

BLANK = r"[ \t\r\n]*+"
_MOST = 400
"""Elements in one regular expression."""
_WEIGHTS: WeakKeyDictionary[ComplexType, int] = WeakKeyDictionary()
_PREFIX = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Spelling:
    """For each namespace the prefix with its colon, empty for the default one; None: not declared."""

    prefixes: tuple[tuple[str, str | None], ...]

    @classmethod
    def of(cls, namespaces: tuple[str, ...], nsmap: Mapping[str | None, str]) -> Spelling:
        """The spelling of these namespaces where ``nsmap`` is declared."""
        return cls(tuple((namespace, _prefix(namespace, nsmap)) for namespace in namespaces))

    def tag(self, element: Element) -> str | None:
        """The element's name as a regular expression; None where it cannot be written."""
        name = etree.QName(element.tag)
        prefix = dict(self.prefixes)[name.namespace or ""]
        return None if prefix is None else re.escape(f"{prefix}{name.localname}")

    def nil(self) -> str:
        """The attribute ``xsi:nil``, with its declaration where there is none around it, as a regular expression."""
        xsi = dict(self.prefixes)[XSI]
        if xsi is not None:
            return f' {re.escape(xsi)}nil="(?:true|1)"'
        nil, declared = ' xsi:nil="(?:true|1)"', f' xmlns:xsi="{re.escape(XSI)}"'
        return f"{nil}{declared}|{declared}{nil}"


def namespaces_of(element: Element) -> tuple[str, ...]:
    """Every namespace that can stand in the element, and that of ``xsi:nil``."""
    found: dict[str, None] = {XSI: None}
    seen: set[int] = set()

    def walk(inner: Element) -> None:
        found[etree.QName(inner.tag).namespace or ""] = None
        if isinstance(inner.type, ComplexType) and id(inner.type) not in seen:
            seen.add(id(inner.type))
            for each in inner.type.elements:
                walk(each)

    walk(element)
    return tuple(found)


def is_plain(element: Element) -> bool:
    """Whether the quick forms can do it: flat, and small enough for one regular expression."""
    return is_bare(element) and (
        not isinstance(element.type, ComplexType) or (element.type.flat and _weight(element.type) <= _MOST)
    )


def _weight(kind: ComplexType) -> int:
    """How many elements stand in it, each written out wherever it can stand."""
    weight = _WEIGHTS.get(kind)
    if weight is None:
        _WEIGHTS[kind] = 0  # What contains itself is written out once.
        inner = (e.type for e in kind.elements if isinstance(e.type, ComplexType))
        weight = _WEIGHTS[kind] = min(_MOST + 1, len(kind.elements) + sum(map(_weight, inner)))
    return weight


def without_groups(pattern: str) -> str:
    """Groups of our own making only begin with a bare parenthesis; one that stands for itself is escaped."""
    return re.sub(r"(?<!\\)\((?!\?)", "(?:", pattern)


def _prefix(namespace: str, nsmap: Mapping[str | None, str]) -> str | None:
    if not namespace:
        return "" if nsmap.get(None) is None else None
    # An attribute is in a namespace only by a prefix.
    prefixes = [prefix for prefix, uri in nsmap.items() if uri == namespace and (prefix or namespace != XSI)]
    if not prefixes:
        return None
    prefix = prefixes[-1]
    return f"{prefix}:" if prefix and _PREFIX.fullmatch(prefix) else None if prefix else ""
