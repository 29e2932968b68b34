"""access.md in plain Python: who may do what on one claim. Facts come from a :class:`~tests.oracle.worlds.World` alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from enum import Enum

from tests.oracle.table import CLAIM_TYPES, Coordinate, Mark, opened_by, opened_of_legal_entity
from tests.oracle.worlds import Claim, Persona, World

DRAFT = {"DRAFT"}
RUNNING = {"SUBMITTED", "DELIVERED", "IN_REVIEW", "INFORMATION_REQUESTED", "OUTCOME_UNKNOWN"}
CLOSED = {"GRANTED", "REFUSED", "WITHDRAWN", "REJECTED_BY_OWNER"}
STATUSES = tuple(sorted(DRAFT | RUNNING | CLOSED))
ACTIONS = ("READ", "READ_EVIDENCE", "PREPARE", "SUBMIT", "WITHDRAW", "ASSIGN", "DECIDE")
_IN_STATUS = {
    "PREPARE": DRAFT | {"INFORMATION_REQUESTED"},
    "SUBMIT": DRAFT,
    "WITHDRAW": DRAFT | RUNNING,
    "ASSIGN": DRAFT | RUNNING,
    "DECIDE": {"DELIVERED", "IN_REVIEW", "INFORMATION_REQUESTED"},
}
_APPLICANTS_ACTIONS = ("PREPARE", "SUBMIT", "WITHDRAW", "ASSIGN")
_WORKS_ONLY_WHEN_CONNECTED = ("PREPARE", "SUBMIT")


class Reads(Enum):
    """How much of a claim its READ opens."""

    NOTHING = "nothing"
    STATUS = "id, type, status"
    CLAIM = "claim"


def may(world: World, party: Persona, claim: Claim, action: str, *, taking_off: bool = False) -> bool:
    """Whether the rules allow an action on a claim; whether its owner is connected yet is no matter here."""
    claim_type = CLAIM_TYPES[claim.type]
    status = claim.status
    in_time = action not in _IN_STATUS or status in _IN_STATUS[action] or (action == "ASSIGN" and taking_off)
    match party.capacity:
        case "CITIZEN" | "LEGAL_REPRESENTATIVE":
            if not _is_applicant(party, claim) or party.assurance not in ("SUBSTANTIAL", "HIGH"):
                return False
            if party.capacity == "LEGAL_REPRESENTATIVE" and not party.alone:
                return False
            if action == "ASSIGN" and not taking_off and not claim_type.third_parties:
                return False
            return in_time and (action in ("READ", "READ_EVIDENCE") or action in _APPLICANTS_ACTIONS)
        case "MANDATE_HOLDER":
            if claim.applicant != party.acts_for or not claim_type.by_mandate:
                return False
            if action == "READ_EVIDENCE" and status in CLOSED:
                return False
            named = _mandated(world, claim, party.code)
            return in_time and action in named & {"PREPARE", "SUBMIT", "READ", "READ_EVIDENCE", "WITHDRAW"}
        case "CLERK":
            return in_time and _clerk_may(world, party, claim, action)
        case "THIRD_PARTY_WORKER":
            return in_time and _third_party_may(world, party, claim, action)
        case "OWNER_OFFICER":
            if claim_type.owner(claim.municipality) != party.organisation or not claim.submitted:
                return False
            if _is_applicant(party, claim):
                return False
            match action:
                case "READ":
                    return True
                case "READ_EVIDENCE":
                    return status in RUNNING
                case "DECIDE":
                    return in_time
                case "ASSIGN" if taking_off:
                    return True
                case "ASSIGN":
                    return status in RUNNING and claim_type.third_parties and not world.is_protected(claim.applicant)
            return False
    return False


def reads(world: World, party: Persona, claim: Claim) -> Reads:
    """What READ opens of a claim."""
    if not may(world, party, claim, "READ"):
        return Reads.NOTHING
    closed_to_third_party = party.capacity == "THIRD_PARTY_WORKER" and claim.status in CLOSED
    return Reads.STATUS if closed_to_third_party else Reads.CLAIM


def reads_answers(world: World, party: Persona, claim: Claim) -> bool:
    """READ_EVIDENCE opens the answers, and PREPARE does: where its owner takes claims, so that there is a PREPARE."""
    if reads(world, party, claim) is not Reads.CLAIM:
        return False
    prepares = claim.type in world.connected and may(world, party, claim, "PREPARE")
    return prepares or may(world, party, claim, "READ_EVIDENCE")


class Answer(Enum):
    """What becomes of one coordinate."""

    OPEN = "open"
    FORBIDDEN = "FORBIDDEN"
    PROTECTED = "PROTECTED"
    HIDDEN = "no data"
    """PROTECTED of each thing that has it; of none where there is no such thing."""


def answer(world: World, party: Persona, claim: Claim, of: Coordinate) -> Answer:
    """What is answered to a coordinate below ``applicant`` of a claim."""
    claim_type = CLAIM_TYPES[claim.type]
    if reads(world, party, claim) is not Reads.CLAIM:
        return Answer.FORBIDDEN
    marks = opened_of_legal_entity(claim_type, of) if claim.legal else opened_by(claim_type, of)
    if marks is None:
        return Answer.OPEN
    if not may(world, party, claim, "READ_EVIDENCE") or not marks & _marks_for(party):
        return Answer.FORBIDDEN
    return Answer.OPEN if claim.legal else _withheld(world, party, claim, of)


def mutation_answer(world: World, party: Persona, claim: Claim, action: str, *, taking_off: bool = False) -> str:
    """The first thing that a mutation answers: a problem's code, or ``ALLOWED``."""
    if reads(world, party, claim) is Reads.NOTHING:
        return "FORBIDDEN"
    if may(world, party, claim, action, taking_off=taking_off):
        connected = CLAIM_TYPES[claim.type].code in world.connected
        return "ALLOWED" if connected or action not in _WORKS_ONLY_WHEN_CONNECTED else "CLAIM_TYPE_CLOSED"
    present = claim if party.capacity != "CLERK" else _with_presence(world, party, claim)
    if may(world, party, present, action, taking_off=taking_off):
        return "PRESENCE_REQUIRED"
    others = (replace(present, status=status) for status in STATUSES if status != claim.status)
    # A claim that is to be its owner's has been submitted.
    if any(may(world, party, other, action, taking_off=taking_off) for other in others):
        return "WRONG_STATUS"
    return "FORBIDDEN"


def listed(world: World, party: Persona, **filters: object) -> list[str]:
    """Ids that ``claims`` lists: newest first, and last, by id, those of which only a part may be read."""
    whole, in_part = [], []
    for claim in world.claims.values():
        match reads(world, party, claim):
            case Reads.CLAIM if _matches(claim, filters):
                whole.append(claim)
            case Reads.STATUS if not filters.keys() - {"types", "statuses"} and _matches(claim, filters):
                in_part.append(claim)
    newest_first = sorted(whole, key=lambda each: (-each.created, each.id))
    return [each.id for each in (*newest_first, *sorted(in_part, key=lambda each: each.id))]


def _matches(claim: Claim, filters: dict[str, object]) -> bool:
    types, statuses, municipality = filters.get("types"), filters.get("statuses"), filters.get("municipality")
    return (
        (not isinstance(types, list) or claim.type in types)
        and (not isinstance(statuses, list) or claim.status in statuses)
        and (municipality is None or claim.municipality == municipality)
    )


def _is_applicant(party: Persona, claim: Claim) -> bool:
    if party.capacity == "LEGAL_REPRESENTATIVE":
        return claim.legal and claim.applicant == party.acts_for
    return not claim.legal and claim.applicant == party.code


def _mandated(world: World, claim: Claim, holder: str) -> set[str]:
    """Actions that mandates in force name for the claim's applicant and type."""
    return {
        action
        for mandate in world.mandates
        if mandate.grantor == claim.applicant and mandate.holder == holder and claim.type in mandate.types
        if mandate.status == "ACTIVE" and mandate.first <= world.today <= mandate.last
        for action in mandate.actions
    }


def _clerk_may(world: World, party: Persona, claim: Claim, action: str) -> bool:
    centre = world.centres[party.organisation or ""]
    claim_type = CLAIM_TYPES[claim.type]
    in_basket = claim.type in centre.basket and (not claim_type.municipal or claim.municipality == centre.municipality)
    if not in_basket or claim.centre != party.organisation:
        return False
    if action == "READ":
        return True
    presence = claim.presence
    if presence is None or presence.by != party.code or world.seeded - presence.at > timedelta(minutes=30):
        return False
    if claim.status not in DRAFT:
        return False
    return action in ("PREPARE", "SUBMIT") or (action == "READ_EVIDENCE" and presence.method != "PAPER_MANDATE")


def _with_presence(world: World, party: Persona, claim: Claim) -> Claim:
    return replace(claim, presence=world.presence_now(party.code))


def _third_party_may(world: World, party: Persona, claim: Claim, action: str) -> bool:
    organisation = world.third_parties[party.organisation or ""]
    claim_type = CLAIM_TYPES[claim.type]
    if organisation.status != "ACTIVE" or not organisation.first <= world.today <= organisation.last:
        return False
    if not claim_type.third_parties or claim.type not in organisation.types:
        return False
    if claim_type.municipal and claim.municipality not in organisation.municipalities:
        return False
    if action == "READ_EVIDENCE" and claim.status in CLOSED:
        return False
    given = _mandated(world, claim, organisation.id)
    let = {"READ", "READ_EVIDENCE", "PREPARE", "SUBMIT"} if organisation.id in claim.assigned_to else set()
    return action in (given | let) & {"READ", "READ_EVIDENCE", "PREPARE", "SUBMIT"}


def _marks_for(party: Persona) -> set[Mark]:
    match party.capacity:
        case "OWNER_OFFICER":
            return set(Mark)
        case "THIRD_PARTY_WORKER":
            return {Mark.BOLD}
    return {Mark.BOLD, Mark.PLAIN}


def _withheld(world: World, party: Persona, claim: Claim, of: Coordinate) -> Answer:
    """To whom protection applies, what is protected and what is not on record give the same."""
    if party.capacity in ("CITIZEN", "OWNER_OFFICER"):
        return Answer.OPEN
    person = world.residents[claim.applicant]
    protected = world.is_protected(person.code)
    match of.path[:2]:
        case ("declaredAddress", _) if protected or person.address is None:
            return Answer.PROTECTED
        case ("household", _):
            members = world.household(person.code)
            if protected or not members or any(world.is_protected(code) for code in members):
                return Answer.PROTECTED
        case ("properties", "address") if protected:
            return Answer.HIDDEN
    return Answer.OPEN
