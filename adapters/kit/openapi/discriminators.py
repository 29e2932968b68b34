"""Which schema the value of a discriminator leads to."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.kit.errors import UnsupportedConstruct
from adapters.kit.openapi.files import Files
from adapters.kit.openapi.nodes import Row, Table, table, text
from adapters.kit.openapi.shapes import Branch, Sub, Union

_MAX_FOLLOWED = 50


class Discriminators:
    """Of one contract.

    A discriminator beside ``oneOf`` or ``anyOf`` picks one of these; one in a schema without them picks among the
    schemas that contain it in ``allOf``, and itself.
    """

    def __init__(self, files: Files) -> None:
        self._files = files
        self._heirs: dict[Table, dict[str, Table]] = {}

    def told(self, node: Table, branches: tuple[Branch, ...]) -> tuple[str | None, Mapping[str, int]]:
        """The property and its values, for alternatives that stand beside the discriminator."""
        if "discriminator" not in node:
            return None, {}
        property_, mapping = self._read(node)
        targets = [self._target(branch.handle[0].node) for branch in branches]
        by_value = {branch.name: at for at, branch in enumerate(branches) if not branch.name.startswith("#")}
        for value, target in mapping.items():
            for at, other in enumerate(targets):
                if other is target:
                    by_value[value] = at
        return property_, by_value

    def led(self, node: Table) -> Union | None:
        """The alternatives that a discriminator without ``oneOf`` leads to; None where nothing contains its schema."""
        property_, mapping = self._read(node)
        heirs = self.heirs(node)
        if not heirs and not mapping:
            return None
        names: dict[str, Table] = {**self._own_name(node), **heirs, **mapping}
        branches: list[Branch] = []
        places: dict[int, int] = {}
        by_value: dict[str, int] = {}
        component_names = {id(heir): name for name, heir in {**self._own_name(node), **heirs}.items()}
        for value, target in names.items():
            if id(target) not in places:
                places[id(target)] = len(branches)
                name = component_names.get(id(target), value)
                branches.append(Branch(name, (Sub(target, plain=target is node),)))
            by_value[value] = places[id(target)]
        return Union(False, tuple(branches), node.at("discriminator"), property_, by_value)

    def is_base_of(self, base: Table | bool, node: Table) -> bool:
        """Whether ``node`` is one of those that ``base``, or what it refers to, leads to."""
        target = self._target(base)
        if target is None or "discriminator" not in target:
            return False
        if any(heir is node for heir in self.heirs(target).values()):
            return True
        return any(heir is node for heir in self._read(target)[1].values())

    def heirs(self, base: Table) -> dict[str, Table]:
        """Components of the same file that contain ``base`` in ``allOf``, at any depth, by name."""
        if base not in self._heirs:
            found: dict[str, Table] = {}
            components = self._components(base)
            parents = {name: self._parents(node) for name, node in components.items()}
            frontier = [base]
            while frontier:
                last = frontier.pop()
                for name, node in components.items():
                    if name not in found and node is not base and any(parent is last for parent in parents[name]):
                        found[name] = node
                        frontier.append(node)
            self._heirs[base] = found
        return self._heirs[base]

    def _own_name(self, node: Table) -> dict[str, Table]:
        return {name: other for name, other in self._components(node).items() if other is node}

    def _components(self, node: Table) -> dict[str, Table]:
        root = self._files.root if node.file == self._files.name else {}
        holder = root.get("definitions") if "swagger" in root else (root.get("components") or {})
        held = (
            holder if holder is root.get("definitions") else holder.get("schemas") if isinstance(holder, Table) else {}
        )
        return (
            {name: inner for name, inner in held.items() if isinstance(inner, Table)} if isinstance(held, Table) else {}
        )

    def _parents(self, node: Table) -> list[Table]:
        parts = node.get("allOf")
        listed = parts if isinstance(parts, Row) else ()
        targets = [self._target(part) for part in listed if isinstance(part, Table) and "$ref" in part]
        return [target for target in targets if target is not None]

    def _target(self, node: Table | bool) -> Table | None:
        for _ in range(_MAX_FOLLOWED):
            if not isinstance(node, Table):
                return None
            if not isinstance(node.get("$ref"), str):
                return node
            try:
                node = self._files.resolve(node["$ref"], node)
            except UnsupportedConstruct:
                return None  # It is refused, with its place, where its schema is read.
        return None

    def _read(self, node: Table) -> tuple[str, dict[str, Table]]:
        where = node.at("discriminator")
        said = node["discriminator"]
        if isinstance(said, str):
            return said, {}  # Swagger 2.0
        said = table(said, "discriminator", where)
        property_ = text(said.get("propertyName"), "propertyName of a discriminator", where)
        mapping: dict[str, Table] = {}
        if said.get("mapping") is not None:
            named = table(said["mapping"], "mapping of a discriminator", where)
            for value, reference in named.items():
                at = named.like(**{"$ref": text(reference, "mapping of a discriminator", named.at(value))})
                components = self._components(node)
                target = components.get(reference) or self._target(at)
                if target is None:
                    raise UnsupportedConstruct(
                        f"a discriminator's mapping to nothing ({reference[:100]})", named.at(value)
                    )
                mapping[value] = target
        return property_, mapping
