"""What an operation may come to: by page sizes and lists, literal or by variable, and refused before anything runs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from gateway.desk.federation import BUILTIN
from gateway.operation import Operation
from gateway.plan.compile import Graph
from gateway.plan.document import Documents, RequestRefused
from gateway.plan.execute import prepared
from gateway.settings import LimitsSettings
from schema.graph import build
from schema.terms import ErrorCode
from tests.answers import codes
from tests.running_gateway import RunningGateway

DEEP = """query($n: Int) { claims(first: $n) { edges { node { applicant { ... on Person { household { person { household {
    person { givenName familyName birthDate income { month gross } } } } } } } } } } }"""


def cost_is_allowed(query: str, variables: dict[str, Any]) -> bool:
    graph = Graph(build(), BUILTIN)
    refused: list[ErrorCode] = []
    try:
        asked = Operation(query, variables)
        asyncio.run(prepared(graph, Documents(graph.schema, LimitsSettings()), asked, "somebody", may_introspect=True))
    except RequestRefused as refusal:
        refused = [error.code for error in refusal.errors]
    assert refused in ([], [ErrorCode.LIMIT_COST])
    return not refused


@pytest.mark.parametrize(("size", "allowed"), [(10, True), (1000, False), (None, True), (-5, True)])
def test_page_sizes_multiply_whatever_is_below_them(size: int | None, allowed: bool) -> None:
    assert cost_is_allowed(DEEP, {"n": size}) is allowed
    assert cost_is_allowed(DEEP.replace("query($n: Int)", "query").replace("$n", str(size or "null")), {}) is allowed


REFERENCES = """query($all: [_Any!]!) { _entities(representations: $all) { ... on Claim { applicant { ... on Person {
    household { person { household { person { givenName familyName birthDate income { month gross } } } } } } } } } }"""


@pytest.mark.parametrize(("count", "allowed"), [(10, True), (1000, False), (0, True)])
def test_references_multiply_whatever_is_below_them(count: int, allowed: bool) -> None:
    references = [{"__typename": "Claim", "id": f"claim-{number}"} for number in range(count)]
    assert cost_is_allowed(REFERENCES, {"all": references}) is allowed


def test_a_thousand_claims_with_names_and_addresses_are_allowed() -> None:
    query = """{ claims(first: 1000) { edges { node { id status applicant { ... on Person { givenName familyName
        declaredAddress { fullText } income { gross } } } } } } }"""
    assert cost_is_allowed(query, {})


def test_too_dear_an_operation_is_refused_without_a_call(gateway: RunningGateway) -> None:
    before = gateway.calls()
    status, body = gateway.post(DEEP, {"n": 1000}, persona="officer-valmiera")
    assert (status, codes(body)) == (200, {"LIMIT_COST"})
    assert "data" not in body
    assert gateway.calls() == before
