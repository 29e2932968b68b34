"""``gateway audit``: whether the access log is what was written, and what may be done with it. A module a command."""

from __future__ import annotations

import typer

from gateway.commands.audit import export, forget, key, prove, verify

app = typer.Typer(name="audit", help="Verify the access log, prove what is in it, hand it over.", no_args_is_help=True)

for _room in (verify, prove, export, forget, key):
    app.command(_room.__name__.rsplit(".", 1)[-1])(_room.command)
