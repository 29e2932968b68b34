"""``gateway policy replay``: what really happened, decided again under other policies."""

from __future__ import annotations

import json
from datetime import datetime, time
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.loading import SettingsFile, settings_or_stop
from gateway.commands.policy.loading import near
from gateway.commands.report import FAILED, WRONG_CALL, stop


def command(
    policies: Annotated[
        Path, typer.Option("--policies", metavar="DIR", help="The changed policies, as a whole: a copy of policies/.")
    ],
    since: Annotated[
        datetime | None,
        typer.Option(metavar="DATE", formats=["%Y-%m-%d"], help="First day in Rīga; by default all that is recorded."),
    ] = None,
    accept: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Flips that are meant, a line each, as they are printed; # begins a comment."
        ),
    ] = None,
    settings_file: SettingsFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Decide recorded accesses again under changed policies, and list every one that would come out otherwise.

    Reads the store and asks no register. Exit code 1 when a refusal would become a permit and is not accepted.
    """
    settings = settings_or_stop(settings_file)
    if not policies.is_dir():
        stop(f"{policies} is no folder", WRONG_CALL)

    import sqlite3

    from gateway.audit.replay import accepted, replay
    from gateway.claims.days import RIGA
    from gateway.store.engine import sqlite_path
    from gateway.store.errors import StoreError
    from policies.kit.errors import PolicyError
    from policies.kit.policy_set import PolicySet

    try:
        meant = frozenset[str]() if accept is None else accepted(accept.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        stop(f"{accept}: cannot be read ({type(error).__name__})", WRONG_CALL)
    try:
        changed = PolicySet.load(policies)
    except PolicyError as error:
        stop(f"{near(error.file)}:{error.line}: {error.reason}")
    begin = None if since is None else datetime.combine(since.date(), time(), RIGA)
    try:
        store = sqlite_path(settings.store)
        if not store.exists():
            stop(f"there is no store at {near(store)}: nothing is recorded", WRONG_CALL)
        done = replay(store, changed, begin, lambda rows: typer.echo(f"{rows} rows of the log decided again", err=True))
    except (StoreError, sqlite3.Error) as error:
        stop(f"the store cannot be read ({type(error).__name__}); gateway doctor says more")

    flips = sorted(done.flips, key=lambda flip: (not flip.permits, flip.line))
    open_ = [flip for flip in flips if flip.permits and flip.line not in meant]
    unused = sorted(meant - {flip.line for flip in flips})
    if as_json:
        answer = {
            "holds": not open_,
            "version": changed.version,
            "decided": done.decided,
            "undecided": done.undecided,
            "flips": [
                {
                    "claimType": flip.claim_type,
                    "capacity": flip.capacity,
                    "action": flip.action,
                    "scope": flip.scope,
                    "what": flip.what,
                    "then": "refused" if flip.permits else "permitted",
                    "now": "permitted" if flip.permits else "refused",
                    "count": done.flips[flip],
                    "rules": sorted(done.rules[flip] - {""}),
                    "accepted": flip.line in meant,
                }
                for flip in flips
            ],
            "acceptedInVain": unused,
        }
        typer.echo(json.dumps(answer, ensure_ascii=False, indent=2))
    else:
        for flip in flips:
            note = "  # accepted" if flip.line in meant else ""
            typer.echo(f"{flip.line}  # {done.flips[flip]} times, {', '.join(sorted(done.rules[flip] - {''}))}{note}")
        for line in unused:
            typer.echo(f"# accepted in vain, nothing comes out so: {line}")
        refused = sum(not flip.permits for flip in flips)
        typer.echo(
            f"\n{done.decided} decisions taken again under version {changed.version}: {len(flips) - refused} kinds of "
            f"refusals would be permitted ({len(open_)} not accepted), {refused} kinds of permits refused."
        )
        if done.undecided:
            typer.echo(f"{done.undecided} rows of the log do not say how the party stood, and were left out.")
    if open_:
        raise typer.Exit(FAILED)
