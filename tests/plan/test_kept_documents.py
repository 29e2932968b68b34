"""What is kept of documents stays within its bound, and is as good as new."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from gateway.desk.federation import BUILTIN
from gateway.operation import Operation
from gateway.plan.compile import Graph, Plan
from gateway.plan.document import Documents, RequestRefused
from gateway.plan.execute import prepared
from gateway.settings import LimitsSettings
from schema.graph import build

GRAPH = Graph(build(), BUILTIN)
MIB = 1024 * 1024
QUERY = """query D%d($id: ID!, $a: Boolean = true, $b: Boolean = true, $c: Boolean = true, $d: Boolean = true) {
  claim(id: $id) {
    id status @include(if: $a) type { code title @include(if: $b) }
    applicant {
      ... on Person {
        personCode restricted @include(if: $c) givenName familyName @include(if: $d)
        declaredAddress { code fullText street house flat postalCode }
        household { relation since person { givenName familyName } }
        income(months: 3) { month gross payer }
      }
    }
  }
}"""


def documents(most_bytes: int) -> Documents:
    return Documents(GRAPH.schema, LimitsSettings(), most_bytes)


def got(kept: Documents, number: int, **variables: Any) -> Plan:
    """The plan of a document, as a request gets it."""
    asked = Operation(QUERY % number, {"id": "x", **variables})
    return asyncio.run(prepared(GRAPH, kept, asked, "somebody", may_introspect=False))[0]


@contextmanager
def traced() -> Iterator[Callable[[], int]]:
    """Bytes allocated since and still held, as a function."""

    def held() -> int:
        return tracemalloc.get_traced_memory()[0]

    gc.collect()
    gc.freeze()
    tracemalloc.start()
    try:
        yield held
    finally:
        tracemalloc.stop()
        gc.unfreeze()


def test_documents_with_their_plans_need_no_more_than_is_allowed() -> None:
    got(documents(MIB), 0)
    kept = documents(MIB)
    with traced() as held:
        sizes = []
        for number in range(40):
            got(kept, number)
            if number % 10 == 9:
                sizes.append(held())
    assert max(sizes) < 1.1 * MIB
    assert sizes[-1] > 0.5 * MIB


def test_the_plans_of_one_document_count_too() -> None:
    kept = documents(MIB // 4)
    first = got(kept, 1).document
    assert kept.get(QUERY % 1) is first
    for number in range(16):
        got(kept, 1, a=bool(number & 1), b=bool(number & 2), c=bool(number & 4), d=bool(number & 8))
    kept.get("{ __typename }")
    assert kept.get(QUERY % 1) is not first


def test_what_was_judged_of_a_plan_counts_too() -> None:
    kept = documents(MIB)
    first = got(kept, 1)
    for number in range(200):
        first.judgements[number] = None
    kept.get("{ __typename }")
    assert kept.get(QUERY % 1) is not first.document
    for number in range(200):
        first.judgements[-number] = None  # What is out is weighed no more.
    got(kept, 2)
    assert got(kept, 2).document is kept.get(QUERY % 2)


def test_what_was_used_last_stays_longest() -> None:
    kept = documents(MIB // 2)
    first, second = got(kept, 0).document, got(kept, 1).document
    for number in range(2, 20):
        got(kept, number)
        assert got(kept, 0).document is first
    assert got(kept, 1).document is not second


def test_a_document_that_is_out_is_gone_without_a_collection() -> None:
    kept = documents(MIB // 4)
    left = weakref.ref(got(kept, 0).document.ast)
    gc.disable()
    try:
        assert left() is not None
        for number in range(1, 20):
            got(kept, number)
        assert left() is None
    finally:
        gc.enable()


def test_it_is_told_how_many_objects_are_kept() -> None:
    told: list[int] = []
    kept = Documents(GRAPH.schema, LimitsSettings(), MIB, told.append)
    got(kept, 0)
    gc.collect()
    before, told[:] = len(gc.get_objects()), []
    for number in range(1, 12):
        got(kept, number)
    gc.collect()
    assert 0.5 < sum(told) / (len(gc.get_objects()) - before) < 1.5


def test_of_what_is_too_heavy_to_be_kept_nothing_is_told() -> None:
    told: list[int] = []
    kept = Documents(GRAPH.schema, LimitsSettings(), 1_000, told.append)
    got(kept, 0)
    assert sum(told) == 0


def test_errors_of_a_kept_document_still_say_where() -> None:
    kept = documents(MIB)
    for _ in range(2):
        assert got(kept, 0).root.fields[0].locations == [{"line": 2, "column": 3}]
        with pytest.raises(RequestRefused) as refused:
            got(kept, 0, a=5)
        assert refused.value.errors[0].locations == ((1, 20),)
