"""``gateway audit verify``: whether a log is what was signed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.commands.audit.given import Key, StoreFile, store_path, verifier_of
from gateway.commands.loading import SettingsFile, settings_or_stop
from gateway.commands.report import FAILED, WRONG_CALL, stop

if TYPE_CHECKING:
    from gateway.audit.findings import Verdict
    from gateway.audit.notes import Verifier


def command(
    store_file: StoreFile = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option("--checkpoint", metavar="FILE", help="Checkpoints kept outside: a file or a folder; repeatable."),
    ] = None,
    proof: Annotated[
        Path | None, typer.Option("--proof", metavar="FILE", help="Check what gateway audit prove --json gave instead.")
    ] = None,
    key: Key = None,
    settings_file: SettingsFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
) -> None:
    """Compare an access log with all that was signed of it: needs the file and the public key, and no gateway.

    Finds rows that were edited, deleted, inserted, moved, cut off or replaced, and entries that are missing in
    somebody's own log. Without --store and --checkpoint, those of the settings. Exit code 1 when anything was changed.
    """
    settings = settings_or_stop(settings_file)
    verifier = verifier_of(settings, key)
    if proof is not None:
        _check_proof(proof, verifier, as_json)
        return

    from gateway.audit.copies import NoStore
    from gateway.audit.kept_outside import KeptOutside
    from gateway.audit.verification import verify

    places = list(checkpoint or ())
    if not places and store_file is None and settings.checkpoint_place.exists():
        places = [settings.checkpoint_place]
    notes: list[str] = []
    for place in places:
        try:
            found = list(KeptOutside(place).notes())
        except (OSError, UnicodeDecodeError) as error:
            stop(f"{place}: cannot be read ({type(error).__name__})", WRONG_CALL)
        if not found:
            stop(f"{place}: there are no checkpoints in it", WRONG_CALL)
        notes += found
    try:
        verdict = verify(
            store_path(settings, store_file),
            verifier,
            notes,
            lambda done, of: typer.echo(f"{done} of {of} rows", err=True),
        )
    except NoStore as error:
        stop(str(error), WRONG_CALL)
    typer.echo(json.dumps(_as_json(verdict), ensure_ascii=False, indent=2) if as_json else _in_words(verdict))
    if not verdict.holds:
        raise typer.Exit(FAILED)


def _in_words(verdict: Verdict) -> str:
    lines = [f"{each.what}: {each.where}" for each in verdict.findings]
    for what, count in verdict.counts.items():
        named = sum(each.what == what for each in verdict.findings)
        if named < count:
            lines.append(f"{what}: and {count - named} more")
    lines += [f"note: {each}" for each in verdict.remarks]
    compared = f"{verdict.checkpoints} checkpoints in the store and {verdict.outside} outside"
    if verdict.holds:
        lines.append(f"The log holds: {verdict.covered} of {verdict.rows} rows are signed for, by {compared}.")
    elif not verdict.checkpoints and sum(verdict.counts.values()) == 1:
        lines.append(
            f"Nothing is proven: no checkpoint is over the {verdict.rows} rows; a gateway signs one within a minute."
        )
    else:
        lines.append(
            f"The log was changed: {sum(verdict.counts.values())} findings in {verdict.rows} rows, {compared}."
        )
    if not verdict.outside:
        lines.insert(-1, "note: compared with nothing outside the store, so an end that was cut off may not be seen")
    return "\n".join(lines)


def _as_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "holds": verdict.holds,
        "rows": verdict.rows,
        "covered": verdict.covered,
        "checkpoints": verdict.checkpoints,
        "checkpointsOutside": verdict.outside,
        "events": verdict.events,
        "findings": [{"what": each.what, "where": each.where} for each in verdict.findings],
        "counts": verdict.counts,
        "remarks": verdict.remarks,
    }


def _check_proof(file: Path, verifier: Verifier, as_json: bool) -> None:
    from gateway.audit.proof import NoProof, check

    try:
        proven = check(file.read_bytes(), verifier)
    except OSError as error:
        stop(f"{file}: cannot be read ({type(error).__name__})", WRONG_CALL)
    except NoProof as error:
        if as_json:
            typer.echo(json.dumps({"holds": False, "reason": str(error)}, indent=2))
            raise typer.Exit(FAILED) from None
        stop(f"the proof does not hold: {error}")
    head = proven.checkpoint
    if as_json:
        typer.echo(
            json.dumps(
                {"holds": True, "record": proven.record, "log": head.origin, "by": f"{head.at:%Y-%m-%dT%H:%M:%SZ}"},
                indent=2,
            )
        )
    else:
        typer.echo(
            f"The proof holds: {proven.record} was in the log {head.origin} by {head.at:%Y-%m-%d %H:%M:%S} UTC, "
            f"and says what it said then."
        )
