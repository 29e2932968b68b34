"""What a contract says, as people and programs read it: one form for WSDL and OpenAPI.

Made by the readers of contracts; shown by ``gateway adapter inspect``, compared by ``gateway adapter check``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

ContractKind = Literal["WSDL", "OPENAPI"]


class Member(msgspec.Struct, frozen=True):
    """Something that a type, a request or an answer holds."""

    name: str
    """As it is a key of the decoded value: a local name, ``@name`` of an attribute, ``#text``, ..."""
    type: str
    """Name of a type of the inspection, or of a built-in one (``xsd:date``, ``string(date)``)."""
    low: int = 1
    high: int | None = 1
    """None: unbounded."""
    nillable: bool = False
    note: str = ""
    """What else the contract says, in few words: ``default "LV"``, ``in the query``."""


class TypeShape(msgspec.Struct, frozen=True):
    """One type."""

    name: str
    kind: str
    """``object``, ``choice``, ``list``, ``union``, ``text``, ``number``, ..."""
    members: tuple[Member, ...] = ()
    values: tuple[str, ...] = ()
    """Of an enumeration, as they stand on the wire."""
    facets: str = ""
    where: str = ""
    """``file:line`` of its declaration."""


class Refusal(msgspec.Struct, frozen=True):
    """Something that no codec is made for, so that it is left out, by name."""

    construct: str
    where: str
    """``file:line``."""
    reason: str


class Hazard(msgspec.Struct, frozen=True):
    """Something that works, and that a person should know of before they map it."""

    kind: str
    """``recursive-type``, ``name-not-graphql``, ``enum-value-not-graphql``, ``any``, ``attachment``, ``security``."""
    where: str
    what: str


class InspectedOperation(msgspec.Struct, frozen=True):
    """One operation."""

    name: str
    loads: bool
    reason: str | None
    """Why it does not load: construct and place."""
    call: str = ""
    """How it is called: ``SOAP 1.2 document/literal``, ``GET /persons/{id}``."""
    parameters: tuple[Member, ...] = ()
    """What travels outside the body: path, query, header, cookie."""
    request: tuple[Member, ...] = ()
    """What the body holds; for SOAP one member a part."""
    responses: tuple[Member, ...] = ()
    """The answer; for REST one member a status, named by it."""
    headers: tuple[Member, ...] = ()
    """Of SOAP; the note says in, out or both, and whether one is left out and why."""
    faults: tuple[Member, ...] = ()


class Inspection(msgspec.Struct, frozen=True):
    """One contract."""

    kind: ContractKind
    source: str
    """The file's name."""
    loads: bool
    """Whether at least one operation can be called."""
    operations: tuple[InspectedOperation, ...] = ()
    refused: tuple[Refusal, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    types: tuple[TypeShape, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The form that scripts rely on (design, "What scripts rely on"): plain JSON values."""
        made: dict[str, Any] = msgspec.to_builtins(self)
        return made


def refused_whole(kind: ContractKind, source: str, refusals: Sequence[Refusal]) -> Inspection:
    """A contract of which nothing can be used."""
    return Inspection(kind, source, loads=False, refused=tuple(refusals))
