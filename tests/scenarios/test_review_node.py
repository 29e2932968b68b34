"""`node` and `_entities` are other ways to the same doors."""

from __future__ import annotations

from tests.answers import clean, errors_by_path
from tests.running_gateway import RunningGateway


def test_node_gives_a_claim_to_whom_claim_gives_it(gateway: RunningGateway) -> None:
    query = (
        """{ node(id: "demo-1") { __typename id ... on Claim { status applicant { ... on Person { givenName } } } } }"""
    )
    assert clean(gateway.post(query, persona="anna")[1])["node"] == {
        "__typename": "Claim",
        "id": "demo-1",
        "status": "IN_REVIEW",
        "applicant": {"givenName": "Anna"},
    }
    closed = '{ node(id: "demo-4") { id ... on Claim { status createdAt } } }'
    _, body = gateway.post(closed, persona="ngo-support")
    assert body["data"]["node"] == {"id": "demo-4", "status": "GRANTED", "createdAt": None}
    assert errors_by_path(body) == {"node.createdAt": "FORBIDDEN"}


def test_node_gives_a_third_party_and_a_mandate(gateway: RunningGateway) -> None:
    query = """{ a: node(id: "tp-support") { id ... on ThirdParty { name contract { usedToday } } }
        b: node(id: "mandate-2") { id ... on Mandate { status claimTypes { code } } } }"""
    _, body = gateway.post(query, persona="anna")
    assert body["data"]["a"]["id"] == "tp-support"
    assert body["data"]["b"] == {
        "id": "mandate-2",
        "status": "ACTIVE",
        "claimTypes": [{"code": "annual-income-declaration"}],
    }
    assert errors_by_path(body) == {"a.contract.usedToday": "FORBIDDEN"}


def test_entities_give_each_representation_through_its_own_door(gateway: RunningGateway) -> None:
    query = """query($r: [_Any!]!) { _entities(representations: $r) { __typename
        ... on Claim { id applicant { ... on Person { givenName income { gross } } } }
        ... on ThirdParty { name } ... on LegalEntity { registrationNumber properties { kind } } } }"""
    representations = [
        {"__typename": "Claim", "id": "demo-1"},
        {"__typename": "Claim", "id": "demo-2"},
        {"__typename": "ThirdParty", "id": "tp-families"},
        {"__typename": "LegalEntity", "registrationNumber": "40103000102"},
        {"__typename": "Claim", "id": "demo-99"},
    ]
    _, body = gateway.post(query, {"r": representations}, persona="ngo-support")
    claim, hidden, third_party, entity, absent = body["data"]["_entities"]
    assert claim == {"__typename": "Claim", "id": "demo-1", "applicant": {"givenName": "Anna", "income": None}}
    assert (hidden, absent) == (None, None)
    assert third_party == {"__typename": "ThirdParty", "name": 'Biedrība "Ģimenēm"'}
    assert entity == {"__typename": "LegalEntity", "registrationNumber": "40103000102", "properties": None}
    assert errors_by_path(body) == dict.fromkeys(
        ("_entities.0.applicant.income", "_entities.1", "_entities.3.properties", "_entities.4"), "FORBIDDEN"
    )
