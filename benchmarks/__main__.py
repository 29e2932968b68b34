"""``python -m benchmarks``."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchmarks.comparison import FULL, QUICK, compare
from benchmarks.contenders import NAMES
from benchmarks.processes import BenchmarkFailed
from benchmarks.queries import QUERIES

app = typer.Typer(add_completion=False, no_args_is_help=False, invoke_without_command=True)
_console = Console(highlight=False, stderr=True)
_out = Console(highlight=False, width=150)
_Quick = Annotated[bool, typer.Option("--quick", help="The smallest form: shows that it runs, and little else.")]
_JsonFile = Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write the figures there, too.")]


@app.callback()
def comparison(
    context: typer.Context,
    quick: Annotated[bool, typer.Option("--quick", help="Fewer requests: seconds, and figures that wobble.")] = False,
    json: _JsonFile = None,
    only: Annotated[str | None, typer.Option(metavar="Q1,Q3", help="Only these queries.")] = None,
) -> None:
    """Compare CPU time and register calls of a request: by hand (limit), with libraries (naive), by the gateway."""
    if context.invoked_subcommand is not None:
        return
    names = tuple(QUERIES) if only is None else tuple(only.upper().split(","))
    if not set(names) <= QUERIES.keys():
        raise typer.BadParameter(f"queries are {', '.join(QUERIES)}", param_hint="--only")
    with _failing_plainly():
        figures = compare(names, QUICK if quick else FULL, lambda line: _console.print(f"[dim]{line}[/]"))
    _show(figures)
    _write(json, figures)


@app.command()
def profile(
    query: Annotated[str, typer.Argument(help="Q1 to Q6.")],
    requests: Annotated[int, typer.Option(help="How many.")] = 40,
    concurrency: Annotated[int, typer.Option(help="How many at a time.")] = 4,
    order: Annotated[str, typer.Option(help="tottime or cumtime.")] = "tottime",
    rows: Annotated[int, typer.Option(help="How many functions.")] = 45,
    callers: Annotated[str | None, typer.Option(metavar="NAME", help="Also who calls functions like this.")] = None,
) -> None:
    """Where the gateway's time goes: a query in this process, under cProfile."""
    from benchmarks.profiling import profile as run

    with _failing_plainly():
        typer.echo(run(query.upper(), requests, concurrency, order, rows, callers))


@app.command()
def latency(quick: _Quick = False, json: _JsonFile = None) -> None:
    """What a request takes longer than the registers that it waits for, each call delayed by 20 ms."""
    from benchmarks.latency import FULL, MOST_ADDED_MS, QUICK, added_latency

    with _failing_plainly():
        figures = added_latency(QUICK if quick else FULL)
    table = Table(title="Median milliseconds of a request, one at a time; what is added to the critical path")
    for column in ("query", "critical path", *NAMES, "may be added"):
        table.add_column(column, justify="right")
    for name, each in figures.items():
        cells = [f"{each[who]['p50_ms']:.2f} ({each[who]['added_ms']:+.2f})" for who in NAMES]
        table.add_row(name, f"{each['critical_path_ms']:.2f}", *cells, f"{MOST_ADDED_MS[name]:g}")
    _out.print(table)
    _write(json, figures)


@app.command()
def growth(quick: _Quick = False, json: _JsonFile = None) -> None:
    """How the gateway's cost grows with the objects of a list, with registers and with distinct documents."""
    from benchmarks.growth import FULL, QUICK
    from benchmarks.growth import growth as run

    with _failing_plainly():
        figures = run(QUICK if quick else FULL)
    for name, rows in figures.items():
        table = Table(title=f"The gateway's cost by number of {name}")
        for column in rows[0]:
            table.add_column(column.replace("_", " "), justify="right")
        for row in rows:
            table.add_row(*("" if value is None else f"{value:,}" for value in row.values()))
        _out.print(table)
    _write(json, figures)


@app.command()
def floor(quick: _Quick = False, json: _JsonFile = None) -> None:
    """What HTTP alone costs here, and a row on disk before each answer: nothing can be below."""
    from benchmarks.floor import FULL, QUICK
    from benchmarks.floor import floor as run

    with _failing_plainly():
        rows = run(QUICK if quick else FULL)
    table = Table(title="CPU milliseconds of a request: the least of the rounds (median)")
    table.add_column("server")
    table.add_column("CPU ms", justify="right")
    for row in rows:
        table.add_row(row["server"], f"{row['cpu_ms']:.3f} ({row['median']:.3f})")
    _out.print(table)
    _write(json, rows)


@app.command()
def memory(
    minutes: Annotated[float, typer.Option(min=0.1, help="How long.")] = 60.0,
    quick: _Quick = False,
    json: _JsonFile = None,
) -> None:
    """What the gateway holds in memory under mixed load with 10,000 distinct documents; over 150 MiB is a failure."""
    from benchmarks.memory import MOST_MIB
    from benchmarks.memory import memory as run

    _out.print("minutes  requests  documents  resident MiB")
    with _failing_plainly():
        rows = run(
            minutes,
            quick,
            lambda row: _out.print(
                f"{row['minutes']:7.2f} {row['requests']:9,} {row['documents']:10,} {row['mib']:13.1f}"
            ),
        )
        _write(json, rows)
        most = max(row["mib"] for row in rows)
        if most > MOST_MIB:
            raise BenchmarkFailed(f"{most} MiB are over {MOST_MIB}")


@app.command()
def blocking(quick: _Quick = False, json: _JsonFile = None) -> None:
    """The longest that the gateway keeps its event loop from the next task; over 50 ms is a failure."""
    from benchmarks.blocking import MOST_MS
    from benchmarks.blocking import blocking as run

    with _failing_plainly():
        figures = run(quick, lambda line: _console.print(f"[dim]{line}[/]"))
        table = Table(title="Longest block of the event loop, in milliseconds of processor time, and by the clock")
        for column in ("while", "CPU ms", "of it GC", "clock ms"):
            table.add_column(column, justify="left" if column == "while" else "right")
        table.add_column("what ran then", overflow="fold")
        for title, block in figures.items():
            times = (block.cpu_ms, block.collecting_ms, block.clock_ms)
            table.add_row(title, *(f"{each:.1f}" for each in times), escape(block.where))
        _out.print(table)
        _write(json, figures)
        over = [title for title, block in figures.items() if block.cpu_ms > MOST_MS]
        if over:
            raise BenchmarkFailed(f"over {MOST_MS:g} ms: {'; '.join(over)}")


@contextmanager
def _failing_plainly() -> Iterator[None]:
    try:
        yield
    except BenchmarkFailed as failure:
        _console.print("[bold red]benchmarks:[/]", escape(str(failure)), soft_wrap=True)
        raise typer.Exit(1) from None


def _show(figures: dict[str, Any]) -> None:
    title = "CPU milliseconds of a request: the least of the rounds (median); their ratios; register calls"
    table = Table(title=title)
    table.add_column("query")
    for name in NAMES:
        table.add_column(name, justify="right")
    for name in ("gateway/limit", "naive/gateway"):
        table.add_column(name, justify="right")
    for name, each in figures["queries"].items():
        cells = [f"{each[who]['cpu_ms']:.2f} ({each[who]['cpu_ms_median']:.2f}) {_calls(each[who])}" for who in NAMES]
        to_limit = f"{each['gateway_to_limit']:.2f} ({each['gateway_to_limit_of_round']:.2f})"
        ratios = to_limit, f"{each['naive_to_gateway']:.2f} ({each['naive_to_gateway_of_round']:.2f})"
        table.add_row(f"{name} {each['title']}", *cells, *ratios)
    _out.print(table)


def _calls(figures: dict[str, float]) -> str:
    return f"{figures['upstream']:g}c"


def _write(file: Path | None, figures: Any) -> None:
    if file is not None:
        file.write_bytes(orjson.dumps(figures, option=orjson.OPT_INDENT_2) + b"\n")


if __name__ == "__main__":
    app()
