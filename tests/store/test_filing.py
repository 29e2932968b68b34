"""Records are filed in steps, between which others write: each is in its people's log once, whatever comes between."""

from __future__ import annotations

import asyncio
import gc
import re
import sqlite3
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path

import orjson
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection
from structlog.testing import capture_logs

from gateway.audit.record import append
from gateway.audit.search import Search, subject_looked_for
from gateway.audit.usage import Window, uses_of
from gateway.audit.verification import verify
from gateway.audit.view import entries_of
from gateway.store import filing, filing_turns
from gateway.store.filing import Filing, file_records, waiting
from gateway.store.prepared import driver
from gateway.store.store import Store
from gateway.store.subjects import record_codes
from tests.audit.logs import NOW, PEOPLE, SIGNER, Written, records
from tests.store import filing_cost
from tests.store.rows import log_rows

Standing = Counter[tuple[str, str, int, int]]
"""Subject, claim, place and number of each record in somebody's log."""
OF_NO_FILING = "FROM access_subjects WHERE up_to NOT IN (SELECT up_to FROM access_filings)"
LATER = NOW + timedelta(days=1)


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Written]:
    written = Written(tmp_path)
    yield written
    written.store.close()


def write(log: Written, count: int, seed: int = 1) -> None:
    log.store.write_sync(lambda connection: append(connection, records(count, log.people, seed)))


def step(log: Written, going_on: Filing) -> bool:
    ended: bool = log.store.write_sync(going_on.step)
    return ended


def begun(log: Written) -> Filing:
    """A filing of thirty records that has written something, and not all."""
    write(log, 30)
    going_on = Filing()
    while not of_no_filing(log.path):
        assert not step(log, going_on)
    return going_on


def filed(path: Path) -> Standing:
    """What people see, without a line of the gateway."""
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute(
            "SELECT subject, claim, places FROM access_subjects JOIN access_filings USING (up_to)"
        ).fetchall()
    found: Standing = Counter()
    for subject, claim, text in rows:
        places = orjson.loads(text)
        found.update((subject, claim, *each) for each in zip(places[::2], places[1::2], strict=True))
    return found


def recorded(path: Path, *, of_filed: bool) -> Standing:
    """What was recorded: all, or as far as it counts as filed."""
    with closing(sqlite3.connect(path)) as connection:
        [(last,)] = connection.execute("SELECT coalesce(max(up_to), 0) FROM access_filings")
        kept = dict(connection.execute("SELECT gone, kept FROM merged_subjects"))
        rows = connection.execute("SELECT place, records FROM access_records").fetchall()
    found: Standing = Counter()
    for place, text in rows:
        if place <= last or not of_filed:
            for number, (claim, about, *_) in enumerate(orjson.loads(text)):
                found.update({(kept.get(each, each), claim or "", place, number) for each in about})
    return found


def of_no_filing(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        [(rows,)] = connection.execute(f"SELECT count(*) {OF_NO_FILING}")
    return int(rows)


async def test_others_write_between_the_steps(log: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filing, "STEP_SECONDS", 0.0)
    monkeypatch.setattr(filing, "_SAME", 6)  # Twelve people are more than one step.
    seen: list[str] = []
    await log.store.write(lambda connection: driver(connection).set_trace_callback(seen.append))
    monkeypatch.setattr(filing_turns, "MOST_WAITING", 200)
    await log.store.write(lambda connection: append(connection, records(100, log.people)))
    while not any(line.startswith("INSERT INTO access_filings") for line in seen):
        await log.store.append(log_rows(1))
    kinds = [found[1] for line in seen if (found := re.search(r"INSERT (?:OR REPLACE )?INTO (access_\w+)", line))]
    during = kinds[kinds.index("access_subjects") : kinds.index("access_filings")]
    assert during.count("access_records") >= 3
    log.store.close()
    assert filed(log.path) == recorded(log.path, of_filed=True)


def test_a_filing_that_nobody_ended_counts_for_nobody_and_the_next_one_files_all(
    log: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filing, "STEP_SECONDS", 0.0)
    begun(log)
    assert filed(log.path) == Counter()
    write(log, 5, seed=2)
    log.file()
    assert of_no_filing(log.path)
    assert filed(log.path) == recorded(log.path, of_filed=False)
    log.checkpointer.sign()
    assert verify(log.path, SIGNER.verifier, log.outside.notes()).holds


def _read(connection: Connection, person: int, subject: str) -> object:
    """Of somebody's log what each of those who read it is given."""
    entries = entries_of(connection, subject, 200, None, LATER)
    return (
        entries,
        entries_of(connection, subject, 200, entries.entries[len(entries.entries) // 2].cursor, LATER),
        uses_of(connection, subject, Window(None, None, 0, 200), LATER),
        subject_looked_for(connection, Search(person=PEOPLE[person])),
    )


def test_whoever_reads_a_log_reads_nothing_of_a_filing_that_nobody_ended(
    log: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filing, "STEP_SECONDS", 0.0)
    begun(log)
    write(log, 5, seed=2)
    log.file()
    # Nobody's: that whoever reads a log gets it twice would show no difference where places are a set.
    made_up = "INSERT INTO access_subjects SELECT subject, 1, 'demo-1', '[1,0]' FROM person_codes"
    log.store.write_sync(lambda c: c.exec_driver_sql(made_up).close())

    def read() -> list[object]:
        return log.store.write_sync(lambda c: [_read(c, *each) for each in enumerate(log.people)])

    before, rows = read(), of_no_filing(log.path)
    log.store.write_sync(lambda c: c.exec_driver_sql(f"DELETE {OF_NO_FILING}").close())
    assert rows
    assert of_no_filing(log.path) == 0
    assert before == read()


@pytest.mark.parametrize("more", [0, 5])
def test_where_somebody_else_files_meanwhile_nothing_is_left_of_it(
    log: Written, monkeypatch: pytest.MonkeyPatch, more: int
) -> None:
    monkeypatch.setattr(filing, "STEP_SECONDS", 0.0)
    going_on = begun(log)
    if more:
        write(log, more, seed=2)
    log.file()
    while not step(log, going_on):
        pass
    assert of_no_filing(log.path) == 0
    assert filed(log.path) == recorded(log.path, of_filed=False)


def _unfiled(connection: Connection) -> int:
    [(rows,)] = driver(connection).execute(
        "SELECT count(*) FROM access_records WHERE place > (SELECT coalesce(max(up_to), 0) FROM access_filings)"
    )
    return int(rows)


async def test_who_reads_a_log_waits_until_much_is_filed_and_nobody_else_does(
    log: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filing, "STEP_SECONDS", 0.0)
    monkeypatch.setattr(filing_turns, "FEW_WAITING", 20)
    await log.store.write(lambda connection: append(connection, records(60, log.people)))
    order: list[str] = []

    def read(connection: Connection) -> int:
        order.append("read")
        return _unfiled(connection)

    reading = asyncio.ensure_future(log.store.write(read, once_filed=True))
    await log.store.write(lambda connection: order.append("write"))
    assert await reading == 0
    assert order == ["write", "read"]


async def test_where_little_waits_who_reads_a_log_does_not(log: Written) -> None:
    before = log.store.commits
    await log.store.write(file_records, once_filed=True)
    assert log.store.commits - before == 1


def test_what_an_earlier_process_left_is_counted(log: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    write(log, 60)
    log.store.close()
    monkeypatch.setattr(filing_turns, "MOST_WAITING", 30)
    again = Store.open(f"sqlite:///{log.path}")
    again.write_sync(lambda connection: None)
    again.close()  # Ends what was begun.
    assert filed(log.path) == recorded(log.path, of_filed=False) != Counter()


def test_the_costs_can_be_printed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(filing, "MOST_WAITING", 1_000)
    monkeypatch.setattr(filing_turns, "MOST_WAITING", 1_000)
    monkeypatch.setattr(gc, "freeze", lambda: None)
    monkeypatch.setattr(gc, "disable", lambda: None)
    filing_cost.main([50])
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == ["people", "50", "50"]


async def test_what_is_filed_and_undone_waits_as_before(log: Written) -> None:
    await log.store.write(lambda connection: append(connection, records(60, log.people)))
    before = await log.store.write(waiting)

    def undone(connection: Connection) -> None:
        file_records(connection)
        assert waiting(connection) == 0
        raise LookupError("a rehearsal")

    for others in ((), (lambda connection: None,)):  # alone, and in a transaction with somebody else's
        told = await asyncio.gather(*(log.store.write(each) for each in (undone, *others)), return_exceptions=True)
        assert isinstance(told[0], LookupError)
        assert await log.store.write(waiting) == before > 0


async def test_the_first_who_reads_a_log_after_a_start_does_not_file_all_at_once(
    log: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(log, 60)
    log.store.close()
    monkeypatch.setattr(filing, "STEP_SECONDS", 0.0)
    monkeypatch.setattr(filing_turns, "FEW_WAITING", 20)
    again = Store.open(f"sqlite:///{log.path}")
    try:
        assert await again.write(_unfiled, once_filed=True) == 0
    finally:
        again.close()


async def test_a_filing_that_fails_is_told_once_and_nobody_else_fails(
    log: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filing_turns, "MOST_WAITING", 1)
    broken = "UPDATE access_records SET records = 'nothing'"

    def write_broken(connection: Connection) -> None:
        append(connection, records(1, log.people))
        connection.exec_driver_sql(broken).close()

    with capture_logs() as logged:
        await log.store.write(write_broken)
        for _ in range(5):
            await log.store.append(log_rows(1))
    assert [each["event"] for each in logged] == ["store.filing_failed"]
    with pytest.raises(orjson.JSONDecodeError):
        await log.store.write(file_records, once_filed=True)
    assert await log.store.write(lambda connection: 1) == 1


PAIRS = [(PEOPLE[number], PEOPLE[number + 1]) for number in range(0, len(PEOPLE), 2)]
ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("write"), st.integers(1, 12)),
        st.tuples(st.sampled_from(["step 0", "step 1"]), st.integers(1, 15)),
        st.tuples(st.sampled_from(["begin 0", "begin 1", "file"]), st.just(0)),
        st.tuples(st.just("merge"), st.integers(0, len(PAIRS) - 1)),
    ),
    max_size=30,
)


SHARED = [("write", 6), ("step 1", 1), ("write", 1), ("step 0", 11), ("begin 0", 0), ("step 1", 60), ("file", 0)]
"""One begins after another and further, and dies; the other ends; the next is as far and about less."""
MARKED = [("write", 6), ("step 0", 9), ("begin 0", 0), ("step 0", 1), ("write", 2), ("file", 0), ("step 0", 60)]
"""One dies, another begins as far, and a third files further."""


@given(acts=ACTS)
@example(acts=SHARED)
@example(acts=MARKED)
@settings(max_examples=60, deadline=None)
def test_whatever_comes_between_each_record_is_in_its_peoples_logs_once(acts: list[tuple[str, int]]) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patched:
        patched.setattr(filing, "STEP_SECONDS", 0.0)
        patched.setattr(filing, "_SAME", 4)
        log = Written(Path(folder))
        try:
            _act(log, acts)
            log.file()
            assert filed(log.path) == recorded(log.path, of_filed=False)
            log.checkpointer.sign()
            assert verify(log.path, SIGNER.verifier, log.outside.notes()).holds
        finally:
            log.store.close()


def _act(log: Written, acts: list[tuple[str, int]]) -> None:
    filing_now = [Filing(), Filing()]  # Two, as of two processes.
    for seed, (act, count) in enumerate(acts):
        if act == "write":
            write(log, count, seed)
        elif act.startswith("begin"):
            filing_now[int(act[-1])] = Filing()  # As after a crash: what the one before has filed stays.
        elif act == "file":
            log.file()
        elif act == "merge":
            now, former = PAIRS[count]
            log.store.write_sync(partial(record_codes, current=now, former=[former], now=NOW))
        else:
            for _ in range(count):
                if step(log, filing_now[int(act[-1])]):
                    filing_now[int(act[-1])] = Filing()
                    break
        assert filed(log.path) == recorded(log.path, of_filed=True)
