"""The outcomes that the demo world promises, over HTTP, each with its persona's token."""

from __future__ import annotations

from typing import Any

import pytest

from tests.answers import clean, codes, errors_by_path
from tests.running_gateway import RunningGateway

NAMES = (
    '{ claim(id: "%s") { applicant { ... on Person { givenName declaredAddress { fullText } income { gross } } } } }'
)


def ask(gateway: RunningGateway, persona: str, query: str, **variables: Any) -> dict[str, Any]:
    status, body = gateway.post(query, variables or None, persona=persona)
    assert status == 200, body
    return body


def test_ngo_support_reads_name_and_address_but_not_income(gateway: RunningGateway) -> None:
    body = ask(gateway, "ngo-support", NAMES % "demo-1")
    applicant = body["data"]["claim"]["applicant"]
    assert applicant["givenName"] == "Anna"
    assert "Valmiera" in applicant["declaredAddress"]["fullText"]
    assert applicant["income"] is None
    assert errors_by_path(body) == {"claim.applicant.income": "FORBIDDEN"}


@pytest.mark.parametrize(
    ("persona", "claim"), [("ngo-support", "demo-2"), ("ngo-families", "demo-1"), ("janis", "demo-1")]
)
def test_a_claim_that_is_not_open_answers_as_one_that_does_not_exist(
    gateway: RunningGateway, persona: str, claim: str
) -> None:
    hidden = ask(gateway, persona, NAMES % claim)
    absent = ask(gateway, persona, NAMES % "demo-99")
    assert hidden["data"] == {"claim": None}
    assert errors_by_path(hidden) == {"claim": "FORBIDDEN"}
    assert hidden["errors"][0]["extensions"]["rule"] == "no-door"
    assert hidden == absent


def test_of_a_closed_claim_a_third_party_reads_id_type_and_status_alone(gateway: RunningGateway) -> None:
    query = '{ claim(id: "demo-4") { id status type { code } createdAt answers applicant { __typename } } }'
    body = ask(gateway, "ngo-support", query)
    claim = body["data"]["claim"]
    assert (claim["id"], claim["status"], claim["type"]["code"]) == ("demo-4", "GRANTED", "housing-benefit")
    assert (claim["createdAt"], claim["answers"], claim["applicant"]) == (None, None, None)
    assert errors_by_path(body) == dict.fromkeys(("claim.createdAt", "claim.answers", "claim.applicant"), "FORBIDDEN")


def test_filters_on_fields_that_may_not_be_read_leave_a_closed_claim_out(gateway: RunningGateway) -> None:
    query = "query($f: ClaimFilter) { claims(filter: $f) { totalCount edges { node { id } } } }"

    def listed(wanted: dict[str, Any]) -> tuple[list[str], int]:
        found = clean(ask(gateway, "ngo-support", query, f=wanted))["claims"]
        return [edge["node"]["id"] for edge in found["edges"]], found["totalCount"]

    assert listed({"types": ["housing-benefit"]}) == (["demo-1", "demo-4"], 2)
    assert listed({"municipality": "0054000"}) == (["demo-1"], 1)


def test_the_officer_reads_all_evidence_of_a_running_claim_of_the_own_municipality(gateway: RunningGateway) -> None:
    query = """query($id: ID!) { claim(id: $id) { applicant { ... on Person {
        givenName income { gross } benefits { kind } restricted
        household { relation person { givenName income { gross } } } } } } }"""
    applicant = clean(ask(gateway, "officer-valmiera", query, id="demo-1"))["claim"]["applicant"]
    assert applicant["restricted"] is False
    assert applicant["income"]
    assert {member["person"]["givenName"] for member in applicant["household"]} == {"Jānis", "Līga", "Toms"}
    refused = ask(gateway, "officer-valmiera", query, id="demo-6")
    assert errors_by_path(refused) == {"claim": "FORBIDDEN"}


def test_the_officer_reads_what_is_withheld_from_others(gateway: RunningGateway) -> None:
    query = '{ claim(id: "demo-6") { applicant { ... on Person { declaredAddress { fullText } household { relation } } } } }'
    applicant = clean(ask(gateway, "officer-riga", query))["claim"]["applicant"]
    assert "Rīga" in applicant["declaredAddress"]["fullText"]
    assert applicant["household"]


def test_the_applicant_reads_own_evidence_and_of_the_spouse_names_and_birth_date(gateway: RunningGateway) -> None:
    query = """{ claim(id: "demo-1") { applicant { ... on Person {
        givenName income { gross } household { person { givenName birthDate } } } } } }"""
    members = clean(ask(gateway, "anna", query))["claim"]["applicant"]["household"]
    assert {member["person"]["givenName"] for member in members} == {"Jānis", "Līga", "Toms"}
    of_spouse = '{ claim(id: "demo-1") { applicant { ... on Person { household { person { income { gross } } } } } } }'
    for persona in ("anna", "ngo-support"):
        refused = ask(gateway, persona, of_spouse)
        assert refused["data"]["claim"]["applicant"]["household"] is None
        assert errors_by_path(refused) == {"claim.applicant.household": "FORBIDDEN"}


def test_the_mandate_holder_reads_what_the_declaration_needs_and_no_more(gateway: RunningGateway) -> None:
    query = """{ claim(id: "demo-3") { applicant { ... on Person { givenName familyName personCode
        income(months: 12) { month } taxBook { validFrom } children { givenName familyName birthDate }
        declaredAddress { fullText } longer: income(months: 13) { month } } } } }"""
    body = ask(gateway, "ilze", query)
    applicant = body["data"]["claim"]["applicant"]
    assert applicant["givenName"] == "Pēteris"
    assert len({line["month"] for line in applicant["income"]}) == 12
    assert errors_by_path(body) == {
        "claim.applicant.declaredAddress": "FORBIDDEN",
        "claim.applicant.longer": "FORBIDDEN",
    }
    assert errors_by_path(ask(gateway, "ilze", NAMES % "demo-2")) == {"claim": "FORBIDDEN"}
    assert errors_by_path(ask(gateway, "ilze", "{ me { givenName } }")) == {"me": "FORBIDDEN"}


def test_the_accountant_reads_by_mandate_what_is_open_to_third_parties(gateway: RunningGateway) -> None:
    query = """{ claim(id: "demo-14") { applicant { ... on Person { givenName income(months: 12) { gross }
        taxBook { employerName } children { givenName } personCode } } } }"""
    body = ask(gateway, "accountant", query)
    assert body["data"]["claim"]["applicant"]["givenName"] == "Anna"
    assert errors_by_path(body) == {
        "claim.applicant.children": "FORBIDDEN",
        "claim.applicant.personCode": "FORBIDDEN",
    }


def test_real_estate_of_a_legal_entity_is_refused_without_a_claim(gateway: RunningGateway) -> None:
    query = '{ legalEntity(registrationNumber: "40103000102") { registrationNumber properties { kind } } }'
    for persona in ("anna", "officer-valmiera", "ministry-it"):
        body = ask(gateway, persona, query)
        assert errors_by_path(body) == {"legalEntity.properties": "FORBIDDEN"}


def test_the_clerk_sees_the_own_centres_claims_and_no_names_without_presence(gateway: RunningGateway) -> None:
    listed = clean(ask(gateway, "clerk-valmiera", "{ claims { totalCount edges { node { id status } } } }"))["claims"]
    assert [edge["node"]["id"] for edge in listed["edges"]] == ["demo-12"]
    body = ask(gateway, "clerk-valmiera", NAMES % "demo-12")
    assert body["data"]["claim"]["applicant"] == {"givenName": None, "declaredAddress": None, "income": None}
    assert codes(body) == {"FORBIDDEN"}


@pytest.mark.parametrize(
    "persona",
    ["anna-low", "ngo-suspended", "ngo-expired", "officer-education", "officer-residence", "officer-vid", "officer-vzd",
     "policy-officer", "ministry-it", "auditor"],
)  # fmt: skip
def test_who_may_see_no_claim_lists_none(gateway: RunningGateway, persona: str) -> None:
    listed = clean(ask(gateway, persona, "{ claims { totalCount edges { node { id } } } }"))["claims"]
    assert listed == {"totalCount": 0, "edges": []}


def test_a_low_assurance_citizen_reads_public_data_and_nothing_of_her_own(gateway: RunningGateway) -> None:
    assert clean(ask(gateway, "anna-low", "{ viewer { capacity assurance } claimTypes { code } }"))["viewer"] == {
        "capacity": "CITIZEN",
        "assurance": "LOW",
    }
    assert errors_by_path(ask(gateway, "anna-low", "{ me { givenName } }")) == {"me": "FORBIDDEN"}


def test_a_person_found_by_a_former_code_is_the_same_person(gateway: RunningGateway) -> None:
    me = clean(ask(gateway, "peteris", "{ me { personCode formerPersonCodes } }"))["me"]
    assert me["formerPersonCodes"] == ["39990000055"]
    assert me["personCode"] == "39100000055"


def test_the_citizen_sees_who_looked_in_the_access_log(gateway: RunningGateway) -> None:
    ask(gateway, "ngo-support", NAMES % "demo-1")
    query = "{ me { accessLog(first: 20) { edges { node { who capacity action outcome fields claim { id } subjectRole } } } } }"
    entries = [edge["node"] for edge in clean(ask(gateway, "anna", query))["me"]["accessLog"]["edges"]]
    of_ngo = [each for each in entries if "Atbalsts mājās" in each["who"]]
    assert any(each["outcome"] == "PERMITTED" and "Person.givenName" in each["fields"] for each in of_ngo)
    assert any(each["outcome"] == "DENIED" and "Person.income" in each["fields"] for each in of_ngo)
    assert {each["claim"]["id"] for each in of_ngo} <= {"demo-1", "demo-4"}


def test_a_co_subject_sees_the_reading_without_the_claim_and_no_refused_attempt(gateway: RunningGateway) -> None:
    query = """{ claim(id: "demo-1") { applicant { ... on Person { household { person { income { gross } } } } } } }"""
    clean(ask(gateway, "officer-valmiera", query))
    ask(gateway, "ngo-support", query)
    log = """{ me { accessLog(first: 50) { edges { node {
        capacity outcome fields subjectRole claimType { code } claim { id } } } } } }"""
    body = ask(gateway, "janis", log)
    everything = [edge["node"] for edge in body["data"]["me"]["accessLog"]["edges"]]
    entries = [each for each in everything if each["subjectRole"] == "CO_SUBJECT"]
    of_officer = [each for each in entries if each["capacity"] == "OWNER_OFFICER" and "Person.income" in each["fields"]]
    assert of_officer
    assert "housing-benefit" in {each["claimType"]["code"] for each in of_officer}
    assert {each["claim"] for each in entries} == {None}
    assert {each["outcome"] for each in entries} == {"PERMITTED"}
    assert set(errors_by_path(body).values()) == {"FORBIDDEN"}
