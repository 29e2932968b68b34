"""Runs a plan breadth first: one batch call a relation and level, the own store before any register.

The runner knows nothing of policies and registers. A :class:`Gate` opens doors, each of which says which fields it
leaves open and hears what registers disclosed and failed. It is told when all of the own store has been read: the
moment at which everything is decided and written to the log.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from typing import Any

from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLOutputType, execute_sync
from graphql.language.ast import DocumentNode, SelectionSetNode

from gateway.plan import asking
from gateway.plan.compile import FieldPlan, Graph, Plan, Variables, arguments_of
from gateway.plan.gate import Gate, LogDown, OpenedDoor, is_not_given
from gateway.plan.tree import Answer, Asked, Level, Slot
from schema.graph import batches
from schema.ports import FieldError, Request
from schema.terms import ErrorCode


def _is_no_object(item: Any) -> bool:
    return item is None or isinstance(item, FieldError)


class Runner:
    """One run of one plan for one request."""

    def __init__(
        self, graph: Graph, plan: Plan, variables: Variables, request: Request, gate: Gate, deadline: float
    ) -> None:
        self._graph = graph
        self._plan = plan
        self._variables = variables
        self._request = request
        self._gate = gate
        self._deadline = deadline
        self._errors: list[dict[str, Any]] = []
        self._any_dead = False
        self._registers_open = False
        self._held_back: list[Asked] = []
        self._running: dict[asyncio.Task[Any], Asked] = {}

    async def run(self) -> Answer:
        """Run everything.

        Raises:
            LogDown: before anything personal would leave.
        """
        holder: dict[str, Any] = {"data": self._plan.root.blank.copy()}
        slot = Slot(holder, "data", None, nullable=True)
        root = Level(self._plan.root, [None], [holder["data"]], [slot], [self._gate.root(self._plan)])
        if self._plan.is_mutation:
            for each in self._plan.root.fields:
                self._begin_field(each, root)
                await self._drain()
        else:
            self._begin(root)
            await self._drain()
        await self._decided()
        self._registers_open = True
        held_back, self._held_back = self._held_back, []
        for waiting in held_back:
            self._start(waiting)
        await self._drain()
        if self._any_dead and slot.dead:
            return Answer(None, self._errors)
        return Answer(holder["data"], self._errors)

    async def _decided(self) -> None:
        try:
            await self._gate.decided()
        except FieldError:
            raise LogDown from None

    # ------------------------------------------------------------ levels

    def _begin(self, level: Level) -> None:
        by_source: dict[Any, list[tuple[FieldPlan, list[int]]]] = {}
        for each in level.plan.fields:
            source = None if each.relation is None else each.relation.source
            if source is None:
                self._begin_field(each, level)
            else:
                places = self._open_places(each, level)
                if places:
                    by_source.setdefault(source, []).append((each, places))
        for fields in by_source.values():
            places = fields[0][1]
            if any(each[1] != places for each in fields):
                places = sorted({place for _, each in fields for place in each})
            self._ask(Asked(level, places, fields))

    def _begin_field(self, plan: FieldPlan, level: Level) -> None:
        places = self._open_places(plan, level)
        if not places:
            return
        if plan.name == "__typename":
            for place in places:
                level.outs[place][plan.key] = level.plan.type_name
        elif plan.name in ("__schema", "__type"):
            self._introspect(plan, level)
        elif plan.relation is None:
            values = level.values
            self._complete(plan, level, places, [getattr(values[place], plan.attribute, None) for place in places])
        else:
            self._ask(Asked(level, places, [(plan, places)]))

    def _open_places(self, plan: FieldPlan, level: Level) -> list[int]:
        """The objects that the field may be answered of; the others get their error."""
        doors = level.doors
        if not self._any_dead:
            judgement = doors[0].judgement
            alike = all(door.judgement is judgement for door in doors)
            if alike and doors[0].refusal(plan) is None:
                return list(range(len(doors)))
        places = []
        for place, door in enumerate(doors):
            if self._any_dead and level.slots[place].is_dead():
                continue
            refusal = door.refusal(plan)
            if refusal is None:
                places.append(place)
            else:
                self._fail(plan, level, place, refusal)
        return places

    def _ask(self, asked: Asked) -> None:
        relation = asked.fields[0][0].relation
        assert relation is not None
        if relation.reads and not self._registers_open:
            self._held_back.append(asked)
        else:
            self._start(asked)

    def _start(self, asked: Asked) -> None:
        plan = asked.fields[0][0]
        try:
            # A source takes no arguments; a batch function of its own has one field.
            values = self._graph.convert(plan, arguments_of(plan, self._variables)) if plan.definition.args else {}
        except Exception:  # noqa: BLE001 - an argument that cannot be read is the caller's, and its text may be personal
            message = f"An argument of {plan.coordinate} has no usable value."
            self._fail_all(asked, FieldError(ErrorCode.VARIABLES, message))
            return
        parents = [asked.level.values[place] for place in asked.places]
        self._running[asyncio.ensure_future(self._call(plan, parents, values))] = asked

    async def _call(self, plan: FieldPlan, parents: list[Any], values: dict[str, Any]) -> Sequence[Any]:
        assert plan.relation is not None
        asking.field.set(plan)
        if plan.relation.source is not None:
            return await plan.relation.source(parents, self._request)
        return await plan.relation.batch(parents, self._request, **values)

    async def _drain(self) -> None:
        """Until nothing runs, or the deadline has passed."""
        while self._running:
            remaining = self._deadline - time.monotonic()
            done, _ = await asyncio.wait(self._running, timeout=max(remaining, 0), return_when=asyncio.FIRST_COMPLETED)
            if not done:
                self._cut_off()
                return
            # In the order in which they were started, so that errors come in a stable order.
            for task in [each for each in self._running if each in done]:
                self._finish(task, self._running.pop(task))

    def _finish(self, task: asyncio.Task[Any], asked: Asked) -> None:
        failure = task.exception()
        plan = asked.fields[0][0]
        if failure is None:
            answers = task.result()
            if len(answers) == len(asked.places):
                self._hand_out(asked, answers)
                return
            failure = ValueError(f"{len(asked.places)} parents, {len(answers)} results")
        if isinstance(failure, LogDown):
            self._cancel()
            raise failure
        self._fail_all(asked, failure if isinstance(failure, FieldError) else self._unexpected(plan, failure))

    def _hand_out(self, asked: Asked, answers: Sequence[Any]) -> None:
        """Give every field that waited its values."""
        by_place: dict[int, Any] | None = None
        for plan, places in asked.fields:
            mine = answers
            if places != asked.places:
                by_place = by_place or dict(zip(asked.places, answers, strict=True))
                mine = [by_place[place] for place in places]
            project = None if plan.relation is None else plan.relation.project
            if project is not None:
                try:
                    mine = batches.each(mine, project)
                except Exception as failure:  # noqa: BLE001 - a projection that fails is ours to report, masked
                    self._fail_all(Asked(asked.level, places, [(plan, places)]), self._unexpected(plan, failure))
                    continue
            self._complete(plan, asked.level, places, mine)

    def _fail_all(self, asked: Asked, error: FieldError) -> None:
        for plan, places in asked.fields:
            for place in places:
                self._fail(plan, asked.level, place, error)

    def _cut_off(self) -> None:
        late = list(self._running.values())
        self._cancel()
        error = FieldError(
            ErrorCode.DEADLINE_EXCEEDED, "This was not answered in time.", remedy="Ask again, or for less at a time."
        )
        for asked in late:
            for plan, places in asked.fields:
                for place in places:
                    asked.level.doors[place].not_given(plan, error)
            self._fail_all(asked, error)

    def _cancel(self) -> None:
        for task in self._running:
            task.cancel()
        self._running.clear()

    def _unexpected(self, plan: FieldPlan, failure: BaseException) -> FieldError:
        self._request.report(plan.coordinate, failure)
        return FieldError(
            ErrorCode.INTERNAL, "Something went wrong in the gateway.", remedy="Tell the ministry the request id."
        )

    # ------------------------------------------------------------ values

    def _complete(self, plan: FieldPlan, level: Level, places: Sequence[int], values: Sequence[Any]) -> None:
        if plan.leaf is not None and not plan.is_list:
            self._complete_leaves(plan, level, places, values)
            return
        sinks: dict[str, Level] = {}
        discloses = plan.relation.discloses if plan.relation else None
        for place, value in zip(places, values, strict=True):
            if isinstance(value, FieldError):
                self._answer_error(plan, level, place, value)
                continue
            if value is None:
                if not plan.nullable:
                    self._fail(plan, level, place, self._null_in(plan))
                continue
            door = level.doors[place]
            if discloses is not None:
                for each in value if isinstance(value, list | tuple) else (value,):
                    door.disclosed(plan, discloses(each))
            try:
                written = self._write(
                    plan, plan.type, value, level.outs[place], plan.key, level.slots[place], door, sinks
                )
            except FieldError as error:
                self._fail(plan, level, place, error)
                continue
            except Exception as failure:  # noqa: BLE001 - a value that its type cannot write is ours to report, masked
                self._fail(plan, level, place, self._unexpected(plan, failure))
                continue
            level.outs[place][plan.key] = written
        for sink in sinks.values():
            # A list may be empty.
            if sink.outs:
                self._begin(sink)

    def _complete_leaves(self, plan: FieldPlan, level: Level, places: Sequence[int], values: Sequence[Any]) -> None:
        leaf, key, outs = plan.leaf, plan.key, level.outs
        assert leaf is not None
        for place, value in zip(places, values, strict=True):
            if value is None:
                if not plan.nullable:
                    self._fail(plan, level, place, self._null_in(plan))
            elif isinstance(value, FieldError):
                self._answer_error(plan, level, place, value)
            else:
                try:
                    outs[place][key] = leaf(value)
                except FieldError as error:
                    self._fail(plan, level, place, error)
                except Exception as failure:  # noqa: BLE001 - a value that its type cannot write is ours, masked
                    self._fail(plan, level, place, self._unexpected(plan, failure))

    def _answer_error(self, plan: FieldPlan, level: Level, place: int, error: FieldError) -> None:
        if is_not_given(error):
            level.doors[place].not_given(plan, error)
        self._fail(plan, level, place, error)

    def _write(
        self,
        plan: FieldPlan,
        type_: GraphQLOutputType,
        value: Any,
        container: Any,
        key: Any,
        parent: Slot,
        door: OpenedDoor,
        sinks: dict[str, Level],
    ) -> Any:
        """What goes out for a value; objects are queued in ``sinks`` and filled later."""
        nullable = True
        if isinstance(type_, GraphQLNonNull):
            nullable, type_ = False, type_.of_type
        if isinstance(type_, GraphQLList):
            if isinstance(value, str | bytes | Mapping):
                raise TypeError("a list is asked for")
            slot = Slot(container, key, parent, nullable)
            item_type = type_.of_type
            item_nullable = not isinstance(item_type, GraphQLNonNull)
            named = item_type if item_nullable else item_type.of_type
            if plan.door is None and isinstance(named, GraphQLObjectType) and not any(map(_is_no_object, value)):
                return self._write_objects(plan, named.name, value, slot, door, sinks, nullable=item_nullable)
            items = self._write_list(plan, type_, value, slot, door, sinks)
            return None if slot.dead else items
        if plan.leaf is not None:
            return plan.leaf(value)
        name = type_.name if isinstance(type_, GraphQLObjectType) else value.__strawberry_definition__.name
        sink = sinks.get(name)
        if sink is None:
            sink = sinks[name] = Level(plan.objects[name])
        out: dict[str, Any] = sink.plan.blank.copy()
        # First, since it may raise: every object of a level has its own door at its own place.
        sink.doors.append(door if plan.door is None else self._gate.open(plan, value, door))
        sink.values.append(value)
        sink.outs.append(out)
        sink.slots.append(Slot(container, key, parent, nullable))
        return out

    def _write_objects(
        self,
        plan: FieldPlan,
        name: str,
        value: Sequence[Any],
        slot: Slot,
        door: OpenedDoor,
        sinks: dict[str, Level],
        *,
        nullable: bool,
    ) -> list[Any]:
        """A list of objects of one type, none of them missing: what most lists are."""
        sink = sinks.get(name)
        if sink is None:
            sink = sinks[name] = Level(plan.objects[name])
        blank = sink.plan.blank
        written: list[Any] = [blank.copy() for _ in value]
        sink.doors.extend([door] * len(written))
        sink.values.extend(value)
        sink.outs.extend(written)
        sink.slots.extend([Slot(written, index, slot, nullable) for index in range(len(written))])
        return written

    def _write_list(
        self,
        plan: FieldPlan,
        type_: GraphQLList[Any],
        value: Sequence[Any],
        slot: Slot,
        door: OpenedDoor,
        sinks: dict[str, Level],
    ) -> list[Any]:
        written: list[Any] = []
        for index, item in enumerate(value):
            error: FieldError | None = None
            if isinstance(item, FieldError):
                error = item
            elif item is not None:
                try:
                    written.append(self._write(plan, type_.of_type, item, written, index, slot, door, sinks))
                    continue
                except FieldError as refusal:
                    error = refusal
                except Exception as failure:  # noqa: BLE001 - as in _complete: this place is spoilt, the others are not
                    error = self._unexpected(plan, failure)
            elif isinstance(type_.of_type, GraphQLNonNull):
                error = self._null_in(plan)
            written.append(None)
            if error is not None:
                self._add_error(plan, [*slot.path(), index], error)
                if isinstance(type_.of_type, GraphQLNonNull):
                    self._kill(slot)
        return written

    # ------------------------------------------------------------ errors

    def _null_in(self, plan: FieldPlan) -> FieldError:
        return FieldError(ErrorCode.INTERNAL, f"{plan.coordinate} has no value where the schema promises one.")

    def _fail(self, plan: FieldPlan, level: Level, place: int, error: FieldError) -> None:
        slot = level.slots[place]
        if self._any_dead and slot.is_dead():
            return
        self._add_error(plan, [*slot.path(), plan.key], error)
        level.outs[place][plan.key] = None
        if isinstance(plan.type, GraphQLNonNull):
            self._kill(slot)

    def _add_error(self, plan: FieldPlan, path: list[Any], error: FieldError) -> None:
        self._errors.append(
            {"message": error.message, "locations": plan.locations, "path": path, "extensions": error.extensions()}
        )

    def _kill(self, slot: Slot | None) -> None:
        """Null the nearest object or list that may be null."""
        self._any_dead = True
        while slot is not None:
            slot.dead = True
            if slot.nullable:
                if isinstance(slot.container, dict) or slot.key < len(slot.container):
                    slot.container[slot.key] = None
                return
            slot = slot.parent

    # ------------------------------------------------------------ introspection

    def _introspect(self, plan: FieldPlan, level: Level) -> None:
        """Let graphql-core answer about the schema: the same for everybody who may ask."""
        operation = self._plan.operation
        alone = type(operation)(
            operation=operation.operation,
            name=operation.name,
            variable_definitions=operation.variable_definitions,
            directives=(),
            selection_set=SelectionSetNode(selections=tuple(plan.nodes)),
        )
        document = DocumentNode(definitions=(alone, *self._plan.document.fragments.values()))
        result = execute_sync(
            self._graph.schema, document, variable_values=self._request.raw_variables, root_value=None
        )
        level.outs[0][plan.key] = (result.data or {}).get(plan.key)
