"""Keys that are asked for together: held back where further ones may come, and where nobody waits longer for that.

A household's income is one call, the applicant's own included: the applicant's is asked for first, but the answer is
whole only once the others' is there as well, and who they are is being asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from itertools import chain
from typing import Any

from gateway.plan.compile import FieldPlan
from gateway.plan.following import after, steps_after
from schema.ports import Purpose

LONGEST_SECONDS = 0.5
"""So long a batch waits for further keys: a register that hangs holds nothing back that others would answer."""


class Batch:
    """Keys that are asked for together, each with why."""

    __slots__ = ("_waiting", "keys", "once_more")

    def __init__(self) -> None:
        self.keys: dict[Any, Purpose] = {}
        self.once_more: list[tuple[Any, Purpose]] = []
        """Keys once more, with why else they are asked for."""
        self._waiting: list[asyncio.Future[None]] | None = []

    def turn(self) -> asyncio.Future[None]:
        """Done when all is answered. Each who waits has one: who waits no longer cancels nobody else's."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        if self._waiting is None:
            turn.set_result(None)
        else:
            self._waiting.append(turn)
        return turn

    def end(self) -> None:
        """All is answered."""
        waiting, self._waiting = self._waiting or (), None
        for turn in waiting:
            if not turn.done():
                turn.set_result(None)


class Waiting:
    """Which fields of one request wait for records, by record type."""

    __slots__ = ("_asked", "_joined")

    def __init__(self) -> None:
        self._joined: dict[type[Any], list[FieldPlan]] = {}
        """Those whose keys are in a batch that has not left: what it is told, no field in it has told it."""
        self._asked: dict[type[Any], list[FieldPlan]] = {}
        """Those whose keys have all left."""

    def begin(self, record_type: type[Any], field: FieldPlan, asked: bool = False) -> None:
        """A field waits; ``asked``: all of its keys have left already."""
        (self._asked if asked else self._joined).setdefault(record_type, []).append(field)

    def leave(self, record_type: type[Any]) -> None:
        """The batch of a record type leaves."""
        fields = self._joined.pop(record_type, None)
        if fields is not None:
            self._asked[record_type] = self._asked.get(record_type, []) + fields

    def end(self, record_type: type[Any], field: FieldPlan) -> None:
        """It has what it waited for, or waits no longer."""
        among = self._asked if field in self._asked.get(record_type, ()) else self._joined
        fields = among[record_type]
        fields.remove(field)
        if not fields:
            del among[record_type]

    def is_only_for(self, record_types: Collection[type[Any]]) -> bool:
        """Nobody waits for anything but what batches of these will ask for."""
        return not self._asked and self._joined.keys() <= set(record_types)

    def may_grow(self, record_type: type[Any]) -> bool:
        """Whether further keys may come, with which the answer is whole no later than it would be without them.

        That is so where as many reads may follow theirs as follow those that wait already.
        """
        if len(self._joined) + len(self._asked) < 2:
            return False
        mine = self._joined.get(record_type, [])
        steps: int | None = None
        for other, fields in chain(self._asked.items(), self._joined.items()):
            if fields is mine:
                continue
            for field in fields:
                coming = after(field, other).get(record_type)
                if coming is None or (field in mine and record_type in field.reads):
                    continue
                if steps is None:
                    steps = max((steps_after(each, record_type) for each in mine), default=0)
                if coming >= steps:
                    return True
        return False
