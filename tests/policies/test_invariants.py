"""What no claim, configuration or combination of facts changes: proven by partial evaluation, tried by example."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.kit.facts import Facts, Presence, Question, ReadScope
from policies.kit.judge import ClaimTypeFacts, Judge
from policies.kit.policy_set import PolicySet
from schema.terms import (
    AssuranceLevel,
    Capacity,
    Channel,
    ClaimAction,
    ClaimStatus,
    ClaimTypeCode,
    EvidenceScope,
    GovernmentLevel,
)

LOADED = PolicySet.load()
CODES = sorted(LOADED.claim_types)
HOUSING = ClaimTypeCode.parse("housing-benefit")
PRINCIPALS = {
    Capacity.CITIZEN: "Citizen",
    Capacity.LEGAL_REPRESENTATIVE: "LegalRepresentative",
    Capacity.MANDATE_HOLDER: "MandateHolder",
    Capacity.CLERK: "Clerk",
    Capacity.THIRD_PARTY_WORKER: "ThirdPartyWorker",
    Capacity.OWNER_OFFICER: "OwnerOfficer",
    Capacity.POLICY_OFFICER: "PolicyOfficer",
    Capacity.MINISTRY_IT: "MinistryIt",
    Capacity.AUDITOR: "Auditor",
}
QUESTIONS = [
    *(Question(ClaimAction.READ, read) for read in ReadScope),
    *(Question(ClaimAction.READ_EVIDENCE, evidence) for evidence in EvidenceScope),
    *(Question(action) for action in ClaimAction if action not in (ClaimAction.READ, ClaimAction.READ_EVIDENCE)),
]
FLAGS = (
    "is_applicant", "represents_alone", "mandate_in_force", "assigned", "organisation_active", "contract_in_force",
    "contract_covers", "own_authority", "own_centre", "in_basket", "restricted", "taking_off",
)  # fmt: skip


@st.composite
def any_facts(draw: st.DrawFn) -> Facts:
    status = draw(st.sampled_from(ClaimStatus))
    return Facts(
        capacity=draw(st.sampled_from(Capacity)),
        claim_type=draw(st.sampled_from(CODES)),
        status=status,
        new=status is ClaimStatus.DRAFT and draw(st.booleans()),
        channel=draw(st.sampled_from([None, *Channel])),
        assurance=draw(st.sampled_from([None, *AssuranceLevel])),
        mandate_actions=draw(st.frozensets(st.sampled_from(ClaimAction))),
        presence=draw(st.sampled_from(Presence)),
        **{flag: draw(st.booleans()) for flag in FLAGS},
    )


def proven_refused(capacity: Capacity, action: ClaimAction) -> bool:
    """Whether Cedar refuses without knowing the claim or anything about it."""
    every_rule = cedarpy.PolicySet.from_str("\n".join(rule.text for rule in LOADED.rules))
    request = {"principal": f'{PRINCIPALS[capacity]}::"party"', "action": f'Action::"{action}"'}
    ministry = (Capacity.POLICY_OFFICER, Capacity.MINISTRY_IT, Capacity.AUDITOR)
    groups = [{"type": "Group", "id": "ministry"}] if capacity in ministry else []
    known = [{"uid": {"type": PRINCIPALS[capacity], "id": "party"}, "attrs": {}, "parents": groups}]
    known += [{"uid": {"type": "Action", "id": each}, "attrs": {}, "parents": []} for each in ClaimAction]
    return cedarpy.is_authorized_partial(request, every_rule, known).decision is cedarpy.Decision.Deny


@pytest.mark.parametrize("capacity", sorted(set(Capacity) - {Capacity.OWNER_OFFICER}))
def test_nobody_but_the_owners_officer_decides_proven_for_all_facts(capacity: Capacity) -> None:
    assert proven_refused(capacity, ClaimAction.DECIDE)


@pytest.mark.parametrize("action", [ClaimAction.DECIDE, ClaimAction.WITHDRAW, ClaimAction.ASSIGN])
def test_no_third_party_decides_withdraws_or_assigns_proven_for_all_facts(action: ClaimAction) -> None:
    assert proven_refused(Capacity.THIRD_PARTY_WORKER, action)


@pytest.mark.parametrize("action", list(ClaimAction))
@pytest.mark.parametrize("capacity", [Capacity.POLICY_OFFICER, Capacity.MINISTRY_IT, Capacity.AUDITOR])
def test_the_ministry_has_no_claims_proven_for_all_facts(capacity: Capacity, action: ClaimAction) -> None:
    assert proven_refused(capacity, action)


def test_the_proof_does_not_refuse_what_facts_can_allow() -> None:
    assert not proven_refused(Capacity.OWNER_OFFICER, ClaimAction.DECIDE)
    assert not proven_refused(Capacity.THIRD_PARTY_WORKER, ClaimAction.SUBMIT)


@pytest.mark.parametrize("status", [ClaimStatus.DELIVERED, ClaimStatus.IN_REVIEW])
def test_no_third_party_decides_whatever_is_true(status: ClaimStatus) -> None:
    for values in product((False, True), repeat=len(FLAGS)):
        flags: dict[str, Any] = dict(zip(FLAGS, values, strict=True))
        facts = Facts(
            Capacity.THIRD_PARTY_WORKER,
            HOUSING,
            status,
            mandate_actions=frozenset(ClaimAction),
            assurance=AssuranceLevel.HIGH,
            presence=Presence.PROVEN,
            **flags,
        )
        assert not LOADED.decide(facts, Question(ClaimAction.DECIDE)).allowed


def test_no_permit_that_a_claim_type_writes_lets_a_third_party_decide(policies: PolicySet) -> None:
    common = [rule for rule in policies.rules if rule.file.parent.name == "common"]
    text = '@id("x") @reason("X.") permit (principal, action, resource);'
    handle = cedarpy.PolicySet.from_str("\n".join(rule.text for rule in common) + text)
    schema = cedarpy.Schema.from_str((common[0].file.parent / "schema.cedarschema").read_text(encoding="utf-8"))
    claim_type = ClaimTypeFacts(HOUSING, GovernmentLevel.MUNICIPAL, True, True, True)
    facts = Facts(
        Capacity.THIRD_PARTY_WORKER,
        HOUSING,
        ClaimStatus.IN_REVIEW,
        assigned=True,
        organisation_active=True,
        contract_in_force=True,
        contract_covers=True,
    )
    verdict = Judge(claim_type, handle, common, (), schema).decide(facts, Question(ClaimAction.DECIDE))
    assert (verdict.allowed, verdict.rules) == (False, ("only-the-owner-decides", "third-party-never-decides"))


@settings(max_examples=400, deadline=None)
@given(any_facts(), st.sampled_from(QUESTIONS))
def test_what_is_allowed_keeps_every_invariant(facts: Facts, question: Question) -> None:
    verdict = LOADED.rehearse(facts, question)
    assert verdict.rules
    assert verdict.rules != ("policy-failed",)
    assert (verdict.remedy is None) is verdict.allowed
    if not verdict.allowed:
        return
    assert facts.assurance is not AssuranceLevel.LOW
    if facts.capacity in (Capacity.CITIZEN, Capacity.LEGAL_REPRESENTATIVE):
        assert facts.assurance in (AssuranceLevel.SUBSTANTIAL, AssuranceLevel.HIGH)
        assert facts.is_applicant
    if question.scope is EvidenceScope.OWNER_ONLY or question.action is ClaimAction.DECIDE:
        assert facts.capacity is Capacity.OWNER_OFFICER
    if facts.capacity is Capacity.OWNER_OFFICER:
        assert facts.own_authority
        assert not facts.is_applicant
        assert facts.status is not ClaimStatus.DRAFT
    if facts.capacity is Capacity.THIRD_PARTY_WORKER:
        assert LOADED.claim_types[facts.claim_type].open_to_third_parties
        assert facts.organisation_active
        assert facts.contract_in_force
        assert facts.contract_covers
        assert facts.assigned or facts.mandate_in_force
        assert facts.status.phase != "closed" or question == Question(ClaimAction.READ, ReadScope.STATUS)
    if facts.capacity is Capacity.MANDATE_HOLDER:
        assert question.action in facts.mandate_actions


@settings(max_examples=100, deadline=None)
@given(any_facts(), st.sampled_from(QUESTIONS))
def test_who_has_nothing_to_do_with_a_claim_may_nothing(facts: Facts, question: Question) -> None:
    stranger = Facts(facts.capacity, facts.claim_type, facts.status, assurance=facts.assurance, presence=facts.presence)
    assert not LOADED.rehearse(stranger, question).allowed


@settings(max_examples=100, deadline=None)
@given(any_facts(), st.sampled_from(QUESTIONS))
def test_a_decision_does_not_depend_on_what_was_decided_before(facts: Facts, question: Question) -> None:
    assert LOADED.decide(facts, question) == LOADED.decide(replace(facts), question)


@pytest.mark.parametrize(
    "question",
    [
        Question(ClaimAction.READ),
        Question(ClaimAction.READ, EvidenceScope.THIRD_PARTIES),
        Question(ClaimAction.READ_EVIDENCE),
        Question(ClaimAction.READ_EVIDENCE, ReadScope.CLAIM),
        Question(ClaimAction.SUBMIT, ReadScope.CLAIM),
    ],
)
def test_a_question_of_no_known_form_is_refused(question: Question) -> None:
    facts = Facts(Capacity.CITIZEN, HOUSING, ClaimStatus.DRAFT, assurance=AssuranceLevel.HIGH, is_applicant=True)
    verdict = LOADED.decide(facts, question)
    assert (verdict.allowed, verdict.rules) == (False, ("policy-failed",))
    assert verdict.remedy


def test_a_claim_type_that_is_not_loaded_is_refused() -> None:
    facts = Facts(
        Capacity.CITIZEN,
        ClaimTypeCode.parse("no-such-type"),
        ClaimStatus.DRAFT,
        assurance=AssuranceLevel.HIGH,
        is_applicant=True,
    )
    verdict = LOADED.decide(facts, Question(ClaimAction.READ, ReadScope.STATUS))
    assert (verdict.allowed, verdict.rules) == (False, ("default-deny",))
