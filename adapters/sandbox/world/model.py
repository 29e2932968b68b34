"""What the simulated registers know, in the registers' own codes. Money is whole euro cents, a month is ``YYYY-MM``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date


@dataclass(frozen=True, slots=True)
class Address:
    """One entry of the address register. ``code`` has 9 digits, ``atvk`` 7."""

    code: str
    text: str
    atvk: str | None = None
    parish: str | None = None
    street: str | None = None
    house: str | None = None
    flat: str | None = None
    postal_code: str | None = None
    status: str = "EKS"
    closed: date | None = None
    successor: str | None = None


FOUNDED = date(2010, 1, 4)
"""When an enterprise was registered of which nobody wrote it down."""


@dataclass(frozen=True, slots=True)
class Office:
    """One entry of the enterprise register about a person in an enterprise; historic where it has ended."""

    code: str
    post: str
    right: str | None
    first: date
    ended: date | None = None


@dataclass(frozen=True, slots=True)
class Enterprise:
    """A legal entity as the registers name it. ``number`` has 11 digits, ``seat`` is an address code."""

    number: str
    name: str
    address: str | None = None
    vat: bool = False
    properties: tuple[Property, ...] = ()
    form: str = "SIA"
    status: str = "REGISTRETS"
    registered: date = FOUNDED
    removed: date | None = None
    seat: str | None = None
    offices: tuple[Office, ...] | None = None
    """None: nobody wrote them down, and they are worked out."""


@dataclass(frozen=True, slots=True)
class IncomeSource:
    """The same income each month from ``first`` to before ``end`` (None: still), both first days of months."""

    kind: str
    gross: int
    tax: int | None
    first: date
    end: date | None = None
    payer: str | None = None
    payer_name: str | None = None
    wobble: int = 0
    """Cents by which a month may differ, so that generated salaries do not look printed."""


@dataclass(frozen=True, slots=True)
class TaxBook:
    """Salary tax book in force."""

    first: date | None
    last: date | None = None
    employer: str | None = None
    employer_name: str | None = None
    dependants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Benefit:
    """One benefit of one municipality; ``amount`` in cents a month."""

    atvk: str
    kind: str
    amount: int | None
    first: date
    last: date | None
    status: str


@dataclass(frozen=True, slots=True)
class SocialStatus:
    """One social status in one municipality."""

    atvk: str
    kind: str
    first: date
    last: date | None


@dataclass(frozen=True, slots=True)
class Property:
    """One property and the owner's share in it. ``number`` has 11 digits."""

    number: str
    kind: str
    share: str | None
    address: str | None
    value: int | None


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One vehicle of the person; ``plate`` is None where there is none, or where it was handed in."""

    plate: str | None
    make: str
    model: str | None
    year: int | None
    since: date | None
    share: str | None = None
    status: str = "UZS"
    stolen: bool = False


@dataclass(frozen=True, slots=True)
class Resident:
    """One person. Household and siblings are not stored: the world derives them from address and family."""

    code: str
    given_name: str | None = None
    family_name: str | None = None
    birth_date: str | None = None
    """ISO 8601, trailing parts left out where unknown; None: the register answers nil."""
    sex: str = "N"
    citizenship: str | None = "LVA"
    status: str = "AKT"
    marital: str = "NAV"
    restricted: bool = False
    former_codes: tuple[str, ...] = ()
    address: str | None = None
    atvk: str | None = None
    declared_since: date | None = None
    spouse: str | None = None
    partner: str | None = None
    children: tuple[str, ...] = ()
    income: tuple[IncomeSource, ...] = ()
    tax_book: TaxBook | None = None
    benefits: tuple[Benefit, ...] = ()
    social_statuses: tuple[SocialStatus, ...] = ()
    properties: tuple[Property, ...] = ()
    vehicles: tuple[Vehicle, ...] = ()
    unemployed_since: date | None = None
    """Registered as unemployed since then."""
    unemployed_until: date | None = None
    """First day on which the person no longer was."""
    job_seeker_since: date | None = None
    """Registered as looking for work, and not as unemployed, since then."""


@dataclass(frozen=True, slots=True)
class OpeningCase:
    """A case that an owner's system holds from the start."""

    register: str
    reference: str
    claim_id: str
    message_id: str
    claim_type: str
    municipality: str | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """Another person at the same address with a family link; ``relation`` is the other's to the person."""

    resident: Resident
    relation: str
    since: date | None


@dataclass(slots=True)
class World:
    """Everything the registers hold, indexed by the keys they are asked by."""

    municipalities: dict[str, str]
    """ATVK to name."""
    residents: dict[str, Resident]
    addresses: dict[str, Address]
    enterprises: dict[str, Enterprise]
    cases: tuple[OpeningCase, ...] = ()
    _by_former: dict[str, str] = field(default_factory=dict)
    _by_address: dict[str, list[str]] = field(default_factory=dict)
    _parents: dict[str, list[str]] = field(default_factory=dict)

    protection: list[tuple[str, bool]] = field(default_factory=list)
    """Whose data was restricted and whose no longer is, in order: code, and whether it is."""

    def __post_init__(self) -> None:
        self.protection += [(one.code, True) for one in self.residents.values() if one.restricted]
        for resident in self.residents.values():
            for former in resident.former_codes:
                self._by_former[former] = resident.code
            if resident.address is not None:
                self._by_address.setdefault(resident.address, []).append(resident.code)
            for child in resident.children:
                self._parents.setdefault(child, []).append(resident.code)

    def at_address(self, code: str) -> tuple[Resident, ...]:
        """Everybody declared at an address."""
        return tuple(self.residents[one] for one in self._by_address.get(code, ()))

    def has_parents(self, code: str) -> bool:
        """Whether the world knows a parent of the person."""
        return code in self._parents

    def resident(self, code: str) -> Resident | None:
        """Find by current or former personal code."""
        return self.residents.get(code) or self.residents.get(self._by_former.get(code, ""))

    def household(self, resident: Resident) -> tuple[Link, ...]:
        """The others at the same address who are family, each with the relation to ``resident``."""
        if resident.address is None:
            return ()
        found = []
        for code in self._by_address[resident.address]:
            other = self.residents[code]
            relation = None if code == resident.code else self._relation(resident, other)
            if relation is not None:
                days = [day for day in (resident.declared_since, other.declared_since) if day is not None]
                found.append(Link(other, relation, max(days, default=None)))
        return tuple(found)

    def _relation(self, person: Resident, other: Resident) -> str | None:
        if other.code == person.spouse:
            return "LAU"
        if other.code == person.partner:
            return "PAR"
        if other.code in person.children:
            return "BER"
        if person.code in other.children:
            return "VEC"
        mine, theirs = self._parents.get(person.code, ()), self._parents.get(other.code, ())
        if set(mine) & set(theirs):
            return "BRM"
        if other.code in parents_of(mine, self._parents):
            return "VVE"
        return "MAZ" if person.code in parents_of(theirs, self._parents) else None

    def another_person(self, asked: Iterable[str]) -> Resident:
        """Somebody else than those asked for: with an income, so that a mix-up shows in every register."""
        current = {found.code for code in asked if (found := self.resident(code)) is not None}
        return next(one for one in self.residents.values() if one.income and one.tax_book and one.code not in current)

    def another_owner(self, asked: Sequence[str]) -> Enterprise:
        """An enterprise that owns something, whatever was asked for."""
        return next(one for one in self.enterprises.values() if one.properties and one.number not in asked)

    def another_address(self, asked: Sequence[str]) -> Address:
        """An address that was not asked for."""
        return next(one for one in self.addresses.values() if one.code not in asked)

    def another_enterprise(self, asked: str) -> Enterprise:
        """An enterprise with a VAT number that was not asked for."""
        return next(one for one in self.enterprises.values() if one.vat and one.number != asked)


def parents_of(people: Iterable[str], parents: dict[str, list[str]]) -> set[str]:
    """Parents of these people."""
    return {parent for person in people for parent in parents.get(person, ())}


def month_start(today: date, offset: int) -> date:
    """First day of the month that lies ``offset`` months from the month of ``today``."""
    months = today.year * 12 + today.month - 1 + offset
    return date(months // 12, months % 12 + 1, 1)
