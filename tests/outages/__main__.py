"""``python -m tests.outages``: every register broken in every way, as a heat map of how many fields went with it.

Registers that stand in for another are broken where they do so. ``--register`` and ``--kind`` choose.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.outages.table import KINDS
from tests.outages.trial import Cell, can_be_refused, registers, stand_ins, ward

Cells = dict[tuple[str, str], Cell]


def main() -> int:
    """Run the matrix; 1 where something is not as it must be."""
    parser = argparse.ArgumentParser(prog="python -m tests.outages", description="Break each register in each way.")
    parser.add_argument("--register", action="append", choices=sorted(registers()), help="this one; again for more")
    parser.add_argument("--kind", action="append", choices=list(KINDS), help="in this way; again for more")
    chosen = parser.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 200, highlight=False)
    kinds = chosen.kind or list(KINDS)
    names = chosen.register or list(registers())
    started = time.monotonic()
    cells: Cells = {}
    with tempfile.TemporaryDirectory() as folder:
        for standing_in, here in _by_gateway(names).items():
            with ward(Path(folder), standing_in) as broken:
                for name in here:
                    for kind in (each for each in kinds if KINDS[each].is_there or can_be_refused(name)):
                        cells[name, kind] = broken.trial(name, KINDS[kind])
                    console.print(_line(name, [cells[name, kind] for kind in kinds if (name, kind) in cells]))
    console.print(heat_map(cells, names, kinds))
    wrong = [(name, kind, each) for (name, kind), cell in cells.items() for each in cell.wrong]
    for name, kind, each in wrong:
        console.print(f"[red]{name}, {kind}[/]: {each}")
    failed = sum(cell.failed for cell in cells.values())
    console.print(
        f"{len(names)} registers, {len(kinds)} ways to break, {len(cells)} trials of two operations: {failed} fields "
        f"failed where they should, {len(wrong)} things wrong; the slowest answer took "
        f"{max(cell.seconds for cell in cells.values()):.1f} s; {time.monotonic() - started:.0f} s in all"
    )
    return 1 if wrong else 0


def _by_gateway(names: Iterable[str]) -> Mapping[str | None, list[str]]:
    """Registers by which of them stands in for another while they are broken."""
    found: dict[str | None, list[str]] = {}
    for name in names:
        found.setdefault(name if name in stand_ins() else None, []).append(name)
    return found


def _line(name: str, cells: list[Cell]) -> str:
    wrong = sum(len(each.wrong) for each in cells)
    return f"{name}: {sum(each.failed for each in cells)} fields failed, {wrong} things wrong"


def heat_map(cells: Cells, names: Iterable[str], kinds: Iterable[str]) -> Table:
    """Registers by ways to break: how many fields failed; ``·`` where the register is not asked by any reading."""
    made = Table("register", *kinds)
    for name in names:
        made.add_row(name, *(_shown(cells.get((name, kind), Cell())) for kind in kinds))
    return made


def _shown(cell: Cell) -> str:
    if cell.wrong:
        return f"[bold white on red]{cell.failed}![/]"
    if not cell.asked:
        return "[dim]·[/]"
    shade = "green" if cell.failed == 0 else "yellow" if cell.failed < 10 else "magenta"
    return f"[{shade}]{cell.failed}[/]"


if __name__ == "__main__":
    sys.exit(main())
