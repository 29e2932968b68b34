"""The space of facts says what the policies say, in every position, and leaves none out."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.desk import facts as resolved
from policies.kit.examples import run
from policies.kit.facts import Facts, Question
from policies.kit.looks import FACTS, PLACE, looks_of
from policies.kit.policy_set import PolicySet
from policies.kit.space import FACTS_OF, QUESTIONS, Space, position_of
from schema.terms import Capacity, ClaimAction
from tests.policies.conftest import Edit
from tests.policies.test_invariants import any_facts

LOADED = PolicySet.load()
SPACE = Space(LOADED)


def said(space: Space, policies: PolicySet, facts: Facts, question: Question) -> tuple[bool, tuple[str, ...]]:
    """Whether it is allowed, and by which rules; nothing else is known of a refusal."""
    answered = space.answer(policies.claim_types[facts.claim_type], True, facts.capacity, question)
    bits = answered.region.allowed.get(position_of(facts, answered.region), 0)
    return bits != 0, tuple(rule.id for rule in answered.named(bits))


@settings(max_examples=600, deadline=None)
@given(any_facts(), st.sampled_from(QUESTIONS))
def test_the_space_says_in_every_position_what_the_policies_say(facts: Facts, question: Question) -> None:
    verdict = LOADED.rehearse(facts, question)
    assert said(SPACE, LOADED, facts, question) == (verdict.allowed, verdict.rules if verdict.allowed else ())


def test_the_space_says_what_every_example_says() -> None:
    for outcome in run(LOADED):
        example = outcome.example
        if example.evidence is None and example.opens is None and not example.while_dark:
            for facts in example.stated(outcome.claim_type):
                for question in example.questions():
                    assert said(SPACE, LOADED, facts, question)[0] is outcome.verdict.allowed


def test_a_mandate_compared_in_another_way_is_told_apart_too(edit: Edit) -> None:
    policies = PolicySet.load(
        edit(
            "claims/housing-benefit/policy.cedar",
            "when { context.assigned || context.mandateActions.contains(action) };",
            'when { !context.mandateActions.isEmpty() && [Action::"READ"].containsAll(context.mandateActions) };',
        )
    )
    space = Space(policies)
    housing = next(code for code in policies.claim_types if code.text == "housing-benefit")
    for actions in (set(), {ClaimAction.READ}, {ClaimAction.READ, ClaimAction.SUBMIT}, {ClaimAction.SUBMIT}):
        for question in QUESTIONS[:2]:
            facts = _third_party(policies, housing, frozenset(actions))
            verdict = policies.rehearse(facts, question)
            assert said(space, policies, facts, question)[0] is verdict.allowed is (actions == {ClaimAction.READ})


def _third_party(policies: PolicySet, code: object, actions: frozenset[ClaimAction]) -> Facts:
    example = next(
        each
        for each in policies.claim_types[code].examples  # type: ignore[index]
        if each.capacity is Capacity.THIRD_PARTY_WORKER and each.expect == "permit"
    )
    stated = example.stated(code)[0]  # type: ignore[arg-type]
    return Facts(
        stated.capacity,
        stated.claim_type,
        stated.status,
        mandate_actions=actions,
        mandate_in_force=True,
        organisation_active=True,
        contract_in_force=True,
        contract_covers=True,
    )


def test_a_rule_that_handles_the_whole_claim_looks_at_everything(edit: Edit) -> None:
    policies = PolicySet.load(
        edit(
            "claims/housing-benefit/policy.cedar",
            "when { context.assigned || context.mandateActions.contains(action) };",
            "when { context.assigned || resource == resource };",
        )
    )
    rule = next(each for each in policies.rules if each.id == "housing-benefit-third-party-reads-claim")
    assert looks_of(rule).facts == set(FACTS)


def test_what_can_be_true_of_a_capacity_is_what_the_gateway_finds_out() -> None:
    for capacity in Capacity:
        _, names = resolved._RELATIONS.get(capacity, (None, ()))
        about_everybody = {PLACE, "channel", "assurance", "restricted", "taking_off"}
        assert FACTS_OF[capacity] == about_everybody | set(names), capacity


def test_the_space_is_smaller_than_what_is_asked_of_it() -> None:
    assert len(list(SPACE.answers())) >= len(LOADED.claim_types) * len(Capacity) * len(QUESTIONS)
    assert SPACE.size > 50_000
