"""``python -m tests.household``: the register calls of one household as a tree, as the registers saw them."""

from __future__ import annotations

import sys
import tempfile
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.tree import Tree

from tests.household.asking import OPERATIONS, Asked, household


def main() -> int:
    """Ask, and print; 1 where it took more than twelve calls, or other ones than foretold."""
    console = Console(width=None if sys.stdout.isatty() else 160, highlight=False)
    held = True
    with tempfile.TemporaryDirectory() as folder, household(Path(folder)) as asking:
        for what, (persona, query) in OPERATIONS.items():
            asking.ask(persona, query)
            asked = asking.ask(persona, query)
            console.print(tree(what, persona, asked))
            foretold = sum(asked.foretold_by_register.values())
            console.print(
                f"{len(asked.calls)} calls to {len(asked.by_register)} registers, {max(asked.together.values())} of "
                f"them under way at once; provenance names {len(asked.provenance)} registers, explain foretold "
                f"{foretold} calls\n"
            )
            held &= len(asked.calls) <= 12 and asked.foretold_by_register == asked.by_register
    return 0 if held else 1


def tree(what: str, persona: str, asked: Asked) -> Tree:
    """Level by level: what was under way together, and for whom it was asked."""
    words = {(each["register"]["id"], each["operation"]): each["keys"] for each in asked.foretold}
    made = Tree(f"[bold]{what}[/] [dim]({persona})[/]")
    for level, group in groupby(sorted(asked.calls, key=lambda each: each.level), key=lambda each: each.level):
        calls = sorted(group, key=lambda each: (each.register, each.operation))
        after = "" if level == 1 else f", once level {level - 1} has answered"
        branch = made.add(f"[cyan]level {level}[/]: {len(calls)} under way together{after}")
        for call in calls:
            others = [each.register for each in calls if each is not call]
            beside = f"[dim]concurrent with {', '.join(dict.fromkeys(others))}[/]" if others else "[dim]alone[/]"
            keys = words.get((call.register, call.operation), "1 person")
            branch.add(f"[bold]{call.register}[/] {call.operation} [green]{keys}[/] {beside}")
    return made


if __name__ == "__main__":
    sys.exit(main())
