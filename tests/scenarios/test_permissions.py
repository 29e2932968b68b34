"""What `viewer.permissions` tells is what the demo matrix lets each persona do, no more and no less."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from policies.kit.folders import CHECKOUT
from policies.kit.policy_set import PolicySet
from schema.terms import ApplicantKind, Capacity, ClaimAction, EvidenceScope
from tests.answers import clean
from tests.conftest import StartsGateway
from tests.policies.demo_world import Cell, cells
from tests.policies.generated import copy_of
from tests.running_gateway import RunningGateway
from tests.scenarios.test_demo_matrix_over_http import ENTITY_CLAIMS

POLICIES = PolicySet.load()
QUERY = """query($type: ClaimTypeCode, $language: String) { viewer { permissions(claimType: $type) {
    claimType { code } action evidence evidencePaths rules conditions(language: $language) } } }"""
LETTERS = {
    "R": ClaimAction.READ,
    "E": ClaimAction.READ_EVIDENCE,
    "e": ClaimAction.READ_EVIDENCE,
    "P": ClaimAction.PREPARE,
    "S": ClaimAction.SUBMIT,
    "W": ClaimAction.WITHDRAW,
    "A": ClaimAction.ASSIGN,
    "D": ClaimAction.DECIDE,
}
NEEDS_OPEN_TYPE = {ClaimAction.PREPARE, ClaimAction.SUBMIT}
BY_PERSONA = {name: list(some) for name, some in groupby(cells(), key=lambda cell: cell.persona)}


def rows(gateway: RunningGateway, persona: str, **variables: Any) -> dict[tuple[str, str], dict[str, Any]]:
    told = clean(gateway.post(QUERY, variables, persona=persona)[1])["viewer"]["permissions"]
    found = {(row["claimType"]["code"], row["action"]): row for row in told}
    assert len(found) == len(told)
    return found


def done(some: list[Cell]) -> Iterator[tuple[Cell, ClaimAction]]:
    for cell in some:
        module = POLICIES.claim_types[cell.facts.claim_type]
        for letter, action in LETTERS.items():
            if letter in cell.letters and (module.open or action not in NEEDS_OPEN_TYPE):
                yield cell, action


@pytest.mark.parametrize("persona", list(BY_PERSONA))
def test_whatever_a_persona_may_do_is_told_with_what_opens_it(gateway: RunningGateway, persona: str) -> None:
    told = rows(gateway, persona)
    for cell, action in done(BY_PERSONA[persona]):
        row = told[cell.facts.claim_type.text, action.value]
        assert row["rules"]
        if action is not ClaimAction.READ_EVIDENCE:
            assert row["evidence"] == row["evidencePaths"] == []
            continue
        kind = ApplicantKind.LEGAL_ENTITY if cell.claim in ENTITY_CLAIMS else ApplicantKind.PERSON
        opened = set(EvidenceScope) if cell.facts.capacity is Capacity.OWNER_OFFICER else {EvidenceScope.THIRD_PARTIES}
        if cell.facts.capacity not in (Capacity.OWNER_OFFICER, Capacity.THIRD_PARTY_WORKER):
            opened |= {EvidenceScope.NO_THIRD_PARTIES}
        listed = POLICIES.claim_types[cell.facts.claim_type].evidence
        mine = {each.path for each in listed if each.applicant is kind}
        expected = {each.path for each in listed if each.applicant is kind and each.open_to in opened}
        other = {each.path for each in listed if each.applicant is not kind}
        assert expected <= set(row["evidencePaths"])
        assert set(row["evidencePaths"]) & (mine - other) <= expected


@pytest.mark.parametrize("persona", list(BY_PERSONA))
def test_what_is_told_without_condition_is_done_on_every_claim(gateway: RunningGateway, persona: str) -> None:
    told = rows(gateway, persona)
    may = {(cell.claim, action) for cell, action in done(BY_PERSONA[persona])}
    for (code, action), row in told.items():
        if not row["conditions"]:
            of_type = [cell.claim for cell in BY_PERSONA[persona] if cell.facts.claim_type.text == code]
            assert {(claim, ClaimAction(action)) for claim in of_type} <= may


@pytest.mark.parametrize(
    "persona", ["anna-low", "ngo-suspended", "ngo-expired", "policy-officer", "ministry-it", "auditor"]
)
def test_who_may_nothing_is_told_nothing(gateway: RunningGateway, persona: str) -> None:
    assert rows(gateway, persona) == {}


def test_conditions_are_told_in_english_and_in_latvian(gateway: RunningGateway) -> None:
    english = rows(gateway, "ngo-support", type="housing-benefit")
    assert set(english) == {("housing-benefit", action) for action in ("READ", "READ_EVIDENCE", "PREPARE", "SUBMIT")}
    assert english["housing-benefit", "SUBMIT"] == {
        "claimType": {"code": "housing-benefit"},
        "action": "SUBMIT",
        "evidence": [],
        "evidencePaths": [],
        "rules": ["housing-benefit-third-party-submits"],
        "conditions": [
            "A mandate of the applicant names SUBMIT, or the claim is assigned to your organisation.",
            "The claim is a draft.",
            "The claim is in a municipality that your organisation's contract covers.",
        ],
    }
    latvian = rows(gateway, "ngo-support", type="housing-benefit", language="lv")
    assert latvian["housing-benefit", "SUBMIT"]["conditions"] == [
        "Iesniedzēja pilnvara ļauj SUBMIT, vai iesniegums ir uzticēts jūsu organizācijai.",
        "Iesniegums ir melnraksts.",
        "Iesniegums ir pašvaldībā, ko aptver jūsu organizācijas līgums.",
    ]


def test_a_clerk_is_told_of_presence_and_an_officer_of_protection(gateway: RunningGateway) -> None:
    clerk = rows(gateway, "clerk-valmiera")["housing-benefit", "READ_EVIDENCE"]
    assert clerk["conditions"] == [
        "The claim is a draft.",
        "The claim is in your centre's municipality.",
        "The claim is made at your centre.",
        "Within the last 30 minutes you recorded presence on this claim, proven by eID or a one-time code.",
    ]
    officer = rows(gateway, "officer-riga")
    assert "The applicant is not a protected person." in officer["housing-benefit", "ASSIGN"]["conditions"]
    assert {code for code, _ in officer} == {"housing-benefit", "guaranteed-minimum-income", "needy-household-status"}


def test_a_claim_type_that_is_not_there_is_told_nothing_of(gateway: RunningGateway) -> None:
    assert rows(gateway, "anna", type="no-such-type") == {}
    assert {code for code, _ in rows(gateway, "anna", type="old-age-pension")} == {"old-age-pension"}


def test_a_mandate_is_told_with_what_it_names(gateway: RunningGateway) -> None:
    told = rows(gateway, "ilze")
    assert set(told) == {
        ("annual-income-declaration", action) for action in ("READ", "READ_EVIDENCE", "PREPARE", "SUBMIT")
    }
    assert told["annual-income-declaration", "READ"]["conditions"] == ["The applicant is the grantor of your mandate."]


def test_an_officer_whose_own_system_decides_is_not_told_to_decide_here(gateway: RunningGateway) -> None:
    assert {action for _, action in rows(gateway, "officer-vid")} == {"READ", "READ_EVIDENCE", "ASSIGN"}
    assert ("cadastre-extract", "DECIDE") in rows(gateway, "officer-vzd")


def test_who_asks_outside_a_types_term_is_not_told_to_submit(tmp_path: Path, fresh_gateway: StartsGateway) -> None:
    own = tmp_path / "own"
    for suffix, term in (("over", "from = 2020-01-01\nto = 2020-12-31"), ("later", "from = 2999-01-01")):
        code = copy_of(CHECKOUT / "claims" / "cadastre-extract", own, suffix)
        for file in (own / code / "claim_type.toml", own / code / "examples.toml"):
            file.write_text(file.read_text(encoding="utf-8").replace("from = 2026-01-01", term), encoding="utf-8")
    gateway = fresh_gateway("--no-registers", POLICIES_PATH=str(own))
    prepare = """mutation($type: ClaimTypeCode!) { prepareClaim(input: {type: $type,
        applicant: {personCode: "39100000011"}}) { problems { code } } }"""
    for code, taken in (
        ("cadastre-extract", True),
        ("cadastre-extract-over", False),
        ("cadastre-extract-later", False),
    ):
        problems = clean(gateway.post(prepare, {"type": code})[1])["prepareClaim"]["problems"]
        assert problems == ([] if taken else [{"code": "CLAIM_TYPE_CLOSED"}])
        told = rows(gateway, "anna", type=code)
        assert ((code, "SUBMIT") in told) is taken
        assert (code, "WITHDRAW") in told  # Claims that exist go on.
