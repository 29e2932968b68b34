"""The evidence of the twelve claim types, in the notation of the design: **third parties**, plain, *owner alone*.

Fields that records of drafted adapters join to a person stand beside the table: their owners open them.
"""

from __future__ import annotations

import re

import pytest

from policies.kit.policy_set import PolicySet
from schema.joined import graph_name, joined
from schema.terms import ApplicantKind, ClaimTypeCode, EvidenceScope

MEANS = (
    "*household.person.income(months<=3) household.person.benefits household.person.properties "
    "household.person.vehicles*"
)
NAMED = "**givenName familyName"
HOME = f"{NAMED} declaredAddress household** income(months<=3) benefits employmentStatus properties vehicles"
TABLE = {
    "housing-benefit": f"{HOME} socialStatuses {MEANS}",
    "guaranteed-minimum-income": f"{HOME} enterprises {MEANS}",
    "needy-household-status": f"{HOME} enterprises {MEANS}",
    "kindergarten-queue": f"{NAMED} children declaredAddress** *children.declaredAddress*",
    "property-tax-relief": "givenName familyName properties children declaredAddress socialStatuses "
    "*children.declaredAddress*",
    "childcare-benefit": f"{NAMED} children** declaredAddress benefits insurance",
    "childbirth-benefit": f"{NAMED} children** declaredAddress benefits",
    "old-age-pension": f"{NAMED} birthDate** insurance benefits",
    "unemployment-benefit": "givenName familyName employmentStatus insurance",
    "annual-income-declaration": f"{NAMED} income(months<=12) taxBook** children",
    "residence-declaration": "givenName familyName declaredAddress properties",
    "cadastre-extract": f"{NAMED} properties**",
}
SCOPES = {"**": EvidenceScope.THIRD_PARTIES, "": EvidenceScope.NO_THIRD_PARTIES, "*": EvidenceScope.OWNER_ONLY}


def read(cell: str) -> dict[str, EvidenceScope]:
    found = {"personCode": EvidenceScope.NO_THIRD_PARTIES, "restricted": EvidenceScope.OWNER_ONLY}
    for mark, marked, plain in re.findall(r"(\*\*|\*)([^*]+)\*+|([^* ]+)", cell):
        found |= dict.fromkeys((marked or plain).split(), SCOPES[mark])
    return found


@pytest.mark.parametrize("code", sorted(TABLE))
def test_a_claim_type_lists_the_evidence_of_the_table_and_no_more(policies: PolicySet, code: str) -> None:
    module = policies.claim_types[ClaimTypeCode.parse(code)]
    wanted, beside = read(TABLE[code]), {graph_name(each.field) for each in joined()}
    listed = {one.path: one.open_to for one in module.evidence if one.applicant is ApplicantKind.PERSON}
    assert {path: scope for path, scope in listed.items() if path in wanted or path not in beside} == wanted


def test_legal_entities_are_asked_for_properties_alone_and_only_where_they_can_apply(policies: PolicySet) -> None:
    listed = {
        module.code.text: (one.path, one.open_to)
        for module in policies.claim_types.values()
        for one in module.evidence
        if one.applicant is ApplicantKind.LEGAL_ENTITY
    }
    assert listed == {
        "cadastre-extract": ("properties", EvidenceScope.THIRD_PARTIES),
        "property-tax-relief": ("properties", EvidenceScope.NO_THIRD_PARTIES),
    }
    for module in policies.claim_types.values():
        assert (ApplicantKind.LEGAL_ENTITY in module.applicants) is (module.code.text in listed)
