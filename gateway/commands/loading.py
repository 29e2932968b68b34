"""Settings as commands need them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from gateway.commands.report import WRONG_CALL, stop
from gateway.settings import Settings, SettingsError, load

SettingsFile = Annotated[
    Path | None,
    typer.Option("--settings", metavar="FILE", help="TOML file with settings; GATEWAY_* variables win over it."),
]


def settings_or_stop(file: Path | None = None, **given: Any) -> Settings:
    """Read the settings, or end the command saying what is wrong with them.

    Args:
        file: TOML file.
        given: settings that win; None means not given.
    """
    try:
        return load(file, **{name: value for name, value in given.items() if value is not None})
    except SettingsError as error:
        stop("the settings cannot be used: " + "; ".join(error.problems), WRONG_CALL)
