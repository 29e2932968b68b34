"""Where the runner once read the specification otherwise than it says, one test each; the reference answers the same."""

from __future__ import annotations

import time
from typing import Any

import pytest

from gateway.plan.compile import FieldPlan, plan_of
from gateway.plan.document import Documents
from gateway.plan.reference import ReferenceRunner
from gateway.plan.run import Runner
from gateway.plan.tree import Answer
from schema.ports import FieldError
from schema.terms import ErrorCode
from tests.plan.agreement import WIDE, compare
from tests.plan.toy import GRAPH
from tests.plan.toy_session import ToyDoor, ToySession

DOCUMENTS = Documents(GRAPH.schema, WIDE)


class StuckDoors(ToySession):
    """Humans with an even number do not open; of those that open, only number 3 shows anything."""

    def open(self, field: FieldPlan, value: Any, through: Any) -> ToyDoor:
        if value.number % 2 == 0:
            raise FieldError(ErrorCode.LOG_UNAVAILABLE, "This door is stuck.")
        return _OwnDoor(0, str(value.number))


class _OwnDoor(ToyDoor):
    def refusal(self, field: FieldPlan) -> FieldError | None:
        return None if self.name == "3" else FieldError(ErrorCode.FORBIDDEN, "Only 3 shows itself.")


async def answer(
    query: str, variables: dict[str, Any] | None = None, name: str | None = None, session: type[ToySession] = ToySession
) -> Answer:
    """The runner's answer, after the reference has given the same."""
    document = DOCUMENTS.get(query)
    operation = document.operation(name)
    coerced = GRAPH.variables(document, operation, variables or {})
    plan = plan_of(GRAPH, document, operation, coerced)
    deadline = time.monotonic() + 60
    ours, theirs = session(0, variables or {}), session(0, variables or {})
    runner = await Runner(GRAPH, plan, coerced, ours.request, ours, deadline).run()
    reference = await ReferenceRunner(GRAPH, plan, theirs.request, theirs, deadline).run()
    compare(runner, reference, None)
    return runner


def where(answered: Answer) -> list[tuple[list[Any], str]]:
    """Paths and codes of the errors."""
    return [(error["path"], error["extensions"]["code"]) for error in answered.errors]


async def test_a_value_that_its_scalar_cannot_write_spoils_its_own_place_in_a_list_and_no_other() -> None:
    answered = await answer("{ human(number: 0) { purse strictPurse } }")
    assert answered.data == {"human": {"purse": ["1", None, None], "strictPurse": None}}
    assert (["human", "purse", 1], "INTERNAL") in where(answered)


@pytest.mark.parametrize("field", ["large", "ratio", "oddTag"])
async def test_a_number_beyond_its_type_or_an_unknown_enum_value_is_an_error_not_an_answer(field: str) -> None:
    answered = await answer(f"{{ human {{ {field} }} }}")
    assert answered.data == {"human": {field: None}}
    assert where(answered) == [(["human", field], "INTERNAL")]


async def test_a_text_is_no_list() -> None:
    answered = await answer("{ human(number: 6) { looseNumbers } }")
    assert answered.data == {"human": {"looseNumbers": None}}
    assert where(answered) == [(["human", "looseNumbers"], "INTERNAL")]


async def test_an_object_that_is_of_no_type_of_the_union_spoils_its_own_place() -> None:
    answered = await answer("{ human(number: 3) { things { __typename } } }")
    assert answered.data == {"human": {"things": [{"__typename": "Human"}, None, {"__typename": "Place"}]}}
    assert where(answered) == [(["human", "things", 1], "INTERNAL")]


async def test_an_empty_list_of_objects_is_an_empty_list() -> None:
    answered = await answer("{ nobody { number own { name } } }")
    assert answered.data == {"nobody": []}
    assert answered.errors == []


async def test_a_batch_function_that_answers_too_few_spoils_its_own_field() -> None:
    answered = await answer("{ human { short number } }")
    assert answered.data == {"human": {"short": None, "number": 1}}
    assert where(answered) == [(["human", "short"], "INTERNAL")]


async def test_a_door_that_does_not_open_leaves_every_other_object_its_own_door() -> None:
    answered = await answer("{ humans { a: tag } }", session=StuckDoors)
    assert answered.data == {"humans": [None, None, {"a": "GREEN"}, None]}
    assert sorted(where(answered), key=str) == [
        (["humans", 0, "a"], "FORBIDDEN"),
        (["humans", 1], "LOG_UNAVAILABLE"),
        (["humans", 3], "LOG_UNAVAILABLE"),
    ]


async def test_one_name_may_be_a_condition_in_one_operation_and_a_list_in_another() -> None:
    query = """query A($v: Boolean!) { human { number @skip(if: $v) } }
    query B($v: [Tag]) { human { echo(tags: $v) } }"""
    assert (await answer(query, {"v": True}, "A")).data == {"human": {}}
    assert "Tag" in (await answer(query, {"v": ["RED"]}, "B")).data["human"]["echo"]  # type: ignore[index]


async def test_null_given_for_a_variable_with_a_default_is_an_error_of_the_field_that_may_not_have_null() -> None:
    query = "query ($n: Int = 2) { human { number needs(number: $n, words: []) } }"
    answered = await answer(query, {"n": None})
    assert answered.data == {"human": {"number": 1, "needs": None}}
    assert where(answered) == [(["human", "needs"], "VARIABLES")]


async def test_null_in_a_condition_is_not_true() -> None:
    query = "query ($c: Boolean = true) { human { a: number @skip(if: $c) b: number @include(if: $c) } }"
    document = DOCUMENTS.get(query)
    operation = document.operation(None)
    variables = GRAPH.variables(document, operation, {"c": None})
    session = ToySession(0, {"c": None})
    plan = plan_of(GRAPH, document, operation, variables)
    answered = await Runner(GRAPH, plan, variables, session.request, session, time.monotonic() + 60).run()
    assert answered.data == {"human": {"a": 1}}
    assert answered.errors == []
