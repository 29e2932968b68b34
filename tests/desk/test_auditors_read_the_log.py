"""What auditors read of the access log over the wire, and what is recorded of that."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.desk.conftest import World

SEARCH = """query($filter: AccessRecordFilter, $first: Int, $after: String) {
  accessRecords(filter: $filter, first: $first, after: $after) {
    edges { cursor node { at who capacity outcome fields claimId subjectHash rules claim { id } } }
    pageInfo { hasNextPage endCursor } } }"""
NORA = "39100000033"


def found(world: World, **looked_for: Any) -> list[dict[str, Any]]:
    body = world.raw("auditor", SEARCH, filter=looked_for, first=100)
    return [edge["node"] for edge in body["data"]["accessRecords"]["edges"]]


def last_search(world: World) -> tuple[str, dict[str, Any], list[Any], str]:
    """Outcome, what was looked for, records and rules of the newest search on record."""
    ((outcome, search, records, rules),) = world.store(
        "SELECT outcome, search, records, rules FROM access_records WHERE search IS NOT NULL ORDER BY place DESC LIMIT 1"
    )
    return outcome, json.loads(search), json.loads(records), rules


@pytest.fixture(scope="module", autouse=True)
def _something_to_find(world: World) -> None:
    for persona in ("anna", "ngo-support", "officer-valmiera"):
        world.raw(persona, '{ claim(id: "demo-1") { id status applicant { ... on Person { givenName } } } }')


def test_an_auditor_finds_records_of_a_claim_with_people_as_hashes(world: World) -> None:
    records = found(world, claim="demo-1")
    assert records
    assert {each["claimId"] for each in records} == {"demo-1"}
    hashes = {each["subjectHash"] for each in records}
    assert len(hashes) == 1
    (hash_,) = hashes
    assert len(hash_) == 32
    assert not hash_.startswith("s-")
    assert all(each["claim"] is None for each in records)
    assert last_search(world)[:2] == ("PERMITTED", {"claim": "demo-1"})


def test_conditions_hold_together_and_pages_join(world: World) -> None:
    workers = found(world, claim="demo-1", capacity="THIRD_PARTY_WORKER")
    assert {each["capacity"] for each in workers} == {"THIRD_PARTY_WORKER"}
    assert found(world, claim="demo-1", to="2020-01-01T00:00:00Z") == []
    looked_for, after, seen = {"claim": "demo-1"}, None, []
    while True:
        page = world.raw("auditor", SEARCH, filter=looked_for, first=2, after=after)["data"]["accessRecords"]
        seen += [edge["cursor"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert len(seen) == len(set(seen)) == len(found(world, claim="demo-1"))


def test_a_named_person_needs_a_case_and_the_refused_search_is_on_record(world: World) -> None:
    code = world.store("SELECT code FROM person_codes JOIN claims ON subject = applicant WHERE claims.id = 'demo-1'")[
        0
    ][0]
    refused = world.raw("auditor", SEARCH, filter={"subject": code})
    assert refused["data"]["accessRecords"] is None
    assert refused["errors"][0]["extensions"]["rule"] == "case-reference-required"
    outcome, search, records, rules = last_search(world)
    assert (outcome, rules) == ("DENIED", '["case-reference-required"]')
    assert search["named"] is True
    assert code not in json.dumps([search, records])
    named = found(world, subject=code, caseReference="VK-2026/114")
    assert {each["subjectHash"] for each in named} == {each["subjectHash"] for each in found(world, claim="demo-1")}
    outcome, search, records, _ = last_search(world)
    assert found(world, subject="39999999999", caseReference="VK-2026/114") == []


@pytest.mark.parametrize("code", [NORA, "391000-00033", f"claim-{NORA}"])
def test_a_code_in_the_place_of_an_id_is_not_kept_in_the_log(world: World, code: str) -> None:
    assert found(world, claim=code, organisation=code) == []
    search = last_search(world)[1]
    assert search == dict.fromkeys(("claim", "organisation"), code.replace(NORA, "***").replace("391000-00033", "***"))


def test_an_id_with_eleven_digits_is_kept_as_it_is(world: World) -> None:
    prepared = world.raw(
        "anna",
        'mutation { prepareClaim(input: {type: "annual-income-declaration", applicant: {personCode: "39100000011"}}) '
        "{ claim { id } } }",
    )
    claim, long = prepared["data"]["prepareClaim"]["claim"]["id"], f"c-{NORA}"
    world.store("UPDATE claims SET id = ? WHERE id = ?", long, claim)
    found(world, claim=long)
    assert last_search(world)[1] == {"claim": long}


def test_the_person_reads_that_an_auditor_looked(world: World) -> None:
    code = world.store("SELECT code FROM person_codes JOIN claims ON subject = applicant WHERE claims.id = 'demo-1'")[
        0
    ][0]
    found(world, subject=code, caseReference="VK-2026/115")
    log = world.ask("anna", "{ me { accessLog(first: 5) { edges { node { who capacity fields } } } } }")
    entries = [edge["node"] for edge in log["me"]["accessLog"]["edges"]]
    assert "AUDITOR" in {each["capacity"] for each in entries}


@pytest.mark.parametrize("reference", ["x", "39100000011", "391000-00011 case", "a" * 65, "case\nreference"])
def test_a_case_reference_is_no_place_for_a_person(world: World, reference: str) -> None:
    body = world.raw("auditor", SEARCH, filter={"subject": NORA, "caseReference": reference})
    assert body["errors"][0]["extensions"]["code"] == "VARIABLES"


@pytest.mark.parametrize("persona", ["anna", "ngo-support", "policy-officer"])
def test_nobody_else_reads_the_log_and_that_they_tried_is_on_record(world: World, persona: str) -> None:
    counted = (
        "SELECT count(*) FROM access_records WHERE paths LIKE '%accessRecords%' AND rules = '[\"auditors-read-log\"]'"
    )
    before = world.store(counted)[0][0]
    body = world.raw(persona, "{ accessRecords { edges { node { who } } } }")
    assert body["errors"][0]["extensions"]["code"] == "FORBIDDEN"
    assert world.store(counted)[0][0] == before + 1


def test_a_record_says_which_registers_are_asked(world: World) -> None:
    world.raw("anna", "{ me { givenName } }")
    ((registers,),) = world.store(
        "SELECT registers FROM access_records WHERE paths LIKE '%givenName%' AND role = 'SELF' ORDER BY place DESC LIMIT 1"
    )
    assert json.loads(registers) == ["natural_persons"]
