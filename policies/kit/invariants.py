"""What no rule, claim type or combination of facts may open: each as a sentence, checked in every position."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from policies.kit.facts import Presence, Question, ReadScope
from policies.kit.looks import PLACE
from policies.kit.rules import Rule
from policies.kit.space import NOT_SO, Answered
from schema.terms import AssuranceLevel, Capacity, ClaimAction, ClaimStatus, ClaimTypeCode, EvidenceScope, Phase

_MINISTRY = (Capacity.POLICY_OFFICER, Capacity.MINISTRY_IT, Capacity.AUDITOR)
_APPLICANTS = (Capacity.CITIZEN, Capacity.LEGAL_REPRESENTATIVE)
_SHOWN = (AssuranceLevel.SUBSTANTIAL, AssuranceLevel.HIGH)
_DECIDABLE = (ClaimStatus.DELIVERED, ClaimStatus.IN_REVIEW, ClaimStatus.INFORMATION_REQUESTED)
_ANSWERABLE = (ClaimStatus.DRAFT, ClaimStatus.INFORMATION_REQUESTED)
_AT_A_CENTRE = (ClaimAction.PREPARE, ClaimAction.SUBMIT, ClaimAction.READ_EVIDENCE)


@dataclass(frozen=True, slots=True)
class Allowed:
    """One position in which something is allowed."""

    capacity: Capacity
    question: Question
    facts: Mapping[str, Any]
    built: bool
    open_to_third_parties: bool
    mandates: bool

    @property
    def action(self) -> ClaimAction:
        return self.question.action

    @property
    def status(self) -> ClaimStatus:
        status: ClaimStatus = self.facts[PLACE][0]
        return status

    @property
    def new(self) -> bool:
        return bool(self.facts[PLACE][1])

    def so(self, fact: str) -> bool:
        """Whether a fact holds."""
        return bool(self.facts[fact])

    def mandate_names_it(self) -> bool:
        """Whether a mandate names the action that is asked."""
        return self.action in self.facts["mandate_actions"]


@dataclass(frozen=True, slots=True)
class Invariant:
    """One sentence that holds for everything that is allowed."""

    id: str
    sentence: str
    capacities: tuple[Capacity, ...]
    facts: tuple[str, ...]
    """What it looks at."""
    holds: Callable[[Allowed], bool]


@dataclass(frozen=True, slots=True)
class Breach:
    """An invariant that rules break."""

    invariant: Invariant
    rules: tuple[Rule, ...]
    """Permits that allow it."""
    claim_types: tuple[ClaimTypeCode, ...]
    capacity: Capacity
    question: Question
    facts: Mapping[str, Any]
    """Of the position with the fewest facts that hold."""
    positions: int
    """How many of one claim type break it."""


def _third_party_stands(one: Allowed) -> bool:
    return one.mandate_names_it() or (one.so("assigned") and not one.new)


def _clerk_stands(one: Allowed) -> bool:
    if not one.so("own_centre") or not one.so("in_basket"):
        return False
    if one.action not in _AT_A_CENTRE:
        return one.action is ClaimAction.READ
    wanted = (Presence.PROVEN,) if one.action is ClaimAction.READ_EVIDENCE else (Presence.STATED, Presence.PROVEN)
    return one.status is ClaimStatus.DRAFT and one.facts["presence"] in wanted


def _status_suits(one: Allowed) -> bool:
    return {
        ClaimAction.PREPARE: one.status in _ANSWERABLE,
        ClaimAction.SUBMIT: one.status is ClaimStatus.DRAFT,
        ClaimAction.WITHDRAW: one.status.phase is not Phase.CLOSED,
        ClaimAction.ASSIGN: one.so("taking_off") or one.status.phase is not Phase.CLOSED,
        ClaimAction.DECIDE: one.status in _DECIDABLE,
    }.get(one.action, True)


_EVERYBODY = tuple(Capacity)
_THIRD_PARTY = (Capacity.THIRD_PARTY_WORKER,)
_OFFICER = (Capacity.OWNER_OFFICER,)
INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "third-parties-never-decide",
        "No third party decides, withdraws or assigns a claim.",
        _THIRD_PARTY,
        (),
        lambda one: one.action not in (ClaimAction.DECIDE, ClaimAction.WITHDRAW, ClaimAction.ASSIGN),
    ),
    Invariant(
        "only-the-owner-decides",
        "Nobody but an officer of the owner decides a claim.",
        _EVERYBODY,
        (),
        lambda one: one.action is not ClaimAction.DECIDE or one.capacity is Capacity.OWNER_OFFICER,
    ),
    Invariant(
        "third-parties-need-a-contract",
        "A third party acts only where the claim type is open to third parties, its organisation is active, and its "
        "contract is in force and covers the claim.",
        _THIRD_PARTY,
        ("organisation_active", "contract_in_force", "contract_covers"),
        lambda one: (
            one.open_to_third_parties
            and one.so("organisation_active")
            and one.so("contract_in_force")
            and one.so("contract_covers")
        ),
    ),
    Invariant(
        "third-parties-need-a-door",
        "A third party acts only on a claim that is assigned to it or under a mandate that names the action; on a new "
        "one only under the mandate.",
        _THIRD_PARTY,
        (PLACE, "assigned", "mandate_actions"),
        _third_party_stands,
    ),
    Invariant(
        "third-parties-read-what-is-marked",
        "A third party reads evidence that is marked for third parties and no other, and of a closed claim its status.",
        _THIRD_PARTY,
        (PLACE,),
        lambda one: (
            one.question.scope in (None, EvidenceScope.THIRD_PARTIES, *ReadScope)
            and (one.status.phase is not Phase.CLOSED or one.question.scope is ReadScope.STATUS)
        ),
    ),
    Invariant(
        "owner-only-evidence",
        "Evidence for the owner alone is read by an officer of the owner alone.",
        _EVERYBODY,
        (),
        lambda one: one.question.scope is not EvidenceScope.OWNER_ONLY or one.capacity is Capacity.OWNER_OFFICER,
    ),
    Invariant(
        "applicants-have-their-own",
        "An applicant acts on an own claim alone, signed in with substantial or high assurance.",
        _APPLICANTS,
        ("is_applicant", "assurance"),
        lambda one: one.so("is_applicant") and one.facts["assurance"] in _SHOWN,
    ),
    Invariant(
        "representatives-represent-alone",
        "A representative acts only with the right to represent the legal entity alone.",
        (Capacity.LEGAL_REPRESENTATIVE,),
        ("represents_alone",),
        lambda one: one.so("represents_alone"),
    ),
    Invariant(
        "mandates-name-it",
        "A mandate holder does what a mandate in force names, on a claim of the grantor, of a type that allows "
        "mandates, and never assigns.",
        (Capacity.MANDATE_HOLDER,),
        ("is_applicant", "mandate_in_force", "mandate_actions"),
        lambda one: (
            one.mandates
            and one.so("is_applicant")
            and one.so("mandate_in_force")
            and one.mandate_names_it()
            and one.action is not ClaimAction.ASSIGN
        ),
    ),
    Invariant(
        "mandates-read-no-closed-evidence",
        "A mandate holder reads no evidence of a closed claim.",
        (Capacity.MANDATE_HOLDER,),
        (PLACE,),
        lambda one: one.action is not ClaimAction.READ_EVIDENCE or one.status.phase is not Phase.CLOSED,
    ),
    Invariant(
        "clerks-serve-who-is-present",
        "A clerk reads claims of the own centre within its basket; all else is for the citizen who is present, on a "
        "draft, and evidence where that is proven.",
        (Capacity.CLERK,),
        (PLACE, "own_centre", "in_basket", "presence"),
        _clerk_stands,
    ),
    Invariant(
        "officers-keep-to-their-department",
        "An officer acts on claims submitted to the own department in which the officer is not the applicant, and "
        "never on the applicant's side.",
        _OFFICER,
        (PLACE, "own_authority", "is_applicant"),
        lambda one: (
            one.so("own_authority")
            and not one.so("is_applicant")
            and one.status is not ClaimStatus.DRAFT
            and one.action not in (ClaimAction.PREPARE, ClaimAction.SUBMIT, ClaimAction.WITHDRAW)
        ),
    ),
    Invariant(
        "officers-read-running-claims",
        "An officer reads evidence while the claim runs.",
        _OFFICER,
        (PLACE,),
        lambda one: one.action is not ClaimAction.READ_EVIDENCE or one.status.phase is Phase.RUNNING,
    ),
    Invariant(
        "protected-persons-have-no-third-party-by-the-owner",
        "An officer puts no third party on the claim of a protected person.",
        _OFFICER,
        ("restricted", "taking_off"),
        lambda one: one.action is not ClaimAction.ASSIGN or one.so("taking_off") or not one.so("restricted"),
    ),
    Invariant(
        "the-ministry-has-no-claims",
        "Policy officers, the ministry's IT and auditors open nothing of a claim.",
        _MINISTRY,
        (),
        lambda one: False,
    ),
    Invariant(
        "low-assurance-opens-nothing",
        "A token signed in with low assurance opens nothing of a claim.",
        _EVERYBODY,
        ("assurance",),
        lambda one: one.facts["assurance"] is not AssuranceLevel.LOW,
    ),
    Invariant(
        "each-action-in-its-status",
        "PREPARE keeps to drafts and to what the owner asks, SUBMIT to drafts, WITHDRAW and ASSIGN to what is not "
        "closed, DECIDE to what the owner has and has not decided.",
        _EVERYBODY,
        (PLACE, "taking_off"),
        _status_suits,
    ),
    Invariant(
        "assigned-where-open",
        "A third party is put only on claims of a type that is open to third parties.",
        _EVERYBODY,
        ("taking_off",),
        lambda one: one.action is not ClaimAction.ASSIGN or one.so("taking_off") or one.open_to_third_parties,
    ),
    Invariant(
        "what-is-not-open-takes-nothing-new",
        "Nothing is prepared or submitted of a claim type that is not open.",
        _EVERYBODY,
        (),
        lambda one: one.built or one.action not in (ClaimAction.PREPARE, ClaimAction.SUBMIT),
    ),
)
LOOKED_AT: Mapping[Capacity, frozenset[str]] = {
    capacity: frozenset(fact for each in INVARIANTS if capacity in each.capacities for fact in each.facts)
    for capacity in Capacity
}
"""Facts that a space must tell apart for the invariants of a capacity."""


def breaches(answers: Iterable[Answered]) -> Iterator[Breach]:
    """Every invariant that is broken, once for each capacity and question.

    Args:
        answers: of a space that tells apart what :data:`LOOKED_AT` says; kept until all of them were looked at.
    """
    found: dict[Any, Breach] = {}
    seen: dict[Any, tuple[tuple[Invariant, int, tuple[Any, ...]], ...]] = {}
    for answered in answers:
        module, region = answered.module, answered.region
        kind = (id(region), answered.built, module.open_to_third_parties, module.mandates)
        if kind not in seen:
            seen[kind] = tuple(_broken(answered))
        for invariant, count, position in seen[kind]:
            key = (invariant.id, region.capacity, region.question)
            first = found.get(key)
            rules = answered.named(region.allowed[position])
            facts = dict(zip(region.facts, position, strict=True)) if first is None else first.facts
            found[key] = Breach(
                invariant,
                rules if first is None else tuple(dict.fromkeys((*first.rules, *rules))),
                (module.code,) if first is None else tuple(dict.fromkeys((*first.claim_types, module.code))),
                region.capacity,
                region.question,
                facts,
                count,
            )
    yield from found.values()


def _broken(answered: Answered) -> Iterator[tuple[Invariant, int, tuple[Any, ...]]]:
    region, module = answered.region, answered.module
    mine = [each for each in INVARIANTS if region.capacity in each.capacities]
    found: dict[str, list[tuple[Any, ...]]] = {}
    for position in region.allowed:
        facts = dict(zip(region.facts, position, strict=True))
        one = Allowed(
            region.capacity,
            region.question,
            facts,
            answered.built,
            module.open_to_third_parties,
            module.mandates,
        )
        for invariant in mine:
            if not invariant.holds(one):
                found.setdefault(invariant.id, []).append(position)
    for invariant in mine:
        if positions := found.get(invariant.id):
            fewest = min(positions, key=lambda one: _holding(region.facts, one))
            yield invariant, len(positions), fewest


def _holding(facts: tuple[str, ...], position: tuple[Any, ...]) -> int:
    return sum(value != NOT_SO[name] for name, value in zip(facts, position, strict=True))
