"""``gateway adapter try``: what a register of open data says of one legal entity or address, now."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.commands.adapter.check import installed_or_stop
from gateway.commands.loading import SettingsFile, settings_or_stop
from gateway.commands.report import FAILED, WRONG_CALL, stop

if TYPE_CHECKING:
    from adapters.kit.catalog import Installed
    from gateway.register_settings import RegisterSettings

_OPEN = {
    "LegalEntityRecord": "RegistrationNumber",
    "EntityOfficers": "RegistrationNumber",
    "VatRegistrationRecord": "RegistrationNumber",
    "RegisteredAddress": "AddressCode",
}
"""Records that are open data, and what they are asked for by. Data of people open through a claim, and no other way."""
_OF_PEOPLE = ("0", "1", "2", "3")
"""First digits of personal codes, of which one in eleven would pass for a registration number."""
_SECONDS = 30.0


def command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The adapter's name.")],
    key: Annotated[str, typer.Argument(metavar="KEY", help="A registration number, or an address code.")],
    url: Annotated[
        str | None,
        typer.Option(metavar="URL", help="Where the register answers; the address of the settings by default."),
    ] = None,
    settings_file: SettingsFile = None,
) -> None:
    """Read what a register holds about one legal entity or address, and print the records as JSON.

    Open data alone: what is about a person opens through a claim. Null: the register holds nothing under that key. Exit
    code 1: it gave no answer that can be used.
    """
    settings = settings_or_stop(settings_file)
    from adapters.kit.live import problem_of_address
    from gateway.register_settings import RegisterSettings
    from schema import terms

    if url is not None and (problem := problem_of_address(url)) is not None:
        stop(f"--url: {problem}", WRONG_CALL)
    with contextlib.redirect_stdout(sys.stderr):  # What an adapter prints when it is imported is not our result.
        adapter = installed_or_stop(name, settings)
    records = {record: _OPEN[record] for record in adapter.manifest.reads if record in _OPEN}
    if not records:
        stop(f"{name} reads no open data; what is about people opens through a claim", WRONG_CALL)
    if key[:1] in _OF_PEOPLE and "RegistrationNumber" in records.values():
        stop(
            "a registration number begins with 4, 5 or 9: this may be a person's code, which goes to no register",
            WRONG_CALL,
        )
    try:
        keys = {record: getattr(terms, kind).parse(key) for record, kind in records.items()}
    except ValueError as error:
        stop(str(error), WRONG_CALL)
    known = settings.register(name)
    if url is not None:
        known = RegisterSettings.model_validate({**known.model_dump(exclude_unset=True), "url": url, "enabled": True})
    if known.address is None:
        stop(f"{name} has no address: give it with --url, or set GATEWAY_REGISTERS__{name.upper()}__URL", WRONG_CALL)
    held, problems = asyncio.run(_read(adapter, known, keys))
    if held:
        typer.echo(json.dumps({"register": name, **held}, ensure_ascii=False, indent=2))
    if problems:
        stop("; ".join(dict.fromkeys(problems)), FAILED)


async def _read(adapter: Installed, known: RegisterSettings, keys: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """The records as plain values by type, None where the register holds nothing; and what went wrong with others."""
    import secrets

    from adapters.kit.cases import shown
    from adapters.kit.errors import RegisterError
    from adapters.kit.http1_wire import Http1Wire
    from adapters.kit.ports import CallContext
    from gateway.app import connection_of
    from gateway.clock import CLOCK

    request_id = f"try-{secrets.token_hex(8)}"
    held: dict[str, Any] = {}
    problems = []
    async with Http1Wire() as wire:
        register = adapter.connect(connection_of(adapter.manifest.name, known), wire, CLOCK)
        for record, key in keys.items():
            context = CallContext(request_id, request_id, "gateway", "try", None, CLOCK.monotonic() + _SECONDS)
            answer = (await register.read(adapter.record_types[record], [key], context)).get(key)
            if isinstance(answer, RegisterError):
                problems.append(str(answer))
            else:
                held[record] = shown(answer)
    return held, problems
