"""The store: durable when a write returns, alone when a job fails, whole again after trouble."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, insert, select, text

from adapters.kit.aside import somebody_computes
from gateway.store.errors import StoreUnavailable, StoreUnusable
from gateway.store.filing import MOST_WAITING
from gateway.store.log_rows import LogRows
from gateway.store.migrate import MIGRATIONS, newest
from gateway.store.prepared import driver
from gateway.store.standing import standing
from gateway.store.store import Store
from gateway.store.tables import metadata
from gateway.store.tables.access import access_records
from gateway.store.tables.organisations import centre_baskets, third_party_claim_types
from tests.store.rows import add_subject, log_rows, subjects_in


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}")
    yield store
    store.close()


def test_the_newest_migration_is_the_one_that_alembic_ends_with() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_current_head() == newest()


def test_migrations_make_exactly_the_tables_that_the_code_names(store: Store) -> None:
    def differences(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    assert store.read_sync(differences) == []


def test_a_store_syncs_every_commit_and_enforces_foreign_keys(store: Store) -> None:
    pragmas = {
        name: store.write_sync(lambda c, name=name: c.exec_driver_sql(f"PRAGMA {name}").scalar())  # type: ignore[misc]  # lambda default
        for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
    }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 3000}


async def test_nobody_else_can_read_the_file_nor_its_side_files(store: Store) -> None:
    await store.write(lambda c: add_subject(c, "s-1"))
    for file in store.path.parent.glob("store.sqlite*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


_LOOKS_AND_DIES = """
import os, sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
connection.execute("PRAGMA user_version = 1")
os._exit(0)
"""


def test_side_files_that_others_could_read_are_closed_to_them_too(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite3"
    Store.open(f"sqlite:///{path}").close()
    path.chmod(0o644)  # As a copy comes back.
    subprocess.run([sys.executable, "-c", _LOOKS_AND_DIES, str(path)], check=True)
    files = sorted(tmp_path.iterdir())
    assert [each.name for each in files] == [f"store.sqlite3{side}" for side in ("", "-shm", "-wal")]
    store = Store.open(f"sqlite:///{path}")
    assert {stat.S_IMODE(each.stat().st_mode) for each in files} == {0o600}
    store.close()


async def test_a_job_that_raises_is_undone_alone(store: Store) -> None:
    def failing(connection: Connection) -> None:
        add_subject(connection, "s-bad")
        raise LookupError("mine")

    jobs: list[Any] = [store.write(lambda c, n=n: add_subject(c, f"s-{n}")) for n in range(5)]  # type: ignore[misc]  # lambda default
    jobs.insert(2, store.write(failing))
    outcomes = await asyncio.gather(*jobs, return_exceptions=True)
    assert [type(o) for o in outcomes if o is not None] == [LookupError]
    assert await store.read(subjects_in) == [f"s-{n}" for n in range(5)]


async def test_fifty_waiting_writes_share_one_sync(store: Store) -> None:
    started, go_on = threading.Event(), threading.Event()

    def holding(connection: Connection) -> None:
        started.set()
        go_on.wait(5)

    first = asyncio.ensure_future(store.write(holding))
    await asyncio.to_thread(started.wait, 5)
    others = [asyncio.ensure_future(store.write(lambda c, n=n: add_subject(c, f"s-{n:02}"))) for n in range(50)]  # type: ignore[misc]  # lambda default
    await asyncio.sleep(0)
    before = store.commits
    go_on.set()
    await asyncio.gather(first, *others)
    assert store.commits - before == 2
    assert len(await store.read(subjects_in)) == 50


async def test_a_cancelled_caller_breaks_nothing(store: Store) -> None:
    started, go_on = threading.Event(), threading.Event()

    def holding(connection: Connection) -> None:
        started.set()
        go_on.wait(5)
        add_subject(connection, "s-held")

    cancelled = asyncio.ensure_future(store.write(holding))
    await asyncio.to_thread(started.wait, 5)
    neighbour = asyncio.ensure_future(store.write(lambda c: add_subject(c, "s-next")))
    await asyncio.sleep(0)
    cancelled.cancel()
    go_on.set()
    await neighbour
    assert await store.read(subjects_in) == ["s-held", "s-next"]


async def test_a_full_disk_fails_all_and_the_store_recovers_without_a_restart(store: Store) -> None:
    await store.write(lambda c: add_subject(c, "s-1"))
    pages = await store.write(lambda c: c.exec_driver_sql("PRAGMA page_count").scalar())
    await store.write(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count={pages}").scalar())

    def filling(connection: Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE big (x TEXT)")
        connection.execute(text("INSERT INTO big VALUES (:x)"), {"x": "x" * 100_000})

    with pytest.raises(StoreUnavailable) as refused:
        await store.write(filling)
    assert refused.value.__cause__ is None
    # The connection with the limit was thrown away: a new one has room again.
    await store.write(lambda c: add_subject(c, "s-2"))
    assert await store.read(subjects_in) == ["s-1", "s-2"]


async def test_a_read_only_file_refuses_writes_and_still_reads(store: Store) -> None:
    await store.write(lambda c: add_subject(c, "s-1"))
    await store.write(lambda c: c.exec_driver_sql("PRAGMA query_only=ON").close())
    with pytest.raises(StoreUnavailable):
        await store.write(lambda c: add_subject(c, "s-2"))
    assert await store.read(subjects_in) == ["s-1"]


async def test_a_lock_held_by_another_process_is_unavailable_and_passes(store: Store) -> None:
    await store.write(lambda c: c.exec_driver_sql("PRAGMA busy_timeout=50").close())
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreUnavailable):
        await store.write(lambda c: add_subject(c, "s-1"))
    other.execute("ROLLBACK")
    other.close()
    await store.write(lambda c: add_subject(c, "s-1"))


async def test_a_wrong_reference_is_the_callers_error_and_names_no_value(store: Store) -> None:
    def orphan(connection: Connection) -> None:
        connection.execute(insert(centre_baskets), {"centre": "39100000011", "claim_type": "housing-benefit"})
        connection.execute(insert(third_party_claim_types), {"third_party": "39100000011", "claim_type": "x"})

    with pytest.raises(Exception, match="FOREIGN KEY") as refused:
        await store.write(orphan)
    assert "39100000011" not in str(refused.value)


async def test_a_job_that_ends_the_shared_transaction_fails_and_the_writer_goes_on(store: Store) -> None:
    with pytest.raises(StoreUnavailable):
        await store.write(lambda c: c.exec_driver_sql("ROLLBACK").close())
    await store.write(lambda c: add_subject(c, "s-1"))
    assert await store.read(subjects_in) == ["s-1"]


async def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(StoreUnavailable):
        await store.read(lambda c: add_subject(c, "s-1"))


async def test_a_read_of_one_statement_sees_what_was_written_before_it_and_leaves_no_transaction(store: Store) -> None:
    def subjects(connection: Connection) -> int:
        return len(driver(connection).execute("SELECT id FROM subjects").fetchall())

    for number in range(3):
        assert await store.read(subjects, one_statement=True) == number
        await store.write(lambda c, number=number: add_subject(c, f"s-{number}"))  # type: ignore[misc]  # each its own
    assert not await store.read(lambda c: driver(c).in_transaction, one_statement=True)
    with pytest.raises(StoreUnavailable):
        await store.read(lambda c: driver(c).execute("SELECT nothing FROM nowhere"), one_statement=True)
    assert await store.read(subjects) == 3


async def test_a_read_sees_one_snapshot(store: Store) -> None:
    def twice(connection: Connection) -> tuple[int, int]:
        first = len(subjects_in(connection))
        store.write_sync(lambda c: add_subject(c, "s-1"))
        return first, len(subjects_in(connection))

    assert await store.read(twice) == (0, 0)


async def test_closing_finishes_what_was_asked_for(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}")
    jobs = [asyncio.ensure_future(store.write(lambda c, n=n: add_subject(c, f"s-{n}"))) for n in range(20)]  # type: ignore[misc]  # lambda default
    await asyncio.sleep(0)
    store.close()
    await asyncio.gather(*jobs)
    with pytest.raises(StoreUnavailable):
        await store.write(lambda c: add_subject(c, "s-late"))
    again = Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}")
    assert len(again.read_sync(subjects_in)) == 20
    again.close()


def test_a_store_from_the_future_is_refused_in_words(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'store.sqlite'}"
    store = Store.open(url)
    store.write_sync(lambda c: c.execute(text("UPDATE alembic_version SET version_num = '9999'")).close())
    store.close()
    with pytest.raises(StoreUnusable, match="newer gateway"):
        Store.open(url)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "postgresql://localhost/x", "nonsense"])
def test_a_store_that_could_not_keep_anything_is_refused(url: str) -> None:
    with pytest.raises(StoreUnusable):
        Store.open(url)


def test_a_file_that_is_no_store_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "store.sqlite").write_text("not a database, certainly not one of ours" * 100)
    with pytest.raises(StoreUnusable, match="NOTADB"):
        Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}")


def test_every_acknowledged_row_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "store.sqlite"
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.store.writing_child", str(path)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout is not None
    acknowledged: list[str] = []
    for line in child.stdout:
        acknowledged.append(line.strip())
        if len(acknowledged) == 400:
            os.kill(child.pid, signal.SIGKILL)
            break
    acknowledged += [line.strip() for line in child.stdout if line.endswith("\n")]
    child.wait()
    child.stdout.close()
    store = Store.open(f"sqlite:///{path}")
    kept = set(store.read_sync(subjects_in))
    store.close()
    assert set(acknowledged) <= kept
    assert len(acknowledged) >= 400


LIST = (
    "SELECT id FROM claims WHERE owner = 'x' AND submitted_at IS NOT NULL ORDER BY created_at DESC, id LIMIT 20",
    "SELECT id FROM claims WHERE owner = 'x' AND status = 'y' AND submitted_at IS NOT NULL AND created_at <= 1"
    " ORDER BY created_at DESC, id LIMIT 20",
    "SELECT id FROM claims WHERE applicant = 'x' ORDER BY created_at DESC, id LIMIT 20",
    "SELECT id FROM claims WHERE centre = 'x' ORDER BY created_at DESC, id LIMIT 20",
    "SELECT claim, places FROM access_subjects WHERE subject = 'x' ORDER BY up_to DESC",
    "SELECT place FROM access_records WHERE amends IN (1, 2)",
    "SELECT code FROM person_codes WHERE subject = 'x' AND current = 1",
)


@pytest.mark.parametrize("query", LIST)
async def test_indexes_serve_what_requests_ask(store: Store, query: str) -> None:
    plan = str(await store.read(lambda c: c.execute(text(f"EXPLAIN QUERY PLAN {query}")).all()))
    assert "SEARCH" in plan
    assert "TEMP B-TREE" not in plan


def _busy() -> None:
    """Keep the loop as long as a request takes until its rows are made, a tenth of what rows wait at most."""
    time.sleep(0.0005)  # The writer can have the interpreter meanwhile.


async def test_rows_of_the_log_wait_for_others_while_the_loop_has_other_things_to_do(store: Store) -> None:
    await store.append(log_rows(1))  # The writer is connected, and takes what it is given at once.
    before, appending = store.commits, []
    for number in range(1, 6):
        appending.append(asyncio.ensure_future(store.append(log_rows(number))))
        _busy()
        await asyncio.sleep(0)
    await asyncio.gather(*appending)
    # One, unless another process had the machine meanwhile.
    assert store.commits - before <= 2


async def test_the_event_loop_waits_a_short_turn_for_records_to_be_filed(store: Store) -> None:
    seen: list[tuple[str, bool]] = []

    def watch(connection: Connection) -> None:
        driver(connection).set_trace_callback(lambda sql: seen.append((sql, somebody_computes())))

    await store.write(watch)
    await store.append(LogRows(log_rows(1).rows, 1, MOST_WAITING))
    await store.write(lambda connection: None)
    filed = [computes for sql, computes in seen if sql.startswith("INSERT INTO access_filings")]
    assert filed == [True]
    assert not somebody_computes()


async def test_rows_of_the_log_come_to_disk_however_busy_the_loop_is(store: Store) -> None:
    before, appending = store.commits, asyncio.ensure_future(store.append(log_rows(1)))
    for _ in range(2_000):
        if not appending.done():
            _busy()
            await asyncio.sleep(0)
    assert appending.done()
    assert store.commits - before == 1


async def test_rows_of_the_log_that_come_together_are_committed_together_and_each_knows_its_place(store: Store) -> None:
    before = store.commits
    places = await asyncio.gather(*(store.append(log_rows(number)) for number in range(1, 9)))
    assert store.commits - before <= 2
    taken = [place + its for place, number in zip(places, range(1, 9), strict=True) for its in range(number)]
    assert len(set(taken)) == len(taken) == 36
    found = await store.read(lambda c: c.execute(select(access_records.c.place, access_records.c.request_id)).all())
    assert {(place, request) for place, request in found} == {
        (place + its, f"r-{number}") for place, number in zip(places, range(1, 9), strict=True) for its in range(number)
    }


async def test_rows_that_wait_for_others_are_written_when_the_store_is_closed(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'closing.sqlite'}")
    waiting = [asyncio.ensure_future(store.append(log_rows(1))) for _ in range(3)]
    await asyncio.sleep(0)
    await asyncio.to_thread(store.close)
    assert len({await each for each in waiting}) == 3
    with pytest.raises(StoreUnavailable):
        await store.append(log_rows(1))


def until_well(store: Store) -> None:
    end = time.monotonic() + 20
    while store.trouble is not None:
        assert time.monotonic() < end, store.trouble
        time.sleep(0.05)


async def test_a_store_that_takes_nothing_says_since_when_and_recovers_though_nobody_writes(store: Store) -> None:
    await store.write(lambda c: add_subject(c, "s-1"))
    assert standing(store.trouble) == {"takesWrites": True}
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        await store.write(lambda c: c.exec_driver_sql("PRAGMA busy_timeout=50").close())
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable):
            await store.write(lambda c: add_subject(c, "s-2"))
        told = standing(store.trouble)
        assert (told["takesWrites"], told["reason"]) == (False, "SQLITE_BUSY")
        assert "Another process" in told["remedy"]
        other.execute("ROLLBACK")
    await asyncio.to_thread(until_well, store)
    assert await store.read(subjects_in) == ["s-1"]
