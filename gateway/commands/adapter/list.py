"""``gateway adapter list``: every adapter that was found, how good it is, and why one is set aside."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.commands.loading import SettingsFile, settings_or_stop
from gateway.commands.report import WRONG_CALL, stop

if TYPE_CHECKING:
    from adapters.kit.catalog import Installed, Quarantined

_NOTE = "Earned: by what the folder shows; gateway adapter check also runs the test and looks at the live register."


def command(
    names: Annotated[list[str] | None, typer.Argument(metavar="[NAME]...", help="Only these; all by default.")] = None,
    settings_file: SettingsFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """List adapters: built in, installed as packages, and in the folders of ADAPTERS_PATH. Asks no register.

    Exit code 0 also where one is set aside; gateway doctor is for that.
    """
    settings = settings_or_stop(settings_file)
    from adapters.kit.catalog import discover, examined

    with contextlib.redirect_stdout(sys.stderr):  # What an adapter prints when it is imported is not our result.
        catalog = examined(discover(*settings.adapters_path))
        rows = [_installed(each) for each in catalog.installed.values()]
    rows += [_quarantined(each) for each in catalog.quarantined]
    rows.sort(key=lambda row: (row["name"], row["state"]))
    if unknown := sorted(set(names or ()) - {row["name"] for row in rows}):
        stop(f"no adapter is called {', '.join(unknown)}; gateway adapter list shows all", WRONG_CALL)
    rows = [row for row in rows if not names or row["name"] in names]
    if as_json:
        typer.echo(json.dumps({"adapters": rows}, ensure_ascii=False, indent=2))
    else:
        _show(rows)


def _installed(adapter: Installed) -> dict[str, Any]:
    from adapters.kit.tiers import TIERS, tier_of, unknown_rules

    manifest = adapter.manifest
    report = tier_of(adapter)
    return {
        "name": manifest.name,
        "title": {"lv": manifest.title.lv, "en": manifest.title.en},
        "kind": manifest.kind.value,
        "level": manifest.level.value,
        "tier": {"declared": report.declared.value, "earned": report.earned.value},
        "missing": [
            {"rule": each.rule.id, "tier": tier.value, "what": each.comment}
            for tier in TIERS
            for each in report.missing(tier)
        ],
        "unknown_rules": unknown_rules(adapter),
        "reads": sorted(manifest.reads),
        "receives": sorted(manifest.receives),
        "found": adapter.where,
        "folder": str(adapter.folder),
        "state": "installed",
        "problem": None,
        "remedy": None,
    }


def _quarantined(found: Quarantined) -> dict[str, Any]:
    unread = dict.fromkeys(("title", "kind", "level", "tier"))
    nothing: dict[str, Any] = {"missing": [], "unknown_rules": [], "reads": [], "receives": []}
    why = {"state": "quarantined", "problem": found.problem, "remedy": found.remedy}
    return {"name": found.name, **unread, **nothing, "found": found.where, "folder": None, **why}


def _show(rows: list[dict[str, Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(show_lines=True)
    table.add_column("Adapter", no_wrap=True)
    for heading in ("Register", "Tier", "Reads and receives", "Found"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        style = "green" if row["state"] == "installed" else "red"
        table.add_row(Text.assemble(row["name"], "\n", (row["state"], style)), *(Text(cell) for cell in _cells(row)))
    console = Console(highlight=False)
    console.print(table)
    console.print(_NOTE)
    for line in (line for row in rows for line in _said(row)):
        console.print(line, markup=False, soft_wrap=True)


def _cells(row: dict[str, Any]) -> tuple[str, str, str, str]:
    if row["state"] == "quarantined":
        return "", "", "", row["found"]
    kind = f"{row['kind']}, {row['level'].lower()}"
    tier = f"declared {row['tier']['declared']}\nearned {row['tier']['earned']}"
    does = [*row["reads"], *(f"receives {code}" for code in row["receives"])]
    return f"{row['title']['lv']}\n{kind}", tier, "\n".join(does), row["found"]


def _said(row: dict[str, Any]) -> list[str]:
    """What a person has to do about one adapter."""
    said = [f"\n{row['name']} has {name} under [quality], which is no rule" for name in row["unknown_rules"]]
    if row["state"] == "quarantined":
        return [f"\n{row['name']} is set aside ({row['found']}): {row['problem']}", f"  What to do: {row['remedy']}"]
    if row["tier"]["declared"] != "DRAFT" and _falls_short(row):
        said += [f"\n{row['name']} declares {row['tier']['declared']} and has earned {row['tier']['earned']}:"]
        said += [f"  {each['tier']} {each['rule']}: {each['what']}" for each in _falls_short(row)]
    return said


def _falls_short(row: dict[str, Any]) -> list[dict[str, str]]:
    from adapters.kit.tiers import TIERS

    names = [tier.value for tier in TIERS]
    needed = names[: names.index(row["tier"]["declared"]) + 1]
    return [each for each in row["missing"] if each["tier"] in needed]
