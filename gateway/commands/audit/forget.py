"""``gateway audit forget``: erase whose a person's records are."""

from __future__ import annotations

import getpass
import sqlite3
import sys
from contextlib import closing
from typing import Annotated

import typer

from gateway.clock import utc_now
from gateway.commands.audit.given import opened_store, reference, store_path
from gateway.commands.loading import SettingsFile
from gateway.commands.report import WRONG_CALL, stop


def command(
    person: Annotated[
        str, typer.Argument(metavar="PERSON", help="Personal code, or - to read it from standard input.")
    ],
    case: Annotated[str, typer.Option("--case", metavar="REFERENCE", help="On what ground: a reference.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    settings_file: SettingsFile = None,
) -> None:
    """Erase a person's codes and key, so that nobody can say any more whom their access records are about.

    It cannot be taken back. The records stay, and the log can be verified as before; a backup made earlier still knows
    the person. Refused while a claim of theirs is open, a message is on its way, or a mandate is in force.
    """
    from gateway.audit.erasure import CannotForget, forget
    from schema.terms import PersonCode

    if person == "-" and sys.stdin.isatty():
        typer.echo("Personal code: ", nl=False, err=True)
    try:
        code = PersonCode.parse(sys.stdin.readline().strip() if person == "-" else person)
    except ValueError:
        stop("PERSON is no personal code", WRONG_CALL)
    ground = reference(case)
    if not yes and not _asked():
        stop("nobody was forgotten")
    with opened_store(settings_file) as (settings, store):
        try:
            # Erased pages are overwritten, not only let go.
            store.write_sync(lambda c: c.exec_driver_sql("PRAGMA secure_delete = ON").close())
            store.write_sync(lambda c: forget(c, code, ground, getpass.getuser(), utc_now()))
        except CannotForget as error:
            stop(str(error))
        path = store_path(settings, None)
    typer.echo("Forgotten. The log can be verified as before.")
    try:
        with closing(sqlite3.connect(path)) as connection:
            (busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        typer.echo(
            f"What was erased is in the store's files still, since the disk did not let it out"
            f" ({error.sqlite_errorname}): it leaves them when the gateway is started again on a disk that does.",
            err=True,
        )
        return
    if busy:
        typer.echo(
            "A gateway has the store open: what was erased leaves its -wal file when that is restarted.", err=True
        )


def _asked() -> bool:
    try:
        return typer.confirm("Nobody will be able to say whom the records are about. Forget this person?", err=True)
    except typer.Abort:
        typer.echo(err=True)
        stop("nobody was forgotten: the question had no answer; --yes does not ask")
