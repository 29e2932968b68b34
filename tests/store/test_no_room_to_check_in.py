"""No room for the store's own file while its -wal file has some: what SQLite copies after a commit, not the commit."""

from __future__ import annotations

import os
import resource
import sqlite3
from contextlib import closing
from pathlib import Path

from gateway import logs
from gateway.store.errors import StoreUnavailable
from gateway.store.store import Store

_MANY = 2_000
"""Rows of a page each."""


def test_what_was_acknowledged_while_the_log_could_not_be_copied_into_the_store_is_there(tmp_path: Path) -> None:
    logs.configure("CRITICAL")
    path = tmp_path / "store.sqlite"
    store = Store.open(f"sqlite:///{path}")

    def fill(many: int) -> None:
        text = "x" * 3_900
        store.write_sync(lambda c: [c.exec_driver_sql(f"INSERT INTO filler VALUES ('{text}')") for _ in range(many)])

    store.write_sync(lambda c: c.exec_driver_sql("CREATE TABLE filler (x)").close())
    fill(_MANY)
    store.close()
    store = Store.open(f"sqlite:///{path}")
    acknowledged, full = 0, False
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.prlimit(os.getpid(), resource.RLIMIT_FSIZE, (path.stat().st_size + 4_096, hard))
    try:
        while not full:
            try:
                fill(100)
                acknowledged += 100
            except StoreUnavailable:
                full = True
    finally:
        resource.prlimit(os.getpid(), resource.RLIMIT_FSIZE, (soft, hard))
    # More than after how many pages SQLite copies: it tried, and could not.
    assert acknowledged > 1_000
    fill(1)
    store.close()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM filler").fetchone() == (_MANY + acknowledged + 1,)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
