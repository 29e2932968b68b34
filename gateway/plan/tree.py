"""The answer in the making: where objects stand in it, which are asked together, and what is under way."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gateway.plan.compile import FieldPlan, ObjectPlan
from gateway.plan.gate import OpenedDoor


class Slot:
    """Where an object or a list stands in the answer."""

    __slots__ = ("container", "dead", "key", "nullable", "parent")

    def __init__(self, container: Any, key: Any, parent: Slot | None, nullable: bool) -> None:
        self.container = container
        self.key = key
        self.parent = parent
        self.nullable = nullable
        self.dead = False

    def path(self) -> list[Any]:
        keys: list[Any] = []
        slot: Slot | None = self
        while slot is not None and slot.parent is not None:
            keys.append(slot.key)
            slot = slot.parent
        return keys[::-1]

    def is_dead(self) -> bool:
        slot: Slot | None = self
        while slot is not None:
            if slot.dead:
                return True
            slot = slot.parent
        return False


@dataclass(slots=True)
class Level:
    """Objects of one type that one field gave, and what is asked of them."""

    plan: ObjectPlan
    values: list[Any] = field(default_factory=list)
    outs: list[dict[str, Any]] = field(default_factory=list)
    slots: list[Slot] = field(default_factory=list)
    doors: list[OpenedDoor] = field(default_factory=list)


@dataclass(slots=True)
class Asked:
    """One call that is under way: a relation's batch function, or the source of several fields."""

    level: Level
    places: list[int]
    """The objects that it was called with."""
    fields: list[tuple[FieldPlan, list[int]]]
    """The fields that wait for it, each with the objects that it may be answered of."""


@dataclass(slots=True)
class Answer:
    """Data and errors as they go out."""

    data: dict[str, Any] | None
    errors: list[dict[str, Any]]
