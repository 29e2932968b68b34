"""The answer in the making, in columns: objects and lists that stand at one place of the document, all at once.

A :class:`Node` knows of each of its members which member of the node above it belongs to; where a member stands in the
answer is worked out only when an error has to say so. What goes out is put together at the end, from the leaves up.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, chain, pairwise
from typing import Any

import msgspec

from gateway.plan.compile import FieldPlan, ObjectPlan
from gateway.plan.gate import OpenedDoor

_WORTH_CODE = 16
"""Objects from which on generated code pays."""


class Node:
    """Members at one place of the document.

    Args:
        parent: the node above; None for the root.
        key: response key in the parent; None where the parent is lists.
        index: for each member the number of the parent's member that it belongs to.
        items: for each member its number in the list; None where the parent is objects.
        nullable: null may stand in a member's place.
    """

    __slots__ = ("_doors", "below", "dead", "index", "items", "judges", "key", "nullable", "parent")

    def __init__(
        self, parent: Node | None, key: str | None, index: Sequence[int], items: Sequence[int] | None, *, nullable: bool
    ) -> None:
        self.parent = parent
        self.key = key
        self.index = index
        self.items = items
        self.nullable = nullable
        self.dead: set[int] = set()
        """Members that became null on the way up of an error."""
        self.below: list[tuple[int, Node]] = []
        """Nodes of the members' fields, each with the field's position."""
        self._doors: Sequence[OpenedDoor] | None = None
        self.judges: Sequence[OpenedDoor] = () if parent is None else parent.judges
        """Of the doors here, and perhaps of some more, one of each judgement."""

    def __len__(self) -> int:
        return len(self.index)

    def open(self, doors: Sequence[OpenedDoor]) -> None:
        """Every member has a door of its own from here on down."""
        self._doors = doors
        if len(doors) == 1:
            self.judges = doors
            return
        judgements = [door.judgement for door in doors]  # Held while their identities count.
        self.judges = list(dict(zip(map(id, judgements), doors, strict=True)).values())

    def door(self, member: int) -> OpenedDoor:
        """The door through which a member was reached."""
        node: Node = self
        while node._doors is None:
            assert node.parent is not None
            node, member = node.parent, node.index[member]
        return node._doors[member]

    def doors(self, members: Sequence[int]) -> list[OpenedDoor]:
        """The doors through which some members were reached, as :meth:`door` gives them."""
        node: Node = self
        while node._doors is None:
            assert node.parent is not None
            node, members = node.parent, [node.index[member] for member in members]
        return [node._doors[member] for member in members]

    def only_door(self) -> OpenedDoor | None:
        """The door through which every member was reached; None where there may be several."""
        node: Node = self
        while node._doors is None:
            assert node.parent is not None
            node = node.parent
        return node._doors[0] if len(node._doors) == 1 else None

    def path(self, member: int) -> list[Any]:
        """Where a member stands in the answer."""
        keys: list[Any] = []
        node: Node = self
        while node.parent is not None:
            keys.append(node.key if node.items is None else node.items[member])
            node, member = node.parent, node.index[member]
        return keys[::-1]

    def is_dead(self, member: int) -> bool:
        """Whether null stands in a member's place, or above it."""
        node: Node = self
        while True:
            if member in node.dead:
                return True
            if node.parent is None:
                return False
            node, member = node.parent, node.index[member]

    def kill(self, member: int) -> None:
        """Null the nearest member that may be null, from here upwards."""
        node: Node = self
        while True:
            node.dead.add(member)
            if node.nullable or node.parent is None:
                return
            node, member = node.parent, node.index[member]

    def assembled(self) -> list[Any]:
        """What goes out for each member. What is put together lets go of what it was made from."""
        raise NotImplementedError

    def let_go(self) -> None:
        """Of what is below and nobody put together: nodes know each other, and would wait to be collected."""
        waiting = [self]
        while waiting:
            node = waiting.pop()
            below, node.below = node.below, []
            waiting += [each for _, each in below]


class Level(Node):
    """Objects of one type, and what is asked of them.

    Args:
        plan: what is asked.
        values: the objects.
    """

    __slots__ = ("columns", "plan", "values")

    def __init__(
        self,
        plan: ObjectPlan,
        values: Sequence[Any],
        parent: Node | None = None,
        key: str | None = None,
        index: Sequence[int] = (0,),
        items: Sequence[int] | None = None,
        *,
        nullable: bool = True,
    ) -> None:
        super().__init__(parent, key, index, items, nullable=nullable)
        self.plan = plan
        self.values = values
        self.columns: list[Sequence[Any] | None] = [None] * len(plan.fields)
        """What goes out, by position of the field; None: null for all, or a node below knows."""

    def put(self, field: FieldPlan, places: Sequence[int], written: Sequence[Any]) -> None:
        """Set what goes out for a field of some of the objects."""
        if len(places) == len(self.values):
            self.columns[field.position] = written
            return
        column = self.column(field)
        for place, value in zip(places, written, strict=True):
            column[place] = value

    def column(self, field: FieldPlan) -> list[Any]:
        """The column of a field, to be changed."""
        column = self.columns[field.position]
        if type(column) is not list:
            column = self.columns[field.position] = [None] * len(self.values) if column is None else list(column)
        return column

    def assembled(self) -> list[Any]:
        """See :class:`Node`."""
        count = len(self.values)
        below, self.below = self.below, []
        for position, node in below:
            written = node.assembled()
            column = self.columns[position]
            if column is None and len(written) == count:
                self.columns[position] = written
                continue
            if column is None:
                column = self.columns[position] = [None] * count
            assert isinstance(column, list)
            for place, value in zip(node.index, written, strict=True):
                column[place] = value
        if count == 1:
            values = [None if column is None else column[0] for column in self.columns]
            outs: list[Any] = [dict(zip(self.plan.keys, values, strict=True))]
        else:
            outs = self._rows(count)
        for member in self.dead:
            outs[member] = None
        return outs

    def _rows(self, count: int) -> list[Any]:
        columns = [column if column is not None else [None] * count for column in self.columns]
        outs: list[Any]
        if not columns:
            outs = [{} for _ in range(count)]
        elif count < _WORTH_CODE:
            keys = self.plan.keys
            outs = [dict(zip(keys, row, strict=True)) for row in zip(*columns, strict=True)]
        else:
            outs = _assembler(self.plan.keys)(columns)
        return outs


class Lists(Node):
    """Lists: each member is one. What is in them stands in nodes below, or in ``cells`` where it is leaves."""

    __slots__ = ("cells", "sizes")

    def __init__(
        self,
        sizes: Sequence[int],
        parent: Node,
        key: str | None,
        index: Sequence[int],
        items: Sequence[int] | None,
        *,
        nullable: bool,
    ) -> None:
        super().__init__(parent, key, index, items, nullable=nullable)
        self.sizes = sizes
        self.cells: list[list[Any]] | None = None

    def assembled(self) -> list[Any]:
        """See :class:`Node`."""
        outs: list[Any]
        below, self.below = self.below, []
        if self.cells is not None:
            outs = list(self.cells)
        elif len(below) == 1 and len(below[0][1]) == sum(self.sizes):
            written = below[0][1].assembled()
            ends = list(accumulate(self.sizes, initial=0))
            outs = [written[start:end] for start, end in pairwise(ends)]
        else:
            outs = [[None] * size for size in self.sizes]
            for _, node in below:
                assert node.items is not None
                for member, item, value in zip(node.index, node.items, node.assembled(), strict=True):
                    outs[member][item] = value
        for member in self.dead:
            outs[member] = None
        return outs


class At(msgspec.Struct, frozen=True, eq=False):
    """Where values stand: each belongs to a member of a node, as its field or as an item of its list."""

    parent: Node
    members: Sequence[int]
    """For each value the number of its member."""
    items: Sequence[int] | None
    """For each its number in the list; None where it is the field itself."""
    nullable: bool
    """Null may stand in a value's place."""

    def some(self, numbers: Sequence[int]) -> At:
        """Where some of the values stand."""
        items = None if self.items is None else [self.items[number] for number in numbers]
        return At(self.parent, [self.members[number] for number in numbers], items, self.nullable)


class Within(Sequence[int]):
    """For each of all items of some lists the number of its list, without a number kept for each."""

    __slots__ = ("_ends",)

    def __init__(self, sizes: Sequence[int]) -> None:
        self._ends = list(accumulate(sizes))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, item: Any) -> Any:
        return bisect_right(self._ends, item)

    def __iter__(self) -> Iterator[int]:
        starts = [0, *self._ends]
        for number, end in enumerate(self._ends):
            yield from (number for _ in range(starts[number], end))

    def numbers(self) -> Sequence[int]:
        """For each item its number in its list."""
        return _Numbers(self._ends)


class _Numbers(Sequence[int]):
    __slots__ = ("_ends",)

    def __init__(self, ends: list[int]) -> None:
        self._ends = ends

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __getitem__(self, item: Any) -> Any:
        before = bisect_right(self._ends, item)
        return item - (self._ends[before - 1] if before else 0)

    def __iter__(self) -> Iterator[int]:
        sizes = (end - start for start, end in zip([0, *self._ends], self._ends, strict=False))
        return chain.from_iterable(map(range, sizes))


@lru_cache(maxsize=1024)
def _assembler(keys: tuple[str, ...]) -> Callable[[Sequence[Sequence[Any]]], list[Any]]:
    """Code that makes an object of each row of some columns."""
    names = [f"v{number}" for number in range(len(keys))]
    entries = ", ".join(f"{key!r}: {name}" for key, name in zip(keys, names, strict=True))
    made = eval(f"lambda columns: [{{{entries}}} for {', '.join(names)}, in zip(*columns)]")  # noqa: S307 - names by repr
    assembler: Callable[[Sequence[Sequence[Any]]], list[Any]] = made
    return assembler


class Answer(msgspec.Struct, eq=False):
    """Data and errors as they go out."""

    data: dict[str, Any] | None
    errors: list[dict[str, Any]]
