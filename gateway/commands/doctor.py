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

        table = Table("", "Check", "Finding", "What to do")
        for one in findings:
            mark = "[green]holds[/]" if one.holds else "[red]does not hold[/]"
            table.add_row(mark, one.check, one.finding, one.remedy or "")
        Console().print(table)
    if not healthy:
        raise typer.Exit(FAILED)
