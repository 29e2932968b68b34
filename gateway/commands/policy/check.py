"""``gateway policy check``: whether policies hold, over every position of everybody to every claim."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from gateway.commands.loading import SettingsFile
from gateway.commands.policy.loading import Folders, near, places_or_stop, the_graph, the_registers
from gateway.commands.report import FAILED


def command(
    folders: Folders = None,
    settings_file: SettingsFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Check policies: files, rules, fields, evidence paths, examples, and what nothing may ever open.

    Asks no register and reads no store. Exit code 1 when anything does not hold; each finding names its file and line.
    """
    places = places_or_stop(folders, settings_file)

    from policies.kit.checking import check

    report = check(places, the_graph(), the_registers(settings_file))
    if as_json:
        findings = [{"file": near(one.file), "line": one.line, "reason": one.reason} for one in report.findings]
        answer = {"holds": report.holds, "findings": findings, "held": report.held, "notes": report.notes}
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    elif report.findings:
        for one in report.findings:
            typer.echo(f"{near(one.file)}:{one.line}: {one.reason}")
        count = len(report.findings)
        typer.echo(f"\n{count} {'thing does' if count == 1 else 'things do'} not hold.")
    else:
        for sentence in report.held:
            typer.echo(f"✓ {sentence}")
        for note in report.notes:
            typer.echo(f"· {note}")
        typer.echo("\nThe policies hold.")
    if not report.holds:
        raise typer.Exit(FAILED)
