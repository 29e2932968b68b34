"""Invariant 5: after submitClaim returns no crash loses the claim, and the owner ends with exactly one case."""

from __future__ import annotations

import json
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.conftest import StartsGateway
from tests.running_gateway import RunningGateway

ANSWERS = {"tenure": "RENT", "monthlyCosts": "310.50", "account": "LV80BANK0000435195001"}
PREPARE = """mutation($answers: JSON) { prepareClaim(input: {type: "housing-benefit", municipality: "0054000",
    applicant: {personCode: "39100000011"}, answers: $answers}) { claim { id } problems { code message field } } }"""
SUBMIT = """mutation($id: ID!, $key: String!) { submitClaim(input: {id: $id, idempotencyKey: $key}) {
    claim { id status } problems { code } } }"""


def prepared(running: RunningGateway) -> str:
    _, body = running.post(PREPARE, {"answers": ANSWERS}, persona="anna")
    assert body["data"]["prepareClaim"]["problems"] == [], body
    claim_id: str = body["data"]["prepareClaim"]["claim"]["id"]
    return claim_id


def submitted(running: RunningGateway, claim_id: str, key: str | None = None) -> dict[str, Any]:
    _, body = running.post(SUBMIT, {"id": claim_id, "key": key or f"key of {claim_id}"}, persona="anna")
    payload: dict[str, Any] = body["data"]["submitClaim"]
    return payload


def cases(running: RunningGateway, claim_id: str) -> list[dict[str, Any]]:
    return [case for case in running.control()["social_assistance"]["cases"] if case["claimId"] == claim_id]


def until_delivered(running: RunningGateway, claim_id: str, seconds: float = 30) -> dict[str, Any]:
    deadline = time.monotonic() + seconds
    claim: dict[str, Any] = {}
    while time.monotonic() < deadline:
        _, body = running.post(
            "query($id: ID!) { claim(id: $id) { status ownerReference } }", {"id": claim_id}, persona="anna"
        )
        claim = body["data"]["claim"]
        if claim["status"] == "DELIVERED":
            return claim
        time.sleep(0.1)
    raise AssertionError(claim)


def test_a_submitted_claim_becomes_one_case_at_the_owner(gateway: RunningGateway) -> None:
    claim_id = prepared(gateway)
    assert submitted(gateway, claim_id)["claim"]["status"] in ("SUBMITTED", "DELIVERED")
    claim = until_delivered(gateway, claim_id)
    found = cases(gateway, claim_id)
    assert len(found) == 1
    assert found[0]["reference"] == claim["ownerReference"]
    assert found[0]["claimType"] == "housing-benefit"


def test_the_same_idempotency_key_gives_the_same_claim_and_another_body_is_a_problem(gateway: RunningGateway) -> None:
    first, second = prepared(gateway), prepared(gateway)
    assert submitted(gateway, first, "k1")["claim"]["id"] == first
    assert submitted(gateway, first, "k1")["claim"]["id"] == first
    reused = submitted(gateway, second, "k1")
    assert reused == {"claim": None, "problems": [{"code": "IDEMPOTENCY_KEY_REUSED"}]}
    again = submitted(gateway, first, "k2")
    assert again == {"claim": None, "problems": [{"code": "WRONG_STATUS"}]}


def test_a_repeated_submission_is_on_record_as_the_reading_that_it_is(gateway: RunningGateway) -> None:
    claim_id = prepared(gateway)
    for _ in range(3):
        assert submitted(gateway, claim_id)["claim"]["id"] == claim_id
    query = "{ me { accessLog(first: 20) { edges { node { action outcome fields claim { id } } } } } }"
    log = gateway.post(query, persona="anna")[1]["data"]["me"]["accessLog"]
    of_it = [edge["node"] for edge in log["edges"] if (edge["node"]["claim"] or {}).get("id") == claim_id]
    told = [(each["action"], each["outcome"]) for each in of_it if each["fields"] == ["Mutation.submitClaim"]]
    assert told == [("READ", "PERMITTED"), ("READ", "PERMITTED"), ("SUBMIT", "PERMITTED")]


def test_sixteen_parallel_submissions_of_one_draft_make_one_claim(gateway: RunningGateway) -> None:
    claim_id = prepared(gateway)
    gateway.token("anna")
    with ThreadPoolExecutor(16) as pool:
        payloads = list(pool.map(lambda _: submitted(gateway, claim_id, "same"), range(16)))
    assert {payload["claim"]["id"] for payload in payloads} == {claim_id}
    until_delivered(gateway, claim_id)
    assert len(cases(gateway, claim_id)) == 1


def test_a_client_that_hangs_up_leaves_a_whole_claim_or_the_draft(gateway: RunningGateway) -> None:
    """Whenever it does: what it gets under the same key afterwards is that claim, which is one case."""
    drafts = [prepared(gateway) for _ in range(12)]
    token = gateway.token("anna")
    for number, claim_id in enumerate(drafts):
        hung_up(gateway, token, claim_id, after_seconds=number * 0.004)
    for claim_id in drafts:
        query = "query($id: ID!) { claim(id: $id) { status submittedAt history { status } delivery { strategy } } }"
        claim = gateway.post(query, {"id": claim_id}, persona="anna")[1]["data"]["claim"]
        is_draft = claim["status"] == "DRAFT"
        assert (claim["submittedAt"] is None, claim["delivery"] is None) == (is_draft, is_draft)
        assert ("SUBMITTED" in [event["status"] for event in claim["history"]]) is not is_draft
        assert submitted(gateway, claim_id)["claim"]["id"] == claim_id
    for claim_id in drafts:
        until_delivered(gateway, claim_id)
        assert len(cases(gateway, claim_id)) == 1


def hung_up(running: RunningGateway, token: str, claim_id: str, after_seconds: float) -> None:
    """Submit, and be gone before the answer is read; at once, with a reset, not with a polite end."""
    body = json.dumps({"query": SUBMIT, "variables": {"id": claim_id, "key": f"key of {claim_id}"}})
    host, _, port = running.url.removeprefix("http://").partition(":")
    head = f"POST /graphql HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {token}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    with socket.create_connection((host, int(port))) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.sendall((head + body).encode())
        time.sleep(after_seconds)


@pytest.mark.parametrize("fault", ["commit_then_reset", "commit_then_500", "reset_before_commit", "http_500_html"])
def test_an_owner_that_drops_its_reply_still_ends_with_one_case(gateway: RunningGateway, fault: str) -> None:
    claim_id = prepared(gateway)
    gateway.fault("social_assistance", fault, operation="iesniegtIesniegumu", count=1)
    try:
        submitted(gateway, claim_id)
        until_delivered(gateway, claim_id)
    finally:
        gateway.fault("social_assistance", None)
    assert len(cases(gateway, claim_id)) == 1


def test_a_refusal_of_the_owner_is_shown_with_its_reason(gateway: RunningGateway) -> None:
    claim_id = prepared(gateway)
    gateway.fault("social_assistance", "reject", operation="iesniegtIesniegumu", count=1)
    try:
        submitted(gateway, claim_id)
        deadline = time.monotonic() + 20
        claim: dict[str, Any] = {"status": None}
        while claim["status"] != "REJECTED_BY_OWNER" and time.monotonic() < deadline:
            query = "query($id: ID!) { claim(id: $id) { status history { status note } delivery { lastError } } }"
            claim = gateway.post(query, {"id": claim_id}, persona="anna")[1]["data"]["claim"]
            time.sleep(0.1)
    finally:
        gateway.fault("social_assistance", None)
    assert claim["status"] == "REJECTED_BY_OWNER"
    assert claim["history"][-1]["note"]


def test_a_killed_gateway_loses_no_accepted_claim_and_doubles_none(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    accepted = []
    for number in range(5):
        claim_id = prepared(running)
        assert submitted(running, claim_id, f"key-{number}")["problems"] == []
        accepted.append(claim_id)
    running.kill()
    again = fresh_gateway(data=running.data)
    for claim_id in accepted:
        until_delivered(again, claim_id)
        assert len(cases(again, claim_id)) == 1
