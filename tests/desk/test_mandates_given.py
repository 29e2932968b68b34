"""Mandates are given and taken back by their grantors alone, and take effect on the next request."""

from __future__ import annotations

import json

import pytest

from tests.desk.conftest import World

MANDATE = "mandate { id status validFrom validTo actions claimTypes { code } holder { __typename } }"
INCOME = "claimTypes: [%s], actions: [READ, READ_EVIDENCE], validTo: %s" % (
    '"annual-income-declaration"',
    '"2100-01-01"',
)
ILZE, JANIS, NOBODY = "39100000088", "39100000022", "39999999999"


def to_person(code: str, rest: str = INCOME) -> str:
    return f'{{holder: {{personCode: "{code}"}}, {rest}}}'


def to_organisation(organisation: str, rest: str = INCOME) -> str:
    return f'{{holder: {{thirdParty: "{organisation}"}}, {rest}}}'


def test_an_organisations_mandate_opens_at_once_and_shuts_at_once(world: World) -> None:
    assert not world.reads("accountant", "demo-3", "answers")
    made, problems = world.act("peteris", "grantMandate", MANDATE, to_organisation("tp-accountant"))
    assert problems == []
    assert made["status"] == "ACTIVE"
    assert world.reads("accountant", "demo-3", "answers applicant { ... on Person { givenName income { gross } } }")
    assert "demo-3" in json.dumps(world.ask("accountant", "{ claims { edges { node { id } } } }"))
    gone, problems = world.act("peteris", "revokeMandate", "mandate { status }", f'{{id: "{made["id"]}"}}')
    assert (gone, problems) == ({"status": "REVOKED"}, [])
    refused = world.raw("accountant", '{ claim(id: "demo-3") { status } node(id: "demo-3") { id } }')
    assert refused["data"] == {"claim": None, "node": None}
    assert "demo-3" not in json.dumps(world.ask("accountant", "{ claims { edges { node { id } } } }"))


def test_a_persons_mandate_opens_at_once_and_shuts_at_once(world: World) -> None:
    assert world.reads("ilze", "demo-3")
    world.act("peteris", "revokeMandate", "mandate { id }", '{id: "mandate-1"}')
    assert not world.reads("ilze", "demo-3", "status")
    assert world.raw("ilze", "{ viewer { actingFor { __typename } } }")["errors"]
    made, _ = world.act("peteris", "grantMandate", MANDATE, to_person(ILZE))
    assert world.reads("ilze", "demo-3", "answers")
    _, submit = world.act(
        "ilze", "submitClaim", "claim { id }", '{id: "demo-3", idempotencyKey: "not-named-by-the-mandate"}'
    )
    assert submit == ["FORBIDDEN"]
    assert made["claimTypes"] == [{"code": "annual-income-declaration"}]


def test_a_mandate_counts_from_its_first_day_to_its_last(world: World) -> None:
    made, _ = world.act("marta", "grantMandate", MANDATE, to_organisation("tp-accountant"))
    mine = "{ viewer { mandates { id } } }"
    assert made["id"] in json.dumps(world.ask("accountant", mine))
    world.store("UPDATE mandates SET valid_from = '2099-01-01' WHERE id = ?", made["id"])
    assert made["id"] not in json.dumps(world.ask("accountant", mine))
    world.store("UPDATE mandates SET valid_from = '2020-01-01', valid_to = '2020-12-31' WHERE id = ?", made["id"])
    assert made["id"] not in json.dumps(world.ask("accountant", mine))
    _, problems = world.act("marta", "revokeMandate", "mandate { id }", f'{{id: "{made["id"]}"}}')
    assert problems == ["WRONG_STATUS"]


def test_taking_back_twice_is_taking_back_once(world: World) -> None:
    made, _ = world.act("nora", "grantMandate", MANDATE, to_person(JANIS))
    for _ in range(2):
        gone, problems = world.act("nora", "revokeMandate", "mandate { id status }", f'{{id: "{made["id"]}"}}')
        assert (gone, problems) == ({"id": made["id"], "status": "REVOKED"}, [])


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (
            to_person(ILZE, 'claimTypes: ["housing-benefit"], actions: [READ, ASSIGN], validTo: "2100-01-01"'),
            "/actions/1",
        ),
        (to_person(ILZE, 'claimTypes: ["housing-benefit"], actions: [DECIDE], validTo: "2100-01-01"'), "/actions/0"),
        (
            to_person(
                ILZE, 'claimTypes: ["housing-benefit", "residence-declaration"], actions: [READ], validTo: "2100-01-01"'
            ),
            "/claimTypes/1",
        ),
        (
            to_organisation(
                "tp-support", 'claimTypes: ["housing-benefit"], actions: [WITHDRAW], validTo: "2100-01-01"'
            ),
            "/actions/0",
        ),
        (
            to_organisation(
                "tp-support", 'claimTypes: ["property-tax-relief"], actions: [READ], validTo: "2100-01-01"'
            ),
            "/claimTypes/0",
        ),
        (to_person(ILZE, 'claimTypes: ["no-such-type"], actions: [READ], validTo: "2100-01-01"'), "/claimTypes/0"),
        (to_person(ILZE, 'claimTypes: [], actions: [READ], validTo: "2100-01-01"'), "/claimTypes"),
        (to_person(ILZE, 'claimTypes: ["housing-benefit"], actions: [], validTo: "2100-01-01"'), "/actions"),
        (to_person(ILZE, 'claimTypes: ["housing-benefit"], actions: [READ], validTo: "2020-01-01"'), "/validTo"),
        (
            to_person(
                ILZE,
                'claimTypes: ["housing-benefit"], actions: [READ], validFrom: "2100-01-02", validTo: "2100-01-01"',
            ),
            "/validTo",
        ),
        (to_person("39100000011"), "/holder"),
    ],
)
def test_what_no_mandate_carries_is_not_given(world: World, given: str, field: str) -> None:
    before = world.store("SELECT count(*) FROM mandates")
    query = f"mutation {{ grantMandate(input: {given}) {{ mandate {{ id }} problems {{ code field }} }} }}"
    assert world.ask("anna", query)["grantMandate"] == {
        "mandate": None,
        "problems": [{"code": "MANDATE_NOT_ALLOWED", "field": field}],
    }
    assert world.store("SELECT count(*) FROM mandates") == before


def test_a_legal_entity_gives_mandates_for_what_it_can_claim(world: World) -> None:
    rest = 'claimTypes: ["%s"], actions: [READ], validTo: "2100-01-01"'
    made, problems = world.act("director", "grantMandate", MANDATE, to_person(ILZE, rest % "cadastre-extract"))
    assert problems == []
    _, problems = world.act("director", "grantMandate", MANDATE, to_person(ILZE, rest % "housing-benefit"))
    assert problems == ["MANDATE_NOT_ALLOWED"]
    _, problems = world.act("anna", "revokeMandate", "mandate { id }", f'{{id: "{made["id"]}"}}')
    assert problems == ["FORBIDDEN"]
    _, problems = world.act("director", "revokeMandate", "mandate { id }", f'{{id: "{made["id"]}"}}')
    assert problems == []


@pytest.mark.parametrize("organisation", ["tp-suspended", "tp-expired", "tp-support", "nobody"])
def test_an_organisation_that_may_not_work_on_it_is_given_no_mandate(world: World, organisation: str) -> None:
    _, problems = world.act("anna", "grantMandate", MANDATE, to_organisation(organisation))
    assert problems == ["THIRD_PARTY_NOT_ELIGIBLE"]


def test_a_code_that_nobody_has_gives_the_same_as_a_real_one(world: World) -> None:
    query = """mutation($code: PersonCode!) { grantMandate(input: {holder: {personCode: $code},
        claimTypes: ["housing-benefit"], actions: [READ], validTo: "2100-01-01"}) {
        mandate { id holder { ... on Person { personCode givenName } } } problems { code } } }"""
    calls = world.running.calls()
    answers = []
    for code in (JANIS, NOBODY):
        body = json.dumps(world.raw("anna", query, code=code))
        made = json.loads(body)["data"]["grantMandate"]["mandate"]
        assert made["holder"] == {"personCode": code, "givenName": None}
        answers.append(body.replace(made["id"], "ID").replace(code, "CODE"))
    assert answers[0] == answers[1]
    assert world.running.calls() == calls


@pytest.mark.parametrize(
    "persona",
    [
        "anna-low",
        "ilze",
        "clerk-valmiera",
        "ngo-support",
        "accountant",
        "officer-vid",
        "policy-officer",
        "ministry-it",
        "auditor",
    ],
)
def test_nobody_else_gives_a_mandate_or_takes_one_back(world: World, persona: str) -> None:
    for code in (JANIS, NOBODY):
        _, problems = world.act(persona, "grantMandate", MANDATE, to_person(code))
        assert problems == ["FORBIDDEN"]
    query = "mutation($id: ID!) { revokeMandate(input: {id: $id}) { mandate { id } problems { code message field } } }"
    there = world.raw(persona, query, id="mandate-2")
    assert there == world.raw(persona, query, id="mandate-99")
    assert there["data"]["revokeMandate"]["problems"][0]["code"] == "FORBIDDEN"
    assert world.ask("anna", '{ node(id: "mandate-2") { ... on Mandate { status } } }')["node"] == {"status": "ACTIVE"}


def test_what_was_done_and_what_was_tried_is_in_the_grantors_log(world: World) -> None:
    made, _ = world.act("nora", "grantMandate", MANDATE, to_person(JANIS))
    world.act("janis", "revokeMandate", "mandate { id }", f'{{id: "{made["id"]}"}}')
    world.act("nora", "revokeMandate", "mandate { id }", f'{{id: "{made["id"]}"}}')
    log = world.ask(
        "nora",
        "{ me { accessLog(first: 3) { edges { node { who fields action mutation outcome claimId: claim { id } } } } } }",
    )
    assert [
        (each["node"]["who"], each["node"]["fields"], each["node"]["outcome"])
        for each in log["me"]["accessLog"]["edges"]
    ] == [
        ("The person themselves", ["Mutation.revokeMandate"], "PERMITTED"),
        ("Another person", ["Mutation.revokeMandate"], "DENIED"),
        ("The person themselves", ["Mutation.grantMandate"], "PERMITTED"),
    ]
    named = [(each["node"]["action"], each["node"]["mutation"]) for each in log["me"]["accessLog"]["edges"]]
    assert named == [("ASSIGN", "revokeMandate"), ("ASSIGN", "revokeMandate"), ("ASSIGN", "grantMandate")]


def test_explaining_gives_nothing_and_takes_nothing_back(world: World) -> None:
    before = world.store("SELECT id, status FROM mandates ORDER BY id")
    explain = """query($operation: String!) { explain(operation: $operation) {
        allowed accessLogEntries problems { code } decisions { path rules } } }"""
    give = f"mutation {{ grantMandate(input: {to_person(ILZE)}) {{ mandate {{ id }} problems {{ code }} }} }}"
    told = world.ask("anna", explain, operation=give)["explain"]
    assert (told["allowed"], told["problems"]) == (True, [])
    assert told["accessLogEntries"] == ["You gave a mandate."]
    assert told["decisions"][0]["rules"] == ["applicant-gives-mandate"]
    take = 'mutation { revokeMandate(input: {id: "mandate-2"}) { mandate { id } problems { code } } }'
    told = world.ask("janis", explain, operation=take)["explain"]
    assert told["allowed"] is False
    assert told["problems"] == [{"code": "FORBIDDEN"}]
    assert told == world.ask("janis", explain, operation=take.replace("mandate-2", "mandate-99"))["explain"]
    assert world.store("SELECT id, status FROM mandates ORDER BY id") == before


def test_what_is_named_a_thousand_times_is_looked_at_once(world: World) -> None:
    many = "[" + '"housing-benefit",' * 900 + '"residence-declaration"]'
    actions = "[" + "READ," * 900 + "]"
    rest = f'claimTypes: {many}, actions: {actions}, validTo: "2100-01-01"'
    query = (
        f"mutation {{ grantMandate(input: {to_person(ILZE, rest)}) {{ mandate {{ id }} problems {{ code field }} }} }}"
    )
    body = world.raw("anna", query)
    assert body["data"]["grantMandate"]["problems"] == [{"code": "MANDATE_NOT_ALLOWED", "field": "/claimTypes/900"}]


def test_a_mandate_that_does_not_name_reading_opens_new_drafts_alone_and_is_told_so(world: World) -> None:
    rest = 'claimTypes: ["old-age-pension"], actions: [%s], validTo: "2100-01-01"'
    told = '{ viewer { permissions(claimType: "old-age-pension") { action } } }'
    prepare = '{type: "old-age-pension", applicant: {personCode: "39100000055"}}'
    made, _ = world.act("peteris", "grantMandate", MANDATE, to_person(ILZE, rest % "PREPARE, SUBMIT, READ_EVIDENCE"))
    draft = world.ask("ilze", f"mutation {{ prepareClaim(input: {prepare}) {{ problems {{ code }} }} }}")
    assert draft["prepareClaim"]["problems"] == []
    assert world.ask("ilze", told)["viewer"]["permissions"] == [{"action": "PREPARE"}]
    world.act("peteris", "revokeMandate", "mandate { id }", f'{{id: "{made["id"]}"}}')
    assert world.ask("ilze", told)["viewer"]["permissions"] == []
