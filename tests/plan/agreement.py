"""The runner and the reference on the same operations: ``python -m tests.plan.agreement 50000 [SEED]``.

Both must answer the same data, keys in the same order, and errors with the same paths and codes. The specification
leaves one thing open: where several fields below one object or list are in error and null may not stand in their place,
the object or list becomes null and a server may leave out all errors but one. So errors below a place that is null are
compared in another way: both sides must have one there, and each must be among those of a third run, in which
graphql-core reports every error because nothing is nulled on its way up.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

import orjson
from graphql import DirectiveNode, DocumentNode, NameNode
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from gateway.plan.compile import Graph, Plan, plan_of
from gateway.plan.document import Document, Documents, RequestRefused
from gateway.plan.inputs import Variables
from gateway.plan.reference import ReferenceRunner
from gateway.plan.run import Runner
from gateway.plan.tree import Answer
from gateway.settings import LimitsSettings
from tests.plan.operations import Asked, Operations
from tests.plan.toy import GRAPH
from tests.plan.toy_session import ToySession

WIDE = LimitsSettings(tokens=20_000, depth=30, aliases=1_000, root_fields=200, directives=1_000, selections=100_000)
Error = tuple[tuple[Any, ...], str]
MONEY = (('"1.50"', "1.50"), ('"0"', "0"))
TOYS = Operations(GRAPH.schema, {"Money": MONEY})


class Disagreement(AssertionError):  # noqa: N818 - what a test finds, not an error of a program
    """The two answer differently."""


def nulled_above(data: Any, path: tuple[Any, ...]) -> tuple[Any, ...] | None:
    """The place above ``path`` that is null; None where the path leads to its own value."""
    for length, key in enumerate(path):
        if data is None:
            return path[:length]
        data = data[key]
    return None


def sorted_errors(answer: Answer) -> tuple[Counter[Error], dict[tuple[Any, ...], set[Error]]]:
    """Errors that stand at a value of the answer, and, by the place that became null, those below it."""
    at: Counter[Error] = Counter()
    below: dict[tuple[Any, ...], set[Error]] = {}
    for error in answer.errors:
        path, code = tuple(error["path"]), error["extensions"]["code"]
        place = nulled_above(answer.data, path)
        if place is None:
            at[(path, code)] += 1
        else:
            below.setdefault(place, set()).add((path, code))
    return at, below


def compare(runner: Answer, reference: Answer, unpropagated: Answer | None) -> None:
    """Raise where the answers differ.

    Args:
        unpropagated: the reference's answer where nothing is nulled on its way up; None where it was not needed.
    """
    ours, theirs = orjson.dumps(runner.data), orjson.dumps(reference.data)
    if ours != theirs:
        raise Disagreement(f"data\n runner    {ours.decode()}\n reference {theirs.decode()}")
    at, below = sorted_errors(runner)
    at_too, below_too = sorted_errors(reference)
    if at != at_too or below.keys() != below_too.keys():
        raise Disagreement(f"errors\n runner    {at} {below}\n reference {at_too} {below_too}\n data {ours.decode()}")
    if unpropagated is not None:
        every = {(tuple(error["path"]), error["extensions"]["code"]) for error in unpropagated.errors}
        for place, errors in below.items():
            if not errors <= every:
                raise Disagreement(f"errors below {place}: {errors - every} are not among {every}")


Run = Callable[[Plan, Variables, dict[str, Any]], Awaitable[Answer]]


@dataclass(slots=True)
class Tally:
    """What was compared.

    Attributes:
        operations: operations, with their variables, that both ran.
        in_error: those of them that had errors.
        nulled: those of which an error nulled something above it.
        refused: documents and variables that were refused before anything ran.
    """

    operations: int = 0
    in_error: int = 0
    nulled: int = 0
    refused: int = 0

    def add(self, other: Tally) -> None:
        """Count the other's, too."""
        self.operations += other.operations
        self.in_error += other.in_error
        self.nulled += other.nulled
        self.refused += other.refused

    def __str__(self) -> str:
        return f"{self.operations} operations ({self.in_error} with errors, {self.nulled} with nulled parents)"


async def agree(graph: Graph, documents: Documents, asked: Asked, runner: Run, reference: Run) -> Tally:
    """Run every set of variables by both.

    Raises:
        Disagreement: they answered differently.
    """
    tally = Tally()
    try:
        document = documents.get(asked.query)
        operation = document.operation(asked.name)
    except RequestRefused:
        return Tally(refused=1)
    for raw in asked.variables:
        try:
            variables = graph.variables(document, operation, raw)
        except RequestRefused:
            tally.refused += 1
            continue
        plan = plan_of(graph, document, operation, variables)
        try:
            answer, other = await runner(plan, variables, raw), await reference(plan, variables, raw)
            below = sorted_errors(answer)[1]
            every = await reference(_unpropagated(plan), variables, raw) if below else None
            compare(answer, other, every)
        except Disagreement as found:
            raise Disagreement(f"{found}\n variables {raw}\n operation {asked.name}\n{asked.query}") from None
        tally.add(Tally(1, int(bool(answer.errors)), int(bool(below))))
    return tally


def _unpropagated(plan: Plan) -> Plan:
    """The same plan, its operation marked so that graphql-core nulls nothing on the way up."""
    mark = DirectiveNode(name=NameNode(value="experimental_disableErrorPropagation"), arguments=())
    old = plan.operation
    marked = type(old)(
        operation=old.operation,
        name=old.name,
        variable_definitions=old.variable_definitions,
        directives=(mark,),
        selection_set=old.selection_set,
    )
    ast = plan.document.ast
    definitions = tuple(marked if each is old else each for each in ast.definitions)
    document: Document = replace(plan.document, ast=DocumentNode(definitions=definitions))
    return replace(plan, operation=marked, document=document)


async def agree_on_toys(documents: Documents, asked: Asked, shut: int) -> Tally:
    """See :func:`agree`; ``shut`` seeds what the doors refuse."""
    deadline = time.monotonic() + 60

    async def run(plan: Plan, variables: Variables, raw: dict[str, Any]) -> Answer:
        session = ToySession(shut, raw)
        return await Runner(GRAPH, plan, variables, session.request, session, deadline).run()

    async def refer(plan: Plan, variables: Variables, raw: dict[str, Any]) -> Answer:
        session = ToySession(shut, raw)
        return await ReferenceRunner(GRAPH, plan, session.request, session, deadline).run()

    return await agree(GRAPH, documents, asked, run, refer)


# A health check would weigh the time that both runners take against the time that Hypothesis takes.
CHECKS: dict[str, Any] = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}


def hold(wanted: int, first_seed: int, report: Callable[[Tally], None] = lambda tally: None) -> Tally:
    """Make toy operations until so many ran by both.

    Raises:
        Disagreement: the smallest operation that Hypothesis found.
    """
    documents = Documents(GRAPH.schema, WIDE, most_bytes=500_000)
    tally = Tally()
    chunk = first_seed
    with asyncio.Runner() as loop:
        while tally.operations < wanted:

            @seed(chunk)
            @settings(max_examples=500, phases=(Phase.generate, Phase.shrink), report_multiple_bugs=False, **CHECKS)
            @given(asked=TOYS.strategy(), shut=st.integers(0, 40))
            def both(asked: Asked, shut: int) -> None:
                tally.add(loop.run(agree_on_toys(documents, asked, shut)))
                report(tally)

            both()
            chunk += 1
    return tally


def main() -> None:
    """Say how many operations both answered alike."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    first_seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1_000
    began = time.process_time()
    said = 0

    def report(tally: Tally) -> None:
        nonlocal said
        if tally.operations >= said + 100:
            said = tally.operations
            sys.stderr.write(f"\r{said} of {wanted} operations, {time.process_time() - began:.0f} s of CPU")
            sys.stderr.flush()

    try:
        tally = hold(wanted, first_seed, report)
    except Disagreement as found:
        sys.stderr.write("\n")
        sys.stdout.write(f"the runner and the reference disagree: {found}\n")
        raise SystemExit(1) from None
    sys.stderr.write("\n")
    sys.stdout.write(
        f"{tally}, each by the runner and by graphql-core: no disagreement; {time.process_time() - began:.0f} s of CPU\n"
    )


if __name__ == "__main__":
    main()
