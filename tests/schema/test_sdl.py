"""The committed SDL is what the code says, holds what the design promised, and explains itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from graphql import (
    GraphQLSchema,
    GraphQLUnionType,
    InputValueDefinitionNode,
    build_schema,
    is_enum_type,
    is_input_object_type,
    is_interface_type,
    is_introspection_type,
    is_object_type,
    is_specified_scalar_type,
    print_ast,
)

from schema.graph import sdl
from tests.machine import requires_folder
from tests.running_gateway import ROOT

COMMITTED = ROOT / "schema" / "schema.graphql"
WRITES_IT = ".venv/bin/gateway schema > schema/schema.graphql"

# Federation puts these in; their names and descriptions are the specification's.
FEDERATION = {"Query._entities", "Query._entities(representations)", "Query._service", "_Any", "_Entity", "_Service"}

NOT_YET: dict[str, str] = {}


@cache
def printed() -> GraphQLSchema:
    """The graph as its readers have it: built from the text."""
    return build_schema(COMMITTED.read_text(encoding="utf-8"), assume_valid=True)


def coordinates(schema: GraphQLSchema) -> Iterator[tuple[str, str, object]]:
    """Everything that a schema says: coordinate, what a caller relies on there, and what carries its description.

    A caller relies on the kind, the type with its nullability, and the default. A nullable argument whose default is
    null counts as one without a default: to every caller both are optional and null.
    """
    for name, kind in schema.type_map.items():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        yield name, type(kind).__name__, kind
        if isinstance(kind, GraphQLUnionType):
            for member in kind.types:
                yield f"{name} = {member.name}", "member", None
        elif is_enum_type(kind):
            for value in kind.values:
                yield f"{name}.{value}", "value", None
        elif is_input_object_type(kind):
            for field, definition in kind.fields.items():
                yield f"{name}.{field}", _with_default(str(definition.type), definition.ast_node), definition
            yield f"{name} @oneOf", str(kind.is_one_of), None
        elif is_object_type(kind) or is_interface_type(kind):
            for interface in kind.interfaces:
                yield f"{name} implements {interface.name}", "interface", None
            for field, definition in kind.fields.items():
                yield f"{name}.{field}", str(definition.type), definition
                for argument, given in definition.args.items():
                    yield f"{name}.{field}({argument})", _with_default(str(given.type), given.ast_node), given


def _with_default(kind: str, node: InputValueDefinitionNode | None) -> str:
    if node is None or node.default_value is None or print_ast(node.default_value) == "null":
        return kind
    return f"{kind} = {print_ast(node.default_value)}"


def test_the_committed_sdl_is_the_printed_one() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == sdl().rstrip("\n") + "\n", f"write it anew: {WRITES_IT}"


def test_everything_in_the_sdl_has_a_description() -> None:
    silent = [
        coordinate
        for coordinate, _, described in coordinates(printed())
        if described is not None and not getattr(described, "description", None)
        if coordinate not in FEDERATION and coordinate.partition(".")[0] not in FEDERATION
    ]
    assert silent == []


def test_the_graph_holds_everything_that_the_design_promised_its_callers() -> None:
    design = requires_folder(ROOT.parent / "shared" / "design") / "schema.graphql"
    promised = build_schema(design.read_text(encoding="utf-8"), assume_valid=True)
    ours = {coordinate: said for coordinate, said, _ in coordinates(printed())}
    missing, different = set(), []
    for coordinate, said, _ in coordinates(promised):
        if coordinate not in ours:
            missing.add(coordinate)
        elif ours[coordinate] != said:
            different.append(f"{coordinate}: {ours[coordinate]}, promised {said}")
    assert different == []
    parts_of_missing = {one for one in missing if _whole(one) in NOT_YET or _field(one) in NOT_YET}
    assert missing - parts_of_missing == set()


def test_the_list_of_what_is_not_there_yet_names_nothing_that_is() -> None:
    there = {coordinate for coordinate, _, _ in coordinates(printed())}
    assert sorted(there & set(NOT_YET)) == []
    assert all(NOT_YET.values())


def _whole(coordinate: str) -> str:
    return coordinate.partition(".")[0].partition(" ")[0]


def _field(coordinate: str) -> str:
    return coordinate.partition("(")[0]
