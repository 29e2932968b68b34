"""Values -> the answer in the making: what the specification calls completing values, a column at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import chain
from typing import Any

from graphql import GraphQLList, GraphQLNonNull, GraphQLOutputType

from gateway.plan.compile import FieldPlan
from gateway.plan.gate import Gate, OpenedDoor, is_not_given
from gateway.plan.tree import At, Level, Lists, Node, Within
from schema.ports import FieldError
from schema.terms import ErrorCode
from schema.wording import NO_VALUE, TELL_THE_REQUEST_ID

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
        self._said: tuple[FieldPlan, FieldError] | None = None
        """The field and the error that were told last, and what is said of them."""
        self._locations: list[dict[str, int]] = []
        self._extensions: dict[str, Any] = {}

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

    def _fail_at(self, plan: FieldPlan, at: At, number: int, error: FieldError) -> None:
        """One of several values is null because of an error."""
        if at.items is not None:
            self._fail_item(plan, at.parent, at.members[number], at.items[number], error, nullable=at.nullable)
            return
        assert isinstance(at.parent, Level)
        self.fail(plan, at.parent, at.members[number], error)

    def _fail_item(
        self, plan: FieldPlan, lists: Node, member: int, item: int, error: FieldError, *, nullable: bool
    ) -> None:
        """What stands in a list is null because of an error."""
        if self.any_dead and lists.is_dead(member):
            return
        self._add(plan, [*lists.path(member), item], error)
        if not nullable:
            self._kill(lists, member)

    def _add(self, plan: FieldPlan, path: list[Any], error: FieldError) -> None:
        if (plan, error) != self._said:
            # One error may answer thousands of references, and each object of theirs is one to collect.
            self._said, self._locations, self._extensions = (plan, error), plan.locations, error.extensions()
        self.errors.append(
            {"message": error.message, "locations": self._locations, "path": path, "extensions": self._extensions}
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
        at = At(level, places, None, plan.nullable)
        if plan.is_list:
            self._lists(plan, _unwrapped(plan.type)[0], at, values, begun)
        else:
            self._objects(plan, at, values, begun)
        return begun

    def _given(
        self, plan: FieldPlan, level: Level, places: Sequence[int], values: Sequence[Any]
    ) -> tuple[list[int], list[Any]]:
        """What is neither null nor an error."""
        kept: list[int] = []
        given: list[Any] = []
        any_error = False
        for member, value in zip(places, values, strict=True):
            if value is None:
                if not plan.nullable:
                    self.fail(plan, level, member, _null_in(plan))
            elif isinstance(value, FieldError):
                any_error = True
                self.fail(plan, level, member, value)
            else:
                kept.append(member)
                given.append(value)
        if any_error:
            _tell_not_given(plan, level, places, values)
        return kept, given

    def _leaves(self, plan: FieldPlan, level: Level, places: Sequence[int], values: Sequence[Any]) -> None:
        leaf = plan.leaf
        assert leaf is not None
        kinds = set(map(type, values))
        if kinds <= plan.plain:
            level.put(plan, places, values)
            return
        if _NONE not in kinds and not _has_error(kinds):
            try:
                written = list(map(leaf, values))
            except Exception:  # noqa: BLE001, S110 - where one of them cannot be written, each is looked at by itself
                pass
            else:
                level.put(plan, places, written)
                return
        column = level.column(plan)
        if _has_error(kinds):
            _tell_not_given(plan, level, places, values)
        for member, value in zip(places, values, strict=True):
            if value is None:
                if not plan.nullable:
                    self.fail(plan, level, member, _null_in(plan))
            elif isinstance(value, FieldError):
                self.fail(plan, level, member, value)
            else:
                try:
                    column[member] = leaf(value)
                except FieldError as error:
                    self.fail(plan, level, member, error)
                except Exception as failure:  # noqa: BLE001 - a value that its type cannot write is ours, masked
                    self.fail(plan, level, member, self._unexpected(plan, failure))

    # ------------------------------------------------------------ objects

    def _objects(self, plan: FieldPlan, at: At, values: Sequence[Any], begun: list[Level]) -> None:
        """Objects, none of them missing. Those of one type make one level."""
        if plan.only_type is not None:
            self._level(plan, plan.only_type, at, values, begun)
            return
        by_type: dict[str, list[int]] = {}
        for number, value in enumerate(values):
            try:
                name = value.__strawberry_definition__.name
                _ = plan.objects[name]
            except Exception as failure:  # noqa: BLE001 - an object of no type that may stand here is ours, masked
                self._fail_at(plan, at, number, self._unexpected(plan, failure))
            else:
                by_type.setdefault(name, []).append(number)
        for name, numbers in by_type.items():
            if len(numbers) == len(values):
                self._level(plan, name, at, values, begun)
            else:
                self._level(plan, name, at.some(numbers), [values[number] for number in numbers], begun)

    def _level(self, plan: FieldPlan, name: str, at: At, values: Sequence[Any], begun: list[Level]) -> None:
        doors: Sequence[OpenedDoor] = ()
        if plan.door is not None:
            doors, kept = self._opened(plan, at, values)
            if len(kept) < len(values):
                at, values = at.some(kept), [values[number] for number in kept]
        if not values:
            return
        level = Level(plan.objects[name], values, at.parent, plan.key, at.members, at.items, nullable=at.nullable)
        if doors:
            level.open(doors)
        at.parent.below.append((plan.position, level))
        begun.append(level)

    def _opened(self, plan: FieldPlan, at: At, values: Sequence[Any]) -> tuple[Sequence[OpenedDoor], Sequence[int]]:
        """The doors that objects are, and which of them have one."""
        if len(values) > 1:
            # What fails here fails one by one, too, where it is told of each.
            with suppress(Exception):
                together = self._gate.open_all(plan, values)
                if together is not None:
                    return together, range(len(values))
        doors: list[OpenedDoor] = []
        kept: list[int] = []
        through = at.parent.only_door()
        for number, value in enumerate(values):
            try:
                doors.append(self._gate.open(plan, value, through or at.parent.door(at.members[number])))
            except FieldError as refusal:
                self._fail_at(plan, at, number, refusal)
            except Exception as failure:  # noqa: BLE001 - a door that fails to open is ours to report, masked
                self._fail_at(plan, at, number, self._unexpected(plan, failure))
            else:
                kept.append(number)
        return doors, kept

    # ------------------------------------------------------------ lists

    def _lists(self, plan: FieldPlan, list_type: Any, at: At, values: Sequence[Any], begun: list[Level]) -> None:
        """Lists of a type that is no longer wrapped as non-null, none of them missing."""
        if not set(map(type, values)) <= _SEQUENCES:
            at, values = self._sequences(plan, at, values)
            if not values:
                return
        sizes = list(map(len, values))
        node = Lists(sizes, at.parent, plan.key, at.members, at.items, nullable=at.nullable)
        at.parent.below.append((plan.position, node))
        named, nullable = _unwrapped(list_type.of_type)
        is_list = isinstance(named, GraphQLList)
        if plan.leaf is not None and not is_list:
            node.cells = [self._cells(plan, node, number, value, nullable) for number, value in enumerate(values)]
            return
        flat: Sequence[Any] = list(chain.from_iterable(values))
        within = Within(sizes)
        inside = At(node, within, within.numbers(), nullable)
        if not are_given(flat):
            inside, flat = self._given_items(plan, inside, flat)
        if not flat:
            return
        if is_list:
            self._lists(plan, named, inside, flat, begun)
        else:
            self._objects(plan, inside, flat, begun)

    def _sequences(self, plan: FieldPlan, at: At, values: Sequence[Any]) -> tuple[At, list[Any]]:
        """What can stand for a list, as lists."""
        kept: list[int] = []
        made: list[Any] = []
        for number, value in enumerate(values):
            try:
                if isinstance(value, str | bytes | Mapping):
                    raise TypeError("a list is asked for")
                made.append(list(value))
            except Exception as failure:  # noqa: BLE001 - a value that its type cannot write is ours to report, masked
                self._fail_at(plan, at, number, self._unexpected(plan, failure))
            else:
                kept.append(number)
        return at.some(kept), made

    def _given_items(self, plan: FieldPlan, at: At, flat: Sequence[Any]) -> tuple[At, list[Any]]:
        """Items that are neither null nor an error."""
        kept: list[int] = []
        for number, value in enumerate(flat):
            if isinstance(value, FieldError):
                self._fail_at(plan, at, number, value)
            elif value is not None:
                kept.append(number)
            elif not at.nullable:
                self._fail_at(plan, at, number, _null_in(plan))
        return at.some(kept), [flat[number] for number in kept]

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
                self._fail_item(plan, node, member, item, error, nullable=nullable)
        return written


_NONE = type(None)
_SEQUENCES = frozenset({list, tuple})


def are_given(values: Sequence[Any]) -> bool:
    """Whether none of the values is null or an error."""
    if len(values) == 1:
        return values[0] is not None and not isinstance(values[0], FieldError)
    kinds = set(map(type, values))
    return _NONE not in kinds and not _has_error(kinds)


def _has_error(kinds: set[type[Any]]) -> bool:
    return any([issubclass(kind, FieldError) for kind in kinds])  # noqa: C419 - a generator costs more than the answer


def _unwrapped(type_: GraphQLOutputType) -> tuple[GraphQLOutputType, bool]:
    """A type without its non-null wrapper, and whether it had none."""
    return (type_.of_type, False) if isinstance(type_, GraphQLNonNull) else (type_, True)


def _disclose(
    plan: FieldPlan, discloses: Callable[[Any], Any], level: Level, places: Sequence[int], values: Sequence[Any]
) -> None:
    for door, value in zip(level.doors(places), values, strict=True):
        people = value if isinstance(value, list | tuple) else (value,)
        if people:
            door.disclosed(plan, list(map(discloses, people)))


def _tell_not_given(plan: FieldPlan, level: Level, places: Sequence[int], values: Sequence[Any]) -> None:
    """Tell doors which of their objects a field is not given of, and whether it is given of others."""
    doors = level.doors(places)
    given = {id(door) for door, value in zip(doors, values, strict=True) if not isinstance(value, FieldError)}
    for door, member, value in zip(doors, places, values, strict=True):
        if isinstance(value, FieldError) and is_not_given(value):
            door.not_given(plan, value, level.values[member], in_part=id(door) in given)


def _null_in(plan: FieldPlan) -> FieldError:
    return FieldError(ErrorCode.INTERNAL, NO_VALUE.filled(coordinate=plan.coordinate), remedy=TELL_THE_REQUEST_ID)
