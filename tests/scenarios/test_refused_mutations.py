"""Refusals of mutations are problems, in the order that the rules give, and tell nothing about who exists."""

from __future__ import annotations

from typing import Any

import pytest

from tests.answers import clean
from tests.running_gateway import RunningGateway

PREPARE = """mutation($code: PersonCode!) { prepareClaim(input: {type: "housing-benefit", municipality: "0054000",
    applicant: {personCode: $code}}) { claim { id } problems { code message field } } }"""


def ask(gateway: RunningGateway, persona: str, query: str, **variables: Any) -> dict[str, Any]:
    return clean(gateway.post(query, variables, persona=persona)[1])


def test_a_third_party_without_a_mandate_learns_nothing_from_preparing(gateway: RunningGateway) -> None:
    real = ask(gateway, "ngo-support", PREPARE, code="39100000055")
    unknown = ask(gateway, "ngo-support", PREPARE, code="39999999999")
    assert real == unknown
    assert [problem["code"] for problem in real["prepareClaim"]["problems"]] == ["FORBIDDEN"]


def test_a_citizen_prepares_for_nobody_else(gateway: RunningGateway) -> None:
    for code in ("39100000055", "39100000022", "39100000033", "39999999999"):
        done = ask(gateway, "anna", PREPARE, code=code)
        assert [problem["code"] for problem in done["prepareClaim"]["problems"]] == ["FORBIDDEN"]


@pytest.mark.parametrize(
    ("persona", "claim", "code"),
    [
        ("anna", "demo-1", "WRONG_STATUS"),
        ("anna", "demo-4", "WRONG_STATUS"),
        ("peteris", "demo-1", "FORBIDDEN"),
        ("ngo-support", "demo-1", "WRONG_STATUS"),
        ("ngo-support", "demo-2", "FORBIDDEN"),
        ("officer-valmiera", "demo-1", "FORBIDDEN"),
        ("anna", "demo-99", "FORBIDDEN"),
    ],
)
def test_submitting_what_cannot_be_submitted(gateway: RunningGateway, persona: str, claim: str, code: str) -> None:
    query = (
        'mutation($id: ID!) { submitClaim(input: {id: $id, idempotencyKey: "x"}) { claim { id } problems { code } } }'
    )
    assert ask(gateway, persona, query, id=claim)["submitClaim"] == {"claim": None, "problems": [{"code": code}]}


@pytest.mark.parametrize("third_party", ["tp-expired", "tp-suspended", "tp-families", "tp-accountant", "nobody"])
def test_only_an_organisation_that_could_act_today_is_let_to_a_claim(gateway: RunningGateway, third_party: str) -> None:
    query = """mutation($t: ID!) { assignClaim(input: {id: "demo-1", thirdParty: $t}) { claim { id } problems { code } } }"""
    assert ask(gateway, "anna", query, t=third_party)["assignClaim"]["problems"] == [
        {"code": "THIRD_PARTY_NOT_ELIGIBLE"}
    ]


def test_an_owner_assigns_nobody_to_a_protected_persons_claim(gateway: RunningGateway) -> None:
    query = """mutation { assignClaim(input: {id: "demo-6", thirdParty: "tp-support"}) { problems { code } } }"""
    assert ask(gateway, "officer-riga", query)["assignClaim"]["problems"] == [{"code": "FORBIDDEN"}]


def test_wrong_answers_are_named_by_a_pointer_and_not_repeated(gateway: RunningGateway) -> None:
    query = """mutation($a: JSON) { prepareClaim(input: {type: "housing-benefit", municipality: "0054000",
        applicant: {personCode: "39100000011"}, answers: $a}) { claim { id } problems { code field message } } }"""
    for answers, field in (
        ({"tenure": "LEASE 39100000011"}, "/answers/tenure"),
        ({"tenure": "RENT", "monthlyCosts": 310.5}, "/answers/monthlyCosts"),
        ({"pets": "two"}, "/answers/pets"),
        (["RENT"], "/answers"),
    ):
        (problem,) = ask(gateway, "anna", query, a=answers)["prepareClaim"]["problems"]
        assert (problem["code"], problem["field"]) == ("ANSWERS_INVALID", field)
        assert "39100000011" not in problem["message"]


def test_a_claim_type_that_does_not_exist_is_closed(gateway: RunningGateway) -> None:
    query = """mutation($t: ClaimTypeCode!) { prepareClaim(input: {type: $t, municipality: "0054000",
        applicant: {personCode: "39100000011"}}) { problems { code } } }"""
    assert ask(gateway, "anna", query, t="no-such-type")["prepareClaim"]["problems"] == [{"code": "CLAIM_TYPE_CLOSED"}]


def test_a_municipal_claim_needs_a_municipality_that_exists(gateway: RunningGateway) -> None:
    query = """mutation($m: AtvkCode) { prepareClaim(input: {type: "housing-benefit", municipality: $m,
        applicant: {personCode: "39100000011"}}) { problems { field } } }"""
    for municipality in (None, "9999999", "0055000"):
        problems = ask(gateway, "anna", query, m=municipality)["prepareClaim"]["problems"]
        assert problems == [{"field": "/municipality"}]
