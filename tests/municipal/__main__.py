"""A worklist over all municipalities with five of them down: how each fares, as a table."""

from __future__ import annotations

import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.municipal.people import TODAY
from tests.municipal.worklist import ASKS_TO_OPEN, DEADLINE_SECONDS, DOWN, Told, vendor_of, worklist, wrong


def main() -> int:
    """Print the table; 1 where something is not as it must be."""
    console = Console(width=170, highlight=False)
    with tempfile.TemporaryDirectory() as folder, worklist(Path(folder)) as trial:
        asked = [trial.ask() for _ in range(ASKS_TO_OPEN)]
        before = trial.halls.connections.copy()
        asked.append(trial.ask())
        calls = trial.halls.connections - before
        delivered = trial.until_delivered(set(TODAY) - set(DOWN), 20.0)
        after = trial.mended(40.0)
        healed = trial.until_delivered(set(TODAY), 120.0)
    table = Table("municipality", "system", "address", "worklist", "calls once it failed often", "claim", "once mended")
    for code in TODAY:
        way = DOWN.get(code)
        table.add_row(
            code,
            vendor_of(code),
            "up" if way is None else way.value,
            _said(asked[0], code),
            str(calls[code]) if way else "",
            "delivered" if code in delivered else "on its way",
            f"{_said(after, code)}, {'delivered' if code in healed else 'not delivered'}",
        )
    console.print(table)
    times = ", ".join(f"{told.seconds:.2f}" for told in (*asked, after))
    console.print(f"answered after {times} s; the deadline is {DEADLINE_SECONDS} s")
    problems = [line for told in asked for line in wrong(told, DOWN)] + wrong(after, {})
    problems += [] if delivered == set(TODAY) - set(DOWN) else ["delivered is not what is up"]
    problems += [] if healed == set(TODAY) else ["not all claims were delivered once all were up"]
    for line in problems:
        console.print(f"wrong: {line}")
    return 1 if problems else 0


def _said(told: Told, code: str) -> str:
    error = told.errors.get(code)
    return f"pays {told.paid.get(code)}" if error is None else error[0]


if __name__ == "__main__":
    raise SystemExit(main())
