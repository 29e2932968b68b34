"""An XML reply broken in every place: for tests."""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable, Iterator, Mapping

from lxml import etree

_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_Change = Callable[[etree._Element], None]


def damages(root: etree._Element) -> Iterator[tuple[str, bytes]]:
    """Each element but the outermost, and each attribute, changed in every way: what was done, and the reply."""
    for number, node in enumerate(root.iter("*")):
        if number == 0:
            continue
        name = etree.QName(node).localname
        for what, change in _CHANGES.items():
            yield f"element {name} {what}", _changed(root, number, change)
        for attribute in node.attrib:
            for what, change in _attribute_changes(str(attribute)):
                yield f"an attribute of {name} {what}", _changed(root, number, change)


def leaves(root: etree._Element) -> list[str]:
    """Texts of elements without children, then of attributes, of the last child: the body of an envelope."""
    return [text for _, _, text in _leaves(root)]


def with_leaves(root: etree._Element, changes: Mapping[int, str]) -> bytes:
    """Some of these replaced."""
    tree = copy.deepcopy(root)
    found = _leaves(tree)
    for number, text in changes.items():
        node, attribute, _ = found[number]
        if attribute is None:
            node.text = text
        else:
            node.set(attribute, text)
    return etree.tostring(tree)


def doubled_items(root: etree._Element, keys: frozenset[str], stranger: str | None) -> Iterator[bytes]:
    """See ``damage.doubled_items``."""
    for number in _items(root, keys):
        tree = copy.deepcopy(root)
        node = list(tree.iter("*"))[number]
        further = copy.deepcopy(node)
        further.tail = None
        if stranger is not None:
            for part in further.iter("*"):
                part.text = stranger if part.text in keys else part.text
                for name, value in part.attrib.items():
                    part.set(name, stranger if value in keys else value)
        node.addnext(further)
        yield etree.tostring(tree)


def _items(root: etree._Element, keys: frozenset[str]) -> list[int]:
    numbers = {node: number for number, node in enumerate(root.iter("*"))}
    level = list(root[-1]) if len(root) else [root]
    while level:
        for parent in level:
            for _, group in itertools.groupby(sorted(parent.iterchildren("*"), key=_tag), key=_tag):
                same = list(group)
                if all(_holds(node, keys) for node in same):
                    return [numbers[node] for node in same]
        level = [child for parent in level for child in parent.iterchildren("*")]
    return []


def _tag(node: etree._Element) -> str:
    return str(node.tag)


def _holds(node: etree._Element, keys: frozenset[str]) -> bool:
    return any(part.text in keys or any(value in keys for value in part.attrib.values()) for part in node.iter("*"))


def _leaves(root: etree._Element) -> list[tuple[etree._Element, str | None, str]]:
    content = root[-1] if len(root) else root  # Headers hold our own identifiers.
    nodes = list(content.iter("*"))
    found: list[tuple[etree._Element, str | None, str]] = [
        (node, None, (node.text or "").strip()) for node in nodes if not len(node) and (node.text or "").strip()
    ]
    return found + [
        (node, str(name), str(value)) for node in nodes for name, value in node.attrib.items() if str(value)
    ]


def _changed(root: etree._Element, number: int, change: _Change) -> bytes:
    tree = copy.deepcopy(root)
    change(list(tree.iter("*"))[number])
    return etree.tostring(tree)


def _remove(node: etree._Element) -> None:
    parent = node.getparent()
    if parent is not None:
        parent.remove(node)


def _empty(node: etree._Element) -> None:
    node.text = None
    del node[:]


def _replace(text: str) -> _Change:
    def change(node: etree._Element) -> None:
        _empty(node)
        node.text = text

    return change


def _double(node: etree._Element) -> None:
    node.addnext(copy.deepcopy(node))


def _rename(node: etree._Element) -> None:
    node.tag = f"{{{etree.QName(node).namespace or ''}}}{etree.QName(node).localname}X"


def _into_no_namespace(node: etree._Element) -> None:
    node.tag = etree.QName(node).localname


def _into_another_namespace(node: etree._Element) -> None:
    node.tag = f"{{urn:stranger}}{etree.QName(node).localname}"


def _forward(node: etree._Element) -> None:
    before = node.getprevious()
    if before is not None:
        before.addprevious(node)


def _to_the_end(node: etree._Element) -> None:
    parent = node.getparent()
    if parent is not None:
        parent.append(node)


def _nil(node: etree._Element) -> None:
    _empty(node)
    node.set(f"{{{_XSI}}}nil", "true")


def _nil_with_content(node: etree._Element) -> None:
    node.set(f"{{{_XSI}}}nil", "true")


def _type(node: etree._Element) -> None:
    node.set(f"{{{_XSI}}}type", "Stranger")


def _stranger(node: etree._Element) -> None:
    etree.SubElement(node, "{urn:stranger}Stranger").text = "stranger"


def _stranger_after(node: etree._Element) -> None:
    node.addnext(etree.Element("{urn:stranger}Stranger"))


def _stranger_around(node: etree._Element) -> None:
    around = etree.Element("{urn:stranger}Stranger")
    node.addprevious(around)
    around.append(node)


def _attribute(node: etree._Element) -> None:
    node.set("stranger", "stranger")


def _text_beside(node: etree._Element) -> None:
    node.tail = "stranger"


def _comment(node: etree._Element) -> None:
    node.insert(0, etree.Comment("stranger"))


def _instruction(node: etree._Element) -> None:
    node.insert(0, etree.ProcessingInstruction("stranger", "stranger"))


_CHANGES: Mapping[str, _Change] = {
    "removed": _remove,
    "emptied": _empty,
    "doubled": _double,
    "renamed": _rename,
    "in no namespace": _into_no_namespace,
    "in another namespace": _into_another_namespace,
    "one place further ahead": _forward,
    "at the end": _to_the_end,
    "nil": _nil,
    "nil, and yet with its content": _nil_with_content,
    "of a type that nobody knows": _type,
    "with a further element": _stranger,
    "with a further element behind it": _stranger_after,
    "in a further element": _stranger_around,
    "with a further attribute": _attribute,
    "with text behind it": _text_beside,
    "with a comment in it": _comment,
    "with an instruction in it": _instruction,
} | {
    f"with the text {text!r}": _replace(text)
    for text in (*"x 0", "-1", "1.5", "1e999", "true", "39188888888", "2026-02-30", "2026-11-23T10:00:00Z", "ā" * 300)
}


def _attribute_changes(name: str) -> Iterator[tuple[str, _Change]]:
    yield "removed", lambda node: node.attrib.__delitem__(name)
    yield "emptied", lambda node: node.set(name, "")
    yield "with another value", lambda node: node.set(name, "x")
    yield "renamed", lambda node: node.set("stranger", str(node.attrib.pop(name)))
