"""SQLite engines, set up so that a commit is durable and a transaction is exactly what we begin."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool

from gateway.store.errors import StoreUnusable
from gateway.store.prepared import driver

BUSY_TIMEOUT_MILLISECONDS = 3_000
"""How long another process (the command line, a backup) may hold the lock before we give up: well before a request's
deadline, so that it says what is wrong, and still gives what needs no record."""
BUSY_AGAIN_MILLISECONDS = 250
"""The same, once we have given up: who waits now waits behind others that did."""

STATEMENTS_KEPT = 512
"""Statements that a connection keeps prepared; what is asked of claims has some hundred forms."""


def sqlite_path(url: str) -> Path:
    """The file behind a ``sqlite:///`` URL.

    Raises:
        StoreUnusable: another engine, or a store in memory, which could not be durable.
    """
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise StoreUnusable("the store's URL is not one: expected sqlite:///path/to/file") from None
    if parsed.get_backend_name() != "sqlite":
        raise StoreUnusable(f"this build keeps its store in SQLite only, not in {parsed.get_backend_name()}")
    if not parsed.database or parsed.database == ":memory:":
        raise StoreUnusable("a store in memory would lose accepted claims: name a file")
    return Path(parsed.database)


def prepare_file(path: Path) -> None:
    """Make the file, readable by its owner alone; SQLite gives side files that it makes the same mode.

    Raises:
        StoreUnusable: the folder or the file cannot be made.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        path.chmod(0o600)
        # Those that are there are from before: of a copy that others could read, and of who looked into it.
        for side in (path.resolve().with_name(f"{path.resolve().name}{each}") for each in ("-wal", "-shm")):
            with suppress(FileNotFoundError):
                side.chmod(0o600)
    except OSError as error:
        raise StoreUnusable(f"the store's file {path} cannot be opened: {error.strerror}") from None


def writing_engine(path: Path) -> Engine:
    """For the one writer: every transaction is immediate, every commit is synced to disk."""
    return _engine(path, begin="BEGIN IMMEDIATE", pool_size=1, pragmas=("journal_mode=WAL", "synchronous=FULL"))


def reading_engine(path: Path) -> Engine:
    """For readers: a transaction is one snapshot and cannot write."""
    return _engine(path, begin="BEGIN", pool_size=4, pragmas=("query_only=ON",))


def _engine(path: Path, *, begin: str, pool_size: int, pragmas: tuple[str, ...]) -> Engine:
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=4,
        hide_parameters=True,
        json_serializer=_to_json,
        connect_args={"check_same_thread": False, "cached_statements": STATEMENTS_KEPT},
    )

    def connected(connection: Any, _: object) -> None:
        # The driver's own transaction handling begins late and commits on its own; ours is explicit.
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (f"busy_timeout={BUSY_TIMEOUT_MILLISECONDS}", "foreign_keys=ON", "temp_store=MEMORY", *pragmas):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def begun(connection: Connection) -> None:
        # A read that began below SQLAlchemy has its snapshot already.
        if not driver(connection).in_transaction:
            connection.exec_driver_sql(begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine


def _to_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
