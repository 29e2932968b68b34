"""Makes a generated answer fit what was asked: what the request says of a subject, the answer says again."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy

from lxml import etree

from adapters.sandbox.soap import Element

Allows = Callable[[Element], bool]
_MOST_RECORDS = 500


def canonical(element: Element) -> bytes:
    """The same bytes for the same content, whatever its prefixes and the blanks between its elements."""
    copy = deepcopy(element)
    for one in copy.iter():
        if len(one):
            one.text = None if not (one.text or "").strip() else one.text
        one.tail = None if not (one.tail or "").strip() else one.tail
    etree.cleanup_namespaces(copy)
    return b"".join(_tokens(copy))


def _tokens(element: Element) -> Iterator[bytes]:
    if isinstance(element.tag, str):
        attributes = sorted((str(name), str(value)) for name, value in element.attrib.items())
        yield repr((element.tag, attributes, element.text)).encode()
        for one in element:
            yield from _tokens(one)
        yield b")"


def texts(element: Element) -> dict[str, list[str]]:
    """The texts of all elements without children, and of all attributes, by name; an attribute's begins with ``@``."""
    found: dict[str, list[str]] = {}
    for one in _leaves(element):
        if one.text:
            found.setdefault(etree.QName(one).localname, []).append(one.text)
    for one in element.iter(etree.Element):
        for name, value in one.attrib.items():
            if "XMLSchema-instance" not in str(name):
                found.setdefault(f"@{etree.QName(str(name)).localname}", []).append(str(value))
    return found


def echo(answer: Element, request: Element, allows: Allows) -> None:
    """Put into the answer what the request has under the same name, where the contract allows it there.

    Where the request names several subjects and the answer may hold several records, there is one for each.
    """
    asked = texts(request)
    for name, values in asked.items():
        if len(set(values)) > 1:
            _multiply(answer, name, values[:_MOST_RECORDS], allows)
    for name, values in asked.items():
        if name.startswith("@"):
            _echo_attribute(answer, name[1:], values[0], allows)
        else:
            places = [one for one in _leaves(answer) if etree.QName(one).localname == name]
            for number, place in enumerate(places):
                _try_text(place, values[number % len(values)], answer, allows)


def _try_text(place: Element, text: str, answer: Element, allows: Allows) -> None:
    before = place.text
    if before is None and place.attrib.get("{http://www.w3.org/2001/XMLSchema-instance}nil"):
        return
    place.text = text
    if not allows(answer):
        place.text = before


def _echo_attribute(answer: Element, name: str, value: str, allows: Allows) -> None:
    for one in answer.iter(etree.Element):
        for full, before in one.attrib.items():
            if etree.QName(str(full)).localname == name and "XMLSchema-instance" not in str(full):
                one.set(str(full), value)
                if not allows(answer):
                    one.set(str(full), str(before))


def _multiply(answer: Element, name: str, values: list[str], allows: Allows) -> None:
    """Repeat the record that holds this name: the smallest ancestor that the contract lets stand again."""
    place = next((one for one in _leaves(answer) if etree.QName(one).localname == name), None)
    while place is not None and place is not answer:
        parent = place.getparent()
        if parent is None:
            return
        copy = deepcopy(place)
        place.addnext(copy)
        if allows(answer):
            for _ in values[2:]:
                copy.addnext(deepcopy(copy))
            if not allows(answer):  # More than the contract's most: as many as there may be.
                while len(parent) > 1 and not allows(answer):
                    parent.remove(parent[-1])
            return
        parent.remove(copy)
        place = parent


def without_one(answer: Element, allows: Allows) -> Element:
    """The answer less one thing that the contract demands; as it is where it demands nothing."""
    for number, one in enumerate(answer.iter(etree.Element)):
        if one is answer:
            continue
        copy = deepcopy(answer)
        gone = [*copy.iter(etree.Element)][number]
        parent = gone.getparent()
        if parent is not None:
            parent.remove(gone)
            if not allows(copy):
                return copy
    return answer


def _leaves(element: Element) -> Iterator[Element]:
    for one in element.iter(etree.Element):
        if not any(isinstance(each.tag, str) for each in one):
            yield one
