"""Examples beside the rules hold, and every rule has one."""

from __future__ import annotations

import pytest

from policies.kit import examples
from policies.kit.facts import Facts, Question
from policies.kit.policy_set import PolicySet
from schema.terms import AssuranceLevel, Capacity, ClaimAction, ClaimStatus, ClaimTypeCode

HOUSING = ClaimTypeCode.parse("housing-benefit")


def test_every_example_is_decided_as_it_says_by_the_rules_it_names(policies: PolicySet) -> None:
    outcomes = list(examples.run(policies))
    assert len(outcomes) > 400
    assert [
        (str(outcome.claim_type), outcome.example.name, outcome.verdict) for outcome in outcomes if not outcome.holds
    ] == []


def test_every_rule_is_named_by_an_example(policies: PolicySet) -> None:
    named = {rule for module in policies.claim_types.values() for one in module.examples for rule in one.rules}
    assert {rule.id for rule in policies.rules} - named == set()


def test_every_example_names_rules_that_exist(policies: PolicySet) -> None:
    known = {rule.id for rule in policies.rules} | {"default-deny", "not-evidence"}
    named = {rule for module in policies.claim_types.values() for one in module.examples for rule in one.rules}
    assert named - known == set()


def test_names_of_examples_are_sentences_used_once_unless_they_differ(policies: PolicySet) -> None:
    for module in policies.claim_types.values():
        assert all(one.name[0].isupper() and one.name.endswith(".") for one in module.examples)
        names = [one.name for one in module.examples]
        assert sorted(set(names)) == sorted(names), module.code


@pytest.mark.parametrize("code", ["housing-benefit", "annual-income-declaration"])
def test_a_built_claim_type_has_examples_of_both_kinds_for_every_capacity(policies: PolicySet, code: str) -> None:
    module = policies.claim_types[ClaimTypeCode.parse(code)]
    staff = {Capacity.POLICY_OFFICER, Capacity.MINISTRY_IT, Capacity.AUDITOR}
    permitted = {one.capacity for one in module.examples if one.expect == "permit"}
    refused = {one.capacity for one in module.examples if one.expect == "refuse"}
    assert refused == set(Capacity) - ({Capacity.LEGAL_REPRESENTATIVE} if code != "housing-benefit" else set())
    assert permitted == set(Capacity) - staff - {Capacity.LEGAL_REPRESENTATIVE}


def test_a_verdict_carries_the_reason_of_its_rule_and_a_remedy_only_where_it_refuses(policies: PolicySet) -> None:
    facts = Facts(Capacity.CITIZEN, HOUSING, ClaimStatus.DRAFT, assurance=AssuranceLevel.HIGH, is_applicant=True)
    allowed = policies.decide(facts, Question(ClaimAction.SUBMIT))
    refused = policies.decide(facts, Question(ClaimAction.DECIDE))
    assert (allowed.allowed, allowed.reason, allowed.remedy) == (True, "Applicants submit their own draft.", None)
    assert refused.rules == ("only-the-owner-decides",)
    assert refused.reason.startswith("A claim is decided by an officer")
    assert refused.remedy == "Wait for the owner's decision; its officer records it."
