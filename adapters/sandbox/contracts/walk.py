"""Which types an element can hold, and what may stand where an element is declared."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.sandbox.contracts.builtin import builtin
from adapters.sandbox.contracts.declarations import ANY_SIMPLE, ANY_TYPE, Declarations
from adapters.sandbox.contracts.model import (
    ComplexType,
    ElementDeclaration,
    Group,
    Particle,
    SimpleType,
    Type,
    Wildcard,
)
from adapters.sandbox.contracts.names import XS, split

_IN_ANY_TYPE = ("string", "int", "dateTime", "boolean")
"""What is put into an element of any type, under ``xsi:type``."""


@dataclass(frozen=True, slots=True, eq=False)
class Alternative:
    """One thing that may stand where an element is declared: itself or a substitute, of its type or a derived one."""

    declaration: ElementDeclaration
    type: Type
    named: bool
    """Whether ``xsi:type`` says the type."""


def alternatives(declarations: Declarations, declaration: ElementDeclaration) -> list[Alternative]:
    """All of them; empty where everything is abstract. Raises: ContractError."""
    heads = [declaration]
    if declaration.is_global and not {"#all", "substitution"} & set(declaration.block.split()):
        heads += declarations.substitutes(declaration.name)
    found = []
    for head in heads:
        if head.abstract:
            continue
        if not (isinstance(head.type, ComplexType) and head.type.abstract):
            found.append(Alternative(head, head.type, named=False))
        found += [Alternative(head, one, named=True) for one in _under(declarations, head)]
    return found


def _under(declarations: Declarations, head: ElementDeclaration) -> list[Type]:
    if head.type.name == ANY_TYPE or head.type is ANY_SIMPLE:
        return [made for name in _IN_ANY_TYPE if (made := builtin(name)) is not None]
    # A text of XML Schema's own type could stand as any type that adds attributes to texts; nobody writes that.
    own = split(head.type.name or "")[0] == XS
    if head.type.name is None or own or {"#all", "extension", "restriction"} & set(head.block.split()):
        return []
    return [*declarations.derived(head.type.name)]


FOREIGN = "urn:example:foreign"
"""A namespace that no contract has."""


def foreign_namespaces(wild: Wildcard) -> list[str]:
    """Namespaces of names that a wildcard takes unchecked; empty where it checks all."""
    if wild.process == "strict":
        return []
    named = [one for one in wild.namespaces.split() if not one.startswith("##")]
    return [one for one in (FOREIGN, *named, "") if wild.allows(one)]


def declared_elements(declarations: Declarations, wild: Wildcard) -> list[str]:
    """Names of the global elements that a wildcard takes, abstract ones left out."""
    names = [name for name in declarations.element_names if wild.allows(split(name)[0])]
    return [name for name in names if not declarations.element(name).abstract]


def reached(declarations: Declarations, name: str) -> set[str]:
    """``kind name`` of every named component that an element can come to hold.

    Raises:
        ContractError: one of them is not declared.
    """
    found: set[str] = set()
    seen: set[int] = set()
    todo: list[ElementDeclaration | Type | Particle] = [declarations.element(name)]
    while todo:
        one = todo.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, ElementDeclaration):
            if one.is_global:
                found.add(f"element {one.name}")
            todo.append(one.type)
            todo += [part for each in alternatives(declarations, one) for part in (each.declaration, each.type)]
        elif isinstance(one, SimpleType):
            found.add(f"simpleType {one.name}")
            todo += [part for part in (one.item, *one.members) if part is not None]
        elif isinstance(one, ComplexType):
            found.add(f"complexType {one.name}")
            found |= {f"attribute {each}" for each in one.attributes}
            todo += [each.type for each in one.attributes.values()]
            todo += [part for part in (one.content, one.simple) if part is not None]
        elif isinstance(one.term, Group):
            todo += one.term.particles
        elif isinstance(one.term, ElementDeclaration):
            todo.append(one.term)
    return found
