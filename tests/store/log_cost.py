"""What the access log costs: processor time of all threads, by layout, with filing, checkpoints and syncs in it.

``python -m tests.store.log_cost [requests]`` prints microseconds a request for one claim, and for a list of 500 claims
whose applicants' households, 668 people, are told too. Beside the log as it is stand two layouts that were rejected, with
the same records in them, as SQLite alone writes them. The second half of the requests counts: a log that has grown.
"""

from __future__ import annotations

import asyncio
import gc
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop
from sqlalchemy import Connection

from gateway.claims.snapshot import ClaimSnapshot
from gateway.desk.log import RequestLog
from gateway.identity.party import Party
from gateway.plan.judgement import Judgement
from gateway.store.filing import append_rows
from gateway.store.store import Store
from gateway.store.subjects import person_subjects
from gateway.store.tables.columns import to_microseconds
from policies.kit.policy_set import PolicySet
from schema.terms import (
    ApplicantKind,
    AtvkCode,
    Capacity,
    Channel,
    ClaimAction,
    ClaimStatus,
    ClaimTypeCode,
    PersonCode,
)

_CLAIMS, _MEMBERS = 500, 668
_NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
_OFFICER = Party(Capacity.OWNER_OFFICER, "s-officer", PersonCode("39200000101"), organisation="social-0054000")
_TYPE, _PLACE = ClaimTypeCode("housing-benefit"), AtvkCode("0054000")
_ASKED = {f"household.field{number}": f"HouseholdMember.field{number}" for number in range(8)}
_COMMON = (
    "r",
    "OWNER_OFFICER",
    "social-0054000",
    "s-officer",
    "Social service",
    "housing-benefit",
    "READ",
    "PERMITTED",
)
_SAID = (*(str(part) for part in (list(_ASKED.values()), list(_ASKED), ["officer"])), "0123456789abcdef", "Law", "[]")
_ROW = "at INTEGER, request, capacity, organisation, by_subject, who, type, action, outcome, coordinates, paths, rules, policy, basis, registers"  # fmt: skip
_MARKS = ",".join("?" * 15)

Told = list[tuple[str, list[str]]]
"""Claims, and who is told of the record of each."""


def _subject(number: int) -> str:
    return f"s-{number * 0x9E3779B97F4A7C15 % 2**96:024x}"


def _applicants(count: int) -> Told:
    return [(f"claim-{number}", [_subject(number)]) for number in range(count)]


def _members(count: int) -> Told:
    """Two thirds of households are of one more, one third of three."""
    people = iter(range(count))
    return [
        (f"claim-{claim}", [_subject(1000 + one) for _, one in zip(range(1 if claim % 3 else 3), people, strict=False)])
        for claim in range(int(count / 1.67))
    ]


class _RowForEach:
    """A row a record with an index of time, claim and amendments each, and a row a subject with one of its own."""

    tables = (
        f"CREATE TABLE records (id TEXT PRIMARY KEY, {_ROW}, claim, amends)",
        *(f"CREATE INDEX by_{column} ON records ({column})" for column in ("at", "claim", "amends")),
        "CREATE TABLE subjects (record, subject, role, at INTEGER, disclosed INTEGER, PRIMARY KEY (record, subject))",
        "CREATE INDEX by_subject ON subjects (subject, at, record)",
    )

    def write(self, connection: sqlite3.Connection, at: int, told: Told) -> None:
        records = [(f"{at:014x}{number:016x}", at, *_COMMON, *_SAID, claim) for number, (claim, _) in enumerate(told)]
        connection.executemany(f"INSERT INTO records VALUES (?,{_MARKS},?,NULL)", records)
        rows = [(one[0], subject, at, at) for one, (_, people) in zip(records, told, strict=True) for subject in people]
        connection.executemany("INSERT INTO subjects VALUES (?,?,'APPLICANT',?,?)", rows)


class _RowForAll:
    """A row for what records have in common, and a narrow row a subject, clustered as a subject's log is read."""

    tables = (
        f"CREATE TABLE records (place INTEGER PRIMARY KEY, {_ROW})",
        "CREATE TABLE subjects (subject, place INTEGER, number INTEGER, claim, PRIMARY KEY (subject, place, number))"
        " WITHOUT ROWID",
    )

    def write(self, connection: sqlite3.Connection, at: int, told: Told) -> None:
        place = connection.execute(f"INSERT INTO records VALUES (NULL,{_MARKS})", (at, *_COMMON, *_SAID)).lastrowid
        rows = [(one, place, number, claim) for number, (claim, people) in enumerate(told) for one in people]
        connection.executemany("INSERT INTO subjects VALUES (?,?,?,?)", rows)


@contextmanager
def _second_half(requests: int) -> Iterator[Callable[[int], None]]:
    """Prints the processor time of each request of the second half; what is yielded is called before each."""
    started = 0.0

    def before(number: int) -> None:
        nonlocal started
        if number == requests // 2:
            started = time.process_time()

    yield before
    sys.stdout.write(f"{(time.process_time() - started) / (requests - requests // 2) * 1e6:12.0f}\n")


def _rejected(layout: _RowForEach | _RowForAll, folder: Path, parts: tuple[Told, ...], requests: int) -> None:
    connection = sqlite3.connect(folder / f"{type(layout).__name__}{len(parts)}", isolation_level=None)
    for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", *layout.tables):
        connection.execute(statement)
    with _second_half(requests) as before:
        for number in range(requests):
            before(number)
            for part, told in enumerate(parts):
                connection.execute("BEGIN IMMEDIATE")
                layout.write(connection, to_microseconds(_NOW) + 2 * number + part, told)
                connection.execute("COMMIT")
    connection.close()


async def _as_it_is(folder: Path, claims: int, members: int, requests: int) -> None:
    store, policies = Store.open(f"sqlite:///{folder / f'store{claims}'}"), PolicySet.load()
    judgement = Judgement(permitted_fields=_ASKED, rules={"officer"}, action=ClaimAction.READ_EVIDENCE)
    snapshots = [_snapshot(claim, people[0]) for claim, people in _applicants(claims)]
    households = [
        [PersonCode(f"39{int(one[-12:], 16) % 10**9:09}") for one in people] for _, people in _members(members)
    ]
    with _second_half(requests) as before:
        for number in range(requests):
            before(number)
            log = RequestLog(_OFFICER, policies, f"r-{number}")
            drafts = [log.of_claim(snapshot, judgement) for snapshot in snapshots]
            lines = log.decided(_NOW, "Valmiera")
            lines.written(await store.append(lines.rows))
            for draft, household in zip(drafts, households, strict=False):
                draft.others = dict.fromkeys(household, _ASKED)
            if households:
                await store.write(partial(_tell, log))
    store.close()


def _tell(log: RequestLog, connection: Connection) -> None:
    subjects = person_subjects(connection, log.codes, _NOW)
    append_rows(connection, log.told(_NOW, "Valmiera", {"natural_persons"}, subjects, {}).rows)


def _snapshot(claim: str, applicant: str) -> ClaimSnapshot:
    return ClaimSnapshot(
        id=claim,
        type=_TYPE,
        applicant_kind=ApplicantKind.PERSON,
        applicant=applicant,
        applicant_code=PersonCode("39100000011"),
        owner="social-0054000",
        municipality=_PLACE,
        channel=Channel.ONLINE,
        centre=None,
        status=ClaimStatus.IN_REVIEW,
        answers_version=1,
        created_microseconds=to_microseconds(_NOW),
        submitted_microseconds=to_microseconds(_NOW),
        owner_reference=None,
        presence=None,
        assigned_to=(),
        restricted=False,
    )


def main(requests: int) -> None:
    """Print the table."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    sys.stdout.write(f"{'layout':24}{'claims':>8}{'us a request':>16}\n")
    with TemporaryDirectory() as name:
        for claims, members, count in ((1, 0, 20 * requests), (_CLAIMS, _MEMBERS, requests)):
            parts = (_applicants(claims), _members(members)) if members else (_applicants(claims),)
            for layout in (_RowForEach(), _RowForAll()):
                sys.stdout.write(f"{type(layout).__name__[1:]:24}{claims:8}    ")
                _rejected(layout, Path(name), parts, count)
            sys.stdout.write(f"{'as it is':24}{claims:8}    ")
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_as_it_is(Path(name), claims, members, count))


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 100)
