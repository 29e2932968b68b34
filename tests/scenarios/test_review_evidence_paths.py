"""What may not be read is not read through what lies below it either: reference data, open data, `__typename`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.answers import clean, errors_by_path
from tests.running_gateway import RunningGateway

PERSON = '{ claim(id: "%s") { applicant { ... on Person { %s } } } }'


def refused(gateway: RunningGateway, persona: str, query: str) -> tuple[dict[str, Any], dict[str, str]]:
    """Data and errors of a request that costs no register call."""
    gateway.token(persona)
    before = gateway.calls()
    _, body = gateway.post(query, persona=persona)
    assert gateway.calls() == before
    return body["data"], errors_by_path(body)


@pytest.mark.parametrize(
    ("persona", "claim", "asked"),
    [
        ("ngo-support", "demo-1", "benefits { payer { name } }"),
        ("ngo-support", "demo-1", "benefits { payer { claimTypes { code } } }"),
        ("ngo-support", "demo-1", "socialStatuses { municipality { name } }"),
        ("ngo-support", "demo-1", "enterprises { entity { registrationNumber } }"),
        ("ngo-support", "demo-1", "benefits { payer { __typename } }"),
        ("ngo-families", "demo-5", "declaredAddress { municipality { name } }"),
        ("ilze", "demo-3", "declaredAddress { municipality { atvk centres { name } } }"),
        ("anna", "demo-1", "household { person { declaredAddress { municipality { name } } } }"),
        ("anna", "demo-1", "household { person { benefits { payer { name } } } }"),
        ("ngo-support", "demo-1", "household { person { declaredAddress { municipality { name } } } }"),
        ("ngo-support", "demo-1", "household { person { enterprises { entity { name } } } }"),
    ],
)
def test_reference_data_below_evidence_is_as_closed_as_the_evidence(
    gateway: RunningGateway, persona: str, claim: str, asked: str
) -> None:
    data, errors = refused(gateway, persona, PERSON % (claim, asked))
    relation = asked.split()[0]
    assert data == {"claim": {"applicant": {relation: None}}}
    assert errors == {f"claim.applicant.{relation}": "FORBIDDEN"}


@pytest.mark.parametrize(
    "asked",
    [
        "household { person { declaredAddress { municipality { name } } } }",
        "children { benefits { payer { name } } }",
        "taxBook { dependants { socialStatuses { municipality { name } } } }",
    ],
)
def test_through_me_reference_data_tells_nothing_more_of_others(gateway: RunningGateway, asked: str) -> None:
    data, errors = refused(gateway, "anna", "{ me { %s } }" % asked)
    relation = asked.split()[0]
    assert data == {"me": {relation: None}}
    assert set(errors.values()) == {"FORBIDDEN"}


def test_below_open_evidence_reference_data_is_open(gateway: RunningGateway) -> None:
    query = PERSON % ("demo-1", "declaredAddress { municipality { name centres { id } } }")
    applicant = clean(gateway.post(query, persona="ngo-support")[1])["claim"]["applicant"]
    assert applicant["declaredAddress"]["municipality"] == {
        "name": "Valmieras novads",
        "centres": [{"id": "centre-valmiera"}],
    }
    query = PERSON % ("demo-1", "benefits { payer { name } } socialStatuses { municipality { name } }")
    applicant = clean(gateway.post(query, persona="officer-valmiera")[1])["claim"]["applicant"]
    assert applicant["benefits"][0]["payer"]
    assert applicant["socialStatuses"] == [{"municipality": {"name": "Valmieras novads"}}]


def test_fields_of_one_capacity_stay_so_below_evidence(gateway: RunningGateway) -> None:
    asked = "declaredAddress { municipality { thirdParties { claimTypes { evidence { register { health { lastError } } } } } } }"
    _, body = gateway.post(PERSON % ("demo-1", asked), persona="ngo-support")
    assert set(errors_by_path(body).values()) == {"FORBIDDEN"}


def test_a_legal_entitys_address_needs_only_read_of_the_claim(gateway: RunningGateway) -> None:
    query = """{ claim(id: "demo-8") { applicant { ... on LegalEntity {
        address { fullText municipality { name } } vat { valid } } } } }"""
    for persona in ("director", "accountant"):
        _, body = gateway.post(query, persona=persona)
        entity = clean(body)["claim"]["applicant"]
        assert entity["vat"] == {"valid": True}
        assert entity["address"]["municipality"] == {"name": "Rīga"}


def test_a_refused_field_of_another_person_leaves_its_siblings_standing(gateway: RunningGateway) -> None:
    query = PERSON % ("demo-1", "household { relation person { income { gross } } }")
    _, body = gateway.post(query, persona="anna")
    members = body["data"]["claim"]["applicant"]["household"]
    assert {member["relation"] for member in members} == {"spouse", "child"}
    assert [member["person"] for member in members] == [{"income": None}] * 3
    assert errors_by_path(body) == {
        f"claim.applicant.household.{place}.person.income": "FORBIDDEN" for place in range(3)
    }
