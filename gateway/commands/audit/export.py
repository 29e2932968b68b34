"""``gateway audit export``: records for the auditor."""

from __future__ import annotations

import getpass
import sys
from datetime import datetime, time
from typing import Annotated

import typer

from gateway.clock import utc_now
from gateway.commands.audit.given import opened_store, reference
from gateway.commands.loading import SettingsFile

_DAY = ["%Y-%m-%d"]


def command(
    since: Annotated[datetime, typer.Option(metavar="DATE", formats=_DAY, help="First day in Rīga.")],
    until: Annotated[
        datetime | None, typer.Option(metavar="DATE", formats=_DAY, help="Last day in Rīga; today by default.")
    ] = None,
    case: Annotated[
        str | None, typer.Option("--case", metavar="REFERENCE", help="What it is for: the auditor's reference.")
    ] = None,
    settings_file: SettingsFile = None,
) -> None:
    """Print access records as JSON Lines, the oldest first, with people as hashes that stay the same for one person.

    The export is itself recorded before the first line is printed.
    """
    from gateway.audit.export import export
    from gateway.claims.days import RIGA

    wanted = None if case is None else reference(case)
    now = utc_now()
    begin = datetime.combine(since.date(), time(), RIGA)
    end = now if until is None else min(now, datetime.combine(until.date(), time.max, RIGA))
    with opened_store(settings_file) as (_, store):
        for line in export(store, begin, end, case=wanted, by=getpass.getuser(), now=now):
            sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
