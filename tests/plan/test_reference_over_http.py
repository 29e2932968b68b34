"""A whole gateway that answers by graphql-core's executor gives the answers of one that answers by plans."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import orjson

from tests.conftest import StartsGateway

QUERIES = (
    "{ __typename viewer { capacity displayName organisation { __typename id name } } }",
    """{ me { personCode name: givenName familyName declaredAddress { fullText municipality { name } }
    household { relation person { givenName personCode } } income(months: 3) { month gross payer } } }""",
    """query ($first: Int = 3) { claims(first: $first) { totalCount edges { node { ...C type { code } } } } }
    fragment C on Claim { id status applicant { __typename ... on Person { givenName birthDate benefits { kind amount } }
    ... on LegalEntity { name vat { number valid } } } }""",
    '{ claim(id: "demo-1") { id answers applicant { ... on Person { accessLog { pageInfo { hasNextPage } } } } } }',
    '{ node(id: "demo-4") { id ... on Claim { status history { status by } } } nothing: node(id: "nothing") { id } }',
    "{ __schema { queryType { name } } }",
    "query ($code: ClaimTypeCode!) { claimType(code: $code) { title } }",
    "{ customerServiceCentres(first: -1) { totalCount } registers { id } }",
    "{ _entities(representations: [{}]) { __typename } }",
    "{ me { income(months: 0) { gross } declaredAddress { municipality { centres { id } } } } }",
    """mutation { grantMandate(input: {holder: {}, claimTypes: [], actions: [], validTo: "2027-01-01"}) {
    problems { code } } }""",
    '{ claim(id: "demo-1") { applicant { ... on Person { mandatesHeld { id } children { givenName } } } } }',
)


def _comparable(answered: tuple[int, Any]) -> tuple[int, bytes, Counter[tuple[str, str]]]:
    status, body = answered
    errors = Counter(
        (
            repr(error.get("path")),
            orjson.dumps([error["extensions"], error["message"], error.get("locations")]).decode(),
        )
        for error in body.get("errors", ())
    )
    return status, orjson.dumps(body.get("data", "left out")), errors


def test_both_answer_everybody_alike(fresh_gateway: StartsGateway, tmp_path: Path) -> None:
    gateway = fresh_gateway()
    reference = fresh_gateway(data=tmp_path / "reference", GATEWAY_EXECUTOR="reference")
    for persona in ("anna", "clerk-valmiera", "officer-valmiera", "ngo-support", "ministry-it"):
        for query in QUERIES:
            ours = _comparable(gateway.post(query, persona=persona))
            assert ours == _comparable(reference.post(query, persona=persona)), (persona, query)
    for query in QUERIES:
        latvian = _comparable(gateway.post(query, persona="ngo-support", language="lv"))
        assert latvian == _comparable(reference.post(query, persona="ngo-support", language="lv")), query
