"""``gateway schema``: the public graph as text."""

from __future__ import annotations

import typer


def command() -> None:
    """Print the graph's SDL, and nothing else."""
    from schema.graph import sdl

    typer.echo(sdl().rstrip("\n"))
