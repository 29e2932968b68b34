"""What a decision costs, printed (pytest -s) and bounded in memory; time is for the reader, not for the verdict."""

from __future__ import annotations

from time import process_time

from policies.kit import policy_set
from policies.kit.facts import Facts, Question, ReadScope
from policies.kit.policy_set import PolicySet
from schema.terms import AssuranceLevel, Capacity, Channel, ClaimAction, ClaimStatus


def test_a_decision_is_remembered() -> None:
    policies = PolicySet.load()
    asked = [
        (
            Facts(capacity, code, status, channel=channel, assurance=AssuranceLevel.HIGH, is_applicant=True),
            Question(ClaimAction.READ, ReadScope.CLAIM),
        )
        for capacity in Capacity
        for code in policies.claim_types
        for status in ClaimStatus
        for channel in Channel
    ]
    first = _microseconds(policies, asked)
    again = _microseconds(policies, asked)
    print(f"{len(asked)} decisions: {first:.1f} µs each the first time, {again:.2f} µs remembered")  # noqa: T201
    assert len(asked) < policy_set.REMEMBERED


def _microseconds(policies: PolicySet, asked: list[tuple[Facts, Question]]) -> float:
    begin = process_time()
    for facts, question in asked:
        policies.decide(facts, question)
    return (process_time() - begin) * 1e6 / len(asked)
