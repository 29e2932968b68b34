"""``gateway policy explain``: who may do what on one claim, by which rule and which facts."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.commands.loading import SettingsFile, settings_or_stop
from gateway.commands.policy.loading import Folders, loaded_or_stop
from gateway.commands.report import FAILED, WRONG_CALL, stop

if TYPE_CHECKING:
    from gateway.demo.standing import Asked, Standing

_NOT_LISTED = "The claim type does not list it as evidence, so it is open to nobody."
_NOT_LISTED_LV = "Iesnieguma veids to nenosauc pie vajadzīgajām ziņām, tāpēc to neredz neviens."
_LIST_IT = "Ask for what claimType(code:) { evidence { path openTo } } lists."


def command(
    persona: Annotated[str, typer.Option("--as", metavar="PERSONA", help="Who asks, e.g. ngo-support.")],
    claim: Annotated[str, typer.Option("--claim", metavar="ID", help="A claim of the data folder, e.g. demo-1.")],
    action: Annotated[
        str, typer.Option("--action", metavar="ACTION", help="READ, READ_EVIDENCE, PREPARE, SUBMIT, WITHDRAW, …")
    ],
    field: Annotated[
        str | None,
        typer.Option(
            "--field",
            metavar="FIELD",
            help="READ: a field of Claim. READ_EVIDENCE: a path from the applicant, e.g. 'income(months=3).gross'.",
        ),
    ] = None,
    language: Annotated[str, typer.Option("--language", metavar="lv|en", help="Of the rules' sentences.")] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Data folder of the gateway; .data by default.")
    ] = None,
    folders: Folders = None,
    settings_file: SettingsFile = None,
) -> None:
    """Tell whether a persona may do something on a claim, which rule decides, on which facts, and what would change it.

    Nothing is changed, and no register is called. Exit code 1 when anything of it is refused.
    """
    if language not in ("lv", "en"):
        stop("--language is lv or en", WRONG_CALL)
    settings = settings_or_stop(settings_file, data=data)
    if settings.production:
        stop("personas belong to the demo; in production ask the graph: explain(operation:)", WRONG_CALL)
    policies = loaded_or_stop(folders, settings_file)

    from gateway.demo.copied import NotExplained
    from gateway.demo.passes import NoSuchPersona
    from gateway.demo.standing import FieldUnknown, NoSuchClaim, standing
    from gateway.demo.world_files import SeedError
    from gateway.store.errors import StoreError
    from schema.terms import ClaimAction

    if action not in ClaimAction.__members__:
        stop(f"--action is one of {', '.join(ClaimAction)}", WRONG_CALL)
    try:
        found = standing(settings, policies, persona, claim, ClaimAction(action), field)
    except NoSuchPersona as error:
        stop(f"there is no persona of that name; there are {', '.join(error.names)}", WRONG_CALL)
    except NoSuchClaim:
        stop("the data folder has no claim of that id", WRONG_CALL)
    except FieldUnknown as error:
        stop(str(error), WRONG_CALL)
    except (NotExplained, SeedError, StoreError, OSError) as error:
        stop(str(error))
    if as_json:
        typer.echo(json.dumps(_as_json(found, persona), ensure_ascii=False, indent=2))
    else:
        _show(found, persona, action, language)
    if not all(_allowed(each) for each in found.asked):
        raise typer.Exit(FAILED)


def _allowed(asked: Asked) -> bool:
    return asked.account is not None and asked.account.verdict.allowed


def _as_json(found: Standing, persona: str) -> dict[str, Any]:
    rows = []
    for each in found.asked:
        told = each.account
        rows.append(
            {
                "about": each.about,
                "allowed": _allowed(each),
                "rules": list(told.verdict.rules) if told else ["not-evidence"],
                "reasons": [sentence for _, sentence in told.reasons] if told else [_NOT_LISTED],
                "reasonsLv": [sentence for _, sentence in told.reasons_lv] if told else [_NOT_LISTED_LV],
                "remedy": told.verdict.remedy if told else _LIST_IT,
                "facts": dict(told.facts) if told else {},
                "missing": list(told.missing) if told else [],
                "evidence": each.evidence.path if each.evidence else None,
                "openTo": each.evidence.open_to.value if each.evidence else None,
                "withheld": each.withheld,
            }
        )
    claim = {"id": found.claim.id, "type": found.claim.type.text, "status": found.claim.status.value}
    return {
        "persona": persona,
        "capacity": found.capacity.value,
        "claim": claim,
        "visible": found.visible,
        "decisions": rows,
    }


def _show(found: Standing, persona: str, action: str, language: str) -> None:
    claim = found.claim
    typer.echo(f"{persona} ({found.capacity}) on {claim.id}: {claim.type}, {claim.status}")
    for each in found.asked:
        about = f" {each.about}" if each.about else ""
        typer.echo(f"\n{'✓' if _allowed(each) else '✗'} {action}{about}: {'allowed' if _allowed(each) else 'refused'}")
        for name, text in _lines(each, language):
            typer.echo(f"  {name:<8}{text}")
    if not found.visible:
        typer.echo(f"\nThe gateway answers {persona} as for an id that does not exist (no-door).")


def _lines(asked: Asked, language: str) -> list[tuple[str, str]]:
    told = asked.account
    if told is None:
        return [
            ("rule", "not-evidence"),
            ("reason", _NOT_LISTED_LV if language == "lv" else _NOT_LISTED),
            ("remedy", _LIST_IT),
        ]
    lines: list[tuple[str, str]] = []
    if asked.evidence is not None:
        from policies.kit.wording import of_scope

        one = asked.evidence
        lines.append(("listed", f"{one.path}, {of_scope(one.open_to)}: {one.reason}"))
    for rule, sentence in told.reasons_lv if language == "lv" else told.reasons:
        lines += [("rule", rule), ("reason", sentence)]
    if told.verdict.remedy:
        lines.append(("remedy", told.verdict.remedy))
    lines += [("fact" if index == 0 else "", f"{name}: {value}") for index, (name, value) in enumerate(told.facts)]
    if not told.verdict.allowed:
        wanted = "; ".join(told.missing) if told.can_be else "never, whatever the facts"
        lines.append(("if", wanted))
    if asked.withheld:
        lines.append(("but", "the applicant is protected: withheld as what is not on record (PROTECTED)"))
    return lines
