"""How the names of a contract are written in one answer: which prefix stands for which namespace."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from weakref import WeakKeyDictionary

from lxml import etree

from adapters.kit.xsd.content import may_be_empty
from adapters.kit.xsd.decode import XSI
from adapters.kit.xsd.types import WITH_NAMES, Attribute, ComplexType, Element, Group, elements_in, is_bare

BLANK = r"[ \t\r\n]*+"
_MOST = 400
"""Elements in one regular expression."""
_REGULAR: WeakKeyDictionary[ComplexType, bool] = WeakKeyDictionary()
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
            for each in elements_in(inner.type.content):
                walk(each)

    walk(element)
    return tuple(found)


def is_plain(element: Element) -> bool:
    """Whether the quick forms can do it: flat, and small enough for one regular expression."""
    return is_bare(element) and (
        not isinstance(element.type, ComplexType) or (element.type.flat and _weight(element.type) <= _MOST)
    )


def is_regular(element: Element) -> bool:
    """Whether a regular expression can tell its content: elements in order or by choice, and attributes of its own."""
    if not isinstance(element.type, ComplexType):
        return is_bare(element)
    regular = _REGULAR.get(element.type)
    if regular is None:
        regular = _REGULAR[element.type] = _is_regular(element.type) and _weight(element.type) <= _MOST
    return regular and is_bare(element)


def _is_regular(kind: ComplexType) -> bool:
    if kind.any_attribute or kind.mixed or kind.abstract or kind.anything:
        return False
    if any("{" in attribute.tag or _is_given(attribute) for attribute in kind.attributes):
        return False
    return kind.content is None or _is_told(kind.content, certain=True)


def _is_given(attribute: Attribute) -> bool:
    return attribute.default is not None or attribute.fixed is not None or attribute.type.kind in WITH_NAMES


def _is_told(group: Group, *, certain: bool) -> bool:
    certain = certain and group.kind == "sequence" and group.min_occurs == 1
    if group.repeats or group.kind == "all" or (not certain and may_be_empty(group) and _has_list(group)):
        return False
    return all(
        _is_told(each, certain=certain) if isinstance(each, Group) else isinstance(each, Element)
        for each in group.particles
    )


def _has_list(group: Group) -> bool:
    return any(_has_list(each) if isinstance(each, Group) else each.repeats for each in group.particles)


def _weight(kind: ComplexType) -> int:
    """How many elements stand in it, each written out wherever it can stand."""
    weight = _WEIGHTS.get(kind)
    if weight is None:
        _WEIGHTS[kind] = 0  # What contains itself is written out once.
        elements = list(elements_in(kind.content))
        inner = (each.type for each in elements if isinstance(each.type, ComplexType))
        own = len(elements) + len(kind.attributes)
        weight = _WEIGHTS[kind] = min(_MOST + 1, own + sum(map(_weight, inner)))
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
