"""Killed between any two steps, the gateway ends with exactly one case at the owner."""

from __future__ import annotations

import signal
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from gateway.claims.leases import SETTLED
from gateway.claims.outbox import Route
from gateway.store.store import Store
from schema.terms import ClaimStatus, DeliveryStrategy
from tests.claims.owners import LOOKUP, MANUAL, SAFE
from tests.claims.world import reload, seed, submitted

STEPS = ("before-taking", "before-arrival", "after-arrival", "after-all")


def run_child(path: Path, route: Route, dies: str, later: float = 0.0) -> int:
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.claims.dying_child",
            f"sqlite:///{path}",
            str(path.with_name("cases")),
            route.register,
            dies,
            str(later),
        ],
        cwd=Path(__file__).parents[2],
        check=False,
    ).returncode


@pytest.mark.parametrize(("route", "dies"), list(product((SAFE, LOOKUP, MANUAL), STEPS)))
def test_a_kill_between_any_two_steps_leaves_one_case(tmp_path: Path, route: Route, dies: str) -> None:
    path = tmp_path / "store.sqlite"
    store = Store.open(f"sqlite:///{path}")
    store.write_sync(seed)
    claim_id = store.write_sync(lambda c: submitted(c, "vzd", route))
    store.close()

    assert run_child(path, route, dies) == -signal.SIGKILL
    assert run_child(path, route, "never", SETTLED.total_seconds()) == 0

    store = Store.open(f"sqlite:///{path}")
    status = store.read_sync(lambda c: reload(c, claim_id)).status
    store.close()
    cases = (tmp_path / "cases").read_text().split() if (tmp_path / "cases").exists() else []
    if route.strategy is DeliveryStrategy.MANUAL and dies.endswith("-arrival"):
        assert status is ClaimStatus.OUTCOME_UNKNOWN
        assert len(cases) <= 1
    else:
        assert status is ClaimStatus.DELIVERED
        assert len(cases) == 1
