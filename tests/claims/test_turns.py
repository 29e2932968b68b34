"""Any number of workers ask an owner as often as one would, and go on where one of them does not."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from adapters.kit.errors import Unavailable
from adapters.kit.ports import CallContext, Changes
from gateway.claims.polling import INTERVAL_SECONDS, LONGEST_PAUSE_SECONDS, StatusPoller
from gateway.claims.turns import STALLED_SECONDS, Turn, Turns
from gateway.store.store import Store
from schema.terms import AtvkCode, ClaimStatus
from tests.claims.owners import Time
from tests.claims.test_polling import Reporter, change, delivered, status_of
from tests.claims.world import NOW, later

NAME = "register social_assistance 0054000"


def workers(store: Store, time: Time, owner: Reporter, count: int) -> list[StatusPoller]:
    turns = Turns.at(store.path, LONGEST_PAUSE_SECONDS)
    return [StatusPoller(store, {"social": owner}, time.clock(), jitter=lambda: 1.0, turns=turns) for _ in range(count)]


async def moments(asking: list[StatusPoller], time: Time, owner: Reporter, seconds: int) -> list[int]:
    """Seconds at which the owner was asked, once for each call."""
    found: list[int] = []
    for second in range(seconds + 1):
        time.seconds = float(second)
        before = len(owner.asked)
        await asyncio.gather(*(each.run_once() for each in asking))
        found += [second] * (len(owner.asked) - before)
    return found


@pytest.mark.parametrize("fails", [False, True])
async def test_five_workers_ask_as_often_as_one(store: Store, time: Time, fails: bool) -> None:
    delivered(store)
    owner = Reporter()
    if fails:
        owner.failure = Unavailable("social", "no answer")
    found = await moments(workers(store, time, owner, 5), time, owner, 60)
    pauses = [after - before for before, after in pairwise(found)]
    expected = [5, 10, 15, 15, 15] if fails else [INTERVAL_SECONDS] * 12
    assert found[0] == 0
    # Workers that were not due look again at their own moments: up to a second late, and never early.
    assert len(pauses) in (len(expected), len(expected) - 1)
    assert all(want <= pause <= want + 1 for want, pause in zip(expected, pauses, strict=False))


async def test_nobody_asks_while_another_does_and_its_changes_count(store: Store, time: Time) -> None:
    claim_id = delivered(store)
    asked, gate = asyncio.Event(), asyncio.Event()

    class Slow(Reporter):
        async def changes(self, place: AtvkCode | None, since: str | None, context: CallContext) -> Changes:
            found = await super().changes(place, since, context)
            asked.set()
            await gate.wait()
            return found

    owner = Slow(change(1, ClaimStatus.IN_REVIEW))
    first, second = workers(store, time, owner, 2)
    running = asyncio.create_task(first.run_once())
    await asked.wait()
    time.seconds = INTERVAL_SECONDS * 2
    await second.run_once()
    assert len(owner.asked) == 1
    gate.set()
    await running
    assert status_of(store, claim_id) is ClaimStatus.IN_REVIEW


async def test_a_folder_that_cannot_be_had_keeps_nobody_from_asking(store: Store, time: Time) -> None:
    claim_id = delivered(store)
    store.path.with_name(f"{store.path.name}-workers").write_text("a file in its place")
    [alone] = workers(store, time, Reporter(change(1, ClaimStatus.GRANTED)), 1)
    await alone.run_once()
    assert status_of(store, claim_id) is ClaimStatus.GRANTED


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def turns(tmp_path: Path) -> Turns:
    return Turns(tmp_path / "workers", LONGEST_PAUSE_SECONDS)


def begun(turns: Turns, seconds: float) -> Turn:
    turn = turns.begin(NAME, later(seconds))
    assert isinstance(turn, Turn)
    return turn


def test_a_turn_leaves_when_the_owner_is_due_and_how_often_it_failed(turns: Turns) -> None:
    turn = begun(turns, 0)
    turn.end(later(12), 3)
    turn.leave()
    assert turns.begin(NAME, later(2)) == 10.0
    assert begun(turns, 12).failures == 3


def test_a_worker_that_died_while_asking_holds_nobody_up(turns: Turns) -> None:
    begun(turns, 0).leave()
    begun(turns, 1)


def test_a_worker_that_was_stopped_while_asking_holds_others_up_for_a_minute(turns: Turns) -> None:
    begun(turns, 0)
    assert isinstance(turns.begin(NAME, later(STALLED_SECONDS - 1)), float)
    begun(turns, STALLED_SECONDS)


def test_a_clock_that_was_ahead_or_a_file_that_says_nothing_makes_the_owner_due(turns: Turns, tmp_path: Path) -> None:
    turn = begun(turns, 0)
    turn.end(NOW + timedelta(days=1), 1)
    turn.leave()
    begun(turns, 1).leave()
    [file] = (tmp_path / "workers").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    file.write_bytes(b"\xff once")
    assert begun(turns, 2).failures == 0
