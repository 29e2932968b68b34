"""``python -m tests.residents``: ten thousand invented people asked of every register, and what must hold of them."""

from __future__ import annotations

import argparse
import sys
import time
from itertools import islice

from rich.console import Console
from rich.table import Table

from tests.residents.invariants import INVARIANTS
from tests.residents.reading import OF_PEOPLE, Told, read_everything

_SHOWN = 3


def main() -> int:
    """Ask, check, print; 1 where something does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.residents", description="Check the residents.")
    parser.add_argument("--residents", type=int, default=10_000, help="how many there are; 10,000 by default")
    chosen = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    started = time.process_time()
    told = read_everything(chosen.residents)
    asked = time.process_time()
    console.print(figures(told))
    wrong = 0
    table = Table("what must hold", "exceptions")
    for sentence, check in INVARIANTS.items():
        exceptions = list(check(told))
        wrong += len(exceptions)
        shown = "; ".join(islice(exceptions, _SHOWN))
        table.add_row(sentence, f"[red]{len(exceptions)}: {shown}[/]" if exceptions else "[green]none[/]")
    console.print(table)
    console.print(
        f"{len(told.codes)} residents, {sum(told.calls.values())} calls to {len(told.calls)} registers, "
        f"{len(INVARIANTS)} sentences, {wrong} exceptions; {asked - started:.0f} s of processor time to ask, "
        f"{time.process_time() - asked:.0f} s to check"
    )
    return 1 if wrong else 0


def figures(told: Told) -> Table:
    """How many records each register gave, and in how many calls."""
    made = Table("record", "of how many", "register", "calls")
    counts = {each.__name__: len(told.of(each)) for each in OF_PEOPLE}
    counts |= {"SocialAssistance": len(told.assistance), "LegalEntityRecord": len(told.entities)}
    counts |= {"EntityOfficers": len(told.officers), "RegisteredAddress": len(told.addresses)}
    calls = sorted(told.calls.items())
    for place, (record, count) in enumerate(counts.items()):
        register, number = calls[place] if place < len(calls) else ("", 0)
        made.add_row(record, f"{count:,}", register, f"{number:,}" if register else "")
    return made


if __name__ == "__main__":
    sys.exit(main())
