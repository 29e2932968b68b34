"""The reference: graphql-core's executor on the same graph, relations and gate; a second reading of the specification.

Collecting fields, coercing arguments, completing values, resolving types and propagating nulls are graphql-core's own.
Of the plan this module takes only what doors are decided by: which :class:`FieldPlan` stands at a response path.
``GATEWAY_EXECUTOR=reference`` answers requests with it, and ``tests/plan/test_reference_agrees.py`` holds the runner
against it on generated operations.

What may differ from the runner, by the specification's latitude or by this gateway's design:

- Relations are asked with one parent at a time, so a register is asked more often than by the runner; and the access
  records are written when everything is read, still before anything leaves, not before the first register call.
- A root field of a mutation reads its registers before the next root field begins; the runner reads them all last.
- Of several errors below one object or list that is nulled, either may leave some out.
- A variable of ``@skip`` or ``@include`` that is explicitly null (``$b: Boolean = true``, given null) is an error of
  the object here; for the runner it is not true, as the specification's CollectFields() has it: nothing is skipped by
  it, nothing included.

What the plan cannot do and leaves to the reference stands in :data:`FALLS_BACK`: nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

from graphql import (
    ExecutionHooks,
    ExecutionResult,
    Executor,
    GraphQLError,
    GraphQLObjectType,
    GraphQLResolveInfo,
    execute,
)
from graphql.pyutils import Path

from gateway.plan import asking
from gateway.plan.arguments import converted, unusable
from gateway.plan.compile import FieldPlan, Graph, ObjectPlan, Plan
from gateway.plan.gate import Gate, LogDown, OpenedDoor, is_not_given
from gateway.plan.tree import Answer
from schema.graph.declare import Relation
from schema.ports import FieldError, Request
from schema.terms import ErrorCode
from schema.wording import ASK_FOR_LESS, LATE, NO_VALUE, TELL_THE_REQUEST_ID, WENT_WRONG

FALLS_BACK: tuple[str, ...] = ()
"""Constructs of the language that the plan does not run itself."""

_Keys = tuple[str | int, ...]


class _Executor(Executor[Any]):
    """Tells the run which door every object is, before anything is asked of it, and what is on its way.

    graphql-core lets go of what has not begun when a sibling nulls their object. What is a task from the first can be
    ended in order by the run.
    """

    def complete_object_value(
        self,
        return_type: GraphQLObjectType,
        field_details_list: Any,
        info: GraphQLResolveInfo[Any],
        path: Path,
        result: Any,
        position_context: Any,
    ) -> Any:
        """See graphql-core."""
        self.context_value.enter(return_type, info, path, result)
        return super().complete_object_value(return_type, field_details_list, info, path, result, position_context)

    def complete_value(self, *arguments: Any) -> Any:
        """See graphql-core."""
        return self.context_value.begin(super().complete_value(*arguments))

    def execute_field(self, *arguments: Any) -> Any:
        """See graphql-core."""
        return self.context_value.begin(super().execute_field(*arguments))

    def complete_list_item_value(self, item: Any, complete_results: list[Any], *arguments: Any) -> bool:
        """See graphql-core."""
        is_awaitable = super().complete_list_item_value(item, complete_results, *arguments)
        complete_results[-1] = self.context_value.begin(complete_results[-1])
        return is_awaitable


class ReferenceRunner:
    """One run of one operation for one request, by graphql-core; takes and answers what :class:`Runner` does."""

    def __init__(self, graph: Graph, plan: Plan, request: Request, gate: Gate, deadline: float) -> None:
        self._graph = graph
        self._plan = plan
        self._request = request
        self._gate = gate
        self._deadline = deadline
        self._entered: dict[_Keys, tuple[ObjectPlan, OpenedDoor]] = {}
        self._resolved: set[_Keys] = set()
        self._given: set[tuple[int, int]] = set()
        """Doors, by identity, with the fields of which they gave something."""
        self._lost: list[tuple[OpenedDoor, FieldPlan, FieldError, Any]] = []
        """What is not given after all: to be told once it is known of which others it is."""
        self._log_down: LogDown | None = None
        self._tasks: list[asyncio.Task[Any]] = []
        self._settled = asyncio.Event()

    async def run(self) -> Answer:
        """Run everything.

        Raises:
            LogDown: before anything personal would leave.
        """
        self._entered[()] = (self._plan.root, self._gate.root(self._plan))
        operation = self._plan.operation
        answer = execute(
            self._graph.schema,
            self._plan.document.ast,
            context_value=self,
            variable_values=self._request.raw_variables,
            operation_name=operation.name.value if operation.name else None,
            middleware=[self],
            executor_class=_Executor,
            hide_suggestions=True,
            hooks=ExecutionHooks(async_work_finished=lambda _: self._settled.set()),
        )
        try:
            result = answer if isinstance(answer, ExecutionResult) else await answer
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._tasks:
            await self._settled.wait()
        if self._log_down is not None:
            raise self._log_down
        for door, field, error, of in self._lost:
            door.not_given(field, error, of, in_part=(id(door), field.id) in self._given)
        try:
            await self._gate.decided()
        except FieldError:
            raise LogDown from None
        return Answer(result.data, [self._error(error) for error in result.errors or ()])

    # ------------------------------------------------------------ called by graphql-core

    def begin(self, value: Any) -> Any:
        """Make a task of a coroutine; everything else stays as it is."""
        if not asyncio.iscoroutine(value):
            return value
        task = asyncio.ensure_future(value)
        self._tasks.append(task)
        return task

    def enter(self, type_: GraphQLObjectType, info: GraphQLResolveInfo[Any], path: Path, value: Any) -> None:
        """Open the door that an object is.

        Args:
            type_: what the object is at run time.
            info: of the field that it is the value of.
            path: of the object, list indexes included.

        Raises:
            FieldError: the door does not open.
        """
        field, door = self._field(info)
        below = field.objects.get(type_.name) if field is not None else None
        if field is None or below is None or door is None:
            return
        if field.door is not None:
            door = self._gate.open(field, value, door)
        self._entered[_keys(path)] = (below, door)

    def resolve(
        self, resolver: Callable[..., Any], source: Any, info: GraphQLResolveInfo[Any], /, **arguments: Any
    ) -> Any:
        """Answer one field of one object. Raises: FieldError."""
        self._resolved.add(_keys(info.path))
        field, door = self._field(info)
        if field is None or door is None:
            # Inside of __schema and __type, which were decided as a whole.
            return resolver(source, info, **arguments)
        refusal = door.refusal(field)
        if refusal is not None:
            raise refusal
        if info.field_name in ("__typename", "__schema", "__type"):
            return resolver(source, info, **arguments)
        definition = info.parent_type.fields[info.field_name]
        relation = self._graph.relation_of(f"{info.parent_type.name}.{info.field_name}", definition)
        if relation is not None:
            return self.begin(self._ask(relation, field, door, source, arguments))
        declared = self._graph.field_of(definition)
        return getattr(source, (declared.python_name if declared is not None else None) or info.field_name, None)

    async def _ask(
        self, relation: Relation, field: FieldPlan, door: OpenedDoor, parent: Any, arguments: dict[str, Any]
    ) -> Any:
        try:
            values = converted(self._graph, field, arguments)
        except Exception:  # noqa: BLE001 - an argument that cannot be read is the caller's, and its text may be personal
            raise self._not_given(field, door, parent, unusable(field.coordinate)) from None
        asking.field.set(field)
        try:
            async with asyncio.timeout(max(self._deadline - time.monotonic(), 0)):
                (result,) = await relation.batch([parent], self._request, **values)
        except TimeoutError:
            late = FieldError(
                ErrorCode.DEADLINE_EXCEEDED,
                LATE,
                remedy=ASK_FOR_LESS,
            )
            raise self._not_given(field, door, parent, late) from None
        except LogDown as signal:
            self._log_down = signal
            raise
        except FieldError as error:
            raise self._not_given(field, door, parent, error) from None
        except Exception:
            # What it is called is decided where errors are said.
            self._not_given(field, door, parent, unusable(field.coordinate))
            raise
        if isinstance(result, FieldError):
            if is_not_given(result):
                self._lost.append((door, field, result, parent))
            return result
        self._given.add((id(door), field.id))
        if result is not None and relation.discloses is not None:
            people = result if isinstance(result, list | tuple) else (result,)
            if people:
                door.disclosed(field, [relation.discloses(each) for each in people])
        return result

    def _not_given(self, field: FieldPlan, door: OpenedDoor, parent: Any, error: FieldError) -> FieldError:
        """Nothing of an open field is given, whatever the reason: that is recorded as well."""
        self._lost.append((door, field, error, parent))
        return error

    def _field(self, info: GraphQLResolveInfo[Any]) -> tuple[FieldPlan | None, OpenedDoor | None]:
        """What stands at a field's path, and the door that its object is; (None, None) inside of introspection."""
        above = self._entered.get(_keys(info.path.prev))
        if above is None:
            return None, None
        plan, door = above
        return next(each for each in plan.fields if each.key == info.path.key), door

    # ------------------------------------------------------------ errors

    def _error(self, error: GraphQLError) -> dict[str, Any]:
        said = self._said(error)
        entry: dict[str, Any] = {
            "message": said.message,
            "locations": [{"line": each.line, "column": each.column} for each in error.locations or ()],
        }
        if error.path is not None:
            entry["path"] = list(error.path)
        return {**entry, "extensions": said.extensions()}

    def _said(self, error: GraphQLError) -> FieldError:
        """What the caller is told; everything that is not an error of ours is masked."""
        failure = error.original_error
        if isinstance(failure, FieldError):
            return failure
        place = _field_path(tuple(error.path or ()))
        if place and place not in self._resolved:
            # graphql-core coerces arguments before it calls the resolver; a refusal comes first.
            above, door = self._entered[place[:-1]]
            field = next(each for each in above.fields if each.key == place[-1])
            return door.refusal(field) or self._not_given(field, door, None, unusable(field.coordinate))
        prefix = "Cannot return null for non-nullable field "
        if isinstance(failure, TypeError) and error.message.startswith(prefix):
            coordinate = error.message.removeprefix(prefix).rstrip(".")
            return FieldError(ErrorCode.INTERNAL, NO_VALUE.filled(coordinate=coordinate), remedy=TELL_THE_REQUEST_ID)
        self._request.report(".".join(each for each in place if isinstance(each, str)), failure or error)
        return FieldError(ErrorCode.INTERNAL, WENT_WRONG, remedy=TELL_THE_REQUEST_ID)


def _keys(path: Path | None) -> _Keys:
    return () if path is None else tuple(path.as_list())


def _field_path(path: _Keys) -> _Keys:
    """The path of the field that a value, perhaps in a list, belongs to."""
    while path and isinstance(path[-1], int):
        path = path[:-1]
    return path
