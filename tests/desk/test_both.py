"""Two answers that are waited for together: where nobody waits any more, neither goes on."""

from __future__ import annotations

import asyncio
from typing import Any

from gateway.desk.session import Session


async def test_who_stops_waiting_leaves_nothing_running() -> None:
    async def for_ever() -> None:
        await asyncio.Event().wait()

    session: Any = object.__new__(Session)
    before = asyncio.all_tasks()
    waiting = session.both(for_ever(), for_ever())
    waiting.send(None)
    assert len(asyncio.all_tasks() - before) == 2

    waiting.close()
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    assert asyncio.all_tasks() == before
