"""``gateway demo``: invented registers, people and claims, a story, and a gateway to try."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.loading import settings_or_stop
from gateway.commands.report import WRONG_CALL, stop


def command(
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="The gateway's port; 8000 by default.")] = None,
    registers_port: Annotated[int, typer.Option(min=1, max=65535, help="The simulated registers' port.")] = 8100,
    no_registers: Annotated[
        bool, typer.Option("--no-registers", help="Start no registers: they run already, on the registers' port.")
    ] = False,
    data: Annotated[Path | None, typer.Option(metavar="DIR", help="Data folder; .data by default.")] = None,
    world: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder that adds residents, personas, third parties and claims.")
    ] = None,
    no_story: Annotated[bool, typer.Option("--no-story", help="Serve without telling the story.")] = False,
    reset: Annotated[bool, typer.Option("--reset", help="Forget what the data folder holds, and start over.")] = False,
) -> None:
    """Tell one real claim's story against simulated registers, then serve until Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # until the server runs, which ends in its own way
    try:
        _run(port, registers_port, no_registers, data, world, no_story, reset)
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


def _run(
    port: int | None,
    registers_port: int,
    no_registers: bool,
    data: Path | None,
    world: Path | None,
    no_story: bool,
    reset: bool,
) -> None:
    settings = settings_or_stop(port=port, data=data)
    if settings.production:
        stop("the demo does not run with production settings", WRONG_CALL)
    if settings.port == registers_port and not no_registers:
        stop("--port and --registers-port are the same", WRONG_CALL)
    from gateway.demo.run import Demo, DemoFailed

    demo = Demo(
        settings,
        registers_port=registers_port,
        start_registers=not no_registers,
        world=world,
        tell_story=not no_story,
        reset=reset,
    )
    try:
        demo.run()
    except DemoFailed as error:
        stop(str(error))
