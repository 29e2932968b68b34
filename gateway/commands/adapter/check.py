"""``gateway adapter check``: whether an adapter holds what it says, here and at the live register."""

from __future__ import annotations

import contextlib
import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from gateway.commands.loading import SettingsFile, settings_or_stop
from gateway.commands.report import FAILED, WRONG_CALL, stop
from schema.personal import masked

if TYPE_CHECKING:
    from adapters.kit.catalog import Installed
    from gateway.adapter_check import AdapterCheck
    from gateway.settings import Settings

_WIDE = 200
_STATES = {"done": "green", "not yet": "red", "exempt": "yellow", "not looked at": "dim"}


def command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The adapter's name.")],
    live: Annotated[
        str | None, typer.Option(metavar="URL", help="Where the register publishes its contract: ...?wsdl, ...")
    ] = None,
    timeout: Annotated[
        float,
        typer.Option(min=0.1, max=300, help="Seconds for the live contract as a whole, and for a ping, 5 at most."),
    ] = 10.0,
    settings_file: SettingsFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Run an adapter's contract test, compare its contract with the live one, ping, and say the tier it has earned.

    Nobody's data is read. Without --live, the register is pinged at the address of the settings, if there is one. Exit
    code 1: the test fails, the live contract breaks the adapter or cannot be had, the register does not answer, or the
    declared tier is not earned.
    """
    settings = settings_or_stop(settings_file)
    from adapters.kit.live import problem_of_address
    from gateway.adapter_check import check_adapter

    if live is not None and (problem := problem_of_address(live)) is not None:
        stop(f"--live: {problem}", WRONG_CALL)
    with contextlib.redirect_stdout(sys.stderr):  # What an adapter prints when it is imported is not our result.
        adapter = installed_or_stop(name, settings)
        console = Console(stderr=True, highlight=False)
        with console.status("") as status:

            def says(what: str) -> None:
                if console.is_terminal:
                    status.update(f"{name}: {what}")
                elif not what.startswith("ping ") or what.startswith("ping 1 "):
                    console.print(f"gateway: {name}: {what}", markup=False, soft_wrap=True)

            checked = check_adapter(adapter, settings.register(name), live, timeout, says)
    if as_json:
        typer.echo(json.dumps(_as_json(checked), ensure_ascii=False, indent=2))
    else:
        _show(checked)
    if checked.wrong:
        raise typer.Exit(FAILED)


def installed_or_stop(name: str, settings: Settings) -> Installed:
    """An adapter that can be used; or end the command, saying why there is none."""
    from adapters.kit.catalog import discover, examined

    catalog = examined(discover(*settings.adapters_path))
    if name not in catalog.names:
        stop(f"no adapter is called {name}; there are {', '.join(sorted(catalog.names))}", WRONG_CALL)
    for each in catalog.quarantined:
        if each.name == name and name not in catalog.installed:
            stop(f"{name} is set aside ({each.where}): {each.problem}. {each.remedy}")
    return catalog.installed[name]


def _as_json(checked: AdapterCheck) -> dict[str, Any]:
    test, contract, pinged, report = checked.test, checked.contract, checked.pinged, checked.report
    return {
        "name": checked.name,
        "holds": not checked.wrong,
        "wrong": checked.wrong,
        "contract_test": {
            "passed": test.passed,
            "skipped": test.skipped,
            "failed": [{"test": each.test, "what": each.what} for each in test.failed],
            "problem": test.problem,
        },
        "live_contract": None
        if contract is None
        else {
            "url": masked(contract.url),
            "problem": contract.problem,
            "breaking": len(contract.breaking),
            **{drift: [] for drift in ("added", "removed", "changed")},
            **_by_drift(checked),
        },
        "pings": None
        if pinged is None
        else {
            "url": masked(pinged.url),
            "sent": pinged.pings.sent,
            "answered": pinged.pings.answered,
            "p95_ms": None if pinged.pings.p95_ms is None else round(pinged.pings.p95_ms, 1),
            "problem": pinged.pings.problem,
        },
        "tier": {
            "declared": report.declared.value,
            "earned": report.earned.value,
            "everything_looked_at": report.everything_looked_at,
            "rules": [
                {"rule": each.rule.id, "tier": each.rule.tier.value, "state": each.state.value, "comment": each.comment}
                for each in report.standings
            ],
        },
    }


def _by_drift(checked: AdapterCheck) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for each in checked.contract.differences if checked.contract is not None else ():
        row = {"path": each.path, "what": each.what, "breaking": each.breaking, "dark": each.dark}
        found.setdefault(each.drift.value, []).append(row)
    return found


def _show(checked: AdapterCheck) -> None:
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = _WIDE  # A file has no edge to break lines at.
    for line in (*_test_lines(checked), *_contract_lines(checked), *_ping_lines(checked)):
        console.print(line, markup=False, soft_wrap=True)
    table = Table("Tier", "Rule", "State", title_justify="left")
    table.add_column("What is missing, or why", overflow="fold")
    for each in checked.report.standings:
        state = Text(each.state.value, style=_STATES[each.state.value])
        table.add_row(each.rule.tier.value, each.rule.id, state, Text(each.comment))
    console.print(table)
    report = checked.report
    looked = (
        "" if report.everything_looked_at else " (not every rule of it was looked at: --live URL looks at the rest)"
    )
    console.print(f"Tier declared {report.declared.value}, earned {report.earned.value}{looked}", markup=False)
    said = f"does not hold: {'; '.join(checked.wrong)}" if checked.wrong else "holds what it says"
    console.print(f"{checked.name} {said}", markup=False, soft_wrap=True)


def _test_lines(checked: AdapterCheck) -> list[str]:
    test = checked.test
    if test.problem is not None:
        return [f"Contract test: {test.problem}"]
    skipped = f", {test.skipped} not run" if test.skipped else ""
    first = f"Contract test: {test.passed} passed, {len(test.failed)} failed{skipped}"
    return [first, *(f"  {each.test}: {each.what}" for each in test.failed)]


def _contract_lines(checked: AdapterCheck) -> list[str]:
    contract = checked.contract
    if contract is None:
        return ["Live contract: not looked at; --live URL compares it with the pinned one"]
    url = masked(contract.url)
    if contract.problem is not None:
        return [f"Live contract: {contract.problem} ({url})"]
    if not contract.differences:
        return [f"Live contract: says the same as the pinned one ({url})"]
    lines = [f"Live contract: {len(contract.differences)} differences, {len(contract.breaking)} breaking ({url})"]
    for each in contract.differences:
        matters = f"  BREAKING: {each.breaking}" if each.breaking else "  dark: nobody reads it" if each.dark else ""
        lines.append(f"  {each.drift.value:8}{each.path}  {each.what}{matters}")
    return lines


def _ping_lines(checked: AdapterCheck) -> list[str]:
    pinged = checked.pinged
    if pinged is None:
        return ["Pings: none; the register has no address in the settings"]
    pings = pinged.pings
    p95 = "" if pings.p95_ms is None else f", p95 {pings.p95_ms:.1f} ms"
    problem = f"; not answered: {pings.problem}" if pings.problem else ""
    return [f"Pings: {pings.answered} of {pings.sent} answered{p95}{problem} ({masked(pinged.url)})"]
