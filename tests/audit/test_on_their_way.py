"""Records that are on their way while something changes: each ends in the log of the person it is about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from gateway.audit.record import Said, row_of
from gateway.audit.view import AccessEntry, entries_of
from gateway.desk.door import OpenedDoor
from gateway.desk.log import RequestLog
from gateway.identity.party import Party
from gateway.plan.judgement import Judgement
from gateway.store.log_rows import COLUMNS, LogRows
from gateway.store.store import Store
from gateway.store.subjects import person_subject, record_codes
from policies.kit.policy_set import PolicySet
from schema.graph.person import Person
from schema.ports import FieldError, Purpose
from schema.terms import AccessOutcome, Capacity, ErrorCode, PersonCode, SubjectRole
from tests.store.rows import ALIKE

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
OLD, NEW = PersonCode("39100000011"), PersonCode("39100000022")
A, B = PersonCode("39100000033"), PersonCode("39100000044")
OFFICER = Party(Capacity.OWNER_OFFICER, "s-officer", PersonCode("39200000101"), organisation="social-0054000")
HOUSEHOLD: Any = SimpleNamespace(id=1, objects={})
INCOME: Any = SimpleNamespace(id=2, objects={})
PURPOSE = Purpose(None, None, None, withholds=False)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield store
    store.close()


def log_of(store: Store, subject: str) -> tuple[AccessEntry, ...]:
    return store.write_sync(lambda c: entries_of(c, subject, 50, None, NOW + timedelta(days=1))).entries


async def test_a_record_made_before_two_subjects_turned_out_to_be_one_person_is_in_that_persons_log(
    store: Store,
) -> None:
    first = store.write_sync(lambda c: person_subject(c, OLD, NOW))
    second = store.write_sync(lambda c: person_subject(c, NEW, NOW))
    said = Said.of({"givenName": "Person.givenName"}, ())
    alike = replace(ALIKE, at=NOW, outcome=AccessOutcome.PERMITTED, role=SubjectRole.APPLICANT, said=said)
    rows = LogRows([row_of(alike, [("c-1", (second,)), ("c-2", (first, second))])], 2, 3)
    kept = store.write_sync(lambda c: record_codes(c, NEW, [OLD], NOW))
    await store.append(rows)
    assert sorted((entry.claim, entry.paths) for entry in log_of(store, kept)) == [
        ("c-1", ("givenName",)),
        ("c-2", ("givenName",)),
    ]
    assert log_of(store, first if kept == second else second) == ()


def _door() -> tuple[RequestLog, OpenedDoor]:
    judgement = Judgement(
        permitted_fields={
            "household": "Person.household",
            "household.person.givenName": "Person.givenName",
            "household.person.income(months<=3)": "Person.income",
        },
        names={1: "household", 2: "household.person.income(months<=3)"},
    )
    log = RequestLog(OFFICER, PolicySet.load(), "r")
    claim: Any = SimpleNamespace(id="c-1", applicant="s-applicant", type=None)
    door = OpenedDoor(judgement, log.of_claim(claim, judgement))
    door.disclosed(HOUSEHOLD, [A, B])
    return log, door


def told(log: RequestLog, one: dict[str, str] | None = None) -> list[tuple[str, str, str]]:
    """Outcome, paths, and claims with subjects of every row."""
    known = {A.digits: "s-a", B.digits: "s-b"}
    rows = log.told(NOW, "An officer", ["revenue"], known, one or {}).rows.rows
    by_name = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
    return [(row["outcome"], row["paths"], row["records"]) for row in by_name]


def test_what_failed_for_one_member_is_recorded_of_the_other_to_whom_it_did_not() -> None:
    log, door = _door()
    failed = FieldError(ErrorCode.REGISTER_UNAVAILABLE, "No answer.", register="revenue")
    door.not_given(INCOME, failed, Person(code=B, purpose=PURPOSE))
    released = ["household", "household.person.givenName"]
    income = "household.person.income(months<=3)"
    assert told(log) == [
        ("PERMITTED", _listed([*released, income]), '[["c-1",["s-a"]]]'),
        ("PERMITTED", _listed(released), '[["c-1",["s-b"]]]'),
        ("FAILED", _listed([income]), '[["c-1",["s-applicant"]]]'),
    ]


def test_an_applicant_who_turned_out_to_be_somebody_known_is_recorded_as_that_one() -> None:
    log, door = _door()
    failed = FieldError(ErrorCode.REGISTER_UNAVAILABLE, "No answer.", register="revenue")
    door.not_given(INCOME, failed, Person(code=B, purpose=PURPOSE))
    lines = told(log, {"s-applicant": "s-a"})
    assert [(outcome, about) for outcome, _, about in lines] == [
        ("PERMITTED", '[["c-1",["s-b"]]]'),
        ("FAILED", '[["c-1",["s-a"]]]'),
    ]


def _listed(paths: list[str]) -> str:
    return "[" + ",".join(f'"{path}"' for path in paths) + "]"
