"""What may not be read answers with the same bytes and headers as what does not exist, however it is asked for."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from tests.desk.conftest import World

ABSENT = "demo-0"
FORBIDDEN = {
    "ngo-support": "demo-2",
    "ngo-suspended": "demo-9",
    "ngo-expired": "demo-9",
    "anna": "demo-6",
    "anna-low": "demo-1",
    "janis": "demo-1",
    "ilze": "demo-2",
    "director": "demo-1",
    "clerk-riga": "demo-2",
    "officer-valmiera": "demo-7",
    "officer-riga": "demo-2",
    "ministry-it": "demo-1",
    "auditor": "demo-1",
}
"""By persona a claim that exists and is not open to them."""
READS = (
    '{ claim(id: "$") { id status applicant { __typename ... on Person { givenName income { gross } } } } }',
    '{ node(id: "$") { __typename id ... on Claim { status answers } } }',
    '{ _entities(representations: [{__typename: "Claim", id: "$"}]) { ... on Claim { id status } } }',
    '{ a: claim(id: "$") { status } b: claim(id: "$") { history { note } delivery { attempts } } }',
)
_MUTATIONS = {
    "answerClaim": '{id: "$", answers: {tenure: "RENT"}}',
    "submitClaim": '{id: "$", idempotencyKey: "key-1"}',
    "withdrawClaim": '{id: "$", reason: "No."}',
    "assignClaim": '{id: "$", thirdParty: "tp-support"}',
    "decideClaim": '{id: "$", outcome: GRANTED, reason: "Yes."}',
}
CHANGES = tuple(
    f"mutation {{ {name}(input: {given}) {{ claim {{ id status }} problems {{ code message field }} }} }}"
    for name, given in _MUTATIONS.items()
)
EXPLAIN = """query($operation: String!) { explain(operation: $operation) { allowed accessLogEntries
    decisions { path coordinate allowed rules reason remedy } registerCalls { operation calls keys }
    problems { code message field } } }"""


def _answer(
    world: World, persona: str, query: str, variables: Any = None, language: str = "en"
) -> tuple[int, bytes, dict[str, str]]:
    headers = {"Authorization": f"Bearer {world.running.token(persona)}", "Accept-Language": language}
    asked = {"query": query, "variables": variables or {}}
    got = httpx.post(world.running.graphql_url, json=asked, headers=headers, timeout=30.0, trust_env=False)
    kept = {name: value for name, value in got.headers.items() if name not in ("date", "x-request-id")}
    request_id = got.headers.get("x-request-id", "")
    return got.status_code, got.content.replace(request_id.encode() or b"\0", b"-"), kept


@pytest.mark.parametrize("persona", FORBIDDEN)
def test_a_claim_that_is_not_open_is_as_one_that_is_not_there(world: World, persona: str) -> None:
    claim = FORBIDDEN[persona]
    assert len(claim) == len(ABSENT), "else a length would differ"
    calls = world.running.calls()
    for operation in (*READS, *CHANGES):
        forbidden, absent = (operation.replace("$", each) for each in (claim, ABSENT))
        status, body, headers = _answer(world, persona, forbidden)
        assert b"FORBIDDEN" in body, operation
        assert (status, body.replace(claim.encode(), ABSENT.encode()), headers) == _answer(world, persona, absent)
        status, body, headers = _answer(world, persona, EXPLAIN, {"operation": forbidden})
        told = (status, body.replace(claim.encode(), ABSENT.encode()), headers)
        assert told == _answer(world, persona, EXPLAIN, {"operation": absent})
    assert world.running.calls() == calls


@pytest.mark.parametrize("persona", ["ngo-support", "anna", "officer-valmiera"])
def test_so_it_is_in_latvian(world: World, persona: str) -> None:
    claim = FORBIDDEN[persona]
    for operation in (*READS, *CHANGES):
        forbidden, absent = (operation.replace("$", each) for each in (claim, ABSENT))
        explained = [(EXPLAIN, {"operation": each}) for each in (forbidden, absent)]
        for one, other in (((forbidden, None), (absent, None)), explained):
            status, body, headers = _answer(world, persona, *one, language="lv")
            assert headers["content-language"] == "lv"
            assert "Šāda objekta nav".encode() in body
            assert b"There is no such" not in body
            told = (status, body.replace(claim.encode(), ABSENT.encode()), headers)
            assert told == _answer(world, persona, *other, language="lv")


@pytest.mark.parametrize("persona", ["anna", "nora", "janis", "director", "ilze", "ngo-support", "ministry-it"])
def test_a_mandate_that_is_anothers_is_as_one_that_is_not_there(world: World, persona: str) -> None:
    take_back = 'mutation { revokeMandate(input: {id: "$"}) { mandate { id } problems { code message field } } }'
    for operation in ('{ node(id: "$") { __typename id } }', take_back):
        # mandate-3 is over: that, too, is told to its grantor and its holder alone.
        for mandate in ("mandate-3",) if persona == "ilze" else ("mandate-1", "mandate-3"):
            if (persona, "node" in operation) == ("ilze", True):
                continue
            forbidden, absent = (operation.replace("$", each) for each in (mandate, "mandate-0"))
            status, body, headers = _answer(world, persona, forbidden)
            assert b"FORBIDDEN" in body
            told = (status, body.replace(mandate.encode(), b"mandate-0"), headers)
            assert told == _answer(world, persona, absent)
            status, body, headers = _answer(world, persona, EXPLAIN, {"operation": forbidden})
            told = (status, body.replace(mandate.encode(), b"mandate-0"), headers)
            assert told == _answer(world, persona, EXPLAIN, {"operation": absent})


def test_whose_mandate_somebody_asks_for_in_vain_reads_that(world: World) -> None:
    _, body, _ = _answer(world, "accountant", '{ node(id: "mandate-1") { ... on Mandate { id status } } }')
    assert b"FORBIDDEN" in body
    log = "{ me { accessLog(first: 2) { edges { node { who outcome subjectRole fields claim { id } } } } } }"
    newest, before = (each["node"] for each in world.ask("peteris", log)["me"]["accessLog"]["edges"])
    assert before["fields"] != newest["fields"]
    assert newest["who"]
    assert newest["claim"] is None
    assert (newest["outcome"], newest["subjectRole"]) == ("DENIED", "APPLICANT")
    assert newest["fields"] == ["Mandate.id", "Mandate.status"]


def test_cursors_of_closed_claims_hold_nothing_but_their_ids(world: World) -> None:
    """Where id, type and status alone are open, a list's order and its cursors tell no time."""

    query = "{ claims(first: 50) { totalCount edges { cursor node { id status } } } }"
    edges = world.ask("ngo-support", query)["claims"]["edges"]
    closed = [each for each in edges if each["node"]["status"] in ("GRANTED", "REFUSED", "WITHDRAWN")]
    assert closed
    for each in closed:
        cursor = each["cursor"]
        said = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        assert said == f"claims closed {each['node']['id']}"
