"""A clerk acts for the citizen who is present, and only so long."""

from __future__ import annotations

from typing import Any

from tests.answers import clean, codes
from tests.conftest import StartsGateway
from tests.running_gateway import RunningGateway

NAME = """query($id: ID!) { claim(id: $id) { status applicant { ... on Person { givenName income { gross } } } } }"""
ANSWER = """mutation($id: ID!, $presence: PresenceInput) { answerClaim(input: {id: $id, answers: {tenure: "RENT",
    monthlyCosts: "310.50", account: "LV80BANK0000435195001"}, presence: $presence}) { claim { id } problems { code field } } }"""
SUBMIT = """mutation($id: ID!, $presence: PresenceInput) { submitClaim(input: {id: $id, idempotencyKey: "k",
    presence: $presence}) { claim { status } problems { code } } }"""


def ask(running: RunningGateway, query: str, **variables: Any) -> dict[str, Any]:
    return running.post(query, variables, persona="clerk-valmiera")[1]


def present(persona: str, method: str = "EID_TAP") -> dict[str, str]:
    return {"method": method, "reference": f"demo-present-{persona}"}


def problems(body: dict[str, Any], mutation: str) -> list[str]:
    return [problem["code"] for problem in clean(body)[mutation]["problems"]]


def test_presence_opens_the_draft_until_it_is_submitted(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    assert codes(ask(running, NAME, id="demo-12")) == {"FORBIDDEN"}
    assert problems(ask(running, SUBMIT, id="demo-12"), "submitClaim") == ["PRESENCE_REQUIRED"]
    assert problems(ask(running, ANSWER, id="demo-12"), "answerClaim") == ["PRESENCE_REQUIRED"]
    assert problems(ask(running, ANSWER, id="demo-12", presence=present("anna")), "answerClaim") == [
        "PRESENCE_NOT_PROVEN"
    ]
    assert problems(ask(running, ANSWER, id="demo-12", presence=present("peteris")), "answerClaim") == []
    applicant = clean(ask(running, NAME, id="demo-12"))["claim"]["applicant"]
    assert applicant["givenName"] == "Pēteris"
    assert applicant["income"]
    assert problems(ask(running, SUBMIT, id="demo-12"), "submitClaim") == []
    assert codes(ask(running, NAME, id="demo-12")) == {"FORBIDDEN"}
    other = running.post(NAME, {"id": "demo-12"}, persona="clerk-riga")[1]
    assert other["data"]["claim"] is None


def test_a_paper_mandate_opens_prepare_and_submit_but_no_evidence(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    paper = {"method": "PAPER_MANDATE", "reference": "17/2026"}
    assert problems(ask(running, ANSWER, id="demo-12", presence=paper), "answerClaim") == []
    body = ask(running, NAME, id="demo-12")
    assert body["data"]["claim"]["applicant"] == {"givenName": None, "income": None}
    assert problems(ask(running, SUBMIT, id="demo-12", presence=paper), "submitClaim") == []


def test_a_clerk_prepares_for_who_is_present_and_for_nobody_else(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    prepare = """mutation($presence: PresenceInput, $code: PersonCode!, $place: AtvkCode!) {
        prepareClaim(input: {type: "housing-benefit", municipality: $place, applicant: {personCode: $code},
        presence: $presence}) { claim { id channel centre { id } presence { method } } problems { code } } }"""
    anna = {"code": "39100000011", "place": "0054000"}
    assert problems(ask(running, prepare, **anna), "prepareClaim") == ["PRESENCE_REQUIRED"]
    assert problems(ask(running, prepare, **anna, presence=present("peteris")), "prepareClaim") == [
        "PRESENCE_NOT_PROVEN"
    ]
    riga = {"code": "39100000011", "place": "0001000"}
    assert problems(ask(running, prepare, **riga, presence=present("anna")), "prepareClaim") == ["FORBIDDEN"]
    claim = clean(ask(running, prepare, **anna, presence=present("anna")))["prepareClaim"]["claim"]
    assert (claim["channel"], claim["centre"], claim["presence"]) == (
        "CENTRE",
        {"id": "centre-valmiera"},
        {"method": "EID_TAP"},
    )
