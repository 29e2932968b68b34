"""People and what registers hold of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import strawberry

from schema.graph.batches import each, read
from schema.graph.declare import attribute, projection, relation
from schema.graph.guardian import ChildLog, logs_of_children
from schema.graph.inputs import ClaimFilter
from schema.graph.joined import with_joined
from schema.graph.legal_entity import Address, LegalEntity, Property, addresses, properties_of, withheld
from schema.graph.organisations import Mandate
from schema.graph.scalars import Money
from schema.graph.social_security import Benefit, SocialStatus, benefits_of, social_statuses_of
from schema.partial_date import PartialDate
from schema.ports import FieldError, Purpose, Request
from schema.records.employment import EmploymentRecord
from schema.records.enterprise_roles import EnterpriseRoles
from schema.records.income_history import IncomeHistory
from schema.records.natural_person import NaturalPerson
from schema.records.real_estate import RealEstate
from schema.records.registered_address import RegisteredAddress
from schema.records.social_assistance import SocialAssistance
from schema.records.social_insurance import SocialInsurance, StateBenefits
from schema.records.tax_book import TaxBookRecord
from schema.records.vehicle_fleet import VehicleFleet
from schema.terms import (
    ErrorCode,
    MaritalStatus,
    PersonCode,
    PersonStatus,
    RegistrationNumber,
    Sex,
)
from schema.text import Text
from schema.wording import GIVE_ONE_WITHIN

if TYPE_CHECKING:
    from schema.graph.claim import ClaimConnection
    from schema.graph.transparency import AccessEntryConnection

_Person = Annotated["Person", strawberry.lazy("schema.graph.person")]
_ClaimConnection = Annotated["ClaimConnection", strawberry.lazy("schema.graph.claim")]
_AccessEntryConnection = Annotated["AccessEntryConnection", strawberry.lazy("schema.graph.transparency")]

DEFAULT_MONTHS = 3
MOST_MONTHS = 36


@dataclass(frozen=True, slots=True)
class _AsTyped:
    """All that is known of a mandate's holder to its grantor."""

    person_code: PersonCode


async def _naturals(people: Sequence["Person"], request: Request) -> Sequence[Any]:
    """Records of the population register; of who is known as typed alone, that."""
    if not any([person.as_typed for person in people]):  # noqa: C419 - a generator costs more than the answer
        return await read(people, request, NaturalPerson)
    found = iter(await read([person for person in people if not person.as_typed], request, NaturalPerson))
    return [_AsTyped(person.code) if person.as_typed else next(found) for person in people]


def held(result: Any, description: str, name: str, made: Callable[[Any], Any] | None = None) -> Any:
    """Declare a field of the population register's record."""
    return projection(_naturals, NaturalPerson, name, result, description, made)


async def _declared_addresses(people: Sequence["Person"], request: Request) -> list[Any]:
    records = await read(people, request, NaturalPerson)
    codes: list[Any] = []
    for person, record in zip(people, records, strict=True):
        if not isinstance(record, NaturalPerson):
            codes.append(record)
        elif person.purpose.withholds and (person.purpose.restricted or record.restricted):
            codes.append(None)
        else:
            codes.append(record.declared_address)
    found = await addresses(codes, [person.purpose for person in people], request)
    return [
        withheld() if address is None and person.purpose.withholds else address
        for address, person in zip(found, people, strict=True)
    ]


class _Member(msgspec.Struct, frozen=True, gc=False):
    """A :class:`HouseholdMember` in the making: a list has several for each of its people."""

    code: PersonCode
    purpose: Purpose
    relation: str
    since: date | None


def _household_of(person: "Person", record: NaturalPerson) -> Any:
    purpose, household = person.purpose, record.household
    if purpose.withholds:
        restricted = purpose.restricted or record.restricted or any(link.restricted for link in household)
        if restricted or not household:
            return withheld()
    return [
        # By position: these are built for every member of a list's households.
        _Member(link.person_code, purpose, link.relation, link.since)
        for link in household
    ]


async def _households(people: Sequence["Person"], request: Request) -> list[Any]:
    answers: list[Any] = []
    for record, person in zip(await read(people, request, NaturalPerson), people, strict=True):
        if record is None and person.purpose.withholds:
            answers.append(withheld())
        elif record is None or isinstance(record, FieldError):
            answers.append(record)
        else:
            answers.append(_household_of(person, record))
    return answers


async def _members(found: Sequence[_Member], request: Request) -> list[Any]:
    return [request.records.person(member.code, member.purpose) for member in found]


async def _children(people: Sequence["Person"], request: Request) -> list[Any]:
    return [
        None
        if record is None
        else record
        if isinstance(record, FieldError)
        else [request.records.person(code, person.purpose) for code in record.children]
        for record, person in zip(await read(people, request, NaturalPerson), people, strict=True)
    ]


_MONTHS_OUT_OF_BOUNDS = Text("`months` is a number from 1 to {most}.", "`months` ir skaitlis no 1 līdz {most}.").filled(
    most=MOST_MONTHS
)


async def _income(
    people: Sequence["Person"],
    request: Request,
    months: Annotated[int | None, strawberry.argument(description="How many months back, 1 to 36.")] = DEFAULT_MONTHS,
) -> list[Any]:
    wanted = DEFAULT_MONTHS if months is None else months
    if not 1 <= wanted <= MOST_MONTHS:
        return [FieldError(ErrorCode.VARIABLES, _MONTHS_OUT_OF_BOUNDS, remedy=GIVE_ONE_WITHIN) for _ in people]

    def latest(history: IncomeHistory) -> list[Any]:
        since = request.month_before(wanted)
        newest = sorted({line.month for line in history.lines if line.month >= since}, reverse=True)[:wanted]
        return [line for line in history.lines if line.month in newest]

    return each(await read(people, request, IncomeHistory), latest)


async def _tax_books(people: Sequence["Person"], request: Request) -> list[Any]:
    return [
        record if record is None or isinstance(record, FieldError) else TaxBook.of(record, person.purpose)
        for record, person in zip(await read(people, request, TaxBookRecord), people, strict=True)
    ]


async def _dependants(books: Sequence["TaxBook"], request: Request) -> list[Any]:
    return [[request.records.person(code, book.purpose) for code in book.dependant_codes] for book in books]


async def _properties(people: Sequence["Person"], request: Request) -> list[Any]:
    owners, purposes = [person.code for person in people], [person.purpose for person in people]
    return properties_of(await read(people, request, RealEstate), owners, purposes)


async def _vehicles(people: Sequence["Person"], request: Request) -> list[Any]:
    return each(await read(people, request, VehicleFleet), lambda record: list(record.vehicles))


async def _employment(people: Sequence["Person"], request: Request) -> Sequence[Any]:
    return await read(people, request, EmploymentRecord)


async def _insurance(people: Sequence["Person"], request: Request) -> Sequence[Any]:
    return await read(people, request, SocialInsurance)


async def _enterprises(people: Sequence["Person"], request: Request) -> list[Any]:
    return each(await read(people, request, EnterpriseRoles), lambda record: list(record.roles))


async def _role_entities(roles: Sequence[Any], request: Request) -> list[Any]:
    return [request.records.legal_entity(role.entity, None) for role in roles]


async def _mandates_given(people: Sequence["Person"], request: Request) -> list[Any]:
    return [await request.claims.mandates_given(person.subject) for person in people]


async def _mandates_held(people: Sequence["Person"], request: Request) -> list[Any]:
    return [await request.claims.mandates_held(person.subject) for person in people]


async def _claims(
    people: Sequence["Person"],
    request: Request,
    filter: Annotated[ClaimFilter | None, strawberry.argument(description="Which of them.")] = None,
    first: Annotated[int | None, strawberry.argument(description="How many, at most 1,000.")] = 20,
    after: Annotated[str | None, strawberry.argument(description="Cursor of the last one seen.")] = None,
) -> list[Any]:
    return [await request.claims.page(filter, first, after, person.subject) for person in people]


async def _access_log(
    people: Sequence["Person"],
    request: Request,
    first: Annotated[int | None, strawberry.argument(description="How many, at most 1,000.")] = 50,
    after: Annotated[str | None, strawberry.argument(description="Cursor of the last one seen.")] = None,
) -> list[Any]:
    return [await request.claims.access_log(person.subject, first, after) for person in people]


@strawberry.type(description="Income of one month from one source (State Revenue Service).")
class Income:
    month: str = attribute("YYYY-MM.")
    gross: Money = attribute("Gross, euro.")
    tax_withheld: Money | None = attribute("Tax withheld, euro.")
    payer_name: str | None = attribute("Who paid.")
    payer: RegistrationNumber | None = attribute("Registration number of the payer.")
    kind: str = attribute("Kind of income.")


@strawberry.type(description="Salary tax book (algas nodokļa grāmatiņa) in force.")
class TaxBook:
    employer: RegistrationNumber | None = attribute("Where it is lodged.")
    employer_name: str | None = attribute("Name of the employer.")
    valid_from: date | None = attribute("First day.")
    valid_to: date | None = attribute("Last day.")
    dependant_codes: strawberry.Private[tuple[PersonCode, ...]]
    purpose: strawberry.Private[Purpose]
    dependants = relation(_dependants, list[_Person] | None, "Dependants entered in it.", discloses=attrgetter("code"))

    @classmethod
    def of(cls, record: TaxBookRecord, purpose: Purpose) -> "TaxBook":
        """The tax book of a record, read for a purpose."""
        return cls(
            employer=record.employer,
            employer_name=record.employer_name,
            valid_from=record.valid_from,
            valid_to=record.valid_to,
            dependant_codes=record.dependants,
            purpose=purpose,
        )


@strawberry.type(description="A period of social insurance.")
class InsurancePeriod:
    from_: date = attribute("First day.", name="from")
    to: date | None = attribute("Last day; null while it lasts.")
    employer: str | None = attribute("Who paid the contributions.")
    base: Money | None = attribute("Contribution base, euro a month.")


@strawberry.type(description="Contributions and periods (State Social Insurance Agency).")
class InsuranceRecord:
    total_years: Decimal | None = attribute("Years of insurance.")
    contributions_since: date | None = attribute("Day of the first contribution.")
    periods: list[InsurancePeriod] | None = attribute("Periods.")


@strawberry.type(description="Whether a person is registered as unemployed (State Employment Agency).")
class EmploymentStatus:
    unemployed: bool = attribute(
        "Registered as unemployed now; a job seeker is not, and neither is whose registration has ended."
    )
    since: date | None = attribute("Day from which that is so.")
    registered_at: str | None = attribute("Branch of the agency.")


@strawberry.type(description="A vehicle (CSDD).")
class Vehicle:
    plate: str | None = attribute("Registration plate.")
    make: str | None = attribute("Make.")
    model: str | None = attribute("Model.")
    year: int | None = attribute("Year of manufacture.")
    registered_since: date | None = attribute("Registered to the person since.")
    share: str | None = attribute("Share in it, as a fraction; null for the only owner.")
    status: str | None = attribute(
        "REGISTERED, SUSPENDED, DEREGISTERED_FOR_TRANSFER, DEREGISTERED_FOR_EXPORT, EXCLUDED or SCRAPPED."
    )
    stolen: bool | None = attribute("Whether the police look for it.")


@strawberry.type(description="A person's role in a legal entity (enterprise register).")
class LegalEntityRole:
    entity = relation(_role_entities, LegalEntity, "The legal entity.")
    role: str = attribute("The role.")
    since: date | None = attribute("Since when.")


@strawberry.type(description="Another person declared at the same address who has a family link.")
class HouseholdMember:
    person = relation(_members, _Person, "The other person.")
    relation: str = attribute("Relation of the other to the person: spouse, child, parent, sibling, ...")
    since: date | None = attribute("Since when both are declared there.")


@strawberry.type(description="A natural person as the registers know them, seen under one purpose.")
@with_joined(read)
class Person:
    code: strawberry.Private[PersonCode]
    purpose: strawberry.Private[Purpose]
    subject: strawberry.Private[str] = ""

    as_typed: strawberry.Private[bool] = False
    """A mandate's holder, to its grantor: the code as typed is all that is shown, and nobody is asked."""

    person_code = held(PersonCode | None, "Current personal code.", "person_code")
    former_person_codes = held(list[PersonCode] | None, "Codes that were exchanged.", "former_person_codes", list)
    restricted = held(
        bool | None,
        "The population register restricts this person's data. Open to the person and the owner's officer; "
        "FORBIDDEN to all others, for everybody alike.",
        "restricted",
    )
    given_name = held(str | None, "Given name.", "given_name")
    family_name = held(str | None, "Family name.", "family_name")
    birth_date = held(PartialDate | None, "Birth date as far as it is known.", "birth_date")
    sex = held(Sex | None, "Sex.", "sex")
    citizenship = held(str | None, "Citizenship, ISO 3166-1 alpha-3.", "citizenship")
    legal_status = held(PersonStatus | None, "Status in the register.", "legal_status")
    marital_status = held(MaritalStatus | None, "Marital status.", "marital_status")
    declared_address = relation(
        _declared_addresses,
        Address | None,
        "Declared place of residence.",
        reads={NaturalPerson: frozenset({"declared_address"}), RegisteredAddress: None},
        withheld=True,
    )
    household = relation(
        _households,
        list[HouseholdMember] | None,
        "The others declared at the same address who have a family link, each with the relation to the person; empty "
        "when there is none.",
        reads={NaturalPerson: frozenset({"household"})},
        withheld=True,
        discloses=attrgetter("code"),
    )
    children = relation(
        _children,
        list[_Person] | None,
        "Children.",
        reads={NaturalPerson: frozenset({"children"})},
        discloses=attrgetter("code"),
    )
    income = relation(
        _income,
        list[Income] | None,
        "Monthly gross income by source, newest first (State Revenue Service).",
        reads={IncomeHistory: None},
    )
    tax_book = relation(_tax_books, TaxBook | None, "Tax book in force.", reads={TaxBookRecord: None})
    insurance = relation(
        _insurance,
        InsuranceRecord | None,
        "Contributions and periods (State Social Insurance Agency).",
        reads={SocialInsurance: None},
    )
    benefits = relation(
        benefits_of,
        list[Benefit] | None,
        "Benefits that are paid.",
        reads={
            NaturalPerson: frozenset({"declared_municipality"}),
            SocialAssistance: None,
            StateBenefits: None,
        },
    )
    employment_status = relation(
        _employment,
        EmploymentStatus | None,
        "Registration with the employment agency; null for who never registered.",
        reads={EmploymentRecord: None},
    )
    properties = relation(_properties, list[Property] | None, "Real estate (cadastre).", reads={RealEstate: None})
    vehicles = relation(_vehicles, list[Vehicle] | None, "Vehicles that the person owns.", reads={VehicleFleet: None})
    enterprises = relation(
        _enterprises, list[LegalEntityRole] | None, "Roles in legal entities.", reads={EnterpriseRoles: None}
    )
    social_statuses = relation(
        social_statuses_of,
        list[SocialStatus] | None,
        "Municipal social status, e.g. a needy household, with its term.",
        reads={NaturalPerson: frozenset({"declared_municipality"}), SocialAssistance: None},
    )
    mandates_given = relation(_mandates_given, list[Mandate] | None, "Mandates that the person gave.")
    mandates_held = relation(_mandates_held, list[Mandate] | None, "Mandates that the person holds.")
    claims = relation(_claims, _ClaimConnection | None, "The person's own claims.")
    access_log = relation(
        _access_log,
        _AccessEntryConnection | None,
        "Who looked at or acted on this person's data, newest first. Only for the person.",
    )
    children_logs = relation(
        logs_of_children,
        list[ChildLog] | None,
        "Who looked at the data of the person's children, while they are minors. Only for the person, by what the "
        "population register says at the moment of the request; the reading is in each child's own log.",
        reads={NaturalPerson: frozenset({"children", "household", "birth_date", "restricted"})},
        discloses=attrgetter("code"),
    )
