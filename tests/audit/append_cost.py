"""What a record costs: processor time of all threads, on SQLite with synchronous=FULL.

``python -m tests.audit.append_cost [--records N]`` prints the microseconds that one record takes with 1, 10 and 50
requests at a time: to make its row, to write it durably, to file it, and to hash and sign it, each request waiting for its
own before it asks for the next. ``signed`` is how much of that the tree and its checkpoints are.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import sys
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import uvloop
from msgspec.structs import replace

from gateway.audit.record import row_of
from gateway.store.log_rows import LogRows
from tests.audit.logs import NOW, Written
from tests.audit.verify_million import _ALIKE

CONCURRENT = (1, 10, 50)


async def _requests(log: Written, count: int, concurrent: int, signs: bool) -> float:
    """Seconds of processor time for so many records."""
    numbers = iter(range(count))

    async def one_after_another() -> None:
        for number in numbers:
            alike = replace(_ALIKE, at=NOW + timedelta(milliseconds=number))
            person = number * 7919 % 50_000
            row = row_of(alike, [(f"c-{person:020x}", (f"s-{person:024x}",))])
            await log.store.append(LogRows([row], 1, 1))

    begun = time.process_time()
    async with AsyncExitStack() as stack:
        if signs:
            await stack.enter_async_context(log.checkpointer.running())
        await asyncio.gather(*(one_after_another() for _ in range(concurrent)))
    await asyncio.to_thread(log.file)
    return time.process_time() - begun


def measure(folder: Path, count: int, concurrent: int, *, signs: bool) -> tuple[float, float]:
    """Microseconds a record, and records a commit."""
    folder.mkdir()
    log = Written(folder)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_requests(log, count // 10, concurrent, signs))
        before = log.store.commits
        taken = runner.run(_requests(log, count, concurrent, signs))
        commits = log.store.commits - before
    log.close()
    return taken / count * 1e6, count / commits


def table(folder: Path, count: int, say: Callable[[str], object]) -> dict[int, float]:
    """Print the table; microseconds a record by how many ask at a time."""
    gc.collect()
    gc.freeze()
    say(f"{'at a time':>10}{'us a record':>14}{'of it signed':>14}{'records a commit':>18}\n")
    found = {}
    for concurrent in CONCURRENT:
        # One at a time waits for a sync each, and processor time is all that counts.
        some = max(count * concurrent // CONCURRENT[-1], 20)
        bare, _ = measure(folder / f"bare-{concurrent}", some, concurrent, signs=False)
        whole, together = measure(folder / f"signed-{concurrent}", some, concurrent, signs=True)
        found[concurrent] = whole
        say(f"{concurrent:10}{whole:14.1f}{max(whole - bare, 0.0):14.1f}{together:18.1f}\n")
    return found


def main() -> int:
    """Exit code 1 where a record costs 0.1 ms or more at 50 at a time."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=20_000)
    given = parser.parse_args()
    with TemporaryDirectory() as name:
        found = table(Path(name), given.records, sys.stdout.write)
    return 0 if found[50] < 100 else 1


if __name__ == "__main__":
    sys.exit(main())
