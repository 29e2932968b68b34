"""Operations made by Hypothesis are answered alike by the plan's runner and by graphql-core's executor.

What "alike" means, and the one thing that the specification leaves open, stands in :mod:`tests.plan.agreement`; what may
differ by design in :mod:`gateway.plan.reference`. A longer run: ``python -m tests.plan.agreement 50000``.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis_graphql import from_schema, nodes

from gateway.plan.document import Documents
from gateway.plan.reference import FALLS_BACK
from tests.plan.agreement import CHECKS, TOYS, WIDE, Tally, agree_on_toys
from tests.plan.operations import Asked
from tests.plan.real import OPERATIONS, PERSONAS, open_world
from tests.plan.toy import GRAPH

# The same operations on every machine and every day; the longer run has others.
SAME = {**CHECKS, "derandomize": True, "phases": (Phase.generate, Phase.shrink), "report_multiple_bugs": False}


def _literal(value: Any) -> Any:
    return nodes.Int(value) if isinstance(value, int) else nodes.String(value)


PLAIN = from_schema(
    GRAPH.schema,
    custom_scalars={
        "Money": st.sampled_from(["1.50", "no money"]).map(_literal),
        "JSON": st.sampled_from([1, "text"]).map(_literal),
    },
).map(lambda query: Asked(str(query), None, ({},)))


def test_on_a_toy_graph_where_everything_happens_to_values() -> None:
    documents = Documents(GRAPH.schema, WIDE, most_bytes=500_000)
    tally = Tally()
    with asyncio.Runner() as loop:

        @settings(max_examples=800, **SAME)
        @given(asked=TOYS.strategy(), shut=st.integers(0, 40))
        def both(asked: Asked, shut: int) -> None:
            tally.add(loop.run(agree_on_toys(documents, asked, shut)))

        both()
    assert tally.operations >= 1_200, tally
    assert tally.in_error >= 400, tally
    assert tally.nulled >= 150, tally


def test_on_what_hypothesis_graphql_makes_of_the_toy_graph() -> None:
    documents = Documents(GRAPH.schema, WIDE, most_bytes=500_000)
    tally = Tally()
    with asyncio.Runner() as loop:

        @settings(max_examples=170, **SAME)
        @given(asked=PLAIN, shut=st.integers(0, 40))
        def both(asked: Asked, shut: int) -> None:
            tally.add(loop.run(agree_on_toys(documents, asked, shut)))

        both()
    assert tally.operations >= 150, tally


def test_on_the_real_graph_behind_the_real_doors(tmp_path: Path) -> None:
    tally = Tally()
    with open_world(tmp_path) as world, asyncio.Runner() as loop:

        @settings(max_examples=440, **SAME)
        @given(asked=OPERATIONS.strategy(), persona=st.sampled_from(PERSONAS))
        def both(asked: Asked, persona: str) -> None:
            tally.add(loop.run(world.hold(asked, persona)))

        both()
        assert not world.accidents
    assert tally.operations >= 650, tally
    assert tally.in_error >= 200, tally


def test_nothing_of_the_language_is_left_to_the_reference() -> None:
    assert FALLS_BACK == ()
