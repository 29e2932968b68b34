"""Invariant 2: every decision falls before the first register call; a refusal costs no call, however it is asked."""

from __future__ import annotations

from typing import Any

import pytest

from tests.answers import codes
from tests.running_gateway import RunningGateway

INCOME = "applicant { ... on Person { income { gross } } }"

WAYS: dict[str, tuple[str, dict[str, Any]]] = {
    "plain": ('{ claim(id: "demo-1") { %s } }' % INCOME, {}),
    "alias": ('{ a: claim(id: "demo-1") { b: applicant { ... on Person { c: income { d: gross } } } } }', {}),
    "two aliases": ('{ a: claim(id: "demo-1") { %s } b: claim(id: "demo-1") { %s } }' % (INCOME, INCOME), {}),
    "fragment": (
        'query { claim(id: "demo-1") { ...c } } fragment c on Claim { applicant { ...p } } '
        "fragment p on Person { income { ...i } } fragment i on Income { gross }",
        {},
    ),
    "inline fragments": ('{ claim(id: "demo-1") { ... { ... on Claim { ... on Node { ... on Claim { %s } } } } } }' % INCOME, {}),
    "variable": ("query($id: ID!) { claim(id: $id) { %s } }" % INCOME, {"id": "demo-1"}),
    "include": (
        'query($yes: Boolean!) { claim(id: "demo-1") { applicant { ... on Person { income @include(if: $yes) { gross } } } } }',
        {"yes": True},
    ),
    "skip": (
        'query($no: Boolean!) { claim(id: "demo-1") { applicant { ... on Person { income @skip(if: $no) { gross } } } } }',
        {"no": False},
    ),
    "node": ('{ node(id: "demo-1") { ... on Claim { %s } } }' % INCOME, {}),
    "entities": (
        "query($r: [_Any!]!) { _entities(representations: $r) { ... on Claim { %s } } }" % INCOME,
        {"r": [{"__typename": "Claim", "id": "demo-1"}]},
    ),
    "list": ('{ claims(filter: {statuses: [IN_REVIEW]}) { edges { node { %s } } } }' % INCOME, {}),
    "typename alone": ('{ claim(id: "demo-1") { applicant { ... on Person { income { __typename } } } } }', {}),
    "through another": ('{ claim(id: "demo-1") { applicant { ... on Person { household { person { income { gross } } } } } } }', {}),
    "no door": ('{ claim(id: "demo-2") { applicant { ... on Person { givenName } } } }', {}),
    "arguments": ('{ claim(id: "demo-1") { applicant { ... on Person { income(months: 1) { gross } } } } }', {}),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_a_refused_party_causes_no_call(gateway: RunningGateway, way: str) -> None:
    query, variables = WAYS[way]
    gateway.token("ngo-support")
    before = gateway.calls()
    _, body = gateway.post(query, variables, persona="ngo-support")
    assert codes(body) == {"FORBIDDEN"}, body
    assert gateway.calls() == before
    assert "gross" not in str(body.get("data"))


def test_a_refused_mutation_causes_no_call_and_changes_nothing(gateway: RunningGateway) -> None:
    query = 'mutation { withdrawClaim(input: {id: "demo-1"}) { claim { status } problems { code } } }'
    before = gateway.calls()
    _, body = gateway.post(query, persona="ngo-support")
    assert body["data"]["withdrawClaim"] == {"claim": None, "problems": [{"code": "FORBIDDEN"}]}
    assert gateway.calls() == before
    _, body = gateway.post('{ claim(id: "demo-1") { status } }', persona="anna")
    assert body["data"]["claim"]["status"] == "IN_REVIEW"


def test_fifty_claims_with_names_and_addresses_cost_three_calls_at_most(gateway: RunningGateway) -> None:
    prepare = """mutation { prepareClaim(input: {type: "housing-benefit", municipality: "0054000",
        applicant: {personCode: "39100000055"}}) { claim { id } problems { code message } } }"""
    for _ in range(50):
        _, body = gateway.post(prepare, persona="peteris")
        assert body["data"]["prepareClaim"]["problems"] == []
    query = """{ claims(first: 50, filter: {statuses: [DRAFT]}) { edges { node { applicant { ... on Person {
        givenName familyName declaredAddress { fullText municipality { name } } } } } } } }"""
    before = gateway.calls()
    _, body = gateway.post(query, persona="peteris")
    assert len(body["data"]["claims"]["edges"]) == 50
    assert "errors" not in body
    assert gateway.calls() - before <= 3
