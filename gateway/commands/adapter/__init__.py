"""``gateway adapter``: adapters, as who writes or runs them needs to see them. One module for each command."""

from __future__ import annotations

import typer

from gateway.commands.adapter import check, inspect, new, simulate, try_
from gateway.commands.adapter import list as list_

app = typer.Typer(
    name="adapter", help="Read contracts, and see what adapters there are and how good they are.", no_args_is_help=True
)

for _room in (inspect, new, list_, simulate, check, try_):
    app.command(_room.__name__.rsplit(".", 1)[-1].rstrip("_"))(_room.command)
