"""What a schema declares, as plain objects: elements, types, particles, attributes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(slots=True, eq=False)
class SimpleType:
    """A simple type with all facets that hold for it, its ancestors' included.

    Args:
        name: in Clark's notation; None where it has none.
        primitive: the nearest type of XML Schema itself, by local name, of an atomic type.
        patterns: each level of restriction is a group of alternatives; all groups hold.
        item: of a list.
        members: of a union.
    """

    name: str | None
    variety: Literal["atomic", "list", "union"]
    primitive: str = "string"
    facets: Mapping[str, str] = field(default_factory=dict)
    patterns: Sequence[Sequence[str]] = ()
    enumeration: Sequence[str] | None = None
    item: SimpleType | None = None
    members: Sequence[SimpleType] = ()


@dataclass(slots=True, eq=False)
class Wildcard:
    """``xs:any`` or ``xs:anyAttribute``: ``namespaces`` as written, ``target`` what ``##targetNamespace`` means."""

    namespaces: str
    process: str
    target: str

    def allows(self, namespace: str) -> bool:
        """Whether names of this namespace (empty: none) match."""
        if self.namespaces == "##any":
            return True
        if self.namespaces == "##other":
            return namespace not in ("", self.target)
        meant = {"##local": "", "##targetNamespace": self.target}
        return namespace in {meant.get(one, one) for one in self.namespaces.split()}


@dataclass(slots=True, eq=False)
class Group:
    """A sequence, a choice or an ``xs:all``."""

    kind: Literal["sequence", "choice", "all"]
    particles: list[Particle]


class ElementDeclaration:
    """An element, global or local. ``type`` is found when first asked for, since types may contain themselves."""

    __slots__ = ("_find", "_type", "abstract", "block", "default", "fixed", "is_global", "name", "nillable")

    def __init__(
        self,
        name: str,
        find: Callable[[], Type],
        *,
        nillable: bool = False,
        abstract: bool = False,
        default: str | None = None,
        fixed: str | None = None,
        is_global: bool = False,
        block: str = "",
    ) -> None:
        self.name = name
        self.nillable = nillable
        self.abstract = abstract
        self.default = default
        self.fixed = fixed
        self.is_global = is_global
        self.block = block
        self._find = find
        self._type: Type | None = None

    @property
    def type(self) -> Type:
        """Its type. Raises: ContractError where the contract does not have it."""
        if self._type is None:
            self._type = self._find()
        return self._type


@dataclass(slots=True, eq=False)
class Particle:
    """How often a term stands. ``high`` None: without bound."""

    low: int
    high: int | None
    term: ElementDeclaration | Group | Wildcard


@dataclass(slots=True, eq=False)
class AttributeUse:
    """An attribute as a type has it."""

    name: str
    type: SimpleType
    required: bool
    fixed: str | None


@dataclass(slots=True, eq=False)
class ComplexType:
    """A complex type with its base's content and attributes already in it.

    Args:
        content: elements; None where it has none.
        simple: the text's type, of simple content.
        array_of: the item's type as ``wsdl:arrayType`` of a section 5 array names it.
    """

    name: str | None
    abstract: bool = False
    mixed: bool = False
    content: Particle | None = None
    simple: SimpleType | None = None
    attributes: dict[str, AttributeUse] = field(default_factory=dict)
    any_attribute: Wildcard | None = None
    array_of: str | None = None


Type = SimpleType | ComplexType
