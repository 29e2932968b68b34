"""The ``gateway`` command.

Exit codes: 0 done, 1 the thing checked does not hold, 2 the call was wrong.
"""

from __future__ import annotations

import gc
import sys
from typing import Any

import typer
from typer.core import TyperGroup

from gateway import last_words, whole_output
from gateway.commands import (
    adapter,
    audit,
    claims,
    demo,
    doctor,
    explain,
    policy,
    sandbox,
    schema,
    serve,
    token,
    worker,
)
from gateway.commands.report import FAILED
from schema.personal import masked

_COLLECTED_AFTER = 50_000
"""Objects, more than have gone again, before Python looks for garbage: a command loads many times the usual 700, and
hardly any of it is garbage."""

_WrongCall: Any = typer.BadParameter.__base__


class _Commands(TyperGroup):
    """Says what is wrong with a call, without the personal codes in it: terminals and schedulers keep what is said."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except _WrongCall as error:
            error.message = masked(error.message)
            raise


app = typer.Typer(
    name="gateway",
    cls=_Commands,
    help="One graph in front of the registers and municipal systems behind the customer service centres.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    add_completion=False,
)

for _room in (demo, serve, worker, sandbox, token, schema, explain, doctor):
    app.command(_room.__name__.rsplit(".", 1)[-1])(_room.command)
app.add_typer(adapter.app)
app.add_typer(policy.app)
app.add_typer(claims.app)
app.add_typer(audit.app)


def main() -> None:
    """Run the command line. Of what nobody expected it says the type and the place: its text may hold anything."""
    gc.set_threshold(_COLLECTED_AFTER, *gc.get_threshold()[1:])
    whole_output.take_over()
    last_words.take_over()
    try:
        app(prog_name="gateway")
    except Exception as error:  # noqa: BLE001  # whatever it is
        from gateway import logs
        from schema.joined import RecordsBroken

        said = f"this should not have happened: {' at '.join(logs.accident(error).values())}"
        sys.stderr.write(f"gateway: {error if isinstance(error, RecordsBroken) else said}\n")
        sys.exit(FAILED)
