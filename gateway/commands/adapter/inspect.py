"""``gateway adapter inspect``: what a contract says, and what the gateway can do with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.text import Text
from rich.tree import Tree

from gateway.commands.report import FAILED, WRONG_CALL, stop

if TYPE_CHECKING:
    from adapters.kit.inspection import InspectedOperation, Inspection, Member, TypeShape

_DEEPEST = 6
_MOST_VALUES = 6
WIDE = 10_000
"""Columns of what is printed to a file."""


def command(
    contract: Annotated[str, typer.Argument(metavar="PATH_OR_URL", help="A WSDL or an OpenAPI description.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")] = False,
    operation: Annotated[
        str | None, typer.Option("--operation", help="Show this operation alone, with all its types.")
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option("--allow-host", help="A host that imports may be read from; may be repeated.")
    ] = None,
) -> None:
    """Read a contract: operations, types, headers, faults, hazards, and what is left out and why.

    Reads files only, and from the network nothing but the URL that was given and imports from hosts that are allowed.
    Redirects are not followed. Exit code 1: nothing of it can be used.
    """
    inspection = inspected(contract, allow_host or [])
    if as_json:
        typer.echo(json.dumps(inspection.as_json(), ensure_ascii=False, indent=2))
    else:
        _show(inspection, operation)
    if not inspection.loads:
        raise typer.Exit(FAILED)


def inspected(contract: str, hosts: list[str]) -> Inspection:
    """Read a contract of either kind; what cannot be called a contract ends the command."""
    from adapters.kit.contracts import inspect_contract
    from adapters.kit.errors import RegisterError

    readable(contract)
    try:
        return inspect_contract(contract, hosts)
    except RegisterError as error:
        stop(f"{contract} gave no contract: {error.what}")
    except OSError as error:
        stop(f"{contract} cannot be read: {error.strerror}", WRONG_CALL)


def readable(contract: str) -> None:
    """Stop where a path is none of a file that can be read; of a URL nothing is known yet."""
    if contract.startswith(("http://", "https://")):
        return
    path = Path(contract)
    try:
        if not path.exists():
            stop(f"there is no {contract}; give the path of a WSDL or an OpenAPI description", WRONG_CALL)
        if path.is_dir():
            stop(f"{contract} is a folder; give the file that everything begins with", WRONG_CALL)
        path.open("rb").close()
    except OSError as error:
        stop(f"{contract} cannot be read: {error.strerror}", WRONG_CALL)


def _show(inspection: Inspection, only: str | None) -> None:
    console = Console(highlight=False)
    if not console.is_terminal:
        console.width = WIDE  # A file has no edge to break lines at.
    shapes = {shape.name: shape for shape in inspection.types}
    works = sum(operation.loads for operation in inspection.operations)
    root = Tree(
        Text.assemble(
            (inspection.source, "bold"),
            f"  {inspection.kind}, {works} of {len(inspection.operations)} operations can be used, "
            f"{len(inspection.types)} types",
        )
    )
    chosen = [each for each in inspection.operations if only in (None, each.name)]
    if only is not None and not chosen:
        stop(f"no operation is called {only}; there are {', '.join(each.name for each in inspection.operations)}")
    for operation in chosen:
        _operation(root, operation, shapes, deep=only is not None or len(chosen) <= 3)
    _rest(root, inspection)
    console.print(root)


def _operation(root: Tree, operation: InspectedOperation, shapes: dict[str, TypeShape], *, deep: bool) -> None:
    if not operation.loads:
        root.add(Text.assemble(("✗ ", "red"), (operation.name, "bold"), f"  left out: {operation.reason}"))
        return
    branch = root.add(Text.assemble(("✓ ", "green"), (operation.name, "bold"), f"  {operation.call}"))
    for title, members in (
        ("parameters", operation.parameters),
        ("request", operation.request),
        ("answer", operation.responses),
        ("headers", operation.headers),
        ("faults", operation.faults),
    ):
        if members:
            inner = branch.add(Text(title, style="dim"))
            for member in members:
                _member(inner, member, shapes, () if deep else None)


def _member(branch: Tree, member: Member, shapes: dict[str, TypeShape], within: tuple[str, ...] | None) -> None:
    occurs = {(1, 1): "", (0, 1): "?", (0, None): "*", (1, None): "+"}.get((member.low, member.high))
    if occurs is None:
        occurs = f"[{member.low}..{'' if member.high is None else member.high}]"
    shape = shapes.get(member.type)
    said: list[Any] = [(f"{member.name}{occurs}", "cyan"), f"  {member.type}"]
    if shape is not None and shape.kind != "object":
        said.append((f"  {_simple(shape)}", "dim"))
    if member.nillable:
        said.append(("  nillable", "yellow"))
    if member.note:
        said.append((f"  {member.note}", "dim"))
    inner = branch.add(Text.assemble(*said))
    if shape is None or within is None or shape.kind in ("list", "union") or not shape.members:
        return
    if shape.name in within:
        inner.add(Text("holds itself", style="yellow"))
    elif len(within) < _DEEPEST:
        for each in shape.members:
            _member(inner, each, shapes, (*within, shape.name))
    else:
        inner.add(Text(f"... {len(shape.members)} more", style="dim"))


def _simple(shape: TypeShape) -> str:
    said = [shape.kind]
    if shape.values:
        more = f", ... {len(shape.values)} in all" if len(shape.values) > _MOST_VALUES else ""
        said.append(f"one of {', '.join(shape.values[:_MOST_VALUES])}{more}")
    if shape.facets:
        said.append(shape.facets)
    return ", ".join(said)


def _rest(root: Tree, inspection: Inspection) -> None:
    if inspection.hazards:
        branch = root.add(Text(f"hazards ({len(inspection.hazards)})", style="yellow"))
        for hazard in inspection.hazards:
            branch.add(Text.assemble((hazard.kind, "yellow"), f"  {hazard.what}", (f"  {hazard.where}", "dim")))
    if inspection.refused:
        branch = root.add(Text(f"left out ({len(inspection.refused)})", style="red"))
        for refusal in inspection.refused:
            said = f"  {refusal.reason}"
            branch.add(Text.assemble((refusal.construct, "red"), said, (f"  {refusal.where}", "dim")))
