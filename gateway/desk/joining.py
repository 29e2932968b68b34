"""Keys that are asked for together: held back where further ones may come, and where nobody waits longer for that.

A household's income is one call, the applicant's own included: the applicant's is asked for first, but the answer is
whole only once the others' is there as well, and who they are is being asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

from gateway.plan.compile import FieldPlan
from gateway.plan.following import after, steps_after
from schema.ports import Purpose

LONGEST_SECONDS = 0.5
"""So long a batch waits for further keys: a register that hangs holds nothing back that others would answer."""


class Batch:
    """Keys that are asked for together, each with why."""

    __slots__ = ("_waiting", "keys")

    def __init__(self) -> None:
        self.keys: dict[Any, Purpose] = {}
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

    __slots__ = ("_fields",)

    def __init__(self) -> None:
        self._fields: dict[type[Any], list[FieldPlan]] = {}

    def begin(self, record_type: type[Any], field: FieldPlan) -> None:
        """A field waits."""
        self._fields.setdefault(record_type, []).append(field)

    def end(self, record_type: type[Any], field: FieldPlan) -> None:
        """It has what it waited for, or waits no longer."""
        fields = self._fields[record_type]
        fields.remove(field)
        if not fields:
            del self._fields[record_type]

    def is_only_for(self, record_types: Collection[type[Any]]) -> bool:
        """Nobody waits for anything else."""
        return self._fields.keys() <= set(record_types)

    def may_grow(self, record_type: type[Any]) -> bool:
        """Whether further keys may come, with which the answer is whole no later than it would be without them.

        That is so where as many reads may follow theirs as follow those that wait already.
        """
        if len(self._fields) < 2:
            return False
        mine = self._fields.get(record_type, [])
        steps: int | None = None
        for other, fields in self._fields.items():
            if other is record_type:
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
