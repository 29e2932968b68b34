"""The log says who asked, and what was given: not what was asked in vain, and nobody else's name for it."""

from __future__ import annotations

import sqlite3
from typing import Any

from tests.conftest import StartsGateway
from tests.running_gateway import RunningGateway

OF_MEMBERS = """{ claim(id: "demo-1") { applicant { ... on Person {
    givenName household { relation person { givenName income { gross } } } } } } }"""


def newest(gateway: RunningGateway, persona: str, count: int) -> list[dict[str, Any]]:
    """Newest entries, those left out that reading the log itself made."""
    query = """{ me { accessLog(first: 60) { edges { node {
        who capacity action outcome fields paths subjectRole claimType { code } } } } } }"""
    edges = gateway.post(query, persona=persona)[1]["data"]["me"]["accessLog"]["edges"]
    entries = [edge["node"] for edge in edges]
    return [each for each in entries if "Person.accessLog" not in each["fields"]][:count]


def test_a_member_is_not_told_that_income_was_read_when_the_register_gave_none(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    running.fault("revenue", "http_500_html")
    _, body = running.post(OF_MEMBERS, persona="officer-valmiera")
    assert {error["extensions"]["code"] for error in body["errors"]} == {"REGISTER_UNAVAILABLE"}
    running.fault("revenue", None)
    (entry,) = newest(running, "janis", 1)
    assert (entry["capacity"], entry["outcome"], entry["subjectRole"]) == ("OWNER_OFFICER", "PERMITTED", "CO_SUBJECT")
    assert "Person.givenName" in entry["fields"]
    assert "Person.income" not in entry["fields"]
    assert not [path for path in entry["paths"] if "income" in path]


def test_what_failed_of_others_is_still_told_where_it_was_given_of_the_applicant(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    running.fault("natural_persons", "http_500_html", operation="PersonuDati")
    _, body = running.post(OF_MEMBERS, persona="officer-valmiera")
    assert body["data"]["claim"]["applicant"]["givenName"] == "Anna"
    assert [member["person"]["givenName"] for member in body["data"]["claim"]["applicant"]["household"]] == [None] * 3
    running.fault("natural_persons", None)
    entries = {each["outcome"]: each for each in newest(running, "anna", 2)}
    assert "Person.givenName" in entries["PERMITTED"]["fields"]
    assert "givenName" in entries["PERMITTED"]["paths"]
    assert "household.person.givenName" not in entries["PERMITTED"]["paths"]
    assert "household.person.givenName" in entries["FAILED"]["paths"]


def test_another_citizens_attempt_is_not_told_as_ones_own(gateway: RunningGateway) -> None:
    gateway.post('{ claim(id: "demo-1") { status } }', persona="janis")
    (entry,) = newest(gateway, "anna", 1)
    assert (entry["capacity"], entry["outcome"]) == ("CITIZEN", "DENIED")
    assert entry["who"] == "Another person"
    gateway.post('mutation { withdrawClaim(input: {id: "demo-1"}) { problems { code } } }', persona="janis")
    (entry,) = newest(gateway, "anna", 1)
    assert (entry["action"], entry["outcome"], entry["who"]) == ("WITHDRAW", "DENIED", "Another person")
    gateway.post("{ me { givenName } }", persona="anna")
    (entry,) = newest(gateway, "anna", 1)
    assert (entry["subjectRole"], entry["who"]) == ("SELF", "The person themselves")


def test_a_member_is_told_that_it_was_the_applicant_who_read(gateway: RunningGateway) -> None:
    names = '{ claim(id: "demo-1") { applicant { ... on Person { household { person { givenName } } } } } }'
    gateway.post(names, persona="anna")
    (entry,) = newest(gateway, "janis", 1)
    assert (entry["subjectRole"], entry["who"]) == ("CO_SUBJECT", "The applicant")
    gateway.post("{ me { household { person { givenName } } } }", persona="anna")
    (entry,) = newest(gateway, "janis", 1)
    assert (entry["subjectRole"], entry["who"]) == ("CO_SUBJECT", "Another person")


def test_a_refused_me_is_an_attempt_on_record(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    running.post("{ me { givenName income { gross } } }", persona="anna-low")
    (entry,) = newest(running, "anna", 1)
    assert (entry["outcome"], entry["subjectRole"]) == ("DENIED", "SELF")
    assert set(entry["fields"]) == {"Person.givenName", "Person.income", "Income.gross"}
    for persona in ("ilze", "officer-valmiera", "ministry-it"):
        running.post("{ me { givenName } }", persona=persona)
    with sqlite3.connect(running.data / "gateway.sqlite3") as store:
        found = store.execute("SELECT capacity FROM access_records WHERE outcome = 'DENIED' ORDER BY place").fetchall()
    assert [capacity for (capacity,) in found] == ["CITIZEN", "MANDATE_HOLDER", "OWNER_OFFICER", "MINISTRY_IT"]


def test_a_refused_mutation_is_told_to_the_applicant_whoever_may_read_the_claim(gateway: RunningGateway) -> None:
    gateway.post('mutation { withdrawClaim(input: {id: "demo-1"}) { problems { code } } }', persona="ngo-support")
    (entry,) = newest(gateway, "anna", 1)
    assert (entry["action"], entry["outcome"], entry["who"]) == ("WITHDRAW", "DENIED", 'Biedrība "Atbalsts mājās"')
    assert entry["fields"] == ["Mutation.withdrawClaim"]


def test_an_attempt_on_what_does_not_exist_is_recorded_too_and_told_to_nobody(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    running.post('{ claim(id: "demo-99") { status } node(id: "demo-98") { id } }', persona="ngo-support")
    running.post('mutation { withdrawClaim(input: {id: "demo-97"}) { problems { code } } }', persona="ngo-support")
    with sqlite3.connect(running.data / "gateway.sqlite3") as store:
        found = store.execute(
            "SELECT action, value FROM access_records, json_each(records) WHERE outcome = 'DENIED'"
        ).fetchall()
    assert sorted(found) == [("READ", "[null,[]]"), ("READ", "[null,[]]"), ("WITHDRAW", "[null,[]]")]


def test_a_member_who_reads_the_own_log_makes_no_attempt_on_the_claim(gateway: RunningGateway) -> None:
    gateway.post(OF_MEMBERS, persona="officer-valmiera")
    before = newest(gateway, "anna", 1)
    log = "{ me { accessLog(first: 5) { edges { node { subjectRole claim { id } } } } } }"
    _, body = gateway.post(log, persona="janis")
    roles = [edge["node"]["subjectRole"] for edge in body["data"]["me"]["accessLog"]["edges"]]
    assert "CO_SUBJECT" in roles
    assert {error["extensions"]["rule"] for error in body["errors"]} == {"no-door"}
    assert newest(gateway, "anna", 1) == before
