"""``gateway token``: a token of the demo world, for ``curl`` and for tests."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gateway.clock import epoch_seconds
from gateway.commands.loading import settings_or_stop
from gateway.commands.report import WRONG_CALL, stop


def command(
    persona: Annotated[str, typer.Argument(help="Name of the demo world, e.g. anna or ngo-support.")],
    data: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Data folder of the gateway; .data by default.")
    ] = None,
    ttl: Annotated[
        int, typer.Option(metavar="SECONDS", help="How long it is valid; zero or less: it has expired already.")
    ] = 3600,
) -> None:
    """Print one JWT of the development issuer, and nothing else."""
    settings = settings_or_stop(data=data)
    from gateway.demo.passes import NoSuchPersona, token_for
    from gateway.demo.world_files import SeedError
    from gateway.identity.issuer import DevelopmentIssuerRefused

    try:
        made = token_for(settings.data, persona, now=epoch_seconds(), ttl=ttl, production=settings.production)
    except NoSuchPersona as error:
        stop(f"there is no persona of that name; there are {', '.join(error.names)}", WRONG_CALL)
    except (DevelopmentIssuerRefused, SeedError) as error:
        stop(str(error))
    except (OSError, ValueError) as error:
        stop(f"the data folder {settings.data} cannot be used ({type(error).__name__})")
    typer.echo(made)
