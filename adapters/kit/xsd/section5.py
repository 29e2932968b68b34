"""SOAP 1.1, section 5 ("encoded"): values with their types written beside them, arrays, and references between parts.

What comes in is first put into the form that the types describe: references replaced by what they point at, items of
arrays under one name. What goes out is marked: each value with its ``xsi:type``, each array with the type and number of
its items. Source: SOAP 1.1, W3C Note of 2000-05-08, section 5.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from typing import Any

from lxml import etree

from adapters.kit.xsd.builtins import SIMPLE_NAMES, XSD
from adapters.kit.xsd.content import Bad
from adapters.kit.xsd.types import ComplexType, Element, elements_in
from adapters.kit.xsd.values import Nsmap

ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
ITEM = "item"
ARRAY = f"{{{ENCODING}}}Array"
_ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_TYPE = f"{{{_XSI}}}type"
_NIL = f"{{{_XSI}}}nil"
_ARRAY_TYPE = f"{{{ENCODING}}}arrayType"
_STYLE = f"{{{_ENVELOPE}}}encodingStyle"
_MOST = 200_000
"""Elements, with every reference written out: what is referred to twice stands twice."""

SCHEMA = (
    f'<s:schema xmlns:s="{XSD}" xmlns="{ENCODING}" targetNamespace="{ENCODING}">'
    '<s:complexType name="Array"><s:sequence>'
    '<s:any minOccurs="0" maxOccurs="unbounded" processContents="lax"/></s:sequence>'
    '</s:complexType><s:attribute name="arrayType" type="s:string"/><s:attribute name="offset" type="s:string"/>'
    '<s:simpleType name="base64"><s:restriction base="s:base64Binary"/></s:simpleType>'
    + "".join(f'<s:simpleType name="{n}"><s:restriction base="s:{n}"/></s:simpleType>' for n in SIMPLE_NAMES)
    + "</s:schema>"
).encode()
"""What contracts refer to in the encoding's namespace; its schema is seldom brought along."""


def plain_form(node: etree._Element) -> etree._Element:
    """A copy without references and without marks that the types say anyhow.

    Raises:
        BadReplyError: a reference to nothing, to itself, or to more than there is room for.
    """
    root = node.getroottree().getroot()
    by_id = {str(each.get("id")): each for each in root.iter("*") if each.get("id") is not None}
    return _Plain(by_id, _declaring(root)).copy(None, node, str(node.tag), {}, ())


def _declaring(root: etree._Element) -> set[etree._Element]:
    """The elements that declare a prefix: to ask each for all that are in scope takes too long."""
    found, declares = set(), False
    walk: Any = etree.iterwalk(root, events=("start-ns", "start"))
    for event, each in walk:
        if event == "start" and declares:
            found.add(each)
        declares = event == "start-ns"
    return found


class _Plain:
    def __init__(self, by_id: Mapping[str, etree._Element], declaring: Container[etree._Element]) -> None:
        self._by_id = by_id
        self._declaring = declaring
        self._around: dict[str, Nsmap] = {}
        self._count = 0

    def copy(
        self, parent: etree._Element | None, node: etree._Element, tag: str, scope: Nsmap, within: tuple[str, ...]
    ) -> etree._Element:
        self._count += 1
        if self._count > _MOST:
            raise Bad("references that make more elements than there is room for")
        source, reference = node, node.get("href")
        declared: Nsmap = {}
        if reference is not None:
            name = reference.removeprefix("#")
            if name not in self._by_id or name in within or not reference.startswith("#"):
                raise Bad("a reference to nothing, or to itself")
            source, within = self._by_id[name], (*within, name)
            declared = self._around.get(name) or self._around.setdefault(name, source.nsmap)
        elif parent is None or node in self._declaring:
            declared = node.nsmap
        own: Any = {prefix: uri for prefix, uri in declared.items() if scope.get(prefix) != uri}
        if own:
            scope = {**scope, **own}
        made = etree.Element(tag, nsmap=own) if parent is None else etree.SubElement(parent, tag, nsmap=own)
        is_array = source.get(_ARRAY_TYPE) is not None
        for key, value in ((str(key), str(value)) for key, value in source.items()):
            if key == _TYPE and _name(value, scope) == ARRAY:
                is_array = True
            elif key not in ("id", "href", _STYLE) and not key.startswith(f"{{{ENCODING}}}"):
                made.set(key, value)
        made.text = source.text
        for child in source:
            if (child.tail or "").strip(" \t\r\n"):
                raise Bad("text between elements")
            self.copy(made, child, ITEM if is_array else str(child.tag), scope, within)
        return made


def _name(text: str, scope: Nsmap) -> str:
    prefix, _, local = text.strip().rpartition(":")
    return f"{{{scope.get(prefix or None)}}}{local}"


def marked(element: Element, node: etree._Element) -> etree._Element:
    """A copy with the marks that readers of section 5 need."""
    prefixes: dict[str, str] = {_XSI: "xsi", XSD: "xsd", ENCODING: "soapenc", _ENVELOPE: "soapenv"}
    for namespace in (etree.QName(node).namespace, *_namespaces(element)):
        if namespace:
            prefixes.setdefault(namespace, f"t{len(prefixes)}")
    nsmap: Any = {prefix: namespace for namespace, prefix in prefixes.items()}
    root = etree.Element(node.tag, nsmap=nsmap)
    root.set(_STYLE, ENCODING)
    _mark(element, node, root, prefixes, top=True)
    return root


def _mark(
    element: Element, node: etree._Element, made: etree._Element, prefixes: Mapping[str, str], *, top: bool = False
) -> None:
    kind = element.type
    for key, value in node.items():
        made.set(key, value)
    if (text := node.get(_TYPE)) is not None:
        tag = _name(str(text), node.nsmap)
        kind = element.named(tag) or kind
        made.set(_TYPE, _prefixed(tag, prefixes))
    elif kind.tag and not top and node.get(_NIL) is None:
        made.set(_TYPE, _prefixed(kind.tag, prefixes))
    made.text = node.text
    if not isinstance(kind, ComplexType):
        return
    inner = {each.tag: each for each in elements_in(kind.content)}
    if is_array(kind) and node.get(_NIL) is None:
        item = inner.get(ITEM)
        tag = item.type.tag if item is not None and item.type.tag else f"{{{XSD}}}anyType"
        made.set(_ARRAY_TYPE, f"{_prefixed(tag, prefixes)}[{len(node)}]")
    for child in node:
        below = etree.SubElement(made, child.tag)
        declared = inner.get(str(child.tag))
        if declared is not None:
            _mark(declared, child, below, prefixes)
        else:
            made.replace(below, child)


def is_array(kind: ComplexType) -> bool:
    """Whether a type is an array of section 5."""
    return isinstance(kind.base, ComplexType) and kind.base.tag == ARRAY


def _prefixed(tag: str, prefixes: Mapping[str, str]) -> str:
    name = etree.QName(tag)
    return f"{prefixes[name.namespace]}:{name.localname}" if name.namespace in prefixes else name.localname


def _namespaces(element: Element) -> Iterator[str | None]:
    seen: set[int] = set()
    waiting = [element]
    while waiting:
        each = waiting.pop()
        if each.type.tag:
            yield etree.QName(each.type.tag).namespace
        if isinstance(each.type, ComplexType) and id(each.type) not in seen:
            seen.add(id(each.type))
            waiting += elements_in(each.type.content)
