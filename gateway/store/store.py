"""The gateway's own store: durable writes through one writer, reads of one snapshot."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from time import perf_counter
from typing import Any, Self, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

from adapters.kit.aside import in_turn
from gateway.clock import utc_now
from gateway.store.engine import prepare_file, reading_engine, sqlite_path, writing_engine
from gateway.store.errors import StoreUnavailable
from gateway.store.job import Job
from gateway.store.log_rows import LogRows
from gateway.store.migrate import upgrade
from gateway.store.overdue import Overdue
from gateway.store.prepared import Prepared, driver
from gateway.store.writer import Trouble, Writer

Result = TypeVar("Result")
_IDLE_SECONDS = 0.00005
"""A turn of the event loop that takes no longer did nothing for anybody: nobody else's rows are on their way."""
_GATHER_SECONDS = 0.005
"""How long rows of the log wait at most while the loop is busy. A commit costs as much for one as for many."""


class Store:
    """Opened with :meth:`open`. After a write returned, no crash loses it.

    Reads run where they are called, also on the event loop: a WAL reader never waits for the writer, every query of a
    request has its index and costs a fraction of a millisecond, and a hop to a thread and back costs as much again.
    Work over many rows (exports, reports) is called as ``await asyncio.to_thread(store.read_sync, fn)``.
    """

    def __init__(self, path: Path, reading: Engine, writing: Engine, now: Callable[[], datetime] = utc_now) -> None:
        self.path = path
        self._reading = reading
        self._writing = writing
        self._writer = Writer(writing, now)
        self._gathered: list[Job] = []
        """Rows of the log that wait for those of others, to be written with them."""
        self._gathered_since = self._turned_at = 0.0
        self._overdue = Overdue()
        self._inline: tuple[Connection, Any] | None = None
        """The event loop's own reading connection, and the driver's below it: reads there follow one another."""

    @classmethod
    def open(cls, url: str) -> Self:
        """Open the store, make the file where there is none, and bring its tables up to date.

        Args:
            url: ``sqlite:///relative`` or ``sqlite:////absolute`` path.

        Raises:
            StoreUnusable: it cannot be used as it is; the message says why.
        """
        path = sqlite_path(url)
        prepare_file(path)
        writing = writing_engine(path)
        upgrade(writing)
        return cls(path, reading_engine(path), writing)

    @property
    def commits(self) -> int:
        """Transactions committed since opening; each is one sync to disk."""
        return self._writer.commits

    @property
    def trouble(self) -> Trouble | None:
        """Why nothing is taken at present, and since when; None: all is well."""
        return self._writer.trouble

    def on_records(self, told: Callable[[int], None] | None) -> None:
        """From now on ``told`` hears how many access records were written; it is called in the writer's thread."""
        self._writer.written = told

    async def read(self, fn: Callable[[Connection], Result], *, one_statement: bool = False) -> Result:
        """Run ``fn`` on one snapshot.

        Args:
            one_statement: ``fn`` runs no more than one: that sees one snapshot by itself.

        Raises:
            StoreUnavailable: the store gave nothing.
            Exception: what ``fn`` raised.
        """
        try:
            connection, below = self._inline or self._connected()
            if not one_statement:
                below.execute("BEGIN")
            try:
                return fn(connection)
            finally:
                if connection.in_transaction():
                    connection.rollback()
                if below.in_transaction:
                    below.execute("COMMIT")
        except (DBAPIError, sqlite3.Error):
            self._drop_inline()
            raise StoreUnavailable("the store gave nothing") from None

    def look_up(self, statement: Prepared, **values: Any) -> list[tuple[Any, ...]]:
        """Rows of one statement, on the event loop: it sees one snapshot by itself. Raises: StoreUnavailable."""
        try:
            _, below = self._inline or self._connected()
            found: list[tuple[Any, ...]] = below.execute(statement.sql, statement.values(**values)).fetchall()
            return found
        except (DBAPIError, sqlite3.Error):
            self._drop_inline()
            raise StoreUnavailable("the store gave nothing") from None

    def _connected(self) -> tuple[Connection, Any]:
        connection = self._reading.connect()
        self._inline = connection, driver(connection)
        return self._inline

    def _drop_inline(self) -> None:
        inline, self._inline = self._inline, None
        if inline is not None:
            inline[0].invalidate()
            inline[0].close()

    def read_sync(self, fn: Callable[[Connection], Result]) -> Result:
        """As :meth:`read`, for the command line and for threads."""
        try:
            with self._reading.connect() as connection, connection.begin():
                return fn(connection)
        except (DBAPIError, sqlite3.Error):
            raise StoreUnavailable("the store gave nothing") from None

    async def read_aside(self, whose: Hashable, fn: Callable[[Connection], Result]) -> Result:
        """As :meth:`read`, of what takes long: in a thread, one after the other of whoever asks.

        Args:
            whose: who asks (:func:`adapters.kit.aside.in_turn`).
        """
        return await in_turn(whose, self.read_sync, fn)

    @contextmanager
    def looking_up(self) -> Iterator[Connection]:
        """A connection for threads that look up again and again, by the driver: each statement sees a snapshot of its
        own. Raises: StoreUnavailable.
        """
        try:
            with self._reading.connect() as connection:
                yield connection
        except (DBAPIError, sqlite3.Error):
            raise StoreUnavailable("the store gave nothing") from None

    async def write(
        self, fn: Callable[[Connection], Result], *, once_filed: bool = False, in_time: bool = False
    ) -> Result:
        """Run ``fn`` in the writer and return once its transaction is on disk.

        ``fn`` runs in the writer's thread, shares its transaction with others and must not wait for anything. A caller
        that is cancelled meanwhile does not stop it.

        Args:
            once_filed: ``fn`` files what waits. Where that is much, most of it is filed before, while others write.
            in_time: nobody waits for a disk that hangs; what ``fn`` writes may be kept all the same.

        Raises:
            StoreUnavailable: nothing was kept; with ``in_time``, or nobody knows yet.
            Exception: what ``fn`` raised; nothing of it was kept.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[Result] = loop.create_future()
        self._writer.put(Job(fn, done, loop, once_filed=once_filed))
        if in_time:
            self._overdue.watch([done], loop)
        return await done

    async def append(self, rows: LogRows) -> int:
        """Write rows of the access log and return once they are on disk.

        Returns:
            The place of the first.

        Raises:
            StoreUnavailable: nothing was kept, or nobody knows yet: they are not on disk in time.
        """
        loop = asyncio.get_running_loop()
        done: asyncio.Future[int] = loop.create_future()
        job = Job(rows, done, loop)
        if not self._gathered:
            self._gathered_since = self._turned_at = perf_counter()
            loop.call_soon(self._put_once_idle, loop)
        self._gathered.append(job)
        return await done

    def _put_once_idle(self, loop: asyncio.AbstractEventLoop) -> None:
        """A turn later: while the loop has other things to do, those may add rows, and nothing else would be sooner."""
        now = perf_counter()
        if now - self._turned_at > _IDLE_SECONDS and now - self._gathered_since < _GATHER_SECONDS:
            self._turned_at = now
            loop.call_soon(self._put_once_idle, loop)
        else:
            written = [job.target for job in self._gathered if isinstance(job.target, asyncio.Future)]
            self._overdue.watch(written, loop)
            self._put_gathered()

    def _put_gathered(self) -> None:
        gathered, self._gathered = self._gathered, []
        try:
            self._writer.put(*gathered)
        except StoreUnavailable as closed:
            for job in gathered:
                job.error = closed
                job.settle()

    def write_sync(self, fn: Callable[[Connection], Result]) -> Result:
        """As :meth:`write`, for the command line and for threads; blocks."""
        done: Future[Result] = Future()
        self._writer.put(Job(fn, done))
        return done.result()

    def close(self) -> None:
        """Finish all writes that were asked for, then let go of the file."""
        self._put_gathered()
        self._overdue.stop()
        self._writer.close()
        self._drop_inline()
        self._reading.dispose()
        self._writing.dispose()
