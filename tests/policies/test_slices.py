"""What Cedar need not look at changes nothing: a slice of the rules answers as all of them do."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.kit.documents import Document
from policies.kit.facts import Facts, Presence, Question, ReadScope
from policies.kit.judge import ClaimTypeFacts, Judge
from policies.kit.policy_set import PolicySet
from policies.kit.rules import parse_rules
from schema.terms import (
    AssuranceLevel,
    Capacity,
    Channel,
    ClaimAction,
    ClaimStatus,
    ClaimTypeCode,
    EvidenceScope,
)
from tests.policies.conftest import Edit

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


def _third_party(code: str, **flags: bool) -> Facts:
    return Facts(
        Capacity.THIRD_PARTY_WORKER,
        ClaimTypeCode.parse(code),
        ClaimStatus.IN_REVIEW,
        organisation_active=True,
        contract_in_force=True,
        contract_covers=True,
        **flags,
    )


def _asked_of_cedar(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    asked: list[dict[str, Any]] = []
    genuine = cedarpy.is_authorized

    def counted(request: dict[str, Any], *others: Any) -> Any:
        asked.append(request)
        return genuine(request, *others)

    monkeypatch.setattr(cedarpy, "is_authorized", counted)
    return asked


def test_claim_types_whose_rules_say_the_same_ask_cedar_once_and_name_their_own_rules(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    policies = PolicySet.load()
    asked = _asked_of_cedar(monkeypatch)
    for code in ("housing-benefit", "childcare-benefit", "guaranteed-minimum-income"):
        verdict = policies.rehearse(_third_party(code, assigned=True), QUESTIONS[1])
        assert verdict.rules == (f"{code}-third-party-reads-claim",)
    assert len(asked) == 1
    assert not policies.rehearse(_third_party("housing-benefit"), QUESTIONS[1]).allowed
    assert len(asked) == 2


def test_what_no_rule_of_the_slice_looks_at_asks_cedar_no_second_time(monkeypatch: pytest.MonkeyPatch) -> None:
    policies = PolicySet.load()
    asked = _asked_of_cedar(monkeypatch)
    facts = _third_party("housing-benefit", assigned=True)
    for channel in (None, *Channel):
        for assurance in (AssuranceLevel.SUBSTANTIAL, AssuranceLevel.HIGH):
            policies.decide(replace(facts, channel=channel, assurance=assurance), QUESTIONS[1])
    assert len(asked) == 2, "by assurance, which the common rules look at; not by channel"


@pytest.mark.parametrize(
    "condition",
    [
        'resource.type == ClaimType::"housing-benefit"',
        'resource["type"] == ClaimType::"housing-benefit"',
        '[resource].contains(resource) && resource.type == ClaimType::"housing-benefit"',
        'resource has type && ClaimType::"housing-benefit" == resource.type',
    ],
)
def test_a_rule_that_looks_at_the_claim_type_is_asked_for_each(edit: Edit, condition: str) -> None:
    only = f'@id("only-there")\n@reason("Only there.")\nforbid (principal, action, resource) when {{ {condition} }};\n'
    edit("common/remedies.toml", "[", '[only-there]\nANY = { en = "None.", lv = "Nekā." }\n\n[')
    policies = PolicySet.load(edit("common/everybody.cedar", "@id", f"{only}\n@id"))
    for _ in range(2):
        assert "only-there" in policies.rehearse(_third_party("housing-benefit", assigned=True), QUESTIONS[1]).rules
        assert policies.rehearse(_third_party("childcare-benefit", assigned=True), QUESTIONS[1]).allowed


def test_the_body_of_a_rule_is_what_follows_its_annotations() -> None:
    text = '@id("a-b") // why\n@reason("What \\"permit (\\" is.")\n// and // so\npermit(principal, action, resource);'
    (rule,) = parse_rules(Document(Path("policy.cedar"), text.encode()), POLICIES.common.schema)
    assert rule.body == "permit(principal, action, resource);"
