"""``python -m tests.invariants.leak``: the whole, with progress and tables. Exit code 1 when a code was found."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.invariants.leak.run import run
from tests.invariants.leak.tables import tables


def main() -> int:
    """Run, print, and say by the exit code whether nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.invariants.leak", description=__doc__)
    parser.add_argument("--codes", type=int, default=1000)
    parser.add_argument("--residents", type=int, default=10_000)
    parser.add_argument("--worlds", type=int, default=2, help="gateways beside each other")
    parser.add_argument("--batches", type=int, default=10, help="in each world; each with other faults")
    parser.add_argument("--keep", type=Path, help="new folder for stores and logs; without it they are thrown away")
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as thrown_away:
        folder = given.keep or Path(thrown_away) / "run"
        outcome = run(
            folder, given.codes, residents=given.residents, worlds=given.worlds, batches=given.batches, say=_say
        )
    _say(tables(outcome))
    _say(f"{time.monotonic() - began:.0f} s")
    return 1 if outcome.findings else 0


def _say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
