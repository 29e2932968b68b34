"""What filing costs, and how long others wait for it.

``python -m tests.store.filing_cost [people …]`` files records of lists about people of whom each is another, in a log
that so many people are in already: milliseconds of processor time, and the longest that somebody waited meanwhile who wrote
something else; beside it the same filed at once.
"""

from __future__ import annotations

import gc
import random
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec.structs import replace
from sqlalchemy import Connection

from gateway.audit.record import row_of
from gateway.store import filing
from gateway.store.filing import append_rows
from gateway.store.log_rows import LogRows
from gateway.store.prepared import driver
from gateway.store.store import Store
from tests.store.rows import ALIKE

_LIST = 500
_PAUSE = 0.002


@dataclass(frozen=True, slots=True)
class Cost:
    """Of filing once."""

    milliseconds: float
    """Of processor time, where nobody else writes, with writing the rows."""
    waited: float
    """Milliseconds, at most."""


def measure(folder: Path, people: int, *, steps: bool) -> Cost:
    """File as much as may wait, as it is done or at once."""
    store = Store.open(f"sqlite:///{folder}/{people}-{steps}.sqlite")
    before = filing.STEP_SECONDS
    try:
        filing.STEP_SECONDS = before if steps else float("inf")
        ids = sorted(f"s-{random.Random(number).randbytes(12).hex()}" for number in range(people))
        store.write_sync(lambda connection: _people(connection, ids))
        enough = -(-filing.MOST_WAITING // _LIST)
        alone, _ = _filed(store, [_list_of(ids, number) for number in range(enough)], others=False)
        _, waited = _filed(store, [_list_of(ids, enough + number) for number in range(enough)], others=True)
        return Cost(alone * 1e3, waited * 1e3)
    finally:
        filing.STEP_SECONDS = before
        store.close()


def _people(connection: Connection, ids: list[str]) -> None:
    rows = ((each, 1, f"c-{each}", "[1700000000000000,0]") for each in ids)
    driver(connection).executemany("INSERT INTO access_subjects VALUES (?, ?, ?, ?)", rows)
    connection.exec_driver_sql("INSERT INTO access_filings VALUES (1)")


def _list_of(ids: list[str], number: int) -> LogRows:
    chance = random.Random(number)
    entries = [(f"c-{chance.randbytes(12).hex()}", (chance.choice(ids),)) for _ in range(_LIST)]
    return LogRows([row_of(replace(ALIKE, request_id=f"r-{number}"), list(entries))], _LIST, _LIST)


def _filed(store: Store, lists: list[LogRows], *, others: bool) -> tuple[float, float]:
    """Seconds of processor time, and that somebody waited at most."""
    filings, waits = _filings(store), [0.0]
    ended = threading.Event()

    def other() -> None:
        while not ended.wait(_PAUSE):
            begun = time.perf_counter()
            store.write_sync(lambda connection: None)
            waits.append(time.perf_counter() - begun)

    thread = threading.Thread(target=other)
    begun = time.process_time()
    if others:
        thread.start()
    for each in lists:
        store.write_sync(_appending(each))
    while _filings(store) == filings:
        time.sleep(_PAUSE)
    taken = time.process_time() - begun
    ended.set()
    if others:
        thread.join()
    return taken, max(waits)


def _appending(rows: LogRows) -> Callable[[Connection], int]:
    return lambda connection: append_rows(connection, rows)


def _filings(store: Store) -> int:
    def count(connection: Connection) -> int:
        [(found,)] = driver(connection).execute("SELECT count(*) FROM access_filings")
        return int(found)

    return store.read_sync(count)


def main(sizes: list[int]) -> None:
    """Print the table."""
    gc.collect()
    gc.freeze()
    gc.disable()
    sys.stdout.write(f"{'people':>10}{'':12}{'ms of processor':>18}{'waited at most, ms':>22}\n")
    for people in sizes:
        for name, steps in (("in steps", True), ("at once", False)):
            with TemporaryDirectory() as folder:
                cost = measure(Path(folder), people, steps=steps)
            sys.stdout.write(f"{people:10,}  {name:10}{cost.milliseconds:18.0f}{cost.waited:22.1f}\n")


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]] or [3_000, 1_000_000])
