"""The table "By claim type" of access.md, typed once more: what each claim type opens, to whom, and who owns it.

Nothing here comes from ``policies/``: this is the second reading of the rules, against which the first is held.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from itertools import pairwise

MEANS = "*household.person.income(months<=3) household.person.benefits household.person.properties household.person.vehicles*"
_MUNICIPAL_HELP = f"""**givenName familyName declaredAddress household** income(months<=3) benefits employmentStatus
    properties vehicles {{}} {MEANS}"""

_TABLE = f"""
housing-benefit           | social    | T | {_MUNICIPAL_HELP.format("socialStatuses")}
guaranteed-minimum-income | social    | T | {_MUNICIPAL_HELP.format("enterprises")}
needy-household-status    | social    | T | {_MUNICIPAL_HELP.format("enterprises")}
kindergarten-queue        | education | T | **givenName familyName children declaredAddress** *children.declaredAddress*
property-tax-relief       | finance   |   | givenName familyName properties children declaredAddress socialStatuses *children.declaredAddress*
childcare-benefit         | vsaa      | T | **givenName familyName children** declaredAddress benefits insurance
childbirth-benefit        | vsaa      | T | **givenName familyName children** declaredAddress benefits
old-age-pension           | vsaa      | T | **givenName familyName birthDate** insurance benefits
unemployment-benefit      | vsaa      |   | givenName familyName employmentStatus insurance
annual-income-declaration | vid       | T | **givenName familyName income(months<=12) taxBook** children
residence-declaration     | residence |   | givenName familyName declaredAddress properties
cadastre-extract          | vzd       | T | **givenName familyName properties**
"""
_MUNICIPAL = {"social", "education", "finance", "residence"}
_NO_MANDATE = {"residence-declaration"}
_LEGAL = {"cadastre-extract": "bold", "property-tax-relief": "plain"}
"""For legal entities, too: the mark of a legal entity's ``properties``."""
_NAMES = ("givenName", "familyName", "birthDate")
_TO_PERSON = (("household", "person"), ("children",), ("taxBook", "dependants"))


class Mark(Enum):
    """To whom evidence is open."""

    BOLD = "bold"
    """Third parties, too."""
    PLAIN = "plain"
    """Everybody who reads evidence but third parties."""
    ITALIC = "italic"
    """The owner's officer alone."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One path of the table."""

    path: tuple[str, ...]
    mark: Mark
    most_months: int | None = None


@dataclass(frozen=True, slots=True)
class ClaimType:
    """One row of the table."""

    code: str
    department: str
    third_parties: bool
    listed: tuple[Listed, ...]

    @property
    def municipal(self) -> bool:
        """A municipality owns it."""
        return self.department in _MUNICIPAL

    @property
    def by_mandate(self) -> bool:
        """A mandate covers it."""
        return self.code not in _NO_MANDATE

    @property
    def legal_properties(self) -> Mark | None:
        """The mark of a legal entity's properties; None: legal entities do not claim it."""
        return Mark(_LEGAL[self.code]) if self.code in _LEGAL else None

    def owner(self, municipality: str | None) -> str:
        """Id of the body that owns a claim."""
        return f"{self.department}-{municipality}" if self.municipal else self.department


@dataclass(frozen=True, slots=True)
class Coordinate:
    """A field somewhere below ``applicant``: names on the way to it, and the one argument that has a bound."""

    path: tuple[str, ...]
    months: str | None = None
    """As asked: a number, ``null``, or None where the argument is left out. Both mean 3."""

    @property
    def asked_months(self) -> int:
        """Months that an ``income`` on the way is asked for."""
        return 3 if self.months in (None, "null") else int(self.months)

    def __str__(self) -> str:
        argument = "" if self.months is None else f"(months: {self.months})"
        return ".".join(name + (argument if name == "income" else "") for name in self.path)


@lru_cache(maxsize=65_536)
def opened_by(claim_type: ClaimType, of: Coordinate) -> frozenset[Mark]:
    """The marks under which a coordinate of a Person is open; none: it is open to nobody.

    A path opens its field and all below it; a person reached on the way opens names and birth date and no more, unless a
    longer path is listed.
    """
    ends = _people_on_the_way(of.path)
    last = ends[-1] if ends else 0
    found = {each.mark for each in claim_type.listed if _covers(each, of) and len(each.path) > last}
    if ends and of.path[last:] and of.path[last] in _NAMES and len(of.path) == last + 1:
        found |= opened_by(claim_type, Coordinate(of.path[:last], of.months))
    # Properties of an enterprise are open through a claim that names it as its applicant, and no other way.
    elsewhere = {("entity", "properties"), ("entity", "accessLog")} & set(pairwise(of.path))
    return frozenset() if elsewhere else frozenset(found)


def opened_of_legal_entity(claim_type: ClaimType, of: Coordinate) -> frozenset[Mark] | None:
    """The same for a LegalEntity; None: open data, for which READ of the claim is enough."""
    if of.path[0] == "accessLog":
        return frozenset()
    if of.path[0] != "properties":
        return None
    return frozenset() if claim_type.legal_properties is None else frozenset({claim_type.legal_properties})


def _covers(listed: Listed, of: Coordinate) -> bool:
    within = listed.most_months is None or of.asked_months <= listed.most_months
    return of.path[: len(listed.path)] == listed.path and within


def _people_on_the_way(path: tuple[str, ...]) -> list[int]:
    """After how many names a Person is passed; the end of the path is not on the way."""
    found, at = [], 0
    while True:
        step = next((each for each in _TO_PERSON if path[at : at + len(each)] == each), None)
        if step is None or at + len(step) >= len(path):
            return found
        at += len(step)
        found.append(at)


def _read() -> dict[str, ClaimType]:
    found = {}
    for row in _TABLE.replace("\n    ", " ").strip().splitlines():
        code, department, third_parties, evidence = (cell.strip() for cell in row.split("|"))
        listed = [Listed(("personCode",), Mark.PLAIN), Listed(("restricted",), Mark.ITALIC)]
        for group in re.findall(r"\*\*[^*]+\*\*|\*[^*]+\*|[^*]+", evidence):
            mark = Mark.BOLD if group.startswith("**") else Mark.ITALIC if group.startswith("*") else Mark.PLAIN
            for text in group.strip("* ").split():
                path, _, bound = text.partition("(months<=")
                listed.append(Listed(tuple(path.split(".")), mark, int(bound.rstrip(")")) if bound else None))
        found[code] = ClaimType(code, department, third_parties == "T", tuple(listed))
    return found


CLAIM_TYPES = _read()
