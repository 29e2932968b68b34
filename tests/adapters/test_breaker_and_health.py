"""What need not be asked: a circuit without failures, and a server that was up already."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from adapters.kit.breaker import Breaker
from adapters.kit.clock import Clock
from adapters.kit.errors import Malformed, Unavailable
from adapters.kit.health import HealthLog
from schema.terms import CircuitState, HealthState

PLACES = st.sampled_from([None, "0001000", "0002000"])


@given(st.lists(st.sampled_from(["admit", "succeeded", "failed", "failed", "abandoned", "later"]), max_size=40))
def test_a_circuit_without_failures_admits_everybody_and_learns_nothing_from_a_success(steps: list[str]) -> None:
    now = 0.0
    breaker = Breaker(lambda: now)
    for step in steps:
        if step == "later":
            now += 7
        else:
            getattr(breaker, step)()
        if not breaker.failures:
            before = dict(vars(breaker))
            assert breaker.state is CircuitState.CLOSED
            assert breaker.admit()
            breaker.succeeded()
            assert vars(breaker) == before


@given(st.lists(st.tuples(PLACES, st.sampled_from(["up", "degraded", "down"])), max_size=30))
def test_a_register_is_what_all_its_servers_are_and_since_the_call_that_made_it_so(
    calls: list[tuple[str, str]],
) -> None:
    number = 0
    log = HealthLog(Clock(lambda: datetime.fromtimestamp(number, UTC), lambda: 0.0))
    servers: dict[str | None, HealthState] = {}
    whole, since = HealthState.UNKNOWN, None
    for number, (place, how) in enumerate(calls):
        if how == "up":
            log.answered(0.1, place)
            servers[place] = HealthState.UP
        elif how == "down":
            log.failed(Unavailable("here", "down"), CircuitState.OPEN, place)
            servers[place] = HealthState.DOWN
        else:
            log.failed(Malformed("here", "broken"), CircuitState.CLOSED, place)
            servers[place] = HealthState.DEGRADED
        states = set(servers.values())
        now = states.pop() if len(states) == 1 else HealthState.DEGRADED
        if now is not whole:
            whole, since = now, datetime.fromtimestamp(number, UTC)
    shown = log.show(CircuitState.CLOSED)
    assert (shown.state, shown.since) == (whole, since)
