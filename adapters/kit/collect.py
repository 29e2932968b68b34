"""From the items of an answer to records of those who were asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from traceback import extract_tb
from typing import Any, TypeVar

from adapters.kit.errors import SLIPS, Malformed, RegisterError
from adapters.kit.items import Items, value_at
from adapters.kit.record_of import RecordOf
from adapters.kit.xsd.types import NIL, Broken

K = TypeVar("K")
R = TypeVar("R")


def collect(
    register: str,
    asked: Mapping[Any, K],
    answer: Any,
    items: Items[R],
    wanted: frozenset[str] | None = None,
) -> dict[K, R | RegisterError]:
    """Records by subject. Of a large answer that takes long: a service's ``records`` does it aside.

    Args:
        asked: the key as it stands on the wire to the subject.
        answer: decoded: what holds the items, or their list; a broken item gives its subject an error.
        wanted: attributes that the caller looks at; None: all.

    Raises:
        Malformed: an item of somebody who was not asked for, of nobody, or a second one of the same subject; no answer
            at all.
    """
    if answer is None:
        raise Malformed(register, "an answer without a body")
    to_record = items.to_record
    make = to_record.reading(wanted) if isinstance(to_record, RecordOf) else to_record
    found: dict[K, R | RegisterError] = {}
    key_name = items.key
    is_name = not items.own and "/" not in key_name
    name = items.name
    listed = answer.get(name) if name and "/" not in name and type(answer) is dict else None
    if type(listed) is not list:
        listed = _listed(answer, name)
    for number, item in enumerate(listed, 1):
        broken = type(item) is Broken
        if is_name and type(item) is dict:  # Nearly always, and then it costs no call.
            key = item.get(key_name)
        else:
            key = value_at(item.known, key_name) if broken else items.whose(item)
        subject = asked.get(key) if isinstance(key, str | int) else None
        if subject is None:
            raise Malformed(register, "a record of somebody who was not asked for")
        try:
            found[subject] = Malformed(register, item.what) if broken else make(item)
        except SLIPS as slip:
            found[subject] = Malformed(
                register, f"a record is not what the contract says{_where(slip, items, item, wanted)}"
            )
        if len(found) < number:
            raise Malformed(register, "two records of one subject")
    return found


def _where(slip: Exception, items: Items[Any], item: Any, wanted: frozenset[str] | None) -> str:
    """The element that a record cannot be made of, or the line of the mapping that says so: never what stands there."""
    if isinstance(items.to_record, RecordOf):
        path = items.to_record.broken_at(item, wanted)
        return "" if path is None else f": {path}"
    last = extract_tb(slip.__traceback__)[-1]
    return f": {type(slip).__name__} at {PurePath(last.filename).name}:{last.lineno}"


def _listed(answer: Any, path: str) -> Sequence[Any]:
    held = value_at(answer, path) if path else answer
    if held is None or held is NIL:
        return ()
    return held if isinstance(held, list | tuple) else (held,)
