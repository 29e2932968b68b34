"""What still has to hold for something to be allowed: conditions over facts, in a form that can be told in words.

A condition is a fact that must be one of some values, all of several conditions, or one of several. What is not
understood is kept as it is, so that it is told and never lost.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from policies.kit.facts import Presence
from schema.terms import AssuranceLevel, Channel, ClaimAction, ClaimStatus

UNSTATED = "UNSTATED"
UNKNOWN = "UNKNOWN"
CARRIES = "carries "
"""Followed by an action: the mandates in force name it."""
_BOTH = frozenset({False, True})
_DOMAINS: Mapping[str, frozenset[Any]] = {
    "status": frozenset(ClaimStatus),
    "presence": frozenset(Presence),
    "channel": frozenset(each.value for each in Channel) | {UNKNOWN},
    "assurance": frozenset(each.value for each in AssuranceLevel) | {UNSTATED},
}


@dataclass(frozen=True, slots=True)
class Is:
    """A fact that must be one of some values: not none, not every one that it can be."""

    fact: str
    values: frozenset[Any]


@dataclass(frozen=True, slots=True)
class Untold:
    """A condition that nobody has words for: what a rule says, or that it does not."""

    rule: str
    holds: bool


@dataclass(frozen=True, slots=True)
class All:
    """Every part; none: it holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class OneOf:
    """At least one part; none: it cannot hold."""

    parts: tuple[Condition, ...]


Condition = Is | Untold | All | OneOf
ALWAYS = All(())
NEVER = OneOf(())


def domain(fact: str) -> frozenset[Any]:
    """All that a fact can be."""
    return _DOMAINS.get(fact, _BOTH)


def fact_is(fact: str, values: Iterable[Any]) -> Condition:
    """A fact that is one of ``values``."""
    wanted = domain(fact) & frozenset(values)
    if not wanted:
        return NEVER
    return ALWAYS if wanted == domain(fact) else Is(fact, wanted)


def every(conditions: Iterable[Condition]) -> Condition:
    """All of several, put together: values of one fact meet, what another one implies is left out."""
    parts: dict[Condition, None] = {}
    values: dict[str, frozenset[Any]] = {}
    for each in _flat(conditions, All):
        if each == NEVER:
            return NEVER
        if isinstance(each, Is):
            values[each.fact] = values.get(each.fact, domain(each.fact)) & each.values
        else:
            parts[each] = None
    told = [fact_is(fact, some) for fact, some in values.items()]
    if NEVER in told:
        return NEVER
    return _one(All, _without_implied([*told, *parts]))


def either(conditions: Iterable[Condition]) -> Condition:
    """One of several, put together; what all of them need is told once, before."""
    parts = list(dict.fromkeys(_flat(conditions, OneOf)))
    if ALWAYS in parts:
        return ALWAYS
    shared = (
        [each for each in _conjuncts(parts[0]) if all(each in _conjuncts(other) for other in parts)] if parts else []
    )
    if shared and len(parts) > 1:
        rest = either(_one(All, [each for each in _conjuncts(part) if each not in shared]) for part in parts)
        return every([*shared, rest])
    values: dict[str, frozenset[Any]] = {}
    others: list[Condition] = []
    for each in parts:
        if isinstance(each, Is):
            values[each.fact] = values.get(each.fact, frozenset()) | each.values
        else:
            others.append(each)
    told = [fact_is(fact, some) for fact, some in values.items()]
    return ALWAYS if ALWAYS in told else _one(OneOf, [*told, *others])


def negated(condition: Condition) -> Condition:
    """The opposite."""
    match condition:
        case Is(fact, values):
            return fact_is(fact, domain(fact) - values)
        case Untold(rule, holds):
            return Untold(rule, not holds)
        case All(parts):
            return either(negated(each) for each in parts)
        case OneOf(parts):
            return every(negated(each) for each in parts)


def conjuncts(condition: Condition) -> tuple[Condition, ...]:
    """What all has to hold; nothing where it always does."""
    return tuple(_conjuncts(condition))


def carries(action: ClaimAction) -> str:
    """The fact that the mandates in force name an action."""
    return f"{CARRIES}{action.value}"


def _conjuncts(condition: Condition) -> list[Condition]:
    return list(condition.parts) if isinstance(condition, All) else [condition]


def _flat(conditions: Iterable[Condition], kind: type[All] | type[OneOf]) -> Iterable[Condition]:
    for each in conditions:
        if isinstance(each, kind):
            yield from each.parts
        else:
            yield each


def _one(kind: type[All] | type[OneOf], parts: Iterable[Condition]) -> Condition:
    kept = tuple(each for each in parts if each != kind(()) and each != (ALWAYS if kind is All else NEVER))
    return kept[0] if len(kept) == 1 else kind(kept)


def _without_implied(parts: list[Condition]) -> list[Condition]:
    kept: list[Condition] = []
    for place, each in enumerate(parts):
        others = [*kept, *parts[place + 1 :]]
        if not any(_implies(other, each) for other in others):
            kept.append(each)
    return kept


def _implies(one: Condition, other: Condition) -> bool:
    """Whether the one is certainly never without the other; not every such pair is found."""
    if one == other:
        return True
    if isinstance(one, OneOf):
        return all(_implies(each, other) for each in one.parts)
    if isinstance(other, OneOf):
        return any(_implies(one, each) for each in other.parts)
    if isinstance(one, All):
        return any(_implies(each, other) for each in one.parts)
    if isinstance(one, Is) and isinstance(other, Is):
        if one.fact == other.fact:
            return one.values <= other.values
        named = one.fact.startswith(CARRIES) and one.values == {True}
        return named and other == Is("mandate_in_force", frozenset({True}))
    return False
