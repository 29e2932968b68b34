"""Killed between any two steps, the gateway ends with exactly one case at the owner."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from itertools import product
from pathlib import Path

import pytest

from gateway.claims.leases import LEASE, SETTLED
from gateway.claims.outbox import Route
from gateway.store.store import Store
from schema.terms import ClaimStatus, DeliveryStrategy
from tests.claims.owners import LOOKUP, MANUAL, SAFE
from tests.claims.world import reload, seed, submitted

STEPS = ("before-taking", "before-arrival", "after-arrival", "after-all")


def start_child(path: Path, route: Route, dies: str, later: float = 0.0) -> subprocess.Popen[bytes]:
    child = [sys.executable, "-m", "tests.claims.dying_child", f"sqlite:///{path}", str(path.with_name("cases"))]
    return subprocess.Popen([*child, route.register, dies, str(later)], cwd=Path(__file__).parents[2])


def run_child(path: Path, route: Route, dies: str, later: float = 0.0) -> int:
    return start_child(path, route, dies, later).wait()


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


@pytest.mark.parametrize("route", [LOOKUP, MANUAL, SAFE])
def test_a_worker_that_stands_still_between_lease_and_call_makes_no_second_case(tmp_path: Path, route: Route) -> None:
    """Its lease runs out, another worker comes by, and then it goes on and sends."""
    path = tmp_path / "store.sqlite"
    store = Store.open(f"sqlite:///{path}")
    store.write_sync(seed)
    claim_id = store.write_sync(lambda c: submitted(c, "vzd", route))
    store.close()

    still = start_child(path, route, "stands-still")
    os.waitid(os.P_PID, still.pid, os.WSTOPPED | os.WNOWAIT)
    assert run_child(path, route, "never", LEASE.total_seconds() + 5) == 0
    still.send_signal(signal.SIGCONT)
    assert still.wait() == 0

    store = Store.open(f"sqlite:///{path}")
    assert store.read_sync(lambda c: reload(c, claim_id)).status is ClaimStatus.DELIVERED
    store.close()
    assert len((tmp_path / "cases").read_text().split()) == 1
