"""In which order a mutation says what is wrong, and that every code of a person is that person."""

from __future__ import annotations

from typing import Any

import pytest

from tests.answers import clean
from tests.conftest import StartsGateway
from tests.running_gateway import RunningGateway

SUBMIT = """mutation($id: ID!, $key: String!) { submitClaim(input: {id: $id, idempotencyKey: $key}) {
    claim { id status } problems { code } } }"""
PREPARE = """mutation($code: PersonCode!, $presence: PresenceInput) { prepareClaim(input: {type: "housing-benefit",
    municipality: "0054000", applicant: {personCode: $code}, presence: $presence,
    answers: {tenure: "RENT", monthlyCosts: "310.50", account: "LV80BANK0000435195001"}}) {
    claim { id applicant { ... on Person { personCode } } } problems { code } } }"""


def problems(gateway: RunningGateway, persona: str, query: str, **variables: Any) -> list[str]:
    (payload,) = clean(gateway.post(query, variables, persona=persona)[1]).values()
    return [problem["code"] for problem in payload["problems"]]


@pytest.mark.parametrize(
    ("persona", "claim", "code"),
    [("officer-valmiera", "demo-1", "FORBIDDEN"), ("anna", "demo-1", "WRONG_STATUS"), ("peteris", "demo-1", "FORBIDDEN")],
)  # fmt: skip
def test_whether_one_may_comes_before_what_is_wrong_with_the_input(
    gateway: RunningGateway, persona: str, claim: str, code: str
) -> None:
    assert problems(gateway, persona, SUBMIT, id=claim, key="") == [code]


def test_a_key_used_elsewhere_is_told_only_to_who_may_submit(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    _, body = running.post(PREPARE, {"code": "39100000011"}, persona="anna")
    first = body["data"]["prepareClaim"]["claim"]["id"]
    assert problems(running, "anna", SUBMIT, id=first, key="one") == []
    assert problems(running, "anna", SUBMIT, id=first, key="one") == []
    assert problems(running, "anna", SUBMIT, id="demo-1", key="one") == ["WRONG_STATUS"]
    _, body = running.post(PREPARE, {"code": "39100000011"}, persona="anna")
    second = body["data"]["prepareClaim"]["claim"]["id"]
    assert problems(running, "anna", SUBMIT, id=second, key="one") == ["IDEMPOTENCY_KEY_REUSED"]


def test_another_status_counts_whether_or_not_new_claims_of_the_type_are_taken(gateway: RunningGateway) -> None:
    answer = 'mutation { answerClaim(input: {id: "demo-5", answers: {}}) { problems { code } } }'
    for persona in ("anna", "ngo-families"):
        assert problems(gateway, persona, answer) == ["WRONG_STATUS"]
    assert problems(gateway, "officer-vsaa", answer) == ["FORBIDDEN"]


def test_presence_proves_a_person_under_every_code_of_theirs(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    presence = {"method": "EID_TAP", "reference": "demo-present-peteris"}
    for code in ("39990000055", "39100000055"):
        _, body = running.post(PREPARE, {"code": code, "presence": presence}, persona="clerk-valmiera")
        claim = clean(body)["prepareClaim"]["claim"]
        assert claim["applicant"]["personCode"] == "39100000055"
    wrong = {"method": "EID_TAP", "reference": "demo-present-anna"}
    for code in ("39990000055", "39999999999"):
        assert problems(running, "clerk-valmiera", PREPARE, code=code, presence=wrong) == ["PRESENCE_NOT_PROVEN"]
