"""What the deadline cuts off is an error and is not done, wherever the run was."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from gateway.plan import run
from gateway.plan.compile import FieldPlan, Plan, plan_of
from gateway.plan.document import Documents
from gateway.plan.inputs import Variables
from gateway.plan.run import Runner
from gateway.plan.steps import Steps
from gateway.plan.tree import Answer, Level
from gateway.settings import LimitsSettings
from tests.plan.toy import GRAPH
from tests.plan.toy_session import ToySession

DOCUMENTS = Documents(GRAPH.schema, LimitsSettings())


def planned(query: str) -> tuple[Plan, Variables]:
    document = DOCUMENTS.get(query)
    variables = GRAPH.variables(document, document.operation(None), {})
    return plan_of(GRAPH, document, document.operation(None), variables), variables


def late(answer: Answer) -> set[tuple[Any, ...]]:
    assert {error["extensions"]["code"] for error in answer.errors} <= {"DEADLINE_EXCEEDED"}
    return {tuple(error["path"]) for error in answer.errors}


async def test_a_long_level_that_has_begun_in_part_is_no_null_without_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_LONG_LEVEL", 1)
    plan, variables = planned("{ humans { a: large b: ratio c: oddTag } }")
    session = ToySession(0, {})
    runner = Runner(GRAPH, plan, variables, session.request, session, time.monotonic() + 0.05)
    begin_field = runner._begin_field

    def slow(field: FieldPlan, level: Level) -> None:
        if field.key == "a":
            time.sleep(0.1)
            level.put(field, range(len(level.values)), [1] * len(level.values))
        else:
            begin_field(field, level)

    monkeypatch.setattr(runner, "_begin_field", slow)
    answer = await runner.run()
    assert answer.data == {"humans": [{"a": 1, "b": None, "c": None}] * 4}
    assert late(answer) == {("humans", number, key) for number in range(4) for key in "bc"}


async def test_a_mutation_that_has_not_begun_by_the_deadline_does_not_begin() -> None:
    plan, variables = planned("mutation { a: maybeBump { value } b: maybeBump { value } }")
    began: list[str] = []
    for field in plan.root.fields:

        async def batch(parents: Sequence[Any], request: Any, key: str = field.key, **_: Any) -> list[Any]:
            began.append(key)
            await asyncio.sleep(60)
            return []

        assert field.relation is not None
        field.relation = replace(field.relation, batch=batch)
    session = ToySession(0, {})
    answer = await Runner(GRAPH, plan, variables, session.request, session, time.monotonic() + 0.05).run()
    assert began == ["a"]
    assert answer.data == {"a": None, "b": None}
    assert late(answer) == {("a",), ("b",)}


async def test_what_waits_for_something_even_as_it_is_let_go_of_keeps_nobody_from_being_let_go_of() -> None:
    closed: list[str] = []

    async def wait(name: str) -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            closed.append(name)
            await asyncio.sleep(0)

    steps = Steps[str](time.monotonic() + 0.01, lambda name: None, lambda *heard: None)
    steps.start("a", wait("a"), None)
    steps.start("b", wait("b"), None)
    assert not await steps.drain()
    assert steps.stop() == ["a", "b"]
    assert closed == ["a", "b"]
