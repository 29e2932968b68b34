"""``gateway audit prove``: that one record is in the log that was signed."""

from __future__ import annotations

import json
from typing import Annotated

import msgspec
import typer

from gateway.commands.audit.given import StoreFile, store_path
from gateway.commands.loading import SettingsFile, settings_or_stop
from gateway.commands.report import WRONG_CALL, stop


def command(
    record: Annotated[str, typer.Argument(metavar="ID", help="Id of the access record.")],
    store_file: StoreFile = None,
    settings_file: SettingsFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the proof as JSON, to be handed over.")] = False,
) -> None:
    """Prove that a record is in the log: whoever has the public key checks it with gateway audit verify --proof.

    The proof holds the record's whole row: with the records of the same request that are alike.
    """
    settings = settings_or_stop(settings_file)
    from gateway.audit.copies import NoStore
    from gateway.audit.proof import NoProof, prove

    try:
        proof = prove(store_path(settings, store_file), record)
    except NoStore as error:
        stop(str(error), WRONG_CALL)
    except NoProof as error:
        stop(str(error))
    if as_json:
        typer.echo(json.dumps(msgspec.to_builtins(proof), ensure_ascii=False, indent=2))
        return
    typer.echo(f"{proof.record} is row {proof.index} of {proof.size}:\n{proof.row}\n")
    typer.echo("hashes beside it, from the row up:")
    for each in proof.path:
        typer.echo(f"  {each}")
    typer.echo(f"\nsigned:\n{proof.checkpoint}", nl=False)
