"""How a party stood to a claim when an access was decided, as a record keeps it: a position, never who or which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, fields
from functools import lru_cache
from typing import Any

import msgspec
import orjson

from policies.kit.facts import Facts, Presence
from policies.kit.party_rules import PartyAction, PartyFacts
from schema.terms import (
    ApplicantKind,
    AssuranceLevel,
    Capacity,
    Channel,
    ClaimAction,
    ClaimStatus,
    ClaimTypeCode,
)


class Position(msgspec.Struct, frozen=True):
    """What the policies were asked about."""

    facts: Facts
    kind: ApplicantKind
    allowed: bool = False
    """They allowed it, and something else refused: answers that are not valid, a proof that proves nothing."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A position, and how many records of a row have it."""

    position: Position
    count: int


@dataclass(frozen=True, slots=True)
class PartyPosition:
    """What the rules about mandates and third parties were asked, and what they said then."""

    capacity: Capacity
    asks: PartyAction
    facts: PartyFacts
    allowed: bool
    claim_type: ClaimTypeCode | None = None
    """CARRY: the claim type that the mandate would name."""


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
_KIND, _ALLOWED, _ASKS = "applicant", "allowed", "asks"
_NO_PARTY_FACTS = PartyFacts()


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


def written_of_parties(asked: Iterable[PartyPosition]) -> str | None:
    """As a row of the log has it: ``[[{"asks": action, fact: value, …}, 1], …]``. None where nothing was asked."""
    said = []
    for each in dict.fromkeys(asked):
        facts = msgspec.to_builtins(each.facts)
        told = {
            name: value for name, value in facts.items() if value != getattr(_NO_PARTY_FACTS, name) or name == "carries"
        }
        about = {} if each.claim_type is None else {"claim_type": each.claim_type.text}
        said.append([{_ASKS: each.asks, "capacity": each.capacity, _ALLOWED: each.allowed, **about, **told}, 1])
    return orjson.dumps(said).decode() if said else None


def read_of_parties(text: str) -> list[PartyPosition]:
    """What :func:`written_of_parties` wrote. Raises: ValueError: it was not that, or has an unknown word."""
    found = []
    for said, _ in orjson.loads(text):
        try:
            asks, capacity, allowed = PartyAction(said.pop(_ASKS)), Capacity(said.pop("capacity")), said.pop(_ALLOWED)
            code = said.pop("claim_type", None)
            facts = msgspec.convert(said, PartyFacts)
        except (KeyError, msgspec.ValidationError):
            raise ValueError("what was asked is not what is asked of parties") from None
        of_type = None if code is None else ClaimTypeCode.parse(code)
        found.append(PartyPosition(capacity, asks, facts, allowed is True, of_type))
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
