"""How the story looks in a terminal."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape
from rich.table import Table

_PLAIN_WIDTH = 118


class Stage:
    """Prints steps and their results.

    Args:
        console: where to.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._number = 0

    def step(self, persona: str, capacity: str, does: str, asks: str) -> None:
        """Announce who does what."""
        self._number += 1
        self._console.print()
        self._console.print(
            f"[bold]{self._number}. [cyan]{escape(persona)}[/] ({escape(capacity)})[/bold] {escape(does)}"
        )
        self._console.print(f"   [dim]{escape(asks)}[/]")

    def rows(self, rows: Sequence[tuple[str, str]]) -> None:
        """Show what came back."""
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 3))
        for name, value in rows:
            table.add_row(f"[green]{escape(name)}[/]", escape(value))
        self._console.print(table)

    def refusal(self, code: str, path: str, message: str, remedy: str | None) -> None:
        """Show what was refused, and what can be done about it."""
        self._console.print(f"   [bold red]{escape(code)}[/] {escape(path)}: {escape(message)}")
        if remedy:
            self._console.print(f"   [dim]what to do: {escape(remedy)}[/]")

    def entries(self, entries: Sequence[tuple[str, str, str, str, str]]) -> None:
        """Show lines of the access log: time, who, action, outcome, fields."""
        table = Table("time (UTC)", "who", "action", "outcome", "fields", box=None, padding=(0, 1, 0, 3))
        for at, who, action, outcome, fields in entries:
            colour = "green" if outcome == "PERMITTED" else "red"
            table.add_row(escape(at), escape(who), escape(action), f"[{colour}]{escape(outcome)}[/]", escape(fields))
        self._console.print(table)


def terminal() -> Console:
    """Standard output; of a width of its own where that is no terminal."""
    console = Console(highlight=False, soft_wrap=False)
    return console if console.is_terminal else Console(highlight=False, width=_PLAIN_WIDTH)
