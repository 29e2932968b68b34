"""Mandates, as those who gave, hold or use them may see them, and how their grantors give them and take them back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import msgspec
import strawberry
from sqlalchemy import Connection

from gateway.audit.record import AccessSubject
from gateway.claims import mandates
from gateway.claims.problems import Problem
from gateway.desk.acting import Acting, Done, PartyAct, problems_of
from gateway.desk.facts import represents_alone
from gateway.desk.log import asked_below
from gateway.desk.represented import SURE
from gateway.ids import fresh_id
from gateway.plan import asking
from gateway.plan.judgement import refusal
from gateway.store.organisations import third_parties_by_id
from gateway.store.prepared import Prepared
from gateway.store.subjects import codes_of, find_person, person_subject, restricted_of
from policies.kit.facts import Verdict
from policies.kit.party_rules import PartyAction, PartyFacts
from schema.graph import inputs
from schema.graph.legal_entity import LegalEntity
from schema.graph.organisations import GrantMandatePayload, Mandate, RevokeMandatePayload
from schema.graph.person import Person
from schema.graph.transparency import no_door
from schema.ports import FieldError, Purpose
from schema.terms import (
    ApplicantKind,
    AssuranceLevel,
    Capacity,
    ClaimAction,
    ClaimTypeCode,
    MandateStatus,
    ProblemCode,
    SubjectRole,
    ThirdPartyStatus,
)
from schema.text import Text
from schema.wording import UNKNOWN_CLAIM_TYPE

NAMES_NO_TYPE = Problem(
    ProblemCode.MANDATE_NOT_ALLOWED,
    Text("A mandate names at least one claim type.", "Pilnvarā nosauc vismaz vienu iesnieguma veidu."),
    "/claimTypes",
)
NAMES_NOTHING = Problem(
    ProblemCode.MANDATE_NOT_ALLOWED,
    Text("A mandate names at least one action.", "Pilnvarā nosauc vismaz vienu darbību."),
    "/actions",
)
NOT_IN_TIME = Problem(
    ProblemCode.MANDATE_NOT_ALLOWED,
    Text(
        "The last day is not before the first, nor over already.", "Pēdējā diena nav pirms pirmās un nav jau pagājusi."
    ),
    "/validTo",
)
OVER = Problem(
    ProblemCode.WRONG_STATUS,
    Text(
        "The mandate's last day is over; there is nothing to take back.",
        "Pilnvaras pēdējā diena ir pagājusi; nav, ko atsaukt.",
    ),
)
HOLDER_NOT_ELIGIBLE = Problem(
    ProblemCode.THIRD_PARTY_NOT_ELIGIBLE,
    Text(
        "This organisation may not work on these claim types then. Choose another, or other claim types.",
        "Šī organizācija tad ar šiem iesnieguma veidiem strādāt nedrīkst. Izvēlieties citu organizāciju vai veidu.",
    ),
    "/holder/thirdParty",
)
_ABOUT_TYPES = "mandate-for-claim-type-"
"""How the rules about claim types begin; the others are about actions."""


class MandateDesk(Acting):
    """The mandates of the Claims port."""

    # ------------------------------------------------------------ given and taken back

    async def grant_mandate(self, input: inputs.GrantMandateInput) -> GrantMandatePayload:
        """Give a mandate. Nothing tells whether anybody has the holder's code."""
        mandate_id = fresh_id("mandate")

        def job(connection: Connection) -> Done:
            def act(_: Verdict) -> str | Problem:
                new = self._new_mandate(connection, mandate_id, input)
                if isinstance(new, Problem):
                    return new
                mandates.give(connection, self._scope.moment.now, self._scope.party.subject, new)
                return new.id

            subjects = () if self._grantor is None else (self._as_grantor(self._grantor),)
            facts = self._giver(connection)
            return self._on_party(connection, PartyAct("grantMandate", PartyAction.GRANT_MANDATE, facts, subjects), act)

        done = await self._run(job)
        return GrantMandatePayload(mandate=await self._made(done), problems=problems_of(done))

    async def revoke_mandate(self, input: inputs.RevokeMandateInput) -> RevokeMandatePayload:
        """Take a mandate back; doing it twice is doing it once."""
        wanted, today = str(input.id), self._scope.moment.today

        def job(connection: Connection) -> Done:
            found = mandates.load_mandates(connection, [wanted], today).get(wanted)
            own = found is not None and found.grantor == self._grantor

            def act(_: Verdict) -> str | Problem:
                assert found is not None
                if found.status is MandateStatus.EXPIRED:
                    return OVER
                if found.status is not MandateStatus.REVOKED:
                    mandates.take_back(connection, self._scope.moment.now, found.id)
                return found.id

            facts = msgspec.structs.replace(self._giver(connection), is_grantor=own)
            subjects = () if found is None else (self._as_grantor(found.grantor),)
            # Who may not see it is not told by an explanation that it is there.
            is_attempt = not (own and self._stands(connection))
            asked = PartyAct("revokeMandate", PartyAction.REVOKE_MANDATE, facts, subjects, is_attempt=is_attempt)
            return self._on_party(connection, asked, act)

        done = await self._run(job)
        return RevokeMandatePayload(mandate=await self._made(done), problems=problems_of(done))

    @property
    def _grantor(self) -> str | None:
        """Subject id of whom mandates of this party would be; None for who gives none."""
        party = self._scope.party
        if party.capacity is Capacity.CITIZEN:
            return party.subject
        return party.acting_for if party.capacity is Capacity.LEGAL_REPRESENTATIVE else None

    def _as_grantor(self, grantor: str) -> AccessSubject:
        own = grantor == self._scope.party.subject
        return AccessSubject(grantor, SubjectRole.SELF if own else SubjectRole.APPLICANT)

    def _giver(self, connection: Connection) -> PartyFacts:
        scope = self._scope
        alone = scope.party.capacity is Capacity.LEGAL_REPRESENTATIVE and represents_alone(
            connection, scope.party, scope.moment
        )
        return PartyFacts(assurance=scope.party.assurance, represents_alone=alone)

    def _new_mandate(
        self, connection: Connection, mandate_id: str, input: inputs.GrantMandateInput
    ) -> mandates.NewMandate | Problem:
        """What the input says, or what in it no mandate can be."""
        scope, today = self._scope, self._scope.moment.today
        valid_from = today if input.valid_from is None else input.valid_from
        if input.valid_to < valid_from or input.valid_to < today:
            return NOT_IN_TIME
        if not input.claim_types or not input.actions:
            return NAMES_NOTHING if input.claim_types else NAMES_NO_TYPE
        code = None if input.holder.person_code is None else input.holder.person_code.value
        third_party = None if input.holder.third_party is None else str(input.holder.third_party.value)
        to_self = code is not None and find_person(connection, code) == scope.party.subject
        problem = self._carries(input, to_self, third_party is not None)
        if problem is not None:
            return problem
        types = frozenset(input.claim_types)
        if third_party is not None and not _could_act(connection, third_party, types, max(today, valid_from)):
            return HOLDER_NOT_ELIGIBLE
        assert self._grantor is not None
        return mandates.NewMandate(
            id=mandate_id,
            grantor=self._grantor,
            holder_subject=None if code is None else person_subject(connection, code, scope.moment.now),
            holder_code=code,
            holder_third_party=third_party,
            claim_types=types,
            actions=frozenset(input.actions),
            valid_from=valid_from,
            valid_to=input.valid_to,
        )

    def _carries(self, input: inputs.GrantMandateInput, to_self: bool, to_third_party: bool) -> Problem | None:
        """Why a mandate cannot carry what the input names, the first reason; None where it can."""
        scope = self._scope
        of_people = scope.party.capacity is Capacity.CITIZEN
        kind = ApplicantKind.PERSON if of_people else ApplicantKind.LEGAL_ENTITY
        # Each once, however often it is named.
        for code in dict.fromkeys(input.claim_types):
            type_at = input.claim_types.index(code)
            module = scope.module(code)
            if module is None:
                return _not_allowed(UNKNOWN_CLAIM_TYPE, f"/claimTypes/{type_at}")
            for action in dict.fromkeys(input.actions):
                facts = PartyFacts(
                    assurance=scope.party.assurance,
                    carries=action,
                    to_third_party=to_third_party,
                    to_grantor=to_self,
                    takes_mandates=module.mandates,
                    open_to_third_parties=module.open_to_third_parties,
                    takes_such_applicants=kind in module.applicants,
                )
                verdict = self._decide_on_party(PartyAction.CARRY, facts, code)
                if not verdict.allowed:
                    if to_self:
                        return _not_allowed(verdict.reason, "/holder")
                    of_type = any(rule.startswith(_ABOUT_TYPES) for rule in verdict.rules)
                    place = f"/claimTypes/{type_at}" if of_type else f"/actions/{input.actions.index(action)}"
                    return _not_allowed(verdict.reason, place)
        return None

    async def _made(self, done: Done) -> Mandate | None:
        return None if done.made is None else await self.mandate(done.made)

    # ------------------------------------------------------------ seen

    async def mandates_given(self, subject: str) -> list[Mandate]:
        """Mandates that the person gave."""
        today = self._scope.moment.today
        given = await self._mandates_of(
            mandates.GIVEN_BY, subject, lambda c: mandates.mandates_given(c, subject, today)
        )
        return await self._shown_mandates(given)

    async def mandates_held(self, subject: str) -> list[Mandate]:
        """Mandates that the person holds."""
        today = self._scope.moment.today
        held = await self._mandates_of(mandates.HELD_BY, subject, lambda c: mandates.mandates_held(c, subject, today))
        return await self._shown_mandates(held)

    async def usable_mandates(self) -> list[Mandate]:
        """The mandates that this token may use today."""
        party, today = self._scope.party, self._scope.moment.today

        def read(connection: Connection) -> list[mandates.Mandate]:
            if not self._stands(connection):
                return []
            if party.capacity is Capacity.MANDATE_HOLDER and party.acting_for is not None:
                return mandates.mandates_between(connection, party.acting_for, party.subject, today)
            if party.capacity is Capacity.THIRD_PARTY_WORKER and party.organisation is not None:
                return mandates.mandates_of_third_party(connection, party.organisation, today)
            return []

        shut = await self._scope.shut()
        if shut is not None:
            raise shut
        of_third_party = party.capacity is Capacity.THIRD_PARTY_WORKER
        held = mandates.OF_THIRD_PARTY if of_third_party else mandates.HELD_BY
        by = party.organisation or "" if of_third_party else party.subject
        return await self._shown_mandates(await self._mandates_of(held, by, read))

    async def _mandates_of(
        self, number: Prepared, whose: str, read: Callable[[Connection], list[mandates.Mandate]]
    ) -> list[mandates.Mandate]:
        """Read somebody's mandates. Anybody may be given as many as somebody likes, and nobody else waits for those."""
        store = self._scope.house.store
        [(how_many,)] = await store.read(lambda c: number.rows(c, whose=whose), one_statement=True)
        return await (store.read(read) if how_many <= mandates.FEW else store.read_aside(self._scope.party.key, read))

    async def mandate(self, id: str) -> Mandate | None:
        """A mandate that the viewer gave, holds or may use; None where there is no such mandate.

        Raises:
            FieldError: it is another's. That is what is said of nothing, but the grantor reads that somebody asked.
        """
        today, scope = self._scope.moment.today, self._scope

        def read(connection: Connection) -> tuple[mandates.Mandate | None, bool]:
            found = mandates.load_mandates(connection, [id], today).get(id)
            return found, found is not None and self._is_mine(found) and self._stands(connection)

        found, mine = await scope.house.store.read(read)
        if found is None:
            return None
        if not mine:
            plan = asking.field.get()
            asked = asked_below(plan, "Mandate") or ({} if plan is None else {plan.name: plan.coordinate})
            scope.log.attempt(None, ClaimAction.READ, asked, AccessSubject(found.grantor, SubjectRole.APPLICANT))
            raise no_door()
        return (await self._shown_mandates([found]))[0]

    def _is_mine(self, mandate: mandates.Mandate) -> bool:
        party = self._scope.party
        match party.capacity:
            case Capacity.CITIZEN:
                return party.subject in (mandate.grantor, mandate.holder_subject)
            case Capacity.LEGAL_REPRESENTATIVE:
                return party.acting_for == mandate.grantor
            case Capacity.MANDATE_HOLDER:
                return (party.subject, party.acting_for) == (mandate.holder_subject, mandate.grantor)
            case Capacity.THIRD_PARTY_WORKER:
                return party.organisation is not None and party.organisation == mandate.holder_third_party
            case _:
                return False

    def _stands(self, connection: Connection) -> bool:
        """Whether the capacity holds now: a sure sign-in, the sole right to represent, an organisation that may act."""
        scope, party = self._scope, self._scope.party
        match party.capacity:
            case Capacity.CITIZEN:
                return party.assurance in SURE
            case Capacity.LEGAL_REPRESENTATIVE:
                return party.assurance in SURE and represents_alone(connection, party, scope.moment)
            case Capacity.THIRD_PARTY_WORKER:
                wanted = party.organisation or ""
                organisation = third_parties_by_id(connection, [wanted]).get(wanted)
                return (
                    organisation is not None
                    and organisation.status is ThirdPartyStatus.ACTIVE
                    and organisation.contract.in_force(scope.moment.today)
                )
            case _:
                return party.assurance is not AssuranceLevel.LOW

    async def _shown_mandates(self, found: Sequence[mandates.Mandate]) -> list[Mandate]:
        grantors = {each.grantor for each in found}
        codes = await self._scope.house.store.read(lambda c: codes_of(c, grantors))
        restricted = await self._scope.house.store.read(lambda c: restricted_of(c, grantors))
        organisations = list({each.holder_third_party for each in found if each.holder_third_party})
        parties = dict(zip(organisations, await self._reference.third_parties(organisations), strict=True))
        numbers = await self._reference.registration_numbers([each for each in grantors if each not in codes])
        shown, known = [], self._scope.moment.protection_known
        for each in found:
            purpose = Purpose(None, None, None, withholds=True, restricted=each.grantor in restricted or not known)
            grantor: Any = None
            if each.grantor in numbers:
                grantor = LegalEntity(registration_number=numbers[each.grantor], purpose=None)
            elif each.grantor in codes and not each.in_force and each.grantor != self._scope.party.subject:
                grantor = _over()
            elif each.grantor in codes:
                grantor = Person(code=codes[each.grantor].current, purpose=purpose, subject=each.grantor)
            holder: Any = None
            if each.holder_third_party:
                holder = parties.get(each.holder_third_party)
            elif each.holder_code is not None:
                holder = Person(code=each.holder_code, purpose=purpose, as_typed=True)
            shown.append(
                Mandate(
                    id=strawberry.ID(each.id),
                    grantor_party=grantor,
                    holder_party=holder,
                    claim_type_codes=tuple(sorted(each.claim_types)),
                    actions=sorted(each.actions),
                    valid_from=each.valid_from,
                    valid_to=each.valid_to,
                    status=each.status,
                )
            )
        return shown


def _could_act(connection: Connection, third_party: str, types: frozenset[ClaimTypeCode], day: date) -> bool:
    """Whether an organisation may work on these claim types on the first day that counts."""
    found = third_parties_by_id(connection, [third_party]).get(third_party)
    return (
        found is not None
        and found.status is ThirdPartyStatus.ACTIVE
        and found.contract.in_force(day)
        and types <= found.claim_types
    )


def _not_allowed(message: Text, field: str) -> Problem:
    return Problem(ProblemCode.MANDATE_NOT_ALLOWED, message, field)


def _over() -> FieldError:
    return refusal(
        Text(
            "The grantor's names are read through a mandate that is in force.",
            "Pilnvarotāja vārdu un uzvārdu lasa ar pilnvaru, kas ir spēkā.",
        ),
        "mandate-not-in-force",
        Text("Ask the grantor for a mandate that is in force.", "Lūdziet pilnvarotājam spēkā esošu pilnvaru."),
    )
