"""``gateway explain``: what an operation would do, without a running gateway."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.commands.loading import SettingsFile, settings_or_stop
from gateway.commands.report import FAILED, WRONG_CALL, stop
from schema.text import Language


def command(
    file: Annotated[str, typer.Argument(metavar="FILE", help="GraphQL document; - reads standard input.")],
    persona: Annotated[str, typer.Option("--as", metavar="PERSONA", help="Who asks, e.g. ngo-support.")],
    variables: Annotated[str | None, typer.Option(metavar="JSON", help="Variables, a JSON object.")] = None,
    operation: Annotated[
        str | None, typer.Option(metavar="NAME", help="Which operation, where the document has several.")
    ] = None,
    language: Annotated[
        Language, typer.Option(metavar="lv|en", help="Language of reasons, remedies and the citizen's log.")
    ] = Language.EN,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON as the graph answers it, for programs.")] = False,
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Data folder of the gateway; .data by default.")
    ] = None,
    settings_file: SettingsFile = None,
) -> None:
    """Tell what an operation would do: decisions, register calls, the citizen's log. Exit code 1 when any is refused.

    Nothing is changed, and no register is called.
    """
    settings = settings_or_stop(settings_file, data=data)
    if settings.production:
        stop("personas belong to the demo; in production ask the graph: explain(operation:)", WRONG_CALL)
    text = _read(file)
    given = _variables(variables)

    from gateway.commands.explanation_view import show
    from gateway.demo.copied import NotExplained, is_fresh
    from gateway.demo.offline import Explanations
    from gateway.demo.passes import NoSuchPersona
    from gateway.demo.stage import terminal
    from gateway.demo.world_files import SeedError
    from gateway.store.errors import StoreError
    from policies.kit.errors import PolicyError

    try:
        explanation = Explanations(settings).explain(text, given, operation, persona, language)
    except NoSuchPersona as error:
        stop(f"there is no persona of that name; there are {', '.join(error.names)}", WRONG_CALL)
    except (NotExplained, SeedError, StoreError, PolicyError, OSError) as error:
        stop(str(error))
    if is_fresh(settings):
        typer.echo(f"gateway: {settings.data} has no store yet: this is the demo world at its start", err=True)
    if as_json:
        typer.echo(json.dumps(explanation, ensure_ascii=False, indent=2))
    else:
        show(terminal(), explanation, persona)
    if not explanation["allowed"]:
        raise typer.Exit(FAILED)


def _read(file: str) -> str:
    try:
        return typer.get_text_stream("stdin").read() if file == "-" else Path(file).read_text(encoding="utf-8")
    except OSError as error:
        stop(f"{file}: {error.strerror or 'cannot be read'}", WRONG_CALL)
    except UnicodeDecodeError:
        stop(f"{file}: is not UTF-8", WRONG_CALL)


def _variables(text: str | None) -> dict[str, Any]:
    try:
        given = json.loads(text) if text is not None else {}
    except ValueError:
        given = None
    if not isinstance(given, dict):
        stop("--variables is not a JSON object", WRONG_CALL)
    return given
