"""What must hold between registers. Each sentence gives where it does not, in words without anybody's data."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from schema.records.employment import EmploymentRecord
from schema.records.enterprise_roles import EnterpriseRoles
from schema.records.income_history import IncomeHistory
from schema.records.legal_entity import EntityOfficers, LegalEntityRecord
from schema.records.natural_person import NaturalPerson
from schema.records.real_estate import RealEstate
from schema.records.registered_address import AddressStatus, RegisteredAddress
from schema.records.social_insurance import SocialInsurance, StateBenefits
from schema.records.tax_book import TaxBookRecord
from schema.records.vehicle_fleet import VehicleFleet
from schema.terms import MaritalStatus, PersonCode, PersonStatus
from tests.residents.reading import OF_PEOPLE, Told

Check = Callable[[Told], Iterator[str]]
INVARIANTS: dict[str, Check] = {}
"""By the sentence that it holds."""

_OPPOSITE = {
    "spouse": "spouse",
    "partner": "partner",
    "child": "parent",
    "parent": "child",
    "sibling": "sibling",
    "grandparent": "grandchild",
    "grandchild": "grandparent",
}
_YOUNGEST_PARENT = 14
_SALARY = "salary"


def invariant(sentence: str) -> Callable[[Check], Check]:
    """Register a check under what it holds."""

    def registered(check: Check) -> Check:
        INVARIANTS[sentence] = check
        return check

    return registered


@invariant("every register answers, and about nobody else")
def _all_answer(told: Told) -> Iterator[str]:
    natural = told.natural
    for register, times in told.failed.items():
        yield f"{register} gave no usable answer {times} times"
    for record_type in OF_PEOPLE:
        known = set(told.codes) | {code for one in natural.values() for code in one.former_person_codes}
        if not told.people[record_type].keys() <= known:
            yield f"{record_type.__name__} of somebody else"


@invariant("everybody stands in the population register under the current code, with a name")
def _registered(told: Told) -> Iterator[str]:
    natural = told.natural
    for code in told.codes:
        one = natural.get(code)
        if one is None:
            yield f"{_who(told, code)} is not there"
        elif one.person_code != code:
            yield f"{_who(told, code)} has another code"
        elif not one.given_name:
            yield f"{_who(told, code)} has no name"


@invariant("a former code is the same person in every register")
def _former(told: Told) -> Iterator[str]:
    natural = told.natural
    for code, one in natural.items():
        for former in one.former_person_codes:
            if former in natural:
                yield f"{_who(told, code)} has a former code that is somebody's current one"
            for record_type in OF_PEOPLE:
                found = told.people[record_type]
                if found.get(former) != found.get(code):
                    yield f"{_who(told, code)} differs in {record_type.__name__} by a former code"


@invariant("nobody is born later than today, or before their parents are old enough")
def _births(told: Told) -> Iterator[str]:
    natural = told.natural
    this_year = datetime.now(UTC).year
    for code, one in natural.items():
        if one.birth_date is None:
            continue
        if one.birth_date.year > this_year:
            yield f"{_who(told, code)} is not born yet"
        for child in one.children:
            theirs = natural[child].birth_date if child in natural else None
            if theirs is not None and theirs.year < one.birth_date.year + _YOUNGEST_PARENT:
                yield f"{_who(told, code)} has a child too early"


@invariant("children are persons, have two parents at most, and live with them as their children")
def _children(told: Told) -> Iterator[str]:
    natural = told.natural
    parents: Counter[PersonCode] = Counter()
    for code, one in natural.items():
        parents.update(one.children)
        if not set(one.children) <= natural.keys():
            yield f"{_who(told, code)} has a child whom the register does not know"
        for link in one.household:
            if (link.relation == "child") != (link.person_code in one.children):
                yield f"{_who(told, code)} lives with a child who is none, or the other way round"
    yield from (f"{_who(told, code)} has {number} parents" for code, number in parents.items() if number > 2)


@invariant("each family link has its opposite, from the same day, at the same address, with the other's protection")
def _links(told: Told) -> Iterator[str]:
    natural = told.natural
    for code, one in natural.items():
        for link in one.household:
            other = natural[link.person_code]
            back = [each for each in other.household if each.person_code == code]
            if [each.relation for each in back] != [_OPPOSITE.get(link.relation)]:
                yield f"{_who(told, code)} is {link.relation} of nobody who says so"
            elif back[0].since != link.since:
                yield f"{_who(told, code)} lives with another since different days"
            if other.declared_address != one.declared_address:
                yield f"{_who(told, code)} is of a household at another address"
            if link.restricted != other.restricted:
                yield f"{_who(told, code)} is linked to somebody whose protection the link does not say"


@invariant("spouses are each other's, one each, and both married")
def _spouses(told: Told) -> Iterator[str]:
    natural = told.natural
    for code, one in natural.items():
        spouses = [link.person_code for link in one.household if link.relation == "spouse"]
        if len(spouses) > 1:
            yield f"{_who(told, code)} has several"
        if spouses and one.marital_status is not MaritalStatus.MARRIED:
            yield f"{_who(told, code)} has one and is not married"


@invariant("declared addresses stand in the address register, in use, in the municipality that is declared")
def _declared(told: Told) -> Iterator[str]:
    natural = told.natural
    for code, one in natural.items():
        if one.declared_address is None:
            continue
        address = told.addresses.get(one.declared_address)
        if address is None:
            yield f"{_who(told, code)} is declared at an address that there is not"
        elif address.status is not AddressStatus.CURRENT:
            yield f"{_who(told, code)} is declared at an address that is no more"
        elif address.municipality != one.declared_municipality:
            yield f"{_who(told, code)} is declared in another municipality than the address lies in"


@invariant("only the municipality of the declared address has a person in its social system, and names itself")
def _municipal(told: Told) -> Iterator[str]:
    natural = told.natural
    for resident, record in told.assistance.items():
        one = natural.get(resident.person)
        if one is not None and one.declared_municipality != resident.municipality:
            yield f"{_who(told, resident.person)} is known to {resident.municipality}, and declared elsewhere"
        if {each.payer for each in record.benefits} - {f"social-{resident.municipality}"}:
            yield f"{resident.municipality} names another payer"
        if {each.municipality for each in record.social_statuses} - {resident.municipality}:
            yield f"{resident.municipality} names another municipality's status"


@invariant("who paid an income, or holds a tax book, stands in the enterprise register under that name")
def _payers(told: Told) -> Iterator[str]:
    incomes = told.of(IncomeHistory)
    for code, history in incomes.items():
        for line in history.lines:
            yield from _named(told, code, "payer", line.payer, line.payer_name)
    for code, book in told.of(TaxBookRecord).items():
        yield from _named(told, code, "employer", book.employer, book.employer_name)


def _named(told: Told, code: PersonCode, what: str, number: Any, name: str | None) -> Iterator[str]:
    if number is None:
        return
    entity = told.entities.get(number)
    if entity is None:
        yield f"{_who(told, code)} has a {what} that there is not"
    elif name is not None and entity.name != name:
        yield f"{_who(told, code)} has a {what} of another name"


@invariant("a month's salary was paid by who was the employer then, and the agency knows of no other employer")
def _salaries(told: Told) -> Iterator[str]:
    incomes = told.of(IncomeHistory)
    insured = told.of(SocialInsurance)
    for code, history in incomes.items():
        periods = insured[code].periods if code in insured else ()
        for line in history.lines:
            if line.kind != _SALARY:
                continue
            then = {each.employer for each in periods if _covers(each, line.month)}
            if line.payer_name is not None and line.payer_name not in then:
                yield f"{_who(told, code)} was paid by who was no employer then"
    for code, one in insured.items():
        months = {line.month for line in incomes[code].lines} if code in incomes else set()
        for month in months:
            paid = {line.payer_name for line in incomes[code].lines if line.month == month}
            for period in one.periods:
                if _covers(period, month) and period.employer is not None and period.employer not in paid:
                    yield f"{_who(told, code)} was insured by who paid nothing that month"


def _covers(period: Any, month: str) -> bool:
    last = "9999-12" if period.to is None else period.to.isoformat()[:7]
    return bool(period.from_.isoformat()[:7] <= month <= last)


@invariant("who is registered as unemployed has no salary now")
def _unemployed(told: Told) -> Iterator[str]:
    insured = told.of(SocialInsurance)
    for code, one in told.of(EmploymentRecord).items():
        periods = insured[code].periods if code in insured else ()
        if one.unemployed and any(each.to is None for each in periods):
            yield f"{_who(told, code)} is employed"


@invariant("dependants are children of whose tax book they stand in")
def _dependants(told: Told) -> Iterator[str]:
    natural = told.natural
    for code, book in told.of(TaxBookRecord).items():
        if not set(book.dependants) <= set(natural[code].children):
            yield f"{_who(told, code)} has a dependant who is no child of theirs"


@invariant("what the state pays, the population register's living get")
def _dead(told: Told) -> Iterator[str]:
    natural = told.natural
    for code, one in natural.items():
        if one.legal_status is not PersonStatus.DECEASED:
            continue
        paid = told.people[StateBenefits].get(code)
        if paid is not None and any(each.status == "ACTIVE" for each in paid.benefits):
            yield f"{_who(told, code)} is paid a benefit"
        insured = told.people[SocialInsurance].get(code)
        if insured is not None and any(each.to is None for each in insured.periods):
            yield f"{_who(told, code)} works"
        roles = told.people[EnterpriseRoles].get(code)
        if roles is not None and roles.roles:
            yield f"{_who(told, code)} holds an office"


@invariant("officers are persons of the population register who hold that office, and the other way round")
def _officers(told: Told) -> Iterator[str]:
    natural = told.natural
    held: dict[Any, Counter[Any]] = defaultdict(Counter)
    for code, record in told.of(EnterpriseRoles).items():
        one = natural[code]
        for role in record.roles:
            if role.entity not in told.entities:
                yield f"{_who(told, code)} has a role in an enterprise that there is not"
            held[role.entity][one.given_name, one.family_name, role.role, role.since] += 1
    for number, entity in told.officers.items():
        for officer in entity.officers:
            seat = (officer.given_name, officer.family_name, officer.role, officer.since)
            if not held[number][seat]:
                yield f"an officer of enterprise {_which(told, number)} is nobody"


@invariant("open data say of enterprises and addresses what the registers themselves say")
def _open_data(told: Told) -> Iterator[str]:
    own: dict[type[Any], dict[Any, Any]] = {LegalEntityRecord: told.entities, RegisteredAddress: told.addresses}
    for record_type, shared in (
        (LegalEntityRecord, ("name", "legal_form", "registered_on")),
        (RegisteredAddress, ("full_text", "municipality", "status")),
    ):
        found = told.open_data[record_type]
        for key, record in own[record_type].items():
            if key not in found:
                yield f"{record_type.__name__} is not in the open data"
            elif any(getattr(record, each) != getattr(found[key], each) for each in shared):
                yield f"{record_type.__name__} is another in the open data"
    published = told.open_data[EntityOfficers]
    for number, entity in told.officers.items():
        if _seats(entity) != _seats(published.get(number)):
            yield f"enterprise {_which(told, number)} has other officers in the open data"


def _seats(entity: EntityOfficers | None) -> Counter[Any]:
    """Who is what; open data have a name in one piece, the family name first, and no enterprise without officers."""
    if entity is None:
        return Counter()
    return Counter(
        (" ".join(each for each in (one.family_name, one.given_name) if each), one.role, one.since)
        for one in entity.officers
    )


@invariant("real estate lies at addresses that there are, and its owners' shares come to one at most")
def _real_estate(told: Told) -> Iterator[str]:
    shares: dict[str, Fraction] = defaultdict(Fraction)
    for owned in (*told.of(RealEstate).values(), *told.real_estate.values()):
        for each in owned.properties:
            shares[each.cadastre_number] += Fraction(each.share or 1)
            if each.address is not None and each.address not in told.addresses:
                yield "a property lies at an address that there is not"
    yield from (f"a property is owned {share} times" for share in shares.values() if share > 1)


@invariant("a plate is one vehicle's, and its owners' shares come to one at most")
def _vehicles(told: Told) -> Iterator[str]:
    shares: dict[str, Fraction] = defaultdict(Fraction)
    kinds: dict[str, set[Any]] = defaultdict(set)
    for fleet in told.of(VehicleFleet).values():
        for each in fleet.vehicles:
            if each.plate is not None:
                shares[each.plate] += Fraction(each.share or 1)
                kinds[each.plate].add((each.make, each.model, each.year, each.status, each.stolen))
    yield from (f"a vehicle is owned {share} times" for share in shares.values() if share > 1)
    yield from ("a plate is on two vehicles" for found in kinds.values() if len(found) > 1)


@invariant("whom the population register restricts, its notices name, and nobody else")
def _protected(told: Told) -> Iterator[str]:
    natural = told.natural
    restricted = {code for code, one in natural.items() if one.restricted}
    if not restricted:
        yield "nobody is protected, so nothing is held"
    yield from (f"{_who(told, code)} is restricted and not told of" for code in restricted - told.protected)
    yield from (f"{_who(told, code)} is told of and not restricted" for code in told.protected - restricted)


@invariant("no personal code, of whomever, stands in an address that is asked")
def _targets(told: Told) -> Iterator[str]:
    natural = told.natural
    codes = {code.digits for one in natural.values() for code in (one.person_code, *one.former_person_codes)}
    for target in told.targets:
        if codes & set(re.findall(r"[0-9]{11}", target.replace("-", ""))):
            yield "a register is asked about a person in the address"


def _who(told: Told, code: PersonCode) -> str:
    """By the place in the world's order, which the seed gives: enough to find, and no code."""
    current = told.people[NaturalPerson][code].person_code if code in told.people[NaturalPerson] else code
    return f"resident {told.codes.index(current) + 1}"


def _which(told: Told, number: Any) -> int:
    return list(told.entities).index(number) + 1
