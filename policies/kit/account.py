"""A verdict accounted for: the facts that it rests on, and what would have to be otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from policies.kit.facts import Facts, Question, Verdict
from policies.kit.looks import PLACE
from policies.kit.policy_set import PolicySet
from policies.kit.space import NOT_SO, Answered, Space, position_of
from policies.kit.wording import boxes, of_values, stated


@dataclass(frozen=True, slots=True)
class Account:
    """Why a question is answered as it is."""

    question: Question
    verdict: Verdict
    reasons: tuple[tuple[str, str], ...]
    """Each deciding rule with its sentence; the sentence of the verdict where no rule decides."""
    reasons_lv: tuple[tuple[str, str], ...]
    """The same in Latvian."""
    facts: tuple[tuple[str, str], ...]
    """What the deciding rules look at, and how it is; where no rule permits, what those look at that could."""
    missing: tuple[str, ...]
    """Refused: what would have to hold too, in the nearest position that is allowed; empty where there is none."""
    can_be: bool
    """It is allowed in some position."""


def account(policies: PolicySet, space: Space, facts: Facts, question: Question) -> Account:
    """Decide, and tell why. The claim type is one of the policies'."""
    module = policies.claim_types[facts.claim_type]
    verdict = policies.decide(facts, question)
    answered = space.answer(module, module.open, facts.capacity, question)
    deciding = [rule for rule in answered.rules if rule.id in verdict.rules]
    looked = {
        name
        for rule, table in zip(answered.rules, answered.region.tables, strict=True)
        for name in table.facts
        if rule in deciding or (not deciding and rule.effect == "permit")
    }
    position = position_of(facts, answered.region)
    shown = [
        stated(facts.capacity, name, value)
        for name, value in zip(answered.region.facts, position, strict=True)
        if name in looked
    ]
    deciding.sort(key=lambda rule: rule.id)
    undecided = ", ".join(verdict.rules)
    missing = () if verdict.allowed else _missing(answered, facts)
    return Account(
        question,
        verdict,
        tuple((rule.id, rule.reason) for rule in deciding) or ((undecided, verdict.reason),),
        tuple((rule.id, policies.reasons_lv[rule.id]) for rule in deciding) or ((undecided, verdict.reason.lv),),
        tuple(shown),
        missing,
        bool(answered.region.allowed),
    )


def _missing(answered: Answered, facts: Facts) -> tuple[str, ...]:
    region = answered.region
    fixed = {"taking_off": facts.taking_off} if "taking_off" in region.facts else {}
    here = dict(zip(region.facts, position_of(facts, region), strict=True))
    whole = dict(zip(region.facts, region.values, strict=True))
    ways = []
    for box in boxes(region, fixed):
        unmet = {name: values for name, values in box.items() if here[name] not in values}
        if "mandate_actions" in unmet:
            unmet.pop("mandate_in_force", None)
        order = sorted(unmet, key=lambda name: (name == PLACE, list(NOT_SO).index(name)))
        ways.append(
            tuple(of_values(region.capacity, region.question, name, unmet[name], whole[name]) for name in order)
        )
    return min(ways, key=len, default=())
