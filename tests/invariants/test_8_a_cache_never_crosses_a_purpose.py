"""Invariant 8: whatever is remembered, a revocation takes effect on the next request, and nobody gets another's answer."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import Any

import pytest

from tests.answers import clean, codes, errors_by_path
from tests.conftest import StartsGateway
from tests.running_gateway import RunningGateway

OFF: Mapping[str, str] = {}
ON = {"GATEWAY_CACHE__ENABLED": "true"}
either_way = pytest.mark.parametrize("cache", [OFF, ON], ids=["cache off", "cache on"])

NAME = '{ claim(id: "demo-1") { applicant { ... on Person { givenName } } } }'
ADDRESS = '{ claim(id: "demo-1") { applicant { ... on Person { declaredAddress { fullText } } } } }'
MEMBERS = '{ claim(id: "demo-1") { applicant { ... on Person { household { person { givenName } } } } } }'
ASSIGN = """mutation($assigned: Boolean!) { assignClaim(input: {id: "demo-1", thirdParty: "tp-support",
    assigned: $assigned}) { claim { assignedTo { id } } problems { code } } }"""
GRANTOR = '{ node(id: "mandate-2") { ... on Mandate { grantor { ... on Person { givenName } } } } }'
WITHDRAW = 'mutation { withdrawClaim(input: {id: "demo-1"}) { problems { code } } }'


def change(running: RunningGateway, statement: str) -> None:
    """Change the own store behind the gateway's back, as another gateway would."""
    running.until_notices_are_read()
    with closing(sqlite3.connect(running.data / "gateway.sqlite3", timeout=10)) as store, store:
        assert store.execute(statement).rowcount == 1


def records(running: RunningGateway) -> list[tuple[Any, ...]]:
    """Access records in the order in which they were written, without what differs from request to request."""
    with closing(sqlite3.connect(running.data / "gateway.sqlite3", timeout=10)) as store:
        return store.execute(
            """SELECT capacity, organisation, json_extract(value, '$[0]'), action, outcome, coordinates, paths, rules,
            registers, role, json_extract(value, '$[1]') FROM access_records, json_each(records) ORDER BY place, key"""
        ).fetchall()


@either_way
def test_taking_a_third_party_off_refuses_its_next_request(
    fresh_gateway: StartsGateway, cache: Mapping[str, str]
) -> None:
    running = fresh_gateway(**cache)
    assert clean(running.post(NAME, persona="ngo-support")[1])["claim"]["applicant"]["givenName"] == "Anna"
    off = clean(running.post(ASSIGN, {"assigned": False}, persona="anna")[1])["assignClaim"]
    assert off == {"claim": {"assignedTo": []}, "problems": []}
    calls = running.calls()
    assert codes(running.post(NAME, persona="ngo-support")[1]) == {"FORBIDDEN"}
    assert running.calls() == calls
    clean(running.post(ASSIGN, {"assigned": True}, persona="anna")[1])
    assert clean(running.post(NAME, persona="ngo-support")[1])["claim"]["applicant"]["givenName"] == "Anna"


@either_way
def test_withdrawing_a_claim_closes_its_evidence_at_once(
    fresh_gateway: StartsGateway, cache: Mapping[str, str]
) -> None:
    running = fresh_gateway(**cache)
    clean(running.post(NAME, persona="ngo-support")[1])
    running.post(WITHDRAW, persona="anna")
    body = running.post(NAME, persona="ngo-support")[1]
    assert codes(body) == {"FORBIDDEN"}
    assert running.post('{ claim(id: "demo-1") { status } }', persona="ngo-support")[1]["data"]["claim"] == {
        "status": "WITHDRAWN"
    }


@either_way
def test_revoking_a_mandate_takes_the_grantors_name_from_its_holder_at_once(
    fresh_gateway: StartsGateway, cache: Mapping[str, str]
) -> None:
    running = fresh_gateway(**cache)
    for _ in range(2):
        assert clean(running.post(GRANTOR, persona="accountant")[1])["node"]["grantor"] == {"givenName": "Anna"}
    change(running, "UPDATE mandates SET status = 'REVOKED', revoked_at = 0 WHERE id = 'mandate-2'")
    assert codes(running.post(GRANTOR, persona="accountant")[1]) == {"FORBIDDEN"}


def test_the_same_document_by_many_people_never_mixes_them_up(gateway: RunningGateway) -> None:
    names = {"anna": "Anna", "peteris": "Pēteris", "marta": "Marta", "nora": "Nora", "janis": "Jānis"}
    for persona in names:
        gateway.token(persona)

    def ask(persona: str) -> tuple[str, str]:
        return persona, gateway.post("{ me { givenName } }", persona=persona)[1]["data"]["me"]["givenName"]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, list(names) * 60))
    assert all(names[persona] == given for persona, given in answers)


def test_an_answer_from_memory_makes_no_call_and_the_same_access_records(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway(**ON)
    before = records(running)
    first = running.post(MEMBERS, persona="officer-valmiera")[1]
    cold, calls = records(running)[len(before) :], running.calls()
    second = running.post(MEMBERS, persona="officer-valmiera")[1]
    warm = records(running)[len(before) + len(cold) :]
    assert clean(first) == clean(second)
    assert running.calls() == calls
    # The records of one request are written at one moment.
    assert sorted(warm) == sorted(cold)
    assert any("natural_persons" in row[8] for row in warm)


def test_who_may_not_see_it_is_refused_whoever_has_read_it_before(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway(**ON)
    strangers = ("peteris", "ngo-families", "officer-vid", "accountant", "ministry-it")
    cold = {persona: running.post(NAME, persona=persona)[1] for persona in strangers}
    assert all("errors" in body for body in cold.values())
    for persona in ("anna", "ngo-support", "officer-valmiera"):
        clean(running.post(NAME, persona=persona)[1])
    calls, before = running.calls(), len(records(running))
    assert {persona: running.post(NAME, persona=persona)[1] for persona in strangers} == cold
    assert running.calls() == calls
    written = records(running)[before:]
    assert {row[4] for row in written} == {"DENIED"}


def test_who_asks_for_the_same_at_once_gets_what_the_own_decision_allows(fresh_gateway: StartsGateway) -> None:
    # Held for no time at all, a record is only ever shared by those who ask while it is on its way.
    running = fresh_gateway(**ON, GATEWAY_CACHE__SECONDS="0.001")
    allowed = {"anna": True, "ngo-support": True, "peteris": False}
    for persona in allowed:
        running.token(persona)
    running.fault("natural_persons", None, latency_ms=1000)
    for order in itertools.permutations(allowed):
        before, calls = len(records(running)), running.calls()
        with ThreadPoolExecutor(len(order)) as pool:
            answers = list(pool.map(lambda persona: running.post(NAME, persona=persona)[1], order))
        assert running.calls() == calls + 1
        for persona, body in zip(order, answers, strict=True):
            if allowed[persona]:
                assert clean(body)["claim"]["applicant"]["givenName"] == "Anna"
            else:
                assert "errors" in body
                assert "Anna" not in str(body)
        assert sorted((row[0], row[4]) for row in records(running)[before:]) == [
            ("CITIZEN", "DENIED"),
            ("CITIZEN", "PERMITTED"),
            ("THIRD_PARTY_WORKER", "PERMITTED"),
        ]


def test_no_error_of_a_register_outlives_it(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway(**ON)
    running.fault("natural_persons", "http_500_html")
    assert codes(running.post(NAME, persona="anna")[1]) == {"REGISTER_UNAVAILABLE"}
    running.fault("natural_persons", None)
    assert clean(running.post(NAME, persona="anna")[1])["claim"]["applicant"]["givenName"] == "Anna"


def test_a_held_record_never_lifts_a_protection_that_is_newer(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway(**ON)
    assert clean(running.post(ADDRESS, persona="ngo-support")[1])["claim"]["applicant"]["declaredAddress"]
    anna = "(SELECT subject FROM person_codes WHERE code = '39100000011')"
    change(running, f"INSERT INTO restrictions (subject, restricted, copied_at) VALUES ({anna}, 1, 0)")
    calls = running.calls()
    for _ in range(3):
        body = running.post(ADDRESS, persona="ngo-support")[1]
        assert errors_by_path(body) == {"claim.applicant.declaredAddress": "PROTECTED"}
    assert running.calls() == calls


def test_a_held_record_still_teaches_that_somebody_is_protected(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway(**ON)
    query = ADDRESS.replace("demo-1", "demo-10")
    protected = running.post(query, persona="ngo-families")[1]
    assert errors_by_path(protected) == {"claim.applicant.declaredAddress": "PROTECTED"}
    marta = "(SELECT subject FROM person_codes WHERE code = '39100000066')"
    change(running, f"DELETE FROM restrictions WHERE subject = {marta}")
    calls = running.calls()
    again = running.post(query, persona="ngo-families")[1]
    del protected["extensions"], again["extensions"]  # They say which of the two was held.
    assert again == protected
    assert running.calls() == calls
    change(running, f"UPDATE restrictions SET copied_at = 0 WHERE restricted = 1 AND subject = {marta}")


def test_while_it_is_off_every_request_asks_the_register(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    for persona in ("anna", "ngo-support", "anna"):
        before = running.calls()
        clean(running.post(NAME, persona=persona)[1])
        assert running.calls() == before + 1
