"""Uses that the national portal counts and pages through are the entries of the log, and no more."""

from __future__ import annotations

import random
import time
import tracemalloc
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from gateway.audit.record import AccessRecord, AccessSubject, append
from gateway.audit.usage import READING, Reading, Uses, Window, record_reading, uses_of
from gateway.audit.view import AccessEntry, entries_of
from gateway.store.filing import file_records
from gateway.store.store import Store
from gateway.store.subjects import person_subject
from gateway.store.tables.columns import to_microseconds
from schema.terms import AccessOutcome, Capacity, SubjectRole
from tests.audit.logs import NOW, PEOPLE, Written, records

LATER = NOW + timedelta(days=1)
EVERYTHING = Window(None, None, 0, 1_000)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield opened
    opened.close()


def read(store: Store, subject: str, window: Window = EVERYTHING, now: datetime = LATER) -> Uses:
    return store.read_sync(lambda connection: uses_of(connection, subject, window, now))


def listed(store: Store, subject: str, now: datetime = LATER) -> list[AccessEntry]:
    """What the person's own log has, without the portal's readings."""
    page = store.write_sync(lambda connection: entries_of(connection, subject, 1_000, None, now))
    return [each for each in page.entries if each.paths != READING or each.outcome is not AccessOutcome.PERMITTED]


def reading(at: datetime, subject: str, *, permitted: bool) -> Reading:
    return Reading(at, "r", Capacity.CITIZEN, "Somebody", "s-reader", subject, permitted, "a-rule", "0123456789abcdef")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Written]:
    """Records of all sorts, some disclosed later, some amended, filed at several times; a merge; readings."""
    log = Written(tmp_path_factory.mktemp("usage"))
    chance = random.Random(6)

    def write(connection: Connection, some: list[AccessRecord]) -> None:
        places = append(connection, some)
        for place, record in zip(places, some, strict=True):
            if record.outcome is AccessOutcome.PERMITTED and record.subjects and chance.random() < 0.3:
                whole = chance.random() < 0.5
                fields = {name: getattr(record, name) for name in AccessRecord.__dataclass_fields__}
                failed = {} if whole else {"coordinates": ("Person.income",), "paths": ("income(months<=3)",)}
                amending = {**fields, **failed, "outcome": AccessOutcome.FAILED, "amends": place}
                append(connection, [AccessRecord(**amending)])

    for seed in range(4):
        some = [
            AccessRecord(
                **{name: getattr(each, name) for name in AccessRecord.__dataclass_fields__ if name != "subjects"},
                subjects=tuple(AccessSubject(one.subject, one.role, hidden) for one in each.subjects),
            )
            for each in records(120, log.people, seed)
            for hidden in (chance.choice((None, None, NOW + timedelta(days=30))),)
        ]
        log.store.write_sync(lambda connection, some=some: write(connection, some))
        for person in log.people[:4]:
            at = NOW + timedelta(hours=seed)
            told = reading(at, person, permitted=chance.random() < 0.5)
            log.store.write_sync(lambda connection, told=told: record_reading(connection, told))
    log.merge()
    log.file()
    yield log
    log.close()


def test_uses_are_the_entries_of_the_log_in_every_window_and_page(log: Written) -> None:
    chance = random.Random(7)
    gone_or_hidden = 0
    for person in log.people:
        for now in (LATER, NOW + timedelta(days=31)):
            whole = listed(log.store, person, now)
            for _ in range(6):
                moments = sorted(NOW + timedelta(seconds=chance.randrange(-5, 125)) for _ in range(2))
                since, until = (chance.choice((None, each)) for each in moments)
                window = Window(since, until, chance.choice((0, 0, 3, 1_000)), chance.choice((0, 1, 7, 1_000)))
                expected = [e for e in whole if (since or e.at) <= e.at <= (until or e.at)]
                found = read(log.store, person, window, now)
                assert found.total == len(expected)
                page = expected[window.offset : window.offset + window.limit]
                # Records of one row have one moment, and stand in no order of their own.
                assert [each.at for each in found.entries] == [each.at for each in page]
                if (window.offset, window.limit) == (0, 1_000):
                    assert {each.id for each in found.entries} == {each.id for each in page}
            gone_or_hidden += len(whole)
    assert gone_or_hidden > 400


def test_pages_have_each_use_once(log: Written) -> None:
    person = max(log.people, key=lambda each: read(log.store, each).total)
    whole = read(log.store, person)
    pages = [read(log.store, person, Window(None, None, n, 7)) for n in range(0, whole.total + 7, 7)]
    assert {page.total for page in pages} == {whole.total}
    assert [each.id for page in pages for each in page.entries] == [each.id for each in whole.entries]


def test_a_row_of_many_claims_is_as_many_uses(store: Store) -> None:
    subject = store.write_sync(lambda c: person_subject(c, PEOPLE[0], NOW))
    (one,) = records(1, [subject], 1)
    store.write_sync(lambda c: append(c, [one, one, one]))
    store.write_sync(file_records)
    assert read(store, subject).total == len(listed(store, subject)) == len(read(store, subject).entries)


def test_a_refused_attempt_over_the_portal_is_a_use_and_a_reading_is_none(store: Store) -> None:
    subject = store.write_sync(lambda c: person_subject(c, PEOPLE[0], NOW))
    for number, permitted in enumerate((True, False, True)):
        told = reading(NOW + timedelta(seconds=number), subject, permitted=permitted)
        store.write_sync(lambda c, told=told: record_reading(c, told))
    (refused,) = read(store, subject).entries
    assert (refused.outcome, refused.paths, refused.role) == (AccessOutcome.DENIED, READING, SubjectRole.APPLICANT)


def test_a_hundred_thousand_uses_are_counted_outside_the_writer_in_little_time_and_memory(store: Store) -> None:
    count = 100_000

    subject = store.write_sync(lambda connection: person_subject(connection, PEOPLE[0], NOW))
    (pattern,) = records(1, [subject], 1)

    def write(connection: Connection, more: int) -> None:
        (last,) = append(connection, [pattern])
        # As the log's own statement writes them, a microsecond apart.
        connection.exec_driver_sql(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) "
            "INSERT INTO access_records SELECT place + i, token, place + i, request_id, capacity, organisation, "
            "by_subject, who, claim_type, action, outcome, role, disclosed_at, coordinates, paths, rules, "
            "policy_version, legal_basis, registers, amends, positions, records, search "
            "FROM access_records, n WHERE place = ?",
            (more, last[0]),
        )
        file_records(connection)

    for _ in range(25):
        store.write_sync(lambda connection: write(connection, count // 25 - 1))
    tracemalloc.start()
    started = time.process_time()
    first = read(store, subject)
    spent = time.process_time() - started
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (first.total, len(first.entries)) == (count, 1_000)
    last = read(store, subject, Window(None, None, count - 10, 1_000))
    assert (last.total, len(last.entries)) == (count, 10)
    assert to_microseconds(first.entries[0].at) - to_microseconds(last.entries[-1].at) >= count - 1
    # Tracing included; a walk through all entries takes seconds, and a hundred megabytes.
    assert spent < 3
    assert most < 10 * 2**20
