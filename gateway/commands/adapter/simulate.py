"""``gateway adapter simulate``: a register of any contract, to call and to disturb before the real one is reached."""

from __future__ import annotations

import json
import re
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.commands.loading import SettingsFile, settings_or_stop
from gateway.commands.report import WRONG_CALL, stop

if TYPE_CHECKING:
    from gateway.demo.simulated import Simulated, Source

_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
_ANY = ("0.0.0.0", "")  # noqa: S104 - compared with, to say an address that can be called
_FAULT = "http_500_html"


def command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The adapter's name; it begins the register's address.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")] = 0,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    contract: Annotated[
        Path | None,
        typer.Option(metavar="PATH", help="Serve this WSDL or OpenAPI description; no adapter is needed then."),
    ] = None,
    settings_file: SettingsFile = None,
) -> None:
    """Serve an adapter's register, simulated from its contract, until Ctrl-C.

    Requests are checked against the contract. The adapter's recorded cases come first; other answers are generated, the
    same for the same request. Faults are set while it runs, by the address that is printed.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until the server runs, which ends in its own way
    from adapters.sandbox.server import serve_desks
    from gateway.demo.simulated import CannotSimulate, simulated

    try:
        source = _source(name, contract, settings_or_stop(settings_file).adapters_path)
        register = simulated(source)
        serve_desks([register.desk], port, host=host, ready=lambda taken: _show(register, _base(host, taken)))
    except CannotSimulate as error:
        stop(str(error))
    except (OSError, ValueError):
        stop(f"port {port} on {host} cannot be listened on; is it taken? Choose another with --port")
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def _source(name: str, contract: Path | None, folders: tuple[Path, ...]) -> Source:
    from dataclasses import replace

    from adapters.kit.manifest import ManifestError, load_manifest
    from gateway.demo.simulated import Source, found_adapters, source_of

    if not _NAME.fullmatch(name):
        stop(f"{name} is no name: small letters a to z, digits and underscores, a letter first", WRONG_CALL)
    if contract is not None and not contract.is_file():
        stop(f"there is no file {contract}; give the path of a WSDL or an OpenAPI description", WRONG_CALL)
    found = {each.name: each for each in found_adapters(folders)}
    if name not in found:
        if contract is None:
            there = ", ".join(sorted(found))
            stop(f"no adapter is called {name}; there are {there}. --contract PATH serves any contract", WRONG_CALL)
        return Source(name, contract)
    try:
        manifest = load_manifest(found[name].folder / "manifest.toml")
    except ManifestError as error:
        stop(f"{name}: {error}")
    if contract is None:
        return source_of(name, manifest, found[name].folder)
    # Another contract than the adapter's own, e.g. the next version of it.
    return replace(source_of(name, manifest, found[name].folder), contract=contract)


def _base(host: str, port: int) -> str:
    return f"http://{'127.0.0.1' if host in _ANY else host}:{port}"


def _show(register: Simulated, base: str) -> None:
    """What can be done with the register, before it serves."""
    from adapters.sandbox.exchange import Kind
    from adapters.sandbox.faults import DELIVERY_ONLY, Fault

    desk = register.desk
    address = f"{base}/{desk.name}"
    first = next(iter(desk.operations))
    writes = any(kind is Kind.DELIVER for kind in desk.operations.values())
    faults = ", ".join(each for each in Fault if writes or each not in DELIVERY_ONLY)
    aim = json.dumps({"register": desk.name, "operation": first, "fault": _FAULT, "count": 1}, ensure_ascii=False)
    published = f"{address}?wsdl" if register.kind.value == "SOAP" else address
    lines = [
        f"{desk.name}, simulated from {register.contract.name} ({register.kind.value}), answers at {address}",
        f"  Point the gateway at it:  GATEWAY_REGISTERS__{desk.name.upper()}__URL={address}",
        *(["                            the gateway adds /<ATVK code>"] if register.municipal else []),
        f"  Its contract:             {published}",
        f"  Set a fault:              curl -s {base}/_control -d '{aim}'",
        f"                            faults: {faults}",
        f"  What was called:          curl -s {base}/_control",
        f"  Faults and counts away:   curl -s -X DELETE {base}/_control",
        f"  Recorded cases served:    {sum(register.cases.values())} of {len(register.cases)}{_passed_over(register)}",
        f"  Operations ({len(desk.operations)}):",
        *(f"    {name}  {'writes' if kind is Kind.DELIVER else 'reads'}" for name, kind in desk.operations.items()),
        *([f"  Left out ({len(register.left_out)}):"] if register.left_out else []),
        *(f"    {what}  {why}" for what, why in register.left_out.items()),
        "Serves until Ctrl-C.",
    ]
    typer.echo("\n".join(lines))


def _passed_over(register: Simulated) -> str:
    left = ", ".join(name for name, served in register.cases.items() if not served)
    return f"; no reply of this contract: {left}" if left else ""
