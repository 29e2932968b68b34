"""Facts, questions and conditions as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any

from policies.kit.facts import Presence, Question, ReadScope
from policies.kit.looks import PLACE
from policies.kit.space import NOT_SO, PLACES, Place, Region
from schema.terms import AssuranceLevel, Capacity, ClaimAction, ClaimStatus, EvidenceScope, Phase

Box = Mapping[str, tuple[Any, ...]]
"""Facts that must be one of some values; those that may be anything are not in it."""

_SO: Mapping[str, str] = {
    "represents_alone": "may represent the legal entity alone",
    "mandate_in_force": "a mandate in force",
    "assigned": "claim assigned to the organisation",
    "organisation_active": "organisation active",
    "contract_in_force": "contract in force",
    "contract_covers": "contract covers the claim",
    "own_authority": "submitted to the own department",
    "own_centre": "made at the own centre",
    "in_basket": "in the centre's basket",
    "restricted": "applicant is a protected person",
    "taking_off": "a third party is taken off",
}
_OWN: Mapping[Capacity, str] = {
    Capacity.CITIZEN: "own claim",
    Capacity.LEGAL_REPRESENTATIVE: "claim of the legal entity",
    Capacity.MANDATE_HOLDER: "claim of the grantor",
    Capacity.OWNER_OFFICER: "officer is the applicant",
}
_NOT_SO: Mapping[str, str] = {"restricted": "no protected person", "taking_off": "a third party is put on"}
_SCOPES: Mapping[EvidenceScope | ReadScope, str] = {
    ReadScope.STATUS: "id, type, status",
    ReadScope.CLAIM: "the whole claim",
    EvidenceScope.THIRD_PARTIES: "open to third parties",
    EvidenceScope.NO_THIRD_PARTIES: "not for third parties",
    EvidenceScope.OWNER_ONLY: "for the owner alone",
}


def of_question(question: Question) -> str:
    """``READ_EVIDENCE, for the owner alone``."""
    return question.action.value if question.scope is None else f"{question.action}, {_SCOPES[question.scope]}"


def of_scope(scope: EvidenceScope) -> str:
    """``for the owner alone``."""
    return _SCOPES[scope]


def of_fact(capacity: Capacity, fact: str) -> str:
    """What a fact that is so or not says when it is so."""
    return _OWN.get(capacity, "party is the applicant") if fact == "is_applicant" else _SO[fact]


def stated(capacity: Capacity, fact: str, value: Any) -> tuple[str, str]:
    """One fact and how it is, for a table: ``("claim assigned to the organisation", "no")``."""
    if fact == PLACE:
        status, new = value
        return "status", f"{status.value}{', about to be prepared' if new else ''}"
    if fact in ("channel", "assurance", "presence"):
        return fact, "not known" if value is None else str(value.value)
    if fact == "mandate_actions":
        return "the mandate names", ", ".join(sorted(value)) or "nothing"
    return of_fact(capacity, fact), "yes" if value else "no"


def of_values(capacity: Capacity, question: Question, fact: str, values: Sequence[Any], all_: Sequence[Any]) -> str:
    """A condition on one fact: ``status DRAFT``."""
    if fact == PLACE:
        return _places(values)
    if fact == "assurance" and set(values) == set(all_) - {AssuranceLevel.LOW}:
        return "assurance not low"
    if fact == "presence" and set(values) == {Presence.STATED, Presence.PROVEN}:
        return "citizen present"
    if fact == "presence" and set(values) == {Presence.PROVEN}:
        return "citizen proven to be present"
    if fact in ("channel", "assurance", "presence"):
        return f"{fact} {' or '.join('not known' if each is None else each.value for each in values)}"
    if fact == "mandate_actions":
        return _mandate(question, values, all_)
    if values[0]:
        return of_fact(capacity, fact)
    if fact == "is_applicant" and capacity is Capacity.OWNER_OFFICER:
        return "officer is not the applicant"
    return _NOT_SO.get(fact) or f"not: {of_fact(capacity, fact)}"


def conditions(region: Region, fixed: Mapping[str, Any] | None = None) -> tuple[tuple[str, ...], ...]:
    """When it is allowed: every way in which it is, each a list of conditions that must all hold.

    What all ways have in common stands in each. No way: it is never allowed. An empty way: it always is.

    Args:
        fixed: facts that are taken as given, and are not said.
    """
    return tuple(_said(region, box) for box in boxes(region, fixed or {}))


def common_and_ways(ways: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """What all ways share, and what is left of each; of one way alone, all is shared."""
    if not ways:
        return (), ()
    shared = tuple(each for each in ways[0] if all(each in way for way in ways))
    rest = tuple(tuple(each for each in way if each not in shared) for way in ways)
    return shared, () if any(not way for way in rest) else rest


def boxes(region: Region, fixed: Mapping[str, Any]) -> Iterator[Box]:
    """Boxes that together hold every position in which it is allowed, and no other that occurs; the widest first."""
    occurring = [
        each
        for each in product(*region.values)
        if region.occurs(each)
        and all(fixed.get(name, one) == one for name, one in zip(region.facts, each, strict=True))
    ]
    values = [tuple(dict.fromkeys(column)) for column in zip(*occurring, strict=True)]
    refused = [each for each in occurring if each not in region.allowed]
    left = [each for each in occurring if each in region.allowed]
    while left:
        sides = _widened(left[0], values, refused)
        left = [each for each in left if not _inside(each, sides)]
        yield {
            name: tuple(one for one in whole if one in side)
            for name, side, whole in zip(region.facts, sides, values, strict=True)
            if len(side) < len(whole)
        }


def _widened(
    seed: tuple[Any, ...], values: Sequence[tuple[Any, ...]], refused: Sequence[tuple[Any, ...]]
) -> list[set[Any]]:
    """The box around one position that holds no refused one, widened fact by fact."""
    sides: list[set[Any]] = [{one} for one in seed]
    for index, whole in enumerate(values):
        # Only what lies inside on all other sides can come in by this one.
        near = [each for each in refused if _inside(each, sides, index)]
        sides[index] |= set(whole) - {each[index] for each in near}
    return sides


def _inside(position: tuple[Any, ...], sides: Sequence[set[Any]], but: int = -1) -> bool:
    return all(one in side or index == but for index, (one, side) in enumerate(zip(position, sides, strict=True)))


def _said(region: Region, box: Box) -> tuple[str, ...]:
    whole = dict(zip(region.facts, region.values, strict=True))
    said = {
        name: of_values(region.capacity, region.question, name, values, whole[name]) for name, values in box.items()
    }
    if "mandate_actions" in said:
        said.pop("mandate_in_force", None)  # a mandate that names something is in force
    order = sorted(said, key=lambda name: (name == PLACE, name == "assurance", list(NOT_SO).index(name)))
    return tuple(said[name] for name in order)


def _mandate(question: Question, values: Sequence[Any], all_: Sequence[Any]) -> str:
    asked: ClaimAction = question.action
    if set(values) == {each for each in all_ if asked in each}:
        return f"a mandate that names {asked}"
    if set(values) == {each for each in all_ if asked not in each}:
        return f"no mandate that names {asked}"
    return f"a mandate of exactly {' or of '.join('nothing' if not one else ' '.join(sorted(one)) for one in values)}"


def _places(values: Iterable[Place]) -> str:
    """``draft or running`` where whole phases are named; else the statuses."""
    found = set(values)
    if found == {each for each in PLACES if not each[1]}:
        return "claim exists"
    parts = ["new"] if PLACES[0] in found else []
    for phase in Phase:
        of_phase = [each for each in ClaimStatus if each.phase is phase]
        mine = [each for each in of_phase if (each, False) in found]
        parts += [phase.value] if mine == of_phase else [each.value for each in mine]
    return " or ".join(parts)
