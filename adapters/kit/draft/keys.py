"""Which value of a request names the subject, and how the subject's key may stand in it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from adapters.kit.draft.choice import ChoiceError, OptionError, Path, listed
from adapters.kit.draft.fields import snake
from adapters.kit.draft.texts import quoted

WORDS = ("Bērziņa", "A b", "Berzina", "anna.berzina")
"""What no code is."""
LONG = 8
"""Digits of a key that hardly mean anything else."""

_OF_THE_CALL = re.compile(
    r"(.*_)?(correlation|idempotency|message|request|session|trace|transaction)_(id|identifier|key|uuid|guid)"
)
"""Names of what tells one call from another, whoever is asked about: it stands in logs on the way."""
_LONGEST = 41
_CODES = "39100000011" * 4


class Fit(IntEnum):
    """How a subject's key and a value of the request go together; the lower, the more it looks like the key's place."""

    NARROW = 0
    """The contract takes such a key there, and no plain words."""
    NARROW_PART = 1
    """It takes a long part of the key, and no plain words."""
    FREE = 2
    """It takes whatever it is given."""
    PART = 3
    """It takes a part of the key only."""
    OTHER = 4
    """It takes codes, of another form than the key has: a person has to say how the key stands there."""
    NONE = 5
    """It takes no key."""


@dataclass(frozen=True, slots=True)
class Place:
    """A value of the request, or a list of such, which may name the subject."""

    path: Path
    required: bool
    repeats: bool
    fit: Fit
    expression: str = ""
    """Of ``subject``: how its key stands there; empty: nobody can say."""
    written: Any = None
    """The sample's key there; None: no value is known that may stand there."""
    most: int | None = None
    """Of a list: how many it takes."""


def picked(
    places: Sequence[Place], answered: Iterable[Path], *, key: str | None, words: str, notes: list[str]
) -> Place:
    """The place of the key.

    Args:
        answered: values of the answer; one that is named as a place says whose the answer is.
        key: what a person said, as a path with ``/``.
        words: what the key is, in words.
        notes: gets what was chosen without being told.

    Raises:
        OptionError: there is no such path.
        ChoiceError: no place takes the key, or nobody can say which of several is meant.
    """
    if not places:
        raise ChoiceError("the request has no text that could name a subject")
    if key is not None:
        return _told(places, tuple(key.split("/")))
    best = min(place.fit for place in places)
    found = [place for place in places if place.fit is best]
    if best >= Fit.OTHER:
        there = listed(place.path for place in places)
        raise ChoiceError(
            f"the request has no value that takes the subject's {words} ({there}); --key or --subject names another"
        )
    if len(found) > 1:
        names = {snake(path[-1]) for path in answered if path}
        alike = [place for place in found if snake(place.path[-1]) in names]
        found = alike if len(alike) == 1 else found
    others = [place for place in places if place.fit is Fit.OTHER] if best >= Fit.FREE else []
    if len(found) > 1 or others:
        raise ChoiceError(
            f"say with --key which names the subject: {listed(place.path for place in (*others, *found))}"
        )
    [place] = found
    if _OF_THE_CALL.fullmatch(snake(place.path[-1])):
        raise ChoiceError(
            f"of the request {'/'.join(place.path)} alone takes the subject's {words}, and by its name it tells calls "
            "apart, so it stands in logs on the way: say with --key if it names the subject all the same"
        )
    if len(places) > 1:
        notes.append(f"{'/'.join(place.path)} of the request names the subject: --key says otherwise")
    return place


def _told(places: Sequence[Place], wished: Path) -> Place:
    """What a person means by a path, which may leave out where it stands."""
    found = [each for each in places if each.path == wished] or [each for each in places if each.path[1:] == wished]
    if len(found) != 1:
        there = listed(each.path for each in found or places)
        raise OptionError(f"{'several' if found else 'no text'} {'/'.join(wished)} in the request; there is {there}")
    [place] = found
    if place.written is None:
        raise ChoiceError(f"no value that may stand in {'/'.join(place.path)} of the request could be made up")
    return place


def key_note(place: Place, words: str, sample: str) -> str:
    """What a person has to decide of how the key stands in its place; empty: nothing."""
    name = "/".join(place.path)
    if not place.expression:
        return (
            f"{name} takes no {words} as it is: write key_of in mapping.py, which raises until then, put what it makes "
            f"of {sample} in place of {place.written} into cases/ and test"
        )
    if place.fit in (Fit.NARROW_PART, Fit.PART):
        return (
            f"{name} takes no {words}, only a part of one: drafted as {place.expression}, WHICH MAY BE ANOTHER'S: "
            "ask the owner what stands there, and write key_of in mapping.py"
        )
    return ""


def raising(place: Place, words: str) -> str:
    """The statement of ``key_of`` where nobody can say how a key stands in its place."""
    said = quoted(f"decide how a {words} stands in {'/'.join(place.path)}")
    return f"raise ValueError({said})"


def fit_of(expression: str, written: Any, *, narrow: bool) -> Fit:
    """How a key that stands in its place by an expression goes together with it.

    Args:
        narrow: no plain words are taken there.
    """
    if "[-" in expression:
        return Fit.NARROW_PART if narrow and len(str(written)) >= LONG else Fit.PART
    return Fit.NARROW if narrow else Fit.FREE


def takes_no_words(takes: Callable[[Any], bool], written: Any) -> bool:
    """Whether a text takes a key as it is written, and no plain words: its form says that it is such a key."""
    return isinstance(written, str) and takes(written) and not any(map(takes, WORDS))


def another_form(takes: Callable[[Any], bool]) -> str | None:
    """A code of digits that ``takes`` lets pass, of a form that the key does not have; None: none is long enough."""
    tried = (f"{start}{_CODES[: length - len(start)]}" for length in range(LONG, _LONGEST) for start in ("", "1"))
    return next(filter(takes, tried), None)


def ways(digits: str, *, number: bool) -> Iterable[tuple[str, Any]]:
    """Expressions of a subject's key, and what each makes of some digits; whole keys before parts of them."""
    if number:
        yield "int(subject.digits)", int(digits)
        yield from ((f"int(subject.digits[-{n}:])", int(digits[-n:])) for n in range(len(digits) - 1, 3, -1))
        return
    yield "subject.digits", digits
    yield 'f"{subject.digits[:6]}-{subject.digits[6:]}"', f"{digits[:6]}-{digits[6:]}"
    yield 'f"LV{subject.digits}"', f"LV{digits}"
    yield from ((f"subject.digits[-{n}:]", digits[-n:]) for n in range(len(digits) - 1, 3, -1))
