"""``python -m tests.oracle``: the whole matrix of the demo world and of worlds made from seeds, against the oracle."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from rich.console import Console

from tests.oracle.matrix import Matrix
from tests.oracle.rules import STATUSES
from tests.oracle.tally import Tally
from tests.oracle.whole import parties, run_whole, running_world


def main() -> int:
    """Run it; 1 where anything disagrees."""
    options = argparse.ArgumentParser(prog="python -m tests.oracle", description=__doc__)
    options.add_argument("--worlds", type=int, nargs="*", default=[1, 2], help="seeds of the worlds to make (1 2)")
    options.add_argument("--no-demo", action="store_true", help="leave out the demo world by itself")
    options.add_argument("--as", dest="only", nargs="*", default=None, help="ask as these personas alone")
    options.add_argument("--statuses", type=int, default=len(STATUSES), help="claims of each type in a made world")
    chosen = options.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 240, highlight=False)
    worlds: list[int | None] = [*([] if chosen.no_demo else [None]), *chosen.worlds]
    whole, began = Tally(), time.monotonic()
    for seed in worlds:
        name = "the demo world" if seed is None else f"the demo world and world {seed}"
        with (
            tempfile.TemporaryDirectory() as folder,
            running_world(Path(folder), seed, chosen.statuses) as (world, asking),
        ):
            if chosen.only is not None:
                world.personas = {each: world.personas[each] for each in chosen.only if each in world.personas}
            matrix = Matrix(world, asking)
            console.rule(f"{name}: {len(world.personas)} personas, {len(world.claims)} claims")
            run_whole(matrix, partial(console.print, markup=False))
            matrix.tally.show(console, {each.name: each.capacity for each in parties(world)})
            console.print(f"{asking.requests} requests")
            whole.add(matrix.tally)
    console.rule("all worlds")
    console.print(
        f"{whole.cells.total()} cells, {len(whole.disagreements)} disagreements, {whole.refused} requests refused whole, "
        f"{whole.refused_with_calls} with a register call, {time.monotonic() - began:.0f} s"
    )
    return 1 if whole.disagreements else 0


if __name__ == "__main__":
    sys.exit(main())
