"""A mandate shows its holder the grantor's names and nothing more, and its grantor the code that was typed."""

from __future__ import annotations

import pytest

from tests.answers import clean, codes, errors_by_path
from tests.running_gateway import RunningGateway

OF_A_PERSON = (
    "household { __typename }",
    "declaredAddress { __typename }",
    "declaredAddress { municipality { name } }",
    "benefits { payer { name } }",
    "children { givenName }",
    "birthDate",
    "restricted",
    "claims { totalCount }",
)


@pytest.mark.parametrize("asked", OF_A_PERSON)
def test_a_mandate_is_no_door_to_the_grantor(gateway: RunningGateway, asked: str) -> None:
    gateway.token("accountant"), gateway.token("ilze")
    before = gateway.calls()
    for persona, query in (
        ("accountant", "{ viewer { mandates { grantor { ... on Person { %s } } } } }"),
        ("accountant", '{ node(id: "mandate-2") { ... on Mandate { grantor { ... on Person { %s } } } } }'),
        ("ilze", "{ viewer { actingFor { ... on Person { %s } } } }"),
    ):
        _, body = gateway.post(query % asked, persona=persona)
        assert codes(body) == {"FORBIDDEN"}, body
        assert all(error["path"][-1] == asked.split()[0] for error in body["errors"])
    assert gateway.calls() == before


@pytest.mark.parametrize("asked", ["givenName", *OF_A_PERSON])
def test_a_mandate_is_no_look_up_of_its_holder(gateway: RunningGateway, asked: str) -> None:
    gateway.token("peteris")
    before = gateway.calls()
    query = "{ me { mandatesGiven { holder { ... on Person { personCode %s } } } } }" % asked
    _, body = gateway.post(query, persona="peteris")
    assert codes(body) == {"FORBIDDEN"}
    assert {given["holder"]["personCode"] for given in body["data"]["me"]["mandatesGiven"]} == {"39100000088"}
    assert gateway.calls() == before


def test_the_holder_reads_the_grantors_names_and_no_code(gateway: RunningGateway) -> None:
    query = "{ viewer { mandates { id grantor { ... on Person { givenName familyName personCode } } } } }"
    _, body = gateway.post(query, persona="accountant")
    assert body["data"]["viewer"]["mandates"] == [
        {"id": "mandate-2", "grantor": {"givenName": "Anna", "familyName": "Bērziņa", "personCode": None}}
    ]
    assert errors_by_path(body) == {"viewer.mandates.0.grantor.personCode": "FORBIDDEN"}


def test_a_third_party_that_holds_a_mandate_is_shown_to_its_grantor(gateway: RunningGateway) -> None:
    query = (
        "{ me { mandatesGiven { holder { __typename ... on ThirdParty { id name contract { number usedToday } } } } } }"
    )
    _, body = gateway.post(query, persona="anna")
    (given,) = body["data"]["me"]["mandatesGiven"]
    assert given["holder"]["__typename"] == "ThirdParty"
    assert given["holder"]["id"] == "tp-accountant"
    assert errors_by_path(body) == {"me.mandatesGiven.0.holder.contract.usedToday": "FORBIDDEN"}


def test_a_representative_sees_for_whom_the_token_acts(gateway: RunningGateway) -> None:
    query = "{ viewer { actingFor { __typename ... on LegalEntity { registrationNumber properties { kind } } } } }"
    _, body = gateway.post(query, persona="director")
    assert body["data"]["viewer"]["actingFor"] == {
        "__typename": "LegalEntity",
        "registrationNumber": "40103000102",
        "properties": None,
    }
    assert errors_by_path(body) == {"viewer.actingFor.properties": "FORBIDDEN"}


def test_of_a_mandate_that_is_over_the_holder_reads_no_names(gateway: RunningGateway) -> None:
    query = '{ node(id: "mandate-3") { ... on Mandate { status grantor { ... on Person { givenName } } } } }'
    _, body = gateway.post(query, persona="ilze")
    assert body["data"]["node"] == {"status": "EXPIRED", "grantor": None}
    assert errors_by_path(body) == {"node.grantor": "FORBIDDEN"}
    mine = clean(gateway.post(query, persona="peteris")[1])
    assert mine["node"]["grantor"] == {"givenName": "Pēteris"}


@pytest.mark.parametrize("persona", ["anna-low", "peteris", "ngo-support", "director", "officer-vid", "auditor"])
def test_a_mandate_that_is_not_open_answers_as_one_that_does_not_exist(gateway: RunningGateway, persona: str) -> None:
    query = '{ node(id: "mandate-%s") { ... on Mandate { status grantor { ... on Person { givenName } } } } }'
    hidden = gateway.post(query % 2, persona=persona)[1]
    assert hidden["errors"][0]["extensions"]["rule"] == "no-door"
    assert hidden == gateway.post(query % 9, persona=persona)[1]
