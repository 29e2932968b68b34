"""What a token may do and under which conditions: for the reader. Nothing here allows anything."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection

from gateway.claims.mandates import allowed_between
from gateway.desk.facts import represents_alone
from gateway.desk.newclaim import is_taken
from gateway.desk.scope import Scope
from gateway.store.organisations import all_municipalities, centres_by_id, third_parties_by_id
from gateway.store.subjects import numbers_of
from policies.kit.claim_type import ClaimTypeModule
from policies.kit.conditions import NEVER, every
from policies.kit.facts import READ_STATUS, Question, ReadScope
from policies.kit.phrases import Said, in_words
from policies.kit.policy_set import PolicySet
from policies.kit.residuals import Known, Left, left_open
from schema.graph.viewer import Permission
from schema.terms import (
    ApplicantKind,
    AtvkCode,
    Capacity,
    ClaimAction,
    ClaimTypeCode,
    EvidenceScope,
    GovernmentLevel,
    ThirdPartyStatus,
)

_BOTH = frozenset(ApplicantKind)
Facts = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Row:
    """One permission, as it is remembered: the same for all of whom the same is known."""

    action: ClaimAction
    rules: tuple[str, ...]
    said: Said
    evidence: tuple[tuple[str, str], ...]
    """Coordinate and path of each."""


async def permissions_of(scope: Scope, code: ClaimTypeCode | None) -> list[Permission]:
    """One row for each claim type and action that the policies do not refuse already.

    Args:
        code: this claim type alone; a code that there is not gives nothing.
    """
    modules = [each for each in scope.policies.claim_types.values() if code is None or each.code == code]
    modules.sort(key=lambda each: each.code)
    known = await scope.house.store.read(lambda connection: _Party.read(connection, scope))
    found: list[Permission] = []
    for module in modules:
        # Others have their turn: the first time, each claim type costs some milliseconds.
        await asyncio.sleep(0)
        if not known.kinds & frozenset(module.applicants):
            continue
        party = Known(scope.party.capacity, scope.party.assurance, tuple(sorted(known.of_type(module).items())))
        rows = _rows(scope.policies, module, party, known.kinds)
        found += [_shown(module.code, row) for row in rows if not known.is_refused_anyway(scope, module, row.action)]
    return found


def _shown(code: ClaimTypeCode, row: _Row) -> Permission:
    return Permission(
        claim_type_code=code,
        action=row.action,
        evidence=list(dict.fromkeys(coordinate for coordinate, _ in row.evidence)),
        evidence_paths=[path for _, path in row.evidence],
        rules=list(row.rules),
        said=row.said,
    )


@dataclass(frozen=True, slots=True)
class _Party:
    """What the own store and the token say of a party before any claim is named."""

    capacity: Capacity
    organisation: str | None
    kinds: frozenset[ApplicantKind]
    """Whose claims may be meant."""
    facts: Facts
    covered: frozenset[ClaimTypeCode]
    """CLERK: the centre's basket. THIRD_PARTY_WORKER: the contract's claim types."""
    mandates: dict[ClaimTypeCode, frozenset[ClaimAction]]
    """MANDATE_HOLDER: actions of the mandates in force, by claim type."""
    municipalities: tuple[AtvkCode, ...]
    """To which a municipal claim of theirs may be: a centre's, a contract's, of anybody else all that there are."""

    @classmethod
    def read(cls, connection: Connection, scope: Scope) -> _Party:
        """Look it up."""
        party, moment = scope.party, scope.moment
        # What is asked is whether a third party may be put on a claim: who may, takes it off as well.
        facts: Facts = {"taking_off": False}
        kinds, covered = _BOTH, frozenset[ClaimTypeCode]()
        mandates: dict[ClaimTypeCode, frozenset[ClaimAction]] = {}
        organisation = party.organisation or ""
        places = tuple(each.atvk for each in all_municipalities(connection, moment.today))
        match party.capacity:
            case Capacity.CITIZEN:
                kinds = frozenset({ApplicantKind.PERSON})
            case Capacity.LEGAL_REPRESENTATIVE:
                kinds = frozenset({ApplicantKind.LEGAL_ENTITY})
                facts["represents_alone"] = represents_alone(connection, party, moment)
            case Capacity.MANDATE_HOLDER:
                grantors = [] if party.acting_for is None else [party.acting_for]
                of_entity = bool(numbers_of(connection, grantors))
                kinds = frozenset({ApplicantKind.LEGAL_ENTITY if of_entity else ApplicantKind.PERSON})
                given = allowed_between(connection, grantors, party.subject, None, moment.today)
                mandates = {code: actions for (_, code), actions in given.items()}
            case Capacity.CLERK:
                centre = centres_by_id(connection, [organisation]).get(organisation)
                covered = frozenset() if centre is None else centre.claim_types
                places = () if centre is None else (centre.municipality,)
            case Capacity.THIRD_PARTY_WORKER:
                found = third_parties_by_id(connection, [organisation]).get(organisation)
                facts["organisation_active"] = found is not None and found.status is ThirdPartyStatus.ACTIVE
                facts["contract_in_force"] = found is not None and found.contract.in_force(moment.today)
                covered = frozenset() if found is None else found.claim_types
                places = () if found is None else found.municipalities
        return cls(party.capacity, party.organisation, kinds, facts, covered, mandates, places)

    def is_refused_anyway(self, scope: Scope, module: ClaimTypeModule, action: ClaimAction) -> bool:
        """What the policies leave open and the gateway refuses all the same, whatever the claim."""
        house = scope.house
        if action is ClaimAction.DECIDE:
            return house.has_deciding_system(module, self.organisation or "", scope.moment.succession)
        if action is not ClaimAction.SUBMIT:
            return False
        if not is_taken(module, scope.moment.today):
            return True
        if module.level is GovernmentLevel.NATIONAL:
            return not house.takes(module, None)
        return not any(house.takes(module, each) for each in self.municipalities)

    def of_type(self, module: ClaimTypeModule) -> Facts:
        """What is known about claims of a type; what a claim will tell is not in it."""
        known: Facts = dict.fromkeys(_NOT_OF.get(self.capacity, _OF_SOMEBODY), False) | self.facts
        national = module.level is GovernmentLevel.NATIONAL
        match self.capacity:
            case Capacity.MANDATE_HOLDER:
                actions = self.mandates.get(module.code)
                known |= {"mandate_in_force": actions is not None, "mandate_actions": actions or frozenset()}
            case Capacity.CLERK | Capacity.THIRD_PARTY_WORKER:
                fact = "in_basket" if self.capacity is Capacity.CLERK else "contract_covers"
                if module.code not in self.covered or national:
                    known[fact] = module.code in self.covered
            case Capacity.OWNER_OFFICER:
                if not _decides(self.organisation or "", module):
                    known["own_authority"] = False
        return known


_OF_SOMEBODY = frozenset(
    {
        *("is_applicant", "represents_alone", "mandate_in_force", "assigned", "organisation_active"),
        *("contract_in_force", "contract_covers", "own_authority", "own_centre", "in_basket"),
    }
)
_NOT_OF = {
    Capacity.CITIZEN: _OF_SOMEBODY - {"is_applicant"},
    Capacity.LEGAL_REPRESENTATIVE: _OF_SOMEBODY - {"is_applicant"},
    Capacity.MANDATE_HOLDER: _OF_SOMEBODY - {"is_applicant"},
    Capacity.CLERK: _OF_SOMEBODY - {"own_centre", "in_basket"},
    Capacity.THIRD_PARTY_WORKER: _OF_SOMEBODY - {"assigned", "mandate_in_force", "contract_covers"},
    Capacity.OWNER_OFFICER: _OF_SOMEBODY - {"own_authority", "is_applicant"},
}
"""What is never so of a capacity, as the gateway finds facts out (:mod:`gateway.desk.facts`)."""


def _decides(organisation: str, module: ClaimTypeModule) -> bool:
    """Whether an officer's body decides claims of a type: ``vsaa``, or ``social-0054000`` for ``social``."""
    if module.level is GovernmentLevel.NATIONAL:
        return organisation == module.owner
    return organisation.rpartition("-")[0] == module.owner


_REMEMBERED: WeakKeyDictionary[PolicySet, dict[Any, tuple[_Row, ...]]] = WeakKeyDictionary()
"""Rows by what they were made from; they go with the set of policies that they say something of."""
_MOST_REMEMBERED = 8_192


def _rows(
    policies: PolicySet, module: ClaimTypeModule, known: Known, kinds: frozenset[ApplicantKind]
) -> tuple[_Row, ...]:
    remembered = _REMEMBERED.setdefault(policies, {})
    key = (module.code, known, kinds)
    rows = remembered.get(key)
    if rows is None:
        found = (_row(policies, module, known, kinds, action) for action in ClaimAction)
        rows = tuple(row for row in found if row is not None)
        # Who may never read so much as a claim's status finds none to do anything with: new drafts are all there is.
        reads = any(row.action is ClaimAction.READ for row in rows)
        if not reads and left_open(policies, module, known, READ_STATUS).condition == NEVER:
            rows = tuple(row for row in rows if row.action is ClaimAction.PREPARE)
        if len(remembered) >= _MOST_REMEMBERED:
            remembered.clear()
        remembered[key] = rows
    return rows


def _row(
    policies: PolicySet, module: ClaimTypeModule, known: Known, kinds: frozenset[ApplicantKind], action: ClaimAction
) -> _Row | None:
    evidence: tuple[tuple[str, str], ...] = ()
    if action is ClaimAction.READ_EVIDENCE:
        scopes = _open_scopes(policies, module, known)
        listed = [each for each in module.evidence if each.applicant in kinds and each.open_to in scopes]
        evidence = tuple(dict.fromkeys((each.coordinate, each.path) for each in listed))
        left = _all_of(scopes[scope] for scope in scopes if any(each.open_to is scope for each in listed))
    elif action is ClaimAction.READ:
        left = left_open(policies, module, known, Question(action, ReadScope.CLAIM))
    else:
        left = left_open(policies, module, known, Question(action))
    if left.condition == NEVER:
        return None
    return _Row(action, left.rules, in_words(left.condition, known.capacity, policies.reasons_in_words), evidence)


def _open_scopes(policies: PolicySet, module: ClaimTypeModule, known: Known) -> dict[EvidenceScope, Left]:
    asked = {
        scope: left_open(policies, module, known, Question(ClaimAction.READ_EVIDENCE, scope)) for scope in EvidenceScope
    }
    return {scope: left for scope, left in asked.items() if left.condition != NEVER}


def _all_of(parts: Iterable[Left]) -> Left:
    """What opens every part at once."""
    every_part: Sequence[Left] = tuple(parts)
    if not every_part:
        return Left(NEVER, ())
    rules = sorted({rule for each in every_part for rule in each.rules})
    return Left(every(each.condition for each in every_part), tuple(rules))
