"""``python -m tests.claims.kill``: the long run, with progress and a table. Exit code 1 when anything does not hold."""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

from tests.claims.kill.run import Outcome, run


def main() -> int:
    """Run, print, and say by the exit code whether everything held."""
    parser = argparse.ArgumentParser(prog="python -m tests.claims.kill", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=time.time_ns() % 1_000_000)
    parser.add_argument("--drop", type=float, default=0.2, help="share of replies lost after the owner has committed")
    parser.add_argument("--clients", type=int, default=2, help="of each strategy")
    parser.add_argument("--workers", type=int, default=0, help="gateway worker processes beside the server")
    parser.add_argument("--keep", type=Path, help="folder for stores and logs; without it they are thrown away")
    given = parser.parse_args()
    _say(f"seed {given.seed}")
    with tempfile.TemporaryDirectory() as thrown_away:
        folder = given.keep or Path(thrown_away)
        folder.mkdir(parents=True, exist_ok=True)
        outcome = run(
            folder,
            kills=given.kills,
            seed=given.seed,
            drop=given.drop,
            clients_of_a_kind=given.clients,
            workers=given.workers,
            say=_say,
        )
    _say(table(outcome))
    return 0 if outcome.holds else 1


def table(outcome: Outcome) -> str:
    """The figures as lines of text."""
    head: tuple[str, ...] = ("strategy", "acknowledged", "withdrawn", "cases", "sends", "in doubt")
    head += ("lost", "doubled", "altered", "resent", "unlisted", "not withdrawn there")
    rows = [head]
    rows += [
        (
            each.strategy,
            *map(str, (each.acknowledged, each.withdrawn, each.cases, each.sends, each.unknown)),
            *(str(len(each.lost)), str(len(each.doubled)), str(len(each.altered))),
            str(len(each.resent)) if each.strategy == "MANUAL" else "-",
            *(str(len(each.unlisted)), str(len(each.not_withdrawn))),
        )
        for each in outcome.counted
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    wall, own = sorted(outcome.ready_seconds), sorted(outcome.ready_processor_seconds)
    lines += [
        f"kills {outcome.kills}, submissions asked again {outcome.repeated}",
        f"ready again: wall median {statistics.median(wall):.1f} s, worst {wall[-1]:.1f} s;"
        f" own processor time median {statistics.median(own):.1f} s, worst {own[-1]:.1f} s",
        f"everything drained after {outcome.drained_seconds:.1f} s",
        *(f"not finished: {each.strategy} {len(each.unfinished)}" for each in outcome.counted if each.unfinished),
        *(f"nobody submitted: {each.strategy} {each.invented}" for each in outcome.counted if each.invented),
        *(f"should not have been answered: {slip}" for slip in outcome.slips),
        "everything holds" if outcome.holds else "SOMETHING DOES NOT HOLD",
    ]
    return "\n".join(lines)


def _say(what: str) -> None:
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
