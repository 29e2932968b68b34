"""What a draft has to choose, and what it chose where nobody said: the key asked for, and where records stand."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from itertools import takewhile

from adapters.kit.draft.fields import snake

Path = tuple[str, ...]
_STEM = 3
"""Letters that words have in common where one is the other in another case."""
_ENDING = 2
"""Letters of its ending."""


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
    formed: Container[tuple[Path, Path]] = (),
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
        formed: texts that take the key as it is asked for and no plain words: the list's path, or none, and the text's.
        items, item_key: what a person said, as paths with ``/``.

    Raises:
        ChoiceError: there is nothing to choose from, nobody can say which is meant, or no such path.
    """
    answered, maybes = list(answered), list(maybes)
    notes: list[str] = []
    own = _own(asked[0], item_key)
    place: Path = ()
    keys, repeats, absent = root, False, False
    alike: tuple[Path, Path] | None = None
    if items is not None:
        place, keys, repeats, absent = _told(items, answered, root, maybes)
    else:
        in_root = _matching(root, own, item_key)
        with_key = [each for each in answered if _matching(each[1], own, item_key)]
        if item_key is None and in_root is None and not with_key:
            alike = _alike(asked, answered, root, formed)
            with_key = [each for each in answered if alike is not None and each[0] == alike[0]]
        single = _record_or_not(maybes, in_root)
        if with_key and in_root is None:
            (place, keys), repeats = with_key[0], True
            notes.append(f"records stand in {'/'.join(place)}: --items says otherwise")
        elif single is not None:
            place, keys, absent = single.path, single.texts, True
            notes.append(f"the record is {'/'.join(place)}, absent where nobody is on record: --items says otherwise")
    owner = _matching(keys, own, item_key) if alike is None else alike[1]
    there = listed(keys) if items is not None else _by_place(answered, root)
    if item_key is not None and owner is None:
        raise OptionError(f"no text {item_key} in a record; there is {there}")
    if repeats and owner is None:
        raise OptionError(f"--items {items} is a list: --item-key says whose an item is; there is {there}")
    if alike is not None:
        named = _one_stem(alike[1][-1], asked[0][-1], loosely=asked[1])
        what = " and ".join(["form"] * (alike in formed) + ["name"] * named)
        notes.append(
            f"{'/'.join(alike[1])} says whose a record is, by its {what} alone, as nothing there is called "
            f"{asked[0][-1]}: --item-key says otherwise, --items '' that none does"
        )
    elif owner is None:
        notes.append(
            "no element of a record is known to say whose it is, so one subject is asked for in a call: --item-key "
            f"names one; there is {there}"
        )
    elif item_key is None:
        notes.append(f"{'/'.join(owner)} says whose a record is: --item-key says otherwise")
    return Choice(*asked, place, repeats, owner, absent, notes)


def _told(
    items: str, answered: list[tuple[Path, list[Path]]], root: list[Path], maybes: list[Maybe]
) -> tuple[Path, list[Path], bool, bool]:
    """Where a person says that records stand: path, texts, whether it repeats, whether it may be absent."""
    if not items:
        return (), root, False, False
    wished = tuple(items.split("/"))
    for place, texts in answered:
        if place == wished:
            return place, texts, True, False
    for each in maybes:
        if each.path == wished:
            return each.path, each.texts, False, True
    there = listed([*(each for each, _ in answered), *(each.path for each in maybes)])
    raise OptionError(f"no list {items} in the answer; there is {there}")


def _alike(
    asked: tuple[Path, bool],
    answered: list[tuple[Path, list[Path]]],
    root: list[Path],
    formed: Container[tuple[Path, Path]],
) -> tuple[Path, Path] | None:
    """The list, and the text of an item, that is the key by its form or its name; None: none is.

    Raises: ChoiceError: several are, or one that stands beside the lists too.
    """
    (key, repeats), lists = asked, [*answered, ((), root)]
    found = [
        (place, [each for each in texts if (place, each) in formed or _one_stem(each[-1], key[-1], loosely=repeats)])
        for place, texts in lists
    ]
    if not any(texts for _, texts in found[:-1]):
        return None
    *in_lists, (_, in_root) = found
    if sum(len(texts) for _, texts in found) > 1:
        raise ChoiceError(
            f"nothing in the answer is called {key[-1]}; say with --item-key (and --items, which list) what says whose "
            f"a record is, or with --items '' that nothing does: {_by_place(in_lists, in_root)}"
        )
    return next((place, texts[0]) for place, texts in in_lists if texts)


def _one_stem(one: str, other: str, *, loosely: bool) -> bool:
    """Whether two names are one in other cases or numbers: ``personasKods`` and ``personasKodi``.

    ``loosely``: one may have more words before, as ``personCode`` has before ``codes``.
    """
    ours, theirs = ([part for part in snake(name).split("_") if part] for name in (one, other))
    if len(ours) != len(theirs) and not loosely:
        return False
    return all(map(_inflected, reversed(ours), reversed(theirs)))


def _inflected(one: str, other: str) -> bool:
    same = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False))))
    return same >= min(_STEM, len(one), len(other)) and max(len(one), len(other)) - same <= _ENDING


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


def _by_place(answered: Iterable[tuple[Path, list[Path]]], root: list[Path]) -> str:
    """Texts of items by list, and those that stand beside the lists."""
    said = [f"{listed(texts)} of {'/'.join(place) or 'an item'}" for place, texts in answered if texts]
    return "; ".join([*said, *([f"{listed(root)} of the answer"] if root else ())]) or "none"
