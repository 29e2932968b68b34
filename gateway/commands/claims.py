"""``gateway claims``: how deliveries stand, which of them nobody knows the end of, and settling those."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from gateway.commands.loading import SettingsFile, settings_or_stop
from gateway.commands.report import FAILED, WRONG_CALL, stop
from gateway.commands.stores import opened
from gateway.settings import Settings
from schema.terms import ClaimStatus

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.claims.doubt import Finding, Underway
    from gateway.claims.misfits import Misfit
    from gateway.store.succession import Succession

T = TypeVar("T")
Listed = TypeVar("Listed", "Underway", "Misfit")
OPERATOR = "The gateway's operator"

app = typer.Typer(
    name="claims", help="Deliveries to owners: what is under way, what is in doubt.", no_args_is_help=True
)
DataFolder = Annotated[Path | None, typer.Option("--data", metavar="DIR", help="Data folder; wins over the settings.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]


@app.command("list")
def list_(
    data: DataFolder = None,
    settings_file: SettingsFile = None,
    status: Annotated[list[ClaimStatus] | None, typer.Option(help="Only claims that are so; may be repeated.")] = None,
    owner: Annotated[str | None, typer.Option(help="Only claims of this owner and whom it took over.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="At most so many, the newest first.")] = 100,
    as_json: AsJson = False,
) -> None:
    """List submitted claims with how their delivery stands. Shows nobody's name, code or answers."""
    from gateway.claims.doubt import underway

    found = _with_store(
        settings_or_stop(settings_file, data=data),
        lambda c, now: underway(c, status or (), owner, limit, _succession(c, now)),
    )
    _print(found, as_json, _HEAD, _row)


@app.command()
def doubtful(data: DataFolder = None, settings_file: SettingsFile = None, as_json: AsJson = False) -> None:
    """List what may or may not have arrived at an owner that cannot be asked by us: people have to ask it."""
    from gateway.claims.doubt import doubtful as found
    from gateway.claims.misfits import misfits

    listed, unfit = _with_store(
        settings_or_stop(settings_file, data=data), lambda c, now: (found(c, _succession(c, now)), len(misfits(c)))
    )
    _print(listed, as_json, _HEAD, _row)
    if unfit and not as_json:
        typer.echo(f"Answers of owners that do not fit their claims: {unfit}; see gateway claims answers.", err=True)


@app.command()
def answers(
    words: Annotated[
        bool, typer.Option("--words", help="Show what owners wrote to them, too; it is about the applicants.")
    ] = False,
    data: DataFolder = None,
    settings_file: SettingsFile = None,
    as_json: AsJson = False,
) -> None:
    """List what owners told of claims that does not fit them, and changed nothing: people have to ask the owner."""
    from gateway.claims.misfits import misfits

    found = _with_store(
        settings_or_stop(settings_file, data=data), lambda c, now: misfits(c, _succession(c, now), words=words)
    )
    _print(found, as_json, _ANSWERS_HEAD + (("WORDS",) if words else ()), lambda each: _answer_row(each, words))


@app.command()
def settle(
    claim: Annotated[str, typer.Argument(help="Id of the claim, of the message that is in doubt, or of the answer.")],
    arrived: Annotated[
        str | None, typer.Option(metavar="REFERENCE", help="The owner has it, under this case number.")
    ] = None,
    send_again: Annotated[
        bool, typer.Option("--send-again", help="The owner says that it never received it: send it once more.")
    ] = False,
    rejected: Annotated[
        str | None, typer.Option(metavar="REASON", help="The owner does not take it, for this reason.")
    ] = None,
    looked_into: Annotated[
        bool, typer.Option("--looked-into", help="An answer that does not fit was looked into; needs --reason.")
    ] = False,
    same_case: Annotated[
        bool, typer.Option("--same-case", help="With --arrived: the owner has another claim under this number, too.")
    ] = False,
    by: Annotated[str, typer.Option(help="Who found out, as the claim's history shows it.")] = OPERATOR,
    reason: Annotated[str | None, typer.Option(help="How it was found out; the applicant can read it.")] = None,
    data: DataFolder = None,
    settings_file: SettingsFile = None,
) -> None:
    """Write what the owner said when it was asked. One of --arrived, --send-again, --rejected and --looked-into."""
    from gateway.claims.doubt import Arrived, CaseNumberTaken, NeverArrived, NothingInDoubt, NotTaken
    from gateway.claims.doubt import settle as settle_in

    findings: list[Finding] = [NeverArrived()] if send_again else []
    findings += [] if arrived is None else [Arrived(arrived.strip(), same_case)]
    findings += [] if rejected is None else [NotTaken(rejected.strip())]
    given = len(findings) + looked_into
    if given != 1 or not all((arrived is None or arrived.strip(), rejected is None or rejected.strip())):
        stop("give one of --arrived REFERENCE, --send-again, --rejected REASON and --looked-into", WRONG_CALL)
    if looked_into:
        typer.echo(f"settled: {_look_into(settings_or_stop(settings_file, data=data), claim, by, reason)}")
        return
    try:
        settled = _with_store(
            settings_or_stop(settings_file, data=data),
            lambda c, now: settle_in(c, now, claim, findings[0], by, reason),
            True,
        )
    except NothingInDoubt:
        stop("nothing of that id is in doubt; gateway claims doubtful lists what is", FAILED)
    except CaseNumberTaken as error:
        stop(
            f"{error.claim} has this case number, and the owner's answers would count for neither; "
            "look again, or give --same-case if the owner has both in one case",
            FAILED,
        )
    typer.echo(f"settled: {settled}")


def _look_into(settings: Settings, named: str, by: str, reason: str | None) -> str:
    from gateway.claims.misfits import NothingToLookInto, look_into

    why = (reason or "").strip()
    if not why:
        stop("--looked-into needs --reason: what came of it, for the claim's history", WRONG_CALL)
    try:
        return _with_store(settings, lambda c, now: look_into(c, now, named, by, why), True)
    except NothingToLookInto as error:
        if error.answers:
            stop(f"the claim has several answers that do not fit; name one: {', '.join(error.answers)}", FAILED)
        stop("no answer of that id waits to be looked into; gateway claims answers lists what does", FAILED)


def _succession(connection: Connection, now: datetime) -> Succession:
    from gateway.claims.days import day_in_riga
    from gateway.store.succession import succession_on

    return succession_on(connection, day_in_riga(now))


def _with_store(settings: Settings, work: Callable[[Connection, datetime], T], writes: bool = False) -> T:
    from gateway.clock import utc_now

    with opened(settings) as store:
        run = store.write_sync if writes else store.read_sync
        return run(lambda connection: work(connection, utc_now()))


def _print(
    found: Sequence[Listed], as_json: bool, head: tuple[str, ...], row_of: Callable[[Listed], tuple[str, ...]]
) -> None:
    if as_json:
        typer.echo(json.dumps([dataclasses.asdict(each) for each in found], default=_text, indent=2))
        return
    rows = [head, *(row_of(each) for each in found)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        typer.echo("  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)).rstrip())


_HEAD = ("CLAIM", "TYPE", "OWNER", "STATUS", "MESSAGE", "STATE", "ATTEMPTS", "LAST ATTEMPT", "LAST ERROR")


def _row(each: Underway) -> tuple[str, ...]:
    # Whole ids, never cut to a terminal's width: they are what settle is given.
    at = "-" if each.last_attempt_at is None else f"{each.last_attempt_at:%Y-%m-%dT%H:%M:%SZ}"
    said = (each.claim, each.claim_type, each.owner, each.status, each.kind, each.state, str(each.attempts), at)
    return *said, each.last_error or "-"


_ANSWERS_HEAD = ("ANSWER", "CLAIM", "TYPE", "OWNER", "STATUS", "TOLD", "CASE NUMBER TOLD", "TOLD AT", "WHY")


def _answer_row(each: Misfit, words: bool) -> tuple[str, ...]:
    told = each.told or f'"{each.word}"'
    said = (each.answer, each.claim, each.claim_type, each.owner, each.status, told, each.told_reference)
    row = (*said, f"{each.told_at:%Y-%m-%dT%H:%M:%SZ}", each.why)
    more = (each.words or "-",) if words else ()
    # Owners wrote some of it: it stays one line, and orders the terminal nothing.
    return tuple("".join(c if c.isprintable() else " " for c in word) for word in (*row, *more))


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(type(value).__name__)
