"""Rules say why in Latvian as well as in English."""

from __future__ import annotations

import re

from policies.kit.account import account
from policies.kit.conditions import Untold
from policies.kit.facts import Facts, Question
from policies.kit.party_rules import PartyRules
from policies.kit.phrases import in_words
from policies.kit.policy_set import PolicySet
from policies.kit.space import Space
from schema.terms import AssuranceLevel, Capacity, ClaimAction, ClaimStatus, ClaimTypeCode

HOUSING = ClaimTypeCode.parse("housing-benefit")
LATVIAN = re.compile(r"[A-ZĀČĒĢĪĶĻŅŠŪŽ][a-zāčēģīķļņšūž0-9 ,;]*\.")


def test_every_rule_says_one_sentence_in_latvian(policies: PolicySet) -> None:
    rules = (*policies.rules, *PartyRules.load().rules)
    assert [rule.id for rule in rules if not LATVIAN.fullmatch(rule.reason_lv or "")] == []
    assert [rule.id for rule in rules if rule.reason_lv == rule.reason] == []
    # A letter that English does not have: nobody pasted one into the other.
    assert [rule.id for rule in rules if not re.search("[āčēģīķļņšūž]", rule.reason_lv or "")] == []


def test_every_claim_type_says_its_legal_basis_in_latvian(policies: PolicySet) -> None:
    told = {each.code: each.legal_basis for each in policies.claim_types.values()}
    assert [code for code, basis in told.items() if basis.lv == str(basis)] == []
    assert [code for code, basis in told.items() if re.search(r"\b(Law|of|the)\b", basis.lv)] == []


def test_one_english_sentence_is_one_latvian_sentence(policies: PolicySet) -> None:
    said: dict[str, set[str | None]] = {}
    for rule in (*policies.rules, *PartyRules.load().rules):
        said.setdefault(rule.reason, set()).add(rule.reason_lv)
    assert {reason: many for reason, many in said.items() if len(many) > 1} == {}


def test_an_answer_is_accounted_for_in_both_languages(policies: PolicySet) -> None:
    mine = Facts(Capacity.CITIZEN, HOUSING, ClaimStatus.DRAFT, assurance=AssuranceLevel.HIGH, is_applicant=True)
    space = Space(policies)
    submitted = account(policies, space, mine, Question(ClaimAction.SUBMIT))
    assert submitted.reasons == (("applicant-submits", "Applicants submit their own draft."),)
    assert submitted.reasons_lv == (("applicant-submits", "Iesniedzējs iesniedz savu melnrakstu."),)
    others = Facts(Capacity.CITIZEN, HOUSING, ClaimStatus.DRAFT, assurance=AssuranceLevel.HIGH)
    refused = account(policies, space, others, Question(ClaimAction.SUBMIT))
    assert refused.reasons_lv == (("default-deny", "Neviens noteikums to neatļauj."),)


def test_a_condition_without_words_of_its_own_is_told_by_the_rule_in_each_language(policies: PolicySet) -> None:
    said = in_words(Untold("applicant-submits", True), Capacity.CITIZEN, policies.reasons_in_words)
    assert said.lv == ("Ir spēkā noteikuma applicant-submits nosacījums (Iesniedzējs iesniedz savu melnrakstu).",)
    assert said.en == ("The condition of rule applicant-submits holds (Applicants submit their own draft).",)
