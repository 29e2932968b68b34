"""The policies a command is about, and the graph they are checked against."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gateway.commands.loading import settings_or_stop
from gateway.commands.report import WRONG_CALL, stop

if TYPE_CHECKING:
    from policies.kit.checking import Graph
    from policies.kit.policy_set import PolicySet

Folders = Annotated[
    list[Path] | None,
    typer.Option(
        "--policies",
        metavar="DIR",
        help="A folder of policies to look at instead; may be given several times. By default the checkout's and those "
        "of POLICIES_PATH.",
    ),
]


def places_or_stop(folders: list[Path] | None, settings_file: Path | None) -> tuple[Path, ...]:
    """The folders of policies that a command is about."""
    if folders:
        if missing := [each for each in folders if not each.is_dir()]:
            stop(f"{missing[0]} is no folder", WRONG_CALL)
        return tuple(folders)
    settings = settings_or_stop(settings_file)

    from gateway.policies_live import places

    return tuple(places(settings.policies_path))


def loaded_or_stop(folders: list[Path] | None, settings_file: Path | None) -> PolicySet:
    """The policies, or an end with the first thing that does not hold."""
    places = places_or_stop(folders, settings_file)

    from policies.kit.errors import PolicyError
    from policies.kit.policy_set import PolicySet

    try:
        return PolicySet.load(*places)
    except PolicyError as error:
        stop(f"{near(error.file)}:{error.line}: {error.reason}")


def near(file: Path) -> str:
    """A path as seen from the folder one is in, where it is below it."""
    try:
        return str(file.resolve().relative_to(Path.cwd().resolve()))
    except ValueError:
        return str(file)


def the_registers(settings_file: Path | None) -> frozenset[str] | None:
    """Names of the registers that there are adapters of; None where a folder of adapters cannot be looked into."""
    from adapters.kit.catalog import discover

    catalog = discover(*settings_or_stop(settings_file).adapters_path)
    return catalog.names if catalog.complete else None


def the_graph() -> Graph:
    """The public graph as policies name it."""
    from graphql import GraphQLObjectType, IntValueNode, build_schema, get_named_type, is_composite_type

    from policies.kit.checking import Graph
    from schema.graph import sdl

    leads_to: dict[str, str] = {}
    defaults: dict[str, int] = {}
    for name, each in build_schema(sdl(), assume_valid=True).type_map.items():
        if not isinstance(each, GraphQLObjectType) or name.startswith("__"):
            continue
        for field, declared in each.fields.items():
            of = get_named_type(declared.type)
            leads_to[f"{name}.{field}"] = of.name if is_composite_type(of) else ""
            for argument, given in declared.args.items():
                node = given.ast_node
                if node is not None and isinstance(node.default_value, IntValueNode):
                    defaults[f"{name}.{field}.{argument}"] = int(node.default_value.value)
    return Graph(leads_to, defaults)
