"""``gateway policy``: who may do what, as who writes policies needs to see it. One module for each command."""

from __future__ import annotations

import typer

from gateway.commands.policy import check, explain, matrix, new, replay, test

app = typer.Typer(
    name="policy", help="Check policies, try them, and see who may do what under them.", no_args_is_help=True
)

for _room in (new, check, test, matrix, explain, replay):
    app.command(_room.__name__.rsplit(".", 1)[-1])(_room.command)
