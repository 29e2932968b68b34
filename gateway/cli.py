"""The ``gateway`` command.

Exit codes: 0 done, 1 the thing checked does not hold, 2 the call was wrong.
"""

from __future__ import annotations

import typer

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

app = typer.Typer(
    name="gateway",
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
    """Run the command line."""
    app(prog_name="gateway")
