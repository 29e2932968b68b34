"""What a draft has to choose, and what it chose where nobody said: the key asked for, and where records stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from adapters.kit.draft.fields import snake

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Maybe:
    """What stands once in an answer, or not at all, and may be the record."""

    path: Path
    texts: list[Path]
    only: bool
    """Whether the answer has nothing beside it."""


class ChoiceError(ValueError):
    """Nothing can be chosen; says what may be."""


class OptionError(ChoiceError):
    """A person said what is not there; says what is."""


@dataclass(slots=True)
class Choice:
    """Where things stand in the messages of one operation."""

    key: Path
    """Of the request: the element that names whom it is about."""
    key_repeats: bool
    items: Path
    """Of the answer: what holds the records; empty: the answer is the record."""
    items_repeat: bool
    item_key: Path | None
    """Of a record: the element that says whose it is; None: none does."""
    may_be_absent: bool = False
    """Whether what holds the record is one that may be absent: nobody is on record then."""
    notes: list[str] = field(default_factory=list)
    """What was chosen without being told, for a person to look at."""


def chosen(
    asked: tuple[Path, bool],
    answered: Iterable[tuple[Path, list[Path]]],
    root: list[Path],
    maybes: Iterable[Maybe] = (),
    *,
    items: str | None,
    item_key: str | None,
) -> Choice:
    """Choose.

    Args:
        asked: the element of the request that names the subject, and whether it repeats.
        answered: lists of the answer: path, and paths of the texts in an item.
        root: paths of the texts of the answer that stand once.
        maybes: what stands in the answer once or not at all.
        items, item_key: what a person said, as paths with ``/``.

    Raises:
        ChoiceError: there is nothing to choose from, or no such path.
    """
    answered, maybes = list(answered), list(maybes)
    notes: list[str] = []
    own = _own(asked[0], item_key)
    place: Path = ()
    keys, repeats, absent = root, False, False
    if items is not None:
        wished = tuple(items.split("/"))
        match = [each for each in answered if each[0] == wished] if items else []
        single = next((each for each in maybes if each.path == wished), None)
        if items and not match and single is None:
            there = listed([*(each for each, _ in answered), *(each.path for each in maybes)])
            raise OptionError(f"no list {items} in the answer; there is {there}")
        if match:
            (place, keys), repeats = match[0], True
        elif single is not None:
            place, keys, absent = single.path, single.texts, True
    else:
        single = _record_or_not(maybes, _matching(root, own, item_key))
        with_key = [each for each in answered if _matching(each[1], own, item_key)]
        if with_key and not _matching(root, own, item_key):
            (place, keys), repeats = with_key[0], True
            notes.append(f"records stand in {'/'.join(place)}: --items says otherwise")
        elif single is not None:
            place, keys, absent = single.path, single.texts, True
            notes.append(f"the record is {'/'.join(place)}, absent where nobody is on record: --items says otherwise")
    owner = _matching(keys, own, item_key)
    if item_key is not None and owner is None:
        raise OptionError(f"no text {item_key} in a record; there is {listed(keys)}")
    if owner is None:
        notes.append(
            "no element of a record says whose it is, so one subject is asked for in a call: --item-key names one"
        )
    elif item_key is None:
        notes.append(f"{'/'.join(owner)} says whose a record is: --item-key says otherwise")
    return Choice(*asked, place, repeats, owner, absent, notes)


def _record_or_not(maybes: list[Maybe], owner: Path | None) -> Maybe | None:
    """What is the record, or absent: the widest that says whose it is, or all that the answer has."""
    holding = [each for each in maybes if owner is not None and owner[: len(each.path)] == each.path]
    alone = [each for each in maybes if each.only]
    widest = min(holding, key=lambda each: len(each.path), default=None)
    if owner is None or (widest is not None and widest.only):
        return max(alone, key=lambda each: len(each.path), default=None)
    return widest


def _own(key: Path, item_key: str | None) -> str:
    return snake(key[-1] if item_key is None else item_key.split("/")[-1])


def _matching(paths: list[Path], own: str, item_key: str | None) -> Path | None:
    if item_key is not None:
        return next((path for path in paths if path == tuple(item_key.split("/"))), None)
    return next((path for path in paths if snake(path[-1]) == own), None)


def listed(paths: Iterable[Path]) -> str:
    return ", ".join("/".join(path) for path in paths) or "none"
