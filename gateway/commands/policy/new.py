"""``gateway policy new``: the folder of a claim type, drafted, which loads, checks and passes at once."""

from __future__ import annotations

import shutil
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.policy.loading import near
from gateway.commands.report import WRONG_CALL, stop

_LONGEST = 300


def command(
    claim_type: Annotated[str, typer.Argument(metavar="CLAIM_TYPE", help="Its code, e.g. heating-benefit.")],
    title_lv: Annotated[str, typer.Option("--title-lv", help="Title in Latvian.")],
    title_en: Annotated[str, typer.Option("--title-en", help="Title in English.")],
    owner: Annotated[str, typer.Option("--owner", help="Who decides it, e.g. vsaa; of a municipality, e.g. social.")],
    legal_basis: Annotated[str, typer.Option("--legal-basis", help="The law that it rests on.")],
    municipal: Annotated[bool, typer.Option("--municipal", help="A municipality decides it, not the state.")] = False,
    third_parties: Annotated[
        bool, typer.Option("--third-parties", help="Third parties may work on it; their four rules are drafted.")
    ] = False,
    valid_from: Annotated[
        datetime | None,
        typer.Option("--valid-from", formats=["%Y-%m-%d"], help="From when the service exists; today unless said."),
    ] = None,
    into: Annotated[
        Path | None,
        typer.Option(
            "--into", metavar="DIR", help="A folder of policies of your own (POLICIES_PATH); else the checkout's."
        ),
    ] = None,
) -> None:
    """Write a claim type: what it is, its rules, its form, its examples; and list what a person has to decide.

    It is dark at first: everybody reads what it is, and nobody can ask for it.
    """
    from gateway.claims.days import day_in_riga
    from gateway.clock import utc_now
    from policies.kit.drafting import Draft, decisions, drafted
    from policies.kit.folders import CHECKOUT
    from schema.terms import ClaimTypeCode, GovernmentLevel

    try:
        code = ClaimTypeCode.parse(claim_type)
    except ValueError as error:
        stop(str(error), WRONG_CALL)
    for option, text in (
        ("--title-lv", title_lv),
        ("--title-en", title_en),
        ("--owner", owner),
        ("--legal-basis", legal_basis),
    ):
        if not text.strip() or len(text) > _LONGEST or not text.isprintable():
            stop(f"{option} is one line of 1 to {_LONGEST} characters", WRONG_CALL)
    draft = Draft(
        code,
        title_lv.strip(),
        title_en.strip(),
        owner.strip(),
        GovernmentLevel.MUNICIPAL if municipal else GovernmentLevel.NATIONAL,
        legal_basis.strip(),
        third_parties,
        valid_from.date() if valid_from else day_in_riga(utc_now()),
    )
    folder = _holder(into or CHECKOUT) / code.text
    if folder.exists():
        stop(f"{near(folder)} is there already; choose another code, or remove it", WRONG_CALL)
    _written(folder, drafted(draft))
    typer.echo(f"{near(folder)}")
    for file in sorted(folder.iterdir()):
        typer.echo(f"  {file.name}")
    typer.echo("\nA person still has to decide:")
    for number, each in enumerate(decisions(draft), 1):
        typer.echo(f"{number:>3}. {each}")
    typer.echo("\nThen: gateway policy check, gateway policy test, gateway policy matrix")


def _holder(place: Path) -> Path:
    """Where a place keeps its claim types: in ``claims``, unless it has them without."""
    within = place / "claims"
    known = place.is_dir() and any(each.is_dir() and (each / "claim_type.toml").exists() for each in place.iterdir())
    return place if known and not within.is_dir() else within


def _written(folder: Path, files: dict[str, str]) -> None:
    """All files or none: a folder that is half there would stop every start, so it comes by its name at once."""
    making = folder.with_name(f".{folder.name}.new")
    try:
        shutil.rmtree(making, ignore_errors=True)
        making.mkdir(parents=True)
        for name, text in files.items():
            (making / name).write_text(text, "utf-8")
        making.rename(folder)
    except OSError as error:
        shutil.rmtree(making, ignore_errors=True)
        stop(f"{near(folder)}: cannot be written: {error.strerror}")
