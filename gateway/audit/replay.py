"""Recorded accesses decided again under other policies: which would come out otherwise.

What is decided is what the log says was asked, in the position that it was asked from: of claims, of mandates and of
third parties. Data of co-subjects and what registers did not give follow from other records and are not decided on
their own; the doors ``me`` and open data are no claims.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import orjson

from gateway.audit.positions import PartyPosition, Position, read, read_of_parties
from gateway.plan.judge import claim_field
from gateway.plan.recorded import RecordedField
from gateway.store.tables.columns import to_microseconds
from policies.kit.evidence import parse_asked
from policies.kit.facts import READ_STATUS, Facts, Question
from policies.kit.field_access import AccessClass
from policies.kit.party_rules import PartyAction
from policies.kit.policy_set import PolicySet
from schema.terms import AccessOutcome, ApplicantKind, Capacity, ClaimAction, EvidenceScope

_NO_DOOR = "no-door"
_MUTATION = "Mutation."
_OF_PARTIES = '[[{"asks"'
_TELL_EVERY = 2_000
_ROOTS = {ApplicantKind.PERSON: "Person", ApplicantKind.LEGAL_ENTITY: "LegalEntity"}

_ROWS = """
SELECT action, outcome, coordinates, paths, rules, positions FROM access_records
WHERE place >= ? AND amends IS NULL AND (
    (claim_type IS NOT NULL AND (role IS NULL OR role = 'APPLICANT'))
    OR substr(positions, 1, 9) = '[[{"asks"'
)
ORDER BY place
"""


class Flip(NamedTuple):
    """What would come out otherwise.

    Attributes:
        claim_type: ``-`` where it is about a mandate or a third party, and about no claim type.
        what: the path that was read, ``claim`` for a claim that was not to be seen, the mutation, the action that a
            mandate would carry.
        scope: what the policies say the evidence is open to, ``-`` where it is none.
        permits: a refusal would become a permit; else a permit a refusal.
    """

    claim_type: str
    capacity: Capacity
    action: ClaimAction | PartyAction
    scope: str
    what: str
    permits: bool

    @property
    def line(self) -> str:
        """As a file of accepted flips names it."""
        then, now = ("refused", "permitted") if self.permits else ("permitted", "refused")
        return f"{self.claim_type} {self.capacity} {self.action} {self.scope} {self.what} {then}->{now}"


@dataclass(slots=True)
class Replayed:
    """What came of it."""

    decided: int = 0
    """Decisions taken again."""
    undecided: int = 0
    """Rows that do not say from which position they were decided."""
    flips: dict[Flip, int] = field(default_factory=dict)
    """Each with how often it would have happened."""
    rules: dict[Flip, set[str]] = field(default_factory=dict)
    """The rules that would decide."""


class Now(NamedTuple):
    """What the other policies say."""

    allowed: bool
    rules: tuple[str, ...]
    scope: str = "-"


def replay(store: Path, policies: PolicySet, since: datetime | None, tell: Callable[[int], None]) -> Replayed:
    """Decide what a store has recorded again; the store is only read, also while a gateway writes to it.

    Args:
        since: aware; None: from the beginning.
        tell: is called every so often with the number of rows that are done.

    Raises:
        sqlite3.Error: the store cannot be read.
    """
    begin = 0 if since is None else to_microseconds(since)
    done = Replayed()
    again = _Again(policies)
    with closing(sqlite3.connect(f"{store.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        for number, row in enumerate(connection.execute(_ROWS, (begin,)), 1):
            _row(again, done, *row)
            if number % _TELL_EVERY == 0:
                tell(number)
    return done


def _row(
    again: _Again,
    done: Replayed,
    action: str,
    outcome: str,
    coordinates: str,
    paths: str,
    rules: str,
    positions: str | None,
) -> None:
    if positions is not None and positions.startswith(_OF_PARTIES):
        _of_parties(again, done, orjson.loads(paths), positions)
        return
    try:
        counted = read(positions) if positions is not None else []
    except ValueError:
        counted = []
    if not counted:
        done.undecided += 1
        return
    asked = _Asked(
        ClaimAction(action),
        tuple(orjson.loads(coordinates)),
        tuple(orjson.loads(paths)),
        _NO_DOOR in orjson.loads(rules),
    )
    for each in counted:
        facts = each.position.facts
        then = outcome == AccessOutcome.PERMITTED or each.position.allowed
        for what, kind_of_action, now in again.decide(asked, each.position):
            done.decided += each.count
            if now.allowed is not then:
                flip = Flip(facts.claim_type.text, facts.capacity, kind_of_action, now.scope, what, now.allowed)
                done.flips[flip] = done.flips.get(flip, 0) + each.count
                done.rules.setdefault(flip, set()).update(now.rules)


def _of_parties(again: _Again, done: Replayed, mutation: Sequence[str], positions: str) -> None:
    try:
        asked = read_of_parties(positions)
    except ValueError:
        done.undecided += 1
        return
    for each in asked:
        now = again.decide_on_party(each)
        done.decided += 1
        if now.allowed is not each.allowed:
            carries = each.asks is PartyAction.CARRY
            code = "-" if each.claim_type is None else each.claim_type.text
            what = each.facts.carries.value if carries else ",".join(mutation)
            flip = Flip(code, each.capacity, each.asks, "-", what, now.allowed)
            done.flips[flip] = done.flips.get(flip, 0) + 1
            done.rules.setdefault(flip, set()).update(now.rules)


class _Asked(NamedTuple):
    action: ClaimAction
    coordinates: tuple[str, ...]
    paths: tuple[str, ...]
    no_door: bool


_Decided = tuple[str, ClaimAction, Now]


class _Again:
    """Decides under one set; what was asked alike is decided once."""

    def __init__(self, policies: PolicySet) -> None:
        self._policies = policies
        self._known: dict[tuple[_Asked, Facts, ApplicantKind], tuple[_Decided, ...]] = {}

    def decide(self, asked: _Asked, position: Position) -> tuple[_Decided, ...]:
        """What was asked, in parts that are decided each on their own."""
        key = (asked, position.facts, position.kind)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = tuple(self._parts(asked, position.facts, position.kind))
        return known

    def decide_on_party(self, asked: PartyPosition) -> Now:
        """What the rules about mandates and third parties say; of a claim type, what its module says now."""
        facts = asked.facts
        if asked.claim_type is not None:
            module = self._policies.claim_types.get(asked.claim_type)
            if module is None:
                return Now(False, ("no-claim-type",))
            of_people = asked.capacity is not Capacity.LEGAL_REPRESENTATIVE
            kind = ApplicantKind.PERSON if of_people else ApplicantKind.LEGAL_ENTITY
            facts = msgspec.structs.replace(
                facts,
                takes_mandates=module.mandates,
                open_to_third_parties=module.open_to_third_parties,
                takes_such_applicants=kind in module.applicants,
            )
        verdict = self._policies.parties.decide(asked.capacity, asked.asks, facts)
        return Now(verdict.allowed, verdict.rules)

    def _parts(self, asked: _Asked, facts: Facts, kind: ApplicantKind) -> Iterator[_Decided]:
        if all(each.startswith(_MUTATION) for each in asked.coordinates):
            for mutation in asked.paths:
                yield mutation, asked.action, self._action(facts, asked.action)
            return
        seen = self._policies.decide(facts, READ_STATUS)
        if asked.no_door:
            yield "claim", ClaimAction.READ, Now(seen.allowed, seen.rules)
            return
        for path in asked.paths:
            if any(other.startswith((f"{path}.", f"{path}(")) for other in asked.paths):
                continue  # Open as far as what is asked below it is.
            field_ = self._recorded(asked.coordinates, path, kind)
            action = ClaimAction.READ if field_.path is None else ClaimAction.READ_EVIDENCE
            now = self._field(facts, kind, field_) if seen.allowed else Now(False, seen.rules)
            yield path, action, now._replace(scope=self._scope(facts, kind, field_))

    def _action(self, facts: Facts, action: ClaimAction) -> Now:
        # A submission that is repeated shows the claim again, and submits nothing.
        verdict = self._policies.decide(facts, READ_STATUS if action is ClaimAction.READ else Question(action))
        if not facts.new and verdict.allowed:
            seen = self._policies.decide(facts, READ_STATUS)
            return Now(seen.allowed, verdict.rules if seen.allowed else seen.rules)
        return Now(verdict.allowed, verdict.rules)

    def _field(self, facts: Facts, kind: ApplicantKind, asked: RecordedField) -> Now:
        error, rules = claim_field(self._policies, facts, kind, asked)
        return Now(error is None, rules if error is None else tuple((error.rule or "").split(", ")))

    def _scope(self, facts: Facts, kind: ApplicantKind, asked: RecordedField) -> str:
        module = self._policies.claim_types.get(facts.claim_type)
        if asked.path is None or module is None:
            return "-"
        found = module.requirement(asked.path, kind)
        return "not-evidence" if found is None else EvidenceScope(found.open_to).value

    def _recorded(self, coordinates: Sequence[str], path: str, kind: ApplicantKind) -> RecordedField:
        """Which field a path of the log means: one below the claim's applicant, or one of the claim."""
        fields = self._policies.fields
        name = path.rpartition(".")[2].partition("(")[0]
        named = [each for each in coordinates if each.partition(".")[2] == name]
        try:
            steps = parse_asked(path.replace("<=", "="), kind, fields)
        except ValueError:
            steps = ()
        if steps:
            above = steps[-2].type if len(steps) > 1 else _ROOTS[kind]
            coordinate = f"{above}.{name}"
            if coordinate in named:
                return RecordedField(coordinate, fields.of(coordinate), steps)
        coordinate = named[0] if named else f"Claim.{name}"
        first = fields.of(f"Claim.{path.partition('.')[0].partition('(')[0]}")
        found = fields.of(coordinate)
        # As where the plan is judged: what is evidence elsewhere is, below a field of the claim, as open as that.
        access = None if first is None else first if found is AccessClass.EVIDENCE else found
        return RecordedField(coordinate, access, None)


def accepted(text: str) -> frozenset[str]:
    """Lines of a file of accepted flips; what follows a ``#`` is a comment."""
    lines: list[Any] = [" ".join(line.partition("#")[0].split()) for line in text.splitlines()]
    return frozenset(line for line in lines if line)
