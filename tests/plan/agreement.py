"""The runner and the reference on the same operations: ``python -m tests.plan.agreement 50000``.

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
from dataclasses import replace
from typing import Any

import orjson
from graphql import DirectiveNode, DocumentNode, NameNode
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from gateway.plan.compile import Graph, Plan, Variables, plan_of
from gateway.plan.document import Document, Documents, RequestRefused
from gateway.plan.limits import Limits
from gateway.plan.reference import ReferenceRunner
from gateway.plan.run import Answer, Runner
from tests.plan.operations import Asked, Operations
from tests.plan.toy import GRAPH, ToySession

WIDE = Limits(tokens=20_000, depth=30, aliases=1_000, root_fields=200, directives=1_000, selections=100_000)
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


Run = Callable[[Plan, Variables], Awaitable[Answer]]


async def agree(graph: Graph, documents: Documents, asked: Asked, runner: Run, reference: Run) -> int:
    """Run every set of variables by both; answer how many ran.

    Raises:
        Disagreement: they answered differently.
    """
    try:
        document = documents.get(asked.query)
        operation = document.operation(asked.name)
    except RequestRefused:
        return 0
    ran = 0
    for raw in asked.variables:
        try:
            variables = graph.variables(operation, raw)
        except RequestRefused:
            continue
        plan = plan_of(graph, document, operation, variables)
        try:
            answer, other = await runner(plan, variables, raw), await reference(plan, variables, raw)
            needs_every = sorted_errors(answer)[1]
            every = await reference(_unpropagated(plan), variables, raw) if needs_every else None
            compare(answer, other, every)
        except Disagreement as found:
            raise Disagreement(f"{found}\n variables {raw}\n operation {asked.name}\n{asked.query}") from None
        ran += 1
    return ran


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


async def agree_on_toys(documents: Documents, asked: Asked, shut: int) -> int:
    """See :func:`agree`; ``shut`` seeds what the doors refuse."""
    deadline = time.monotonic() + 60

    async def run(plan: Plan, variables: Variables, raw: dict[str, Any]) -> Answer:
        session = ToySession(shut, raw)
        return await Runner(GRAPH, plan, variables, session, session, deadline).run()

    async def refer(plan: Plan, variables: Variables, raw: dict[str, Any]) -> Answer:
        session = ToySession(shut, raw)
        return await ReferenceRunner(GRAPH, plan, session, session, deadline).run()

    return await agree(GRAPH, documents, asked, run, refer)


def hold(wanted: int, first_seed: int = 0, report: Callable[[int], None] = lambda ran: None) -> int:
    """Make toy operations until so many ran by both; answer how many.

    Raises:
        Disagreement: the smallest operation that Hypothesis found.
    """
    documents = Documents(GRAPH.schema, WIDE, most=8)
    ran = 0
    chunk = first_seed
    with asyncio.Runner() as loop:
        while ran < wanted:

            @seed(chunk)
            @settings(
                max_examples=min(500, max(1, (wanted - ran) // 2 + 1)),
                deadline=None,
                database=None,
                report_multiple_bugs=False,
                phases=(Phase.generate, Phase.shrink),
                suppress_health_check=list(HealthCheck),
            )
            @given(asked=TOYS.strategy(), shut=st.integers(0, 40))
            def both(asked: Asked, shut: int) -> None:
                nonlocal ran
                ran += loop.run(agree_on_toys(documents, asked, shut))

            both()
            chunk += 1
            report(ran)
    return ran


def main() -> None:
    """Say how many operations both answered alike."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 50_000
    began = time.process_time()

    def report(ran: int) -> None:
        sys.stderr.write(f"\r{ran} of {wanted} operations, {time.process_time() - began:.0f} s of CPU")
        sys.stderr.flush()

    try:
        ran = hold(wanted, first_seed=1_000, report=report)
    except Disagreement as found:
        sys.stderr.write("\n")
        sys.stdout.write(f"the runner and the reference disagree: {found}\n")
        raise SystemExit(1) from None
    sys.stderr.write("\n")
    sys.stdout.write(
        f"{ran} operations, each by the runner and by graphql-core: no disagreement"
        f" ({time.process_time() - began:.0f} s of CPU)\n"
    )


if __name__ == "__main__":
    main()
