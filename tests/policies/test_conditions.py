"""What is told of permissions is what is decided: conditions hold exactly where the judge allows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.kit.conditions import (
    ALWAYS,
    CARRIES,
    NEVER,
    All,
    Condition,
    Is,
    OneOf,
    Untold,
    either,
    every,
    fact_is,
    negated,
)
from policies.kit.facts import Facts, Presence, Question
from policies.kit.phrases import in_words
from policies.kit.policy_set import PolicySet
from policies.kit.residuals import Known, left_open
from policies.kit.space import QUESTIONS
from schema.terms import AssuranceLevel, Capacity, Channel, ClaimAction, ClaimStatus

LOADED = PolicySet.load()
CODES = sorted(LOADED.claim_types)
FLAGS = (
    *("is_applicant", "represents_alone", "mandate_in_force", "assigned", "organisation_active", "contract_in_force"),
    *("contract_covers", "own_authority", "own_centre", "in_basket", "restricted", "taking_off"),
)


def holds(condition: Condition, facts: Facts) -> bool:
    """Whether a condition is met in a position."""
    match condition:
        case Is(fact, values):
            if fact.startswith(CARRIES):
                return (ClaimAction(fact.removeprefix(CARRIES)) in facts.mandate_actions) in values
            found: Any = getattr(facts, fact)
            if fact == "channel":
                found = "UNKNOWN" if found is None else found.value
            return found in values
        case All(parts):
            return all(holds(each, facts) for each in parts)
        case OneOf(parts):
            return any(holds(each, facts) for each in parts)
    raise AssertionError(f"nobody has words for {condition}")


@st.composite
def positions(draw: st.DrawFn) -> Facts:
    """Any position that occurs: a mandate that names an action is in force."""
    status = draw(st.sampled_from(ClaimStatus))
    facts = Facts(
        capacity=draw(st.sampled_from(Capacity)),
        claim_type=draw(st.sampled_from(CODES)),
        status=status,
        channel=draw(st.sampled_from([None, *Channel])),
        assurance=draw(st.sampled_from([None, *AssuranceLevel])),
        mandate_actions=draw(st.frozensets(st.sampled_from(ClaimAction))),
        presence=draw(st.sampled_from(Presence)),
        **{flag: draw(st.booleans()) for flag in FLAGS},
    )
    return replace(facts, mandate_in_force=facts.mandate_in_force or bool(facts.mandate_actions))


@settings(max_examples=600, deadline=None)
@given(
    positions(),
    st.sampled_from(QUESTIONS),
    st.frozensets(st.sampled_from([*FLAGS, "presence", "channel"])),
    st.booleans(),
)
def test_conditions_hold_exactly_where_the_judge_allows(
    facts: Facts, question: Question, told: frozenset[str], new: bool
) -> None:
    if new and question.action is ClaimAction.PREPARE and facts.status is ClaimStatus.DRAFT:
        facts = replace(facts, new=True)
    told -= {"channel"}
    known = Known(facts.capacity, facts.assurance, tuple((name, getattr(facts, name)) for name in sorted(told)))
    left = left_open(LOADED, LOADED.claim_types[facts.claim_type], known, question)
    verdict = LOADED.decide(facts, question)
    assert holds(left.condition, facts) is verdict.allowed
    if verdict.allowed:
        assert set(verdict.rules) <= set(left.rules)


@pytest.mark.parametrize("capacity", list(Capacity))
def test_everything_left_open_is_told_in_both_languages(capacity: Capacity) -> None:
    for code in CODES:
        for question in QUESTIONS:
            left = left_open(LOADED, LOADED.claim_types[code], Known(capacity, AssuranceLevel.HIGH, ()), question)
            said = in_words(left.condition, capacity, LOADED.reasons_in_words)
            assert len(said.lv) == len(said.en)
            assert bool(said.en) is (left.condition != ALWAYS)
            assert (said.en == ("It is not allowed.",)) is (left.condition == NEVER)
            assert not any(" is True" in each or " is False" in each or "rule " in each for each in said.en)
            assert set(said.lv).isdisjoint(said.en)


def test_a_condition_that_nobody_has_words_for_is_told_by_its_rule() -> None:
    said = in_words(
        every([Untold("a-rule", True), Untold("another", False)]), Capacity.CITIZEN, {"a-rule": ("Tā ir.", "It is so.")}
    )
    assert said.en == (
        "The condition of rule a-rule holds (It is so).",
        "The condition of rule another does not hold (another).",
    )
    assert said.lv[0] == "Ir spēkā noteikuma a-rule nosacījums (Tā ir)."


SOME = st.recursive(
    st.builds(fact_is, st.sampled_from(["assigned", "own_centre"]), st.sets(st.booleans()))
    | st.builds(fact_is, st.just("status"), st.sets(st.sampled_from(ClaimStatus)))
    | st.builds(fact_is, st.just("presence"), st.sets(st.sampled_from(Presence))),
    lambda inner: (
        st.builds(every, st.lists(inner, max_size=3))
        | st.builds(either, st.lists(inner, max_size=3))
        | st.builds(negated, inner)
    ),
    max_leaves=12,
)


@settings(max_examples=300, deadline=None)
@given(st.lists(SOME, max_size=3), positions())
def test_putting_conditions_together_changes_nothing_of_what_they_say(parts: list[Condition], facts: Facts) -> None:
    assert holds(every(parts), facts) is all(holds(each, facts) for each in parts)
    assert holds(either(parts), facts) is any(holds(each, facts) for each in parts)
    for each in parts:
        assert holds(negated(each), facts) is not holds(each, facts)
