"""A disk that hangs: whoever waits for a record hears of it in time, and the record may still come."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select

from gateway.store import overdue
from gateway.store.errors import StoreUnavailable
from gateway.store.store import Store
from gateway.store.tables.access import access_records
from tests.store.rows import log_rows


def _count(connection: Connection) -> int | None:
    return connection.execute(select(func.count()).select_from(access_records)).scalar()


async def test_who_waits_for_a_record_hears_that_the_disk_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overdue, "MOST_SECONDS", 0.2)
    store = Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}")
    moves = threading.Event()
    hanging = asyncio.ensure_future(store.write(lambda connection: moves.wait(10)))
    try:
        await asyncio.sleep(0.05)
        waiting = [asyncio.ensure_future(store.append(log_rows(1))) for _ in range(3)]
        for each in waiting:
            with pytest.raises(StoreUnavailable):
                await each
        with pytest.raises(StoreUnavailable):
            await store.write(lambda connection: 1, in_time=True)
        assert not hanging.done(), "what is written by a mutation is waited for: nobody could say what became of it"
    finally:
        moves.set()
    assert await hanging
    # The three were asked for, and are written; the next is waited for as ever.
    await store.append(log_rows(1))
    assert await store.read(_count) == 4
    for _ in range(3):
        await store.append(log_rows(1))
        await asyncio.sleep(0.1)
    store.close()


def test_a_store_may_be_used_by_one_loop_after_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overdue, "MOST_SECONDS", 0.2)
    store = Store.open(f"sqlite:///{tmp_path / 'store.sqlite'}")

    async def hang() -> None:
        moves = threading.Event()
        hanging = asyncio.ensure_future(store.write(lambda connection: moves.wait(10)))
        await asyncio.sleep(0.05)
        try:
            with pytest.raises(StoreUnavailable):
                await store.append(log_rows(1))
        finally:
            moves.set()
        await hanging

    for _ in range(2):
        asyncio.run(hang())
    store.close()
