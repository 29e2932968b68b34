"""What was read or asked for, taken apart for sentences: of whom which field, in no language yet."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

_STEP = re.compile(r"([A-Za-z_]+)(?:\(([^)]*)\))?\.?")
_MONTHS = re.compile(r"months<=(\d+)")
OTHERS = (
    ("household", "person"),
    ("children",),
    ("taxBook", "dependants"),
    ("childrenLogs", "child"),
    ("childrenLogs",),
)
"""The ways to another person; where one begins with another, it stands before it."""
_UNSAID = frozenset({"id", "applicant"})
"""Fields of a claim that say nothing of anybody."""


class Named(NamedTuple):
    """A field, where months are counted with how many."""

    field: str
    months: int | None = None


class Within(NamedTuple):
    """A field inside of another of which something else was read."""

    inner: Named
    outer: Named


@dataclass(slots=True)
class Group:
    """What of one person, or of some."""

    fields: dict[Named | Within, None] = field(default_factory=dict)
    others: dict[Named, tuple[tuple[str, ...], Group]] = field(default_factory=dict)
    """By the field that leads to them: the way, and what of them."""

    def add(self, steps: list[Named]) -> None:
        """One path, with what of another person it leads to."""
        self.fields.setdefault(steps[0])
        way = _way(steps)
        if way is not None and len(steps) > len(way):
            self.others.setdefault(steps[0], (way, Group()))[1].add(steps[len(way) :])


@dataclass(slots=True)
class Told:
    """What of the subject, and what of the claim."""

    person: Group = field(default_factory=Group)
    claim: dict[Named, None] = field(default_factory=dict)


def told(by_path: Mapping[str, str], beside: frozenset[str]) -> Told:
    """Take paths apart.

    Args:
        by_path: path -> coordinate.
        beside: paths of which something else was read: what is below them is named itself.
    """
    found = Told()
    for path in by_path:
        steps = _steps(path)
        top = by_path.get(steps[0].field, by_path[path]).partition(".")[0]
        if steps[0].field in beside and len(steps) > 1 and _way(steps) is None:
            found.person.fields[Within(steps[-1], steps[0])] = None
        elif top == "Claim":
            if steps[0].field not in _UNSAID:
                found.claim[steps[0]] = None
        elif top != "PageInfo":
            found.person.add(steps)
    return found


def told_of_other(by_path: Mapping[str, str]) -> tuple[list[Named], list[tuple[str, ...]]]:
    """The same from the side of a household's member, a child, a dependant: fields, or the ways by which it is known
    that there is such a person."""
    own, ways = dict[Named, None](), dict[tuple[str, ...], None]()
    for path in by_path:
        steps = _steps(path)
        way = _way(steps)
        if way is not None and len(steps) > len(way):
            own[Named(steps[len(way)].field)] = None
        first = next((each for each in OTHERS if steps[0].field == each[0]), None)
        if first is not None:
            ways[first] = None
    return list(own), list(ways)


def _steps(path: str) -> list[Named]:
    return [
        Named(name, int(months[1]) if (months := _MONTHS.fullmatch(bound)) else None)
        for name, bound in _STEP.findall(path)
    ]


def _way(steps: list[Named]) -> tuple[str, ...] | None:
    """The way to another person that steps begin with."""
    named = tuple(each.field for each in steps)
    return next((way for way in OTHERS if named[: len(way)] == way), None)
