"""``gateway sandbox``: the simulated registers alone."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from gateway.commands.report import stop
from gateway.settings import SettingsError, load


def command(
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8100,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where owners' systems keep their cases; in memory without it.")
    ] = None,
    world: Annotated[
        list[Path] | None, typer.Option(metavar="DIR", help="Folder that adds residents; may be repeated.")
    ] = None,
    while_stdin: Annotated[bool, typer.Option("--while-stdin", hidden=True)] = False,
) -> None:
    """Serve the registers, built-in ones and those of your own adapters, simulated by contract, until Ctrl-C."""
    from adapters.sandbox.server import HAND_WRITTEN, serve
    from adapters.sandbox.world.load import WorldError
    from gateway.demo.simulated import simulated_adapters

    if while_stdin:
        threading.Thread(target=_end_with_stdin, daemon=True).start()
    further, left = simulated_adapters(_adapters_path(), HAND_WRITTEN)
    for each in left:
        _say(f"{each.name} ({each.where}) is not simulated: {each.problem}")
    try:
        serve(port, host=host, data=data, world=tuple(world or ()), further=further)
    except WorldError as error:
        stop(str(error))
    except OSError:
        stop(f"port {port} on {host} cannot be listened on; is it taken? Choose another with --port")


def _adapters_path() -> tuple[Path, ...]:
    try:
        return load().adapters_path
    except SettingsError as error:
        _say(f"of your own adapters none is simulated: {'; '.join(error.problems)}")
        return ()


def _say(what: str) -> None:
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"gateway: {what}", markup=False)


def _end_with_stdin() -> None:
    """Who started us holds the other end: it closes with that process, however that one ends."""
    while os.read(0, 1024):  # not through sys.stdin, whose lock the interpreter needs to end
        pass
    os.kill(os.getpid(), signal.SIGTERM)
