"""A list tells of its claims by itself, without a field of them: by its filter, cursors, length. That is on record."""

from __future__ import annotations

import json

import pytest

from tests.audit.in_process import Town

BY_STATUS = "filter: {statuses: [DRAFT, IN_REVIEW]}"
TOLD: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("ilze", "{ claims { totalCount } }", {"demo-3": "id"}),
    ("ilze", "{ claims(first: 0) { totalCount } }", {"demo-3": "id"}),
    ("ilze", "{ claims(first: 0) { pageInfo { hasNextPage } } }", {"demo-3": "id"}),
    ("ilze", "{ claims { edges { cursor } } }", {"demo-3": "createdAt id"}),
    ("ilze", "{ claims { pageInfo { endCursor } } }", {"demo-3": "createdAt id"}),
    ("ilze", "{ claims { edges { node { __typename } } } }", {"demo-3": "id"}),
    ("ilze", "{ claims(filter: {statuses: [DRAFT]}) { totalCount } }", {"demo-3": "id status"}),
    ("ilze", '{ claims(filter: {types: ["annual-income-declaration"]}) { totalCount } }', {"demo-3": "id type"}),
    ("ilze", "{ claims(filter: {statuses: [DRAFT]}) { edges { node { status } } } }", {"demo-3": "status"}),
    ("ilze", "{ claims { totalCount edges { cursor node { status } } } }", {"demo-3": "status"}),
    (
        "director",
        "{ claims(first: 1) { edges { node { status } } pageInfo { hasNextPage } } }",
        {"demo-8": "status", "demo-15": "id"},
    ),
    (
        "director",
        "{ claims(first: 1) { totalCount edges { node { status } } } }",
        {"demo-8": "status", "demo-15": "id"},
    ),
    ("ilze", "{ claims(filter: {statuses: [REFUSED]}) { totalCount edges { cursor } } }", {}),
    ("ilze", "{ claims { __typename } }", {}),
    ("anna", "{ claims { totalCount edges { cursor } } }", {}),
    (
        "officer-valmiera",
        "{ claims(first: 1, %s) { edges { cursor } } }" % BY_STATUS,
        {"demo-1": "createdAt id status"},
    ),
    (
        "officer-valmiera",
        "{ claims(first: 1, %s) { edges { node { id } } pageInfo { hasNextPage } } }" % BY_STATUS,
        {"demo-1": "id"},
    ),
    ("ngo-support", "{ claims(filter: {statuses: [GRANTED]}) { totalCount } }", {"demo-4": "id status"}),
    (
        "ngo-support",
        "{ claims(first: 0) { pageInfo { hasNextPage } } }",
        {"demo-1": "id"},
    ),
)


def recorded(town: Town, persona: str, query: str) -> dict[str, str]:
    """Paths that were recorded as read, by claim."""
    last = "SELECT coalesce(max(place), 0) FROM access_records"
    rows = "SELECT outcome, paths, records FROM access_records WHERE place > ?"
    before = town.store.read_sync(lambda c: c.exec_driver_sql(last).scalar_one())
    assert "errors" not in town.ask(persona, query)
    found: dict[str, set[str]] = {}
    for outcome, paths, records in town.store.read_sync(lambda c: c.exec_driver_sql(rows, (before,)).all()):
        assert outcome == "PERMITTED"
        for claim, _ in json.loads(records):
            found.setdefault(claim, set()).update(json.loads(paths))
    return {claim: " ".join(sorted(paths)) for claim, paths in found.items()}


@pytest.mark.parametrize(("persona", "query", "told"), TOLD)
def test_what_a_list_tells_is_on_record(town: Town, persona: str, query: str, told: dict[str, str]) -> None:
    assert recorded(town, persona, query) == told


def test_of_many_that_are_counted_those_alone_that_are_shown_are_on_record(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "{ claims(first: 1) { totalCount edges { cursor } } }"
    assert len(recorded(town, "officer-valmiera", query)) == 4
    with_node = "{ claims(first: 1) { totalCount edges { node { status } } } }"
    assert sorted(recorded(town, "officer-valmiera", with_node).values()) == ["id", "id", "id", "status"]
    monkeypatch.setattr("gateway.desk.listed.FEW", 3)
    assert len(recorded(town, "officer-valmiera", query)) == 1
    assert recorded(town, "officer-valmiera", with_node) == {"demo-2": "status"}
    # How many an applicant has is news of that applicant.
    monkeypatch.setattr("gateway.desk.listed.FEW", 1)
    assert len(recorded(town, "director", query)) == 2
