"""How commands speak to people and end: results on standard output, everything else on standard error."""

from __future__ import annotations

from typing import NoReturn

import typer
from rich.console import Console

from schema.personal import masked

FAILED = 1
WRONG_CALL = 2


def stop(message: str, code: int = FAILED) -> NoReturn:
    """End with one clear line. What may be a personal code in it is asterisks: it may repeat what was given."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"gateway: {masked(message)}", markup=False)
    raise typer.Exit(code)
