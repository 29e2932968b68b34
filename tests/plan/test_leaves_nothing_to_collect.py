"""A run lets go of all that it made: nothing waits for a garbage collector that would walk it in hot moments."""

from __future__ import annotations

import gc
import time
from contextlib import suppress

import pytest

from gateway.desk.log import asked_below
from gateway.plan.compile import plan_of
from gateway.plan.document import Documents, RequestRefused
from gateway.plan.run import Runner
from gateway.plan.validation import MOST_ERRORS
from gateway.settings import LimitsSettings
from tests.plan.toy import GRAPH
from tests.plan.toy_session import ToySession

QUERIES = (
    "{ human { name friend { name } circle { name number } own { name } } }",
    "{ beings { name circle { name ... on Robot { held { name } } } } humans { rows { name } looseRows { name } } }",
    "{ human(number: 4) { best { name } strictCircle { name } crashing { name } broken thing { __typename } } }",
    "mutation { bump { value held { name } } refuse { value } }",
)


async def _left_by_a_run(query: str, seed: int) -> int:
    document = Documents(GRAPH.schema, LimitsSettings()).get(query)
    operation = document.operation(None)
    variables = GRAPH.variables(document, operation, {})
    session = ToySession(seed, {})
    plan = plan_of(GRAPH, document, operation, variables)
    # What is worked out at the first run is kept with the plan.
    await Runner(GRAPH, plan, variables, session.request, session, time.monotonic() + 60).run()
    gc.collect()
    await Runner(GRAPH, plan, variables, session.request, session, time.monotonic() + 60).run()
    return gc.collect()


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("seed", [0, 7])
async def test_a_run_leaves_nothing_to_collect(query: str, seed: int) -> None:
    gc.disable()
    try:
        assert await _left_by_a_run(query, seed) == 0
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
