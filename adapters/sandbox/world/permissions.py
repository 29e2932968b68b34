"""What the gateway may ask DAGR for: permissions as VIRSIS numbers them, invented, those that do not hold too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

SERVICE = "nva_person_status"
_EVERYTHING = ("PersonCode", "Status", "Since", "Branch")


@dataclass(frozen=True, slots=True)
class Permission:
    """One permission; days are counted from today."""

    number: str
    purpose: str
    service: str = SERVICE
    used: int = 0
    quota: int = 100_000
    begins: int = -300
    ends: int = 400
    opens: tuple[str, ...] = field(default=_EVERYTHING)

    def days(self, today: date) -> tuple[date, date]:
        """First and last day."""
        return today + timedelta(days=self.begins), today + timedelta(days=self.ends)


BY_PURPOSE: Mapping[str, Permission] = {
    "housing-benefit": Permission("V-1001", "Mājokļa pabalsta piešķiršana"),
    "guaranteed-minimum-income": Permission("V-1002", "GMI pabalsta piešķiršana"),
    "needy-household-status": Permission("V-1003", "Trūcīgas mājsaimniecības statusa noteikšana"),
    "unemployment-benefit": Permission("V-1004", "Bezdarbnieka pabalsta piešķiršana"),
    "self": Permission("V-1005", "Personas iepazīstināšana ar saviem datiem"),
}
"""By claim type, or ``self``: those that hold."""

_HOUSING = BY_PURPOSE["housing-benefit"]
OTHERS: tuple[Permission, ...] = (
    replace(_HOUSING, number="V-2001", ends=-2),
    replace(_HOUSING, number="V-2002", begins=2),
    replace(_HOUSING, number="V-2003", service="fpr_person"),
    replace(_HOUSING, number="V-2004", quota=2),
    replace(_HOUSING, number="V-2005", ends=10),
    replace(_HOUSING, number="V-2006", opens=("PersonCode", "Status", "Since")),
    replace(_HOUSING, number="V-2007", used=95, quota=100),
    replace(_HOUSING, number="V-2008", quota=0),
)
"""For housing benefit too, and each with something about it."""


def all_permissions() -> Iterator[Permission]:
    """Everything that DAGR lists."""
    yield from BY_PURPOSE.values()
    yield from OTHERS
