"""A reply broken in every place, one place at a time: for tests."""

from __future__ import annotations

import copy
import json
import operator
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from lxml import etree

from adapters.kit.xml_parser import parse_xml

_SHORT = 5
_REPLACEMENTS: tuple[Any, ...] = (None, "", "x", "39188888888", 7, -1.5, True, [], {}, [{}], {"x": 1}, "2026-02-30")


def damaged(body: bytes) -> Iterator[bytes]:
    """The reply, XML or JSON, with one part removed, emptied, replaced or doubled."""
    yield from _damaged_xml(parse_xml(body)) if body.lstrip().startswith(b"<") else _damaged_json(json.loads(body))


def texts(body: bytes) -> frozenset[str]:
    """Values of the reply that are long enough to be told from words of our own."""
    if body.lstrip().startswith(b"<"):
        content = parse_xml(body)[-1]  # The body of an envelope: headers hold our own identifiers.
        found = {(node.text or "").strip() for node in content.iter("*") if not len(node)}
    else:
        found = {str(value) for value in _leaves(json.loads(body))}
    return frozenset(text for text in found if len(text) >= _SHORT and text != "false")


def _damaged_xml(root: etree._Element) -> Iterator[bytes]:
    for number in range(1, len(list(root.iter("*")))):
        for change in _XML_CHANGES:
            tree = copy.deepcopy(root)
            change(list(tree.iter("*"))[number])
            yield etree.tostring(tree)


def _remove(node: etree._Element) -> None:
    parent = node.getparent()
    if parent is not None:
        parent.remove(node)


def _empty(node: etree._Element) -> None:
    node.text = None
    del node[:]


def _replace(text: str) -> Callable[[etree._Element], None]:
    def change(node: etree._Element) -> None:
        _empty(node)
        node.text = text

    return change


def _double(node: etree._Element) -> None:
    node.addnext(copy.deepcopy(node))


def _rename(node: etree._Element) -> None:
    node.tag = f"{etree.QName(node).localname}X"


def _nil(node: etree._Element) -> None:
    _empty(node)
    node.set("{http://www.w3.org/2001/XMLSchema-instance}nil", "true")


def _stranger(node: etree._Element) -> None:
    etree.SubElement(node, "{urn:stranger}Stranger").text = "stranger"


def _attribute(node: etree._Element) -> None:
    node.set("stranger", "stranger")


_XML_CHANGES = (
    _remove,
    _empty,
    _double,
    _rename,
    _nil,
    _stranger,
    _attribute,
    _replace("x"),
    _replace("39188888888"),
    _replace("2026-02-30"),
)


def _damaged_json(value: Any) -> Iterator[bytes]:
    for path in _paths(value):
        for replacement in _REPLACEMENTS:
            yield _with(value, path, partial(_set_item, replacement))
        yield _with(value, path, operator.delitem)
        yield _with(value, path, _double_item)


def _set_item(replacement: Any, holder: Any, key: Any) -> None:
    holder[key] = replacement


def _double_item(holder: Any, key: Any) -> None:
    if isinstance(holder, list):
        holder.append(copy.deepcopy(holder[key]))
    else:
        holder[f"{key}X"] = holder[key]


def _with(value: Any, path: tuple[Any, ...], change: Callable[[Any, Any], None]) -> bytes:
    made = copy.deepcopy(value)
    holder = made
    for step in path[:-1]:
        holder = holder[step]
    change(holder, path[-1])
    return json.dumps(made).encode()


def _paths(value: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        yield (*at, key)
        yield from _paths(inner, (*at, key))


def _leaves(value: Any) -> Iterator[Any]:
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _leaves(inner)
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        yield value
