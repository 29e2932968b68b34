"""``gateway audit key``: the key that signs checkpoints."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.audit.given import verifier_of
from gateway.commands.loading import SettingsFile, settings_or_stop
from gateway.commands.report import WRONG_CALL, stop


def command(
    new: Annotated[
        Path | None, typer.Option("--new", metavar="FILE", help="Make a key in this file; one that is there stays.")
    ] = None,
    name: Annotated[
        str | None,
        typer.Option("--name", help="Name of the log in its checkpoints, without white space and plus sign."),
    ] = None,
    settings_file: SettingsFile = None,
) -> None:
    """Print the public key, with which anybody can verify the log; with --new make the key pair first."""
    from gateway.audit.notes import BadNote
    from gateway.audit.signing import make_key, read_key

    if new is None:
        typer.echo(str(verifier_of(settings_or_stop(settings_file), None)))
        return
    if new.exists():
        stop(f"{new} is there already, and stays as it is", WRONG_CALL)
    try:
        make_key(new, name)
        typer.echo(str(read_key(new).verifier))
    except BadNote as error:
        stop(f"--name: {error}", WRONG_CALL)
    except OSError as error:
        stop(f"{new}: cannot be made ({error.strerror})")
