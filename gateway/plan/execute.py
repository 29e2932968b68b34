"""One request: document, plan, doors, decisions, log, registers, bytes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, Protocol

from graphql import OperationDefinitionNode

from adapters.kit.aside import in_turn
from gateway.answer_bytes import answer_bytes
from gateway.identity.party import Party
from gateway.long_turns import LONG, own_turn
from gateway.memory import Collector
from gateway.operation import Executed, Operation
from gateway.plan.arguments import arguments_of
from gateway.plan.compile import Graph, Plan, compiled, keep_plan, plan_key, plan_of
from gateway.plan.cost import check_cost
from gateway.plan.document import Document, Documents, RequestError, RequestRefused
from gateway.plan.gate import Gate, LogDown
from gateway.plan.inputs import Variables
from gateway.plan.reference import ReferenceRunner
from gateway.plan.run import Runner
from schema.ports import Request
from schema.terms import Capacity, ErrorCode
from schema.text import Language, Text
from schema.wording import NEST_LESS, TOO_DEEP, USE_THE_SDL

_LONG_TEXT = 1_000
"""Characters of a document that takes some ten milliseconds to read: what would hold others up."""
_MANY_FIELDS = 500
"""Of an operation that takes as long to compile, however short its text is."""
_MANY_VALUES = 2_000
"""Of variables that take as long to read where one of them is unusual, or wrong."""


def _read_and_planned(graph: Graph, documents: Documents, operation: Operation) -> tuple[Plan, Variables]:
    document = documents.read(operation.query)
    reader = graph.reader(document, operation.name)
    variables = reader.read(operation.variables)
    return plan_of(graph, document, reader.operation, variables), variables


def _are_many(variables: Mapping[str, Any]) -> bool:
    count, pending = 0, [*variables.values()]
    while pending and count <= _MANY_VALUES:
        held = pending.pop()
        count += 1
        pending += held.values() if isinstance(held, dict) else held if isinstance(held, list) else ()
    return bool(pending)


async def _plan_aside(
    graph: Graph, document: Document, operation: OperationDefinitionNode, variables: Variables, whose: Hashable
) -> Plan:
    key = plan_key(document, operation, variables)
    if key in document.plans:
        return plan_of(graph, document, operation, variables)
    plan = await in_turn(whose, compiled, graph, document, operation, variables)
    if document.weighed:  # Else it is no longer kept, and would know its plan as the plan knows it: a circle.
        keep_plan(document, key, plan)
    return plan


async def prepared(
    graph: Graph, documents: Documents, operation: Operation, whose: Hashable, *, may_introspect: bool
) -> tuple[Plan, Variables]:
    """The plan of an operation and its variables: the same whether it is run or explained.

    Args:
        whose: long documents of one name are read one after another, in turn with those of other names.

    Raises:
        RequestRefused: it cannot be run at all.
    """
    try:
        document = documents.known(operation.query)
        if document is None and len(operation.query) >= _LONG_TEXT:
            plan, variables = await in_turn(whose, _read_and_planned, graph, documents, operation)
            documents.keep(operation.query, plan.document)
        else:
            document = document or documents.get(operation.query)
            reader = document.readers.get(operation.name) or graph.reader(document, operation.name)
            given = operation.variables
            usual = reader.usual(given)
            if usual is not None:
                variables = usual
            elif _are_many(given):
                variables = await in_turn(whose, reader.unusual, given)
            else:
                variables = reader.unusual(given)
            if document.selections < _MANY_FIELDS:
                plan = plan_of(graph, document, reader.operation, variables)
            else:
                plan = await _plan_aside(graph, document, reader.operation, variables, whose)
    except RecursionError:
        raise RequestRefused(RequestError(ErrorCode.SYNTAX, TOO_DEEP, remedy=NEST_LESS)) from None
    documents.last = plan
    if plan.introspects and not may_introspect:
        raise RequestRefused(
            RequestError(
                ErrorCode.FORBIDDEN,
                Text(
                    "The schema is not described to your capacity here.", "Jūsu statusam shēma šeit netiek aprakstīta."
                ),
                remedy=USE_THE_SDL,
            )
        )
    check_cost(plan, variables, documents.limits.cost)
    return plan, variables


class Session(Request, Gate, Protocol):
    """One run of one plan: the request that batch functions see, and the gate that the runner asks."""

    @property
    def has_mutated(self) -> bool: ...

    @property
    def provenance(self) -> list[dict[str, Any]]:
        """Where what was read of registers comes from: ``extensions.provenance``."""
        ...

    async def finish(self) -> None:
        """Everything is read: write what only the registers told. Raises: LogDown."""
        ...

    async def close(self) -> None:
        """Let go of what is still on its way."""
        ...


class Sessions(Protocol):
    """Makes sessions."""

    async def may_read(self, party: Party, claim_id: str) -> bool:
        """Whether a claim exists and the party may READ it now; nothing is recorded, and nothing may be released."""
        ...

    async def introduced(self, party: Party, request_id: str, plan: Plan | None, deadline: float) -> Party:
        """Somebody of whom it is not known yet which codes are theirs, once the population register was asked.

        Args:
            plan: what is asked for; where it is about nobody, the register is not asked. None: it is about somebody.
        """
        ...

    def open(
        self,
        party: Party,
        request_id: str,
        plan: Plan,
        variables: Variables,
        raw_variables: Mapping[str, Any],
        deadline: float,
        log_is_down: bool,
    ) -> Session: ...


class Executor:
    """Runs operations.

    Args:
        graph: the graph.
        documents: documents by text.
        sessions: makes what a run needs of the rest of the gateway.
        may_introspect: capacities that may ask for the schema.
        collector: is told of what is being answered.
        by_reference: graphql-core's executor runs every operation, in place of the plan's runner.
    """

    def __init__(
        self,
        graph: Graph,
        documents: Documents,
        sessions: Sessions,
        may_introspect: frozenset[Capacity],
        collector: Collector | None = None,
        *,
        by_reference: bool = False,
    ) -> None:
        self._graph = graph
        self._documents = documents
        self._sessions = sessions
        self._may_introspect = may_introspect
        self._collector = collector or Collector()
        self._by_reference = by_reference

    async def introduced(self, party: Party, request_id: str, deadline: float) -> Party:
        """See :class:`Sessions`: for who comes by another way than an operation."""
        return await self._sessions.introduced(party, request_id, None, deadline)

    async def execute(self, operation: Operation, party: Party, request_id: str, deadline: float) -> Executed:
        """Answer one operation.

        Args:
            deadline: ``time.monotonic()`` at which answers are worth nothing any more.
        """
        self._collector.in_hand += 1
        try:
            may_introspect = party.capacity in self._may_introspect
            plan, variables = await prepared(
                self._graph, self._documents, operation, party.key, may_introspect=may_introspect
            )
            if plan.is_subscription:
                raise RequestRefused(_STREAM_ONLY)
            return await self._answered(operation, plan, variables, party, request_id, deadline)
        except RequestRefused as refusal:
            return _refused(refusal.errors, operation.language)
        finally:
            self._collector.in_hand -= 1

    async def watch(self, operation: Operation, party: Party) -> Watched | Executed | None:
        """Make ready what is run once for each event.

        Returns:
            Executed: the operation is refused as a whole. None: it is no subscription.
        """
        try:
            may_introspect = party.capacity in self._may_introspect
            plan, variables = await prepared(
                self._graph, self._documents, operation, party.key, may_introspect=may_introspect
            )
            return Watched(self, operation, plan, variables) if plan.is_subscription else None
        except RequestRefused as refusal:
            return _refused(refusal.errors, operation.language)

    async def _answered(
        self,
        operation: Operation,
        plan: Plan,
        variables: Variables,
        party: Party,
        request_id: str,
        deadline: float,
        *,
        log_is_down: bool = False,
    ) -> Executed:
        if (party.unasked or party.unasked_grantor is not None) and not log_is_down:
            party = await self._sessions.introduced(party, request_id, plan, deadline)
        session = self._sessions.open(party, request_id, plan, variables, operation.variables, deadline, log_is_down)
        try:
            if self._by_reference:
                answer = await ReferenceRunner(self._graph, plan, session, session, deadline).run()
            else:
                answer = await Runner(self._graph, plan, variables, session, session, deadline).run()
            await session.finish()
        except LogDown:
            if session.has_mutated:
                return _executed(None, [_NOTHING_SHOWN], operation.language)
            if log_is_down:
                raise
            answer = None  # It is run once more, and whatever is recorded stays shut.
        finally:
            await session.close()
        if answer is None:
            return await self._answered(operation, plan, variables, party, request_id, deadline, log_is_down=True)
        if len(answer.errors) > LONG:
            await own_turn()
        return _executed(answer.data, answer.errors, operation.language, session.provenance)


class Watched:
    """A subscription: one plan, run for each event as a request of its own.

    Args:
        plan, variables: of ``operation``.
    """

    __slots__ = ("_executor", "_operation", "_plan", "_variables", "claim")

    def __init__(self, executor: Executor, operation: Operation, plan: Plan, variables: Variables) -> None:
        self._executor = executor
        self._operation = operation
        self._plan = plan
        self._variables = variables
        # Validation lets one root field through, but @skip may have taken it away.
        watching = next((each for each in plan.root.fields if each.coordinate == _CLAIM_CHANGED), None)
        self.claim = "" if watching is None else str(arguments_of(watching, variables).get("id", ""))

    async def answer(self, party: Party, request_id: str, deadline: float) -> Executed:
        """What goes out for one event: decided now, and recorded before it leaves; as :meth:`Executor.execute`."""
        executor = self._executor
        executor._collector.in_hand += 1
        try:
            return await executor._answered(self._operation, self._plan, self._variables, party, request_id, deadline)
        finally:
            executor._collector.in_hand -= 1

    async def may_see(self, party: Party) -> bool:
        """Whether the claim exists and the party may READ it now. Raises: StoreUnavailable."""
        return await self._executor._sessions.may_read(party, self.claim)


_CLAIM_CHANGED = "Subscription.claimChanged"
_STREAM_ONLY = RequestError(
    ErrorCode.INVALID,
    Text("Subscriptions are answered as a stream of events.", "Uz abonementiem atbild ar notikumu plūsmu."),
    remedy=Text("Send Accept: text/event-stream.", "Sūtiet Accept: text/event-stream."),
)
_NOTHING_SHOWN = {
    "message": Text(
        "This was done, but access to personal data cannot be recorded now, so the result is not shown.",
        "Tas ir izdarīts, bet piekļuvi personas datiem pašlaik nevar reģistrēt, tāpēc rezultāts netiek parādīts.",
    ),
    "extensions": {
        "code": ErrorCode.LOG_UNAVAILABLE.value,
        "remedy": Text(
            "Ask for the claim later, or send the same idempotencyKey again.",
            "Pajautājiet par iesniegumu vēlāk vai sūtiet to pašu idempotencyKey vēlreiz.",
        ),
    },
}


def _refused(errors: Sequence[RequestError], language: Language) -> Executed:
    body = answer_bytes({"errors": [error.as_json() for error in errors]}, language)
    return Executed(body, True, tuple(error.code.value for error in errors), nothing=True)


def _executed(
    data: dict[str, Any] | None, errors: list[dict[str, Any]], language: Language, provenance: Sequence[Any] = ()
) -> Executed:
    answer: dict[str, Any] = {"data": data}
    codes: tuple[str, ...] = ()
    if errors:
        answer["errors"] = errors
        codes = tuple(error["extensions"]["code"] for error in errors)
    if provenance:
        answer["extensions"] = {"provenance": provenance}
    return Executed(answer_bytes(answer, language), codes=codes, nothing=not data)
