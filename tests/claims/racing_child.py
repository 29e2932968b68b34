"""Submits one draft as often as it is told, at the moment at which its brother does too; prints what came of it."""

from __future__ import annotations

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gateway.claims.outcome import Outcome
from gateway.store.store import Store
from tests.claims.world import reload, submit_draft


def main(url: str, claim_id: str, key: str, start: str) -> None:
    store = Store.open(url)

    def one(number: int) -> Outcome:
        named = key if key == "same" else f"{key}-{number}"
        return store.write_sync(lambda c: submit_draft(c, reload(c, claim_id), key=named))

    gate = Path(start)
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    while not gate.exists():
        time.sleep(0.001)
    with ThreadPoolExecutor(8) as pool:
        outcomes = list(pool.map(one, range(8)))
    store.close()
    said = [each.claim.id if each.claim else [problem.code.value for problem in each.problems] for each in outcomes]
    sys.stdout.write(json.dumps(said))


main(*sys.argv[1:])
