"""``gateway worker`` delivers without a server, and ends when it is told to."""

from __future__ import annotations

import time
from pathlib import Path

from gateway.store.store import Store
from schema.terms import ClaimStatus
from tests.claims.kill.town import Town
from tests.claims.world import reload, submitted


def test_a_worker_without_a_server_delivers_what_waits(tmp_path: Path) -> None:
    town = Town(tmp_path, drop=0.0)
    try:
        store = Store.open(f"sqlite:///{town.data / 'gateway.sqlite3'}")
        claim_id = store.write_sync(submitted)
        worker = town.start_worker()
        deadline = time.monotonic() + 60
        while town.on_its_way() and time.monotonic() < deadline:
            time.sleep(0.05)
        claim = store.read_sync(lambda c: reload(c, claim_id))
        store.close()
        cases = [each for each in town.owners()["social_assistance"]["cases"] if each["claimId"] == claim_id]
        assert [each["reference"] for each in cases] == [claim.owner_reference]
        assert claim.status is ClaimStatus.DELIVERED
        assert town.stop_worker(worker) == 0
    finally:
        town.close()
