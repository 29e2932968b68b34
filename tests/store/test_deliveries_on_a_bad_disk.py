"""The worker on a disk that keeps nothing: no owner is called before SENDING is on disk, and it goes on by itself."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from adapters.kit.clock import Clock
from adapters.kit.ports import CallContext, OutgoingClaim, Receipt
from gateway import logs
from gateway.claims.delivery import Worker
from gateway.clock import utc_now
from gateway.store.store import Store
from gateway.store.tables.delivery import MessageState
from schema.terms import ClaimStatus
from tests.claims.delivering import claim_of, rows, submit_to
from tests.claims.owners import LOOKUP, MANUAL, SAFE, Owner
from tests.claims.world import seed
from tests.store.bad_disk.disks import LimitedFiles

ROUTES = (SAFE, LOOKUP, MANUAL)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[LimitedFiles]:
    # What the test prints goes into a file too, and a line must cost nothing but itself.
    logs.configure("CRITICAL")
    disk = LimitedFiles(tmp_path)
    yield disk
    disk.heal(os.getpid())


@pytest.fixture
def store(disk: LimitedFiles) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{disk.data / 'store.sqlite'}")
    store.write_sync(seed)
    yield store
    disk.heal(os.getpid())
    store.close()


class Hearing(Owner):
    """While it is called, the disk goes bad; it remembers what was on the disk."""

    def __init__(self, store: Store, disk: LimitedFiles | None = None) -> None:
        super().__init__()
        self._store = store
        self._disk = disk
        self.states: list[MessageState] = []

    async def deliver(self, claim: OutgoingClaim, message_id: str, context: CallContext) -> Receipt:
        self.states += [row.state for row in await rows(self._store) if row.message_id == message_id]
        if self._disk is not None:
            self._disk.go_bad(os.getpid())
        return await super().deliver(claim, message_id, context)


@asynccontextmanager
async def delivering(store: Store, owners: dict[str, Hearing]) -> AsyncIterator[None]:
    loop = asyncio.get_running_loop()
    running = asyncio.create_task(Worker(store, owners, Clock(now=utc_now, monotonic=loop.time)).run())
    try:
        yield
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def _until_all(store: Store, claims: list[str], status: ClaimStatus) -> None:
    async with asyncio.timeout(30):
        while [(await claim_of(store, claim)).status for claim in claims] != [status] * len(claims):  # noqa: ASYNC110 - the store tells nobody
            await asyncio.sleep(0.02)


async def test_nothing_is_sent_while_sending_cannot_be_written_and_all_is_once_it_can(
    store: Store, disk: LimitedFiles
) -> None:
    claims = [await submit_to(store, route) for route in ROUTES]
    owners = {route.register: Hearing(store) for route in ROUTES}
    disk.go_bad(os.getpid())
    async with delivering(store, owners):
        async with asyncio.timeout(30):
            while store.trouble is None:  # noqa: ASYNC110 - the store tells nobody
                await asyncio.sleep(0.02)
        await asyncio.sleep(1.2)  # A turn more, on a store that is known to be bad.
        assert [owner.calls for owner in owners.values()] == [[], [], []]
        disk.heal(os.getpid())
        await _until_all(store, claims, ClaimStatus.DELIVERED)
    assert [owner.states for owner in owners.values()] == [[MessageState.SENDING]] * 3
    assert [list(owner.cases.values()) for owner in owners.values()] == [[1]] * 3


async def test_what_an_owner_answered_while_nothing_could_be_written_is_written_later_and_never_asked_for_again(
    store: Store, disk: LimitedFiles
) -> None:
    claims = [await submit_to(store, route) for route in ROUTES]
    owners = {route.register: Hearing(store, disk) for route in ROUTES}
    async with delivering(store, owners):
        async with asyncio.timeout(30):
            while not all(owner.calls for owner in owners.values()) or store.trouble is None:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        await asyncio.sleep(1.2)
        assert {row.state for row in await rows(store)} == {MessageState.SENDING}
        disk.heal(os.getpid())
        await _until_all(store, claims, ClaimStatus.DELIVERED)
    assert [owner.operations for owner in owners.values()] == [["deliver"]] * 3
