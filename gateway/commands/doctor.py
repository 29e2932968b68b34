"""``gateway doctor``: what is wrong, and what to do."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Annotated

import typer

from gateway.commands.loading import SettingsFile
from gateway.commands.report import FAILED
from schema.personal import masked


def command(
    settings_file: SettingsFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Check settings, store, keys, registers and disk. Exit code 1 when something does not hold."""
    from gateway.examination import examine

    findings = [replace(one, finding=masked(one.finding)) for one in examine(settings_file)]
    healthy = all(finding.holds for finding in findings)
    if as_json:
        listed = [
            {"check": one.check, "holds": one.holds, "finding": one.finding, "remedy": one.remedy} for one in findings
        ]
        typer.echo(json.dumps({"healthy": healthy, "findings": listed}, ensure_ascii=False, indent=2))
    else:
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table("")
        for heading in ("Check", "Finding", "What to do"):
            table.add_column(heading, overflow="fold")  # Names of files are needed whole.
        for one in findings:
            mark = Text("holds", "green") if one.holds else Text("does not hold", "red")
            # Text, since a path or a message may hold what would be markup.
            table.add_row(mark, Text(one.check), Text(one.finding), Text(one.remedy or ""))
        Console().print(table)
    if not healthy:
        raise typer.Exit(FAILED)
