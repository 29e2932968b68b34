"""From the items of an answer to records of those who were asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from adapters.kit.errors import SLIPS, Malformed, RegisterError
from adapters.kit.xsd_types import Broken, Wire

_SLICE = 500

K = TypeVar("K")
R = TypeVar("R")


async def collect(
    register: str, asked: Mapping[str, K], items: Iterable[Any], key_name: str, to_record: Callable[[Wire], R]
) -> dict[K, R | RegisterError]:
    """Records by subject.

    Args:
        asked: the key as it stands on the wire to the subject.
        items: decoded items; a broken one gives its subject an error.
        key_name: the item's element that says whose it is.

    Raises:
        Malformed: an item of somebody who was not asked for, of nobody, or a second one of the same subject.
    """
    found: dict[K, R | RegisterError] = {}
    taken: set[str] = set()
    for number, item in enumerate(items, 1):
        if number % _SLICE == 0:
            await asyncio.sleep(0)  # A large answer lets others have their turn.
        wire = item.known if isinstance(item, Broken) else item
        key = wire.get(key_name)
        if not isinstance(key, str) or key not in asked:
            raise Malformed(register, "a record of somebody who was not asked for")
        if key in taken:
            raise Malformed(register, "two records of one subject")
        taken.add(key)
        value: R | RegisterError
        try:
            value = Malformed(register, item.what) if isinstance(item, Broken) else to_record(wire)
        except SLIPS:
            value = Malformed(register, "a record is not what the contract says")
        found[asked[key]] = value
    return found
