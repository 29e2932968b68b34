"""Legal entities, addresses and real estate."""

from collections.abc import Callable, Sequence
from datetime import date, datetime
from operator import attrgetter
from typing import TYPE_CHECKING, Annotated, Any

import strawberry

from schema.graph.batches import each, where_known
from schema.graph.declare import attribute, projection, relation
from schema.graph.organisations import Municipality, municipalities
from schema.graph.scalars import Money
from schema.ports import FieldError, Purpose, Request
from schema.records.legal_entity import EntityOfficers, LegalEntityRecord
from schema.records.natural_person import NaturalPerson
from schema.records.real_estate import PropertyRecord, RealEstate
from schema.records.registered_address import AddressStatus, RegisteredAddress
from schema.records.vat_registration import VatRegistrationRecord
from schema.terms import AddressCode, ErrorCode, PersonCode, RegistrationNumber, RepresentationRight
from schema.text import Text

if TYPE_CHECKING:
    from schema.graph.transparency import AccessEntryConnection

_AccessEntryConnection = Annotated["AccessEntryConnection", strawberry.lazy("schema.graph.transparency")]

OPEN_DATA = Purpose(issue=None, claim_type=None, municipality=None, withholds=False)


def withheld() -> FieldError:
    """The one answer for what is protected and for what is not on record, where protection applies."""
    return FieldError(ErrorCode.PROTECTED, Text("Not on record, or not to be shown.", "Nav reģistrēts vai nav rādāms."))


async def addresses(codes: Sequence[Any], purposes: Sequence[Purpose], request: Request) -> list[Any]:
    """Addresses by code; None and errors among the codes stay what they are."""

    async def look_up(known: list[AddressCode], places: list[int]) -> Sequence[Any]:
        return await request.records.read(RegisteredAddress, known, [purposes[place] for place in places])

    return await where_known(codes, look_up)


def properties_of(
    answers: Sequence[Any], owners: Sequence[PersonCode | RegistrationNumber], purposes: Sequence[Purpose]
) -> list[Any]:
    """Properties of real estate records, each with its owner and the purpose that it was read for."""
    return [
        answer
        if answer is None or isinstance(answer, FieldError)
        else [Property.of(record, owner, purpose) for record in answer.properties]
        for answer, owner, purpose in zip(answers, owners, purposes, strict=True)
    ]


async def _municipality(found: Sequence[RegisteredAddress], request: Request) -> list[Any]:
    codes = [address.municipality for address in found]
    places = await municipalities(codes, request)
    return [
        _unlisted() if place is None and code is not None else place for code, place in zip(codes, places, strict=True)
    ]


def _unlisted() -> FieldError:
    """The code list begins with the reform of 2021, and addresses outlive municipalities."""
    return FieldError(
        ErrorCode.REGISTER_CONTRACT_BROKEN,
        Text(
            "The register names a municipality that the code list does not have.",
            "Reģistrs nosauc pašvaldību, kuras klasifikatorā nav.",
        ),
        remedy=Text("Read it in `fullText`.", "Skatiet to laukā `fullText`."),
    )


async def _hidden(owned: Sequence["Property"], request: Request) -> list[bool]:
    """Of each whether its address is a protected person's: the own copy says so, or the owner's record in hand."""
    hidden = [each.purpose.withholds and each.purpose.restricted for each in owned]
    unsure = [place for place, each in enumerate(owned) if each.purpose.withholds and not hidden[place]]
    if unsure:
        owners, purposes = [owned[place].owner for place in unsure], [owned[place].purpose for place in unsure]
        for place, found in zip(unsure, await request.records.in_hand(NaturalPerson, owners, purposes), strict=True):
            hidden[place] = isinstance(found, NaturalPerson) and found.restricted
    return hidden


async def _property_addresses(owned: Sequence["Property"], request: Request) -> list[Any]:
    hidden = await _hidden(owned, request)
    codes = [None if hide else each.address_code for hide, each in zip(hidden, owned, strict=True)]
    found = await addresses(codes, [each.purpose for each in owned], request)
    return [
        withheld() if address is None and each.purpose.withholds else address
        for address, each in zip(found, owned, strict=True)
    ]


async def _read(entities: Sequence["LegalEntity"], request: Request, record: type[Any]) -> Sequence[Any]:
    numbers = [entity.registration_number for entity in entities]
    return await request.records.read(record, numbers, [entity.purpose or OPEN_DATA for entity in entities])


async def _entities(entities: Sequence["LegalEntity"], request: Request) -> Sequence[Any]:
    return await _read(entities, request, LegalEntityRecord)


def held(result: Any, description: str, name: str, made: Callable[[Any], Any] | None = None) -> Any:
    """Declare a field of the enterprise register's record."""
    return projection(_entities, LegalEntityRecord, name, result, description, made)


async def _seats(entities: Sequence["LegalEntity"], request: Request) -> list[Any]:
    codes = each(await _read(entities, request, LegalEntityRecord), attrgetter("address"))
    return await addresses(codes, [entity.purpose or OPEN_DATA for entity in entities], request)


async def _properties(entities: Sequence["LegalEntity"], request: Request) -> list[Any]:
    owners = [entity.registration_number for entity in entities]
    purposes = [entity.purpose or OPEN_DATA for entity in entities]
    return properties_of(await _read(entities, request, RealEstate), owners, purposes)


async def _officers(entities: Sequence["LegalEntity"], request: Request) -> list[Any]:
    return each(await _read(entities, request, EntityOfficers), lambda record: list(record.officers))


async def _vat(entities: Sequence["LegalEntity"], request: Request) -> Sequence[Any]:
    return await _read(entities, request, VatRegistrationRecord)


async def _access_log(
    entities: Sequence["LegalEntity"],
    request: Request,
    first: Annotated[int | None, strawberry.argument(description="How many, at most 1,000.")] = 50,
    after: Annotated[str | None, strawberry.argument(description="Cursor of the last one seen.")] = None,
) -> list[Any]:
    return [await request.claims.access_log(entity.log_of, first, after) for entity in entities]


@strawberry.type(description="An address of the state address register.")
class Address:
    code: AddressCode | None = attribute("Code in the state address register (VARIS).")
    full_text: str = attribute("The whole address in one line.")
    municipality = relation(_municipality, Municipality | None, "The municipality that it lies in.")
    parish: str | None = attribute("Parish (pagasts).")
    street: str | None = attribute("Street.")
    house: str | None = attribute("House number or name.")
    flat: str | None = attribute("Flat.")
    postal_code: str | None = attribute("Postal code, LV-nnnn.")
    status: AddressStatus = attribute("Whether the address is in use. Whoever was registered there stays so.")
    closed_on: date | None = attribute("The day on which the address ended; null while it is in use.")
    successor_code: AddressCode | None = attribute(
        "Code of the address that took its place, where the register names one."
    )


@strawberry.type(description="Real estate, and the owner's share in it (cadastre).")
class Property:
    cadastre_number: str = attribute("Cadastre number, 11 digits.")
    kind: str = attribute("Kind of property.")
    share: str | None = attribute("The owner's share, e.g. 1/2.")
    address_code: strawberry.Private[AddressCode | None]
    owner: strawberry.Private[PersonCode | RegistrationNumber]
    purpose: strawberry.Private[Purpose]
    address = relation(
        _property_addresses, Address | None, "Its address.", reads={RegisteredAddress: None}, withheld=True
    )
    cadastral_value: Money | None = attribute("Cadastral value, euro.")

    @classmethod
    def of(cls, record: PropertyRecord, owner: PersonCode | RegistrationNumber, purpose: Purpose) -> "Property":
        """The property of an owner's record, read for a purpose."""
        return cls(
            cadastre_number=record.cadastre_number,
            kind=record.kind,
            share=record.share,
            address_code=record.address,
            owner=owner,
            purpose=purpose,
            cadastral_value=None if record.cadastral_value is None else Money(record.cadastral_value),
        )


@strawberry.type(description="An officer of a legal entity, as open data show them.")
class Officer:
    given_name: str | None = attribute("Given name.")
    family_name: str | None = attribute("Family name.")
    role: str = attribute("Role.")
    since: date | None = attribute("Since when.")
    represents: RepresentationRight | None = attribute("How the officer may represent the entity.")


@strawberry.type(description="A registration in the EU VAT system.")
class VatRegistration:
    number: str = attribute("VAT number with the country's letters.")
    valid: bool = attribute("Valid now.")
    name: str | None = attribute("Name in the VAT system.")
    address: str | None = attribute("Address in the VAT system, one line.")
    checked_at: datetime = attribute("When the VAT system answered.")


@strawberry.federation.type(
    keys=["registrationNumber"], description="A legal entity: open data of the enterprise register, and evidence."
)
class LegalEntity:
    registration_number: RegistrationNumber = attribute("Registration number.")
    purpose: strawberry.Private[Purpose | None]
    """None where the entity was not reached through a claim."""
    log_of: strawberry.Private[str] = ""
    """Subject id, where a representative's token names the entity; empty where it was reached in another way."""
    log_shut: strawberry.Private[FieldError | None] = None
    """Why its log stays shut to that representative; None: it is open."""
    name = held(str | None, "Name.", "name")
    legal_form = held(str | None, "Legal form.", "legal_form")
    status = held(str | None, "Status in the register.", "status")
    registered_on = held(date | None, "Day of registration.", "registered_on")
    address = relation(
        _seats,
        Address | None,
        "Registered seat.",
        reads={LegalEntityRecord: frozenset({"address"}), RegisteredAddress: None},
    )
    officers = relation(_officers, list[Officer] | None, "Officers.", reads={EntityOfficers: None})
    properties = relation(
        _properties,
        list[Property] | None,
        "Real estate. Only through a claim that names the entity; FORBIDDEN through any other way.",
        reads={RealEstate: None},
    )
    vat = relation(
        _vat, VatRegistration | None, "Registration in the EU VAT system (VIES).", reads={VatRegistrationRecord: None}
    )
    access_log = relation(
        _access_log,
        _AccessEntryConnection | None,
        "Who looked at or acted on this legal entity's data, newest first. Only for who may represent it alone, "
        "through `viewer { actingFor }`; FORBIDDEN through any other way.",
    )
