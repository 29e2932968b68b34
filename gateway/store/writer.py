"""One thread that writes: many jobs, one transaction, one sync to disk.

A job is a function, or rows of the access log. Where nothing but such rows waits, one statement writes them all.

A job that raises is rolled back alone (its savepoint); its neighbours are kept. A transaction that cannot begin or
commit fails every job in it with :class:`StoreUnavailable`, and the connection is thrown away. A new one is tried with
the next batch, and every second while there is none, so that a disk that is well again needs no restart.

After a failed sync nobody knows what is on disk: the kernel takes the pages for clean and may never write them. So
whatever the write-ahead log holds then, also what a crash has left in it, goes into the store's own file and is synced
there before anything else is taken, and a commit over what failed makes sure that it never comes back to life.
"""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from queue import Empty, SimpleQueue

import structlog
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from gateway.store.engine import BUSY_AGAIN_MILLISECONDS, BUSY_TIMEOUT_MILLISECONDS
from gateway.store.errors import StoreUnavailable
from gateway.store.filing import append_rows, begin_counting, count_again, count_written, take_count, waiting
from gateway.store.filing_turns import FilingTurns
from gateway.store.job import Job
from gateway.store.log_rows import MOST_A_STATEMENT, LogRows, write_rows
from gateway.store.prepared import driver

MOST_JOBS_A_COMMIT = 512
"""Bounds how long the first job of a batch waits for the last one."""

_AGAIN_SECONDS = 1.0
"""Between two looks at a store that takes nothing, where nobody writes."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Trouble:
    """The store takes nothing.

    Attributes:
        since: when the first write failed, aware UTC.
        reason: of the last that failed: the engine's name for it (``SQLITE_FULL``).
    """

    since: datetime
    reason: str


class Writer:
    """The writer thread. ``commits`` counts transactions committed, each one sync to disk.

    Args:
        engine: whose transactions are immediate (``engine.writing_engine``).
        now: aware UTC.
    """

    def __init__(self, engine: Engine, now: Callable[[], datetime]) -> None:
        self.commits = 0
        self.trouble: Trouble | None = None
        """Why nothing is taken; None: all is well."""
        self._now = now
        self.written: Callable[[int], None] | None = None
        """Is told in the writer's thread how many access records were written, after they are on disk."""
        self._engine = engine
        self._connection: Connection | None = None
        self._jobs: SimpleQueue[Job | None] = SimpleQueue()
        self._gate = threading.Lock()
        self._closed = False
        self._filing = FilingTurns()
        self._thread = threading.Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    def put(self, *jobs: Job) -> None:
        """Queue jobs, to be done in one transaction as far as may be. Raises: StoreUnavailable once closed."""
        with self._gate:
            if self._closed:
                raise StoreUnavailable("the store is closed")
            for job in jobs:
                self._jobs.put(job)

    def close(self) -> None:
        """Finish what is queued, then stop. Returns when the thread has ended."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        running = True
        while running or self._filing.is_under_way:
            batch: list[Job] = []
            if running:
                batch, running = self._take()
            batch = self._filing.let_go() + self._kept_of(batch)
            if batch or self.trouble is not None:
                self._write(batch)
                _settle(batch)
                self._tell()
            self._file()
        self._drop_connection()

    def _kept_of(self, batch: list[Job]) -> list[Job]:
        """Those of a batch that are done now, before what waits is filed."""
        held = [job for job in batch if job.once_filed]
        if not held or (connection := self._connection or self._tried()) is None:
            return batch
        if not self._filing.hold(held, waiting(connection)):
            return batch
        return [job for job in batch if not job.once_filed]

    def _tried(self) -> Connection | None:
        """A new connection; None where there is none to be had, of which those hear who write."""
        try:
            return self._connected()
        except (SQLAlchemyError, sqlite3.Error):
            self._drop_connection()
            return None

    def _take(self) -> tuple[list[Job], bool]:
        """All jobs that wait now, at least one unless closing or in trouble; False once the end is reached."""
        batch: list[Job] = []
        try:
            if self._filing.is_under_way:
                job = self._jobs.get_nowait()
            else:
                job = self._jobs.get(timeout=None if self.trouble is None else _AGAIN_SECONDS)
        except Empty:
            return batch, True
        while job is not None:
            batch.append(job)
            # Nobody else takes from the queue: what it has can be had.
            if len(batch) == MOST_JOBS_A_COMMIT or self._jobs.empty():
                return batch, True
            job = self._jobs.get()
        return batch, False

    def _write(self, batch: list[Job]) -> None:
        try:
            connection = self._connection or self._connected()
            if not batch:
                return
            rows = [job.work for job in batch if isinstance(job.work, LogRows)]
            if len(rows) == len(batch) and sum([len(each.rows) for each in rows]) <= MOST_A_STATEMENT:
                self._append(connection, batch, rows)
                return
            below = driver(connection)
            # By the driver: to begin and to commit through SQLAlchemy costs as much as a job.
            below.execute("BEGIN IMMEDIATE")
            alone = len(batch) == 1
            for job in batch:
                _run_alone(connection, job, savepoint=not alone)
            kept = not alone or batch[0].error is None
            if connection.in_transaction():
                connection.commit() if kept else connection.rollback()
            if below.in_transaction:
                below.execute("COMMIT" if kept else "ROLLBACK")
            self.commits += kept
        except Exception as error:  # noqa: BLE001 - whatever it is, the callers hear of it and the thread goes on
            reason = _reason(error)
            self.trouble = Trouble(self._now() if self.trouble is None else self.trouble.since, reason)
            if batch:
                _log.error("store.write_failed", jobs=len(batch), reason=reason)
            self._drop_connection()
            for job in batch:
                job.result, job.error = None, StoreUnavailable("the store took nothing", reason)

    def _connected(self) -> Connection:
        """A new connection to a store that keeps what is written."""
        connection = self._connection = self._engine.connect()
        below = driver(connection)
        # Waits for nobody: what a reader still holds back was synced by whoever committed it.
        below.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        begin_counting(connection)
        if self.trouble is not None:
            below.execute(f"PRAGMA busy_timeout={BUSY_AGAIN_MILLISECONDS}")
            # A transaction that changed nothing would reach no disk.
            below.execute("BEGIN IMMEDIATE")
            (version,) = below.execute("PRAGMA user_version").fetchone()
            below.execute(f"PRAGMA user_version = {version}")
            below.execute("COMMIT")
            below.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MILLISECONDS}")
            self.trouble = None
            _log.warning("store.takes_writes_again")
        return connection

    def _append(self, connection: Connection, batch: list[Job], rows: list[LogRows]) -> None:
        """Write rows alone: the statement is the transaction."""
        place = write_rows(connection, [row for each in rows for row in each.rows])
        self.commits += 1
        for job, each in zip(batch, rows, strict=True):
            job.result = place
            place += len(each.rows)
        count_written(connection, *rows)

    def _tell(self) -> None:
        connection, told = self._connection, self.written
        if connection is not None and told is not None and (count := take_count(connection)):
            told(count)

    def _file(self) -> None:
        """Go on filing, where it is time. What fails now is filed with the next."""
        connection = self._connection
        if connection is None or (step := self._filing.step(waiting(connection))) is None:
            return
        job = Job(step, Future())
        self._write([job])
        if job.error is None:
            self._filing.went(waiting(connection), is_done=job.result)
            return
        self._filing.failed()
        if not isinstance(job.error, StoreUnavailable):  # which is told already
            _log.error("store.filing_failed", reason=type(job.error).__name__)
        if self._connection is not None:
            self._write([Job(begin_counting, Future())])

    def _drop_connection(self) -> None:
        connection, self._connection = self._connection, None
        self._filing.is_lost()
        if connection is None:
            return
        try:
            connection.invalidate()
            connection.close()
        except (SQLAlchemyError, sqlite3.Error) as error:
            _log.warning("store.connection_lost", reason=_reason(error))


class _TransactionLost(Exception):
    """SQLite rolled the whole transaction back on its own (disk full, I/O error): no savepoint is left to return to."""


def _run_alone(connection: Connection, job: Job, *, savepoint: bool) -> None:
    """Run one job so that its failure is its own; without a savepoint the caller undoes the whole transaction."""
    below, waited = driver(connection), waiting(connection)
    try:
        if savepoint:
            below.execute("SAVEPOINT job")
        job.result = append_rows(connection, work) if isinstance(work := job.work, LogRows) else work(connection)
        if savepoint:
            below.execute("RELEASE job")
        elif not below.in_transaction:
            raise _TransactionLost("a job ended the transaction")
    except BaseException as error:  # noqa: BLE001 - whatever a job raises is its caller's, not the thread's
        if not _in_transaction(connection):
            raise _TransactionLost(_reason(error)) from None
        if savepoint:
            below.execute("ROLLBACK TO job")
            below.execute("RELEASE job")
        count_again(connection, waited)
        job.result, job.error = None, _for_caller(error)


def _for_caller(error: BaseException) -> BaseException:
    """A driver's error says what the engine refused, and is no business of a caller."""
    # Prepared statements go past SQLAlchemy: what the driver itself raises is nothing that a caller looks for.
    if isinstance(error, sqlite3.Error) or (isinstance(error, DBAPIError) and not isinstance(error, IntegrityError)):
        _log.error("store.job_failed", reason=_reason(error))
        return StoreUnavailable("the store took nothing", _reason(error))
    return error


def _in_transaction(connection: Connection) -> bool:
    below = driver(connection)
    return below is not None and bool(below.in_transaction)


def _reason(error: BaseException) -> str:
    """The engine's name for the error (SQLITE_FULL): its text may hold values."""
    if isinstance(error, _TransactionLost):
        return str(error)
    original = getattr(error, "orig", None) or error
    name: str = getattr(original, "sqlite_errorname", type(original).__name__)
    return name


def _settle(batch: list[Job]) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[Job]] = {}
    for job in batch:
        if job.loop is None:
            job.settle()
        else:
            by_loop.setdefault(job.loop, []).append(job)
    for loop, jobs in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle_here, jobs)
        except RuntimeError:
            # The loop is closed: nobody listens any more, and the jobs are durable.
            continue


def _settle_here(jobs: list[Job]) -> None:
    for job in jobs:
        job.settle()
