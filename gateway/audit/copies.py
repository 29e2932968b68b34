"""A store as an auditor has it: a file that is only read, and of which nothing is believed."""

from __future__ import annotations

import sqlite3
from pathlib import Path


class NoStore(Exception):  # noqa: N818 - the name says what happened
    """There is nothing that could be a store; the message says why."""


def open_copy(path: Path) -> sqlite3.Connection:
    """Open a store file to read, also one that nobody may write to, and one that a gateway is writing.

    Raises:
        NoStore: there is no such file, or it is no database.
    """
    if not path.is_file():
        raise NoStore(f"there is no store at {path}")
    # Without its -wal beside it nobody has the file open, and SQLite needs to make no file beside it either.
    alone = not path.with_name(f"{path.name}-wal").exists()
    uri = f"{path.absolute().as_uri()}?{'immutable=1' if alone else 'mode=ro'}"
    try:
        connection = sqlite3.connect(uri, uri=True, isolation_level=None)
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite3.Error as error:
        raise NoStore(f"the store at {path} cannot be read ({_name(error)})") from None
    # Text that is no UTF-8 is a finding, and no reason to stop.
    connection.text_factory = _text
    return connection


def _text(data: bytes) -> str | bytes:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def _name(error: sqlite3.Error) -> str:
    name: str = getattr(error, "sqlite_errorname", type(error).__name__)
    return name
