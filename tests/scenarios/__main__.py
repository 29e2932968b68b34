"""``python -m tests.scenarios``: each claim type, begun in each way there is, and what came of each step."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.scenarios.lives.lived import Lived, Step
from tests.scenarios.lives.living import live, running_town
from tests.scenarios.lives.ways import lives

_WIDTH = 220
_TOLD = 5
"""Of what is wrong with one life."""


def main() -> int:
    """Live them, and print; 1 where anything is not as access.md says."""
    options = argparse.ArgumentParser(prog="python -m tests.scenarios", description=__doc__)
    known = sorted({each.code for each in lives()})
    options.add_argument("claim_types", nargs="*", metavar="CLAIM-TYPE", help=f"these alone: {', '.join(known)}")
    asked = options.parse_args().claim_types
    unknown = sorted(set(asked) - set(known))
    if unknown:
        options.error(f"no such claim type: {', '.join(unknown)}")
    chosen = [each for each in lives() if not asked or each.code in asked]
    console = Console(width=None if sys.stdout.isatty() else _WIDTH, highlight=False)
    with tempfile.TemporaryDirectory() as folder, running_town(Path(folder)) as here:
        lived = live(here, chosen)
        requests = here.asking.requests
    console.print(table(lived))
    return summed_up(console, lived, requests)


def table(lived: Sequence[Lived]) -> Table:
    """A section for each claim type, a row for each way to begin, a column for each step.

    Of evidence it says how many of the paths that were asked for were shown; all others were refused.
    """
    steps = [step for step in Step if step is not Step.PREPARED]
    made = Table(
        "claim type", str(Step.PREPARED), *map(str, steps), "right", title="Evidence: paths shown of those asked"
    )
    for code, group in groupby(lived, key=lambda each: each.life.code):
        of_type = list(group)
        begun = [each for each in of_type if each.id]
        for place, each in enumerate(begun):
            cells = (each.said.get(step, "") for step in steps)
            made.add_row(code if place == 0 else "", each.life.way, *cells, _right(each))
        refused = [each for each in of_type if not each.id]
        for each in refused:
            made.add_row("", each.life.way, each.said.get(Step.PREPARED, ""), *[""] * (len(steps) - 1), _right(each))
        made.add_section()
    return made


def _right(lived: Lived) -> str:
    return "[red]no[/]" if lived.wrong else "yes"


def summed_up(console: Console, lived: Sequence[Lived], requests: int) -> int:
    """Print what is wrong, and the sums."""
    for each in lived:
        for wrong in each.wrong[:_TOLD]:
            console.print(f"! {each.life}: {wrong}", markup=False)
    through = [each for each in lived if each.id]
    looks = [look for each in through for some in each.looks.values() for look in some]
    console.print(
        f"{len(through)} claims lived through, {len(lived) - len(through)} refused at the start, "
        f"{sum(len(look.shown) for look in looks)} evidence paths shown and {sum(len(look.refused) for look in looks)} "
        f"refused, {requests} requests, {sum(bool(each.wrong) for each in lived)} not as they should be"
    )
    return 1 if any(each.wrong for each in lived) else 0


if __name__ == "__main__":
    sys.exit(main())
