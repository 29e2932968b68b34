"""From an element of a reply to its value: element by element, in the contract's order, nothing skipped."""

from __future__ import annotations

from typing import Any

from lxml import etree

from adapters.kit.xsd.types import NIL, Broken, ComplexType, Element, SimpleType
from adapters.kit.xsd.values import read_value

XSI = "http://www.w3.org/2001/XMLSchema-instance"
_NIL = f"{{{XSI}}}nil"
_TOLERATED = frozenset({f"{{{XSI}}}schemaLocation", f"{{{XSI}}}noNamespaceSchemaLocation"})
_MAX_DEPTH = 64


class BadReplyError(ValueError):
    """An element is not what the contract says.

    Args:
        path: names of elements as the contract has them, from the body's element down; never a value.
        what: the slip.
    """

    def __init__(self, path: str, what: str) -> None:
        super().__init__(f"{path}: {what}")
        self.path = path
        self.what = what


def decode(element: Element, node: etree._Element) -> Any:
    """The value of ``node``, which has to be the element ``element``.

    A broken item of a list directly in it becomes a :class:`Broken` in its place: one record must not hide the others.

    Raises:
        BadReplyError: unknown element, wrong order, missing or repeated element, attribute, text between elements, or
            a text that is none of the type's.
    """
    if node.tag != element.tag:
        raise BadReplyError(element.name, "another element stands here")
    return _value(element, node, element.name, 0)


def _item(element: Element, node: etree._Element, path: str) -> Any:
    known: dict[str, Any] = {}
    try:
        return _value(element, node, path, 1, known)
    except BadReplyError as error:
        return Broken(str(error), known)


def _value(element: Element, node: etree._Element, path: str, depth: int, found: dict[str, Any] | None = None) -> Any:
    if depth > _MAX_DEPTH:
        raise BadReplyError(path, "too deep")
    if _is_nil(element, node, path):
        return NIL
    if isinstance(element.type, SimpleType):
        return _text(element.type, node, path)
    return _children(element.type, node, path, depth, {} if found is None else found)


def _is_nil(element: Element, node: etree._Element, path: str) -> bool:
    nil = None
    for name, value in node.attrib.items():
        if name == _NIL:
            nil = str(value).strip()
        elif name not in _TOLERATED:
            raise BadReplyError(path, "an attribute that the contract does not know")
    if nil is None or nil in ("false", "0"):
        return False
    if nil not in ("true", "1") or not element.nillable:
        raise BadReplyError(path, "nil where the contract allows none")
    if len(node) or (node.text or "").strip():
        raise BadReplyError(path, "nil with content")
    return True


def _text(simple: SimpleType, node: etree._Element, path: str) -> Any:
    if len(node):
        raise BadReplyError(path, "elements where a text belongs")
    try:
        return read_value(simple, node.text or "")
    except (ValueError, KeyError, ArithmeticError):
        raise BadReplyError(path, f"not a {simple.name}") from None


def _children(kind: ComplexType, node: etree._Element, path: str, depth: int, found: dict[str, Any]) -> dict[str, Any]:
    if (node.text or "").strip() or any((child.tail or "").strip() for child in node):
        raise BadReplyError(path, "text between elements")
    children = list(node)
    position = 0
    for element in kind.elements:
        values: list[Any] = []
        while position < len(children) and children[position].tag == element.tag:
            if element.max_occurs is not None and len(values) == element.max_occurs:
                raise BadReplyError(f"{path}/{element.name}", "too many")
            child, below = children[position], f"{path}/{element.name}"
            tolerant = depth == 0 and element.repeats and isinstance(element.type, ComplexType)
            values.append(_item(element, child, below) if tolerant else _value(element, child, below, depth + 1))
            position += 1
        if len(values) < element.min_occurs:
            raise BadReplyError(f"{path}/{element.name}", "missing, or in another place")
        if element.repeats:
            found[element.name] = values
        elif values:
            found[element.name] = values[0]
    if position < len(children):
        raise BadReplyError(path, "an element that the contract does not have here")
    return found
