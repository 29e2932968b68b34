"""What tests of delivery share: a claim on its way, and a look at its messages."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from adapters.kit.errors import Unavailable
from gateway.claims.delivery import Worker
from gateway.claims.outbox import Route
from gateway.claims.snapshot import ClaimSnapshot
from gateway.store.store import Store
from gateway.store.tables.delivery import outbox
from tests.claims.world import reload, submitted

MakeWorker = Callable[..., Worker]


async def submit_to(store: Store, route: Route, owner: str = "social-0054000") -> str:
    return await store.write(lambda c: submitted(c, owner, route))


async def claim_of(store: Store, claim_id: str) -> ClaimSnapshot:
    return await store.read(lambda c: reload(c, claim_id))


async def rows(store: Store) -> list[Any]:
    return await store.read(lambda c: list(c.execute(select(outbox).order_by(outbox.c.sequence))))


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not holds():  # noqa: ASYNC110 - a fake owner has no event to wait for
            await asyncio.sleep(0.005)


def unsent() -> Unavailable:
    return Unavailable("r", "cannot connect", sent=False)


def in_doubt() -> Unavailable:
    return Unavailable("r", "connection lost")
