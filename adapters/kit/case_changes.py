"""One change of a case as owners' contracts tell it; also where its status is a word that the contract has not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from adapters.kit.ports import StatusChange
from adapters.kit.xsd.types import Broken, Wire
from schema.terms import ClaimStatus


@dataclass(frozen=True, slots=True)
class ChangeNames:
    """What an item of the answer calls its parts."""

    change_id: str
    reference: str
    status: str
    at: str
    note: str


def change_of(
    item: Wire | Broken,
    names: ChangeNames,
    statuses: Mapping[str, ClaimStatus],
    at: Callable[[Any], datetime],
    at_of_text: Callable[[str], datetime],
) -> StatusChange:
    """One item as a change.

    An item that is broken in its status alone, by a word that the contract does not have, is told with that word: the
    changes beside it count, and people can ask the owner what it means. Any other slip breaks the answer, so that the
    same is asked for again: a change is known by its name, and what stood there garbled once must not count for it.

    Args:
        statuses: by the owner's code.
        at: the moment (UTC) of what the codec gives for one.
        at_of_text: the same, of its text.

    Raises:
        LookupError, ValueError, TypeError: the item is not what the contract says.
    """
    if not isinstance(item, Broken):
        word = item[names.status]
        told_at, said = at(item[names.at]), item
    else:
        said = item.said
        word = said[names.status]
        if word in statuses or not all(
            isinstance(said[name], str) and said[name]
            for name in (names.change_id, names.reference, names.status, names.at)
        ):
            raise ValueError(item.what)
        told_at = at_of_text(said[names.at])
    note = said.get(names.note)
    if note is not None and not isinstance(note, str):
        raise TypeError("a note that is no text")
    return StatusChange(
        change_id=said[names.change_id],
        reference=said[names.reference],
        status=statuses.get(word),
        changed_at=told_at,
        note=note,
        word=None if word in statuses else word,
    )
