"""A run lets go of all that it made: nothing waits for a garbage collector that would walk it in hot moments."""

from __future__ import annotations

import gc
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.kit.municipal import ByMunicipality
from gateway.desk.log import asked_below
from gateway.desk.stand_ins import Calls, stand_ins
from gateway.plan.compile import plan_of
from gateway.plan.document import Documents, RequestRefused
from gateway.plan.gate import LogDown
from gateway.plan.run import Runner
from gateway.plan.validation import MOST_ERRORS
from gateway.settings import LimitsSettings
from schema.ports import FieldError
from schema.terms import ErrorCode
from schema.text import Text
from tests.plan.toy import GRAPH
from tests.plan.toy_session import ToySession

QUERIES = (
    "{ human { name friend { name } circle { name number } own { name } } }",
    "{ beings { name circle { name ... on Robot { held { name } } } } humans { rows { name } looseRows { name } } }",
    "{ human(number: 4) { best { name } strictCircle { name } crashing { name } broken thing { __typename } } }",
    "mutation { bump { value held { name } } refuse { value } }",
)


async def _run(runner: Runner) -> None:
    await runner.run()


async def _rehearse(runner: Runner) -> None:
    await runner.rehearse()


async def _run_with_the_log_down(runner: Runner) -> None:
    async def decided(session: ToySession) -> None:
        raise FieldError(ErrorCode.LOG_UNAVAILABLE, Text("Down.", "Nestrādā."))

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(ToySession, "decided", decided)
        with suppress(LogDown):
            await runner.run()
            pytest.fail("the log is down")


async def _left_by(act: Callable[[Runner], Awaitable[None]], query: str, seed: int) -> int:
    document = Documents(GRAPH.schema, LimitsSettings()).get(query)
    operation = document.operation(None)
    variables = GRAPH.variables(document, operation, {})
    session = ToySession(seed, {})
    plan = plan_of(GRAPH, document, operation, variables)
    # What is worked out at the first run is kept with the plan.
    await act(Runner(GRAPH, plan, variables, session.request, session, time.monotonic() + 60))
    gc.collect()
    await act(Runner(GRAPH, plan, variables, session.request, session, time.monotonic() + 60))
    return gc.collect()


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize("act", [_run, _rehearse, _run_with_the_log_down])
async def test_a_run_leaves_nothing_to_collect(act: Callable[[Runner], Awaitable[None]], query: str, seed: int) -> None:
    gc.disable()
    try:
        assert await _left_by(act, query, seed) == 0
    finally:
        gc.enable()


def test_what_stands_in_for_registers_leaves_nothing_to_collect() -> None:
    reads = dict.fromkeys(("object", "int"), SimpleNamespace(operation="read", batch_size=1))
    register: Any = SimpleNamespace(name="r", route="DIRECT", manifest=SimpleNamespace(reads=reads))
    apart: Any = ByMunicipality([(register, register)])
    gc.collect()
    gc.disable()
    try:
        made = stand_ins({object: register, int: apart}, Calls())
        assert len(made) == 2
        del made
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_a_document_of_too_many_errors_goes_with_its_refusal() -> None:
    documents = Documents(GRAPH.schema, LimitsSettings())
    texts = [f"query {name} {{ human {{ {'nothing { at } ' * 390} }} }}" for name in "ab"]
    with suppress(RequestRefused):
        documents.read(texts[0])
    gc.collect()
    gc.disable()
    try:
        with pytest.raises(RequestRefused) as refused:
            documents.read(texts[1])
        assert len(refused.value.errors) == MOST_ERRORS + 1
        del refused
        assert gc.collect() == 0
    finally:
        gc.enable()


def test_what_was_asked_of_an_object_that_is_refused_leaves_nothing_to_collect() -> None:
    document = Documents(GRAPH.schema, LimitsSettings()).get("{ human { name friend { name } } }")
    operation = document.operation(None)
    plan = plan_of(GRAPH, document, operation, GRAPH.variables(document, operation, {}))
    gc.collect()
    gc.disable()
    try:
        asked = asked_below(plan.root.fields[0], "Human")
        assert set(asked) == {"name", "friend", "friend.name"}
        assert gc.collect() == 0
    finally:
        gc.enable()


@pytest.mark.parametrize("field", ["name", "nothing"])
def test_reading_a_large_document_leaves_nothing_to_collect(field: str) -> None:
    documents = Documents(GRAPH.schema, LimitsSettings())
    texts = [f"{{ human {{ {' '.join([field] * 500)} {word} }} }}" for word in ("name", "number")]
    with suppress(RequestRefused):
        documents.read(texts[0])
    gc.collect()
    gc.disable()
    try:
        with suppress(RequestRefused):
            documents.read(texts[1])
        assert gc.collect() == 0
    finally:
        gc.enable()
