"""From an element of a reply to its value: element by element, in the contract's order, nothing skipped.

For each type a reader is made once, when it is first met; a reader is a function of an element.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from lxml import etree

from adapters.kit.xsd.content import Bad, BadReplyError, Content
from adapters.kit.xsd.open import as_xml
from adapters.kit.xsd.plain_types import plain_text
from adapters.kit.xsd.section5 import plain_form
from adapters.kit.xsd.types import (
    NIL,
    WITH_NAMES,
    Attribute,
    Broken,
    ComplexType,
    Element,
    Kind,
    QName,
    SimpleType,
    Wildcard,
    Xml,
    is_bare,
)
from adapters.kit.xsd.values import read_value

__all__ = ["XSI", "BadReplyError", "decode"]

XSI = "http://www.w3.org/2001/XMLSchema-instance"
_NIL = f"{{{XSI}}}nil"
_TYPE = f"{{{XSI}}}type"
_TOLERATED = frozenset({f"{{{XSI}}}schemaLocation", f"{{{XSI}}}noNamespaceSchemaLocation"})
_WHITE = " \t\r\n"
_SLIPS = (ValueError, KeyError, ArithmeticError)
_PREFIXED = re.compile(r"\s*(?:(?P<prefix>[^\s:]+):)?(?P<local>[^\s:]+)\s*")

Read = Callable[[etree._Element], Any]


def decode(element: Element, node: etree._Element) -> Any:
    """The value of ``node``, which has to be the element ``element``.

    A broken item of a list directly in it becomes a :class:`Broken` in its place: one record must not hide the others.

    Raises:
        BadReplyError: unknown element, wrong order, missing or repeated element, unknown attribute, text between
            elements, or a text that is none of the type's.
    """
    if node.tag != element.tag:
        raise BadReplyError(element.name, "another element stands here")
    try:
        return _read(element, plain_form(node) if element.encoded else node, tolerant=True)
    except BadReplyError as error:
        raise error.under(element.name) from None
    except RecursionError:
        raise BadReplyError(element.name, "too deep") from None


def reader_of(element: Element) -> Read:
    """What reads an element that has this name already."""
    kind = element.type
    if not isinstance(kind, SimpleType) or not is_bare(element) or kind.kind in WITH_NAMES:
        return lambda node: _read(element, node)
    plain = plain_text(kind)
    matches, read = re.compile(plain.pattern).fullmatch, plain.read
    value: Callable[[str], Any] | None = read.__getitem__ if isinstance(read, Mapping) else read
    if kind == SimpleType("string", Kind.STRING, collapse=False, tag=kind.tag):
        return lambda node: _read(element, node) if node.keys() or len(node) else node.text or ""

    def of_text(node: etree._Element) -> Any:
        if node.keys() or len(node):
            return _read(element, node)
        text = node.text or ""
        if matches(text) is None:
            return _plain(kind, text)
        try:
            return text if value is None else value(text)
        except _SLIPS:
            return _plain(kind, text)

    return of_text


def _plain(kind: SimpleType, text: str) -> Any:
    try:
        return read_value(kind, text)
    except _SLIPS:
        raise Bad(f"not a {kind.name}") from None


def _read(element: Element, node: etree._Element, *, tolerant: bool = False) -> Any:
    kind, named = element.type, None
    nil = False
    if node.keys():
        if (text := node.get(_NIL)) is not None:
            nil = _is_nil(element, node, text)
        if (text := node.get(_TYPE)) is not None:
            kind, named = _narrowed(element, node, text)
    if isinstance(kind, SimpleType):
        return _simple(element, kind, named, node, nil)
    if nil:
        found = {} if kind.anything else _attributes(kind, node)
        if kind.abstract:
            raise Bad("of an abstract type, and it does not say which it is")
        if named is not None:
            found["#type"] = named
        return {"#nil": True, **found} if found else NIL
    if kind.anything:
        return as_xml(node)
    if kind.abstract:
        raise Bad("of an abstract type, and it does not say which it is")
    found = _complex(kind, element, node, {}, tolerant=tolerant)
    if named is not None and not isinstance(found, Xml):
        found["#type"] = named
    return found


def _read_into(element: Element, node: etree._Element, found: dict[str, Any]) -> Any:
    # What could be read of the item is in ``found`` where it fails.
    if isinstance(element.type, ComplexType) and not element.type.anything and not node.keys():
        return _complex(element.type, element, node, found)
    return _read(element, node)


def _is_nil(element: Element, node: etree._Element, text: str) -> bool:
    nil = text.strip(_WHITE)
    if nil in ("false", "0"):
        return False
    if nil not in ("true", "1") or not element.nillable:
        raise Bad("nil where the contract allows none")
    if len(node) or (node.text or "").strip(_WHITE):
        raise Bad("nil with content")
    return True


def _narrowed(element: Element, node: etree._Element, text: str) -> tuple[SimpleType | ComplexType, QName | None]:
    """The type that an ``xsi:type`` names, and its name where it is another than the declared one."""
    match = _PREFIXED.fullmatch(text)
    namespace = None if match is None else node.nsmap.get(match["prefix"])
    if match is None or (match["prefix"] is not None and namespace is None):
        raise Bad("xsi:type is no name")
    tag = f"{{{namespace}}}{match['local']}" if namespace else match["local"]
    declared = element.type
    if tag == declared.tag:
        return declared, None
    kind = element.named(tag)
    if kind is None:
        raise Bad("of a type that the contract does not have")
    if isinstance(kind, ComplexType):
        fits = kind.derives_from(declared)
    else:
        fits = kind.derives_from(declared) if isinstance(declared, SimpleType) else declared.anything
    if not fits:
        raise Bad("of a type that is none of the declared one's")
    return kind, QName(tag)


def _simple(element: Element, kind: SimpleType, named: QName | None, node: etree._Element, nil: bool) -> Any:
    for name in map(str, node.keys()):
        if name not in _TOLERATED and name not in (_NIL, _TYPE):
            raise Bad("an attribute that the contract does not know")
    if nil:
        return NIL if named is None else {"#nil": True, "#type": named}
    if len(node):
        raise Bad("elements where a text belongs")
    text = node.text or ""
    if not text and element.default is not None:
        text = element.default
    if not text and element.fixed is not None:
        text = element.fixed
    value = _value(kind, text, node)
    if named is not None and isinstance(element.type, SimpleType):
        _value(element.type, text, node)
    if element.fixed is not None and value != _value(kind, element.fixed, node):
        raise Bad("another value than the fixed one")
    return value if named is None else {"#type": named, "#text": value}


def _value(kind: SimpleType, text: str, node: etree._Element) -> Any:
    try:
        return read_value(kind, text, node.nsmap if kind.kind in WITH_NAMES else None)
    except _SLIPS:
        raise Bad(f"not a {kind.name}") from None


def _complex(
    kind: ComplexType, element: Element, node: etree._Element, found: dict[str, Any], *, tolerant: bool = False
) -> Any:
    if node.keys() or kind.attributes:
        found |= _attributes(kind, node)
    if kind.text is not None:
        if len(node):
            raise Bad("elements where a text belongs")
        text = node.text or ""
        if not text:
            text = element.default or element.fixed or ""
        found["#text"] = _value(kind.text, text, node)
        if element.fixed is not None and found["#text"] != _value(kind.text, element.fixed, node):
            raise Bad("another value than the fixed one")
        return found
    content: Content | None = kind.reader
    if content is None:
        content = kind.reader = Content(kind, reader_of, _open)
    if kind.mixed:
        content.read(list(node), found)
        return as_xml(node)
    if (node.text is not None and node.text.strip(_WHITE)) or any(
        child.tail and child.tail.strip(_WHITE) for child in node
    ):
        raise Bad("text between elements")
    content.read(list(node), found, partial(_item, element.name) if tolerant else None)
    return found


def _item(holder: str, element: Element, node: etree._Element) -> Any:
    known: dict[str, Any] = {}
    try:
        return _read_into(element, node, known)
    except BadReplyError as error:
        said = {etree.QName(each).localname: each.text or "" for each in node.iterchildren("*") if not len(each)}
        return Broken(str(error.under(element.name).under(holder)), known, said)


def _open(wildcard: Wildcard, node: etree._Element) -> Xml:
    """An element where the schema leaves open which."""
    if wildcard.process != "skip":
        _check_open(wildcard, node)
    return as_xml(node)


def _check_open(wildcard: Wildcard, node: etree._Element) -> None:
    declared = wildcard.declared(str(node.tag))
    if isinstance(declared, Element):
        _read(declared, node)
    elif node.get(_TYPE) is not None and wildcard.typed is not None:
        _read(wildcard.typed(str(node.tag)), node)
    elif wildcard.process == "strict":
        raise Bad("an element that the contract does not have")
    else:
        for child in node:
            _check_open(wildcard, child)


def _attributes(kind: ComplexType, node: etree._Element) -> dict[str, Any]:
    found: dict[str, Any] = {}
    known = {attribute.tag: attribute for attribute in kind.attributes}
    for name, text in ((str(name), str(text)) for name, text in node.items()):
        attribute = known.get(name)
        if attribute is not None:
            found[attribute.name] = _attribute_value(attribute, text, node)
        elif name in (_NIL, _TYPE) or name in _TOLERATED:
            continue
        elif kind.any_attribute is None or not kind.any_attribute.allows(name):
            raise Bad("an attribute that the contract does not know")
        else:
            found[f"@{name}"] = _open_attribute(kind.any_attribute, name, text, node)
    for attribute in kind.attributes:
        if attribute.name not in found:
            if attribute.required:
                raise Bad("missing", attribute.name)
            given = attribute.default if attribute.default is not None else attribute.fixed
            if given is not None:
                found[attribute.name] = _attribute_value(attribute, given, node)
    return found


def _attribute_value(attribute: Attribute, text: str, node: etree._Element) -> Any:
    try:
        value = _value(attribute.type, text, node)
        if attribute.fixed is not None and value != _value(attribute.type, attribute.fixed, node):
            raise Bad("another value than the fixed one")
    except BadReplyError as error:
        raise error.under(attribute.name) from None
    return value


def _open_attribute(wildcard: Wildcard, name: str, text: str, node: etree._Element) -> str:
    declared = None if wildcard.process == "skip" else wildcard.declared(name)
    if isinstance(declared, Attribute):
        _attribute_value(declared, text, node)
    elif wildcard.process == "strict":
        raise Bad("an attribute that the contract does not know")
    return text
