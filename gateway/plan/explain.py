"""What running an operation would do, told field by field: from the same plan, doors and decisions that run it.

The operation is rehearsed by the same runner, with registers that stand in for the real ones. What every door left open
is then laid over the plan, and what the rehearsal refused beyond that is added: there is no second way to decide.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from gateway.operation import Operation
from gateway.plan.compile import FieldPlan, Graph, ObjectPlan, Plan
from gateway.plan.document import Documents, RequestError, RequestRefused
from gateway.plan.execute import prepared
from gateway.plan.gate import Gate
from gateway.plan.inputs import Variables
from gateway.plan.judgement import Judgement
from gateway.plan.run import Runner
from schema.graph.claim import Problem
from schema.graph.explanation import FieldDecision
from schema.ports import FieldError, Request
from schema.terms import ErrorCode
from schema.text import Text, joined

_REFUSE = frozenset(
    each.value
    for each in (ErrorCode.FORBIDDEN, ErrorCode.QUOTA_EXCEEDED, ErrorCode.LOG_UNAVAILABLE, ErrorCode.VARIABLES)
)
_BREAK_OFF = frozenset({ErrorCode.DEADLINE_EXCEEDED.value, ErrorCode.INTERNAL.value})
"""A rehearsal waits for nobody and has no registers that fail: these are of the whole of it."""
_OF_ITSELF = Text("An explanation is not explained.", "Skaidrojumu neskaidro.")
_ITSELF = Text("Give the operation itself.", "Norādiet pašu darbību.")
_SOMEWHERE = Text("At {refused} of {places} places: {message}", "{refused} no {places} vietām: {message}")


class OpenedDoors(Protocol):
    """Doors behind one field that leave the same open."""

    @property
    def type_name(self) -> str: ...
    @property
    def judgement(self) -> Judgement: ...
    @property
    def count(self) -> int: ...


class Act(Protocol):
    """One mutation, rehearsed."""

    @property
    def field(self) -> FieldPlan | None: ...
    @property
    def problems(self) -> Sequence[Any]: ...
    @property
    def rules(self) -> tuple[str, ...]: ...


class Rehearsal(Request, Gate, Protocol):
    """A run that reaches no register and keeps nothing."""

    @property
    def top(self) -> Judgement:
        """What the root left open."""
        ...

    @property
    def acts(self) -> Sequence[Act]: ...

    def doors(self, field: FieldPlan) -> Sequence[OpenedDoors]:
        """The doors that objects behind a field were."""
        ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Explained:
    """What came of a rehearsal.

    Attributes:
        rehearsal: None where the operation cannot be run at all.
        broken_off: why it did not come to its end: nothing it says of what is allowed counts then.
    """

    decisions: list[FieldDecision]
    problems: list[Problem]
    rehearsal: Any = None
    broken_off: FieldError | None = None

    @property
    def allowed(self) -> bool:
        """Nothing is refused."""
        return not self.problems and all(each.allowed for each in self.decisions)


class Explainer:
    """Explains operations.

    Args:
        graph: the graph.
        documents: documents by text.
    """

    def __init__(self, graph: Graph, documents: Documents) -> None:
        self._graph = graph
        self._documents = documents

    async def explain(
        self,
        operation: Operation,
        rehearse: Callable[[Plan, Variables], Rehearsal],
        deadline: float,
        reasons: Mapping[str, str],
        whose: Hashable,
        *,
        may_introspect: bool,
    ) -> Explained:
        """Rehearse an operation and tell what came of it; one that cannot be run is told, too.

        Args:
            rehearse: makes a rehearsal of a plan.
            deadline: ``time.monotonic()`` at which answers are worth nothing any more.
            whose: as for :func:`gateway.plan.execute.prepared`.
        """
        try:
            plan, variables = await prepared(
                self._graph, self._documents, operation, whose, may_introspect=may_introspect
            )
            if any(each.coordinate == "Query.explain" for each in plan.root.fields):
                raise RequestRefused(RequestError(ErrorCode.INVALID, _OF_ITSELF, remedy=_ITSELF))
        except RequestRefused as refusal:
            return Explained([], [_problem_of(error) for error in refusal.errors])
        rehearsal = rehearse(plan, variables)
        try:
            errors = await Runner(self._graph, plan, variables, rehearsal, rehearsal, deadline).rehearse()
        finally:
            await rehearsal.close()
        broken_off = next((error for error in errors if _code(error) in _BREAK_OFF), None)
        if broken_off is not None:
            return Explained([], [], rehearsal, _field_error(broken_off))
        judged = _Telling(rehearsal, [], reasons)
        judged.of(plan.root, rehearsal.top, "", 1)
        rest = [error for error in errors if not judged.has_told(error)]
        told = _Telling(rehearsal, rest, reasons)
        told.of(plan.root, rehearsal.top, "", 1)
        told.what_the_run_refused()
        problems = told.what_mutations_came_to()
        return Explained(told.decisions(), problems, rehearsal)


def _problem_of(error: RequestError) -> Problem:
    place = "/variables" if error.code is ErrorCode.VARIABLES else "/operation"
    parts = [error.message, error.remedy, _place_of(error)]
    message = joined(*(each for each in parts if each is not None))
    return Problem(code=error.code.value, message=message, field=place)


def _place_of(error: RequestError) -> Text | None:
    """Where in the document it is: of a problem nothing else says."""
    if not error.locations or error.code is ErrorCode.VARIABLES:
        return None
    line, column = error.locations[0]
    return Text("It is line {line}, column {column}.", "Tā ir {line}. rinda, {column}. zīme.").filled(
        line=line, column=column
    )


@dataclass(frozen=True, slots=True)
class _Refusal:
    message: Text
    rules: tuple[str, ...]
    remedy: Text | None

    @classmethod
    def of(cls, error: FieldError) -> _Refusal:
        return cls(error.message, () if error.rule is None else tuple(error.rule.split(", ")), error.remedy)


@dataclass(slots=True)
class _Told:
    """One field, at all places where it stands."""

    path: str
    coordinate: str
    permits: dict[str, None] = field(default_factory=dict)
    refusals: list[_Refusal] = field(default_factory=list)
    door: int = 0
    """Which judgement it was decided by, first."""
    leads_to_doors: bool = False
    places: int = 0
    refused: int = 0
    note: str | None = None
    remedy: str | None = None


class _Telling:
    def __init__(self, rehearsal: Rehearsal, errors: Sequence[Mapping[str, Any]], reasons: Mapping[str, str]) -> None:
        self._rehearsal = rehearsal
        self._reasons = reasons
        self._told: dict[tuple[str, str], _Told] = {}
        self._at: dict[str, list[_Told]] = {}
        self._of_field: dict[int, _Told] = {}
        self._errors: dict[str, list[Mapping[str, Any]]] = {}
        self._unsure = 0
        for error in errors:
            self._errors.setdefault(_path(error), []).append(error)

    # ------------------------------------------------------------ the walk

    def of(self, below: ObjectPlan, judgement: Judgement, above: str, places: int) -> None:
        """Every field of objects that a door left open as judged."""
        for each in below.fields:
            path = f"{above}.{each.key}" if above else each.key
            if self._is_said_of_another_type(path, each):
                continue
            error = judgement.refusal(each)
            refusal = None if error is None else _Refusal.of(error)
            self._tell(each, path, judgement.permits.get(each.id, ()), refusal, places, judgement)
            if refusal is not None:
                self._shut(self._asked_of(each, judgement), judgement, path, refusal, places)
            elif each.door is not None:
                self._behind(each, path)
            elif each.objects:
                self._open(each, judgement, path, places)

    def _open(self, plan: FieldPlan, judgement: Judgement, path: str, places: int) -> None:
        errors = self._refused_at(path)
        asked = self._asked_of(plan, judgement)
        if errors:
            self._shut(asked, judgement, path, errors[0], places)
            return
        self._unsure += len(asked) > 1
        for inner in asked:
            self.of(inner, judgement, path, places)
        self._unsure -= len(asked) > 1

    def _behind(self, plan: FieldPlan, path: str) -> None:
        """What stands behind a field that leads to doors: as each of them says; of no door nothing is known."""
        opened = self._rehearsal.doors(plan)
        for door in opened:
            self.of(plan.objects[door.type_name], door.judgement, path, door.count)
        errors = self._refused_at(path)
        if errors and not opened:
            self._shut(plan.objects.values(), None, path, errors[0], 1)

    def _shut(
        self, below: Iterable[ObjectPlan], judgement: Judgement | None, above: str, refusal: _Refusal, places: int
    ) -> None:
        """Nothing below a refused field is answered; where a field was judged itself, its own reason stands."""
        types = list(below)
        self._unsure += len(types) > 1
        for inner in types:
            for each in inner.fields:
                path = f"{above}.{each.key}"
                if self._is_said_of_another_type(path, each):
                    continue
                error = None if judgement is None else judgement.refused.get(each.id)
                own = refusal if error is None else _Refusal.of(error)
                self._tell(each, path, (), own, places, judgement)
                self._shut(each.objects.values(), judgement, path, own, places)
        self._unsure -= len(types) > 1

    def _is_said_of_another_type(self, path: str, plan: FieldPlan) -> bool:
        """Where the type of an object is not known, a field that several types have is told once."""
        return self._unsure > 0 and path in self._at and (path, plan.coordinate) not in self._told

    def _asked_of(self, plan: FieldPlan, judgement: Judgement) -> list[ObjectPlan]:
        """The object types of a field that the door's object can have."""
        if plan.coordinate == "Claim.applicant" and judgement.applicant_type is not None:
            return [each for each in plan.objects.values() if each.type_name == judgement.applicant_type]
        return list(plan.objects.values())

    def _tell(
        self,
        plan: FieldPlan,
        path: str,
        permits: Sequence[str],
        refusal: _Refusal | None,
        places: int,
        judgement: Judgement | None,
    ) -> None:
        told = self._told.get((path, plan.coordinate))
        if told is None:
            told = self._told[path, plan.coordinate] = _Told(
                path, plan.coordinate, door=id(judgement), leads_to_doors=bool(self._rehearsal.doors(plan))
            )
            self._at.setdefault(path, []).append(told)
            self._of_field[plan.id] = told
        told.places += places
        if refusal is None:
            told.permits |= dict.fromkeys(permits)
        else:
            told.refused += places
            told.refusals.append(refusal)

    # ------------------------------------------------------------ what else the rehearsal showed

    def _refused_at(self, path: str) -> list[_Refusal]:
        return [_refusal_in(error) for error in self._errors.get(path, ()) if _code(error) in _REFUSE]

    def has_told(self, error: Mapping[str, Any]) -> bool:
        """Whether doors alone say that a field is refused so."""
        refusal = _refusal_in(error)
        return any(refusal in told.refusals for told in self._at.get(_path(error), ()))

    def what_the_run_refused(self) -> None:
        """Add what no door decided: an object that is not there, a quota, an organisation's own numbers."""
        for path, errors in self._errors.items():
            further = self._refused_at(path)
            for told in self._at.get(path, ()):
                told.refusals += [each for each in further if each not in told.refusals]
                told.refused = min(told.refused + len(further), told.places) if told.places > 1 else len(told.refusals)
                for error in errors:
                    if _code(error) == ErrorCode.REGISTER_NOT_CONNECTED:
                        told.note, told.remedy = error["message"], error["extensions"].get("remedy")

    def what_mutations_came_to(self) -> list[Problem]:
        """Problems of all mutations; each is also why its field is refused."""
        found: list[Problem] = []
        for act in self._rehearsal.acts:
            told = None if act.field is None else self._of_field.get(act.field.id)
            if told is not None and not act.problems:
                told.permits |= dict.fromkeys(act.rules)
            for each in act.problems:
                found.append(Problem(code=each.code.value, message=each.message, field=each.field))
                if told is not None:
                    told.refused = told.places
                    told.refusals.append(_Refusal(each.message, act.rules, None))
        return found

    # ------------------------------------------------------------ what is said

    def decisions(self) -> list[FieldDecision]:
        """One for each field, in the order of the document."""
        for told in self._told.values():
            if not told.refused and not told.permits:
                told.permits = {rule: None for each in self._opened_by(told) for rule in each.permits}
        return [self._decision(told) for told in self._told.values()]

    def _opened_by(self, told: _Told) -> list[_Told]:
        """What makes a field open: of a relation anything below it, of what leads to doors what is just behind them."""
        inner = f"{told.path}."
        below = [each for each in self._told.values() if each.path.startswith(inner) and not each.refused]
        if told.leads_to_doors:
            return [each for each in below if "." not in each.path[len(inner) :]]
        return [each for each in below if each.door == told.door]

    def _decision(self, told: _Told) -> FieldDecision:
        if not told.refused:
            reasons = [self._reasons[rule] for rule in told.permits if rule in self._reasons]
            reason = told.note or (reasons[0] if reasons else None)
            return FieldDecision(
                path=told.path,
                coordinate=told.coordinate,
                allowed=True,
                rules=sorted(told.permits),
                reason=reason,
                remedy=told.remedy,
            )
        first = told.refusals[0]
        message = first.message
        if told.refused < told.places:
            message = _SOMEWHERE.filled(refused=told.refused, places=told.places, message=message)
        return FieldDecision(
            path=told.path,
            coordinate=told.coordinate,
            allowed=False,
            rules=sorted({rule for each in told.refusals for rule in each.rules}),
            reason=message,
            remedy=first.remedy,
        )


def _path(error: Mapping[str, Any]) -> str:
    """Response path without places in lists."""
    return ".".join(each for each in error["path"] if isinstance(each, str))


def _code(error: Mapping[str, Any]) -> str:
    code: str = error["extensions"]["code"]
    return code


def _field_error(error: Mapping[str, Any]) -> FieldError:
    return FieldError(ErrorCode(_code(error)), error["message"], remedy=error["extensions"].get("remedy"))


def _refusal_in(error: Mapping[str, Any]) -> _Refusal:
    extensions = error["extensions"]
    rule = extensions.get("rule")
    return _Refusal(error["message"], () if rule is None else tuple(rule.split(", ")), extensions.get("remedy"))
