"""``gateway policy test``: every example decided, and which rules they prove."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.commands.loading import SettingsFile
from gateway.commands.policy.loading import Folders, loaded_or_stop, near, places_or_stop
from gateway.commands.report import FAILED, WRONG_CALL, stop

if TYPE_CHECKING:
    from policies.kit.examples import Outcome, Slip
    from policies.kit.party_rules import PartyOutcome
    from policies.kit.policy_set import PolicySet

_DEFAULTS = ("default-deny", "not-evidence")


def command(
    claim_types: Annotated[
        list[str] | None, typer.Argument(metavar="[CLAIM_TYPE]...", help="Only these; all by default.")
    ] = None,
    folders: Folders = None,
    settings_file: SettingsFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Decide every example as the gateway would, and compare with what it says: answer and deciding rules.

    Exit code 1 when an example is decided otherwise.
    """
    policies = loaded_or_stop(folders, settings_file)
    parties = [] if claim_types else _of_parties(places_or_stop(folders, settings_file))
    known = [code.text for code in policies.claim_types]
    wanted = claim_types or known
    if unknown := [code for code in wanted if code not in known]:
        stop(f"no claim type is called {unknown[0]}; there are {', '.join(known)}", WRONG_CALL)

    from policies.kit.examples import offered_otherwise, run

    outcomes = [each for each in run(policies) if each.claim_type.text in wanted]
    failing = [each for each in outcomes if not each.holds]
    slips = [each for each in offered_otherwise(policies) if each.claim_type.text in wanted]
    wrong = [each for each in parties if not each[0].holds]
    if as_json:
        rows = [_row(policies, each) for each in failing] + [_row_of_slip(policies, each) for each in slips]
        rows += [_row_of_party(*each) for each in wrong]
        answer = {"examples": len(outcomes) + len(parties), "failing": rows}
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        _show(policies, outcomes, failing, slips, wanted)
        if parties:
            _show_parties(parties, wrong)
    if failing or slips or wrong:
        raise typer.Exit(FAILED)


def _row(policies: PolicySet, outcome: Outcome) -> dict[str, Any]:
    file, line = _place(policies, outcome)
    return {
        "file": file,
        "line": line,
        "claimType": outcome.claim_type.text,
        "example": outcome.example.name,
        "expected": {"answer": outcome.example.expect, "rules": sorted(outcome.example.rules)},
        "decided": {"answer": _answer(outcome), "rules": list(outcome.verdict.rules)},
        "opens": outcome.otherwise or None,
    }


def _row_of_slip(policies: PolicySet, slip: Slip) -> dict[str, Any]:
    file, line = _place_of_offered(policies, slip)
    return {
        "file": file,
        "line": line,
        "claimType": slip.claim_type.text,
        "example": "[offered]",
        "slip": slip.sentence,
    }


def _show(
    policies: PolicySet, outcomes: list[Outcome], failing: list[Outcome], slips: list[Slip], wanted: list[str]
) -> None:
    from rich.table import Table

    from gateway.demo.stage import terminal

    named: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        for rule in outcome.verdict.rules:
            named.setdefault(rule, []).append(outcome)
    table = Table("rule", "permits", "refuses", "claim types", box=None, padding=(0, 2, 0, 0), header_style="dim")
    for column in table.columns[1:]:
        column.justify = "right"
    rules = [rule.id for rule in policies.rules if len(wanted) == len(policies.claim_types) or rule.id in named]
    for rule in (*rules, *(each for each in _DEFAULTS if each in named)):
        mine = named.get(rule, [])
        permits = sum(each.verdict.allowed for each in mine)
        types = len({each.claim_type for each in mine})
        table.add_row(rule, str(permits or "·"), str(len(mine) - permits or "·"), str(types or "none"))
    terminal().print(table)
    if failing or slips:
        typer.echo()
    for outcome in failing:
        _show_failing(outcome, *_place(policies, outcome))
        if outcome.otherwise:
            typer.echo(f"  opens:    {outcome.otherwise}")
    for slip in slips:
        file, line = _place_of_offered(policies, slip)
        typer.echo(f"{file}:{line}: {slip.sentence}")
    result = f"{len(failing)} decided otherwise" if failing else "all decided as they say"
    if slips:
        result += f"; {len(slips)} of [offered] otherwise in claim_type.toml"
    typer.echo(f"\n{len(outcomes)} examples of {len(wanted)} claim type{'s' * (len(wanted) != 1)}, {result}.")


def _of_parties(places: tuple[Path, ...]) -> list[tuple[PartyOutcome, str, int]]:
    """Every example of the rules about mandates and third parties, with its file and line."""
    from policies.kit.documents import Document
    from policies.kit.errors import PolicyError
    from policies.kit.folders import PARTIES
    from policies.kit.party_rules import PartyRules

    found: list[tuple[PartyOutcome, str, int]] = []
    for folder in (place / PARTIES for place in places if (place / PARTIES).is_dir()):
        try:
            rules = PartyRules.load(folder)
        except PolicyError as error:
            stop(f"{near(error.file)}:{error.line}: {error.reason}")
        document = Document.read(folder / "examples.toml")
        found += (
            (outcome, near(document.file), document.line_of_row("example", index))
            for index, outcome in enumerate(rules.run_examples())
        )
    return found


def _row_of_party(outcome: PartyOutcome, file: str, line: int) -> dict[str, Any]:
    return {
        "file": file,
        "line": line,
        "claimType": None,
        "example": outcome.example.name,
        "expected": {"answer": outcome.example.expect, "rules": sorted(outcome.example.rules)},
        "decided": {"answer": _answer(outcome), "rules": list(outcome.verdict.rules)},
    }


def _show_parties(outcomes: list[tuple[PartyOutcome, str, int]], failing: list[tuple[PartyOutcome, str, int]]) -> None:
    for outcome, file, line in failing:
        _show_failing(outcome, file, line)
    result = f"{len(failing)} decided otherwise" if failing else "all decided as they say"
    typer.echo(f"{len(outcomes)} examples of mandates and third parties, {result}.")


def _show_failing(outcome: Outcome | PartyOutcome, file: str, line: int) -> None:
    typer.echo(f"{file}:{line}: {outcome.example.name}")
    typer.echo(f"  expected: {outcome.example.expect} by {', '.join(sorted(outcome.example.rules))}")
    typer.echo(f"  decided:  {_answer(outcome)} by {', '.join(outcome.verdict.rules)}: {outcome.verdict.reason}")


def _answer(outcome: Outcome | PartyOutcome) -> str:
    return "permit" if outcome.verdict.allowed else "refuse"


def _place(policies: PolicySet, outcome: Outcome) -> tuple[str, int]:
    from policies.kit.documents import Document

    loaded = policies.loaded[outcome.claim_type]
    document = Document.read(loaded.folder / "examples.toml")
    return near(document.file), document.line_of_row("example", loaded.module.examples.index(outcome.example))


def _place_of_offered(policies: PolicySet, slip: Slip) -> tuple[str, int]:
    from policies.kit.documents import Document

    document = Document.read(policies.loaded[slip.claim_type].folder / "examples.toml")
    return near(document.file), document.line_of_key("[offered]")
