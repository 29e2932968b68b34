"""Runs a plan breadth first: one batch call a relation and level, the own store before any register.

The runner knows nothing of policies and registers. A :class:`Gate` opens doors, each of which says which fields it
leaves open and hears what registers disclosed and failed. It is told when all of the own store has been read: the
moment at which everything is decided and written to the log.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

import msgspec
from graphql import execute_sync
from graphql.language.ast import DocumentNode, SelectionSetNode

from gateway.long_turns import LONG, own_turn
from gateway.plan import asking
from gateway.plan.arguments import arguments_of, converted, unusable
from gateway.plan.compile import FieldPlan, Graph, Plan
from gateway.plan.completion import Completion, are_given
from gateway.plan.gate import Gate, LogDown
from gateway.plan.inputs import Variables
from gateway.plan.steps import Steps
from gateway.plan.tree import Answer, Level
from schema.graph import batches
from schema.ports import FieldError, Request
from schema.terms import ErrorCode
from schema.wording import ASK_FOR_LESS, LATE, TELL_THE_REQUEST_ID, WENT_WRONG


class Asked(msgspec.Struct, eq=False):
    """One call that is under way: a relation's batch function, or the source of several fields."""

    level: Level
    places: Sequence[int]
    """The objects that it was called with."""
    fields: list[tuple[FieldPlan, Sequence[int]]]
    """The fields that wait for it, each with the objects that it may be answered of."""
    begins: bool = False
    """It is no call, but a long level that is begun a field at a time."""


_LONG_LEVEL = 5_000
"""Objects of which one field takes some ten milliseconds."""
_ONE = range(1)
_NOTHING = object()
_JUDGEMENTS_KEPT = 8
"""Of those that refuse none of an object's fields, as many as are remembered."""


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
        self._unexpected = partial(_unexpected, request)
        self._completion = Completion(gate, self._unexpected)
        self._steps: Steps[Asked] = Steps(deadline, asking.field.set, self._finish)
        self._registers_open = False
        self._held_back: list[Asked] = []
        self._has_long_level = False

    @property
    def _is_long(self) -> bool:
        """What it came to takes long to go through once more."""
        return self._has_long_level or len(self._completion.errors) > LONG

    async def run(self) -> Answer:
        """Run everything.

        Raises:
            LogDown: before anything personal would leave.
        """
        root = Level(self._plan.root, [None])
        try:
            await self._everything(root)
            return Answer(root.assembled()[0], self._completion.errors)
        finally:
            root.let_go()

    async def rehearse(self) -> list[dict[str, Any]]:
        """Run everything for its errors: no answer is put together. Raises: as :meth:`run`."""
        root = Level(self._plan.root, [None])
        try:
            await self._everything(root)
            return self._completion.errors
        finally:
            root.let_go()

    async def _everything(self, root: Level) -> None:
        """Afterwards it is a turn of the loop for long work, where there is such."""
        outer = asking.field.get()
        try:
            root.open([self._gate.root(self._plan)])
            if self._plan.is_mutation:
                await self._mutate(root)
            else:
                self._begin(root)
                if self._steps.running:
                    await self._drain()
            if self._is_long:
                await own_turn()
            try:
                await self._gate.decided()
            except FieldError:
                raise LogDown from None
            self._registers_open = True
            held_back, self._held_back = self._held_back, []
            for waiting in held_back:
                self._start(waiting)
            if self._steps.running:
                await self._drain()
            if self._is_long:
                await own_turn()
        finally:
            self._steps.close()
            asking.field.set(outer)

    async def _mutate(self, root: Level) -> None:
        """One root field after the other."""
        fields = list(self._plan.root.fields)
        while fields:
            self._begin_field(fields.pop(0), root)
            if not await self._drain():
                # What has not begun does not begin: whoever hears that it was late may ask again.
                self._cut_off(Asked(root, (0,), [(each, (0,)) for each in fields]))
                break

    # ------------------------------------------------------------ levels

    async def _begin_slowly(self, begun: Asked) -> None:
        """Begin a long level a field at a time: others have their turn in between."""
        while begun.fields:
            self._begin_field(begun.fields.pop(0)[0], begun.level)
            await asyncio.sleep(0)

    def _begin(self, level: Level) -> None:
        if len(level.values) > _LONG_LEVEL:
            self._has_long_level = True
            everybody = range(len(level.values))
            begun = Asked(level, everybody, [(each, everybody) for each in level.plan.fields], begins=True)
            self._steps.start(begun, self._begin_slowly(begun), None)
            return
        done = self._begin_whole(level) if self._is_whole(level) else 0
        if done is not None:
            self._begin_in_part(level, level.plan.fields[:done], level.plan.fields[done:])

    def _begin_whole(self, level: Level) -> int | None:
        """Begin the fields of a level of which nothing is refused.

        Returns:
            After how many of them something became null, so that the others are asked in part; None: nothing did.
        """
        completion = self._completion
        whole = range(len(level.values))
        alone = len(whole) == 1
        for each in level.plan.fields:
            if each.is_value:
                if alone:
                    self._put_one(each, level, getattr(level.values[0], each.attribute, None))
                else:
                    self._put_values(each, level, whole)
            elif each.relation is None:
                self._begin_field(each, level, whole)
            elif each.relation.source is None:
                self._ask(Asked(level, whole, [(each, whole)]))
            if completion.any_dead:
                return each.position + 1
        for together in level.plan.by_source:
            self._ask(Asked(level, whole, [(each, whole) for each in together]))
        return None

    def _begin_in_part(self, level: Level, begun: Sequence[FieldPlan], others: Sequence[FieldPlan]) -> None:
        """Begin the other fields of a level, each of the objects that it may be answered of.

        Args:
            begun: fields that are begun, of every object, but for what they have in common.
        """
        everybody = range(len(level.values))
        by_source: dict[Any, list[tuple[FieldPlan, Sequence[int]]]] = {}
        for each in begun:
            if each.relation is not None and each.relation.source is not None:
                by_source.setdefault(each.relation.source, []).append((each, everybody))
        for each in others:
            source = None if each.relation is None else each.relation.source
            if source is None:
                self._begin_field(each, level)
            else:
                places = self._open_places(each, level)
                if places:
                    by_source.setdefault(source, []).append((each, places))
        for fields in by_source.values():
            places = fields[0][1]
            if any(each[1] is not places and each[1] != places for each in fields):
                places = sorted({place for _, each in fields for place in each})
            self._ask(Asked(level, places, fields))

    def _is_whole(self, level: Level) -> bool:
        """Whether no door refuses any field of any of the objects, and none of them has become null."""
        if self._completion.any_dead:
            return False
        plan = level.plan
        for door in level.judges:
            judgement = door.judgement
            if plan.open_to.get(id(judgement)) is judgement:
                continue
            if any(door.refusal(each) is not None for each in plan.fields):
                return False
            if len(plan.open_to) >= _JUDGEMENTS_KEPT:
                plan.open_to.clear()
            plan.open_to[id(judgement)] = judgement
        return True

    def _put_one(self, plan: FieldPlan, level: Level, value: Any) -> None:
        """Answer a field of the only object, a leaf and no list: what one value needs none of the columns' steps."""
        kind = type(value)
        if kind not in plan.plain:
            assert plan.leaf is not None
            try:
                written = _NOTHING if value is None or issubclass(kind, FieldError) else plan.leaf(value)
            except Exception:  # noqa: BLE001 - where several are completed it is found out, and told, what is wrong
                written = _NOTHING
            if written is _NOTHING:
                self._complete(plan, level, _ONE, [value])
                return
            value = written
        level.columns[plan.position] = [value]

    def _put_values(self, plan: FieldPlan, level: Level, everybody: Sequence[int]) -> None:
        """Answer a field that is an attribute of every object."""
        name = plan.attribute
        self._put_all(plan, level, everybody, [getattr(value, name, None) for value in level.values])

    def _put_all(self, plan: FieldPlan, level: Level, everybody: Sequence[int], values: list[Any]) -> None:
        """Answer a field of every object, a leaf and no list: plain values are the column as they are."""
        if plan.plain.issuperset(map(type, values)):
            level.columns[plan.position] = values
        else:
            self._complete(plan, level, everybody, values)

    def _begin_field(self, plan: FieldPlan, level: Level, places: Sequence[int] | None = None) -> None:
        if places is None:
            places = self._open_places(plan, level)
        if not places:
            return
        if plan.name == "__typename":
            level.put(plan, places, [level.plan.type_name] * len(places))
        elif plan.name in ("__schema", "__type"):
            level.put(plan, places, [self._introspected(plan)])
        elif plan.relation is None:
            name, values = plan.attribute, level.values
            if len(places) == len(values):
                self._complete(plan, level, places, [getattr(value, name, None) for value in values])
            else:
                self._complete(plan, level, places, [getattr(values[place], name, None) for place in places])
        else:
            self._ask(Asked(level, places, [(plan, places)]))

    def _open_places(self, plan: FieldPlan, level: Level) -> Sequence[int]:
        """The objects that the field may be answered of; the others get their error."""
        completion = self._completion
        if not completion.any_dead and all(door.refusal(plan) is None for door in level.judges):
            return range(len(level.values))
        places = []
        for place in range(len(level.values)):
            if completion.any_dead and level.is_dead(place):
                continue
            refusal = level.door(place).refusal(plan)
            if refusal is None:
                places.append(place)
            else:
                completion.fail(plan, level, place, refusal)
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
            values = converted(self._graph, plan, arguments_of(plan, self._variables)) if plan.definition.args else {}
        except Exception:  # noqa: BLE001 - an argument that cannot be read is the caller's, and its text may be personal
            self._fail_all(asked, unusable(plan.coordinate))
            return
        parents = asked.level.values
        if len(asked.places) != len(parents):
            parents = [parents[place] for place in asked.places]
        relation = plan.relation
        assert relation is not None
        if relation.source is not None:
            batch = relation.source(parents, self._request)
        else:
            batch = relation.batch(parents, self._request, **values)
        # What asks registers goes out together: one that began later would be a call of its own.
        self._steps.start(asked, batch, plan, may_wait=not self._registers_open)

    async def _drain(self) -> bool:
        """Until nothing runs. False where the deadline has passed before."""
        if await self._steps.drain():
            return True
        for asked in self._steps.stop():
            self._cut_off(asked)
        return False

    def _cut_off(self, asked: Asked) -> None:
        error = FieldError(ErrorCode.DEADLINE_EXCEEDED, LATE, remedy=ASK_FOR_LESS)
        for plan, places in asked.fields:
            for place in places:
                door = asked.level.door(place)
                refusal = door.refusal(plan) if asked.begins else None
                if refusal is None:
                    door.not_given(plan, error, asked.level.values[place])
                self._completion.fail(plan, asked.level, place, refusal or error)

    def _finish(self, asked: Asked, answers: Any, failure: BaseException | None) -> None:
        if asked.begins:
            if failure is not None:
                raise failure
            return
        plan = asked.fields[0][0]
        if failure is None:
            if len(answers) == len(asked.places):
                self._hand_out(asked, answers)
                return
            failure = ValueError(f"{len(asked.places)} parents, {len(answers)} results")
        if isinstance(failure, LogDown):
            raise failure
        self._fail_all(asked, failure if isinstance(failure, FieldError) else self._unexpected(plan, failure))

    def _hand_out(self, asked: Asked, answers: Sequence[Any]) -> None:
        """Give every field that waited its values."""
        by_place: dict[int, Any] | None = None
        given: bool | None = None
        alone = len(asked.level.values) == 1
        for plan, places in asked.fields:
            mine = answers
            if places is not asked.places and places != asked.places:
                by_place = by_place or dict(zip(asked.places, answers, strict=True))
                mine = [by_place[place] for place in places]
            project = None if plan.relation is None else plan.relation.project
            if project is not None:
                if given is None:
                    given = are_given(answers)
                try:
                    mine = list(map(project, mine)) if given else batches.each(mine, project)
                except Exception as failure:  # noqa: BLE001 - a projection that fails is ours to report, masked
                    self._fail(plan, asked.level, places, self._unexpected(plan, failure))
                    continue
                if plan.leaf is not None and not plan.is_list and len(mine) == len(asked.level.values):
                    if alone:
                        self._put_one(plan, asked.level, mine[0])
                    else:
                        self._put_all(plan, asked.level, places, mine)
                    continue
            self._complete(plan, asked.level, places, mine)

    def _complete(self, plan: FieldPlan, level: Level, places: Sequence[int], values: Sequence[Any]) -> None:
        for below in self._completion.complete(plan, level, places, values):
            self._begin(below)

    def _fail_all(self, asked: Asked, error: FieldError) -> None:
        for plan, places in asked.fields:
            self._fail(plan, asked.level, places, error)

    def _fail(self, plan: FieldPlan, level: Level, places: Sequence[int], error: FieldError) -> None:
        """Nothing of an open field is given, whatever the reason: that is recorded as well."""
        for place in places:
            level.door(place).not_given(plan, error, level.values[place])
            self._completion.fail(plan, level, place, error)

    # ------------------------------------------------------------ introspection

    def _introspected(self, plan: FieldPlan) -> Any:
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
        if result.errors:
            raise result.errors[0]
        return (result.data or {}).get(plan.key)


def _unexpected(request: Request, plan: FieldPlan, failure: BaseException) -> FieldError:
    request.report(plan.coordinate, failure)
    return FieldError(ErrorCode.INTERNAL, WENT_WRONG, remedy=TELL_THE_REQUEST_ID)
