"""Two processes on one store: one draft becomes one claim."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.store.store import Store
from gateway.store.tables.claims import claim_events
from gateway.store.tables.delivery import outbox
from schema.terms import ClaimStatus
from tests.claims.world import draft_of_anna, reload

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("keys", "accepted"), [(("same", "same"), 16), (("first", "second"), 1)])
def test_sixteen_submissions_from_two_processes_make_one_claim(
    store: Store, tmp_path: Path, keys: tuple[str, str], accepted: int
) -> None:
    claim_id = store.write_sync(lambda c: draft_of_anna(c).id)
    start = tmp_path / "start"
    arguments = [sys.executable, "-m", "tests.claims.racing_child", f"sqlite:///{store.path}", claim_id]
    children = [
        subprocess.Popen([*arguments, key, str(start)], cwd=ROOT, stdout=subprocess.PIPE, text=True) for key in keys
    ]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    start.touch()
    said = [each for child in children for each in json.loads(child.communicate(timeout=60)[0])]
    assert said.count(claim_id) == accepted
    assert [each for each in said if each != claim_id] == [["WRONG_STATUS"]] * (16 - accepted)
    assert store.read_sync(lambda c: reload(c, claim_id)).status is ClaimStatus.SUBMITTED
    assert len(store.read_sync(lambda c: c.execute(select(outbox)).all())) == 1
    events = store.read_sync(lambda c: c.execute(select(claim_events.c.status)).scalars().all())
    assert events == [ClaimStatus.DRAFT, ClaimStatus.SUBMITTED]
