"""Values -> the answer in the making: what the specification calls completing values, a column at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any

from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLOutputType

from gateway.plan.compile import FieldPlan
from gateway.plan.gate import Gate, OpenedDoor, is_not_given
from gateway.plan.tree import Level, Lists, Node, Within
from schema.ports import FieldError
from schema.terms import ErrorCode

Unexpected = Callable[[FieldPlan, BaseException], FieldError]
"""Reports an accident and gives the error that stands for it."""


class Completion:
    """Completes values of one run.

    Args:
        gate: opens doors.
        unexpected: masks what nobody foresaw.
    """

    def __init__(self, gate: Gate, unexpected: Unexpected) -> None:
        self._gate = gate
        self._unexpected = unexpected
        self.errors: list[dict[str, Any]] = []
        self.any_dead = False

    # ------------------------------------------------------------ errors

    def fail(self, plan: FieldPlan, level: Level, member: int, error: FieldError) -> None:
        """A field of an object is null because of an error."""
        if self.any_dead and level.is_dead(member):
            return
        self._add(plan, [*level.path(member), plan.key], error)
        if level.columns[plan.position] is not None:
            level.column(plan)[member] = None
        if not plan.nullable:
            self._kill(level, member)

    def fail_all(self, plan: FieldPlan, level: Level, places: Sequence[int], error: FieldError) -> None:
        """The same for some of the objects."""
        for member in places:
            self.fail(plan, level, member, error)

    def _fail_at(
        self, plan: FieldPlan, parent: Node, index: int, item: int | None, error: FieldError, *, nullable: bool
    ) -> None:
        """What stands in a list, or is the field itself, is null because of an error."""
        if item is None:
            assert isinstance(parent, Level)
            self.fail(plan, parent, index, error)
            return
        if self.any_dead and parent.is_dead(index):
            return
        self._add(plan, [*parent.path(index), item], error)
        if not nullable:
            self._kill(parent, index)

    def _add(self, plan: FieldPlan, path: list[Any], error: FieldError) -> None:
        self.errors.append(
            {"message": error.message, "locations": plan.locations, "path": path, "extensions": error.extensions()}
        )

    def _kill(self, node: Node, member: int) -> None:
        self.any_dead = True
        node.kill(member)

    # ------------------------------------------------------------ fields

    def complete(self, plan: FieldPlan, level: Level, places: Sequence[int], values: Sequence[Any]) -> list[Level]:
        """Take the values of a field of some of the objects of a level.

        Returns:
            Levels of the objects that they are, to be asked on.
        """
        if plan.leaf is not None and not plan.is_list:
            self._leaves(plan, level, places, values)
            return []
        if not are_given(values):
            places, values = self._given(plan, level, places, values)
        if not values:
            return []
        if plan.relation is not None and plan.relation.discloses is not None:
            _disclose(plan, plan.relation.discloses, level, places, values)
        begun: list[Level] = []
        if plan.is_list:
            self._lists(plan, plan.type, level, places, None, values, begun)
        else:
            self._objects(plan, level, places, None, values, begun, nullable=plan.nullable)
        return begun

    def _given(
        self, plan: FieldPlan, level: Level, places: Sequence[int], values: Sequence[Any]
    ) -> tuple[list[int], list[Any]]:
        """What is neither null nor an error."""
        kept: list[int] = []
        given: list[Any] = []
        for member, value in zip(places, values, strict=True):
            if value is None:
                if not plan.nullable:
                    self.fail(plan, level, member, _null_in(plan))
            elif isinstance(value, FieldError):
                self._answer_error(plan, level, member, value)
            else:
                kept.append(member)
                given.append(value)
        return kept, given

    def _answer_error(self, plan: FieldPlan, level: Level, member: int, error: FieldError) -> None:
        if is_not_given(error):
            level.door(member).not_given(plan, error, level.values[member])
        self.fail(plan, level, member, error)

    def _leaves(self, plan: FieldPlan, level: Level, places: Sequence[int], values: Sequence[Any]) -> None:
        leaf = plan.leaf
        assert leaf is not None
        kinds = set(map(type, values))
        if kinds <= plan.plain:
            level.put(plan, places, values)
            return
        if _NONE not in kinds and not _has_error(kinds):
            # Where one of them cannot be written, each is looked at by itself.
            with suppress(Exception):
                level.put(plan, places, [leaf(value) for value in values])
                return
        column = level.column(plan)
        for member, value in zip(places, values, strict=True):
            if value is None:
                if not plan.nullable:
                    self.fail(plan, level, member, _null_in(plan))
            elif isinstance(value, FieldError):
                self._answer_error(plan, level, member, value)
            else:
                try:
                    column[member] = leaf(value)
                except FieldError as error:
                    self.fail(plan, level, member, error)
                except Exception as failure:  # noqa: BLE001 - a value that its type cannot write is ours, masked
                    self.fail(plan, level, member, self._unexpected(plan, failure))

    # ------------------------------------------------------------ objects

    def _objects(
        self,
        plan: FieldPlan,
        parent: Node,
        index: Sequence[int],
        items: Sequence[int] | None,
        values: Sequence[Any],
        begun: list[Level],
        *,
        nullable: bool,
    ) -> None:
        """Objects, none of them missing. Those of one type make one level."""
        if isinstance(plan.named, GraphQLObjectType):
            self._level(plan, plan.named.name, parent, index, items, values, begun, nullable=nullable)
            return
        by_type: dict[str, list[int]] = {}
        for number, value in enumerate(values):
            try:
                name = value.__strawberry_definition__.name
                _ = plan.objects[name]
            except Exception as failure:  # noqa: BLE001 - an object of no type that may stand here is ours, masked
                item = None if items is None else items[number]
                error = self._unexpected(plan, failure)
                self._fail_at(plan, parent, index[number], item, error, nullable=nullable)
            else:
                by_type.setdefault(name, []).append(number)
        for name, numbers in by_type.items():
            if len(numbers) == len(values):
                self._level(plan, name, parent, index, items, values, begun, nullable=nullable)
                continue
            some = [index[number] for number in numbers]
            some_items = None if items is None else [items[number] for number in numbers]
            some_values = [values[number] for number in numbers]
            self._level(plan, name, parent, some, some_items, some_values, begun, nullable=nullable)

    def _level(
        self,
        plan: FieldPlan,
        name: str,
        parent: Node,
        index: Sequence[int],
        items: Sequence[int] | None,
        values: Sequence[Any],
        begun: list[Level],
        *,
        nullable: bool,
    ) -> None:
        doors: list[OpenedDoor] = []
        if plan.door is not None:
            shut: set[int] = set()
            for number, value in enumerate(values):
                try:
                    doors.append(self._gate.open(plan, value, parent.door(index[number])))
                except FieldError as refusal:
                    error = refusal
                except Exception as failure:  # noqa: BLE001 - a door that fails to open is ours to report, masked
                    error = self._unexpected(plan, failure)
                else:
                    continue
                shut.add(number)
                item = None if items is None else items[number]
                self._fail_at(plan, parent, index[number], item, error, nullable=nullable)
            if shut:
                kept = [number for number in range(len(values)) if number not in shut]
                index = [index[number] for number in kept]
                items = None if items is None else [items[number] for number in kept]
                values = [values[number] for number in kept]
        if not values:
            return
        level = Level(plan.objects[name], values, parent, plan.key, index, items, nullable=nullable)
        if doors:
            level.open(doors)
        parent.below.append((plan.position, level))
        begun.append(level)

    # ------------------------------------------------------------ lists

    def _lists(
        self,
        plan: FieldPlan,
        type_: GraphQLOutputType,
        parent: Node,
        index: Sequence[int],
        items: Sequence[int] | None,
        values: Sequence[Any],
        begun: list[Level],
    ) -> None:
        """Lists, none of them missing."""
        nullable = not isinstance(type_, GraphQLNonNull)
        list_type: Any = type_ if nullable else type_.of_type  # type: ignore[union-attr]
        item_type = list_type.of_type
        if not set(map(type, values)) <= _SEQUENCES:
            index, items, values = self._sequences(plan, parent, index, items, values, nullable=nullable)
            if not values:
                return
        sizes = list(map(len, values))
        node = Lists(sizes, parent, plan.key, index, items, nullable=nullable)
        parent.below.append((plan.position, node))
        item_nullable = not isinstance(item_type, GraphQLNonNull)
        named = item_type if item_nullable else item_type.of_type
        is_list = isinstance(named, GraphQLList)
        if plan.leaf is not None and not is_list:
            node.cells = [self._cells(plan, node, number, value, item_nullable) for number, value in enumerate(values)]
            return
        flat: Sequence[Any] = list(chain.from_iterable(values))
        every = Within(sizes)
        within: Sequence[int] = every
        numbers: Sequence[int] = every.numbers()
        if not are_given(flat):
            within, numbers, flat = self._given_items(plan, node, within, numbers, flat, nullable=item_nullable)
        if not flat:
            return
        if is_list:
            self._lists(plan, item_type, node, within, numbers, flat, begun)
        else:
            self._objects(plan, node, within, numbers, flat, begun, nullable=item_nullable)

    def _sequences(
        self,
        plan: FieldPlan,
        parent: Node,
        index: Sequence[int],
        items: Sequence[int] | None,
        values: Sequence[Any],
        *,
        nullable: bool,
    ) -> tuple[list[int], list[int] | None, list[Any]]:
        """What can stand for a list, as lists."""
        kept: list[int] = []
        made: list[Any] = []
        for number, value in enumerate(values):
            try:
                if isinstance(value, str | bytes | Mapping):
                    raise TypeError("a list is asked for")
                made.append(list(value))
            except Exception as failure:  # noqa: BLE001 - a value that its type cannot write is ours to report, masked
                item = None if items is None else items[number]
                error = self._unexpected(plan, failure)
                self._fail_at(plan, parent, index[number], item, error, nullable=nullable)
            else:
                kept.append(number)
        some_items = None if items is None else [items[number] for number in kept]
        return [index[number] for number in kept], some_items, made

    def _given_items(
        self,
        plan: FieldPlan,
        node: Lists,
        within: Sequence[int],
        numbers: Sequence[int],
        flat: Sequence[Any],
        *,
        nullable: bool,
    ) -> tuple[list[int], list[int], list[Any]]:
        """Items that are neither null nor an error."""
        some_within: list[int] = []
        some_numbers: list[int] = []
        given: list[Any] = []
        for member, item, value in zip(within, numbers, flat, strict=True):
            if isinstance(value, FieldError):
                self._fail_at(plan, node, member, item, value, nullable=nullable)
            elif value is None:
                if not nullable:
                    self._fail_at(plan, node, member, item, _null_in(plan), nullable=False)
            else:
                some_within.append(member)
                some_numbers.append(item)
                given.append(value)
        return some_within, some_numbers, given

    def _cells(self, plan: FieldPlan, node: Lists, member: int, value: Sequence[Any], nullable: bool) -> list[Any]:
        """The leaves of one list."""
        leaf = plan.leaf
        assert leaf is not None
        written: list[Any] = []
        for item, each in enumerate(value):
            error: FieldError | None = None
            if each is None:
                error = None if nullable else _null_in(plan)
            elif isinstance(each, FieldError):
                error = each
            else:
                try:
                    written.append(leaf(each))
                    continue
                except FieldError as refusal:
                    error = refusal
                except Exception as failure:  # noqa: BLE001 - this place is spoilt, the others are not
                    error = self._unexpected(plan, failure)
            written.append(None)
            if error is not None:
                self._fail_at(plan, node, member, item, error, nullable=nullable)
        return written


_NONE = type(None)
_SEQUENCES = frozenset({list, tuple})


def are_given(values: Sequence[Any]) -> bool:
    """Whether none of the values is null or an error."""
    kinds = set(map(type, values))
    return _NONE not in kinds and not _has_error(kinds)


def _has_error(kinds: set[type[Any]]) -> bool:
    return any(issubclass(kind, FieldError) for kind in kinds)


def _disclose(
    plan: FieldPlan, discloses: Callable[[Any], Any], level: Level, places: Sequence[int], values: Sequence[Any]
) -> None:
    for member, value in zip(places, values, strict=True):
        door = level.door(member)
        for each in value if isinstance(value, list | tuple) else (value,):
            door.disclosed(plan, discloses(each))


def _null_in(plan: FieldPlan) -> FieldError:
    return FieldError(ErrorCode.INTERNAL, f"{plan.coordinate} has no value where the schema promises one.")
