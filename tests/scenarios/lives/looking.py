"""What somebody sees of the evidence of a claim, held against the table of access.md, and against what the log says."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from schema.terms import ApplicantKind
from tests.oracle.asking import Errors, at, differs
from tests.oracle.coordinates import coordinates
from tests.oracle.rules import Answer
from tests.oracle.table import CLAIM_TYPES, Coordinate, Mark, opened_by, opened_of_legal_entity
from tests.oracle.ways import Asked, alias, by_alias

_MONTHS = (None, "4", "12", "13")
"""Of income: what is asked by itself, and beyond the bounds that the table has (3, which is None's, and 12)."""
APPLICANTS = frozenset({Mark.BOLD, Mark.PLAIN})
THIRD_PARTIES = frozenset({Mark.BOLD})
OWNERS = frozenset(Mark)
NOBODYS: frozenset[Mark] = frozenset()


@dataclass
class Look:
    """One look at a claim's evidence: what was shown, what was refused, and what of it was wrong."""

    shown: set[str] = field(default_factory=set)
    """Paths, as the log writes them."""
    refused: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)
    is_shut: bool = False
    """The applicant was refused as a whole."""

    def __str__(self) -> str:
        if self.is_shut:
            return "shut"
        return f"{len(self.shown)} of {len(self.shown) + len(self.refused)}"


@cache
def asked_below(kind: ApplicantKind) -> tuple[Coordinate, ...]:
    """One coordinate of each field of the applicant and of each person reached from there."""
    found: dict[tuple[tuple[str, ...], str | None], Coordinate] = {}
    for of in coordinates("Person" if kind is ApplicantKind.PERSON else "LegalEntity"):
        if of.months in _MONTHS and ("income" not in of.path or of.path[-1] == "gross"):
            found.setdefault((_field(of.path), of.months), of)
    return tuple(found.values())


def question(claim: str, kind: ApplicantKind) -> Asked:
    """Everything of a claim, and all of :func:`asked_below` of its applicant."""
    return by_alias(claim, {_root(kind): asked_below(kind)})


def judged(
    body: dict[str, Any], claim_type: str, kind: ApplicantKind, marks: frozenset[Mark], answers: Mapping[str, Any]
) -> Look:
    """An answer to :func:`question`, compared with what a viewer for whom evidence of these marks is open may see.

    Args:
        answers: the claim's own, shown to whom any evidence is.
    """
    look = Look()
    errors = Errors(body)
    shown_answers = body["data"]["it"]["q_answers"]
    if shown_answers != (dict(answers) if marks else None):
        look.wrong.append(f"answers: {'none' if shown_answers is None else 'shown'}")
    applicant = ("it", "applicant")
    look.is_shut = not marks and errors.below(applicant) == [(applicant, "FORBIDDEN")]
    if look.is_shut:
        look.wrong += [] if body["data"]["it"]["applicant"] is None else ["applicant: refused, and shown"]
        return look
    for place, of in enumerate(asked_below(kind)):
        where = ("it", "applicant", alias(place, _root(kind)))
        value = at(body, where)
        opened = _opened(claim_type, kind, of)
        is_open = opened is None or bool(opened & marks)
        wrong = differs(Answer.OPEN if is_open else Answer.FORBIDDEN, value, errors.below(where), where)
        if wrong is None and is_open and not any(each is not None for each in _leaves(value)):
            wrong = "nothing shown"
        if wrong is not None:
            look.wrong.append(f"{of}: {wrong}")
        elif opened is not None:
            (look.shown if is_open else look.refused).add(as_logged(of))
    return look


def as_logged(of: Coordinate) -> str:
    """``income(months<=4).gross``"""
    bound = "" if of.months is None else f"(months<={of.months})"
    return ".".join(name + (bound if name == "income" else "") for name in of.path)


def not_as_logged(look: Look, permitted: Collection[str], denied: Collection[str]) -> Iterator[str]:
    """Where the log says otherwise than what was seen.

    Args:
        permitted: all paths that the log says were released.
        denied: all paths that it says were refused.
    """
    for path in sorted(look.shown):
        if path not in permitted:
            yield f"{path}: shown, and not in the log"
    for path in sorted(look.refused):
        if path in permitted:
            yield f"{path}: refused, and in the log as read"
        if not any(each in denied for each in _with_those_above(path)):
            yield f"{path}: refused, and not in the log"


def _opened(claim_type: str, kind: ApplicantKind, of: Coordinate) -> frozenset[Mark] | None:
    if kind is ApplicantKind.LEGAL_ENTITY:
        return opened_of_legal_entity(CLAIM_TYPES[claim_type], of)
    return opened_by(CLAIM_TYPES[claim_type], of)


def _root(kind: ApplicantKind) -> str:
    return "Person" if kind is ApplicantKind.PERSON else "LegalEntity"


def _field(path: tuple[str, ...]) -> tuple[str, ...]:
    """The path as far as the first field of the last person on the way."""
    end = 0
    for place, name in enumerate(path[:-1]):
        if name in ("person", "children", "dependants"):
            end = place + 1
    return path[: end + 1]


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, list):
        for each in value:
            yield from _leaves(each)
    elif isinstance(value, dict):
        for each in value.values():
            yield from _leaves(each)
    else:
        yield value


def _with_those_above(path: str) -> Iterable[str]:
    names = path.split(".")
    return (".".join(names[:length]) for length in range(len(names), 0, -1))
