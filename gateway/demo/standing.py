"""How a persona of the demo stands to a claim, and what the policies say to that: from a copy of the store alone."""

# ruff: noqa: N818 - the names say what happened; "Error" would add nothing.

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from gateway.claims.days import day_in_riga
from gateway.claims.snapshot import ClaimSnapshot, load_one
from gateway.clock import utc_now
from gateway.demo.copied import PartyOf, copied
from gateway.demo.passes import NoSuchPersona
from gateway.demo.personas import load_personas
from gateway.desk.facts import Moment, facts_of, withholds
from gateway.identity.party import Party
from gateway.settings import Settings
from gateway.store.copies import DATES, dates_of
from gateway.store.succession import succession_on
from policies.kit.account import Account, account
from policies.kit.claim_type import ClaimTypeModule
from policies.kit.evidence import Evidence, EvidencePath, parse_asked
from policies.kit.facts import READ_STATUS, Facts, Question, ReadScope
from policies.kit.field_access import AccessClass
from policies.kit.policy_set import PolicySet
from policies.kit.space import Space
from schema.terms import ApplicantKind, Capacity, ClaimAction, EvidenceScope

_WITHHELD = frozenset({"Address", "HouseholdMember"})


class NoSuchClaim(Exception):
    """The data folder has no claim of that id."""


class FieldUnknown(Exception):
    """The field is none that the action could be about. The message is one clear line."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, and what is said to it."""

    about: str
    """``income.gross``, ``the whole claim``, ``put a third party on``; empty where the action says it all."""
    account: Account | None
    """None: the claim type does not list it, so no rule is asked."""
    evidence: Evidence | None = None
    """What the claim type lists."""
    withheld: bool = False
    """Allowed, but the applicant is protected: an address or household is withheld, as what is not on record."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One persona, one claim, one action."""

    capacity: Capacity
    claim: ClaimSnapshot
    asked: tuple[Asked, ...]
    visible: bool
    """The persona may READ the claim; else the gateway answers as for an id that does not exist."""


def standing(
    settings: Settings, policies: PolicySet, persona: str, claim: str, action: ClaimAction, field: str | None
) -> Standing:
    """What the policies say to a persona about a claim of the data folder. Nothing is changed, no register is called.

    Args:
        field: READ: a field of Claim; READ_EVIDENCE: a path from the applicant, ``income(months=3).gross``. None: all.

    Raises:
        NoSuchPersona, NoSuchClaim, FieldUnknown: what was asked does not exist.
        NotExplained, SeedError, StoreError, OSError: the data folder cannot be used.
    """
    personas = load_personas(settings.data)
    if persona not in personas:
        raise NoSuchPersona(tuple(personas))
    with tempfile.TemporaryDirectory(prefix="gateway-policy-") as folder:
        store = copied(settings, Path(folder) / "store.sqlite3", policies.claim_types)
        try:
            party = asyncio.run(PartyOf(store, personas[persona]).resolve())
            now = utc_now()
            today = day_in_riga(now)
            succession = store.read_sync(lambda connection: succession_on(connection, today))
            moment = Moment.of(now, today, dates_of(store.look_up(DATES), now), succession)
            snapshot = store.read_sync(lambda connection: load_one(connection, claim))
            if snapshot is None:
                raise NoSuchClaim(claim)
            facts = store.read_sync(lambda connection: facts_of(connection, party, [snapshot], policies, moment))[0]
        finally:
            store.close()
    if facts.claim_type not in policies.claim_types:
        raise FieldUnknown(f"no policy knows the claim type {facts.claim_type}")
    answers = tuple(_asked(policies, party, snapshot, facts, action, field))
    return Standing(party.capacity, snapshot, answers, policies.decide(facts, READ_STATUS).allowed)


def _asked(
    policies: PolicySet, party: Party, snapshot: ClaimSnapshot, facts: Facts, action: ClaimAction, field: str | None
) -> Iterator[Asked]:
    space = Space(policies)
    if field is not None and action not in (ClaimAction.READ, ClaimAction.READ_EVIDENCE):
        raise FieldUnknown(f"{action} has no field; READ and READ_EVIDENCE have")
    if action is ClaimAction.READ:
        scopes = tuple(ReadScope) if field is None else (_read_scope(policies, field),)
        for scope in scopes:
            about = field or ("id, type, status" if scope is ReadScope.STATUS else "the whole claim")
            yield Asked(about, account(policies, space, facts, Question(action, scope)))
    elif action is ClaimAction.READ_EVIDENCE:
        yield from _evidence(policies, space, party, snapshot, facts, field)
    elif action is ClaimAction.ASSIGN:
        for taking_off, about in ((False, "put a third party on"), (True, "take a third party off")):
            question = Question(action)
            yield Asked(about, account(policies, space, replace(facts, taking_off=taking_off), question))
    else:
        yield Asked("", account(policies, space, facts, Question(action)))


def _read_scope(policies: PolicySet, field: str) -> ReadScope:
    access = policies.fields.of(f"Claim.{field}")
    if access is AccessClass.CLAIM_STATUS:
        return ReadScope.STATUS
    if access is AccessClass.CLAIM:
        return ReadScope.CLAIM
    if access is AccessClass.ANSWERS:
        raise FieldUnknown("answers are opened by READ_EVIDENCE (what is open to third parties) or by PREPARE")
    raise FieldUnknown(f"Claim.{field} is no field that READ opens; evidence is asked for with READ_EVIDENCE")


def _evidence(
    policies: PolicySet, space: Space, party: Party, snapshot: ClaimSnapshot, facts: Facts, field: str | None
) -> Iterator[Asked]:
    module = policies.claim_types[facts.claim_type]
    if field is None:
        for scope in EvidenceScope:
            if listed := ", ".join(_listed(module, snapshot.applicant_kind, scope)):
                yield Asked(listed, account(policies, space, facts, Question(ClaimAction.READ_EVIDENCE, scope)))
        return
    try:
        path = parse_asked(field, snapshot.applicant_kind, policies.fields)
    except ValueError as error:
        raise FieldUnknown(str(error)) from None
    found = module.requirement(path, snapshot.applicant_kind)
    if found is None:
        yield Asked(field, None)
        return
    told = account(policies, space, facts, Question(ClaimAction.READ_EVIDENCE, found.open_to))
    yield Asked(field, told, found, told.verdict.allowed and _is_withheld(party, snapshot, facts, path))


def _listed(module: ClaimTypeModule, kind: ApplicantKind, scope: EvidenceScope) -> Iterator[str]:
    return (one.path for one in module.evidence if one.open_to is scope and one.applicant is kind)


def _is_withheld(party: Party, snapshot: ClaimSnapshot, facts: Facts, path: EvidencePath) -> bool:
    protected = snapshot.applicant_kind is ApplicantKind.PERSON and facts.restricted
    return protected and withholds(party, facts) and any(step.type in _WITHHELD for step in path)
