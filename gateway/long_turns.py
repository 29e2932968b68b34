"""Long pieces of work on the event loop: one in each turn of it, whoever's they are.

A piece that takes ten milliseconds holds nobody up; those of several requests in one turn do. What takes longer than
that is cut into pieces, or computed aside (:mod:`adapters.kit.aside`).
"""

from __future__ import annotations

import asyncio

from adapters.kit.slots import Slots

LONG = 500
"""Errors, or objects told of one by one, that take some milliseconds."""
_room = Slots(1)


async def own_turn() -> None:
    """Go on in a turn of the loop in which no other long piece of work is done."""
    if not _room.take():
        await _room.wait()
    try:
        await asyncio.sleep(0)
    finally:
        _room.give()
