"""A claim that is about to be prepared: who asks for what, and whether that can be asked for at all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection

from gateway.claims.problems import CLAIM_TYPE_CLOSED, Problem
from gateway.desk.facts import Prospect
from gateway.desk.scope import Scope
from gateway.store.organisations import centres_by_id, municipalities_by_code, owner_id
from gateway.store.subjects import codes_of, entity_subject, find_entity, find_unasked, person_subject, restricted_of
from policies.kit.claim_type import ClaimTypeModule
from schema.graph.inputs import PrepareClaimInput
from schema.terms import (
    ApplicantKind,
    AtvkCode,
    Capacity,
    Channel,
    GovernmentLevel,
    PersonCode,
    ProblemCode,
    RegistrationNumber,
)
from schema.text import Text

_CHANNELS = {Capacity.CLERK: Channel.CENTRE, Capacity.THIRD_PARTY_WORKER: Channel.THIRD_PARTY}

WRONG_KIND = Problem(
    ProblemCode.APPLICANT_INVALID,
    Text(
        "This claim type is not for applicants of this kind; see claimType { applicants }.",
        "Šis iesnieguma veids šādiem iesniedzējiem nav domāts; sk. claimType { applicants }.",
    ),
    "/applicant",
)
NO_MUNICIPALITY = Problem(
    ProblemCode.ANSWERS_INVALID,
    Text(
        "A municipal claim type needs a municipality that exists today.",
        "Pašvaldības iesnieguma veidam jānorāda pašvaldība, kas šodien pastāv.",
    ),
    "/municipality",
)


@dataclass(frozen=True, slots=True)
class NewClaim:
    """What is about to be prepared."""

    module: ClaimTypeModule
    kind: ApplicantKind
    code: PersonCode | RegistrationNumber
    claim: Prospect
    problem: Problem | None
    """Why it cannot be, once the party may: a closed type, a wrong kind of applicant, no municipality."""
    unasked: PersonCode | None = None
    """The applicant's code as given, where the population register has not said yet which codes are theirs."""

    @classmethod
    def read(cls, connection: Connection, scope: Scope, input: PrepareClaimInput) -> NewClaim | Problem:
        """Resolve the input. Problem: the claim type does not exist."""
        module = scope.module(input.type)
        if module is None:
            return CLAIM_TYPE_CLOSED
        person = input.applicant.person_code
        number = input.applicant.registration_number
        code: PersonCode | RegistrationNumber
        unasked: PersonCode | None = None
        if person is not None:
            code, kind = person.value, ApplicantKind.PERSON
            known, is_unasked = find_unasked(connection, code, scope.moment.now)
            # Of who asks, and whom they act for, it was asked as they came.
            if is_unasked and known not in (scope.party.subject, scope.party.acting_for):
                unasked = code
            if known is not None:
                # Codes are exchanged: presence, too, is proven of the person, not of a code.
                code = codes_of(connection, [known])[known].current
        else:
            assert number is not None
            code, kind = number.value, ApplicantKind.LEGAL_ENTITY
            known = find_entity(connection, code)
        municipality = input.municipality if module.level is GovernmentLevel.MUNICIPAL else None
        party = scope.party
        channel = _CHANNELS.get(party.capacity, Channel.ONLINE)
        claim = Prospect(
            type=module.code,
            applicant=known or "",
            owner=owner_id(module.owner, module.level, municipality) or "",
            municipality=municipality,
            channel=channel,
            centre=party.organisation if party.capacity is Capacity.CLERK else None,
            restricted=bool(known and restricted_of(connection, [known])),
        )
        if party.capacity is Capacity.CLERK and municipality is None and module.level is GovernmentLevel.MUNICIPAL:
            # Without a municipality no basket covers it: say what is missing rather than that it is forbidden.
            centre = centres_by_id(connection, [party.organisation or ""]).get(party.organisation or "")
            if centre is not None and module.code in centre.claim_types:
                return NO_MUNICIPALITY
        problem = _problem(connection, scope, module, kind, channel, municipality)
        return cls(module, kind, code, claim, problem, unasked)


def applicant_of(connection: Connection, new: NewClaim, now: datetime) -> str:
    """Subject id of the applicant, made where the gateway never met them."""
    if isinstance(new.code, PersonCode):
        return person_subject(connection, new.code, now)
    return entity_subject(connection, new.code, now)


def is_taken(module: ClaimTypeModule, today: date) -> bool:
    """Whether claims of a type are taken on a day, by its form of that day."""
    return module.open and module.valid_from <= today and (module.valid_to is None or today <= module.valid_to)


def _problem(
    connection: Connection,
    scope: Scope,
    module: ClaimTypeModule,
    kind: ApplicantKind,
    channel: Channel,
    municipality: AtvkCode | None,
) -> Problem | None:
    today = scope.moment.today
    if not is_taken(module, today) or channel not in module.channels or not scope.house.takes(module, municipality):
        return CLAIM_TYPE_CLOSED
    if kind not in module.applicants:
        return WRONG_KIND
    if module.level is GovernmentLevel.MUNICIPAL:
        found = None if municipality is None else municipalities_by_code(connection, [municipality]).get(municipality)
        if found is None or found.valid_from > today or (found.valid_to is not None and found.valid_to < today):
            return NO_MUNICIPALITY
    return None
