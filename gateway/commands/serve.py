"""``gateway serve``: the gateway, with settings from the environment."""

from __future__ import annotations

from typing import Annotated

import typer

from gateway.commands.loading import SettingsFile, settings_or_stop
from gateway.commands.report import stop


def command(
    settings_file: SettingsFile = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on; wins over the settings.")] = None,
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Port; wins over the settings.")] = None,
) -> None:
    """Serve until SIGINT or SIGTERM. The log goes to standard error, as JSON lines."""
    settings = settings_or_stop(settings_file, host=host, port=port)
    from gateway import logs
    from gateway.app import create_app
    from gateway.edge.wire import CannotListen, listen, run, server
    from gateway.identity.issuer import DevelopmentIssuerRefused
    from gateway.store.errors import StoreError
    from policies.kit.errors import PolicyError

    logs.configure(settings.log_level)
    try:
        socket = listen(settings.host, settings.port)
    except CannotListen as error:
        stop(f"{error}; choose another with --port, or --host")
    try:
        app = create_app(settings)
    except (DevelopmentIssuerRefused, PolicyError, StoreError, OSError, ValueError) as error:
        stop(f"the gateway cannot start as it is set: {error}. gateway doctor says what to do")
    host_taken, port_taken, *_ = socket.getsockname()
    at = f"[{host_taken}]" if ":" in host_taken else host_taken
    log = logs.get("serve")
    log.info("gateway.starts", address=f"http://{at}:{port_taken}/graphql")
    if not run(server(app, settings), socket):
        stop("the gateway could not start; its log says why, and so does gateway doctor")
    log.info("gateway.stopped")
