"""``gateway worker``: deliveries without a server."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.loading import SettingsFile, settings_or_stop
from gateway.commands.report import stop


def command(
    data: Annotated[Path | None, typer.Option(metavar="DIR", help="Data folder; wins over the settings.")] = None,
    settings_file: SettingsFile = None,
) -> None:
    """Deliver what waits for owners until SIGINT or SIGTERM, beside the server and other workers of one store.

    The log goes to standard error, as JSON lines.
    """
    settings = settings_or_stop(settings_file, data=data)
    from gateway import logs
    from gateway.app import delivering
    from gateway.store.engine import sqlite_path
    from gateway.store.errors import StoreError

    logs.configure(settings.log_level)

    async def deliver() -> None:
        async with delivering(settings) as worker:
            logs.get("worker").info("worker.starts", store=str(sqlite_path(settings.store).absolute()))
            running = asyncio.create_task(worker.run())
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, running.cancel)
            await asyncio.wait([running])

    try:
        asyncio.run(deliver())
    except (StoreError, OSError, ValueError) as error:
        stop(f"the worker cannot start as it is set: {error}")
