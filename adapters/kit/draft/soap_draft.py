"""A draft of an adapter for one operation of a WSDL."""

from __future__ import annotations

import re
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from lxml import etree

from adapters.kit.draft.choice import Choice, ChoiceError, Maybe, OptionError, chosen
from adapters.kit.draft.faults import declared
from adapters.kit.draft.fields import DraftRecord, Field, camel, distinct, named, tabled
from adapters.kit.draft.files import Draft, Subject
from adapters.kit.draft.keys import (
    WORDS,
    Fit,
    Place,
    another_form,
    fit_of,
    key_note,
    picked,
    raising,
    takes_no_words,
    ways,
)
from adapters.kit.draft.literals import Code, beside, literal, placed
from adapters.kit.draft.soap_fields import leaves, lists, maybes, record_of
from adapters.kit.draft.texts import quoted
from adapters.kit.items import value_at
from adapters.kit.ports import CallContext
from adapters.kit.soap.codec import SoapCodec
from adapters.kit.soap.wsdl import Operation
from adapters.kit.xml_parser import parse_xml
from adapters.kit.xroad import XRoad
from adapters.kit.xsd.builtins import local_of
from adapters.kit.xsd.decode import decode
from adapters.kit.xsd.encode import encode
from adapters.kit.xsd.types import ComplexType, Element, Group, Kind, SimpleType, elements_in
from adapters.kit.xsd.values import read_value, write_value

_XROAD = "http://x-road.eu/xsd/xroad.xsd"
_MOST_IN_A_CALL = 100
_CODE = re.compile(r"(?<![0-9])[0-9]{6}-?[0-9]{5}(?![0-9])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person said."""

    name: str
    municipal: bool
    subject: Subject
    join: str | None
    record: str | None
    key: str | None
    items: str | None
    item_key: str | None


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft with recorded replies."""

    draft: Draft
    found: bytes
    absent: bytes | None
    """None: the contract has no way to say that somebody is not known."""


def soap_draft(
    wishes: Wishes, operation: Operation, contract: str, request: etree._Element, answer: etree._Element
) -> Drafted:
    """Draft an adapter.

    Args:
        contract: the main file, from the adapter's folder.
        request: a small request of the operation.
        answer: a typical answer of it.

    Raises:
        ChoiceError: nothing in the messages can be the key, or what a person said is not there.
        ValueError: the key takes no subject of the kind.
    """
    response = operation.response
    if response is None or not isinstance(response.type, ComplexType):
        raise ChoiceError(f"operation {operation.name} answers nothing that a record could be made of")
    notes: list[str] = []
    sample = decode(operation.request, parse_xml(etree.tostring(request)))
    found_lists = [(path, [each for each, _ in _texts(element.type)]) for path, element in lists(response.type)]
    root = [path for path, _ in _texts(response.type)]
    place = picked(
        [_place(path, element, wishes.subject, sample) for path, element in _asked(operation.request)],
        [*root, *(each for _, texts in found_lists for each in texts)],
        key=wishes.key,
        words=wishes.subject.words,
        notes=notes,
    )
    choice = chosen(
        (place.path, place.repeats),
        found_lists,
        root,
        _maybes(operation.request, response.type),
        formed={
            (path, text)
            for path, element in [((), response), *lists(response.type)]
            for text, leaf in _texts(element.type)
            if isinstance(leaf.type, SimpleType) and takes_no_words(partial(_takes, leaf.type), place.written)
        },
        items=wishes.items,
        item_key=wishes.item_key,
    )
    choice.notes[:0] = notes
    written = place.written
    asking = _request(operation, _shortened(sample), choice, written)
    names = Code("list(keys)" if choice.key_repeats else "keys[0]")
    batch = (place.most or _MOST_IN_A_CALL) if choice.key_repeats and choice.item_key is not None else 1
    record = _record(response, choice, wishes)
    draft = Draft(
        name=wishes.name,
        kind="SOAP",
        municipal=wishes.municipal,
        operation=operation.name,
        contract=contract,
        subject=wishes.subject,
        record=record,
        choice=choice,
        request=literal(placed(asking, choice.key, names)),
        key_expression=place.expression or quoted(str(written)),
        key_undecided=None if place.expression else raising(place, wishes.subject.words),
        key_note=key_note(place, wishes.subject.words, wishes.subject.sample),
        sample_on_the_wire=str(place.written),
        batch_size=batch,
        knows_absent=False,
        xroad=any(part.element.tag.startswith(f"{{{_XROAD}}}") for part in operation.headers_in),
        join=wishes.join,
        asked_beside=beside(asking, choice.key),
        tables=tabled(record),
        faults=declared(operation.faults),
    )
    value = _invented(response, decode(response, parse_xml(etree.tostring(answer))))
    envelope = _Envelope(wishes.name, operation, draft, asking)
    try:
        found = envelope.around(encode(response, _about(value, choice, written)))
    except (ValueError, TypeError, KeyError):
        if choice.item_key is None:
            raise
        said = f"{'/'.join(choice.item_key)} of a record cannot hold the key as it is asked for"
        if wishes.item_key is not None:
            raise OptionError(said) from None
        raise ChoiceError(f"{said}: --item-key names another, --items '' makes one record of the answer") from None
    absent = _absent(response, value, choice)
    draft.knows_absent = absent is not None
    if absent is None:
        draft.absent = _absence(response.type, choice)
    return Drafted(draft, found, None if absent is None else envelope.around(absent))


def _asked(request: Element) -> Iterable[tuple[tuple[str, ...], Element]]:
    return leaves(request.type) if isinstance(request.type, ComplexType) else ()


def _maybes(request: Element, kind: ComplexType) -> Iterator[Maybe]:
    """What may be the record, or absent; what the request has too is its echo."""
    asked = {id(each) for each in _complex(request.type)}
    for path, element, only in maybes(kind):
        if id(element.type) not in asked:
            yield Maybe(path, [each for each, _ in _texts(element.type)], only)


def _complex(kind: Any, seen: tuple[ComplexType, ...] = ()) -> Iterator[ComplexType]:
    if isinstance(kind, ComplexType) and kind not in seen:
        yield kind
        for element in elements_in(kind.content):
            yield from _complex(element.type, (*seen, kind))


def _texts(kind: Any) -> list[tuple[tuple[str, ...], Element]]:
    if not isinstance(kind, ComplexType):
        return []
    return [(path, element) for path, element in leaves(kind) if not element.repeats]


def _request(operation: Operation, sample: Any, choice: Choice, written: Any) -> Any:
    """A request with the key in it, and no more beside it than the contract allows. Raises: ChoiceError."""
    for depth in range(len(choice.key), -1, -1):
        beside = sample if depth == len(choice.key) else placed(sample, choice.key[:depth], {})
        request = placed(beside, choice.key, _of(written, choice))
        try:
            encode(operation.request, request)
        except (ValueError, TypeError, KeyError):
            continue
        return request
    raise ChoiceError(
        f"no request of {operation.name} with its key in {'/'.join(choice.key)} could be made up; --key names another"
    )


def _place(path: tuple[str, ...], element: Element, subject: Subject, sample: Any) -> Place:
    """How the subject's key stands in an element."""
    kind, there = element.type, (path, element.min_occurs > 0, element.repeats)
    if not isinstance(kind, SimpleType) or kind.kind not in (Kind.STRING, Kind.INTEGER):
        return Place(*there, Fit.NONE, written=value_at(sample, "/".join(path)))
    number, narrow = kind.kind is Kind.INTEGER, not any(_takes(kind, word) for word in WORDS)
    for expression, made in ways(subject.sample, number=number):
        if _takes(kind, made):
            fit = fit_of(expression, made, narrow=narrow and not number)
            return Place(*there, fit, expression, made, element.max_occurs)
    other = another_form(partial(_takes, kind)) if narrow and not number and kind.enumeration is None else None
    if other is not None:
        return Place(*there, Fit.OTHER, written=other, most=element.max_occurs)
    return Place(*there, Fit.NONE, written=value_at(sample, "/".join(path)))


def _takes(kind: SimpleType, value: Any) -> bool:
    try:
        return bool(read_value(kind, write_value(kind, value)) == value)
    except (ValueError, TypeError, KeyError):
        return False


def _record(response: Element, choice: Choice, wishes: Wishes) -> DraftRecord:
    element, beside = response, list[str]()
    for depth, step in enumerate(choice.items):
        assert isinstance(element.type, ComplexType)
        others = [each.name for each in elements_in(element.type.content) if each.name != step]
        others += [f"@{each.name.removeprefix('@')}" for each in element.type.attributes]
        beside += [f"{'/'.join((*choice.items[:depth], each))}: it stands beside the records" for each in others]
        element = next(each for each in elements_in(element.type.content) if each.name == step)
    assert isinstance(element.type, ComplexType)
    name = wishes.record or f"{camel(wishes.name)}Record"
    made = named(record_of(element.type, name, element.documentation))
    made.left_out += dict.fromkeys(beside)
    distinct(made)
    if choice.item_key is not None:
        for each in made.fields:
            if each.path == choice.item_key:
                _as_key(each, wishes.subject)
    return made


def _as_key(each: Field, subject: Subject) -> None:
    each.occurs = "one"
    each.documentation = each.documentation or f"Whose it is: {subject.words}."


def _shortened(value: Any) -> Any:
    """The value without lists that hold nothing: the codec takes them as absent."""
    if isinstance(value, Mapping):
        return {key: _shortened(each) for key, each in value.items() if each != []}
    return [_shortened(each) for each in value] if isinstance(value, list) else value


def _of(written: Any, choice: Choice) -> Any:
    return [written] if choice.key_repeats else written


def _invented(response: Element, value: Any) -> Any:
    """The answer with codes that nobody has: those of invented people begin with 39."""
    changed = _without_codes(value)
    try:
        encode(response, changed)
    except (ValueError, TypeError, KeyError):
        return value
    return changed


def _without_codes(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_codes(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_without_codes(each) for each in value)
    if type(value) is str:
        return _CODE.sub(lambda match: f"39{match[0][2:]}", value)
    return value


def _about(value: Any, choice: Choice, written: Any) -> Any:
    """The answer with one record, which is the sample's."""
    if choice.item_key is None:
        return value
    if not choice.items_repeat:
        return placed(value, (*choice.items, *choice.item_key), written)
    items = value_at(value, "/".join(choice.items)) or [{}]
    return placed(value, choice.items, [placed(items[0], choice.item_key, written)])


def _absent(response: Element, value: Any, choice: Choice) -> etree._Element | None:
    """The answer about nobody, where the list of records may be empty, or the record absent."""
    if not (choice.items_repeat or choice.may_be_absent):
        return None
    try:
        if choice.items_repeat:
            return encode(response, placed(value, choice.items, []))
        *above, last = choice.items
        holder = value_at(value, "/".join(above)) if above else value
        return encode(response, placed(value, tuple(above), {k: v for k, v in holder.items() if k != last}))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _absence(kind: ComplexType, choice: Choice) -> str:
    """What a person should know where no answer about nobody could be drafted."""
    if choice.may_be_absent:
        return (
            f"an answer without {'/'.join(choice.items)} is taken for 'not on record', whatever the contract has in "
            "its place: adapter.py; record such a reply"
        )
    group = kind.content
    while group is not None and group.kind != "choice" and len(group.particles) == 1:
        [inner] = group.particles
        group = inner if isinstance(inner, Group) else None
    if choice.items or group is None or group.kind != "choice":
        return ""
    branches = ", ".join(each.name for each in elements_in(group))
    return f"the answer is one of {branches}: where one says 'not on record', --items names the one with the record"


class _Envelope:
    """The envelope of recorded answers: X-Road's headers come back as they were sent."""

    def __init__(self, name: str, operation: Operation, draft: Draft, request: Any) -> None:
        xroad = XRoad.development(name) if draft.xroad else None
        codec = SoapCodec(name, replace(operation, headers_in=()), xroad)
        context = CallContext("request-1", "demo-1", "officer-1", "housing-benefit", None, time.monotonic() + 10)
        self._sent = parse_xml(codec.write(request, "{{message-id}}", context))

    def around(self, body: etree._Element) -> bytes:
        """The whole answer."""
        nsmap: Any = self._sent.nsmap
        envelope = etree.Element(self._sent.tag, nsmap=nsmap)
        for part in self._sent:
            if local_of(str(part.tag)) == "Header":
                envelope.append(parse_xml(etree.tostring(part)))
        holder = etree.SubElement(envelope, str(self._sent[-1].tag))
        holder.append(body)
        return etree.tostring(envelope, xml_declaration=True, encoding="UTF-8", pretty_print=True)
