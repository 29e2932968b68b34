"""The ministry registers third parties and suspends them; a suspended one finds every door shut on its next request."""

from __future__ import annotations

from typing import Any

import pytest

from schema.terms import RegistrationNumber
from tests.answers import codes
from tests.desk.conftest import World

REGISTER = """mutation($input: RegisterThirdPartyInput!) { registerThirdParty(input: $input) {
    thirdParty { id name status kind registrationNumber municipalities { atvk } claimTypes { code }
        contract { number kind validFrom validTo requestsPerDay usedToday } }
    problems { code field } } }"""


def numbers() -> list[str]:
    """Registration numbers that no organisation of the demo world has."""
    found = []
    for each in range(40008200000, 40008200400):
        try:
            found.append(RegistrationNumber.parse(str(each)).digits)
        except ValueError:
            continue
    return found


NUMBERS = numbers()


def wanted(number: str, **changes: Any) -> dict[str, Any]:
    contract = {"number": "LD-2026/77", "kind": "PARTICIPATION", "validFrom": "2026-01-01", "validTo": "2100-12-31"}
    return {
        "name": "Biedrība Palīgs",
        "registrationNumber": number,
        "kind": "NGO",
        "contract": contract | changes.pop("contract", {}),
        "municipalities": ["0054000"],
        "claimTypes": ["housing-benefit"],
    } | changes


def register(world: World, given: dict[str, Any], persona: str = "ministry-it") -> tuple[Any, list[Any]]:
    payload = world.ask(persona, REGISTER, input=given)["registerThirdParty"]
    return payload["thirdParty"], payload["problems"]


def suspend(world: World, id: str, reason: str = "Audit finding 7", persona: str = "ministry-it") -> Any:  # noqa: A002
    query = """mutation($id: ID!, $reason: String!) { suspendThirdParty(input: {id: $id, reason: $reason}) {
        thirdParty { id status } problems { code message field } } }"""
    return world.raw(persona, query, id=id, reason=reason)


def test_a_registered_organisation_works_at_once_and_a_suspended_one_nowhere(world: World) -> None:
    made, problems = register(world, wanted(NUMBERS[0], contract={"requestsPerDay": 50}))
    assert problems == []
    assert made == {
        "id": made["id"],
        "name": "Biedrība Palīgs",
        "status": "ACTIVE",
        "kind": "NGO",
        "registrationNumber": NUMBERS[0],
        "municipalities": [{"atvk": "0054000"}],
        "claimTypes": [{"code": "housing-benefit"}],
        "contract": {
            "number": "LD-2026/77",
            "kind": "PARTICIPATION",
            "validFrom": "2026-01-01",
            "validTo": "2100-12-31",
            "requestsPerDay": 50,
            "usedToday": 0,
        },
    }
    worker = world.worker_of(made["id"])
    read = '{ claim(id: "demo-1") { status channel applicant { ... on Person { givenName household { since } } } } }'
    _, problem = world.act("anna", "assignClaim", "claim { id }", f'{{id: "demo-1", thirdParty: "{made["id"]}"}}')
    assert problem == []
    mandate = (
        f'{{holder: {{thirdParty: "{made["id"]}"}}, claimTypes: ["housing-benefit"], actions: [PREPARE, READ], '
        'validTo: "2100-01-01"}'
    )
    assert world.act("peteris", "grantMandate", "mandate { id }", mandate)[1] == []
    assert "errors" not in world.running.post(read, token=worker)[1]
    calls = world.running.calls()

    assert suspend(world, made["id"])["data"]["suspendThirdParty"] == {
        "thirdParty": {"id": made["id"], "status": "SUSPENDED"},
        "problems": [],
    }
    everything = """{ claim(id: "demo-1") { status } node(id: "demo-1") { id } claims { totalCount edges { node { id } } }
        viewer { mandates { id } } }"""
    _, shut = world.running.post(everything, token=worker)
    assert shut["data"] == {
        "claim": None,
        "node": None,
        "claims": {"totalCount": 0, "edges": []},
        "viewer": {"mandates": []},
    }
    assert codes(shut) == {"FORBIDDEN"}
    prepare = """mutation { prepareClaim(input: {type: "housing-benefit", municipality: "0054000",
        applicant: {personCode: "39100000033"}}) { claim { id } problems { code } } }"""
    assert world.running.post(prepare, token=worker)[1]["data"]["prepareClaim"]["problems"] == [{"code": "FORBIDDEN"}]
    assert world.running.calls() == calls
    again = f'{{id: "demo-1", thirdParty: "{made["id"]}"}}'
    assert world.act("officer-valmiera", "assignClaim", "claim { id }", again)[1] == ["THIRD_PARTY_NOT_ELIGIBLE"]
    assert suspend(world, made["id"], "Another reason")["data"]["suspendThirdParty"]["problems"] == []
    assert world.store(
        "SELECT status, reason FROM third_party_events WHERE third_party = ? ORDER BY id", made["id"]
    ) == [
        ("ACTIVE", None),
        ("SUSPENDED", "Audit finding 7"),
    ]


def test_the_same_registration_again_gives_the_same_organisation(world: World) -> None:
    made, _ = register(world, wanted(NUMBERS[1]))
    assert register(world, wanted(NUMBERS[1])) == (made, [])
    other = [{"code": "CONTRACT_INVALID", "field": "/registrationNumber"}]
    assert register(world, wanted(NUMBERS[1], name="Cita biedrība")) == (None, other)
    assert register(world, wanted("40008000102")) == (None, other)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"name": " "}, "ANSWERS_INVALID", "/name"),
        ({"name": "x" * 301}, "ANSWERS_INVALID", "/name"),
        ({"name": "Biedrība\u202epalīgs"}, "ANSWERS_INVALID", "/name"),
        ({"contract": {"number": "1\n2"}}, "CONTRACT_INVALID", "/contract/number"),
        ({"contract": {"number": ""}}, "CONTRACT_INVALID", "/contract/number"),
        ({"contract": {"validTo": "2025-12-31"}}, "CONTRACT_INVALID", "/contract/validTo"),
        ({"contract": {"validFrom": "2020-01-01", "validTo": "2020-12-31"}}, "CONTRACT_INVALID", "/contract/validTo"),
        ({"contract": {"requestsPerDay": 0}}, "CONTRACT_INVALID", "/contract/requestsPerDay"),
        ({"claimTypes": []}, "CONTRACT_INVALID", "/claimTypes"),
        ({"claimTypes": ["housing-benefit", "no-such-type"]}, "CONTRACT_INVALID", "/claimTypes/1"),
        ({"claimTypes": ["residence-declaration"]}, "CONTRACT_INVALID", "/claimTypes/0"),
        ({"municipalities": []}, "CONTRACT_INVALID", "/municipalities"),
        ({"municipalities": ["0054000", "9999999"]}, "CONTRACT_INVALID", "/municipalities/1"),
    ],
)
def test_a_contract_that_does_not_hold_together_is_not_registered(
    world: World, changes: dict[str, Any], code: str, field: str
) -> None:
    before = world.store("SELECT count(*) FROM third_parties")
    assert register(world, wanted(NUMBERS[2], **changes)) == (None, [{"code": code, "field": field}])
    assert world.store("SELECT count(*) FROM third_parties") == before


def test_what_is_national_needs_no_municipality(world: World) -> None:
    made, problems = register(world, wanted(NUMBERS[3], claimTypes=["cadastre-extract"], municipalities=[]))
    assert (made["municipalities"], problems) == ([], [])


@pytest.mark.parametrize("reason", ["", "  ", " \u200b", "x" * 1_001])
def test_nobody_is_suspended_without_a_reason(world: World, reason: str) -> None:
    (problem,) = suspend(world, "tp-families", reason)["data"]["suspendThirdParty"]["problems"]
    assert (problem["code"], problem["field"]) == ("ANSWERS_INVALID", "/reason")


@pytest.mark.parametrize(
    "persona", ["anna", "ilze", "director", "clerk-riga", "ngo-families", "officer-vsaa", "policy-officer", "auditor"]
)
def test_nobody_but_the_ministry_registers_or_suspends(world: World, persona: str) -> None:
    before = world.store("SELECT count(*) FROM third_parties")
    made, problems = register(world, wanted(NUMBERS[4]), persona)
    assert (made, problems) == (None, [{"code": "FORBIDDEN", "field": None}])
    there = suspend(world, "tp-families", persona=persona)
    assert there == suspend(world, "tp-nobody", persona=persona)
    assert there["data"]["suspendThirdParty"]["problems"][0]["code"] == "FORBIDDEN"
    assert world.store("SELECT count(*) FROM third_parties") == before
    assert world.store("SELECT status FROM third_parties WHERE id = 'tp-families'") == [("ACTIVE",)]


def test_an_organisation_that_is_not_there_is_forbidden_to_the_ministry_too(world: World) -> None:
    answer = suspend(world, "tp-nobody")["data"]["suspendThirdParty"]
    assert (answer["thirdParty"], answer["problems"][0]["code"]) == (None, "FORBIDDEN")


def test_each_of_it_is_recorded_the_refused_too(world: World) -> None:
    count = (
        "SELECT outcome, count(*) FROM access_records WHERE paths LIKE '%ThirdParty%' GROUP BY outcome ORDER BY outcome"
    )
    before = dict(world.store(count))
    register(world, wanted(NUMBERS[5]))
    register(world, wanted(NUMBERS[6]), "anna")
    suspend(world, "tp-nobody", persona="auditor")
    after = dict(world.store(count))
    assert (after["PERMITTED"] - before.get("PERMITTED", 0), after["DENIED"] - before.get("DENIED", 0)) == (1, 2)
