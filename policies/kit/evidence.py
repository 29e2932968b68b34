"""Evidence paths: how a claim type names what it needs, and which of it opens a field that somebody asks for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from policies.kit.field_access import AccessClass, FieldAccess
from schema.terms import ApplicantKind, EvidenceScope

PERSON = "Person"
OPEN_OF_OTHERS = frozenset({"givenName", "familyName", "birthDate"})
"""What a person reached on the way opens of itself."""

_SEGMENT = re.compile(r"([a-z][A-Za-z0-9]*)(?:\(([^()]*)\))?")
_BOUND = re.compile(r"([a-z][A-Za-z0-9]*)<=(0|[1-9][0-9]{0,8})", re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,9}", re.ASCII)
ROOTS = {ApplicantKind.PERSON: PERSON, ApplicantKind.LEGAL_ENTITY: "LegalEntity"}
_BELOW = frozenset({AccessClass.EVIDENCE, AccessClass.LEGAL_ENTITY, AccessClass.OPEN})
_WIDTH = {scope: width for width, scope in enumerate(EvidenceScope)}
# Open business data leads to a legal entity from many places; what it owns is evidence of a claim that says so.
_NEVER_ON_THE_WAY = ("LegalEntity", "properties")


@dataclass(frozen=True, slots=True)
class Step:
    """One field of a path that somebody asks for."""

    field: str
    arguments: Mapping[str, object]
    """As coerced by the graph; an argument that is absent or None means its default."""
    type: str
    """Name of the composite type that the field returns (``Person``); empty for a leaf."""


EvidencePath = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Bound:
    """``months<=3``: the argument's largest value."""

    argument: str
    most: int
    default: int

    def holds(self, arguments: Mapping[str, object]) -> bool:
        """A value that is no integer does not hold."""
        value = arguments.get(self.argument)
        if value is None:
            value = self.default
        return isinstance(value, int) and not isinstance(value, bool) and value <= self.most


@dataclass(frozen=True, slots=True)
class PathStep:
    """One field of an evidence path."""

    field: str
    bounds: tuple[Bound, ...] = ()


@dataclass(frozen=True, slots=True)
class Evidence:
    """Register data that a claim type's decision needs."""

    path: str
    """From the applicant, in the notation of claim types: ``household.person.income(months<=3)``."""
    applicant: ApplicantKind
    open_to: EvidenceScope
    reason: str
    register: str | None
    """The register that answers; None while none is connected."""
    coordinate: str
    """``Person.income``"""
    steps: tuple[PathStep, ...]
    written: bool = True
    """In the claim type's file; False: it is in every list."""

    def opens(self, path: EvidencePath) -> bool:
        """Whether this opens the field at the end of ``path``, counted from the applicant."""
        if len(path) > 1 and path[-1].field == "__typename":
            path = path[:-1]
        if len(path) < len(self.steps):
            return False
        if not all(_fits(mine, asked) for mine, asked in zip(self.steps, path, strict=False)):
            return False
        below = zip(path[len(self.steps) - 1 :], path[len(self.steps) :], strict=False)
        for position, (above, asked) in enumerate(below, len(self.steps)):
            if above.type == PERSON:
                return asked.field in OPEN_OF_OTHERS and position == len(path) - 1
            if (above.type, asked.field) == _NEVER_ON_THE_WAY:
                return False
        return True


def _fits(mine: PathStep, asked: Step) -> bool:
    return mine.field == asked.field and all(bound.holds(asked.arguments) for bound in mine.bounds)


def least_restrictive(evidence: Iterable[Evidence], applicant: ApplicantKind, path: EvidencePath) -> Evidence | None:
    """The evidence that opens ``path`` to most; of equals the longest, then the first by path."""
    opening = [one for one in evidence if one.applicant is applicant and one.opens(path)]
    return min(opening, key=lambda one: (_WIDTH[one.open_to], -len(one.steps), one.path), default=None)


@dataclass(frozen=True, slots=True)
class ParsedPath:
    """An evidence path, resolved against the graph."""

    steps: tuple[PathStep, ...]
    coordinate: str


def parse_path(text: str, applicant: ApplicantKind, fields: FieldAccess) -> ParsedPath:
    """Read ``household.person.income(months<=3)``.

    Raises:
        ValueError: another notation, a field that is not evidence where the path stands, a path through a leaf, or a
            bound on an argument whose default is not declared.
    """
    type_name, coordinate = ROOTS[applicant], ""
    steps: list[PathStep] = []
    for segment in text.split("."):
        match = _SEGMENT.fullmatch(segment)
        if match is None:
            raise ValueError(f"{segment!r} is not a field with bounds like income(months<=3)")
        if not type_name:
            raise ValueError(f"{coordinate} leads nowhere, so {segment!r} cannot follow")
        coordinate = f"{type_name}.{match[1]}"
        listable = {AccessClass.EVIDENCE} if type_name == PERSON or not steps else _BELOW
        if fields.of(coordinate) not in listable:
            raise ValueError(f"{coordinate} is not evidence")
        steps.append(PathStep(match[1], _parse_bounds(match[2], coordinate, fields)))
        type_name = fields.leads_to.get(coordinate, "")
    return ParsedPath(tuple(steps), coordinate)


def parse_asked(text: str, applicant: ApplicantKind, fields: FieldAccess) -> EvidencePath:
    """Read a path as somebody asks for it, arguments with a value: ``income(months=13).gross``.

    Raises:
        ValueError: another notation, or a field that does not exist where the path stands.
    """
    type_name = ROOTS[applicant]
    steps: list[Step] = []
    for segment in text.split("."):
        match = _SEGMENT.fullmatch(segment)
        if match is None or not type_name:
            raise ValueError(f"{segment!r} is not a field with arguments like income(months=3)")
        coordinate = f"{type_name}.{match[1]}"
        if fields.of(coordinate) is None:
            raise ValueError(f"{coordinate} is not a field that anybody may read")
        arguments: dict[str, object] = {}
        for part in (match[2] or "").replace(" ", "").split(",") if match[2] else ():
            name, _, value = part.partition("=")
            if not _NUMBER.fullmatch(value):
                raise ValueError(f"{segment!r} is not a field with arguments like income(months=3)")
            arguments[name] = int(value)
        type_name = fields.leads_to.get(coordinate, "")
        steps.append(Step(match[1], arguments, type_name))
    return tuple(steps)


def _parse_bounds(text: str | None, coordinate: str, fields: FieldAccess) -> tuple[Bound, ...]:
    if text is None:
        return ()
    bounds: list[Bound] = []
    for part in text.split(","):
        match = _BOUND.fullmatch(part)
        if match is None:
            raise ValueError(f"{part!r} is not a bound like months<=3")
        default = fields.default_arguments.get(f"{coordinate}.{match[1]}")
        if default is None:
            raise ValueError(f"{coordinate} has no argument {match[1]} with a declared default")
        if any(bound.argument == match[1] for bound in bounds):
            raise ValueError(f"{match[1]} is bound twice")
        bounds.append(Bound(match[1], int(match[2]), default))
    return tuple(bounds)
