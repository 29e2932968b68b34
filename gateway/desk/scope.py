"""What one request is made of: who asks, when, under which policies, from which store."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Protocol

import msgspec
from sqlalchemy import Connection

from gateway.audit.who import who_by
from gateway.claims.days import day_in_riga
from gateway.claims.form import Form
from gateway.claims.outbox import Route
from gateway.desk.facts import Moment
from gateway.desk.log import RequestLog
from gateway.identity.party import Party
from gateway.municipal import Receivers
from gateway.plan import asking
from gateway.store.errors import StoreUnavailable
from gateway.store.organisations import count_request, third_parties_by_id
from gateway.store.store import Store
from gateway.store.succession import UNCHANGED, Succession, Term, terms_of
from policies.kit.claim_type import ClaimTypeModule
from policies.kit.policy_set import PolicySet
from schema.notices import NoticeKind
from schema.ports import FieldError
from schema.terms import (
    AtvkCode,
    Capacity,
    ClaimAction,
    ClaimTypeCode,
    ErrorCode,
    PersonCode,
    PresenceMethod,
    RegistrationNumber,
)
from schema.text import Text
from schema.wording import ASK_AGAIN_LATER, NOT_RECORDED, USED_UP

_MOST_WORDS = 1_000
_QUOTA_RULE = "contract-requests-per-day"


class PresenceChecker(Protocol):
    """The identity service, as far as presence goes."""

    def proves(self, method: PresenceMethod, reference: str, applicant: PersonCode | RegistrationNumber) -> bool:
        """Whether the reference proves that this applicant is present."""
        ...

    @property
    def single_use(self) -> bool:
        """A reference is good for one claim only."""
        ...


Introduce = Callable[[PersonCode, ClaimTypeCode], Awaitable[None]]
"""The code, and the claim type of the claim that is about to be prepared for it."""


@dataclass(slots=True)
class House:
    """What outlives a request."""

    store: Store
    policies: PolicySet
    """The set in force: a request that begins now keeps it to its end."""
    presence: PresenceChecker
    registers: Mapping[str, Any]
    """Connected registers by name (``adapters.kit.connected.ConnectedRegister``)."""
    clock: Callable[[], datetime]
    """Aware UTC."""
    wake: Callable[[], None]
    """Tell the delivery worker that a message waits."""
    forms: dict[str, Form]
    """Compiled forms by policy version of their claim type."""
    deciding_owners: frozenset[str] = frozenset()
    """Owners whose own systems decide, by id; a department's generic id stands for every municipality's."""
    words: dict[tuple[Capacity, str], str] = field(default_factory=dict)
    """Owners and centres in words: reference data, that is written before anybody is served."""

    _receivers: Receivers = field(init=False)
    complete_until: Mapping[NoticeKind, datetime] | None = None
    """How far the copies of registers go, kept up by ``gateway.notices``; None: nobody keeps copies."""

    terms: Mapping[str, Term] | None = None
    """Of the code list: reference data, like the words; None: as the store has it now."""
    _succession: tuple[date, Succession] = field(init=False, default=(date.min, UNCHANGED))

    def __post_init__(self) -> None:
        self._receivers = Receivers(self.registers)
        if self.terms is None:
            self.terms = self.store.read_sync(terms_of)

    def succession(self, day: date) -> Succession:
        """Which municipalities have been taken over, as of a day in Rīga."""
        known, found = self._succession
        if known != day:
            found = Succession.on(day, self.terms or {})
            self._succession = (day, found)
        return found

    def use(self, policies: PolicySet) -> None:
        """From now on requests begin under another set."""
        kept = {_form_key(module) for module in policies.claim_types.values()}
        self.policies = policies
        for key in [key for key in list(self.forms) if key not in kept]:
            self.forms.pop(key, None)

    def form(self, module: ClaimTypeModule) -> Form:
        """The compiled form of a claim type."""
        key = _form_key(module)
        found = self.forms.get(key)
        if found is None:
            found = self.forms[key] = Form(module.form)
        return found

    def who(self, party: Party) -> str:
        """Who asks, in words (:mod:`gateway.audit.who`). Raises: StoreUnavailable."""
        key = (party.capacity, party.organisation or "")
        said = self.words.get(key)
        if said is None:
            said = who_by(lambda statement, organisation: self.store.look_up(statement, id=organisation), party)
            if party.capacity is not Capacity.THIRD_PARTY_WORKER and len(self.words) < _MOST_WORDS:
                self.words[key] = said
        return said

    def route(self, module: ClaimTypeModule, municipality: AtvkCode | None = None) -> Route | None:
        """Where a claim type's messages go; None where nobody receives it yet.

        Args:
            municipality: the claim's; None: any.
        """
        usual = module.delivered_to
        found = None if usual is None else self._receivers.of(module.code, usual, municipality)
        if found is None:
            return None
        own = found.name == usual
        return Route(found.name, module.delivery if own else found.manifest.receives[module.code.text].strategy)

    def stays_here(self, module: ClaimTypeModule, municipality: AtvkCode | None) -> bool:
        """The municipality is set to have no system, so that its officers decide on claims in the gateway."""
        if municipality is None or module.delivered_to is None:
            return False
        succession = self.succession(day_in_riga(self.clock()))
        if self.has_deciding_system(module, f"{module.owner}-{municipality.digits}", succession):
            return False
        return self._receivers.none_there(module.code, module.delivered_to, municipality)

    def has_deciding_system(self, module: ClaimTypeModule, owner: str, succession: Succession) -> bool:
        """An owner's claims are decided in its own system: in that of who took over, where it is no more."""
        return not self.deciding_owners.isdisjoint({succession.owner_of_today(owner), module.owner})

    def takes(self, module: ClaimTypeModule, municipality: AtvkCode | None) -> bool:
        """Whether a claim of this type has somewhere to go."""
        return self.route(module, municipality) is not None or self.stays_here(module, municipality)


class Scope(msgspec.Struct, eq=False):
    """One request."""

    house: House
    policies: PolicySet
    """What the request is decided under, from its beginning to its end."""
    party: Party
    request_id: str
    log: RequestLog
    moment: Moment
    log_is_down: bool = False
    """Access records could not be written: every door stays shut."""
    mutated: bool = False
    """A mutation has taken effect: the operation must not run a second time."""
    introduce: Introduce | None = None
    """Learns whose a code is that is used for the first time; None: nothing is asked, as where it is explained."""
    _quota: FieldError | bool | None = True
    """True: it is not counted yet."""
    _counting: asyncio.Lock | None = None

    @classmethod
    def begin(cls, house: House, party: Party, request_id: str, policies: PolicySet | None = None) -> Scope:
        """A request that begins now.

        Args:
            policies: the set of the request that this one is a part of; None: the set in force.
        """
        now = house.clock().astimezone(UTC)
        under = house.policies if policies is None else policies
        log = RequestLog(party, under, request_id)
        today = day_in_riga(now)
        moment = Moment.of(now, today, house.complete_until, house.succession(today))
        return cls(house, under, party, request_id, log, moment)

    def module(self, code: ClaimTypeCode) -> ClaimTypeModule | None:
        """The policy module of a claim type."""
        return self.policies.claim_types.get(code)

    def basis(self, code: ClaimTypeCode | None, kept: str | None) -> str | None:
        """The legal basis that the log keeps, in each language where it is still the claim type's."""
        module = None if code is None else self.module(code)
        return kept if module is None or module.legal_basis != kept else module.legal_basis

    async def shut(self) -> FieldError | None:
        """Why no door opens in this request; None where doors open. Counts the request of a third party, once."""
        if self.log_is_down:
            return log_unavailable()
        if self.party.capacity is not Capacity.THIRD_PARTY_WORKER or self.party.organisation is None:
            return None
        if self._quota is True:
            # Fields of one operation ask at the same time: the first counts, the others wait for it.
            self._counting = self._counting or asyncio.Lock()
            async with self._counting:
                if self._quota is True:
                    self._quota = await self._counted()
        assert not isinstance(self._quota, bool)
        return self._quota

    async def _counted(self) -> FieldError | None:
        try:
            counted = await self.house.store.write(self._count)
        except StoreUnavailable:
            return log_unavailable()
        if counted:
            return None
        asked = asking.field.get()
        named = {} if asked is None else {asked.name: asked.coordinate}
        self.log.attempt(None, ClaimAction.READ, named, rules=(_QUOTA_RULE,))
        return quota_exceeded()

    def _count(self, connection: Connection) -> bool:
        assert self.party.organisation is not None
        organisation = third_parties_by_id(connection, [self.party.organisation]).get(self.party.organisation)
        if organisation is None:
            return True
        return count_request(connection, organisation.id, self.moment.today, organisation.contract.requests_per_day)


def _form_key(module: ClaimTypeModule) -> str:
    return f"{module.code} {module.policy_version}"


def log_unavailable() -> FieldError:
    """Personal data stays in while its access cannot be recorded."""
    return FieldError(
        ErrorCode.LOG_UNAVAILABLE,
        NOT_RECORDED,
        remedy=ASK_AGAIN_LATER,
    )


def quota_exceeded() -> FieldError:
    """The organisation's requests of the day are used up."""
    return FieldError(
        ErrorCode.QUOTA_EXCEEDED,
        USED_UP,
        rule=_QUOTA_RULE,
        remedy=Text(
            "Ask again tomorrow, or agree on more with the ministry.",
            "Mēģiniet rīt vai vienojieties ar ministriju par lielāku skaitu.",
        ),
    )
