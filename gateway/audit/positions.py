"""How a party stood to a claim when an access was decided, as a record keeps it: a position, never who or which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from policies.kit.facts import Facts, Presence
from schema.terms import (
    ApplicantKind,
    AssuranceLevel,
    Capacity,
    Channel,
    ClaimAction,
    ClaimStatus,
    ClaimTypeCode,
)


class Position(NamedTuple):
    """What the policies were asked about.

    Attributes:
        allowed: they allowed it, and something else refused: answers that are not valid, a proof that proves nothing.
    """

    facts: Facts
    kind: ApplicantKind
    allowed: bool = False


@dataclass(frozen=True, slots=True)
class Counted:
    """A position, and how many records of a row have it."""

    position: Position
    count: int


_READ: Mapping[str, Any] = {
    "capacity": Capacity,
    "claim_type": ClaimTypeCode.parse,
    "status": ClaimStatus,
    "channel": Channel,
    "assurance": AssuranceLevel,
    "presence": Presence,
    "mandate_actions": lambda actions: frozenset(ClaimAction(each) for each in actions),
}
_FACTS = tuple(each for each in fields(Facts) if each.compare)
_KIND, _ALLOWED = "applicant", "allowed"


def written(counted: Iterable[tuple[Position, int]]) -> str | None:
    """As a row of the log has it: ``[[{fact: value, …}, count], …]``; facts that are as by default are left out.

    Returns:
        None where there is no position.
    """
    said = [f"[{_said(position)},{count}]" for position, count in counted]
    return f"[{','.join(said)}]" if said else None


def read(text: str) -> list[Counted]:
    """What :func:`written` wrote. Raises: ValueError: it was not that, or has a word that nobody knows any more."""
    found = []
    for said, count in orjson.loads(text):
        kind = ApplicantKind(said.pop(_KIND, ApplicantKind.PERSON))
        allowed = said.pop(_ALLOWED, False)
        try:
            facts = Facts(**{name: _READ.get(name, bool)(value) for name, value in said.items()})
        except TypeError:
            raise ValueError("a fact that nobody knows any more") from None
        found.append(Counted(Position(facts, kind, allowed), count))
    return found


def _default(fact: Any) -> Any:
    return None if fact.default is MISSING else fact.default


@lru_cache(maxsize=4096)
def _said(position: Position) -> str:
    facts = position.facts
    said: dict[str, Any] = {
        each.name: value for each in _FACTS if (value := getattr(facts, each.name)) != _default(each)
    }
    said["claim_type"] = facts.claim_type.text
    if facts.mandate_actions:
        said["mandate_actions"] = sorted(facts.mandate_actions)
    if position.kind is not ApplicantKind.PERSON:
        said[_KIND] = position.kind
    if position.allowed:
        said[_ALLOWED] = True
    return orjson.dumps(said).decode()
