"""How the ministry registers third parties and suspends them."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import Connection

from gateway.claims.problems import Problem
from gateway.desk.acting import FORBIDDEN, REASON_MISSING, Acting, Done, PartyAct, is_reason, problems_of
from gateway.ids import fresh_id
from gateway.store import organisations as stored
from policies.kit.facts import Verdict
from policies.kit.party_rules import PartyAction, PartyFacts
from schema.graph import inputs
from schema.graph.organisations import RegisterThirdPartyPayload, SuspendThirdPartyPayload, ThirdParty
from schema.terms import GovernmentLevel, ProblemCode, ThirdPartyStatus
from schema.text import Text
from schema.wording import UNKNOWN_CLAIM_TYPE

NAME_LENGTH = Problem(
    ProblemCode.ANSWERS_INVALID,
    Text(
        "A name has 1 to 300 printable characters, not all blank.",
        "Nosaukumā ir no 1 līdz 300 drukājamām rakstzīmēm, un ne visas ir tukšas.",
    ),
    "/name",
)
TAKEN = Problem(
    ProblemCode.CONTRACT_INVALID,
    Text(
        "An organisation with this registration number is registered already, with other details.",
        "Organizācija ar šo reģistrācijas numuru jau ir reģistrēta ar citiem datiem.",
    ),
    "/registrationNumber",
)
ENDED = Problem(
    ProblemCode.WRONG_STATUS,
    Text(
        "The organisation has ended its work; there is nothing to suspend.",
        "Organizācija darbību ir beigusi; nav, ko apturēt.",
    ),
)


_CONTRACT_NUMBER = Text(
    "A contract has a number of 1 to 100 printable characters.",
    "Līguma numurā ir no 1 līdz 100 drukājamām rakstzīmēm.",
)
_ENDS_BEFORE_IT_BEGINS = Text("The contract's last day is before its first.", "Līguma pēdējā diena ir pirms pirmās.")
_ENDED_ALREADY = Text("The contract's last day is over already.", "Līguma pēdējā diena jau ir pagājusi.")
_NO_REQUESTS = Text("A contract allows at least one request a day.", "Līgums ļauj vismaz vienu pieprasījumu dienā.")
_NO_TYPE = Text("A contract covers at least one claim type.", "Līgums aptver vismaz vienu iesnieguma veidu.")
_NOT_OPEN_TYPE = Text(
    "Third parties do not work on claims of this type.", "Ar šā veida iesniegumiem trešās puses nestrādā."
)
_NO_PLACE = Text(
    "Municipal claim types need the municipalities that they are covered in.",
    "Pašvaldību iesnieguma veidiem jānorāda pašvaldības, uz kurām līgums attiecas.",
)
_UNKNOWN_PLACE = Text("There is no such municipality today.", "Šādas pašvaldības šodien nav.")


class ThirdPartyDesk(Acting):
    """The third parties of the Claims port."""

    async def register_third_party(self, input: inputs.RegisterThirdPartyInput) -> RegisterThirdPartyPayload:
        """Register an organisation. The same input again, after a lost answer, gives the one that was registered."""
        third_party_id = fresh_id("tp")

        def job(connection: Connection) -> Done:
            def act(_: Verdict) -> str | Problem:
                new = self._new(connection, third_party_id, input)
                if isinstance(new, Problem):
                    return new
                known = stored.third_party_with(connection, new.registration_number)
                if known is not None:
                    same = replace(new, id=known.id, status=known.status) == known
                    return known.id if same else TAKEN
                stored.add_third_party(connection, self._scope.moment.now, self._scope.party.key, new)
                return new.id

            return self._on_party(connection, self._asked("registerThirdParty", PartyAction.REGISTER_THIRD_PARTY), act)

        done = await self._run(job)
        return RegisterThirdPartyPayload(third_party=await self._shown_party(done), problems=problems_of(done))

    async def suspend_third_party(self, input: inputs.SuspendThirdPartyInput) -> SuspendThirdPartyPayload:
        """Suspend an organisation; doing it twice is doing it once, with the first reason."""
        wanted = str(input.id)

        def job(connection: Connection) -> Done:
            def act(_: Verdict) -> str | Problem:
                found = stored.third_parties_by_id(connection, [wanted]).get(wanted)
                if found is None:
                    return FORBIDDEN
                if found.status is ThirdPartyStatus.ENDED:
                    return ENDED
                if not is_reason(input.reason):
                    return REASON_MISSING
                if found.status is not ThirdPartyStatus.SUSPENDED:
                    now, by, to = self._scope.moment.now, self._scope.party.key, ThirdPartyStatus.SUSPENDED
                    stored.change_third_party(connection, now, by, found.id, to, _storable(input.reason))
                return found.id

            return self._on_party(connection, self._asked("suspendThirdParty", PartyAction.SUSPEND_THIRD_PARTY), act)

        done = await self._run(job)
        return SuspendThirdPartyPayload(third_party=await self._shown_party(done), problems=problems_of(done))

    def _asked(self, mutation: str, action: PartyAction) -> PartyAct:
        return PartyAct(mutation, action, PartyFacts(assurance=self._scope.party.assurance))

    def _new(
        self, connection: Connection, third_party_id: str, input: inputs.RegisterThirdPartyInput
    ) -> stored.ThirdParty | Problem:
        """What the input says, or what in it does not hold together."""
        # It stands in citizens' logs as it is.
        name = input.name.strip()
        if not 1 <= len(name) <= 300 or not name.isprintable():
            return NAME_LENGTH
        return (
            self._contract_problem(input.contract)
            or self._types_problem(input)
            or self._places_problem(connection, input)
            or stored.ThirdParty(
                id=third_party_id,
                name=name,
                registration_number=input.registration_number,
                kind=input.kind,
                status=ThirdPartyStatus.ACTIVE,
                contract=stored.Contract(
                    number=input.contract.number.strip(),
                    kind=input.contract.kind,
                    valid_from=input.contract.valid_from,
                    valid_to=input.contract.valid_to,
                    requests_per_day=input.contract.requests_per_day,
                ),
                claim_types=frozenset(input.claim_types),
                municipalities=tuple(sorted(set(input.municipalities))),
            )
        )

    def _contract_problem(self, contract: inputs.DelegationContractInput) -> Problem | None:
        number = contract.number.strip()
        if not 1 <= len(number) <= 100 or not number.isprintable():
            return _invalid(_CONTRACT_NUMBER, "/contract/number")
        if contract.valid_to < contract.valid_from:
            return _invalid(_ENDS_BEFORE_IT_BEGINS, "/contract/validTo")
        if contract.valid_to < self._scope.moment.today:
            return _invalid(_ENDED_ALREADY, "/contract/validTo")
        if contract.requests_per_day is not None and contract.requests_per_day < 1:
            return _invalid(_NO_REQUESTS, "/contract/requestsPerDay")
        return None

    def _types_problem(self, input: inputs.RegisterThirdPartyInput) -> Problem | None:
        if not input.claim_types:
            return _invalid(_NO_TYPE, "/claimTypes")
        for place, code in enumerate(input.claim_types):
            module = self._scope.module(code)
            if module is None:
                return _invalid(UNKNOWN_CLAIM_TYPE, f"/claimTypes/{place}")
            if not module.open_to_third_parties:
                return _invalid(_NOT_OPEN_TYPE, f"/claimTypes/{place}")
        return None

    def _places_problem(self, connection: Connection, input: inputs.RegisterThirdPartyInput) -> Problem | None:
        levels = {module.level for code in input.claim_types if (module := self._scope.module(code)) is not None}
        if GovernmentLevel.MUNICIPAL in levels and not input.municipalities:
            return _invalid(_NO_PLACE, "/municipalities")
        current = {each.atvk for each in stored.all_municipalities(connection, self._scope.moment.today)}
        for place, atvk in enumerate(input.municipalities):
            if atvk not in current:
                return _invalid(_UNKNOWN_PLACE, f"/municipalities/{place}")
        return None

    async def _shown_party(self, done: Done) -> ThirdParty | None:
        return None if done.made is None else (await self._reference.third_parties([done.made]))[0]


def _invalid(message: Text, field: str) -> Problem:
    return Problem(ProblemCode.CONTRACT_INVALID, message, field)


def _storable(text: str) -> str:
    return text.encode(errors="replace").decode()
