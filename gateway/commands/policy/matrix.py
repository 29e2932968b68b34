"""``gateway policy matrix``: who may do what, as a page and as a heat map."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.loading import SettingsFile
from gateway.commands.policy.loading import Folders, loaded_or_stop, near
from gateway.commands.report import FAILED, stop

_PAGE, _MAP = "ACCESS.md", "ACCESS.html"


def command(
    check: Annotated[
        bool, typer.Option("--check", help="Write nothing; exit code 1 when ACCESS.md is not what it would be.")
    ] = False,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Where the heat map goes; beside ACCESS.md by default."),
    ] = None,
    page: Annotated[
        Path | None, typer.Option("--page", metavar="FILE", help="Where the page goes; policies/ACCESS.md by default.")
    ] = None,
    folders: Folders = None,
    settings_file: SettingsFile = None,
) -> None:
    """Write who may do what: claim type by capacity by action and evidence, each with its condition and its rule."""
    policies = loaded_or_stop(folders, settings_file)

    from policies.kit.access_page import access_page
    from policies.kit.folders import CHECKOUT
    from policies.kit.heat_map import heat_map
    from policies.kit.matrix import matrix

    target = page or (folders[0] if folders else CHECKOUT) / _PAGE
    found = matrix(policies)
    text = access_page(found)
    if check:
        if _read(target) != text:
            stop(f"{near(target)} is not what the policies say; write it again: gateway policy matrix", FAILED)
        typer.echo(f"{near(target)} is what the policies say.")
        return
    heat = html or target.with_name(_MAP)
    try:
        target.write_text(text, "utf-8")
        heat.write_text(heat_map(found), "utf-8")
    except OSError as error:
        stop(f"{error.filename}: cannot be written: {error.strerror}")
    cells = sum(len(row) for row in found.cells.values())
    allowed = sum(cell.allowed for row in found.cells.values() for cell in row)
    typer.echo(f"{near(target)}: {len(found.modules)} claim types, {cells} cells, {allowed} with a way to be allowed")
    typer.echo(f"{near(heat)}: the same as a heat map, for a browser")


def _read(file: Path) -> str | None:
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
