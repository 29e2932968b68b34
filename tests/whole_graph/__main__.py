"""``python -m tests.whole_graph``: who gets a value of each field of the graph, and which fields nobody does."""

from __future__ import annotations

import sys
import tempfile
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.running_gateway import RunningGateway
from tests.whole_graph.asking import SETTINGS, ask_everything
from tests.whole_graph.seen import Seen, coordinates


def main() -> int:
    """Ask, and print; 1 where a field has a value for nobody."""
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    with (
        tempfile.TemporaryDirectory() as folder,
        RunningGateway(Path(folder) / "data", settings=SETTINGS) as gateway,
    ):
        seen = ask_everything(gateway, console.print)
    console.print(table(seen))
    missing = seen.missing()
    for coordinate, said in missing.items():
        console.print(f"[red]nobody[/] {coordinate}: {', '.join(sorted(said)) or 'null without an error'}")
    console.print(f"{len(coordinates())} fields, {len(missing)} of them without a value for anybody")
    return 1 if missing else 0


def table(seen: Seen) -> Table:
    """One row a type: how many fields had a value, and who got most of them first."""
    made = Table("type", "fields", "with a value", "first seen by")
    for type_name, group in groupby(coordinates(), key=lambda each: each.partition(".")[0]):
        fields = list(group)
        found = [seen.by_coordinate[each].persona for each in fields if each in seen.by_coordinate]
        made.add_row(type_name, str(len(fields)), str(len(found)), ", ".join(dict.fromkeys(found)))
    return made


if __name__ == "__main__":
    sys.exit(main())
