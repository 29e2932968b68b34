"""Records that differ in nothing but claim and people stand in one row, by however many ways a claim was reached."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.store.tables.access import access_records
from policies.kit.policy_set import PolicySet
from tests.audit.in_process import Town, open_town

ONCE = "{ one: claims(first: 50) { edges { node { id status } } } }"
TWICE = """{ one: claims(first: 50) { edges { node { id status } } }
    other: claims(first: 50) { edges { node { id type { code } } } } }"""


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    with open_town(tmp_path, PolicySet.load()) as opened:
        yield opened


def _recorded(town: Town, query: str) -> list[list[str]]:
    """Claims by row of what one request left in the log."""
    last = select(access_records.c.request_id).order_by(access_records.c.place.desc()).limit(1).scalar_subquery()
    answer = town.ask("officer-valmiera", query)
    assert "errors" not in answer
    assert len(answer["data"]["one"]["edges"]) > 1
    rows = town.store.read_sync(
        lambda c: c.execute(select(access_records.c.records).where(access_records.c.request_id == last)).all()
    )
    return [[claim for claim, *_ in records] for (records,) in rows]


def test_claims_that_an_operation_reaches_twice_stand_in_no_more_rows_and_once_each(town: Town) -> None:
    once, twice = _recorded(town, ONCE), _recorded(town, TWICE)
    claims = [claim for row in once for claim in row]
    assert len(twice) == len(once) < len(claims) == len(set(claims))
    assert sorted(claim for row in twice for claim in row) == sorted(claims)
