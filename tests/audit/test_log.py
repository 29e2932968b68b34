"""The citizen's log: newest first, truthful about failures, silent about what is not disclosed."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select

from gateway.audit.record import AccessRecord, AccessSubject, RecordPlace, append
from gateway.audit.view import AccessEntry, BadCursor, Page, entries_of
from gateway.audit.who import who_of
from gateway.identity.party import Party
from gateway.store import filing_turns
from gateway.store.store import Store
from gateway.store.subjects import person_subject, record_codes
from gateway.store.tables.access import access_filings
from gateway.store.tables.organisations import service_owners
from schema.cursors import cursor_of
from schema.terms import (
    AccessOutcome,
    Capacity,
    ClaimAction,
    ClaimTypeCode,
    GovernmentLevel,
    PersonCode,
    SubjectRole,
)

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
ANNA = PersonCode("39100000011")
JANIS = PersonCode("39100000022")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield store
    store.close()


@pytest.fixture
def anna(store: Store) -> str:
    return store.write_sync(lambda c: person_subject(c, ANNA, NOW))


@pytest.fixture
def janis(store: Store) -> str:
    return store.write_sync(lambda c: person_subject(c, JANIS, NOW))


def record(
    *subjects: AccessSubject,
    seconds: float = 0.0,
    coordinates: tuple[str, ...] = ("Person.givenName", "Person.income"),
    outcome: AccessOutcome = AccessOutcome.PERMITTED,
    amends: RecordPlace | None = None,
) -> AccessRecord:
    return AccessRecord(
        at=NOW + timedelta(seconds=seconds),
        request_id="r-1",
        capacity=Capacity.THIRD_PARTY_WORKER,
        organisation="tp-support",
        by_subject="s-worker",
        who='Biedrība "Atbalsts mājās"',
        claim="demo-1",
        claim_type=ClaimTypeCode("housing-benefit"),
        action=ClaimAction.READ_EVIDENCE,
        outcome=outcome,
        coordinates=coordinates,
        paths=tuple(c.removeprefix("Person.") for c in coordinates),
        rules=("third-party-reads-assigned-claim",),
        policy_version="0123456789abcdef",
        subjects=subjects,
        amends=amends,
    )


def applicant(subject: str, disclosed_at: datetime | None = None) -> AccessSubject:
    return AccessSubject(subject, SubjectRole.APPLICANT, disclosed_at)


def entries(store: Store, subject: str, first: int = 50, now: datetime = NOW + timedelta(hours=1)) -> list[AccessEntry]:
    return list(store.write_sync(lambda c: entries_of(c, subject, first, None, now)).entries)


def test_an_entry_says_who_looked_at_what_and_under_which_rule(store: Store, anna: str) -> None:
    store.write_sync(lambda c: append(c, [record(applicant(anna))]))
    (entry,) = entries(store, anna)
    assert entry.who == 'Biedrība "Atbalsts mājās"'
    assert entry.coordinates == ("Person.givenName", "Person.income")
    assert entry.paths == ("givenName", "income")
    assert (entry.role, entry.outcome, entry.at) == (SubjectRole.APPLICANT, AccessOutcome.PERMITTED, NOW)
    assert entry.claim_type == ClaimTypeCode("housing-benefit")
    assert entry.disclosed_at == NOW


def test_a_record_is_in_the_log_of_its_subjects_alone(store: Store, anna: str, janis: str) -> None:
    members = record(AccessSubject(anna, SubjectRole.CO_SUBJECT), AccessSubject(janis, SubjectRole.CO_SUBJECT))
    refused = record(applicant(anna), seconds=1, outcome=AccessOutcome.DENIED)
    store.write_sync(lambda c: append(c, [members, refused, record(seconds=2)]))
    told = entries(store, anna)
    assert [e.outcome for e in told] == [AccessOutcome.DENIED, AccessOutcome.PERMITTED]
    assert [(e.id, e.role) for e in entries(store, janis)] == [(told[1].id, SubjectRole.CO_SUBJECT)]


def test_a_record_tells_all_its_subjects_the_same(store: Store, anna: str, janis: str) -> None:
    mixed = record(applicant(anna), AccessSubject(janis, SubjectRole.CO_SUBJECT))
    with pytest.raises(ValueError, match="several roles"):
        store.write_sync(lambda c: append(c, [mixed]))
    assert entries(store, anna) == []


def test_pages_join_without_gap_or_repetition_while_new_entries_arrive(store: Store, anna: str) -> None:
    old = [record(applicant(anna), seconds=n // 3, coordinates=(f"Person.field{n}",)) for n in range(25)]
    store.write_sync(lambda c: append(c, old))
    listed = entries(store, anna)
    assert [e.coordinates for e in listed] == [r.coordinates for r in reversed(old)]
    expected = [e.id for e in listed]
    assert expected == sorted(set(expected), reverse=True)
    seen: list[str] = []
    after: str | None = None
    for turn in range(100):
        page = store.write_sync(lambda c, after=after: entries_of(c, anna, 4, after, NOW + timedelta(hours=1)))  # type: ignore[misc]  # lambda default
        seen += [e.id for e in page.entries]
        store.write_sync(lambda c, n=turn: append(c, [record(applicant(anna), seconds=100 + n)]))  # type: ignore[misc]  # lambda default
        if not page.has_next:
            break
        after = page.entries[-1].cursor
    assert seen == expected


def test_what_is_not_disclosed_yet_shows_nowhere(store: Store, anna: str) -> None:
    later = NOW + timedelta(days=1)
    store.write_sync(
        lambda c: append(c, [record(applicant(anna, later), seconds=n) for n in range(5)] + [record(applicant(anna))])
    )
    page = store.write_sync(lambda c: entries_of(c, anna, 1, None, NOW + timedelta(hours=1)))
    assert (len(page.entries), page.has_next) == (1, False)
    assert len(entries(store, anna, now=later)) == 6
    assert {e.disclosed_at for e in entries(store, anna, now=later)} == {later, NOW}


def test_what_a_register_failed_to_give_is_taken_out_of_the_entry(store: Store, anna: str, janis: str) -> None:
    def job(c: Connection) -> None:
        (given,) = append(c, [record(applicant(anna))])
        append(c, [record(AccessSubject(janis, SubjectRole.CO_SUBJECT))])
        coordinates = ("Person.income",)
        append(c, [record(applicant(anna), coordinates=coordinates, outcome=AccessOutcome.FAILED, amends=given)])

    store.write_sync(job)
    assert [(e.outcome, e.coordinates) for e in entries(store, anna)] == [
        (AccessOutcome.FAILED, ("Person.income",)),
        (AccessOutcome.PERMITTED, ("Person.givenName",)),
    ]
    assert [e.coordinates for e in entries(store, janis)] == [("Person.givenName", "Person.income")]


def test_an_entry_of_which_nothing_was_released_disappears_and_pages_stay_full(store: Store, anna: str) -> None:
    def job(c: Connection) -> None:
        given = append(c, [record(applicant(anna), seconds=n) for n in range(10)])
        for n in range(1, 10, 2):
            append(c, [record(applicant(anna), seconds=10, outcome=AccessOutcome.FAILED, amends=given[n])])

    def page(after: str | None) -> Page:
        return store.write_sync(lambda c: entries_of(c, anna, 5, after, NOW + timedelta(hours=1)))

    store.write_sync(job)
    failures = page(None)
    assert [e.outcome for e in failures.entries] == [AccessOutcome.FAILED] * 5
    released = page(failures.entries[-1].cursor)
    assert [(e.at - NOW).total_seconds() for e in released.entries] == [8, 6, 4, 2, 0]
    assert (failures.has_next, released.has_next) == (True, False)


def test_an_empty_page_says_whether_more_follows(store: Store, anna: str) -> None:
    store.write_sync(lambda c: append(c, [record(applicant(anna))]))
    page = store.write_sync(lambda c: entries_of(c, anna, 0, None, NOW))
    assert (page.entries, page.has_next) == ((), True)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "é",
        "AAAA",
        "9" * 400,
        base64.urlsafe_b64encode(b"1.0").decode().rstrip("="),
        cursor_of("accessRecords", "1.0"),
        *(cursor_of("accessLog", key) for key in ("1", "1.0.0", "a.b", f"{'9' * 30}.0", f"{'9' * 30}.x")),
    ],
)
def test_a_made_up_cursor_is_a_named_error(store: Store, anna: str, cursor: str) -> None:
    with pytest.raises(BadCursor):
        store.write_sync(lambda c: entries_of(c, anna, 5, cursor, NOW))


def test_records_are_kept_all_or_none(store: Store, anna: str) -> None:
    def job(c: Connection) -> None:
        append(c, [record(applicant(anna)), record(applicant(anna))])
        raise LookupError("what came after")

    with pytest.raises(LookupError):
        store.write_sync(job)
    assert entries(store, anna) == []


def test_what_is_filed_at_different_times_is_one_log(store: Store, anna: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filing_turns, "MOST_WAITING", 40)
    for n in range(100):
        others = [record(applicant(f"s-{n}-{k}"), seconds=n) for k in range(n % 3)]
        store.write_sync(lambda c, n=n, others=others: append(c, [record(applicant(anna), seconds=n), *others]))  # type: ignore[misc]  # lambda defaults
    counted = select(func.count()).select_from(access_filings)
    filings = store.read_sync(lambda c: c.execute(counted).scalar_one())
    assert 20 <= filings <= 100
    assert [(e.at - NOW).total_seconds() for e in entries(store, anna, first=200)] == list(range(99, -1, -1))
    seen: list[float] = []
    after: str | None = None
    while True:
        page = store.write_sync(lambda c, after=after: entries_of(c, anna, 7, after, NOW + timedelta(hours=1)))  # type: ignore[misc]  # lambda default
        seen += [(e.at - NOW).total_seconds() for e in page.entries]
        if not page.has_next:
            break
        after = page.entries[-1].cursor
    assert seen == list(range(99, -1, -1))


def test_people_who_turn_out_to_be_one_have_one_log(store: Store, anna: str, janis: str) -> None:
    def job(c: Connection) -> None:
        (given,) = append(c, [record(applicant(anna))])
        append(c, [record(applicant(janis), seconds=1, coordinates=("Person.givenName",))])
        append(c, [record(applicant(anna), coordinates=("Person.income",), outcome=AccessOutcome.FAILED, amends=given)])
        both = (AccessSubject(anna, SubjectRole.CO_SUBJECT), AccessSubject(janis, SubjectRole.CO_SUBJECT))
        append(c, [record(*both, seconds=2)])

    store.write_sync(job)
    kept = store.write_sync(lambda c: record_codes(c, JANIS, [ANNA], NOW))
    assert [(e.outcome, e.role, e.coordinates) for e in entries(store, kept)] == [
        (AccessOutcome.PERMITTED, SubjectRole.CO_SUBJECT, ("Person.givenName", "Person.income")),
        (AccessOutcome.FAILED, SubjectRole.APPLICANT, ("Person.income",)),
        (AccessOutcome.PERMITTED, SubjectRole.APPLICANT, ("Person.givenName",)),
        (AccessOutcome.PERMITTED, SubjectRole.APPLICANT, ("Person.givenName",)),
    ]


def test_who_is_named_by_organisation_or_capacity_and_never_by_name(store: Store, anna: str) -> None:
    row = {"id": "vid", "name": "Valsts ieņēmumu dienests", "level": GovernmentLevel.NATIONAL}
    store.write_sync(lambda c: c.execute(insert(service_owners), row).close())
    officer = Party(Capacity.OWNER_OFFICER, anna, ANNA, "Anna Bērziņa", organisation="vid")
    unknown = Party(Capacity.THIRD_PARTY_WORKER, anna, ANNA, "Anna Bērziņa", organisation="tp-nobody")
    citizen = Party(Capacity.CITIZEN, anna, ANNA, "Anna Bērziņa")
    assert store.read_sync(lambda c: [who_of(c, p) for p in (officer, unknown, citizen)]) == [
        "Valsts ieņēmumu dienests",
        "A third party",
        "The person themselves",
    ]
