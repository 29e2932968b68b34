"""Invariant 8: whatever is remembered, a revocation takes effect on the next request, and nobody gets another's answer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from tests.answers import clean, codes
from tests.conftest import StartsGateway
from tests.running_gateway import RunningGateway

NAME = '{ claim(id: "demo-1") { applicant { ... on Person { givenName } } } }'
ASSIGN = """mutation($assigned: Boolean!) { assignClaim(input: {id: "demo-1", thirdParty: "tp-support",
    assigned: $assigned}) { claim { assignedTo { id } } problems { code } } }"""


def test_taking_a_third_party_off_refuses_its_next_request(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    assert clean(running.post(NAME, persona="ngo-support")[1])["claim"]["applicant"]["givenName"] == "Anna"
    off = clean(running.post(ASSIGN, {"assigned": False}, persona="anna")[1])["assignClaim"]
    assert off == {"claim": {"assignedTo": []}, "problems": []}
    calls = running.calls()
    assert codes(running.post(NAME, persona="ngo-support")[1]) == {"FORBIDDEN"}
    assert running.calls() == calls
    clean(running.post(ASSIGN, {"assigned": True}, persona="anna")[1])
    assert clean(running.post(NAME, persona="ngo-support")[1])["claim"]["applicant"]["givenName"] == "Anna"


def test_withdrawing_a_claim_closes_its_evidence_at_once(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    clean(running.post(NAME, persona="ngo-support")[1])
    running.post('mutation { withdrawClaim(input: {id: "demo-1"}) { problems { code } } }', persona="anna")
    body = running.post(NAME, persona="ngo-support")[1]
    assert codes(body) == {"FORBIDDEN"}
    assert running.post('{ claim(id: "demo-1") { status } }', persona="ngo-support")[1]["data"]["claim"] == {
        "status": "WITHDRAWN"
    }


def test_the_same_document_by_many_people_never_mixes_them_up(gateway: RunningGateway) -> None:
    names = {"anna": "Anna", "peteris": "Pēteris", "marta": "Marta", "nora": "Nora", "janis": "Jānis"}
    for persona in names:
        gateway.token(persona)

    def ask(persona: str) -> tuple[str, str]:
        return persona, gateway.post("{ me { givenName } }", persona=persona)[1]["data"]["me"]["givenName"]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, list(names) * 60))
    assert all(names[persona] == given for persona, given in answers)
