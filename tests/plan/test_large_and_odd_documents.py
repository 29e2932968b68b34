"""Documents that are large, deep or odd are refused or answered at once, whatever they expand to."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import orjson
import pytest

from gateway.plan.compile import plan_of
from gateway.plan.document import Documents, RequestRefused
from gateway.plan.run import Runner
from gateway.settings import LimitsSettings
from schema.graph import build
from schema.terms import ErrorCode
from tests.plan.toy import GRAPH
from tests.plan.toy_session import ToySession

REAL = build()._schema


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Fail where more processor time was needed; what other tests left in memory is set aside, as the gateway sets
    aside what it has loaded, so that no collection in between looks through it."""
    gc.freeze()
    try:
        began = time.process_time()
        yield
        needed = time.process_time() - began
    finally:
        gc.unfreeze()
    assert needed < seconds, f"{needed:.2f} s of processor time"


def refusals(query: str, schema: Any = GRAPH.schema) -> list[ErrorCode]:
    """Codes with which a document is refused; empty where it is not."""
    try:
        Documents(schema, LimitsSettings()).get(query)
    except RequestRefused as refused:
        return [error.code for error in refused.errors]
    return []


async def answered(query: str, variables: dict[str, Any] | None = None) -> Any:
    """Data of a query on the toy graph, as a client reads it."""
    document = Documents(GRAPH.schema, LimitsSettings()).get(query)
    operation = document.operation(None)
    coerced = GRAPH.variables(document, operation, variables or {})
    session = ToySession(0, variables or {})
    plan = plan_of(GRAPH, document, operation, coerced)
    answer = await Runner(GRAPH, plan, coerced, session.request, session, time.monotonic() + 60).run()
    assert answer.errors == []
    return orjson.loads(orjson.dumps(answer.data))


def test_fragments_that_double_thirty_times_are_refused_at_once() -> None:
    spreads = "\n".join(f"fragment F{n} on Human {{ ...F{n + 1} ...F{n + 1} }}" for n in range(30))
    query = f"{{ human {{ ...F0 }} }}\n{spreads}\nfragment F30 on Human {{ number }}"
    with within(1.0):
        assert refusals(query) == [ErrorCode.LIMIT_SELECTIONS]


def test_fragments_that_double_at_thirty_levels_are_refused_at_once() -> None:
    levels = "\n".join(
        f"fragment F{n} on Human {{ a: own {{ ...F{n + 1} }} b: own {{ ...F{n + 1} }} }}" for n in range(30)
    )
    query = f"{{ human {{ ...F0 }} }}\n{levels}\nfragment F30 on Human {{ number }}"
    with within(1.0):
        assert refusals(query) == [ErrorCode.LIMIT_DEPTH]


def test_fragments_in_a_circle_are_refused_at_once() -> None:
    circle = "\n".join(f"fragment F{n} on Human {{ own {{ ...F{(n + 1) % 100} }} }}" for n in range(100))
    with within(1.0):
        codes = refusals(f"{{ human {{ ...F0 }} }}\n{circle}")
    assert codes
    assert set(codes) <= {ErrorCode.INVALID, ErrorCode.LIMIT_DEPTH}


def test_a_field_ten_thousand_times_is_too_many_tokens() -> None:
    query = "{ human { " + "number " * 10_000 + "} }"
    with within(0.5):
        assert refusals(query) == [ErrorCode.LIMIT_TOKENS]


@pytest.mark.parametrize(
    "wrapped", ["{ human { %s } }", "{ human { ...F } } fragment F on Human { own { %s } }", "{ human { ... { %s } } }"]
)
def test_an_alias_is_short_since_an_answer_repeats_it(wrapped: str) -> None:
    assert refusals(wrapped % f"{'a' * 100}: number") == []
    assert refusals(wrapped % f"{'a' * 101}: number") == [ErrorCode.LIMIT_ALIASES]


@pytest.mark.parametrize("opening", ["[", "{a:", "[[{a:["])
def test_deep_literals_are_refused_not_crashed_on(opening: str) -> None:
    closing = opening.replace("[", "]").replace("{a:", "}")[::-1]
    for depth in (30, 300, 600):
        query = "{ human { echo(any: " + opening * depth + "1" + closing * depth + ") } }"
        with within(1.0):
            assert set(refusals(query)) <= {ErrorCode.SYNTAX, ErrorCode.INVALID, ErrorCode.LIMIT_TOKENS}


def test_deep_selections_are_refused_not_crashed_on() -> None:
    for depth in (16, 200, 600):
        with within(1.0):
            codes = refusals("{ human " + "{ own " * depth + "{ number }" + "}" * depth + "}")
        assert codes in ([ErrorCode.LIMIT_DEPTH], [ErrorCode.SYNTAX], [ErrorCode.LIMIT_TOKENS])


async def test_names_of_other_languages_objects_are_names_like_any_other() -> None:
    query = "{ __proto__: human { constructor: number toString: tag hasOwnProperty: __typename prototype: number } }"
    data = await answered(query)
    assert data == {
        "__proto__": {"constructor": 1, "toString": "GREEN", "hasOwnProperty": "Human", "prototype": 1},
    }


@pytest.mark.parametrize("name", ["ā", "номер", "数", "n\u0301", "x\u200b", "🙂"])
def test_names_are_of_ascii_letters(name: str) -> None:
    assert refusals(f"{{ human {{ {name}: number }} }}") == [ErrorCode.SYNTAX]


async def test_texts_are_of_any_letters() -> None:
    query = '{ human { a: echo(text: "āčē 🙂 \\u{1F642} \\uD83D\\uDE42") } }'
    assert "'āčē 🙂 🙂 🙂'" in (await answered(query))["human"]["a"]


def _wide(tokens: int) -> str:
    return "{ human { " + "number " * tokens + "} }"


def _same_key(tokens: int) -> str:
    return "{ human { " + "own { number } " * (tokens // 4) + "} }"


def _same_pair(tokens: int) -> str:
    return "{ human { " + "own { own { number } } " * (tokens // 7) + "} }"


def _doubled(tokens: int) -> str:
    inner = "number"
    while len(inner.split()) * 2 + 6 < tokens:
        inner = f"own {{ {inner} }} own {{ {inner} }}"
    return f"{{ human {{ {inner} }} }}"


def _same_key_in_fragments(tokens: int) -> str:
    count = tokens // 14
    fragments = " ".join(f"fragment F{n} on Human {{ own {{ number name }} }}" for n in range(count))
    return "{ human { " + " ".join(f"...F{n}" for n in range(count)) + " } } " + fragments


def _deep_pairs(tokens: int) -> str:
    return "{ human { " + ("own { " * 13 + "number" + " }" * 13 + " ") * (tokens // 40) + "} }"


def _chain(tokens: int) -> str:
    count = tokens // 13
    fragments = " ".join(f"fragment F{n} on Human {{ ...F{n + 1} number own {{ tag }} }}" for n in range(count))
    return f"{{ human {{ ...F0 }} }} {fragments} fragment F{count} on Human {{ number }}"


def _many_arguments(tokens: int) -> str:
    words = " ".join('"w"' for _ in range(tokens - 30))
    return f"{{ human {{ needs(number: 1, words: [{words}]) }} }}"


def _many_variables(tokens: int) -> str:
    count = tokens // 10
    declared = " ".join(f"$v{n}: Int" for n in range(count))
    used = " ".join(f"$v{n}" for n in range(count))
    return f"query ({declared}) {{ human {{ echo(any: [{used}]) }} }}"


def _inline(tokens: int) -> str:
    return "{ human { " + "... on Being { ... on Human { number } } " * (tokens // 11) + "} }"


@pytest.mark.parametrize(
    "made",
    [
        *(_wide, _same_key, _same_pair, _doubled, _same_key_in_fragments, _deep_pairs, _chain),
        *(_many_arguments, _many_variables, _inline),
    ],
)
def test_a_document_as_large_as_allowed_is_read_and_validated_within_two_seconds(made: Any) -> None:
    query = made(1_960)
    with within(2.0):
        codes = refusals(query)
    # graphql-core gives up comparing thousands of fields under one key, and calls the document invalid.
    assert set(codes) <= {ErrorCode.INVALID}


def test_the_largest_document_on_the_real_graph_is_read_and_validated_within_two_seconds() -> None:
    node = "node { id status applicant { ... on Person { givenName familyName } } } "
    query = "{ claims { edges { " + node * (1_950 // 16) + "} } }"
    with within(2.0):
        codes = refusals(query, REAL)
    assert codes == []


@pytest.mark.parametrize("holder", ["{}", "{thirdParty: null}", '{thirdParty: "x", personCode: "39100000011"}'])
def test_not_exactly_one_field_of_a_one_of_is_refused_before_anything_is_done(holder: str) -> None:
    query = """mutation {
        withdrawClaim(input: {id: "x"}) { problems { code } }
        grantMandate(input: {holder: HOLDER, claimTypes: [], actions: [], validTo: "2027-01-01"}) { problems { code } }
    }"""
    assert refusals(query.replace("HOLDER", '{thirdParty: "x"}'), REAL) == []
    assert refusals(query.replace("HOLDER", holder), REAL) == [ErrorCode.INVALID]
