"""Pages of claims: whole, without gaps or repetitions, however they are cut, and also while the list changes."""

from __future__ import annotations

from typing import Any

import pytest

from tests.answers import clean, codes
from tests.conftest import StartsGateway
from tests.running_gateway import RunningGateway

PREPARE = """mutation { prepareClaim(input: {type: "housing-benefit", municipality: "0054000",
    applicant: {personCode: "39100000055"}}) { claim { id } problems { code } } }"""
PAGE = "query($n: Int, $after: String) { claims(first: $n, after: $after) { %s edges { node { id } } pageInfo { hasNextPage endCursor } } }"


def walk(running: RunningGateway, persona: str, size: int, counted: str) -> list[str]:
    found: list[str] = []
    after = None
    while True:
        page: dict[str, Any] = clean(running.post(PAGE % counted, {"n": size, "after": after}, persona=persona)[1])[
            "claims"
        ]
        found += [edge["node"]["id"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def test_pages_of_every_size_come_to_the_same_list_counted_or_not(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    for _ in range(7):
        clean(running.post(PREPARE, persona="peteris")[1])
    for persona in ("peteris", "officer-valmiera", "ngo-support", "clerk-valmiera"):
        whole = walk(running, persona, 100, "totalCount")
        assert whole
        for size in (1, 2, 3, 100):
            assert walk(running, persona, size, "") == whole
            assert walk(running, persona, size, "totalCount") == whole
    query = PAGE % "totalCount"
    assert clean(running.post(query, {"n": 0}, persona="peteris")[1])["claims"]["totalCount"] == len(
        walk(running, "peteris", 100, "")
    )


def test_a_cursor_outlives_its_claim(fresh_gateway: StartsGateway) -> None:
    running = fresh_gateway()
    query = PAGE % "" % ()
    first = clean(running.post(query, {"n": 1}, persona="officer-valmiera")[1])["claims"]
    rest = clean(running.post(query, {"n": 9, "after": first["pageInfo"]["endCursor"]}, persona="officer-valmiera")[1])
    drafts = "query($after: String) { claims(filter: {statuses: [DRAFT]}, first: 1, after: $after) { edges { node { id } } pageInfo { endCursor } } }"
    page = clean(running.post(drafts, persona="peteris")[1])["claims"]
    claim = page["edges"][0]["node"]["id"]
    withdraw = "mutation($id: ID!) { withdrawClaim(input: {id: $id}) { problems { code } } }"
    clean(running.post(withdraw, {"id": claim}, persona="peteris")[1])
    following = clean(running.post(drafts, {"after": page["pageInfo"]["endCursor"]}, persona="peteris")[1])["claims"]
    assert [edge["node"]["id"] for edge in following["edges"]] != [claim]
    assert first["edges"][0] not in rest["claims"]["edges"]


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "Y2xvc2VkIA", "!!", "MTIz" * 50])
def test_a_cursor_that_no_list_gave_is_refused(gateway: RunningGateway, cursor: str) -> None:
    for persona in ("peteris", "officer-valmiera"):
        status, body = gateway.post(PAGE % "", {"after": cursor}, persona=persona)
        assert (status, codes(body)) == (200, {"VARIABLES"})
