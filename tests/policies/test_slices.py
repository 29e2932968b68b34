"""What Cedar need not look at changes nothing: a slice of the rules answers as all of them do."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from policies.kit.facts import Facts, Presence, Question, ReadScope
from policies.kit.judge import ClaimTypeFacts, Judge
from policies.kit.policy_set import PolicySet
from schema.terms import AssuranceLevel, Capacity, Channel, ClaimAction, ClaimStatus, EvidenceScope

POLICIES = PolicySet.load()
QUESTIONS = [
    *(Question(ClaimAction.READ, scope) for scope in ReadScope),
    *(Question(ClaimAction.READ_EVIDENCE, scope) for scope in EvidenceScope),
    *(Question(action) for action in ClaimAction if action not in (ClaimAction.READ, ClaimAction.READ_EVIDENCE)),
]
FLAGS = [
    *("is_applicant", "represents_alone", "mandate_in_force", "assigned", "organisation_active", "contract_in_force"),
    *("contract_covers", "own_authority", "own_centre", "in_basket", "restricted", "taking_off"),
]


def _whole() -> dict[Any, Judge]:
    common = POLICIES.common
    return {
        code: Judge(
            ClaimTypeFacts(
                code,
                loaded.module.level,
                loaded.module.open,
                loaded.module.open_to_third_parties,
                loaded.module.mandates,
            ),
            common.handle,
            common.rules,
            loaded.rules,
            common.schema,
        )
        for code, loaded in POLICIES.loaded.items()
    }


WHOLE = _whole()


@st.composite
def positions(draw: st.DrawFn) -> Facts:
    flags = draw(st.fixed_dictionaries({name: st.booleans() for name in FLAGS}))
    status = draw(st.sampled_from(ClaimStatus))
    return Facts(
        capacity=draw(st.sampled_from(Capacity)),
        claim_type=draw(st.sampled_from(sorted(WHOLE))),
        status=status,
        new=status is ClaimStatus.DRAFT and draw(st.booleans()),
        channel=draw(st.none() | st.sampled_from(Channel)),
        assurance=draw(st.none() | st.sampled_from(AssuranceLevel)),
        mandate_actions=draw(st.frozensets(st.sampled_from(ClaimAction))),
        presence=draw(st.sampled_from(Presence)),
        **flags,
    )


@given(facts=positions(), question=st.sampled_from(QUESTIONS))
@settings(max_examples=500, deadline=None)
def test_a_slice_of_the_rules_answers_as_all_of_them(facts: Facts, question: Question) -> None:
    sliced, whole = POLICIES.decide(facts, question), WHOLE[facts.claim_type].decide(facts, question)
    assert (sliced.allowed, sliced.rules, sliced.reason) == (whole.allowed, whole.rules, whole.reason)
