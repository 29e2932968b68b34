"""``python -m tests.invariants.leak``: the whole, with progress and tables. Exit code 1 when a code was found."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.invariants.leak.run import Outcome, run

_SHOWN = 20


def main() -> int:
    """Run, print, and say by the exit code whether nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.invariants.leak", description=__doc__)
    parser.add_argument("--codes", type=int, default=1000)
    parser.add_argument("--residents", type=int, default=10_000)
    parser.add_argument("--batches", type=int, default=25, help="each with other faults")
    parser.add_argument("--keep", type=Path, help="new folder for stores and logs; without it they are thrown away")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as thrown_away:
        folder = given.keep or Path(thrown_away)
        outcome = run(folder, given.codes, residents=given.residents, batches=given.batches, say=_say)
    _say(table(outcome))
    return 1 if outcome.findings else 0


def table(outcome: Outcome) -> str:
    """The figures as lines of text."""
    lines = [f"{'path':<40}{'codes':>8}{'requests':>10}{'with data':>11}{'findings':>10}"]
    for name, count in outcome.paths.items():
        lines.append(f"{name:<40}{count.codes:>8}{count.requests:>10}{count.answered:>11}{len(count.findings):>10}")
    lines += ["", f"{'place':<40}{'searched, characters':>29}{'findings':>10}"]
    lines += [f"{name:<40}{count.searched:>29,}{len(count.findings):>10}" for name, count in outcome.places.items()]
    kinds = Counter((place, one.spelling) for place, count in outcome.places.items() for one in count.findings)
    lines += [f"found {times} times in {place}: {spelling}" for (place, spelling), times in kinds.most_common()]
    lines += [f"  {one.spelling}: … {one.around!r}" for one in outcome.findings[:_SHOWN]]
    return "\n".join([*lines, f"{len(outcome.findings)} findings" if outcome.findings else "none found"])


def _say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
